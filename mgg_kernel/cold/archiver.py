"""The protocol that moves a period from PostgreSQL to a file (docs/archive.md tells why so).

At every moment each row is in one place: the transaction that drops the partition also writes the
file's name into the books, and its COMMIT is the only switch.
"""

import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from mgg_kernel.audit.seals import seal
from mgg_kernel.cold import catalogue
from mgg_kernel.cold.catalogue import Batch
from mgg_kernel.cold.export import ExportedCurve, archived_log_entry, export_rows
from mgg_kernel.cold.faults import reach
from mgg_kernel.cold.layouts import LAYOUTS, Layout
from mgg_kernel.cold.plan import PlannedPeriod, plan
from mgg_kernel.cold.progress import ArchiveProgress, Listener
from mgg_kernel.cold.proof import Digests, Sums, sums_of_table
from mgg_kernel.cold.reading import FileLabel, read_back, read_label
from mgg_kernel.cold.recover import recover
from mgg_kernel.cold.session import ArchiveSession
from mgg_kernel.cold.stored import ArchivePlace, FolderFile, file_sha256
from mgg_kernel.cold.writing import ColdFileWriter
from mgg_kernel.errors import ArchiveDownError, ArchiveError, ConflictError, MggError
from mgg_kernel.hot.log import write_log

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["run_archive"]

SWITCH_ATTEMPTS = 12
"""How often the switch waits two seconds for readers to let go of a table."""


def run_archive(
    session: ArchiveSession,
    place: ArchivePlace,
    layouts: Sequence[Layout],
    *,
    as_of: datetime | None = None,
    progress: Listener | None = None,
) -> list[Batch]:
    """Archive every period that is due, each in a transaction of its own, and return the batches.

    Args:
        session: holds the archiver's lock.
        place: the folder of the cold store.
        layouts: which tables.
        as_of: the moment by which periods must be old enough; None: now.
        progress: told how far it is.

    Raises:
        ArchiveError: a file or the disk is not as it should be; nothing of that period moved.
        MggError: the database refused; nothing of that period moved.
    """
    recover(session, place)
    reach("recovered")
    run = uuid.uuid4()
    _seal_log(session)
    with session.transaction() as connection:
        due = [one for one in plan(connection, layouts, as_of) if one.state == "due"]
    done = [_Move(session, place, one, run, as_of, progress).run() for one in due]
    with session.transaction() as connection:
        made = {one.id: one for one in catalogue.batches(connection)}
    return [made[batch_id] for batch_id in done]


def _seal_log(session: ArchiveSession) -> None:
    """Link what the log holds: an entry takes its place in the chain along into its file."""
    sealed = 1
    while sealed:
        with session.transaction() as connection:
            sealed = seal(connection)


class _Move:
    """One period on its way."""

    def __init__(
        self,
        session: ArchiveSession,
        place: ArchivePlace,
        planned: PlannedPeriod,
        run: uuid.UUID,
        as_of: datetime | None,
        progress: Listener | None,
    ) -> None:
        self._session = session
        self._place = place
        self._period = planned.period
        self._planned = planned
        self._layout = LAYOUTS[planned.table]
        self._run = run
        self._as_of = as_of
        self._listener = progress
        self._began = time.monotonic()
        self._rows = self._rows_total = 0
        self._published = False

    def run(self) -> int:
        """Move the period and return the batch's id."""
        self._place.make_folder(f"{self._layout.table}/x")
        self._place.require_room(self._planned.most_bytes)
        with self._session.transaction() as connection:
            parts = self._partitions(connection)
            self._batch_id, self._path = catalogue.intend(
                connection, self._layout, self._period, self._planned.segment, self._run
            )
        reach("intended")
        self._temporary = self._place.temporary(self._path, self._batch_id)
        with self._taking_back(), self._session.transaction(snapshot=True) as connection:
            self._session.lock_partitions(connection, parts)
            self._move(connection, parts)
        reach("committed")
        self._tell("archived")
        return self._batch_id

    def _move(self, connection: Connection, parts: list[str]) -> None:
        # The first query: the snapshot is taken here, when no writer can be in the partitions.
        if self._partitions(connection) != parts:
            raise ConflictError(
                f"The partitions of {self._layout.table} were changed at this moment; nothing was "
                "changed, so run the archive again."
            )
        reach("snapshot")
        self._require_new(connection)
        self._tell("counting")
        expected, by_partition = sums_of_table(connection, self._layout, self._period)
        self._rows_total = expected.rows
        curves, sent, written = self._export(connection)
        reach("synced")
        self._tell("checking")
        size, sha256 = self._check(expected, sent, written)
        reach("checked")
        self._publish(sha256)
        proof = {
            "columns": expected.plain(),
            "digests": sent.plain(),
            "partitions": by_partition,
        }
        self._switch(connection, expected.rows, size, sha256, proof, curves)
        write_log(
            connection,
            "archive",
            "archive a period",
            object_type="archive_batches",
            object_id=self._batch_id,
            details={
                "table": self._layout.table,
                "path": self._path,
                "rows": expected.rows,
                "sha256": sha256,
                "as_of": None if self._as_of is None else self._as_of.isoformat(),
            },
        )
        reach("switched")

    def _partitions(self, connection: Connection) -> list[str]:
        return [
            part.name
            for part in catalogue.partitions(connection, self._layout)
            if part.overlaps(self._period)
        ]

    def _require_new(self, connection: Connection) -> None:
        if self._layout.curve is None:
            self._require_new_entries(connection)
            return
        twice = catalogue.hot_and_cold(connection, self._layout, self._period)
        if twice is not None:
            raise ArchiveError(
                f"The samples of {self._layout.curve} {twice} are in PostgreSQL and in the cold "
                "store; nothing was changed: see 'Recovery by hand' in docs/archive.md."
            )

    def _require_new_entries(self, connection: Connection) -> None:
        """Of log entries that come late, none may be in a file of the period already."""
        for batch in catalogue.batches(connection, table=self._layout.table, states=["archived"]):
            if batch.period == self._period:
                file = self._place.file(batch.path)
                twice = archived_log_entry(connection, self._period, file)
                if twice is not None:
                    raise ArchiveError(
                        f"The log entry {twice} is in PostgreSQL and in {file}; nothing was "
                        "changed: see 'Recovery by hand' in docs/archive.md."
                    )

    def _export(self, connection: Connection) -> tuple[list[ExportedCurve], Digests, str]:
        sent = Digests(self._layout)
        label = FileLabel(
            table=self._layout.table,
            batch=self._batch_id,
            run=str(self._run),
            period_start=self._period.start.isoformat(),
            period_end=self._period.end.isoformat(),
            segment=self._planned.segment,
            schema_version=self._layout.version,
        )
        try:
            with ColdFileWriter(self._temporary, self._layout, label) as writer:

                def take(batch: "pa.RecordBatch") -> None:
                    writer.write(batch)
                    sent.add(batch)
                    self._rows += batch.num_rows
                    self._tell("exporting")
                    reach("exporting")

                curves = export_rows(connection, self._layout, self._period, take)
                reach("exported")
                written = writer.finish()
        except OSError as error:
            raise self._place.failure("written", error) from error
        return curves, sent, written

    def _check(self, expected: Sums, sent: Digests, written: str) -> tuple[int, str]:
        """Read the file back, hold it against all witnesses, and return its size and SHA-256."""
        size, sha256 = self._temporary.stat().st_size, file_sha256(self._temporary)
        if sha256 != written:
            raise ArchiveError(
                f"The disk does not give back of {self._temporary.name} what was written; nothing "
                "was changed: check the disk."
            )
        found, digests = read_back(FolderFile(self._temporary), self._layout)
        expected.require_equal(found, f"The file of {self._layout.table} {self._period.name}")
        for name, digest in sent.plain().items():
            if digests.plain()[name] != digest:
                raise ArchiveError(
                    f"The file of {self._layout.table} {self._period.name} does not hold the "
                    f"column {name} as it was sent; nothing was changed: check the disk and the "
                    "memory of this machine."
                )
        return size, sha256

    def _publish(self, sha256: str) -> None:
        self._published = True
        self._place.publish(self._temporary, self._path, sha256)
        reach("published")

    def _switch(
        self,
        connection: Connection,
        rows: int,
        size: int,
        sha256: str,
        proof: dict[str, Any],
        curves: list[ExportedCurve],
    ) -> None:
        """Wait for readers a little at a time, so that they never wait long behind us."""
        connection.exec_driver_sql("SET LOCAL lock_timeout = '2s'")
        for attempts_left in reversed(range(SWITCH_ATTEMPTS)):
            savepoint = connection.begin_nested()
            try:
                catalogue.switch(
                    connection,
                    self._batch_id,
                    rows=rows,
                    size_bytes=size,
                    sha256=sha256,
                    proof=proof,
                    curves=curves,
                )
                savepoint.commit()
            except ConflictError:
                savepoint.rollback()
                if not attempts_left:
                    raise ConflictError(
                        f"Somebody has been reading {self._layout.table} for too long; nothing "
                        "was changed, so run the archive again."
                    ) from None
            else:
                return

    @contextmanager
    def _taking_back(self) -> Iterator[None]:
        """After a failure remove what this batch wrote, if it is sure that nothing was committed.

        That the session still has its lock proves it: the transaction was rolled back, and nobody
        else can have come in.  Without the session the next run decides, by the books.
        """
        try:
            yield
        except BaseException as error:
            try:
                self._take_back()
            except MggError as second:
                error.add_note(f"What this run wrote could not be taken back: {second}")
            raise

    def _take_back(self) -> None:
        if not self._session.holds_lock():
            return
        with self._session.transaction() as connection:
            states = {one.id: one.state for one in catalogue.batches(connection)}
        if states[self._batch_id] != "exporting":
            return
        self._place.remove_temporary(self._temporary)
        if self._published and self._is_own():
            self._place.remove(self._path)
        with self._session.transaction() as connection:
            catalogue.abort(connection, self._batch_id)

    def _is_own(self) -> bool:
        """Return whether the published file is of this batch, and not one that stood in its way."""
        try:
            label = read_label(self._place.file(self._path))
        except ArchiveDownError:
            raise
        except ArchiveError:
            return False
        return label.get("batch") == str(self._batch_id) and label.get("run") == str(self._run)

    def _tell(self, stage: str) -> None:
        if self._listener is not None:
            told = ArchiveProgress(
                self._layout.table,
                self._period.name,
                stage,
                self._rows,
                self._rows_total,
                time.monotonic() - self._began,
            )
            self._listener(told)

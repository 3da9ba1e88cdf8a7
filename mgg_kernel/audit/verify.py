"""Reading the whole operation log, hot and cold, and following its chain; nothing is changed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Text, cast, select, text

from mgg_kernel.audit.chain import ChainFinding, ChainWalk, Entry
from mgg_kernel.audit.encoding import CONTENT, digest_of
from mgg_kernel.audit.published import published_heads
from mgg_kernel.audit.seals import Head, genesis, heads
from mgg_kernel.cold.catalogue import Batch, batches
from mgg_kernel.cold.layouts import LAYOUTS
from mgg_kernel.cold.stored import ArchivePlace
from mgg_kernel.errors import ArchiveError
from mgg_kernel.hot.database import Caller, Database
from mgg_kernel.hot.tables import operation_logs

__all__ = ["AuditReport", "verify_log"]

_TABLE = "operation_logs"
_LINK = ("digest", "chain_number", "previous_hash", "hash")
_ROWS = 5_000
_HOLD_STILL = text("LOCK TABLE operation_logs IN ACCESS SHARE MODE")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class AuditReport:
    """What came of following the chain.

    Attributes:
        findings: what shows that the log was rewritten, in the order of the chain; nothing if it
            was not.
        finding_count: how many there are; of very many not all are listed.
        entries: how many sealed entries were read.
        cold_entries: how many of those, in files.
        open_entries: how many are written and not sealed yet: what was done to those is not told.
        unchained_entries: how many are in files of before the chain, proved as whole files.
        began_at: when the chain began.
        began_with: how many entries were there already, and taken as they were.
        head: how far it reaches.
        published: how many published heads it was held against.
    """

    findings: tuple[ChainFinding, ...]
    finding_count: int
    entries: int
    cold_entries: int
    open_entries: int
    unchained_entries: int
    began_at: datetime | None
    began_with: int
    head: Head | None
    published: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing was found."""
        return not self.finding_count


def verify_log(
    database: Database,
    caller: Caller,
    place: ArchivePlace,
    head_file: Path,
    progress: Callable[[int], object] = lambda rows: None,
) -> AuditReport:
    """Follow the chain over all entries, in PostgreSQL and in the cold files.

    Args:
        database: the database.
        caller: an administrator, who sees all entries.
        place: where the cold files are.
        head_file: where heads were published.
        progress: told how many entries were read.
    """
    published, bad_lines = published_heads(head_file)
    # One moment for the books and the hot entries; the files never change and are read after it.
    with database.begin_snapshot(caller, [_HOLD_STILL]) as connection:
        began, known = genesis(connection), heads(connection)
        own = {one.number: one.hash for one in published if began and one.genesis == began.hash}
        reading = _Reading(
            ChainWalk({one.number: one.hash for one in known if one.number}, own), progress
        )
        walk = reading.walk
        for values in _hot_rows(connection):
            reading.take(values, None)
        files = batches(connection, table=_TABLE, states=["archived"])
    hot = walk.followed
    older = began.files if began else {}
    for batch in sorted(files, key=lambda one: one.id):
        reading.read_file(place, batch, older)
    if began is None:
        walk.find("removed", "the beginning of the chain is missing in the database")
    elif not began.is_whole:
        walk.find("altered", "the beginning of the chain does not say any more what it said")
    walk.end(began.hash if began else "", known[-1].number if known else 0)
    for path in sorted(set(older) - {one.path for one in files}):
        walk.find("removed", f"the file {path} of before the chain is not in the books any more")
    for line in bad_lines:
        walk.find("cut", f"line {line} of {head_file} is no published head")
    if len(own) < len({one.number for one in published}):
        walk.find("cut", f"{head_file} has heads of another chain than the database's")
    found = sorted(walk.findings, key=lambda one: (one.number is None, one.number or 0))
    return AuditReport(
        tuple(found),
        walk.finding_count,
        walk.followed,
        walk.followed - hot,
        reading.open,
        reading.unchained,
        began.began_at if began else None,
        began.entries if began else 0,
        known[-1] if known else None,
        len(published),
    )


class _Reading:
    """Takes entries one after the other."""

    def __init__(self, walk: ChainWalk, progress: Callable[[int], object]) -> None:
        self.walk = walk
        self._progress = progress
        self._rows = 0
        self.open = self.unchained = 0

    def take(self, values: tuple[Any, ...], file: str | None) -> None:
        """Check one entry: the values of its columns, and then those of its link."""
        content, (written, number, previous, link) = values[: len(CONTENT)], values[len(CONTENT) :]
        moment: datetime = content[1]
        digest = digest_of((content[0], _microseconds(moment), *content[2:]))
        self._rows += 1
        if self._rows % _ROWS == 0:
            self._progress(self._rows)
        if link is not None and number is not None and previous is not None:
            self.walk.add(Entry(content[0], moment, file, number, previous, link), digest)
            return
        entry = Entry(content[0], moment, file, number or 0, "", "")
        if written is None:
            self.walk.find("inserted", "it was written past the database's rules", entry)
        elif written != digest:
            self.walk.find("altered", "it was changed before it was sealed", entry)
        elif file is not None:
            self.walk.find("inserted", "it is in a file and was never sealed", entry)
        else:
            self.open += 1

    def read_file(self, place: ArchivePlace, batch: Batch, older: dict[str, str]) -> None:
        """Check the entries of a cold file, or, of one of before the chain, the whole file."""
        import pyarrow as pa

        layout = LAYOUTS[_TABLE]
        try:
            layout = layout.of_fingerprint(batch.schema_fingerprint)
            file = place.file(batch.path)
            if "hash" not in {column.name for column in layout.columns}:
                self.unchained += batch.row_count or 0
                if older.get(batch.path) != file.sha256():
                    words = f"the file {batch.path} is not one of those that the chain began with"
                    self.walk.find("altered", words)
                return
            with file.parquet() as parquet:
                for rows in parquet.iter_batches(_ROWS, columns=[*CONTENT, *_LINK]):
                    columns = [rows.column(name).to_pylist() for name in (*CONTENT, *_LINK)]
                    for values in zip(*columns, strict=True):
                        self.take(values, batch.path)
        except (OSError, pa.ArrowException, ArchiveError) as error:
            reason = "is missing" if isinstance(error, FileNotFoundError) else "cannot be read"
            self.walk.find("unreadable", f"the file {batch.path} {reason}")


def _hot_rows(connection: Connection) -> Iterator[tuple[Any, ...]]:
    table = operation_logs.c
    columns = [
        cast(table[name], Text) if name in ("details", "session_actor") else table[name]
        for name in (*CONTENT, *_LINK)
    ]
    options = {"stream_results": True, "yield_per": _ROWS}
    query = select(*columns).order_by(table.id)
    for rows in connection.execute(query, execution_options=options).partitions():
        yield from (tuple(row) for row in rows)


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND

"""Live readers and writers beside the archiver, and the count of every row in one snapshot."""

import random
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import psycopg2
from archive_help import ArchiveLab

from mgg_kernel.cold.curves import read_curve
from mgg_kernel.cold.layouts import LAYOUTS
from mgg_kernel.cold.reading import read_back
from mgg_kernel.cold.stored import FolderFile
from mgg_kernel.errors import DatabaseDownError, StoreError
from mgg_kernel.hot.database import Caller, Database

# The lock is what every reader of both tiers takes before its snapshot (docs/archive.md).
_LOCK = "LOCK TABLE test_time_series, simulation_time_series IN ACCESS SHARE MODE"
_HOT = (
    "SELECT (SELECT count(*) FROM test_time_series), (SELECT count(*) FROM simulation_time_series)"
)
_COLD = (
    "SELECT b.table_name, b.path, b.size_bytes, b.row_count, (SELECT sum(sample_count)"
    " FROM archived_curves a WHERE a.batch_id = b.id) FROM archive_batches b"
    " WHERE b.state = 'archived'"
)


def rows_in_one_snapshot(lab: ArchiveLab) -> int:
    """Count all samples, hot and cold, as one snapshot shows them; each file is there and whole."""
    connection = psycopg2.connect(lab.owner_url, connect_timeout=5)
    try:
        connection.set_session(isolation_level="REPEATABLE READ")
        with connection.cursor() as cursor:
            cursor.execute(_LOCK)
            cursor.execute(_HOT)
            total = sum(cursor.fetchone() or ())
            cursor.execute(_COLD)
            for table, path, size, rows, catalogued in cursor.fetchall():
                file = lab.place.final(path)
                assert file.stat().st_size == size
                assert read_back(FolderFile(file), LAYOUTS[table])[0].rows == rows == catalogued
                total += rows
    finally:
        connection.close()
    return int(total)


class Watch:
    """Reads curves and counts rows for as long as the block runs, and writes new ones.

    Args:
        lab: the workspace.
        total: how many samples there are, if nothing is written.
        writes: also store new tests meanwhile, and late ones.
    """

    def __init__(self, lab: ArchiveLab, total: int | None = None, *, writes: bool = False) -> None:
        self._lab = lab
        self._total = total
        self._ends = threading.Event()
        self.reads = self.counts = self.writes = 0
        self.failures: list[str] = []
        self._known = list(lab.curves.items())
        # A pool of its own for each thread, which outlives a server that is killed.
        self._threads = [threading.Thread(target=self._guard, args=(self._read,))]
        if total is not None:
            self._threads.append(threading.Thread(target=self._guard, args=(self._count,)))
        if writes:
            self._threads.append(threading.Thread(target=self._guard, args=(self._write,)))

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join()
        if error is None:
            assert self.failures == []
            assert self.reads > 0

    def _guard(self, work: object) -> None:
        assert callable(work)
        while not self._ends.is_set():
            try:
                work()
            except (DatabaseDownError, psycopg2.OperationalError, psycopg2.InterfaceError):
                self._ends.wait(0.02)  # the server was killed; that is said, and it comes back
            except (AssertionError, StoreError, OSError) as failure:
                self.failures.append(f"{type(failure).__name__}: {failure}")
                return

    def _read(self) -> None:
        assert self._lab.settings.database_url is not None
        url = self._lab.settings.database_url.get_secret_value()
        database = Database(url, application="watch", settings=self._lab.settings)
        try:
            while not self._ends.is_set():
                (kind, number), curve = random.choice(self._known)
                with database.begin(Caller("boss")) as (connection, _):
                    found = read_curve(connection, self._lab.place, kind, number)  # type: ignore[arg-type]
                assert found == curve, (kind, number)
                self.reads += 1
        finally:
            database.close()

    def _count(self) -> None:
        assert rows_in_one_snapshot(self._lab) == self._total
        self.counts += 1

    def _write(self) -> None:
        self._lab.add_test(datetime.now(UTC))
        self.writes += 1
        self._ends.wait(0.01)

"""What the operation log's chain costs who writes, and how fast it is sealed and followed.

The reference for writers is the design that was not chosen: one lock, held to the commit, under
which each entry is linked as it is written.
"""

import resource
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import psycopg2

from benchmarks.measure import Result, compare_speed
from mgg_kernel.audit.verify import verify_log
from mgg_kernel.cold.place import archive_place
from mgg_kernel.hot.database import Caller
from mgg_kernel.settings import Settings
from mgg_kernel.workspace import Foundation, Workspace

__all__ = ["measure"]

T = TypeVar("T")

ENTRIES = 50_000
WRITERS = 8
WRITES = 60
TRANSACTION_S = 0.005
"""How long a transaction goes on after it has logged: storing a curve takes some 20 ms in all."""

_LOG = "SELECT log_operation('ingest', 'bench', NULL, NULL, 'done', '{\"rows\": 4000}')"
_ACT = "SELECT set_config('mgg.actor', 'admin', false)"
_MANY = (
    "INSERT INTO operation_logs (recorded_at, actor, session_actor, log_type, action, outcome,"
    " application, details) SELECT clock_timestamp(), 'admin', 'mgg_app', 'ingest', 'bench',"
    " 'done', 'bench', jsonb_build_object('row', n) FROM generate_series(1, %s) n"
)


def measure() -> Iterator[Result]:
    """Yield what was measured."""
    with tempfile.TemporaryDirectory(prefix="mgg-bench-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        settings = Settings(data_dir=Path(name))
        made = Foundation(settings, application="benchmark", upgrade=True)
        try:
            assert made.server is not None
            url = made.server.owner_url("mgg_simulation")
            yield compare_speed(
                f"{WRITERS} writers log {WRITES} times, {TRANSACTION_S * 1e3:g} ms to commit",
                lambda: _write_at_once(url, lock=False),
                "the same with one chain lock held to the commit",
                lambda: _write_at_once(url, lock=True),
                target=0.5,
                pairs=3,
            )
            yield compare_speed(
                "an entry of the operation log, with its digest",
                lambda: _write(url),
                "the same without the trigger that makes the digest",
                lambda: _write(url, "SET session_replication_role = replica"),
                target=1.5,
                pairs=3,
            )
            yield from _followed(made, settings, url)
        finally:
            made.close()


def _followed(made: Foundation, settings: Settings, url: str) -> Iterator[Result]:
    desk = Workspace(made, Caller("admin"))
    desk.audit.seal()
    _run(url, _MANY, ENTRIES)
    seconds, sealed = _timed(desk.audit.seal)
    yield Result(
        f"seal {sealed:,} entries ({sealed / seconds:,.0f} a second)", "10,000 a second", seconds,
        sealed / 10_000, 1,
    )  # fmt: skip
    before = _most_mib()
    report_s, report = _timed(
        lambda: verify_log(
            made.database, Caller("admin"), archive_place(settings), settings.audit_heads
        )
    )
    assert report.is_whole, report.findings[:3]
    yield Result(
        f"follow the chain over {report.entries:,} hot entries "
        f"({report.entries / report_s:,.0f} a second, {_most_mib() - before:.0f} MiB more)",
        "10,000 a second",
        report_s,
        report.entries / 10_000,
        1,
    )


def _write_at_once(url: str, *, lock: bool) -> None:
    def work() -> None:
        connection = psycopg2.connect(url)
        with connection.cursor() as cursor:
            cursor.execute(_ACT)
            for _ in range(WRITES):
                if lock:
                    cursor.execute("SELECT pg_advisory_xact_lock(7303, 99)")
                cursor.execute(_LOG)
                time.sleep(TRANSACTION_S)
                connection.commit()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _write(url: str, setting: str = "SELECT 1") -> None:
    connection = psycopg2.connect(url)
    with connection.cursor() as cursor:
        cursor.execute(_ACT)
        cursor.execute(setting)
        for _ in range(2_000):
            cursor.execute(_LOG)
    connection.rollback()
    connection.close()


def _run(url: str, statement: str, *values: object) -> None:
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
    connection.close()


def _timed(call: Callable[[], T]) -> tuple[float, T]:
    started = time.perf_counter()
    made = call()
    return time.perf_counter() - started, made


def _most_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

"""How fast rows go to the cold store, how small they get, and how long a cold curve takes.

A run is rolled back after its last step and measured again: everything is in it but the commit.
"""

import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import psycopg2

from benchmarks.measure import Result, compare_speed
from mgg_kernel.cold import faults
from mgg_kernel.cold.curves import read_curve
from mgg_kernel.cold.export import export_rows
from mgg_kernel.cold.layouts import LAYOUTS, Layout
from mgg_kernel.cold.periods import parse_period
from mgg_kernel.cold.place import archive_place
from mgg_kernel.cold.reading import FileLabel
from mgg_kernel.cold.writing import ColdFileWriter
from mgg_kernel.curve import PTCurve
from mgg_kernel.hot.database import Caller, owner_engine
from mgg_kernel.hot.embedded.binaries import find_binaries
from mgg_kernel.hot.samples import pack_rows
from mgg_kernel.ingest import example_curve
from mgg_kernel.recipe import Recipe
from mgg_kernel.settings import Settings
from mgg_kernel.simulation import default_model, simulate
from mgg_kernel.workspace import Foundation, Workspace

__all__ = ["measure"]

SAMPLES = 4_000
ROWS = 10_000_000
FEW_ROWS = 2_000_000
PAIRS = 5
READS = 100
ADMIN = Caller("admin")
RESOLUTION_MPA = 0.01
"""What a sensor's converter resolves: measured pressures are whole multiples of it."""

PARENT = {
    "test_time_series": (
        "INSERT INTO test_results (id, team_id, name, sample_count, time_unit, pressure_unit,"
        " baseline_mpa, peak_pressure_mpa, peak_time_ms, created_by, recorded_at)"
        " VALUES (%(id)s, 1, 'bench', 4000, 'ms', 'MPa', 0, 58, 10, 1, %(at)s)"
    ),
    "simulation_time_series": (
        "INSERT INTO forward_simulations (id, team_id, recipe_id, model_version_id, t_end_ms,"
        " dt_ms, sample_count, peak_pressure_mpa, peak_time_ms, code_version, created_by,"
        " recorded_at) VALUES (%(id)s, 1, 1, 1, 40, 0.01, 4000, 58, 10, %(id)s::text, 1, %(at)s)"
    ),
}
COPY_IN = {
    "test_time_series": (
        "COPY test_time_series (test_result_id, sequence_number, time_ms, pressure_mpa,"
        " recorded_at) FROM STDIN (FORMAT binary)"
    ),
    "simulation_time_series": (
        "COPY simulation_time_series (simulation_id, sequence_number, time_ms, pressure_mpa,"
        " recorded_at) FROM STDIN (FORMAT binary)"
    ),
}
COPY_OUT = (
    "COPY (SELECT * FROM test_time_series WHERE recorded_at < '2024-04-01Z'"
    " ORDER BY test_result_id, sequence_number) TO STDOUT (FORMAT binary)"
)
# Runs the archive in a process of its own and tells the most memory that it held.
CHILD = """
import resource, sys
from mgg_kernel.cold import faults
from mgg_kernel import open as open_workspace
def hook(point):
    if point == "switched":
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, flush=True)
        raise KeyboardInterrupt
faults.hook = hook
try:
    open_workspace().archive.run(table="test_time_series")
except KeyboardInterrupt:
    pass
"""


class _EndedOnPurposeError(Exception):
    """Rolls a run back after its last step."""


def measure(rows: int = ROWS) -> Iterator[Result]:
    """Measure on an embedded server of its own.

    Args:
        rows: samples in the period that is moved.
    """
    with tempfile.TemporaryDirectory(prefix="mgg-bench-") as folder:
        Path(folder).chmod(0o711)
        foundation = Foundation(Settings(data_dir=Path(folder)), application="bench")
        try:
            yield from _measure(foundation, rows)
        finally:
            foundation.close()


def _measure(foundation: Foundation, rows: int) -> Iterator[Result]:
    assert foundation.server is not None
    url = foundation.server.owner_url("mgg_simulation")
    _fill(url, "test_time_series", 1, FEW_ROWS // SAMPLES)
    few_mib, few_s = _memory_mib(foundation), _switch_s(foundation)
    _fill(url, "test_time_series", 1 + FEW_ROWS // SAMPLES, (rows - FEW_ROWS) // SAMPLES)
    mib, switch_s = _memory_mib(foundation), _switch_s(foundation)
    psql = find_binaries().bin_dir / "psql"

    def reference() -> None:
        subprocess.run([psql, url, "-qc", COPY_OUT], stdout=subprocess.DEVNULL, check=True)

    what = f"{rows / 1e6:.0f} M rows to a cold file"
    name = "psql COPY binary of the same rows, ordered, to /dev/null"
    yield compare_speed(
        f"{what}: export alone",
        lambda: _export(foundation, url),
        name,
        reference,
        target=1 / 0.6,
        pairs=PAIRS,
    )
    yield compare_speed(
        f"{what}: everything but the commit; most memory {mib} MiB, {few_mib} with "
        f"{FEW_ROWS / 1e6:.0f} M rows",
        lambda: _run_and_take_back(foundation),
        name,
        reference,
        target=1 / 0.4,
        pairs=PAIRS,
    )
    yield Result(
        f"the switch itself: {rows / 1e6:.0f} M rows dropped, {rows // SAMPLES:,} curves booked "
        f"({FEW_ROWS / 1e6:.0f} M rows, {FEW_ROWS // SAMPLES:,} curves: {few_s * 1e3:.0f} ms)",
        "DELETE of the same rows",
        switch_s,
        _delete_s(url),
        0.05,
    )
    _fill(url, "simulation_time_series", 1, FEW_ROWS // SAMPLES)
    hot = {table: _table_bytes(url, table) for table in COPY_IN}
    batches = Workspace(foundation, ADMIN).archive.run()
    cold = {one.table_name: one.size_bytes or 0 for one in batches}
    for table, kind, least in (
        ("simulation_time_series", "simulated", 17),
        ("test_time_series", "measured", 45),
    ):
        yield Result(
            f"{kind} samples: the file, in GB for ms",
            "the PostgreSQL table with its key",
            cold[table] / 1e12,
            hot[table] / 1e12,
            1 / least,
        )
    yield from _reading(foundation, url, rows // SAMPLES)


def _reading(foundation: Foundation, url: str, cold_curves: int) -> Iterator[Result]:
    first_hot = cold_curves + 1
    _fill(url, "test_time_series", first_hot, READS, datetime.now(UTC))
    place = archive_place(foundation.settings)
    random = np.random.default_rng(3)

    def read(first: int, count: int) -> None:
        with foundation.database.begin(ADMIN) as (connection, _):
            read_curve(connection, place, "test", first + int(random.integers(count)))

    yield compare_speed(
        "read one cold curve of 4,000 samples, anywhere in the file",
        lambda: read(1, cold_curves),
        "a hot one",
        lambda: read(first_hot, READS),
        target=1.0,
        pairs=51,
    )

    def hundred() -> None:
        with foundation.database.begin(ADMIN) as (connection, _):
            for number in random.integers(1, cold_curves + 1, READS):
                read_curve(connection, place, "test", int(number))

    yield compare_speed(
        "read 100 cold curves",
        hundred,
        "the target of 0.1 s",
        lambda: time.sleep(0.1),
        target=1.0,
    )


def _fill(url: str, table: str, first: int, count: int, at: datetime | None = None) -> None:
    """Store curves past the checks, as the owner: the way out is what is measured."""
    kinds = [_curve(table, seed) for seed in range(64)]
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT make_partitions('2024-01-01', '2024-03-31')")
        cursor.execute("SET session_replication_role = replica")
        for number in range(count):
            moment = at or datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=90 * number / count)
            curve = kinds[number % len(kinds)]
            cursor.execute(PARENT[table], {"id": first + number, "at": moment})
            packed = pack_rows(first + number, curve, moment)
            cursor.copy_expert(COPY_IN[table], io.BytesIO(packed))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.close()


def _curve(table: str, seed: int) -> PTCurve:
    if table == "test_time_series":
        curve = example_curve(peak_mpa=50 + seed / 4, seed=seed)
        steps = np.round(curve.pressure_mpa / RESOLUTION_MPA)
        return PTCurve(curve.time_ms, np.round(steps * RESOLUTION_MPA, 4))
    recipe = Recipe.parse(
        igniter="135",
        nc=[f"B:{650 + 4 * seed}"],
        shell="22",
        current="1.2",
        vessel="10-892",
        device="Y-H",
    )
    return simulate(recipe, default_model()).curve


def _export(foundation: Foundation, url: str) -> None:
    """Write the file as the archiver does, up to its fsync."""
    layout: Layout = LAYOUTS["test_time_series"]
    path = foundation.settings.data_dir / "bench.parquet"
    label = FileLabel(layout.table, 0, "bench", "", "", "", layout.version)
    engine = owner_engine(url)
    try:
        with engine.begin() as connection, ColdFileWriter(path, layout, label) as writer:
            export_rows(connection, layout, parse_period("2024-Q1"), writer.write)
            writer.finish()
    finally:
        engine.dispose()
        path.unlink(missing_ok=True)


def _run_and_take_back(foundation: Foundation) -> None:
    def hook(point: str) -> None:
        if point == "switched":
            raise _EndedOnPurposeError

    faults.hook = hook
    with suppress(_EndedOnPurposeError):
        Workspace(foundation, ADMIN).archive.run(table="test_time_series")
    faults.hook = None


def _switch_s(foundation: Foundation) -> float:
    """Return how long it takes from the published file to the moment before the commit [s]."""
    moments: dict[str, float] = {}
    taken = []
    for _ in range(3):

        def hook(point: str) -> None:
            moments[point] = time.perf_counter()
            if point == "switched":
                raise _EndedOnPurposeError

        faults.hook = hook
        with suppress(_EndedOnPurposeError):
            Workspace(foundation, ADMIN).archive.run(table="test_time_series")
        taken.append(moments["switched"] - moments["published"])
    faults.hook = None
    return statistics.median(taken)


def _delete_s(url: str) -> float:
    """Return how long deleting the rows would take, and take it back [s]."""
    connection = psycopg2.connect(url)
    with connection.cursor() as cursor:
        started = time.perf_counter()
        cursor.execute("DELETE FROM test_time_series WHERE recorded_at < '2024-04-01Z'")
        taken = time.perf_counter() - started
    connection.rollback()
    connection.close()
    return taken


def _memory_mib(foundation: Foundation) -> int:
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        env={**os.environ, "MGG_DATA_DIR": str(foundation.settings.data_dir)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return int(done.stdout)


def _table_bytes(url: str, table: str) -> int:
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits"
            " WHERE inhparent = %s::regclass",
            (table,),
        )
        (size,) = cursor.fetchone() or (0,)
    connection.close()
    return int(size)

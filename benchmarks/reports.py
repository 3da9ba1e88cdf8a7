"""A report over a year of data, hot and cold.

Fills a lab of its own with a year of tests (5 million samples), archives the older half, and makes
the reports over the year by the runner, as the scheduler does.
"""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.measure import Result
from mgg_kernel.curve import PTCurve
from mgg_kernel.hot import test_results
from mgg_kernel.hot.database import Caller
from mgg_kernel.hot.recipes import store_recipe
from mgg_kernel.hot.test_results import NewTest
from mgg_kernel.recipe import Recipe
from mgg_kernel.reports import run_report
from mgg_kernel.settings import Settings
from mgg_kernel.simulation import default_model, simulate
from mgg_kernel.workspace import Foundation, Workspace

__all__ = ["fill_year", "measure"]

YEAR = 2024
SAMPLES = 5_000_000
LIMIT_S = 60.0
FILE_BYTES = 80_000
"""Size of an uploaded workbook."""
PRODUCTS = 25


def measure() -> Iterator[Result]:
    """Measure the two reports that read most."""
    with tempfile.TemporaryDirectory(prefix="mgg-bench-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        foundation = Foundation(Settings(data_dir=Path(folder)), application="bench", upgrade=True)
        try:
            yield from _measure(foundation)
        finally:
            foundation.close()


def _measure(foundation: Foundation) -> Iterator[Result]:
    ws = Workspace(foundation, Caller("admin"))
    samples, tests = fill_year(foundation, SAMPLES)
    half = (datetime(YEAR, 7, 2, tzinfo=UTC) + timedelta(days=366)).date()
    ws.archive.run(as_of=half, table="test_time_series")
    for name in ("monthly_accuracy_report", "daily_lab_report"):
        began = perf_counter()
        run = run_report(ws, name, period=str(YEAR)).run
        took = perf_counter() - began
        if run.state != "done":
            raise RuntimeError(f"{name} ended as {run.state}: {run.error}")
        what = f"{name} over a year, half of it cold: {tests:,} tests, {samples:,} samples"
        yield Result(what, "the minute it may take", took, LIMIT_S, 1.0)


def fill_year(foundation: Foundation, wanted: int) -> tuple[int, int]:
    """Store a year of tests with so many samples in all; return how many of both there are."""
    scatter = np.random.default_rng(1)
    recipes = [
        Recipe.parse(
            igniter="135",
            nc=[f"B:{600 + 10 * n}"],
            shell="22",
            current="1.2",
            vessel="10-892",
            device="Y-H",
        )
        for n in range(PRODUCTS)
    ]
    curves = [simulate(recipe, default_model()).curve for recipe in recipes]
    tests = max(1, round(wanted / len(curves[0])))
    begin = datetime(YEAR, 1, 1, 8, tzinfo=UTC)
    samples = 0
    for number in range(tests):
        at = begin + number * timedelta(days=365) / tests
        curve, recipe = curves[number % PRODUCTS], recipes[number % PRODUCTS]
        noise = scatter.normal(0.0, 0.02, len(curve))
        shot = PTCurve(curve.time_ms, scatter.normal(1.0, 0.015) * curve.pressure_mpa + noise)
        with foundation.database.begin(Caller("admin")) as (connection, _):
            connection.exec_driver_sql("SELECT make_partitions(%s, %s)", (at.date(), at.date()))
            file = foundation.files.put(scatter.bytes(FILE_BYTES))
            test_results.store_test(
                connection,
                NewTest(
                    name=f"T{number}",
                    product=f"P{number % PRODUCTS}",
                    curve=shot,
                    time_unit="ms",
                    pressure_unit="MPa",
                    remarks=(),
                    file_name=f"T{number}.xlsx",
                    sha256=file.sha256,
                    size_bytes=FILE_BYTES,
                    sheet="Sheet1",
                    curve_number=1,
                    recipe_id=store_recipe(connection, recipe),
                    recorded_at=at,
                ),
            )
        samples += len(shot)
    return samples, tests

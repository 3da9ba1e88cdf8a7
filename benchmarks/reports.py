"""A report over a year of data, hot and cold: ``python -m benchmarks.reports [SAMPLES]``.

Fills a lab of its own with a year of tests (5 million samples unless told), archives the older
half, and makes the accuracy report over the year by the runner, as the scheduler does.
"""

import json
import os
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import numpy as np

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

YEAR = 2024
PRODUCTS = 25


def main() -> None:
    """Measure, and print one JSON document."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
    with tempfile.TemporaryDirectory(prefix="mgg-bench-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        foundation = Foundation(Settings(data_dir=Path(folder)), application="bench", upgrade=True)
        try:
            print(json.dumps(_measure(foundation, wanted), indent=1))
        finally:
            foundation.close()


def _measure(foundation: Foundation, wanted: int) -> dict[str, object]:
    ws = Workspace(foundation, Caller("admin"))
    began = perf_counter()
    samples, tests = _fill(foundation, wanted)
    filled = perf_counter()
    ws.archive.run(
        as_of=(datetime(YEAR, 7, 2, tzinfo=UTC) + timedelta(days=366)).date(),
        table="test_time_series",
    )
    archived = perf_counter()
    run = run_report(ws, "monthly_accuracy_report", period=str(YEAR)).run
    ended = perf_counter()
    again = run_report(ws, "daily_lab_report", period=str(YEAR)).run
    return {
        "processors": os.cpu_count(),
        "tests": tests,
        "samples": samples,
        "filled_s": round(filled - began, 1),
        "archived_half_s": round(archived - filled, 1),
        "accuracy_report_s": round(ended - archived, 1),
        "lab_report_s": round(perf_counter() - ended, 1),
        "states": [run.state, again.state],
        "answer": run.answer,
    }


def _fill(foundation: Foundation, wanted: int) -> tuple[int, int]:
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
                    sha256=f"{number:064x}",
                    size_bytes=1,
                    sheet="Sheet1",
                    curve_number=1,
                    recipe_id=store_recipe(connection, recipe),
                    recorded_at=at,
                ),
            )
        samples += len(shot)
    return samples, tests


if __name__ == "__main__":
    main()

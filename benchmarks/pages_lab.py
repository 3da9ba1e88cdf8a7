"""A lab for the measurements of pages: an order of 50 shots, 5,000 tests, some simulations."""

import itertools
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy import Connection

from mgg_kernel.curve import PTCurve
from mgg_kernel.hot.database import Caller
from mgg_kernel.hot.test_results import NewTest, store_test
from mgg_kernel.hot.work_orders import work_order_id
from mgg_kernel.ingest import example_curve
from mgg_kernel.recipe import Recipe
from mgg_kernel.settings import Settings
from mgg_kernel.web import ServerProcess
from mgg_kernel.workspace import Foundation, Workspace

__all__ = ["PASSWORD", "SAMPLES", "SHOTS", "TESTS", "PagesLab", "pages_lab"]

PASSWORD = "a password for measuring"
SHOTS, SAMPLES = 50, 4_000
TESTS = 5_000
SHORT = 40
"""Samples of the tests that are only listed."""


@dataclass(frozen=True)
class PagesLab:
    """Running dashboards, and what is to be looked at.

    Attributes:
        url: of the dashboards.
        server: their process.
        viewers: accounts with the role `user`.
        order: number of the order with the shots.
        simulation_ids: stored simulations.
        test_ids: the order's tests.
    """

    url: str
    server: ServerProcess
    viewers: tuple[str, ...]
    order: str
    simulation_ids: tuple[int, ...]
    test_ids: tuple[int, ...]


@contextmanager
def pages_lab(viewers: int, *, warm_kernels: bool = True) -> Iterator[PagesLab]:
    """Make the lab in a folder of its own, serve it, and take it away again."""
    with tempfile.TemporaryDirectory(prefix="mgg-bench-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        settings = Settings(
            data_dir=folder, dashboards_port=_free_port(), warm_kernels=warm_kernels
        )
        foundation = Foundation(settings, application="bench", upgrade=True)
        server = ServerProcess("dashboards", settings)
        try:
            made = _fill(foundation, viewers)
            server.start()
            server.wait_ready()
            yield PagesLab(server.url, server, *made)
        finally:
            server.stop()
            foundation.close()


def _fill(
    foundation: Foundation, viewers: int
) -> tuple[tuple[str, ...], str, tuple[int, ...], tuple[int, ...]]:
    ws = Workspace(foundation, Caller("admin"))
    names = tuple(f"viewer.{number}" for number in range(viewers))
    for name in names:
        ws.users.add(name, "user", password=PASSWORD)
    simulations = [
        ws.simulations.run(
            Recipe.parse(
                igniter="135",
                nc=[f"B:{mass}"],
                shell="22",
                current="1.2",
                vessel="10-892",
                device="Y-H",
            )
        ).id
        for mass in (740, 760, 780)
    ]
    order = ws.work_orders.create(title="Fifty shots").number
    numbers = itertools.count()
    with foundation.database.begin(Caller("admin")) as (connection, _):
        for _ in range(TESTS):
            _store(connection, next(numbers), SHORT, None)
        order_id = work_order_id(connection, order)
        tests = [_store(connection, next(numbers), SAMPLES, order_id) for _ in range(SHOTS)]
    return names, order, tuple(simulations), tuple(tests)


def _store(connection: Connection, number: int, samples: int, order_id: int | None) -> int:
    whole = example_curve(seed=number)
    places = np.linspace(0, SAMPLES - 1, samples).astype(int)
    return store_test(
        connection,
        NewTest(
            name=f"T{number:05d}",
            product=f"P{number % 97}",
            curve=PTCurve(whole.time_ms[places], whole.pressure_mpa[places]),
            time_unit="ms",
            pressure_unit="MPa",
            remarks=(),
            file_name=f"shot_{number}.xlsx",
            sha256=f"{number:064x}",
            size_bytes=1,
            sheet="Sheet1",
            curve_number=1,
            work_order_id=order_id,
        ),
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

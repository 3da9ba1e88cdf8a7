"""``mgg demo``: a small made-up lab, to look around in and to test on.

Everything in it is invented.  The "measured" curves are simulations of the shipped model with a
scatter of some percent, a sensor's offset and noise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import text

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import ConflictError
from mgg_kernel.hot import catalog, models, simulations, test_results, users
from mgg_kernel.hot.accounts import hash_password
from mgg_kernel.hot.catalog import CatalogueEntry
from mgg_kernel.hot.database import Caller
from mgg_kernel.hot.log import LogFilter, list_log, write_log
from mgg_kernel.hot.recipes import store_recipe
from mgg_kernel.ingest import write_lab_workbook
from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation import default_model, simulate
from mgg_kernel.simulation.forward import DT_MS, T_END_MS
from mgg_kernel.workspace.opening import Workspace
from mgg_kernel.workspace.users import new_password

if TYPE_CHECKING:
    from mgg_kernel.workspace.foundation import Foundation

__all__ = ["DemoLab", "make_demo_lab"]

PEOPLE = (
    ("demo.chen", "陈工 (demo)", "engineer"),
    ("demo.li", "李工 (demo)", "engineer"),
    ("demo.zhao", "赵经理 (demo)", "user"),
)
PRODUCTS = {
    "D1": Recipe.parse(
        igniter="135", nc=["B:700"], shell="22", current="1.2", vessel="10-892", device="Y-H"
    ),
    "D2": Recipe.parse(
        igniter="135", nc=["B:760"], shell="22", current="1.2", vessel="10-892", device="Y-H"
    ),
    "D3": Recipe.parse(
        igniter="135", nc=["B:820"], shell="22", current="1.2", vessel="10-892", device="Y-H"
    ),
    "D4": Recipe.parse(
        igniter="60",
        nc=["A:420", "B:180"],
        shell="18",
        current="1.75",
        vessel="10-892",
        device="Y-H",
    ),
    "D5": Recipe.parse(
        igniter="60",
        nc=["A:300"],
        gp="D:500",
        shell="18",
        current="1.75",
        vessel="10-892",
        device="Y-H",
    ),
}
FINISHED = "make the demo lab"
SHOTS_NOW = 4
HISTORY_MONTHS = 24
SEED = 20260101
DAYS_BETWEEN = 30.4

_PARTITIONS = text("SELECT make_partitions(:first_day, :last_day)")


@dataclass(frozen=True)
class DemoLab:
    """What was made, and the passwords of the made-up people."""

    passwords: dict[str, str]
    tests: int
    simulations: int
    comparisons: int


def make_demo_lab(
    foundation: "Foundation",
    *,
    months: int = HISTORY_MONTHS,
    progress: Callable[[str], None] = lambda stage: None,
) -> DemoLab:
    """Make the lab; one that was broken off is made whole.

    Args:
        foundation: the workspace that it is made in.
        months: how far back its history goes; a test and a simulation for each month.
        progress: called with each stage, in words.

    Raises:
        ConflictError: it is there already.
    """
    passwords = _people(foundation)
    engineer = Workspace(foundation, Caller(PEOPLE[0][0]))
    progress("recipes, simulations, tests and comparisons")
    counts = _present(engineer)
    progress(f"{months} months of history")
    old_tests, old_simulations = _history(foundation, months)
    with foundation.database.begin(Caller("system")) as (connection, _):
        write_log(connection, "system", FINISHED)
    return DemoLab(passwords, counts[0] + old_tests, counts[1] + old_simulations, counts[2])


def _people(foundation: "Foundation") -> dict[str, str]:
    passwords = {username: new_password() for username, _, _ in PEOPLE}
    with foundation.database.begin(Caller("system")) as (connection, _):
        if list_log(connection, LogFilter(actor="system", action=FINISHED), limit=1):
            raise ConflictError(
                "The demo lab is here already; log in as one of its people, or give them new "
                "passwords with 'mgg users set-password'."
            )
        taken = {account.username for account in users.list_accounts(connection)}
        for username, name, role in PEOPLE:
            if username in taken:
                hashed = hash_password(passwords[username])
                users.change_account(connection, username, password_hash=hashed)
                continue
            users.add_account(
                connection,
                username=username,
                display_name=name,
                role=role,  # type: ignore[arg-type]
                team="lab",
                password=passwords[username],
            )
        for kind, codes in {"nc_types": ["C"], "gp_types": ["J"], "igniter_types": ["85"]}.items():
            known = {entry.code for entry in catalog.list_entries(connection, kind)}
            for code in codes:
                if code not in known:
                    entry = CatalogueEntry(code, "made up for the demo lab", True)
                    catalog.add_entry(connection, kind, entry)
    return passwords


def _present(ws: Workspace) -> tuple[int, int, int]:
    scatter = np.random.default_rng(SEED)
    tests = comparisons = 0
    for product, recipe in PRODUCTS.items():
        title = f"Lot test of product {product}"
        known = [order for order in ws.work_orders.list(status="open") if order.title == title]
        order = known[0] if known else ws.work_orders.create(recipe=recipe, title=title)
        simulation = ws.simulations.run(recipe, work_order=order.number)
        for shot in range(1, SHOTS_NOW + 1):
            curve = _measured(simulation.curve, scatter)
            workbook = write_lab_workbook(curve, f"{product}_{shot}")
            name = f"{product}_{shot}.xlsx"
            (result,) = ws.tests.ingest(workbook, name, work_order=order.number)
            tests += 1
            test_id = result.test_result_id
            if shot == 1 and test_id is not None:
                if not ws.comparisons.list(test_id=test_id):
                    ws.comparisons.save(simulation.id, test_id, note="demo")
                comparisons += 1
    return tests, len(PRODUCTS), comparisons


def _history(foundation: "Foundation", months: int) -> tuple[int, int]:
    """Store tests and simulations of earlier months, a few in each."""
    scatter = np.random.default_rng(SEED + 1)
    now = datetime.now(UTC)
    model = default_model()
    for month in range(months, 0, -1):
        at = now - timedelta(days=month * DAYS_BETWEEN)
        # A mass of its own for each month: equal simulations would be one.
        recipe = Recipe.parse(
            igniter="135",
            nc=[f"B:{690.5 + 120.0 * month / months:.1f}"],
            shell="22",
            current="1.2",
            vessel="10-892",
            device="Y-H",
        )
        simulation = simulate(recipe, model)
        with foundation.database.begin(Caller(PEOPLE[1][0])) as (connection, _):
            connection.execute(_PARTITIONS, {"first_day": at.date(), "last_day": at.date()})
            known = simulations.find_simulation(
                connection, recipe, fingerprint=model.fingerprint, t_end_ms=T_END_MS, dt_ms=DT_MS
            )
            if known is not None:
                continue
            recipe_id = store_recipe(connection, recipe)
            simulations.store_simulation(
                connection,
                recipe_id=recipe_id,
                model_version_id=models.store_model(
                    connection,
                    name=model.name,
                    parameters=model.document.plain(),
                    fingerprint=model.fingerprint,
                ),
                work_order_id=None,
                curve=simulation.curve,
                features=simulation.features,
                warnings=simulation.warnings,
                t_end_ms=T_END_MS,
                dt_ms=DT_MS,
                recorded_at=at,
            )
            curve = _measured(simulation.curve, scatter)
            workbook = write_lab_workbook(curve, f"H{month:02d}")
            stored = foundation.files.put(workbook)
            test_results.store_test(
                connection,
                test_results.NewTest(
                    name=f"H{month:02d}",
                    product=f"H{month:02d}",
                    curve=curve,
                    time_unit="ms",
                    pressure_unit="MPa",
                    remarks=(),
                    file_name=f"H{month:02d}.xlsx",
                    sha256=sha256(workbook).hexdigest(),
                    size_bytes=stored.size_bytes,
                    sheet="Sheet1",
                    curve_number=1,
                    recipe_id=recipe_id,
                    recorded_at=at,
                ),
            )
    return months, months


def _measured(simulated: PTCurve, scatter: np.random.Generator) -> PTCurve:
    """Return what a sensor might have shown of a shot like the simulated one."""
    slower = scatter.normal(1.0, 0.02)
    higher = scatter.normal(1.0, 0.015)
    pressure = higher * np.interp(
        simulated.time_ms / slower, simulated.time_ms, simulated.pressure_mpa
    )
    noise = scatter.normal(0.0, 0.01, pressure.size)
    return PTCurve(simulated.time_ms, pressure - 0.02 + noise)

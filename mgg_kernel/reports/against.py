"""The model in use against tests: each test's recipe is simulated and held against its curve."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from mgg_kernel.comparison import compare
from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import ComparisonError, SimulationError
from mgg_kernel.hot.recipes import recipe_from_row
from mgg_kernel.recipe import Recipe
from mgg_kernel.reports.readings import curves_of
from mgg_kernel.reports.recorder import Questions
from mgg_kernel.simulation import Model, simulate, simulate_many

__all__ = ["Judged", "charge_of", "judge_tests"]

_RECIPES = """
SELECT t.id, t.name, coalesce(t.product, '') AS product,
    epoch_us(CAST(t.recorded_at AS TIMESTAMPTZ)) AS recorded_us, r.igniter_type,
    r.nc_type_1, CAST(r.nc_mass_1_mg AS VARCHAR) AS nc_mass_1_mg,
    r.nc_type_2, CAST(r.nc_mass_2_mg AS VARCHAR) AS nc_mass_2_mg,
    r.gp_type, CAST(r.gp_mass_mg AS VARCHAR) AS gp_mass_mg,
    CAST(r.shell_height_mm AS VARCHAR) AS shell_height_mm,
    CAST(r.firing_current_a AS VARCHAR) AS firing_current_a,
    CAST(r.sensor_range_mpa AS VARCHAR) AS sensor_range_mpa, r.vessel, r.test_device
FROM test_results t LEFT JOIN recipes r ON r.id = t.recipe_id
WHERE t.team_id = $team AND t.deleted_at IS NULL
    AND t.recorded_at >= CAST($since AS TIMESTAMPTZ) AND t.recorded_at < CAST($until AS TIMESTAMPTZ)
ORDER BY t.id
"""
_MASSES = (
    "nc_mass_1_mg",
    "nc_mass_2_mg",
    "gp_mass_mg",
    "shell_height_mm",
    "firing_current_a",
    "sensor_range_mpa",
)


@dataclass(frozen=True)
class Judged:
    """A test and what the model says of it.

    Attributes:
        off_percent: simulated minus measured peak, of the measured one.
    """

    id: int
    name: str
    product: str
    charge: str
    recorded_at: datetime
    measured_mpa: float
    simulated_mpa: float
    off_percent: float
    peak_time_off_ms: float
    rmse_mpa: float

    def plain(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {**vars(self), "recorded_at": self.recorded_at.isoformat()}


def judge_tests(
    questions: Questions, team: int, since: datetime, until: datetime, model: Model
) -> tuple[list[Judged], int]:
    """Hold the model against every test from a moment up to another one.

    Args:
        questions: asks of one moment.
        team: whose tests.
        since: the first moment.
        until: the moment after the last one.
        model: what is judged.

    Returns:
        The tests, the oldest first, and how many were left out: they name no recipe, or it cannot
        be simulated, or the curves cannot be compared.
    """
    rows = questions.sql(_RECIPES, team=team, since=since.isoformat(), until=until.isoformat())
    measured = curves_of(questions, team, since, until)
    tests = [(one, _recipe(one)) for one in rows.to_dict("records")]
    wanted = list(dict.fromkeys(recipe for _, recipe in tests if recipe is not None))
    simulated = _simulated(wanted, model)
    found = []
    for row, recipe in tests:
        curve = None if recipe is None else simulated.get(recipe)
        if recipe is None or curve is None:
            continue
        try:
            judged = _judged(row, recipe, curve, measured[int(row["id"])])
        except ComparisonError:
            continue
        found.append(judged)
    return found, len(tests) - len(found)


def charge_of(recipe: Recipe) -> str:
    """Return what a recipe is charged with, without amounts: ``NC B + GP D``."""
    nc = [f"NC {amount.type_code}" for amount in recipe.nc]
    return " + ".join([*nc, *([f"GP {recipe.gp.type_code}"] if recipe.gp else [])])


def _judged(row: dict[Any, Any], recipe: Recipe, simulated: PTCurve, measured: PTCurve) -> Judged:
    result = compare(simulated, measured)
    window = simulated.time_ms <= measured.time_ms[-1]
    return Judged(
        id=int(row["id"]),
        name=str(row["name"]),
        product=str(row["product"]),
        charge=charge_of(recipe),
        recorded_at=datetime.fromtimestamp(int(row["recorded_us"]) / 1e6, UTC),
        measured_mpa=measured.peak.pressure_mpa,
        simulated_mpa=float(simulated.pressure_mpa[window].max()),
        off_percent=result.peak_pressure_diff_percent,
        peak_time_off_ms=result.peak_time_diff_ms,
        rmse_mpa=result.rmse_mpa,
    )


def _simulated(recipes: list[Recipe], model: Model) -> dict[Recipe, PTCurve]:
    """Return the curve of each recipe; one that cannot be simulated is left out."""
    try:
        made = simulate_many(recipes, model, intervals=False)
        return {recipe: one.curve for recipe, one in zip(recipes, made, strict=True)}
    except SimulationError:
        found = {}
        for recipe in recipes:
            try:
                found[recipe] = simulate(recipe, model).curve
            except SimulationError:
                continue
        return found


def _recipe(row: dict[Any, Any]) -> Recipe | None:
    plain: dict[str, Any] = {
        name: value if isinstance(value, str) else None
        for name, value in row.items()
        if name not in ("id", "recorded_us")
    }
    for name in _MASSES:
        plain[name] = None if plain[name] is None else Decimal(plain[name])
    return recipe_from_row(plain)  # type: ignore[arg-type]

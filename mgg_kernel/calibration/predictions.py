"""What a model expects of every product of a recipe database, as a table."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from mgg_kernel.errors import SimulationError
from mgg_kernel.ingest import RecipeRow
from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation import Model, Simulation, simulate_many
from mgg_kernel.simulation.intervals import Interval
from mgg_kernel.simulation.moving import table_of
from mgg_kernel.simulation.shot import prepare

__all__ = ["QUANTITIES", "Expected", "Prediction", "predict", "predictions_to_csv"]

QUANTITIES = ("ignition_time_ms", "peak_time_ms", "peak_pressure_mpa")
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Expected:
    """An expected value and its 90 % interval; None where the model is not calibrated."""

    value: float
    interval: Interval | None


@dataclass(frozen=True)
class Prediction:
    """What is expected of one product.

    Args:
        sheet: where it stands.
        product: its name.
        expected: by the names of :data:`QUANTITIES`; empty where it cannot be simulated.
        warnings: plain sentences.
    """

    sheet: str
    product: str
    expected: dict[str, Expected]
    warnings: tuple[str, ...]


def predict(rows: Sequence[RecipeRow], model: Model) -> list[Prediction]:
    """Predict every row, in the order of the rows; measured averages are not looked at.

    Args:
        rows: of a recipe database; a row without a recipe gets its problems as warnings.
        model: the parameters; intervals come of its calibration.
    """
    problems: dict[int, str] = {}
    recipes: dict[int, Recipe] = {}
    for at, row in enumerate(rows):
        if row.recipe is None:
            problems[at] = " ".join(row.problems)
            continue
        try:
            table_of([prepare(row.recipe, model)])
        except SimulationError as error:
            problems[at] = str(error)
        else:
            recipes[at] = row.recipe
    simulated, failed = _simulated(recipes, model)
    problems |= failed
    return [
        _prediction(row, simulated[at])
        if at in simulated
        else Prediction(row.sheet, row.product, {}, (problems[at],))
        for at, row in enumerate(rows)
    ]


def _simulated(
    recipes: dict[int, Recipe], model: Model
) -> tuple[dict[int, Simulation], dict[int, str]]:
    """Simulate all at once; one by one where that fails, so that only the bad ones are lost."""
    try:
        return dict(zip(recipes, simulate_many(recipes.values(), model), strict=True)), {}
    except SimulationError:
        found: dict[int, Simulation] = {}
        failed: dict[int, str] = {}
        for at, recipe in recipes.items():
            try:
                found[at] = simulate_many([recipe], model)[0]
            except SimulationError as error:
                failed[at] = str(error)
        return found, failed


def _prediction(row: RecipeRow, simulation: Simulation) -> Prediction:
    features = simulation.features
    values = {
        "ignition_time_ms": simulation.expected_ignition_ms,
        "peak_time_ms": features.peak_time_ms,
        "peak_pressure_mpa": features.peak_pressure_mpa,
    }
    expected = {
        name: Expected(value, getattr(simulation.intervals, name, None))
        for name, value in values.items()
    }
    return Prediction(row.sheet, row.product, expected, simulation.warnings)


def predictions_to_csv(predictions: Sequence[Prediction]) -> str:
    """Return predictions as CSV, with a header; an empty cell where nothing is known."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    numbers = [name + end for name in QUANTITIES for end in ("", "_lo", "_hi")]
    writer.writerow(["sheet", "product", *numbers, "warnings"])
    for one in predictions:
        cells: list[str] = []
        for name in QUANTITIES:
            expected = one.expected.get(name)
            interval = expected.interval if expected else None
            cells.append(f"{expected.value:.6g}" if expected else "")
            cells += [f"{interval.low:.6g}", f"{interval.high:.6g}"] if interval else ["", ""]
        texts = [_harmless(text) for text in (one.sheet, one.product, " ".join(one.warnings))]
        writer.writerow([*texts[:2], *cells, texts[2]])
    return out.getvalue()


def _harmless(text: str) -> str:
    """Return a text that a spreadsheet does not take for a formula."""
    return "'" + text if text.startswith(FORMULA_SIGNS) else text

"""From recipe databases and curves as read from files to what a calibration is fitted to.

What cannot be used is left out with a sentence; nothing is guessed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mgg_kernel.calibration.observations import MeasuredCurve, Observation
from mgg_kernel.calibration.start import start_model
from mgg_kernel.errors import CalibrationError, SimulationError
from mgg_kernel.ingest import ReadCurve, RecipeBook, RecipeRow
from mgg_kernel.simulation import Model
from mgg_kernel.simulation.moving import table_of
from mgg_kernel.simulation.shot import prepare

__all__ = ["LeftOutCurve", "LeftOutRow", "curves_of", "observations_of"]


@dataclass(frozen=True)
class LeftOutRow:
    """A row of a recipe database that a calibration does not use."""

    sheet: str
    product: str
    reason: str


@dataclass(frozen=True)
class LeftOutCurve:
    """A curve that a calibration does not use; `name` is that of its file and column."""

    name: str
    reason: str


def observations_of(
    book: RecipeBook, *, start: Model | None = None
) -> tuple[list[Observation], list[LeftOutRow]]:
    """Return the products of a recipe database, and the rows that are left out.

    A row with anything wrong in it is left out whole: a number that contradicts another one does
    not tell which of them is right.

    Args:
        book: the recipe database.
        start: the model that must be able to simulate each row; that of calibrations if not given.
    """
    found: list[Observation] = []
    left_out: list[LeftOutRow] = []
    start = start or start_model()
    for row in book.rows:
        problem = _problem(row, start)
        if problem or row.recipe is None:
            left_out.append(LeftOutRow(row.sheet, row.product, problem))
            continue
        found.append(
            Observation(
                row.sheet,
                row.product,
                row.recipe,
                row.ignition_time_ms,
                row.peak_time_ms,
                row.peak_pressure_mpa,
            )
        )
    return found, left_out


def _problem(row: RecipeRow, start: Model) -> str:
    """Return why a row cannot be used; an empty text where it can."""
    averages = (row.ignition_time_ms, row.peak_time_ms, row.peak_pressure_mpa)
    missing = sum(value is None for value in averages)
    # A row may lack some of its averages, each of which is reported; but it must have one.
    only_missing = len(row.problems) == missing < len(averages)
    if row.recipe is None or not (only_missing or not row.problems):
        return " ".join(row.problems)
    try:
        table_of([prepare(row.recipe, start)])
    except SimulationError as error:
        return f"Sheet '{row.sheet}', cell {row.cell}: {error}"
    return ""


def curves_of(
    read: Iterable[ReadCurve], observations: Sequence[Observation]
) -> tuple[list[MeasuredCurve], list[LeftOutCurve]]:
    """Return the curves with the products that their remarks (注释) name, and those left out.

    Args:
        read: curves as read from workbooks.
        observations: the products; a curve needs exactly one that bears the name of its remark.
    """
    times: dict[str, int] = {}
    for one in observations:
        times[one.product] = times.get(one.product, 0) + 1
    found: list[MeasuredCurve] = []
    left_out: list[LeftOutCurve] = []
    for curve in read:
        product = (curve.remark or "").strip()
        count = times.get(product, 0)
        if count == 1:
            try:
                found.append(MeasuredCurve(product, curve.curve))
            except CalibrationError as error:
                left_out.append(LeftOutCurve(curve.name, str(error)))
        elif not product:
            reason = "Its header has no remark (注释) that names a product; write it there."
            left_out.append(LeftOutCurve(curve.name, reason))
        else:
            where = "not" if count == 0 else f"on {count} sheets"
            left_out.append(
                LeftOutCurve(
                    curve.name,
                    f"The product '{product}' of its remark (注释) is {where} among the recipes "
                    "that are used; a curve needs exactly one.",
                )
            )
    return found, left_out

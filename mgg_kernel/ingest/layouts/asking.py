"""The sentences that say what is not certain in a sheet, and what to give."""

from collections.abc import Sequence

from mgg_kernel.errors import IngestError
from mgg_kernel.ingest.grid import SheetGrid
from mgg_kernel.ingest.layouts.columns import Column
from mgg_kernel.ingest.names import display_text
from mgg_kernel.units import PRESSURE_UNITS_MPA, TIME_UNITS_MS

__all__ = ["UnclearError", "headed", "no_quantity", "no_unit", "unclear_columns", "unclear_pairs"]

_TIMES, _PRESSURES = ", ".join(TIME_UNITS_MS), ", ".join(PRESSURE_UNITS_MPA)


class UnclearError(IngestError):
    """What a sheet holds is not certain, and a person can say it.

    Attributes:
        is_small: no column of the sheet is long enough for a curve, so that it may be a note.
    """

    is_small = False


def headed(column: Column, grid: SheetGrid) -> str:
    """Return a column and what stands above it."""
    if not column.cells:
        return f"column {column.letters} is headed by nothing"
    cell = grid.address(column.cells[0][0], column.index)
    return f"column {column.letters} is headed '{column.heading}' (cell {cell})"


def unclear_columns(grid: SheetGrid, columns: Sequence[Column]) -> UnclearError:
    """Neither names nor units tell which columns are meant."""
    told = " and ".join(headed(column, grid) for column in columns[:3])
    letters = [column.letters for column in columns]
    others = f" and {len(columns) - 3} more" if len(columns) > 3 else ""
    return UnclearError(
        "which column is time, which is pressure and in what units is not certain: "
        f"{told}{others}; write one unit of time ({_TIMES}) and one of pressure ({_PRESSURES}) "
        "above them, such as 'Time [ms]' and 'Pressure [MPa]', or give "
        f"--time-column {letters[0]} --time-unit ms --pressure-column {letters[-1]} "
        "--pressure-unit MPa as it is"
    )


def unclear_pairs(
    grid: SheetGrid, times: Sequence[Column], others: Sequence[Column]
) -> UnclearError:
    """Times and pressures are known, but not which belong together."""
    at, of = ",".join(c.letters for c in times), ",".join(c.letters for c in others)
    return UnclearError(
        f"which of the times in column {at} belongs to which of the pressures in column {of} is "
        f"not certain; give --time-column {at} --pressure-column {of} in the order of the pairs, "
        "or write each pressure on the right of its time"
    )


def no_unit(grid: SheetGrid, column: Column, quantity: str) -> UnclearError:
    """The name is known and the unit is not."""
    known = _TIMES if quantity == "time" else _PRESSURES
    example = "'Time [ms]'" if quantity == "time" else "'Pressure [MPa]'"
    foreign = column.foreign
    if len(column.units) > 1:
        what = f"names the units {' and '.join(column.units)}"
    elif foreign is None:
        what = "names no unit"
    else:
        hint = " (a millipascal)" if foreign in ("mPa", "mpa") else ""
        what = f"names the unit '{display_text(foreign)}'{hint} that is not read"
    return UnclearError(
        f"the unit of {quantity} is not certain: {headed(column, grid)}, which {what}; write one "
        f"of {known} above it, such as {example}, or give --{quantity}-column {column.letters} "
        f"--{quantity}-unit with one of them"
    )


def no_quantity(grid: SheetGrid, columns: Sequence[Column], quantity: str) -> UnclearError:
    """There is no column of time, or none of pressure, and the reason may be known."""
    for column in columns:
        if quantity == "pressure" and column.kind == "voltage":
            return UnclearError(
                f"{headed(column, grid)} and holds a voltage where a pressure is needed, and how "
                "many MPa a volt stands for is known to its sensor alone; export the pressure, "
                "or another column with --pressure-column"
            )
        if quantity == "time" and column.kind == "angle":
            return UnclearError(
                f"{headed(column, grid)} and holds crank angles where times are needed, which no "
                "speed in the file turns into times; export against time, or give another column "
                "with --time-column"
            )
    listed = " and ".join(headed(column, grid) for column in columns[:3])
    name, unit = ("Time", "ms") if quantity == "time" else ("Pressure", "MPa")
    eligible = [column.letters for column in columns if column.kind is None]
    flags = ""
    if eligible:
        at = eligible[0] if quantity == "time" else eligible[-1]
        flags = f", or give --{quantity}-column {at} --{quantity}-unit {unit} as it is"
    return UnclearError(
        f"no column is certain to hold the {quantity}: {listed}; write its name and unit above "
        f"it, such as '{name} [{unit}]'{flags}"
    )

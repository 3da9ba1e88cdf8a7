"""Which column of times belongs to which column of pressures, if that is certain."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mgg_kernel.ingest.grid import SheetGrid
from mgg_kernel.ingest.layouts.asking import (
    UnclearError,
    headed,
    no_quantity,
    no_unit,
    unclear_columns,
    unclear_pairs,
)
from mgg_kernel.ingest.layouts.choice import ImportChoice, columns_named
from mgg_kernel.ingest.layouts.columns import Column
from mgg_kernel.units import PRESSURE_UNITS_MPA, TIME_UNITS_MS

__all__ = ["Pair", "chosen_pairs", "settled_unit"]

Quantity = Literal["time", "pressure"]


@dataclass(frozen=True)
class Pair:
    """A column of times and one of the pressures at these times."""

    time: Column
    pressure: Column


def chosen_pairs(grid: SheetGrid, columns: Sequence[Column], choice: ImportChoice) -> list[Pair]:
    """Return the pairs of a sheet, from left to right, as its header and the answers tell.

    Args:
        grid: the sheet, for addresses.
        columns: its columns of numbers that may be records.
        choice: the answers.

    Raises:
        UnclearError: the pairs are not certain.
        IngestError: an answer names a column that is not there.
    """
    if choice.pressure_column is not None:
        pressures = columns_named(choice.pressure_column, columns)
        if choice.time_column is not None:
            times = columns_named(choice.time_column, columns)
            return _as_told(grid, times, pressures)
        times = [c for c in columns if _is(c, "time", choice) and c not in pressures]
        if not times:
            raise no_quantity(grid, [c for c in columns if c not in pressures] or columns, "time")
        return [Pair(_nearest(grid, times, one), one) for one in pressures]
    if choice.time_column is not None:
        times = columns_named(choice.time_column, columns)
        pressures = [c for c in columns if _is(c, "pressure", choice) and c not in times]
        if not pressures:
            raise no_quantity(grid, [c for c in columns if c not in times] or columns, "pressure")
        if len(times) == 1:
            return [Pair(times[0], one) for one in pressures]
        return _as_told(grid, times, pressures)
    return _by_header(grid, columns, choice)


def settled_unit(
    grid: SheetGrid, column: Column, quantity: Quantity, choice: ImportChoice
) -> tuple[str, str | None]:
    """Return the unit of a column of times or pressures, and what an engineer should know of it.

    Raises:
        UnclearError: the unit is not certain, or the column measures another quantity.
    """
    known = TIME_UNITS_MS if quantity == "time" else PRESSURE_UNITS_MPA
    given = choice.time_unit if quantity == "time" else choice.pressure_unit
    denied = [unit for unit in column.units if unit not in known]
    foreign = next((cell for _, cell in column.cells if cell.foreign), None)
    if denied or (foreign is not None and foreign.kind not in (quantity, None)):
        raise UnclearError(
            f"{headed(column, grid)}, whose unit measures no {quantity}; give another column with "
            f"--{quantity}-column"
        )
    if given is None:
        if column.unit is None:
            raise no_unit(grid, column, quantity)
        return column.unit, None
    written = [unit for unit in column.units if unit != given]
    written += [foreign.foreign] if foreign is not None and foreign.foreign else []
    if not written:
        return given, None
    return given, (
        f"Column {column.letters} is headed with {', '.join(written)} and was read in {given}, "
        "as was asked for."
    )


def _by_header(grid: SheetGrid, columns: Sequence[Column], choice: ImportChoice) -> list[Pair]:
    times = [c for c in columns if _is(c, "time", choice)]
    pressures = [c for c in columns if _is(c, "pressure", choice)]
    named = {id(c) for c in (*times, *pressures)}
    left_open = [c for c in columns if id(c) not in named and c.kind is None]
    _refuse_open(grid, columns, times, pressures, left_open)
    return _paired(grid, times, pressures)


def _refuse_open(
    grid: SheetGrid,
    columns: Sequence[Column],
    times: Sequence[Column],
    pressures: Sequence[Column],
    left_open: Sequence[Column],
) -> None:
    """Refuse a sheet whose header says too little, with the sentence that says the most."""
    if not times and any(c.kind == "angle" for c in columns):
        raise no_quantity(grid, columns, "time")
    if not pressures and not left_open and any(c.kind == "voltage" for c in columns):
        raise no_quantity(grid, columns, "pressure")
    if not times and not pressures and not any(_is_named(c) for c in left_open):
        raise unclear_columns(grid, columns)
    for column in left_open:
        if _is_named(column) and len(column.units) != 1:
            raise no_unit(grid, column, str(column.named))
    if left_open and len(columns) <= 2:
        raise unclear_columns(grid, columns)
    if left_open:
        at = ",".join(c.letters for c in times) or columns[0].letters
        of = ",".join(c.letters for c in pressures) or left_open[-1].letters
        raise UnclearError(
            f"{headed(left_open[0], grid)} and holds numbers beside the times and pressures, so "
            f"which columns are meant is not certain; give --time-column {at} --pressure-column "
            f"{of} as it is, or write a name and a unit above it"
        )
    if not times:
        raise no_quantity(grid, columns, "time")
    if not pressures:
        raise no_quantity(grid, columns, "pressure")


def _is_named(column: Column) -> bool:
    return column.named in ("time", "pressure")


def _is(column: Column, quantity: Quantity, choice: ImportChoice) -> bool:
    """Tell whether a column certainly holds the quantity, given the unit that was answered."""
    if column.kind == quantity:
        return True
    given = choice.time_unit if quantity == "time" else choice.pressure_unit
    known = TIME_UNITS_MS if quantity == "time" else PRESSURE_UNITS_MPA
    return given is not None and column.named == quantity and all(u in known for u in column.units)


def _paired(grid: SheetGrid, times: Sequence[Column], pressures: Sequence[Column]) -> list[Pair]:
    if len(times) == 1:
        return [Pair(times[0], one) for one in pressures]
    by_plot = _by_plot(times, pressures)
    if by_plot is not None:
        return by_plot
    order = sorted([(c.index, "t", c) for c in times] + [(c.index, "p", c) for c in pressures])
    kinds = "".join(kind for _, kind, _ in order)
    found = [column for _, _, column in order]
    if kinds == "pt" * len(times):
        return [Pair(found[at + 1], found[at]) for at in range(0, len(found), 2)]
    if not kinds.startswith("t") or "tt" in kinds or kinds.endswith("t"):
        raise unclear_pairs(grid, times, pressures)
    pairs = []
    for _, kind, column in order:
        if kind == "t":
            time = column
        else:
            pairs.append(Pair(time, column))
    return pairs


def _by_plot(times: Sequence[Column], pressures: Sequence[Column]) -> list[Pair] | None:
    """Pair columns by the numbers that a plotting program gave to its curves."""
    of_times = {column.plot: column for column in times}
    plots = [column.plot for column in pressures]
    if None in of_times or len(of_times) < len(times) or len(set(plots)) < len(plots):
        return None
    if set(plots) != set(of_times):
        return None
    return [Pair(of_times[column.plot], column) for column in pressures]


def _as_told(grid: SheetGrid, times: list[Column], pressures: list[Column]) -> list[Pair]:
    if any(column in times for column in pressures):
        raise UnclearError(
            f"column {pressures[0].letters} cannot hold both times and pressures; give two "
            "different columns"
        )
    if len(times) == 1:
        times = times * len(pressures)
    if len(times) != len(pressures):
        raise unclear_pairs(grid, times, pressures)
    return [Pair(*pair) for pair in zip(times, pressures, strict=True)]


def _nearest(grid: SheetGrid, times: Sequence[Column], pressure: Column) -> Column:
    if len(times) == 1:
        return times[0]
    same = [c for c in times if c.plot is not None and c.plot == pressure.plot]
    if len(same) == 1:
        return same[0]
    left = [c for c in times if c.index < pressure.index]
    if not left:
        raise unclear_pairs(grid, times, [pressure])
    return left[-1]

"""Where the curves of a sheet stand.  What is not certain is refused and never guessed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mgg_kernel.errors import IngestError
from mgg_kernel.ingest.grid import SheetGrid
from mgg_kernel.ingest.layouts.asking import UnclearError
from mgg_kernel.ingest.layouts.choice import ImportChoice, columns_named
from mgg_kernel.ingest.layouts.columns import Column, is_remark, read_columns
from mgg_kernel.ingest.layouts.decimals import decimal_mark, looks_like_number, number_of
from mgg_kernel.ingest.layouts.pairing import Pair, chosen_pairs, settled_unit
from mgg_kernel.ingest.layouts.profile import SheetLayout
from mgg_kernel.ingest.layouts.region import Shape
from mgg_kernel.ingest.names import display_text

__all__ = ["BadCellError", "SheetTables", "Table", "find_tables", "layout_of", "records_of"]


@dataclass(frozen=True)
class Table:
    """The place of one curve in a sheet; rows and columns as in the grid.

    Attributes:
        first: first row of numbers.
        last: last row of numbers.
        time_column: column of the times.
        pressure_column: column of the pressures.
        time_unit: canonical unit of the times.
        pressure_unit: canonical unit of the pressures.
        remark: the product, as the remark row names it.
        label: what tells the curve from the others of the sheet; None where there is one.
        warnings: what was seen and not read, or taken as a person said.
    """

    first: int
    last: int
    time_column: int
    pressure_column: int
    time_unit: str
    pressure_unit: str
    remark: str | None
    label: str | None
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class SheetTables:
    """What was found in a sheet.

    Attributes:
        grid: the sheet, in which numbers that are written as text are numbers.
        tables: one for each curve, from left to right.
    """

    grid: SheetGrid
    tables: tuple[Table, ...]


class BadCellError(IngestError):
    """A cell among the numbers holds none; what it holds is for the caller to find out."""

    def __init__(self, row: int, column: int, last: int) -> None:
        super().__init__("a cell among the numbers holds none")
        self.row, self.column, self.last = row, column, last


def find_tables(
    grid: SheetGrid, choice: ImportChoice | None = None, *, samples: int = 50
) -> SheetTables | None:
    """Return where the curves of a sheet stand; None if the sheet holds no column of numbers.

    Args:
        grid: the sheet.
        choice: what a person said of it.
        samples: fewest samples of a curve; shorter columns are read only if they are named.

    Raises:
        BadCellError: a cell among the numbers holds none.
        UnclearError: columns or units are not certain; the message does not name the file.
        IngestError: an answer does not fit, or the decimal mark is not certain.
    """
    choice = choice or ImportChoice()
    shape = Shape.of(grid)
    if not shape.columns:
        return None
    header_row = None if choice.header_row is None else choice.header_row - 1 - grid.first_row
    if header_row is not None and not 0 <= header_row < grid.rows:
        raise IngestError(f"row {choice.header_row} stands outside the filled rows; give another")
    columns, short = _records(shape, choice, header_row, samples)
    try:
        pairs = chosen_pairs(grid, columns, choice)
        units = [
            (
                settled_unit(grid, p.time, "time", choice),
                settled_unit(grid, p.pressure, "pressure", choice),
            )
            for p in pairs
        ]
    except UnclearError as error:
        error.is_small = max(map(shape.count, shape.columns)) < samples
        raise
    used = {column.index for pair in pairs for column in (pair.time, pair.pressure)}
    plain, told = _with_numbers(grid, [c for c in columns if c.index in used])
    warnings = told + _unread(grid, [*columns, *short], used, choice)
    labels = _labels(pairs)
    tables = []
    for pair, label, ((time_unit, about_time), (pressure_unit, about_pressure)) in zip(
        pairs, labels, units, strict=True
    ):
        first, last = _rows(shape, plain, pair)
        said = tuple(
            one for one in (about_time, about_pressure, _passed_over(shape, pair, first)) if one
        )
        tables.append(
            Table(
                first=first,
                last=last,
                time_column=pair.time.index,
                pressure_column=pair.pressure.index,
                time_unit=time_unit,
                pressure_unit=pressure_unit,
                remark=_remark(shape, pair, first),
                label=label,
                warnings=said + warnings,
            )
        )
    return SheetTables(plain, tuple(tables))


def records_of(grid: SheetGrid, *, samples: int = 50) -> list[Column]:
    """Return the columns of a sheet that may be times or pressures, from left to right."""
    shape = Shape.of(grid)
    return _records(shape, ImportChoice(), None, samples)[0] if shape.columns else []


def layout_of(grid: SheetGrid, *, samples: int = 50) -> SheetLayout | None:
    """Return what a sheet's header looks like; None if the sheet holds no column of numbers."""
    columns = records_of(grid, samples=samples)
    return SheetLayout.of(grid, columns) if columns else None


def _records(
    shape: Shape, choice: ImportChoice, header_row: int | None, samples: int
) -> tuple[list[Column], list[Column]]:
    """Return the columns that may be records, and those that are too short for one.

    A short column counts where its header says that it is a record, where a person named it, or
    where there are only short ones: then it is refused for being short and not passed over.
    """
    long = [c for c in shape.columns if shape.count(c) >= samples]
    if not long:
        return read_columns(shape, shape.columns, header_row), []
    records = read_columns(shape, long, header_row)
    short = read_columns(shape, [c for c in shape.columns if c not in long], header_row)
    asked: list[Column] = []
    for words in (choice.time_column, choice.pressure_column):
        if words is not None:
            asked += columns_named(words, [*records, *short])
    claimed = [c for c in short if c.kind in ("time", "pressure") or c in asked]
    records = sorted([*records, *claimed], key=lambda column: column.index)
    return records, [c for c in short if c not in claimed]


def _with_numbers(grid: SheetGrid, columns: Sequence[Column]) -> tuple[SheetGrid, tuple[str, ...]]:
    """Turn columns whose numbers are all written as text into numbers.

    Numbers and texts by turns are left as they are, and so refused: a spreadsheet program that
    did not understand the decimal mark has then turned some of them into other numbers.
    """
    texts: dict[int, list[tuple[int, str]]] = {}
    first = {column.index: column.first for column in columns}
    for (row, column), text in grid.texts.items():
        if column in first and row >= first[column] and looks_like_number(text):
            texts.setdefault(column, []).append((row, text))
    written = {
        column: cells
        for column, cells in texts.items()
        if bool(np.isnan(grid.numbers[first[column] :, column]).all())
    }
    if not written:
        return grid, ()
    mark = decimal_mark(text for cells in written.values() for _, text in cells)
    numbers, left = grid.numbers.copy(), dict(grid.texts)
    for column, cells in written.items():
        for row, text in cells:
            value = number_of(text, mark)
            if np.isfinite(value):
                numbers[row, column] = value
                del left[row, column]
    letters = ", ".join(grid.letters(column) for column in sorted(written))
    name = "comma" if mark == "," else "point"
    told = (
        f"The numbers in column {letters} are written as text and were read with a decimal {name}."
    )
    return replace(grid, numbers=numbers, texts=left), (told,)


def _rows(shape: Shape, grid: SheetGrid, pair: Pair) -> tuple[int, int]:
    """Return the first and the last row of a curve.

    Raises:
        BadCellError: a cell between them holds no number.
    """
    columns = [pair.time.index, pair.pressure.index]
    first = min(pair.time.first, pair.pressure.first)
    last = shape.last(columns)
    holes = np.argwhere(np.isnan(grid.numbers[first : last + 1, columns]))
    if holes.size:
        row, which = int(holes[0][0]) + first, int(holes[0][1])
        raise BadCellError(row, columns[which], last)
    return first, last


def _passed_over(shape: Shape, pair: Pair, first: int) -> str | None:
    """Tell of a row between the header and the numbers that begins with a word nobody knows."""
    top = max((row for c in (pair.time, pair.pressure) for row, _ in c.cells), default=-1)
    columns = sorted((pair.time.index, pair.pressure.index))
    for row in range(top + 1, first):
        if shape.like[row, columns].any() and not is_remark(shape, row, columns):
            cell = shape.grid.address(row, columns[0])
            word = display_text(shape.grid.text(row, columns[0]))
            return f"The row of cell {cell} ('{word}') was taken for a part of the header."
    return None


def _unread(
    grid: SheetGrid,
    columns: Sequence[Column],
    used: set[int],
    choice: ImportChoice,
) -> tuple[str, ...]:
    """Tell what stands in the sheet and was not read."""
    told = []
    left = sorted((c for c in columns if c.index not in used), key=lambda c: c.index)
    if left and choice.pressure_column is None:
        named = ", ".join(
            f"{c.letters} ('{c.heading}')" if c.heading else f"{c.letters} ({c.count} numbers)"
            for c in left
        )
        told.append(f"Not read, as no time and no pressure: column {named}.")
    numeric = {c.index for c in columns}
    noted = sorted({column for _, column in grid.texts if column not in numeric})
    if noted:
        told.append(f"The text in column {', '.join(map(grid.letters, noted))} was not read.")
    return tuple(told)


def _labels(pairs: Sequence[Pair]) -> list[str | None]:
    """Return for each pair what tells it from the others: plot, title, heading or letters."""
    if len(pairs) == 1:
        return [None]
    for told in (
        [pair.pressure.plot for pair in pairs],
        [pair.time.title for pair in pairs],
        [pair.pressure.title for pair in pairs],
        [pair.pressure.words[0] if pair.pressure.words else None for pair in pairs],
    ):
        if None not in told and len(set(told)) == len(told):
            return list(told)
    return [f"{pair.time.letters}, {pair.pressure.letters}" for pair in pairs]


def _remark(shape: Shape, pair: Pair, first: int) -> str | None:
    """Return what stands beside the label of the remark, in the columns of a curve."""
    grid, found = shape.grid, None
    for row in range(first):
        if not is_remark(shape, row, shape.columns):
            continue
        for column in (pair.pressure.index, pair.time.index):
            number = float(grid.numbers[row, column])
            text = grid.text(row, column) if np.isnan(number) else f"{number:.15g}"
            if text and not is_remark(shape, row, [column]):
                found = display_text(text, longest=200)
                break
    return found

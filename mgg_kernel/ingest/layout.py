"""Where time and pressure stand in a sheet: the lab's own layout, and close relatives of it.

Two columns side by side, the first two that the sheet uses.  Above the numbers, header cells
name the units (each in a cell of its own or behind the column's name), and a row labelled
``注释`` or ``remark`` names the product.  What is not certain is refused and never guessed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.errors import IngestError
from mgg_kernel.ingest.grid import SheetGrid
from mgg_kernel.ingest.header import (
    REMARK_LABELS,
    ColumnHeader,
    looks_like_number,
    read_header,
)
from mgg_kernel.ingest.names import display_text
from mgg_kernel.units import PRESSURE_UNITS_MPA, TIME_UNITS_MS

__all__ = ["BadCellError", "Table", "find_table"]

LEFT, RIGHT = 0, 1


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
        warnings: what was seen and not read.
    """

    first: int
    last: int
    time_column: int
    pressure_column: int
    time_unit: str
    pressure_unit: str
    remark: str | None
    warnings: tuple[str, ...]


class BadCellError(IngestError):
    """A cell among the numbers holds none; what it holds is for the caller to find out."""

    def __init__(self, row: int, column: int, last: int) -> None:
        super().__init__("a cell among the numbers holds none")
        self.row, self.column, self.last = row, column, last


def find_table(grid: SheetGrid) -> Table | None:
    """Return where the curve of a sheet stands; None if the sheet holds no table of numbers.

    Raises:
        BadCellError: a cell inside the table holds no number.
        IngestError: units or columns are not certain; the message does not name the file.
    """
    if grid.columns < 2:
        return None
    first = _first_data_row(grid)
    if first is None:
        return None
    used = grid.used()[:, : RIGHT + 1]
    last = int(np.flatnonzero(used.any(axis=1))[-1])
    _check_block(grid, first, last)
    warnings = _check_other_columns(grid)
    headers, remark = _headers(grid, first)
    quantities = [header.quantity for header in headers]
    if quantities == ["time", "pressure"]:
        time, pressure = LEFT, RIGHT
    elif quantities == ["pressure", "time"]:
        time, pressure = RIGHT, LEFT
    else:
        raise _uncertain(grid, headers)
    return Table(
        first=first,
        last=last,
        time_column=time,
        pressure_column=pressure,
        time_unit=str(headers[time].unit),
        pressure_unit=str(headers[pressure].unit),
        remark=remark,
        warnings=warnings,
    )


def _is_number(grid: SheetGrid) -> NDArray[np.bool_]:
    return ~np.isnan(grid.numbers[:, : RIGHT + 1])


def _first_data_row(grid: SheetGrid) -> int | None:
    """Return the first row that is no header.

    A number in the left column, or beside an empty left cell, is taken for the beginning of
    the data even if its neighbour is not a number: else a broken first row would be lost
    without a word.  A number beside a word is a header, such as a remark that is a number.
    """
    is_number = _is_number(grid)
    left = is_number[:, LEFT].copy()
    for (row, column), text in grid.texts.items():
        if column == LEFT and looks_like_number(text.strip()):
            left[row] = True
    left_used = grid.used()[:, LEFT]
    starts = np.flatnonzero(left | (is_number[:, RIGHT] & ~left_used))
    return int(starts[0]) if starts.size else None


def _check_block(grid: SheetGrid, first: int, last: int) -> None:
    holes = np.argwhere(~_is_number(grid)[first : last + 1])
    if holes.size:
        row, column = int(holes[0][0]) + first, int(holes[0][1])
        raise BadCellError(row, column, last)


def _check_other_columns(grid: SheetGrid) -> tuple[str, ...]:
    numeric = np.flatnonzero(~np.isnan(grid.numbers[:, RIGHT + 1 :]).all(axis=0))
    if numeric.size:
        letters = grid.letters(int(numeric[0]) + RIGHT + 1)
        raise IngestError(
            f"column {letters} holds numbers beside the two columns of time and pressure, so "
            "which ones are meant is not certain; keep only one pair of columns in the sheet"
        )
    noted = sorted({column for _, column in grid.texts if column > RIGHT})
    if not noted:
        return ()
    return (f"The text in column {', '.join(map(grid.letters, noted))} was not read.",)


def _headers(grid: SheetGrid, first: int) -> tuple[list[ColumnHeader], str | None]:
    words: tuple[list[str], list[str]] = ([], [])
    remark = None
    for row in range(first):
        cells = [_header_text(grid, row, column) for column in (LEFT, RIGHT)]
        if cells[LEFT].rstrip(":： ").lower() in REMARK_LABELS:
            remark = cells[RIGHT] or remark
            continue
        for column, text in zip(words, cells, strict=True):
            column.append(text)
    return [read_header(column) for column in words], remark


def _header_text(grid: SheetGrid, row: int, column: int) -> str:
    number = float(grid.numbers[row, column])
    text = grid.text(row, column) if np.isnan(number) else f"{number:.15g}"
    return display_text(text, longest=200)


def _uncertain(grid: SheetGrid, headers: list[ColumnHeader]) -> IngestError:
    told = " and ".join(
        f"column {grid.letters(column)} is headed "
        + (f"'{display_text(' | '.join(header.words))}'" if header.words else "by nothing")
        for column, header in zip((LEFT, RIGHT), headers, strict=True)
    )
    return IngestError(
        f"which column is time, which is pressure and in what units is not certain: {told}; "
        f"write one unit of time ({', '.join(TIME_UNITS_MS)}) and one of pressure "
        f"({', '.join(PRESSURE_UNITS_MPA)}) above them, such as 'Time [ms]' and 'Pressure [MPa]'"
    )

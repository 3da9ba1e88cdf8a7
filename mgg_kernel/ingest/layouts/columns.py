"""What the header says of each column of numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mgg_kernel.ingest.layouts.region import Shape, header_cell, is_header_row
from mgg_kernel.ingest.layouts.words import REMARK_LABELS, HeaderCell, Kind
from mgg_kernel.ingest.names import display_text
from mgg_kernel.units import TIME_UNITS_MS

__all__ = ["Column", "read_columns", "sides"]

FARTHEST_HEADER = 200
"""Rows above the numbers that are looked through for a header."""


@dataclass(frozen=True)
class Column:
    """One column of numbers and what stands above it; rows and columns as in the grid.

    Attributes:
        index: the column.
        letters: its letters in a spreadsheet.
        first: first row of numbers of the columns side by side.
        count: how many numbers it holds.
        cells: the header's cells from the top down, each with its row.
        title: what stands above its header, or above the merged cells that it is a part of.
    """

    index: int
    letters: str
    first: int
    count: int
    cells: tuple[tuple[int, HeaderCell], ...]
    title: str | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """The header's texts from the top down."""
        return tuple(cell.text for _, cell in self.cells)

    @property
    def units(self) -> tuple[str, ...]:
        """The known units that are named, each once."""
        return tuple(dict.fromkeys(cell.unit for _, cell in self.cells if cell.unit))

    @property
    def foreign(self) -> str | None:
        """The unit that is not one of ours, if there is one."""
        return next((cell.foreign for _, cell in self.cells if cell.foreign), None)

    @property
    def unit(self) -> str | None:
        """The unit, if exactly one is named."""
        return self.units[0] if len(self.units) == 1 and self.foreign is None else None

    @property
    def named(self) -> Kind | None:
        """What its name speaks of: the name nearest to the numbers counts."""
        kinds = [cell.kind for _, cell in self.cells if cell.kind and not cell.is_unit]
        return kinds[-1] if kinds else None

    @property
    def kind(self) -> Kind | None:
        """What the column certainly holds: its unit says so, and its name does not deny it."""
        if self.units:
            if self.unit is None:
                return None
            measured: Kind = "time" if self.unit in TIME_UNITS_MS else "pressure"
            return measured if self.named in (measured, None) else None
        foreign = next((cell.kind for _, cell in self.cells if cell.foreign), None)
        if foreign in ("voltage", "angle", "other"):
            return foreign
        return self.named if self.named in ("voltage", "angle", "other") else None

    @property
    def plot(self) -> str | None:
        """The curve that a plotting program numbered."""
        return next((cell.plot for _, cell in self.cells if cell.plot), None)

    @property
    def heading(self) -> str:
        """The header in one line, fit to be shown."""
        return display_text(" | ".join(self.words))


def read_columns(
    shape: Shape, columns: Sequence[int], header_row: int | None = None
) -> list[Column]:
    """Return columns of numbers with their headers.

    Args:
        shape: the sheet.
        columns: which of its columns, from left to right.
        header_row: the row of the grid in which the header begins, where it is known; then all
            rows from there to the numbers count as header.
    """
    found: list[Column] = []
    for block in sides(columns):
        first = shape.first(block, -1 if header_row is None else header_row)
        rows = _header_rows(shape, block, first, header_row)
        for index in block:
            cells = tuple(
                (row, cell)
                for row in rows
                if (cell := header_cell(shape.grid, row, index)) is not None
            )
            found.append(
                Column(
                    index=index,
                    letters=shape.grid.letters(index),
                    first=first,
                    count=shape.count(index),
                    cells=cells,
                    title=_title(shape, block, index, rows, first),
                )
            )
    return found


def sides(columns: Sequence[int]) -> list[list[int]]:
    """Return columns in groups of neighbours."""
    groups: list[list[int]] = []
    for column in columns:
        if groups and groups[-1][-1] == column - 1:
            groups[-1].append(column)
        else:
            groups.append([column])
    return groups


def _header_rows(
    shape: Shape, block: Sequence[int], first: int, header_row: int | None
) -> list[int]:
    grid = shape.grid
    if header_row is not None:
        return list(range(header_row, first))
    rows = [
        row
        for row in range(max(0, first - FARTHEST_HEADER), first)
        if not is_remark(shape, row, block)
    ]
    found = [row for row in rows if is_header_row(grid, row, block)]
    if not found:
        return rows[-1:]
    top = [cell for c in block if (cell := header_cell(grid, found[0], c)) is not None]
    # Names that nobody knows stand above their units: they tell nothing, but are names.
    if all(cell.is_unit for cell in top) and found[0] - 1 in rows:
        found.insert(0, found[0] - 1)
    return found


def is_remark(shape: Shape, row: int, columns: Sequence[int]) -> bool:
    """Tell whether a row begins with the label of the remark."""
    for column in columns:
        text = shape.grid.text(row, column)
        if text:
            return text.rstrip(":： ").lower() in REMARK_LABELS
        if not np.isnan(shape.grid.numbers[row, column]):
            return False
    return False


def _title(
    shape: Shape, block: Sequence[int], index: int, rows: Sequence[int], first: int
) -> str | None:
    """Return the text of the nearest row above the header that has one here or to the left."""
    top = rows[0] if rows else first
    for row in range(top - 1, max(-1, top - 4), -1):
        if is_remark(shape, row, block):
            continue
        for column in range(index, block[0] - 1, -1):
            text = shape.grid.text(row, column)
            number = shape.grid.numbers[row, column]
            if text or not np.isnan(number):
                return display_text(text or f"{number:.15g}")
    return None

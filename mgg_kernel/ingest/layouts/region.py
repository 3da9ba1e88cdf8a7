"""Which columns of a sheet hold records, and in which rows their numbers begin and end."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.ingest.grid import SheetGrid
from mgg_kernel.ingest.layouts.decimals import looks_like_number
from mgg_kernel.ingest.layouts.words import HeaderCell, read_cell
from mgg_kernel.ingest.names import display_text

__all__ = ["Shape", "header_cell", "is_header_row"]

SHORTEST_RUN = 3
"""So many numbers below each other make a column of numbers."""

_VALUE = re.compile(r"[0-9]{1,4}[-/:.][0-9]|[+-]?[0-9.,]+(?:\s+\S{1,6})?$")
"""A date, a time of day, or a number with its unit: what a setting is set to."""

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Shape:
    """Where the numbers of a sheet stand.

    Attributes:
        grid: the sheet.
        like: shape (rows, columns); where a number stands, or a text that was meant as one.
        used: shape (rows, columns); where anything stands.
        columns: the columns with numbers below each other.
    """

    grid: SheetGrid
    like: BoolArray
    used: BoolArray
    columns: tuple[int, ...]

    @classmethod
    def of(cls, grid: SheetGrid) -> "Shape":
        """Look over a sheet."""
        like = ~np.isnan(grid.numbers)
        used = like.copy()
        for (row, column), text in grid.texts.items():
            used[row, column] = True
            if looks_like_number(text):
                like[row, column] = True
        columns = tuple(c for c in range(grid.columns) if _longest_run(like[:, c]) >= SHORTEST_RUN)
        return cls(grid, like, used, columns)

    def count(self, column: int) -> int:
        """Return how many numbers a column holds."""
        return int(np.count_nonzero(self.like[:, column]))

    def last(self, columns: Iterable[int]) -> int:
        """Return the last row in which one of the columns holds anything."""
        return int(np.flatnonzero(self.used[:, list(columns)].any(axis=1))[-1])

    def first(self, columns: Sequence[int], after: int = -1) -> int:
        """Return the first row of numbers of columns that stand side by side.

        A row whose first filled cell is a number is taken for data, even if its neighbours are
        none: else a broken first row would be lost without a word.  A row that begins with a
        word is a header, such as a remark that is a number.  Numbers above a row of names or
        units, as a title ``59``, are a header as well, if they are fewer than make a column.

        Args:
            columns: the columns, from left to right.
            after: the data begin below this row.
        """
        used, like = self.used[:, columns], self.like[:, columns]
        leftmost = used.argmax(axis=1)
        starts = np.flatnonzero(like[np.arange(len(like)), leftmost] & used.any(axis=1))
        starts = starts[starts > after]
        text_rows = sorted({r for r, c in self.grid.texts if c in columns and r > after})
        begin = 0
        for row in text_rows:
            above = int(np.searchsorted(starts, row))
            if above - begin >= SHORTEST_RUN:
                break
            if above > begin and is_header_row(self.grid, row, columns):
                begin = above
        return int(starts[min(begin, starts.size - 1)]) if starts.size else self.grid.rows


def header_cell(grid: SheetGrid, row: int, column: int) -> HeaderCell | None:
    """Return what a text above a column says; None where there is no text."""
    text = display_text(grid.text(row, column), longest=200)
    return read_cell(text) if text else None


def is_header_row(grid: SheetGrid, row: int, columns: Iterable[int]) -> bool:
    """Tell whether a row names columns or their units, and is no setting such as ``Rate | 100``."""
    cells = []
    for column in columns:
        if not np.isnan(grid.numbers[row, column]):
            return False
        cell = header_cell(grid, row, column)
        if cell is not None:
            if _VALUE.match(cell.text):
                return False
            cells.append(cell)
    named = [cell for cell in cells if cell.kind is not None and not cell.is_label]
    if any(not cell.is_unit for cell in named):
        return True
    units = [cell for cell in cells if cell.is_unit]
    others = [cell for cell in cells if not cell.is_unit]
    announced = all(c.text.rstrip(":： ").lower() in {"unit", "units", "单位"} for c in others)
    return bool(units) and announced


def _longest_run(flags: BoolArray) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return int((edges[1::2] - edges[::2]).max(initial=0))

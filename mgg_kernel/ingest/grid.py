"""The cells of a sheet as they leave the reading process: numbers and texts apart."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["SheetGrid"]


@dataclass(frozen=True)
class SheetGrid:
    """One sheet; rows and columns count from 0 at the upper left *used* cell.

    Attributes:
        name: name of the sheet as in the file.
        visible: False for a hidden sheet.
        first_row: row of the sheet, from 0, that row 0 of the grid stands for.
        first_column: column of the sheet, from 0, that column 0 stands for.
        numbers: shape (rows, columns); NaN where the cell holds no number.
        texts: what the cells hold that are neither numbers nor empty.
        kind: ``text`` for a text file, whose line 1 is row 1.
    """

    name: str
    visible: bool
    first_row: int
    first_column: int
    numbers: NDArray[np.float64]
    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    kind: Literal["sheet", "text"] = "sheet"

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.numbers.shape[0])

    @property
    def columns(self) -> int:
        """Number of columns."""
        return int(self.numbers.shape[1])

    def used(self) -> NDArray[np.bool_]:
        """Return, shape (rows, columns), which cells hold anything."""
        used = ~np.isnan(self.numbers)
        for row, column in self.texts:
            used[row, column] = True
        return used

    def text(self, row: int, column: int) -> str:
        """Return the text of a cell, empty if it holds none."""
        return self.texts.get((row, column), "").strip()

    def letters(self, column: int) -> str:
        """Return the letters that a spreadsheet shows above a column."""
        number, letters = self.first_column + column + 1, ""
        while number:
            number, rest = divmod(number - 1, 26)
            letters = chr(65 + rest) + letters
        return letters

    def address(self, row: int, column: int) -> str:
        """Return the address of a cell as a spreadsheet shows it, such as ``B17``."""
        return f"{self.letters(column)}{self.first_row + row + 1}"

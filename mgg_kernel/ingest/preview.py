"""What a file looks like, for a person who has to say where its curves stand."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from mgg_kernel.ingest.grid import SheetGrid
from mgg_kernel.ingest.layouts import records_of
from mgg_kernel.ingest.limits import Limits
from mgg_kernel.ingest.names import display_name, display_text
from mgg_kernel.ingest.workbook import read_sheets

__all__ = ["ColumnPreview", "SheetPreview", "preview_sheets"]

ROWS, COLUMNS = 8, 12
LONGEST_CELL = 24


@dataclass(frozen=True)
class ColumnPreview:
    """A column of numbers.

    Attributes:
        letters: as a spreadsheet shows them.
        heading: what stands above it, in one line.
        kind: what it holds, where its header is certain.
        unit: the unit that its header names, if it names one that is read.
    """

    letters: str
    heading: str
    kind: Literal["time", "pressure"] | None
    unit: str | None


@dataclass(frozen=True)
class SheetPreview:
    """A sheet that holds columns of numbers.

    Attributes:
        name: of the sheet.
        columns: those that may be times or pressures, from left to right.
        shown: letters of the first used columns, of which `rows` tell.
        rows: number of the row and the text of each cell, of the first used rows.
    """

    name: str
    columns: tuple[ColumnPreview, ...]
    shown: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def preview_sheets(
    data: bytes, name: str, *, limits: Limits | None = None
) -> tuple[SheetPreview, ...]:
    """Return the visible sheets with columns of numbers, in the order of the file.

    Args:
        data: the file's bytes; not trusted.
        name: the file's name; not trusted, and only shown.
        limits: what the reading may cost.

    Raises:
        IngestError: the file cannot be read at all.
    """
    limits = limits or Limits()
    found = []
    for grid in read_sheets(data, name, display_name(name), limits):
        columns = records_of(grid, samples=limits.samples) if grid.visible else []
        if not columns:
            continue
        shown = range(min(grid.columns, COLUMNS))
        found.append(
            SheetPreview(
                name=grid.name,
                columns=tuple(
                    ColumnPreview(
                        column.letters,
                        column.heading,
                        column.kind if column.kind in ("time", "pressure") else None,
                        column.unit,
                    )
                    for column in columns
                ),
                shown=tuple(grid.letters(column) for column in shown),
                rows=tuple(
                    (grid.first_row + row + 1, tuple(_cell(grid, row, column) for column in shown))
                    for row in range(min(grid.rows, ROWS))
                ),
            )
        )
    return tuple(found)


def _cell(grid: SheetGrid, row: int, column: int) -> str:
    number = grid.numbers[row, column]
    if np.isnan(number):
        return display_text(grid.text(row, column), longest=LONGEST_CELL)
    return f"{number:.8g}"

"""From the bytes of an untrusted recipe database to its rows."""

import hashlib
from dataclasses import dataclass, field, replace

import numpy as np

from mgg_kernel.errors import IngestError
from mgg_kernel.ingest.grid import SheetGrid
from mgg_kernel.ingest.limits import Limits
from mgg_kernel.ingest.names import display_name, display_text
from mgg_kernel.ingest.prescan import prescan
from mgg_kernel.ingest.reader import read_grids
from mgg_kernel.ingest.recipes.codes import vessel_volume_ml
from mgg_kernel.ingest.recipes.matrix import Matrix, find_matrix
from mgg_kernel.ingest.recipes.row import RecipeRow, Reported, read_row

__all__ = ["RecipeBook", "read_recipe_workbook"]

MOST_ROWS = 5_000
"""More products than this in one file are no recipe database of a lab."""


@dataclass(frozen=True)
class RecipeBook:
    """A recipe database as read from a workbook.

    Attributes:
        name: the file's name, fit to be shown.
        sha256: hash of its bytes, in hexadecimal.
        rows: one for each product, in the order of the sheets and rows; those with problems too.
        vessel_volumes_ml: the volume of each vessel that a recipe names [mL].
        notes: what was not read or taken for granted, a sentence each.
    """

    name: str
    sha256: str
    rows: tuple[RecipeRow, ...]
    vessel_volumes_ml: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def reported(self) -> tuple[Reported, ...]:
        """Everything that is wrong, in the order of the rows."""
        return tuple(one for row in self.rows for one in row.reported)


def read_recipe_workbook(data: bytes, name: str, *, limits: Limits | None = None) -> RecipeBook:
    """Read a recipe database: a one-hot matrix under a header of several rows, on any sheets.

    A row that is ambiguous or impossible is there with its problems, and is not guessed; a sheet
    whose header is not certain refuses the file.

    Args:
        data: the file's bytes; not trusted.
        name: the file's name; not trusted, and only shown.
        limits: what the reading may cost.

    Raises:
        IngestError: the file is refused; the message says where, why and what to do.
    """
    limits = limits or Limits()
    shown = display_name(name)
    prescan(data, shown, limits)
    rows: list[RecipeRow] = []
    notes: list[str] = []
    is_database = False
    for grid in read_grids(data, shown, limits):
        sheet = display_text(grid.name)
        if not grid.used().any():
            continue
        if not grid.visible:
            notes.append(f"The hidden sheet '{sheet}' was not read.")
            continue
        matrix = _matrix(shown, sheet, grid)
        if matrix is None:
            notes.append(f"The sheet '{sheet}' is no recipe database and was not read.")
            continue
        is_database = True
        notes += [f"Sheet '{sheet}': {note}" for note in matrix.notes]
        found = _rows(grid, matrix, limits, MOST_ROWS - len(rows), shown)
        rows += _without_namesakes(found)
    if not is_database:
        raise IngestError(
            f"'{shown}' is refused: no visible sheet has the headings of a recipe database, such "
            "as 点火具, NC类型 and 管壳高度; choose the right file."
        )
    vessels = {row.recipe.vessel for row in rows if row.recipe}
    volumes = {code: volume for code in sorted(vessels) if (volume := vessel_volume_ml(code))}
    return RecipeBook(shown, hashlib.sha256(data).hexdigest(), tuple(rows), volumes, tuple(notes))


def _matrix(shown: str, sheet: str, grid: SheetGrid) -> Matrix | None:
    try:
        return find_matrix(grid)
    except IngestError as error:
        raise IngestError(f"'{shown}', sheet '{sheet}', is refused: {error}.") from None


def _rows(
    grid: SheetGrid, matrix: Matrix, limits: Limits, most: int, shown: str
) -> list[RecipeRow]:
    used = np.flatnonzero(grid.used().any(axis=1))
    rows: list[RecipeRow] = []
    for row in used[used >= matrix.first_row]:
        read = read_row(grid, matrix, int(row), most_pressure_mpa=limits.peak_mpa)
        if read is not None:
            rows.append(read)
        if len(rows) > most:
            raise IngestError(
                f"'{shown}' is refused: it holds more than {MOST_ROWS:,} products; split it."
            )
    return rows


def _without_namesakes(rows: list[RecipeRow]) -> list[RecipeRow]:
    """Report all rows of a sheet that share their name: which one is the product is not certain."""
    cells: dict[str, list[str]] = {}
    for row in rows:
        cells.setdefault(row.product, []).append(row.cell)
    return [
        _with_namesakes(row, cells[row.product])
        if row.product and len(cells[row.product]) > 1
        else row
        for row in rows
    ]


def _with_namesakes(row: RecipeRow, cells: list[str]) -> RecipeRow:
    others = ", ".join(cell for cell in cells[:5] if cell != row.cell)
    sentence = (
        f"Sheet '{row.sheet}', cell {row.cell}: the product '{row.product}' stands in {others} "
        "too; give each row a name of its own, or remove those that are wrong."
    )
    added = Reported(row.sheet, row.cell, row.product, sentence)
    return replace(row, reported=(*row.reported, added))

"""Where everything stands in a sheet of a recipe database.

The header has several rows with merged cells: a heading stands in the first cell of its block and
reaches to the next heading, and the codes are the header's last row.  Nothing is taken from fixed
positions; what the headings do not tell for certain is refused.
"""

from dataclasses import dataclass

import numpy as np

from mgg_kernel.errors import IngestError
from mgg_kernel.ingest.grid import SheetGrid
from mgg_kernel.ingest.names import display_text
from mgg_kernel.ingest.recipes.codes import Column, read_code
from mgg_kernel.ingest.recipes.words import (
    AVERAGES,
    CHOICES,
    MASSES,
    TITLES,
    UNITS,
    Average,
    Choice,
    Heading,
    Mass,
    heading_of,
    is_average,
    plain_text,
    units_in,
)
from mgg_kernel.units import PRESSURE_UNITS_MPA, TIME_UNITS_MS

__all__ = ["AverageColumn", "Matrix", "cell_text", "find_matrix"]

# The sensor's range may be unknown; without any of these there is no recipe.
_NEEDED: tuple[Heading, ...] = ("product", "igniter", "shell", "current", "vessel", "device")
_FEWEST_HEADINGS = 3
_HEADER_SEARCH_ROWS = 50


@dataclass(frozen=True)
class AverageColumn:
    """The column of an average, and the factor from its unit to ms or MPa."""

    column: int
    factor: float


@dataclass(frozen=True)
class Matrix:
    """The places in one sheet; rows and columns as in the grid.

    Attributes:
        first_row: the first row below the header.
        product: column of the products' names.
        choices: columns of the groups of which a 1 marks one; ``sensor`` may be missing.
        masses: columns that hold masses; one of the two groups may be missing.
        averages: columns of the averages, as far as the sheet has them.
        notes: what was taken for granted or not read, a sentence each.
    """

    first_row: int
    product: int
    choices: dict[Choice, tuple[Column, ...]]
    masses: dict[Mass, tuple[Column, ...]]
    averages: dict[Average, AverageColumn]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Block:
    """A heading, where it stands, and the columns that it reaches over."""

    heading: Heading | None
    row: int
    text: str
    columns: list[int]


def find_matrix(grid: SheetGrid) -> Matrix | None:
    """Return where things stand; None if the sheet is no recipe database.

    Raises:
        IngestError: it is one, but something is missing or not certain; the message is part of a
            sentence and does not name file and sheet.
    """
    top = _top_row(grid)
    if top is None:
        return None
    code_row = _code_row(grid, top)
    blocks = _blocks(grid, top, code_row)
    found = _by_heading(grid, blocks)
    _check_needed(found)
    for block in found.values():
        _check_unit(grid, block)
    averages, taken = _averages(grid, code_row, blocks, found)
    unread = [
        f"Column {grid.letters(column)} ('{display_text(block.text, longest=40)}') was not read."
        for block in blocks
        if block.heading is None
        for column in block.columns
        if grid.used()[code_row + 1 :, column].any()
    ]
    return Matrix(
        first_row=code_row + 1,
        product=found["product"].columns[0],
        choices={
            group: _columns(grid, code_row, group, found[group])
            for group in CHOICES
            if group in found
        },
        masses={
            group: _columns(grid, code_row, group, found[group])
            for group in MASSES
            if group in found
        },
        averages=averages,
        notes=(*taken, *unread),
    )


def cell_text(grid: SheetGrid, row: int, column: int) -> str:
    """Return what a cell shows, a number in its shortest form; empty if it holds nothing."""
    number = float(grid.numbers[row, column])
    return grid.text(row, column) if np.isnan(number) else f"{number:.15g}"


def _top_row(grid: SheetGrid) -> int | None:
    """Return the first row that holds several of the headings."""
    found: dict[int, set[Heading]] = {}
    for (row, _), text in grid.texts.items():
        heading = heading_of(text) if row < _HEADER_SEARCH_ROWS else None
        if heading is not None:
            found.setdefault(row, set()).add(heading)
    rows = [row for row, headings in found.items() if len(headings) >= _FEWEST_HEADINGS]
    return min(rows, default=None)


def _code_row(grid: SheetGrid, top: int) -> int:
    """Return the row of the codes: the first one below each heading, the same for all of them."""
    first: dict[int, str] = {}
    used = grid.used()
    for (row, column), text in sorted(grid.texts.items()):
        # A code may be a word of the headings, such as GP.
        if row < top or row >= min(first, default=grid.rows):
            continue
        if heading_of(text) not in (*CHOICES, *MASSES):
            continue
        below = np.flatnonzero(used[row + 1 :, column])
        if below.size:
            first.setdefault(row + 1 + int(below[0]), grid.address(row, column))
    if not first:
        raise IngestError("no codes stand below its headings; write them there")
    if len(first) > 1:
        (one, here), (other, there) = sorted(first.items())[:2]
        raise IngestError(
            f"the codes below {here} stand in row {grid.first_row + one + 1} and those below "
            f"{there} in row {grid.first_row + other + 1}; write a code above every column, all of "
            "them in one row"
        )
    return next(iter(first))


def _blocks(grid: SheetGrid, top: int, code_row: int) -> list[_Block]:
    """Return the headings with their columns: a column belongs to the nearest one on its left.

    Of two as near, the lower one counts: NC类型 under 药剂类型.
    """
    columns = range(grid.columns)
    headings = {
        column: row
        for row in range(top, code_row)
        for column in columns
        if cell_text(grid, row, column)
    }
    found = {heading_of(cell_text(grid, row, column)) for column, row in headings.items()}
    if "averages" not in found:
        # Then their own headings may stand in the last row, without one above.
        headings |= {
            column: code_row
            for column in columns
            if is_average(heading_of(cell_text(grid, code_row, column)))
        }
    blocks: list[_Block] = []
    for column in range(grid.columns):
        if column in headings:
            text = cell_text(grid, headings[column], column)
            blocks.append(_Block(heading_of(text), headings[column], text, []))
        if blocks:
            blocks[-1].columns.append(column)
    return blocks


def _by_heading(grid: SheetGrid, blocks: list[_Block]) -> dict[Heading, _Block]:
    """Return the blocks by what they are; one may be written again above each of its columns."""
    found: dict[Heading, _Block] = {}
    for block in blocks:
        if block.heading is None:
            continue
        known = found.setdefault(block.heading, block)
        if known is block:
            continue
        if known.columns[-1] + 1 != block.columns[0] or is_average(block.heading):
            raise IngestError(
                f"'{display_text(block.text, longest=40)}' stands above two places, "
                f"{grid.address(known.row, known.columns[0])} and "
                f"{grid.address(block.row, block.columns[0])}; keep one of them"
            )
        known.columns.extend(block.columns)
    return found


def _check_needed(found: dict[Heading, _Block]) -> None:
    missing = [TITLES[heading] for heading in _NEEDED if heading not in found]
    if "nc" not in found and "gp" not in found:
        missing.append("NC类型 or GP类型")
    if missing:
        raise IngestError(
            f"its header lacks {', '.join(missing)}; add the columns, or remove the sheet"
        )


def _check_unit(grid: SheetGrid, block: _Block) -> None:
    expected = UNITS.get(block.heading) if block.heading else None
    if expected is None or is_average(block.heading):
        return
    for unit in units_in(block.text):
        if unit != expected and not (expected == "mL" and unit == "cc"):
            raise IngestError(
                f"cell {grid.address(block.row, block.columns[0])} gives the unit {unit}, but "
                f"{expected} is needed there; change the numbers and the heading"
            )


def _columns(
    grid: SheetGrid, code_row: int, group: Choice | Mass, block: _Block
) -> tuple[Column, ...]:
    read = [
        read_code(group, column, plain_text(cell_text(grid, code_row, column)))
        for column in block.columns
    ]
    first: dict[str, Column] = {}
    columns = []
    for one in read:
        same = first.setdefault(one.code, one) if one.fault is None else one
        if same is not one:
            letters = grid.letters(same.column)
            one = Column(one.column, one.code, f"has the code of column {letters}, {one.code}")
        columns.append(one)
    return tuple(columns)


def _averages(
    grid: SheetGrid, code_row: int, blocks: list[_Block], found: dict[Heading, _Block]
) -> tuple[dict[Average, AverageColumn], list[str]]:
    """Return the columns of the averages: below 平均值 if there is such a heading."""
    group = found.get("averages")
    if group is not None:
        places = [(cell_text(grid, code_row, column), column) for column in group.columns]
    else:
        places = [(block.text, block.columns[0]) for block in blocks if is_average(block.heading)]
    averages: dict[Average, AverageColumn] = {}
    notes = []
    for text, column in places:
        average = heading_of(text)
        if not is_average(average):
            continue
        if average in averages:
            raise IngestError(
                f"columns {grid.letters(averages[average].column)} and {grid.letters(column)} are "
                f"both headed {TITLES[average]}; keep one of them"
            )
        factor, named = _factor(average, text, grid.letters(column))
        averages[average] = AverageColumn(column, factor)
        if not named:
            notes.append(
                f"Column {grid.letters(column)} ({TITLES[average]}) names no unit and was read "
                f"as {UNITS[average]}."
            )
    return {average: averages[average] for average in AVERAGES if average in averages}, notes


def _factor(average: Average, text: str, letters: str) -> tuple[float, bool]:
    """Return the factor to ms or MPa, and whether a unit is named at all."""
    known = PRESSURE_UNITS_MPA if average == "peak_pressure" else TIME_UNITS_MS
    units = units_in(text)
    if not units:
        return 1.0, False
    if len(units) > 1 or units[0] not in known:
        raise IngestError(
            f"column {letters} gives {TITLES[average]} in {' and '.join(units)}; write one of "
            f"{', '.join(known)}"
        )
    return known[units[0]], True

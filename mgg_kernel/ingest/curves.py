"""The curves of a file's sheets: where they stand, and whether they are PT curves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import IngestError
from mgg_kernel.ingest.checks import check_samples
from mgg_kernel.ingest.grid import SheetGrid
from mgg_kernel.ingest.layouts import (
    BadCellError,
    ImportChoice,
    ImportProfile,
    SheetLayout,
    SheetTables,
    Table,
    UnclearError,
    find_tables,
    layout_of,
)
from mgg_kernel.ingest.limits import Limits
from mgg_kernel.ingest.names import display_text
from mgg_kernel.quality import QualityFlag, quality_flags
from mgg_kernel.units import pressure_factor, time_factor

__all__ = ["Explain", "ReadCurve", "curves_of"]

Explain = Callable[[SheetGrid, int, int], tuple[str, str]]
"""Tells what a cell of a grid holds that came back empty."""


@dataclass(frozen=True)
class ReadCurve:
    """One curve as read from a file.

    Attributes:
        name: the file's name without its ending, and the sheet's and the curve's where there are
            several.
        sheet: name of the sheet, fit to be shown.
        remark: the product, as the remark row names it; None without one.
        curve: the curve in ms and MPa; values in these units are bit for bit those of the file.
        time_unit: canonical unit of the times in the file.
        pressure_unit: canonical unit of the pressures in the file.
        remarks: what an engineer should know of the reading, a sentence each.
        flags: what the record lacks.
        label: what tells the curve from the others of its sheet; None where there is one.
        cells: the first and the last cell of the times and of the pressures, as a spreadsheet
            shows them, such as ``("A4:A4003", "B4:B4003")``.
        layout: what the header of its sheet looks like.
        profile: name of the import profile that told where it stands; None without one.
    """

    name: str
    sheet: str
    remark: str | None
    curve: PTCurve
    time_unit: str
    pressure_unit: str
    remarks: tuple[str, ...]
    flags: tuple[QualityFlag, ...] = ()
    label: str | None = None
    cells: tuple[str, str] | None = None
    layout: SheetLayout | None = None
    profile: str | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What an engineer should know, a sentence each."""
        return self.remarks + tuple(flag.sentence for flag in self.flags)


@dataclass(frozen=True)
class _Sheet:
    """A sheet that holds curves."""

    found: SheetTables
    layout: SheetLayout | None
    profile: str | None


def curves_of(
    grids: Sequence[SheetGrid],
    shown: str,
    explain: Explain,
    limits: Limits,
    choice: ImportChoice,
    profiles: Sequence[ImportProfile],
) -> list[ReadCurve]:
    """Return all curves of the sheets of a file.

    Args:
        grids: the sheets.
        shown: the file's name, fit to be shown.
        explain: tells what an empty cell holds.
        limits: what a record must hold.
        choice: what a person said.
        profiles: answers of earlier files.

    Raises:
        IngestError: the file is refused.
    """
    sheets: list[_Sheet] = []
    unread: list[str] = []
    small: list[IngestError] = []
    for grid in _asked_for(grids, shown, choice):
        sheet = display_text(grid.name)
        if not grid.used().any():
            continue
        if not grid.visible and choice.sheet is None:
            unread.append(f"The hidden sheet '{sheet}' was not read.")
            continue
        try:
            read = _sheet(grid, shown, explain, limits, choice, profiles)
        except UnclearError as error:
            unclear = UnclearError(str(_refused(shown, grid, str(error))))
            if not error.is_small:
                raise unclear from None
            small.append(unclear)
            unread.append(f"The sheet '{sheet}' holds no times and pressures and was not read.")
            continue
        if read is None:
            unread.append(f"The sheet '{sheet}' holds no table of numbers and was not read.")
        else:
            sheets.append(read)
    if not sheets and small:
        raise small[0]
    if not sheets:
        raise IngestError(
            f"'{shown}' is refused: no visible sheet holds times and pressures as numbers side by "
            "side in columns; lay the data out so and save it again."
        )
    stem = shown.rsplit(".", 1)[0] or shown
    return [
        _curve(shown, stem, sheet, table, tuple(unread), limits, several=len(sheets) > 1)
        for sheet in sheets
        for table in sheet.found.tables
    ]


def _asked_for(grids: Sequence[SheetGrid], shown: str, choice: ImportChoice) -> Sequence[SheetGrid]:
    """Return the sheet that a person named, by name or number, or all sheets."""
    if choice.sheet is None:
        return grids
    found = [g for g in grids if choice.sheet in (g.name, display_text(g.name))]
    if not found and choice.sheet.isascii() and choice.sheet.isdecimal():
        found = (
            list(grids[int(choice.sheet) - 1 : int(choice.sheet)]) if choice.sheet != "0" else []
        )
    if len(found) == 1:
        return found
    names = ", ".join(f"'{display_text(grid.name)}'" for grid in grids[:10])
    raise IngestError(
        f"'{shown}' is refused: it has no sheet '{display_text(choice.sheet)}'; "
        f"give one of {names} with --sheet."
    )


def _sheet(
    grid: SheetGrid,
    shown: str,
    explain: Explain,
    limits: Limits,
    choice: ImportChoice,
    profiles: Sequence[ImportProfile],
) -> _Sheet | None:
    layout = layout_of(grid, samples=limits.samples)
    profile = None
    if choice.is_empty and layout is not None:
        profile = next((one for one in profiles if one.match(layout)), None)
    answers = choice if profile is None else replace(profile.choice, sheet=None)
    try:
        found = find_tables(grid, answers, samples=limits.samples)
    except BadCellError as bad:
        raise _refused(shown, grid, _told(grid, bad, explain)) from None
    except UnclearError:
        raise
    except IngestError as error:
        raise _refused(shown, grid, str(error)) from None
    if found is None:
        return None
    return _Sheet(found, layout, None if profile is None else profile.name)


def _told(grid: SheetGrid, bad: BadCellError, explain: Explain) -> str:
    """Say what a cell among the numbers holds instead of one."""
    cell = grid.address(bad.row, bad.column)
    kind, text = "text", grid.text(bad.row, bad.column)
    if not text:
        row, column = grid.first_row + bad.row + 1, grid.first_column + bad.column + 1
        kind, text = explain(grid, row, column)
    quoted = display_text(text)
    if kind == "formula":
        return (
            f"cell {cell} holds the formula '{quoted}' without a calculated value; "
            "open the file in a spreadsheet program, let it calculate, and save it again"
        )
    if kind == "error" or quoted.startswith("#"):
        return f"cell {cell} holds the error {quoted}; correct it in a spreadsheet program"
    if kind == "empty":
        return (
            f"cell {cell} is empty, but row {grid.first_row + bad.last + 1} still holds data; "
            "fill it in, or remove what stands below the record"
        )
    return f"cell {cell} holds the text '{quoted}' and not a number; correct it"


def _curve(
    shown: str,
    stem: str,
    read: _Sheet,
    table: Table,
    unread: tuple[str, ...],
    limits: Limits,
    *,
    several: bool,
) -> ReadCurve:
    grid = read.found.grid
    rows = slice(table.first, table.last + 1)
    with np.errstate(over="ignore"):  # what overflows is refused by name just below
        time_ms = grid.numbers[rows, table.time_column] * time_factor(table.time_unit)
        pressure_mpa = grid.numbers[rows, table.pressure_column] * pressure_factor(
            table.pressure_unit
        )

    def time_cell(index: int) -> str:
        return grid.address(table.first + index, table.time_column)

    def pressure_cell(index: int) -> str:
        return grid.address(table.first + index, table.pressure_column)

    try:
        check_samples(time_ms, pressure_mpa, time_cell, pressure_cell, limits)
    except IngestError as error:
        raise _refused(shown, grid, str(error)) from None
    curve = PTCurve(time_ms, pressure_mpa)
    end = len(curve) - 1
    sheet = display_text(grid.name)
    parts = [stem, *([sheet] if several else []), *([table.label] if table.label else [])]
    return ReadCurve(
        name=" · ".join(parts),
        sheet=sheet,
        remark=table.remark,
        curve=curve,
        time_unit=table.time_unit,
        pressure_unit=table.pressure_unit,
        remarks=unread + table.warnings,
        flags=quality_flags(curve),
        label=table.label,
        cells=(f"{time_cell(0)}:{time_cell(end)}", f"{pressure_cell(0)}:{pressure_cell(end)}"),
        layout=read.layout,
        profile=read.profile,
    )


def _refused(shown: str, grid: SheetGrid, reason: str) -> IngestError:
    where = f", sheet '{display_text(grid.name)}'," if grid.kind == "sheet" else ""
    return IngestError(f"'{shown}'{where} is refused: {reason}.")

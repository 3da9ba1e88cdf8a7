"""From the bytes of an untrusted workbook to its curves."""

from dataclasses import dataclass

import numpy as np

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import IngestError
from mgg_kernel.ingest.checks import check_samples, curve_warnings
from mgg_kernel.ingest.grid import SheetGrid
from mgg_kernel.ingest.layout import BadCellError, Table, find_table
from mgg_kernel.ingest.limits import Limits
from mgg_kernel.ingest.names import display_name, display_text
from mgg_kernel.ingest.prescan import prescan
from mgg_kernel.ingest.reader import explain_cell, read_grids
from mgg_kernel.units import pressure_factor, time_factor

__all__ = ["ReadCurve", "read_workbook"]


@dataclass(frozen=True)
class ReadCurve:
    """One curve as read from a workbook.

    Attributes:
        name: the file's name without its ending, and the sheet's where there are several.
        sheet: name of the sheet, fit to be shown.
        remark: the product, as the remark row names it; None without one.
        curve: the curve in ms and MPa; values in these units are bit for bit those of the file.
        time_unit: canonical unit of the times in the file.
        pressure_unit: canonical unit of the pressures in the file.
        warnings: what an engineer should know, a sentence each.
    """

    name: str
    sheet: str
    remark: str | None
    curve: PTCurve
    time_unit: str
    pressure_unit: str
    warnings: tuple[str, ...]


def read_workbook(data: bytes, name: str, *, limits: Limits | None = None) -> list[ReadCurve]:
    """Read all curves of an .xlsx workbook, in the order of its sheets.

    All or nothing: one sheet with a broken table refuses the file.

    Args:
        data: the file's bytes; not trusted.
        name: the file's name; not trusted, and only shown.
        limits: what the reading may cost and what a record must hold.

    Raises:
        IngestError: the file is refused; the message says where, why and what to do.
    """
    limits = limits or Limits()
    shown = display_name(name)
    prescan(data, shown, limits)
    grids = read_grids(data, shown, limits)
    tables: list[tuple[SheetGrid, Table]] = []
    unread: list[str] = []
    for grid in grids:
        sheet = display_text(grid.name)
        if not grid.used().any():
            continue
        if not grid.visible:
            unread.append(f"The hidden sheet '{sheet}' was not read.")
            continue
        table = _table(data, shown, limits, grid)
        if table is None:
            unread.append(f"The sheet '{sheet}' holds no table of numbers and was not read.")
        else:
            tables.append((grid, table))
    if not tables:
        raise IngestError(
            f"'{shown}' is refused: no visible sheet holds times and pressures as numbers side by "
            "side in its first two columns; lay the data out so and save it again."
        )
    stem = shown.rsplit(".", 1)[0] or shown
    return [
        _curve(shown, stem if len(tables) == 1 else None, grid, table, tuple(unread), limits)
        for grid, table in tables
    ]


def _table(data: bytes, shown: str, limits: Limits, grid: SheetGrid) -> Table | None:
    try:
        return find_table(grid)
    except BadCellError as bad:
        reason = _told(data, shown, limits, grid, bad)
    except IngestError as error:
        reason = str(error)
    raise _refused(shown, grid, reason)


def _told(data: bytes, shown: str, limits: Limits, grid: SheetGrid, bad: BadCellError) -> str:
    """Say what a cell among the numbers holds instead of one."""
    cell = grid.address(bad.row, bad.column)
    kind, text = "text", grid.text(bad.row, bad.column)
    if not text:
        row, column = grid.first_row + bad.row + 1, grid.first_column + bad.column + 1
        kind, text = explain_cell(data, shown, limits, grid.name, row, column)
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
    stem: str | None,
    grid: SheetGrid,
    table: Table,
    unread: tuple[str, ...],
    limits: Limits,
) -> ReadCurve:
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
    sheet = display_text(grid.name)
    return ReadCurve(
        name=stem if stem is not None else f"{shown.rsplit('.', 1)[0]} · {sheet}",
        sheet=sheet,
        remark=table.remark,
        curve=curve,
        time_unit=table.time_unit,
        pressure_unit=table.pressure_unit,
        warnings=unread + table.warnings + curve_warnings(curve),
    )


def _refused(shown: str, grid: SheetGrid, reason: str) -> IngestError:
    return IngestError(f"'{shown}', sheet '{display_text(grid.name)}', is refused: {reason}.")

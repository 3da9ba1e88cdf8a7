"""A document as a workbook: a sheet for each table."""

import math
from typing import IO, Any

from mgg_kernel.exports.clean import begins_formula, visible
from mgg_kernel.exports.document import Document, Value

__all__ = ["write_xlsx"]

# What a cell of a workbook holds at most.
_MOST_LETTERS = 32_767


def write_xlsx(document: Document, file: IO[bytes]) -> None:
    """Write a workbook; text is text in it, and never a formula.

    Args:
        document: what to write.
        file: open for writing bytes.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    book.properties.title = visible(document.title)
    book.properties.creator = "mgg-workspace"
    for table in document.tables:
        sheet = book.create_sheet(table.key)
        sheet.freeze_panes = "A2"
        for column, width in zip("ABCDE", _widths(table.rows, table.header), strict=False):
            sheet.column_dimensions[column].width = width
        heads = [_cell(sheet, name) for name in table.header]
        for cell in heads:
            cell.font = Font(bold=True)
        sheet.append(heads)
        for row in table.rows:
            sheet.append([_cell(sheet, value) for value in row])
    book.save(file)


def _cell(sheet: Any, value: Value) -> Any:
    """Return what goes into a cell: text is a string, whatever it begins with."""
    from openpyxl.cell import WriteOnlyCell

    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, float):
        # openpyxl itself writes 16 digits, and a number has up to 17.
        cell = WriteOnlyCell(sheet, repr(value))
        cell.data_type = "n"
        return cell
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet)
    # Given to the cell as a value, '=1+1' would become a formula.
    cell._value = visible(value)[:_MOST_LETTERS]  # type: ignore[attr-defined]
    cell.data_type = "s"
    if begins_formula(value):
        cell.quotePrefix = True
    return cell


def _widths(rows: tuple[tuple[Value, ...], ...], header: tuple[str, ...]) -> list[float]:
    shown = [header, *rows[:60]]
    longest = [max(len(str(row[at])) for row in shown) for at in range(len(header))]
    return [float(min(70, max(12, length + 3))) for length in longest]

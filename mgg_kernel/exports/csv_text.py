"""A document's data as CSV, with everything else in lines that begin with ``#``."""

import csv
import io
import json
from typing import IO

from mgg_kernel.exports.clean import begins_formula
from mgg_kernel.exports.document import Document, Value

__all__ = ["safe_cell", "write_csv"]


def write_csv(document: Document, file: IO[bytes]) -> None:
    r"""Write UTF-8 text: a line ``# name: value`` for each value, then the table.

    A value is written as JSON, and in text a comma or a semicolon as its ``\u`` escape, so that a
    spreadsheet that takes the line apart finds no cell that begins with a formula.  Numbers are
    written so that they are read back to the last bit.

    Args:
        document: what to write.
        file: open for writing bytes.
    """
    text = io.StringIO()
    for name, value in document.metadata.items():
        text.write(f"# {name}: {_told(value)}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([safe_cell(name) for name in document.data.header])
    writer.writerows([safe_cell(value) for value in row] for row in document.data.rows)
    file.write(text.getvalue().encode("utf-8"))


def _told(value: Value) -> str:
    # Outside text, a scalar has neither of them.
    plain = json.dumps(value, ensure_ascii=True, allow_nan=True)
    return plain.replace(",", "\\u002c").replace(";", "\\u003b")


def safe_cell(value: Value) -> object:
    """Return a cell; text that a spreadsheet would take for a formula gets an apostrophe."""
    if not isinstance(value, str):
        return value
    # Python's writer puts no quotes around a lone carriage return, and readers would end the row.
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if begins_formula(text) else text

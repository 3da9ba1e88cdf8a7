"""The lines of a text as a grid of cells, of the same kind as a sheet's."""

import csv
import math
import re
from array import array
from collections.abc import Sequence

import numpy as np

from mgg_kernel.errors import IngestError
from mgg_kernel.ingest.grid import SheetGrid
from mgg_kernel.ingest.layouts.decimals import decimal_mark, number_of
from mgg_kernel.ingest.limits import Limits
from mgg_kernel.ingest.text.decoding import lines_of
from mgg_kernel.ingest.text.sniffing import Dialect, sniff

__all__ = ["TEXT_ENDINGS", "read_text"]

TEXT_ENDINGS = (".csv", ".txt", ".tsv", ".dat", ".asc", ".prn", ".lvm")
"""A file whose name ends so is read as text; any other as a workbook."""

SHEET = "text"
LONGEST_TEXT = 200
_COMMENT = re.compile(r"^(?:#|%|//)\s*(?=[^\W\d])")


def read_text(data: bytes, limits: Limits) -> SheetGrid:
    """Return the cells of a text; its line 1 is row 0.

    Args:
        data: the file's bytes; not trusted.
        limits: what the file may cost.

    Raises:
        IngestError: the text is no table, or larger than allowed; the message does not name the
            file.
    """
    lines = lines_of(data, limits)
    while lines and not lines[-1].strip():
        lines.pop()
    dialect = sniff(lines)
    _check_commas(lines, dialect)
    rows: list[array[float] | list[float]] = []
    texts: dict[tuple[int, int], str] = {}
    for number, line in enumerate(lines):
        values = _numbers(line, dialect)
        if values is None:
            values = _mixed(line, number, dialect, texts)
        if len(values) > limits.columns:
            raise IngestError(
                f"line {number + 1} has {len(values):,} columns, more than {limits.columns:,}; "
                "keep only times and pressures"
            )
        if len(texts) > limits.text_cells:
            raise IngestError(
                f"more than {limits.text_cells:,} of its fields hold no number; keep only times "
                "and pressures"
            )
        rows.append(values)
    width = max(map(len, rows))
    if len(rows) * width > limits.cells:
        raise IngestError(
            f"it has more than {limits.cells:,} cells; save only the data to a new file"
        )
    return SheetGrid(SHEET, True, 0, 0, _block(rows, width), texts, kind="text")


def _block(rows: Sequence[Sequence[float]], width: int) -> np.ndarray:
    block = np.full((len(rows), width), math.nan)
    lengths = np.fromiter(map(len, rows), np.intp, len(rows))
    flat = np.fromiter((value for row in rows for value in row), np.float64, int(lengths.sum()))
    block[np.arange(width) < lengths[:, None]] = flat
    return block


def _numbers(line: str, dialect: Dialect) -> list[float] | None:
    """Return the numbers of a line that holds nothing else; None for any other line."""
    if not line.isascii() or "_" in line or '"' in line:
        return None
    if dialect.mark == ",":
        if "." in line:
            return None
        line = line.replace(",", ".")
    try:
        values = [float(field) for field in dialect.split(line)]
    except ValueError:
        return None
    return values if all(map(math.isfinite, values)) else None


def _mixed(
    line: str, number: int, dialect: Dialect, texts: dict[tuple[int, int], str]
) -> list[float]:
    """Return the numbers of a line, NaN for what is none, and note its texts."""
    if not line.strip():
        return []
    values = []
    for column, field in enumerate(_fields(line, number, dialect)):
        value = number_of(field, dialect.mark)
        if not math.isfinite(value):
            value = math.nan
            if field:
                texts[number, column] = field[:LONGEST_TEXT]
        values.append(value)
    return values


def _fields(line: str, number: int, dialect: Dialect) -> list[str]:
    line = _COMMENT.sub("", line)
    if '"' in line and dialect.separator != " ":
        try:
            (fields,) = csv.reader([line], delimiter=dialect.separator, strict=True)
        except (csv.Error, ValueError):
            raise IngestError(
                f"line {number + 1} has a quotation mark that does not end in this line; "
                "export it again without quotation marks"
            ) from None
        return [field.strip() for field in fields]
    fields = dialect.split(line)
    if dialect.separator == " ":
        fields = [field.strip('"') for field in fields]
        if all(math.isnan(number_of(field, dialect.mark)) for field in fields):
            return [field.strip('"') for field in dialect.split_words(line)]
    return fields


def _check_commas(lines: Sequence[str], dialect: Dialect) -> None:
    """Refuse commas of which each may as well part thousands."""
    if dialect.mark == ",":
        decimal_mark(
            field
            for line in lines
            for field in dialect.split(line)
            if "," in field and not math.isnan(number_of(field, ","))
        )

"""What parts the columns of a text, and what marks its decimals, if that is certain."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mgg_kernel.errors import IngestError
from mgg_kernel.ingest.layouts.decimals import DecimalMark, number_of

__all__ = ["Dialect", "sniff"]

LOOKED_AT = 400
"""So many lines, spread over the file, are looked at."""

FEWEST = 3
"""Fewer lines of numbers than these make no table."""

_NAMES = {"\t": "tabs", ";": "semicolons", ",": "commas", " ": "spaces"}
_NAMED_COLUMN = re.compile(r"[^\s\[(（]+(?: ?[\[(（][^\])）]*[\])）])?")


@dataclass(frozen=True)
class Dialect:
    """How a text writes a table.

    Attributes:
        separator: what stands between two columns; a space for any number of them.
        mark: the decimal mark.
        columns: how many columns most lines of numbers have.
    """

    separator: str
    mark: DecimalMark
    columns: int

    def split(self, line: str) -> list[str]:
        """Return the fields of a line, without the blanks around them."""
        if self.separator == " ":
            return [field for field in line.strip().split(" ") if field]
        return [field.strip() for field in line.split(self.separator)]

    def split_words(self, line: str) -> list[str]:
        """Return the fields of a line of a header, in which spaces may part words as well."""
        if self.separator != " ":
            return self.split(line)
        for fields in (
            re.split(r"\s{2,}|\t", line.strip()),
            _NAMED_COLUMN.findall(line),
            line.split(),
        ):
            if len(fields) == self.columns:
                return fields
        return [line.strip()]


def sniff(lines: Sequence[str]) -> Dialect:
    """Return how the lines of a text write a table.

    The separator and the decimal mark are those with which the most lines are numbers and
    nothing else.

    Raises:
        IngestError: no line is, or two separators do as well; the message does not name the file.
    """
    filled = [line for line in lines if line.strip()]
    sample = filled[:: max(1, len(filled) // LOOKED_AT)]
    # A column of dates beside the numbers is looked past only where nothing else is a table.
    found = _counted(sample, whole=True) or _counted(sample, whole=False)
    most = max((count for count, _ in found), default=0)
    if most < min(FEWEST, len(sample)) or not most:
        raise IngestError(
            "no separator (comma, semicolon, tab or spaces) makes columns of numbers of it; "
            "export times and pressures as numbers side by side"
        )
    best = [dialect for count, dialect in found if count == most]
    if len({dialect.separator for dialect in best}) > 1:
        names = " or ".join(dict.fromkeys(_NAMES[dialect.separator] for dialect in best))
        raise IngestError(
            f"whether {names} part its columns is not certain; export it with semicolons"
        )
    return best[0]


def _counted(sample: Sequence[str], *, whole: bool) -> list[tuple[int, Dialect]]:
    """Return how many lines of numbers there are for each separator and decimal mark."""
    found = []
    for separator in _NAMES:
        marks: tuple[DecimalMark, ...] = (".",) if separator == "," else (".", ",")
        for mark in marks:
            dialect = Dialect(separator, mark, 0)
            counts = Counter(_width(line, dialect, whole=whole) for line in sample)
            del counts[0]
            if counts:
                width = counts.most_common(1)[0][0]
                found.append((counts.total(), Dialect(separator, mark, width)))
    return found


def _width(line: str, dialect: Dialect, *, whole: bool) -> int:
    """Return how many columns a line with two numbers or more has, 0 if it is no such line."""
    fields = [field.strip('"') for field in dialect.split(line)]
    while fields and not fields[-1]:
        fields.pop()  # a separator at the end of each line
    numbers = [not math.isnan(number_of(field, dialect.mark)) for field in fields if field]
    return len(fields) if sum(numbers) >= 2 and (all(numbers) or not whole) else 0

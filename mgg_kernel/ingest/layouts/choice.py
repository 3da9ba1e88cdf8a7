"""The answers of a person to what a file leaves open."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mgg_kernel.errors import IngestError
from mgg_kernel.ingest.layouts.columns import Column
from mgg_kernel.ingest.names import display_text
from mgg_kernel.units import PRESSURE_UNITS_MPA, TIME_UNITS_MS, canonical_unit

__all__ = ["ImportChoice", "columns_named"]

LAST_ROW = 1_048_576
LONGEST_ANSWER = 200


@dataclass(frozen=True)
class ImportChoice:
    """Where the curves of a file stand and in what units; None: what the file says.

    Attributes:
        sheet: name of the only sheet to read, or its number from 1.
        time_column: the column of the times, by its letters or its heading; several, parted by
            commas, where there are as many of pressures.
        pressure_column: the column of the pressures, or several, likewise.
        time_unit: canonical unit of the times.
        pressure_unit: canonical unit of the pressures.
        header_row: number of the row in which the header begins, from 1.

    Raises:
        IngestError: a unit is not one of its quantity, or an answer makes no sense.
    """

    sheet: str | None = None
    time_column: str | None = None
    pressure_column: str | None = None
    time_unit: str | None = None
    pressure_unit: str | None = None
    header_row: int | None = None

    def __post_init__(self) -> None:
        for name in ("sheet", "time_column", "pressure_column"):
            text = getattr(self, name)
            if text is not None and (not text.strip() or len(text) > LONGEST_ANSWER):
                raise IngestError(
                    f"'{display_text(text)}' is no {name.replace('_', ' ')}; give its name."
                )
        self._settle("time_unit", TIME_UNITS_MS)
        self._settle("pressure_unit", PRESSURE_UNITS_MPA)
        if self.header_row is not None and not 1 <= self.header_row <= LAST_ROW:
            raise IngestError(f"{self.header_row} is no row of a sheet; count from 1.")

    def _settle(self, name: str, known: Mapping[str, float]) -> None:
        given = getattr(self, name)
        if given is None:
            return
        unit = canonical_unit(given)
        if unit not in known:
            raise IngestError(
                f"'{display_text(given)}' is no {name.replace('_', ' ')}; "
                f"give one of {', '.join(known)}."
            )
        object.__setattr__(self, name, unit)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was answered."""
        return self == ImportChoice()

    def plain(self) -> dict[str, Any]:
        """Return the answers that were given, as a document."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def columns_named(words: str, columns: Sequence[Column]) -> list[Column]:
    """Return the columns that an answer names, by letters or headings, parted by commas.

    Args:
        words: the answer.
        columns: all columns of numbers of the sheet.

    Raises:
        IngestError: one of them is not there, or is meant by several headings; the message
            names neither file nor sheet.
    """
    whole = _found(words, columns)
    if whole:
        return [_only(words, whole)]
    return [
        _only(part, _found(part, columns)) for part in re.split("[,，;；]", words) if part.strip()
    ]


def _found(word: str, columns: Sequence[Column]) -> list[Column]:
    """Return the columns whose heading, name or letters are this word, each once."""
    bare = display_text(word, longest=LONGEST_ANSWER)
    by_heading = [
        column
        for column in columns
        if bare == column.heading
        or any(bare in (cell.text, cell.name) for _, cell in column.cells if not cell.is_unit)
    ]
    by_letters = [column for column in columns if bare.upper() == column.letters]
    return list(dict.fromkeys([*by_heading, *by_letters]))


def _only(word: str, found: Sequence[Column]) -> Column:
    shown = display_text(word)
    if not found:
        raise IngestError(
            f"no column of numbers has the letters or the heading '{shown}'; "
            "give the letters that a spreadsheet shows above it"
        )
    if len(found) > 1:
        raise IngestError(
            f"'{shown}' may mean column {' or '.join(column.letters for column in found)}; "
            "give its whole heading or its letters"
        )
    return found[0]

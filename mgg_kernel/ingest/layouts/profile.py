"""An answer kept under a name, for all files of the same layout."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mgg_kernel.errors import IngestError
from mgg_kernel.ingest.grid import SheetGrid
from mgg_kernel.ingest.layouts.choice import ImportChoice
from mgg_kernel.ingest.layouts.columns import Column
from mgg_kernel.ingest.names import display_text

__all__ = ["ImportProfile", "SheetLayout"]

FORM = "mgg-import-profile"
VERSION = 1
MOST_COLUMNS, MOST_CELLS = 1_000, 50
LONGEST_NAME = 80


@dataclass(frozen=True)
class SheetLayout:
    """What a sheet's header looks like, without what differs from shot to shot.

    Attributes:
        sheet: name of the sheet, with ``#`` for each number in it.
        columns: for each column of numbers its letters and its header's texts, with ``#`` likewise.
    """

    sheet: str
    columns: tuple[tuple[str, tuple[str, ...]], ...]

    @classmethod
    def of(cls, grid: SheetGrid, columns: Sequence[Column]) -> "SheetLayout":
        """Return the layout of a sheet with these columns of numbers."""
        return cls(
            sheet=_pattern(display_text(grid.name)),
            columns=tuple(
                (column.letters, tuple(_pattern(word) for word in column.words))
                for column in columns
            ),
        )

    def plain(self) -> dict[str, Any]:
        """Return the layout as a document."""
        return {
            "sheet": self.sheet,
            "columns": [{"letters": at, "header": list(words)} for at, words in self.columns],
        }


@dataclass(frozen=True)
class ImportProfile:
    """The answers to what a layout leaves open, under a name.

    Attributes:
        name: what people call it.
        layout: the sheet that it was given for.
        choice: the answers.
    """

    name: str
    layout: SheetLayout
    choice: ImportChoice

    def __post_init__(self) -> None:
        shown = display_text(self.name, longest=LONGEST_NAME)
        if not shown or shown != self.name:
            raise IngestError(
                f"'{shown}' is no name of an import profile; give 1 to {LONGEST_NAME} characters."
            )

    def match(self, layout: SheetLayout) -> bool:
        """Tell whether a sheet has the layout that the answers were given for."""
        return layout == self.layout

    def to_json(self) -> str:
        """Return the profile as a JSON document; :meth:`from_json` reads it back."""
        document = {
            "form": FORM,
            "version": VERSION,
            "name": self.name,
            "layout": self.layout.plain(),
            "choice": self.choice.plain(),
        }
        return json.dumps(document, ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "ImportProfile":
        """Read a profile.

        Raises:
            IngestError: the text is no profile of this version.
        """
        try:
            document = json.loads(text)
            if (document["form"], document["version"]) != (FORM, VERSION):
                raise ValueError("another form or version")
            return cls.from_plain(document["name"], document["layout"], document["choice"])
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise IngestError(
                f"This is no import profile of version {VERSION} ({display_text(str(error))}); "
                "save one with mgg inspect --save-profile FILE."
            ) from None

    @classmethod
    def from_plain(
        cls, name: str, layout: dict[str, Any], choice: dict[str, Any]
    ) -> "ImportProfile":
        """Return a profile of documents: its layout's, and that of the answers.

        Raises:
            IngestError: an answer makes no sense.
            KeyError, TypeError, ValueError: they are no such documents.
        """
        return cls(_text(name), _layout(layout), ImportChoice(**_choice(choice)))


def _pattern(text: str) -> str:
    return re.sub(r"\d+", "#", text)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is missing")
    return value


def _layout(document: dict[str, Any]) -> SheetLayout:
    columns = document["columns"]
    if not isinstance(columns, list) or len(columns) > MOST_COLUMNS:
        raise ValueError("its columns are no list")
    for column in columns:
        if not isinstance(column["header"], list) or len(column["header"]) > MOST_CELLS:
            raise ValueError("a header is no list")
    return SheetLayout(
        sheet=_text(document["sheet"]),
        columns=tuple(
            (_text(column["letters"]), tuple(map(_text, column["header"]))) for column in columns
        ),
    )


def _choice(document: dict[str, Any]) -> dict[str, Any]:
    for name, value in document.items():
        is_row = name == "header_row" and type(value) is int
        if not is_row and not isinstance(value, str):
            raise TypeError(f"{display_text(name)} is no text")
    return document

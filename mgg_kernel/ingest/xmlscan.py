"""One XML part of a workbook, looked through as it is unpacked and never held as a whole.

The parser sees all of the part, but nothing is built from it: only the place of the farthest
cell is kept.  What would make a parser's memory grow is refused: document type definitions
(and with them entities), very deep nesting, very many names, and very long tokens.
"""

import re
from collections.abc import Callable
from xml.parsers import expat

from mgg_kernel.errors import IngestError
from mgg_kernel.ingest.names import display_text, trap_in_name

__all__ = ["XmlScan"]

MAX_DEPTH = 256
MAX_NAMES = 10_000
MAX_TOKEN_BYTES = 1024 * 1024
MAX_ROW, MAX_COLUMN = 1_048_576, 16_384

_CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


class XmlScan:
    """Scan of one part.

    Args:
        part: name of the part, fit to be shown.
        strict: refuse what is not well-formed; otherwise stop looking there.
    """

    def __init__(self, part: str, *, strict: bool) -> None:
        self._part = part
        self._strict = strict
        self._names: dict[str, str] = {}
        self._columns_seen: dict[str, int] = {}
        self._row = self._column = 0
        self._row_text = ""
        self._fed = 0
        self._broken = False
        self.rows = 0
        """Number of the farthest row."""
        self.columns = 0
        """Number of the farthest column."""
        self.sheets = 0
        """Number of sheets that the part lists."""
        self._parser = expat.ParserCreate(intern=self._names)
        self._parser.ordered_attributes = True  # a list is made faster than a dict
        self._parser.StartElementHandler, self._parser.EndElementHandler = self._handlers()
        self._parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, chunk: bytes, *, last: bool) -> None:
        """Look through the next bytes of the part.

        Raises:
            IngestError: the part is not well-formed, or would make a reader's memory grow.
        """
        if self._broken:
            return
        self._fed += len(chunk)
        try:
            self._parser.Parse(chunk, last)
        except (expat.ExpatError, ValueError, LookupError):
            self._broken = True
            if self._strict:
                raise self._refusal(
                    "is damaged XML; open it in the program that made it and save it again"
                ) from None
            return
        if not last and self._fed - self._parser.CurrentByteIndex > MAX_TOKEN_BYTES:
            raise self._refusal("holds a text of more than 1 MiB in one piece; remove it")
        if len(self._names) > MAX_NAMES:
            raise self._refusal("holds more kinds of XML elements than any workbook; remove it")

    def _handlers(self) -> tuple[Callable[[str, list[str]], None], Callable[[str], None]]:
        """Return what is called where an element begins and ends.

        They are called for every cell and every value, and cost most of the time of the scan: so
        they are closures, and nearly every cell is done with in the first of them.
        """
        depth = 0
        others: dict[str, Callable[[list[str]], None] | None] = {}
        seen, cells = self._columns_seen, self._cell
        known = {
            "row": lambda attributes: self._new_row(_attribute(attributes, "r")),
            "sheet": lambda attributes: self._new_sheet(_attribute(attributes, "name")),
            "Relationship": self._link,
        }

        def start(name: str, attributes: list[str]) -> None:
            nonlocal depth
            depth += 1
            if name == "c" and attributes and attributes[0] == "r":
                reference = attributes[1]
                letters = reference.rstrip("0123456789")
                if letters not in seen or reference[len(letters) :] != self._row_text:
                    cells(reference)
                else:
                    self._column = seen[letters]
            elif name in others:
                handler = others[name]
                if handler is not None:
                    handler(attributes)
            else:
                bare = name.rpartition(":")[2]
                if bare == "c":
                    others[name] = lambda of_cell: cells(_attribute(of_cell, "r"))
                else:
                    others[name] = known.get(bare)
                depth -= 1
                start(name, attributes)
                return
            if depth > MAX_DEPTH:
                raise self._refusal("is nested deeper than any workbook; remove it")

        def end(_name: str) -> None:
            nonlocal depth
            depth -= 1

        return start, end

    def _doctype(self, *_: object) -> None:
        raise self._refusal(
            "holds a document type definition, which no workbook needs; "
            "save the data as a new .xlsx workbook"
        )

    def _new_row(self, number: str | None) -> None:
        if number is None:
            self._row += 1
        elif number.isascii() and number.isdecimal() and len(number) <= 7:
            self._row = int(number)
        else:
            raise self._misplaced(number)
        self._row_text = str(self._row)
        self._column = 0
        self._reach(self._row, 0)

    def _cell(self, reference: str | None) -> None:
        if reference is None:
            self._column += 1
            self._reach(self._row, self._column)
            return
        match = _CELL.fullmatch(reference)
        if match is None:
            raise self._misplaced(reference)
        self._column = 0
        for letter in match[1]:
            self._column = self._column * 26 + ord(letter) - 64
        self._reach(int(match[2]), self._column)
        self._columns_seen[match[1]] = self._column

    def _reach(self, row: int, column: int) -> None:
        if row > self.rows:
            self.rows = row
        if column > self.columns:
            self.columns = column
        if row > MAX_ROW or column > MAX_COLUMN:
            raise self._misplaced(f"row {row}, column {column}")

    def _new_sheet(self, name: str | None) -> None:
        self.sheets += 1
        trap = trap_in_name(name) if name is not None else None
        if trap is not None:
            raise IngestError(
                f"its sheet '{display_text(name or '')}' has {trap} in its name; rename the sheet"
            )

    def _link(self, attributes: list[str]) -> None:
        """Refuse a part of the workbook that lies elsewhere; an address in a cell is none."""
        if (_attribute(attributes, "TargetMode") or "").lower() != "external":
            return
        if not (_attribute(attributes, "Type") or "").endswith("/hyperlink"):
            raise self._refusal(
                "links to another file or host; break the links, or save the data to a new file"
            )

    def _misplaced(self, place: str) -> IngestError:
        return self._refusal(
            f"holds a cell at '{place[:20]}', a place that no sheet has; "
            "open it in the program that made it and save it again"
        )

    def _refusal(self, what: str) -> IngestError:
        return IngestError(f"part '{self._part}' {what}")


def _attribute(attributes: list[str], name: str) -> str | None:
    """Return an attribute out of names and values in turn."""
    for at in range(0, len(attributes), 2):
        if attributes[at] == name:
            return attributes[at + 1]
    return None

"""What a verb answers: a document for programs, a text for people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Answer", "table"]


@dataclass(frozen=True)
class Answer:
    """A verb's answer; `done` is False where what was asked for was refused."""

    document: dict[str, Any]
    text: str = ""
    done: bool = True


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows as aligned columns of text."""
    cells = [list(header), *([("" if v is None else str(v)) for v in row] for row in rows)]
    widths = [max(_width(line[at]) for line in cells) for at in range(len(header))]
    lines = [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)
        )
        for line in cells
    ]
    return "\n".join(line.rstrip() for line in lines)


def _width(text: str) -> int:
    """Return the columns that a text takes on a terminal: a Chinese sign takes two."""
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)

"""What a report says: its answer, a few figures, pictures and tables, and its numbers."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from typing import Any

from mgg_kernel.exports.clean import visible
from mgg_kernel.exports.document import Table
from mgg_kernel.exports.scene import Scene
from mgg_kernel.exports.svg import scene_svg
from mgg_kernel.reports.executing import REPORT_MIME
from mgg_kernel.reports.recorder import Questions

__all__ = ["Figure", "Report", "Section", "numbers_digest"]

DIGITS = 9
"""Of a number that counts; the last ones may hang on the machine."""
SHORT = 24
"""So many letters of a table stay on one line."""
MOST_ROWS = 60
"""A table that is longer goes on in the numbers of the manifest, not on paper."""


@dataclass(frozen=True)
class Figure:
    """A number on the first page, with what it is and how to take it.

    Attributes:
        tone: ``good``, ``warn``, ``bad`` or nothing.
    """

    label: str
    value: str
    tone: str = ""


@dataclass(frozen=True)
class Section:
    """A part of a report: a heading, a sentence, a picture, a table."""

    title: str
    text: str = ""
    scene: Scene | None = None
    table: Table | None = None
    more: str = "{count} more rows are in the manifest."


@dataclass
class Report:
    """What a notebook hands over, and how it looks.

    Attributes:
        title: a line.
        subject: the period, in words.
        answer: what it comes to, in a sentence or two.
        numbers: what is compared with another run: plain values, the same for the same data.
        questions: what was asked of the database.
        picture: the one on the first page.
    """

    title: str
    subject: str
    language: str
    answer: str
    figures: list[Figure] = field(default_factory=list)
    picture: Scene | None = None
    sections: list[Section] = field(default_factory=list)
    numbers: dict[str, Any] = field(default_factory=dict)
    questions: Questions | None = None

    def plain(self) -> dict[str, Any]:
        """Return what the runner keeps of it."""
        asked = self.questions
        return {
            "title": self.title,
            "subject": self.subject,
            "language": self.language,
            "answer": self.answer,
            "numbers": self.numbers,
            "numbers_digest": numbers_digest(self.numbers),
            "queries": [] if asked is None else [one.plain() for one in asked.asked],
            "snapshot_at": None if asked is None else asked.taken_at.isoformat(),
        }

    def html(self) -> str:
        """Return it as a part of a page."""
        parts = [
            '<section class="first">',
            f'<p class="kind">{_text(self.title)} · {_text(self.subject)}</p>',
            f'<h1 class="answer">{_text(self.answer)}</h1>',
        ]
        if self.figures:
            parts.append(f'<div class="figures">{"".join(map(_figure, self.figures))}</div>')
        if self.picture is not None:
            parts.append(f"<figure>{scene_svg(self.picture)}</figure>")
        parts.append("</section>")
        parts += [_section(one) for one in self.sections]
        return "\n".join(parts)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        text = f"{self.title} · {self.subject}: {self.answer}"
        return {"text/plain": text, "text/html": self.html(), REPORT_MIME: self.plain()}


def numbers_digest(numbers: dict[str, Any]) -> str:
    """Return the SHA-256 of plain values, of numbers as far as their digits count."""
    text = json.dumps(_rounded(numbers), ensure_ascii=False, sort_keys=True, allow_nan=False)
    return sha256(text.encode("utf-8")).hexdigest()


def _rounded(value: Any) -> Any:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {str(name): _rounded(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    # A whole number may come as 3 or as 3.0.
    return f"{float(value) + 0.0:.{DIGITS}g}"


def _text(text: str) -> str:
    return escape(visible(text))


def _figure(figure: Figure) -> str:
    return (
        f'<div class="figure {escape(figure.tone)}"><span class="value">{_text(figure.value)}'
        f'</span><span class="label">{_text(figure.label)}</span></div>'
    )


def _section(section: Section) -> str:
    parts = [f"<section><h2>{_text(section.title)}</h2>"]
    if section.text:
        parts.append(f"<p>{_text(section.text)}</p>")
    if section.scene is not None:
        parts.append(f"<figure>{scene_svg(section.scene)}</figure>")
    if section.table is not None:
        head = "".join(f"<th>{_text(name)}</th>" for name in section.table.header)
        rows = section.table.rows[:MOST_ROWS]
        body = "\n".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
        parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
        left = len(section.table.rows) - len(rows)
        if left:
            parts.append(f'<p class="hint">{_text(section.more.format(count=left))}</p>')
    return "\n".join([*parts, "</section>"])


def _cell(value: Any) -> str:
    text = "—" if value is None else visible(str(value))
    digits = text.lstrip("+\u2212-")[:1].isdigit()
    kind = ' class="number"' if digits or len(text) <= SHORT else ""
    return f"<td{kind}>{escape(text)}</td>"

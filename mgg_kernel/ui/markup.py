"""Pieces of HTML.  Whatever a person or a file may have written is escaped here."""

from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import urlencode

from mgg_kernel.ui.guard import Trouble

__all__ = ["address", "answer", "facts", "heading", "hint", "link", "metrics", "notes", "preview"]
__all__ += ["progress", "sentence", "trouble"]


def answer(number: str, words: str, tone: str = "") -> str:
    """Return the answer that stands at the top: one number, and one sentence.

    Args:
        number: may be empty.
        words: the sentence.
        tone: ``good``, ``bad`` or empty.
    """
    big = f'<span class="mgg-ui-number">{escape(number)}</span>' if number else ""
    said = f'<span class="mgg-ui-said">{escape(words)}</span>'
    return f'<div class="mgg-ui-answer {escape(tone)}" role="status">{big}{said}</div>'


def heading(text: str) -> str:
    """Return a heading of a part of the page."""
    return f'<h2 class="mgg-ui-heading">{escape(text)}</h2>'


def sentence(text: str, tone: str = "") -> str:
    """Return a sentence; `tone` as for :func:`answer`."""
    return f'<p class="mgg-ui-sentence {escape(tone)}">{escape(text)}</p>'


def hint(text: str) -> str:
    """Return a small remark beside a control."""
    return f'<p class="mgg-ui-hint">{escape(text)}</p>'


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """Return names and values below each other."""
    cells = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in rows
    )
    return f'<dl class="mgg-ui-facts">{cells}</dl>'


def notes(texts: Sequence[str], title: str) -> str:
    """Return warnings, or nothing where there are none."""
    if not texts:
        return ""
    items = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f'<div class="mgg-ui-notes"><strong>{escape(title)}</strong><ul>{items}</ul></div>'


def metrics(head: Sequence[str], rows: Iterable[Sequence[str]], caption: str) -> str:
    """Return a table whose first column is words and whose other columns are numbers."""
    titles = "".join(f'<th scope="col">{escape(title)}</th>' for title in head)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return (
        f'<table class="mgg-ui-metrics"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>"
    )


def preview(letters: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]], caption: str) -> str:
    """Return the first cells of a sheet, with the letters and numbers of a spreadsheet."""
    titles = "".join(f'<th scope="col">{escape(letter)}</th>' for letter in ("", *letters))
    body = "".join(
        f'<tr><th scope="row">{number:d}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        + "</tr>"
        for number, cells in rows
    )
    return (
        f'<div class="mgg-ui-sheet"><table><caption>{escape(caption)}</caption>'
        f"<thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def link(text: str, page: str, /, **query: object) -> str:
    """Return a link to a page of the dashboards; relative, so that any address works."""
    return f'<a class="mgg-ui-link" href="{escape(address(page, **query))}">{escape(text)}</a>'


def address(page: str, /, **query: object) -> str:
    """Return the relative address of a page, not yet escaped."""
    return f"{page}?{urlencode(query)}" if query else page


def progress(done: int, total: int, words: str) -> str:
    """Return a bar that tells how many of how many are done."""
    return (
        f'<div class="mgg-ui-progress" role="status"><span>{escape(words)}</span>'
        f'<progress max="{total:d}" value="{done:d}"></progress></div>'
    )


def trouble(found: Trouble) -> str:
    """Return what went wrong, so that a screen reader reads it at once."""
    return (
        f'<div class="mgg-ui-trouble" role="alert"><strong>{escape(found.heading)}</strong>'
        f"<p>{escape(found.sentence)}</p></div>"
    )

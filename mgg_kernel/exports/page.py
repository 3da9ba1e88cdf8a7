"""A document as one HTML file that asks no host: the answer on top, the picture, the tables."""

from html import escape
from typing import IO

from mgg_kernel.exports.clean import visible
from mgg_kernel.exports.document import Document, Table, Value
from mgg_kernel.exports.scene import ACCENT, GRID, INK, MUTED, PAPER
from mgg_kernel.exports.svg import FONT, scene_svg

__all__ = ["MOST_ROWS", "shown", "write_html"]

MOST_ROWS = 200
"""A longer table is for programs, and stands in the other formats."""

# A name or a unit of so many letters stays on one line.
_SHORT = 30

# Page and picture share the colours of the pages' own pictures; paper is always light.
_LIGHT = f"--paper: {PAPER}; --ink: {INK}; --muted: {MUTED}; --grid: {GRID}; --accent: {ACCENT};"
_DARK = "--paper: #15181d; --ink: #ffffff; --muted: #a3acba; --grid: #333a45; --accent: #7fb0ff;"

_STYLE = f"""
:root {{ color-scheme: light; {_LIGHT} }}
@media screen and (prefers-color-scheme: dark) {{ :root {{ color-scheme: dark; {_DARK} }} }}
html {{ background: var(--paper); }}
body {{ font: 15px/1.5 {FONT}; color: var(--ink);
  margin: 32px auto; max-width: 760px; padding: 0 16px; }}
h1 {{ font-size: 15px; font-weight: 400; color: var(--muted); margin: 0; overflow-wrap: anywhere; }}
.answer {{ font-size: 22px; line-height: 1.35; margin: 8px 0 24px; }}
h2 {{ font-size: 16px; margin: 32px 0 8px; }}
svg {{ width: 100%; height: auto; }}
table + table {{ margin-top: 16px; }}
table {{ border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }}
th, td {{ text-align: left; padding: 4px 16px 4px 0; border-bottom: 1px solid var(--grid);
  vertical-align: top; overflow-wrap: anywhere; }}
th {{ color: var(--muted); font-weight: 400; }}
td.number, td.short {{ white-space: nowrap; }}
@media print {{ body {{ margin: 0; }} h2, tr, svg {{ break-inside: avoid; }} }}
"""


def write_html(document: Document, file: IO[bytes]) -> None:
    """Write a page that needs nothing beside it.

    Args:
        document: what to write.
        file: open for writing bytes.
    """
    title = escape(visible(document.title))
    parts = [f"<h1>{title}</h1>", f'<p class="answer">{escape(visible(document.answer))}</p>']
    if document.scene is not None:
        parts.append(scene_svg(document.scene, themed=True))
    parts += [_section(table) for table in document.tables if len(table.rows) <= MOST_ROWS]
    text = (
        f'<!doctype html>\n<html lang="{document.language or "en"}">\n<head>\n'
        '<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )
    file.write(text.encode("utf-8"))


def shown(value: Value) -> str:
    """Return a value as people read it, with six digits."""
    if value is None:
        return "—"
    if isinstance(value, float):
        return f"{value:.6g}".replace("-", "\u2212")
    return visible(str(value))


def _section(table: Table) -> str:
    parts = [f"<h2>{escape(table.title)}</h2>"]
    for part in table.pages():
        head = "".join(f"<th>{escape(name)}</th>" for name in part.header)
        body = "\n".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in part.rows)
        parts.append(f"<table><tr>{head}</tr>\n{body}</table>")
    return "\n".join(parts)


def _cell(value: Value) -> str:
    kind = ' class="number"' if isinstance(value, int | float) else ""
    if isinstance(value, str) and len(value) <= _SHORT:
        kind = ' class="short"'
    return f"<td{kind}>{escape(shown(value))}</td>"

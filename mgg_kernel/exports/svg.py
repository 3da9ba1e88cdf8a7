"""A scene as SVG."""

from html import escape
from typing import IO

from mgg_kernel.errors import ExportError
from mgg_kernel.exports.clean import visible
from mgg_kernel.exports.document import Document
from mgg_kernel.exports.scene import ACCENT, GRID, INK, MUTED, PAPER, Line, Scene, Words

__all__ = ["FONT", "scene_svg", "write_svg"]

FONT = "system-ui, 'Segoe UI', 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif"


_NAMES = {PAPER: "paper", INK: "ink", MUTED: "muted", GRID: "grid", ACCENT: "accent"}


def scene_svg(scene: Scene, *, themed: bool = False) -> str:
    """Return a scene as an SVG document that refers to nothing outside it.

    Args:
        scene: the picture.
        themed: whether the page around it says what the colours are, as the CSS variables
            ``--paper``, ``--ink``, ``--muted``, ``--grid`` and ``--accent``; alone it is light.
    """
    body = "\n".join(
        _line(mark, themed) if isinstance(mark, Line) else _words(mark, themed)
        for mark in scene.marks
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {scene.width:g} {scene.height:g}" '
        f'width="{scene.width:g}" height="{scene.height:g}" role="img" font-family="{FONT}">\n'
        f"<title>{escape(visible(scene.title))}</title>\n"
        f'<rect width="100%" height="100%" {_paint("fill", PAPER, themed)}/>\n{body}\n</svg>\n'
    )


def _paint(what: str, colour: str | None, themed: bool) -> str:
    """Return a colour as an attribute, or by its name in the page's theme."""
    if themed and colour in _NAMES:
        return f'style="{what}: var(--{_NAMES[colour]})"'
    return f'{what}="{colour}"'


def _line(line: Line, themed: bool) -> str:
    points = " ".join(f"{x:.2f},{y:.2f}" for x, y in line.points)
    if line.fill is not None:
        paint = _paint("fill", line.fill, themed)
        return f'<polygon points="{points}" {paint} fill-opacity="{line.opacity:g}"/>'
    return (
        f'<polyline points="{points}" fill="none" {_paint("stroke", line.colour, themed)} '
        f'stroke-width="{line.width:g}" stroke-linejoin="round"/>'
    )


def _words(words: Words, themed: bool) -> str:
    place = f'x="{words.x:.2f}" y="{words.y:.2f}"'
    turn = f' transform="rotate(-90 {words.x:.2f} {words.y:.2f})"' if words.upward else ""
    return (
        f'<text {place}{turn} {_paint("fill", words.colour, themed)} font-size="{words.size:g}" '
        f'text-anchor="{words.anchor}">{escape(visible(words.text))}</text>'
    )


def write_svg(document: Document, file: IO[bytes]) -> None:
    """Write the picture of a document alone.

    Raises:
        ExportError: it has none.
    """
    if document.scene is None:
        raise ExportError(f"A {document.kind} has no picture; choose another format than .svg.")
    file.write(scene_svg(document.scene).encode("utf-8"))

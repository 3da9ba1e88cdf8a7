"""A scene as SVG."""

from html import escape
from typing import IO

from mgg_kernel.errors import ExportError
from mgg_kernel.exports.clean import visible
from mgg_kernel.exports.document import Document
from mgg_kernel.exports.scene import Line, Scene, Words

__all__ = ["FONT", "scene_svg", "write_svg"]

FONT = "system-ui, 'Segoe UI', 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif"


def scene_svg(scene: Scene) -> str:
    """Return a scene as an SVG document that refers to nothing outside it."""
    body = "\n".join(
        _line(mark) if isinstance(mark, Line) else _words(mark) for mark in scene.marks
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {scene.width:g} {scene.height:g}" '
        f'width="{scene.width:g}" height="{scene.height:g}" role="img" font-family="{FONT}">\n'
        f"<title>{escape(visible(scene.title))}</title>\n"
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _line(line: Line) -> str:
    points = " ".join(f"{x:.2f},{y:.2f}" for x, y in line.points)
    if line.fill is not None:
        return f'<polygon points="{points}" fill="{line.fill}" fill-opacity="{line.opacity:g}"/>'
    return (
        f'<polyline points="{points}" fill="none" stroke="{line.colour}" '
        f'stroke-width="{line.width:g}" stroke-linejoin="round"/>'
    )


def _words(words: Words) -> str:
    place = f'x="{words.x:.2f}" y="{words.y:.2f}"'
    turn = f' transform="rotate(-90 {words.x:.2f} {words.y:.2f})"' if words.upward else ""
    return (
        f'<text {place}{turn} fill="{words.colour}" font-size="{words.size:g}" '
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

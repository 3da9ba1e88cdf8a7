"""A document as a PDF: the answer on top, the picture, the tables; Chinese and English."""

from typing import IO, Any

from mgg_kernel.exports.clean import visible
from mgg_kernel.exports.document import Document, Table
from mgg_kernel.exports.fonts import (
    CHINESE,
    LATIN,
    marked,
    register,
    runs,
    width_of,
    wraps_anywhere,
)
from mgg_kernel.exports.page import MOST_ROWS, shown
from mgg_kernel.exports.scene import GRID, Line, Scene, Words

__all__ = ["write_pdf"]

MARGIN = 48.0
# A frame of reportlab keeps so much free inside its margin.
_PADDING = 6.0
# Between two columns, and of a column at least and at most before what is left is shared [points].
_GAP, _NARROWEST, _WIDEST = 10.0, 34.0, 220.0


def write_pdf(document: Document, file: IO[bytes]) -> None:
    """Write pages of A4.

    Args:
        document: what to write.
        file: open for writing bytes.
    """
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import SimpleDocTemplate, Spacer

    register()
    small = ParagraphStyle("small", fontName=LATIN, fontSize=9, leading=12)
    answer = ParagraphStyle("answer", parent=small, fontSize=15, leading=20, spaceAfter=10)
    heading = ParagraphStyle("heading", parent=small, fontSize=11, spaceBefore=14, spaceAfter=4)
    width = A4[0] - 2 * MARGIN
    flow: list[Any] = [
        _paragraph(document.title, small),
        _paragraph(document.answer, answer),
    ]
    if document.scene is not None:
        flow += [_picture(document.scene, width), Spacer(1, 6)]
    for table in document.tables:
        if len(table.rows) <= MOST_ROWS:
            flow.append(_paragraph(table.title, heading))
            for part in table.pages():
                flow += [_table(part, small, width), Spacer(1, 6)]
    pages = SimpleDocTemplate(
        file,
        pagesize=A4,
        leftMargin=MARGIN - _PADDING,
        rightMargin=MARGIN - _PADDING,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=visible(document.title),
        author="mgg-workspace",
    )
    pages.build(flow, onFirstPage=_foot, onLaterPages=_foot)


def _paragraph(text: str, style: Any) -> Any:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    if wraps_anywhere(text):
        style = ParagraphStyle("chinese", parent=style, fontName=CHINESE, wordWrap="CJK")
    return Paragraph(marked(text), style)


def _foot(canvas: Any, pages: Any) -> None:
    canvas.setFont(LATIN, 8)
    canvas.drawRightString(pages.pagesize[0] - MARGIN, MARGIN / 2, str(canvas.getPageNumber()))


def _table(table: Table, style: Any, width: float) -> Any:
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import Table as Laid

    texts = [[shown(value) for value in row] for row in (table.header, *table.rows)]
    rows = [[_paragraph(text, style) for text in row] for row in texts]
    widths = _widths(texts, width, style.fontSize)
    laid = Laid(rows, colWidths=widths, repeatRows=1, hAlign="LEFT")
    laid.setStyle(
        [
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor(GRID)),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), _GAP),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ]
    )
    return laid


def _widths(texts: list[list[str]], width: float, size: float) -> list[float]:
    """Return how wide the columns are: what is in them first, then what they are called."""
    wanted, needed = [], []
    for at in range(len(texts[0])):
        head, *body = (min(_WIDEST, width_of(row[at], size)) for row in texts)
        needed.append(_GAP + max(_NARROWEST, *body, 0.0))
        wanted.append(_GAP + max(_NARROWEST, head, *body))
    if sum(wanted) <= width or sum(needed) >= width:
        scale = width / sum(wanted)
        return [scale * one for one in wanted]
    share = (width - sum(needed)) / (sum(wanted) - sum(needed))
    return [n + share * (w - n) for n, w in zip(needed, wanted, strict=True)]


def _picture(scene: Scene, width: float) -> Any:
    from reportlab.graphics.shapes import Drawing, Group, Polygon, PolyLine, String
    from reportlab.lib.colors import HexColor

    scale = width / scene.width
    drawing = Drawing(width, scene.height * scale)
    # Scenes count downward, pages upward.
    group = Group(transform=(scale, 0, 0, scale, 0, 0))
    for mark in scene.marks:
        if isinstance(mark, Line):
            points = [v for x, y in mark.points for v in (x, scene.height - y)]
            if mark.fill is not None:
                shape: Any = Polygon(points, fillColor=HexColor(mark.fill), strokeColor=None)
                shape.fillOpacity = mark.opacity
            else:
                shape = PolyLine(points, strokeColor=HexColor(mark.colour), strokeWidth=mark.width)
            group.add(shape)
        else:
            group.add(_words(mark, scene.height, Group, String, HexColor))
    drawing.add(group)
    return drawing


def _words(mark: Words, height: float, group: Any, string: Any, colour: Any) -> Any:
    """Return a line of text; each part of it begins where the last one ended."""
    text = visible(mark.text)
    share = {"start": 0.0, "middle": 0.5, "end": 1.0}[mark.anchor]
    x = -share * width_of(text, mark.size)
    turn = (0, 1, -1, 0) if mark.upward else (1, 0, 0, 1)
    parts = group(transform=(*turn, mark.x, height - mark.y))
    for font, part in runs(text):
        paint = colour(mark.colour)
        parts.add(string(x, 0, part, fontName=font, fontSize=mark.size, fillColor=paint))
        x += width_of(part, mark.size)
    return parts

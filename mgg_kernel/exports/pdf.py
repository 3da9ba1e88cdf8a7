"""A document as a PDF: the answer on top, the picture, the tables; Chinese and English."""

from html import escape
from typing import IO, Any

from mgg_kernel.exports.clean import visible
from mgg_kernel.exports.document import Document, Table
from mgg_kernel.exports.page import MOST_ROWS, shown
from mgg_kernel.exports.scene import Line, Scene, Words

__all__ = ["write_pdf"]

# One of the fonts that every PDF reader with Chinese brings along: nothing is embedded, and the
# same file is made on a machine without fonts.
FONT = "STSong-Light"
MARGIN = 48.0


def write_pdf(document: Document, file: IO[bytes]) -> None:
    """Write pages of A4.

    Args:
        document: what to write.
        file: open for writing bytes.
    """
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    small = ParagraphStyle("small", fontName=FONT, fontSize=9, leading=12, wordWrap="CJK")
    answer = ParagraphStyle("answer", parent=small, fontSize=15, leading=20, spaceAfter=10)
    heading = ParagraphStyle("heading", parent=small, fontSize=11, spaceBefore=14, spaceAfter=4)
    width = A4[0] - 2 * MARGIN
    flow: list[Any] = [
        Paragraph(_safe(document.title), small),
        Paragraph(_safe(document.answer), answer),
    ]
    if document.scene is not None:
        flow += [_picture(document.scene, width), Spacer(1, 6)]
    for table in document.tables:
        if len(table.rows) <= MOST_ROWS:
            flow += [Paragraph(_safe(table.title), heading), _table(table, small, width)]
    pages = SimpleDocTemplate(
        file,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=visible(document.title),
        author="mgg-workspace",
    )
    pages.build(flow, onFirstPage=_foot, onLaterPages=_foot)


def _safe(text: str) -> str:
    """Return text that a paragraph shows as it is; it would read <b> as a mark."""
    return escape(visible(text), quote=False)


def _foot(canvas: Any, pages: Any) -> None:
    canvas.setFont(FONT, 8)
    canvas.drawRightString(pages.pagesize[0] - MARGIN, MARGIN / 2, str(canvas.getPageNumber()))


def _table(table: Table, style: Any, width: float) -> Any:
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import Paragraph
    from reportlab.platypus import Table as Laid

    rows = [
        [Paragraph(_safe(shown(value)), style) for value in row]
        for row in (table.header, *table.rows)
    ]
    longest = [
        max(4, *(min(40, len(shown(row[at]))) for row in (table.header, *table.rows)))
        for at in range(len(table.header))
    ]
    widths = [width * length / sum(longest) for length in longest]
    laid = Laid(rows, colWidths=widths, repeatRows=1)
    laid.setStyle(
        [
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor("#dfe2e7")),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ]
    )
    return laid


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
    text = string(
        0,
        0,
        visible(mark.text),
        fontName=FONT,
        fontSize=mark.size,
        fillColor=colour(mark.colour),
        textAnchor=mark.anchor,
    )
    turn = (0, 1, -1, 0) if mark.upward else (1, 0, 0, 1)
    return group(text, transform=(*turn, mark.x, height - mark.y))

"""The fonts of a PDF: Helvetica for Latin letters and numbers, a Chinese one for Chinese."""

from collections.abc import Iterator
from html import escape
from itertools import groupby

from mgg_kernel.exports.clean import visible

__all__ = ["CHINESE", "LATIN", "marked", "register", "runs", "width_of", "wraps_anywhere"]

# One of the fonts that every PDF reader with Chinese brings along: nothing is embedded, and the
# same file is made on a machine without fonts.
CHINESE = "STSong-Light"
LATIN = "Helvetica"

# What Helvetica lacks and reportlab takes from Symbol, which every PDF reader has too.
_IN_SYMBOL = frozenset("−∫√≤≥≠≈∞∑∂ΔΣΩαβγδεθλμνπρστφχψω→←↑↓")


def register() -> None:
    """Make the Chinese font known."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont

    if CHINESE not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))


def runs(text: str) -> Iterator[tuple[str, str]]:
    """Return a text in parts, each with the font that has all of its letters."""
    for font, letters in groupby(text, _font):
        yield font, "".join(letters)


def marked(text: str) -> str:
    """Return a text as a paragraph reads it, with the font of each part and no mark of its own."""
    return "".join(
        f'<font name="{font}">{escape(part, quote=False)}</font>'
        for font, part in runs(visible(text))
    )


def width_of(text: str, size: float) -> float:
    """Return how wide a text is [points]."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    return float(sum(stringWidth(part, font, size) for font, part in runs(visible(text))))


def wraps_anywhere(text: str) -> bool:
    """Return whether a line may end behind every letter: in Chinese, where nothing is spaced."""
    return 2 * sum(_font(letter) == CHINESE for letter in text) > len(text)


def _font(letter: str) -> str:
    if letter in _IN_SYMBOL:
        return LATIN
    try:
        letter.encode("cp1252")
    except UnicodeEncodeError:
        return CHINESE
    return LATIN

"""The PDF sets Latin in Helvetica and Chinese in a Chinese font, and keeps one left edge."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from pypdf import PdfReader

import mgg_kernel as mgg
from mgg_kernel.comparison import compare
from mgg_kernel.exports import Origin, Provenance, comparison_document, write_document
from mgg_kernel.exports.fonts import CHINESE, LATIN, register, runs, width_of

AT = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
MARGIN = 48.0


@pytest.fixture(scope="module")
def said() -> list[tuple[str, str, float]]:
    """Every piece of text of the PDF, with its font and where it begins on the page."""
    simulated, measured = mgg.example_curve(peak_mpa=56.0), mgg.example_curve(seed=1)
    source = Provenance(Origin("simulation 3", 3), Origin("P1 试样", 4), "li.wei", AT)
    made = comparison_document(compare(simulated, measured), simulated, measured, source)
    file = io.BytesIO()
    write_document(made, file, format="pdf")
    found = []

    def visit(text: str, page: list[float], at: list[float], font: Any, size: float) -> None:
        if text.strip() and font:
            found.append((text.strip(), str(font["/BaseFont"]), page[4] + at[4]))

    for page in PdfReader(file).pages:
        page.extract_text(visitor_text=visit)
    return found


def test_no_latin_letter_and_no_number_is_in_the_chinese_font(
    said: list[tuple[str, str, float]],
) -> None:
    chinese = "".join(text for text, font, _ in said if CHINESE in font)
    assert "峰值压力差" in chinese
    assert not [letter for letter in chinese if letter.isascii() and letter.isalnum()]
    assert "−" not in chinese
    assert any("RMSE" in text for text, font, _ in said if LATIN in font)


def test_runs_know_where_each_letter_is() -> None:
    assert list(runs("a − b 压力 [MPa]")) == [
        (LATIN, "a − b "),
        (CHINESE, "压力"),
        (LATIN, " [MPa]"),
    ]


@pytest.mark.parametrize("letter", "−∫√≤≥≠≈∞∑∂ΔΣΩαβγδεθλμνπρστφχψω→←↑↓·²°±é–’")
def test_every_letter_that_is_said_to_be_latin_has_a_width_of_its_own(letter: str) -> None:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.pdfmetrics import unicode2T1

    register()
    ((font, _),) = runs(letter)
    assert font == LATIN
    helvetica = pdfmetrics.getFont(LATIN)
    ((chosen, code),) = unicode2T1(letter, [helvetica, *helvetica.substitutionFonts])
    assert width_of(letter, 1000.0) == pytest.approx(chosen.widths[code[0]])
    assert chosen.encoding.vector[code[0]] not in (None, ".notdef", "bullet")


def test_headings_tables_and_answer_begin_at_one_edge(said: list[tuple[str, str, float]]) -> None:
    begins = {text: x for text, font, x in said if LATIN in font}
    for text in ("Summary", "what", "answer", "Numbers", "rmse_mpa", "code_version"):
        assert begins[text] == pytest.approx(MARGIN, abs=0.01), text

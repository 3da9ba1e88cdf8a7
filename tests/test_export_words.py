"""Exports in one language: nothing of the other one is left in captions."""

import io
import re
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter

import openpyxl
import pytest
from pypdf import PdfReader

import mgg_kernel as mgg
import mgg_kernel.exports
from mgg_kernel.cli import main
from mgg_kernel.comparison import compare
from mgg_kernel.curve_csv import curve_to_csv
from mgg_kernel.errors import ExportError
from mgg_kernel.exports import Document, Origin, Provenance, comparison_document, write_document
from mgg_kernel.exports.words import WORDS

AT = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
SIMULATED, MEASURED = mgg.example_curve(peak_mpa=56.0), mgg.example_curve(peak_mpa=58.0)
FOUND = compare(SIMULATED, MEASURED)
CHINESE = re.compile("[\u4e00-\u9fff]")


def document(language: str | None) -> Document:
    source = Provenance(Origin("s", 3), Origin("t", 4), "li.wei", AT, note="n")
    return comparison_document(FOUND, SIMULATED, MEASURED, source, language=language)


def written(language: str | None, kind: str) -> bytes:
    file = io.BytesIO()
    write_document(document(language), file, format=kind)
    return file.getvalue()


def texts(language: str | None) -> dict[str, str]:
    book = openpyxl.load_workbook(io.BytesIO(written(language, "xlsx")))
    cells = (c.value for sheet in book for row in sheet.iter_rows(max_col=5) for c in row)
    pdf = PdfReader(io.BytesIO(written(language, "pdf")))
    return {
        "html": written(language, "html").decode().split("</style>")[1],
        "svg": written(language, "svg").decode().split("<title>")[1],
        "pdf": "".join(page.extract_text() for page in pdf.pages),
        "xlsx": "\n".join(str(value) for value in cells),
    }


def test_english_has_no_chinese_in_it() -> None:
    for kind, text in texts("en").items():
        assert not CHINESE.search(text), kind
    assert "root of the mean square residual" in texts("en")["html"]


def test_chinese_has_the_answer_the_captions_and_the_picture_in_it() -> None:
    found = texts("zh")
    for kind in ("html", "pdf", "xlsx"):
        for word in ("峰值压力偏低 2.00 MPa", "均方根误差", "点火延迟", "名称", "单位"):
            assert word in found[kind], (kind, word)
        for word in ("square residual", "meaning", "ignition delay", "Provenance", "Peak pressure"):
            assert word not in found[kind], (kind, word)
    assert "压力 [MPa]" in found["svg"]
    assert "Pressure" not in found["svg"]
    assert '<html lang="zh">' in written("zh", "html").decode()


def test_both_languages_stand_there_unless_one_is_chosen() -> None:
    both = texts(None)["html"]
    assert "Numbers 指标" in both
    assert "too low" in both


def test_what_programs_read_is_the_same_in_each_language() -> None:
    plain, chinese = (document(language) for language in (None, "zh"))
    assert plain.data.header == chinese.data.header
    assert plain.data.rows == chinese.data.rows
    assert plain.metadata.keys() == chinese.metadata.keys()
    assert [table.key for table in plain.tables] == [table.key for table in chinese.tables]


def test_another_language_is_refused() -> None:
    with pytest.raises(ExportError, match="no export in 'fr'; choose en or zh"):
        document("fr")


def test_the_command_writes_in_the_language_that_is_asked_for(tmp_path: Path) -> None:
    a, b = tmp_path / "a.csv", tmp_path / "b.csv"
    a.write_text(curve_to_csv(SIMULATED))
    b.write_text(curve_to_csv(MEASURED))
    place = tmp_path / "c.html"
    assert main(["compare", str(a), str(b), "--out", str(place), "--language", "zh"]) == 0
    assert "峰值压力偏低" in place.read_text()


@pytest.mark.parametrize("key", sorted(WORDS))
def test_both_languages_say_the_same(key: str) -> None:
    english, chinese = WORDS[key]
    assert not CHINESE.search(english)
    assert CHINESE.search(chinese) or key == "sentence.unrated"
    places = [{name for _, name, _, _ in Formatter().parse(text)} for text in (english, chinese)]
    assert places[0] == places[1]


def test_no_word_is_left_over() -> None:
    folder = Path(mgg_kernel.exports.__file__).parent
    code = "".join(
        p.read_text().replace("'", '"') for p in folder.glob("*.py") if p.name != "words.py"
    )
    phases = set(document("en").metadata)
    for key in WORDS:
        last = key.split(".", 1)[1] if "." in key else key
        said = f'"{last}"' in code or f'"{key}"' in code
        by_name = key.startswith("label.") and f"metrics.{last}" in phases
        by_value = last in (
            "peak",
            "excellent",
            "good",
            "fair",
            "poor",
            "ignition_delay",
            "rise",
            "decay",
        )
        assert said or by_name or by_value, key

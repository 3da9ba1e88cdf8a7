"""Exports: every file is read back, and says what was compared, to the last bit."""

import csv
import errno
import io
import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from pypdf import PdfReader

import mgg_kernel as mgg
from mgg_kernel.cli import main
from mgg_kernel.comparison import compare, matrix, residual_curve
from mgg_kernel.curve_csv import curve_to_csv
from mgg_kernel.errors import ExportError, NotFoundError
from mgg_kernel.exports import (
    FORMATS,
    Document,
    Origin,
    Provenance,
    Table,
    comparison_document,
    matrix_document,
    overlay_document,
    write_document,
)
from mgg_kernel.lots import overlay
from mgg_kernel.workspace import Workspace

AT = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
SIMULATED = mgg.example_curve(peak_mpa=56.0, peak_time_ms=10.8)
MEASURED = mgg.example_curve(peak_mpa=58.0, seed=1)
FOUND = compare(SIMULATED, MEASURED, window_ms=(0.0, 30.0))
HOSTILE = [
    '=HYPERLINK("x","y")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "a,=1+1",
    "a;=1+1",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "../../etc/passwd",
    "nul\0 and bell\a",
    "right\u202eto left",
    "<script>alert(1)</script>",
    "试样 59 号",
    "two\nlines",
    "lone \ud800 half",
]


def document(name: str = "P1 试样", note: str = "") -> Document:
    return comparison_document(
        FOUND,
        SIMULATED,
        MEASURED,
        Provenance(Origin("simulation 3", 3), Origin(name, 4, "ab" * 32), "li.wei", AT, 5, note),
    )


def written(made: Document, kind: str) -> bytes:
    file = io.BytesIO()
    write_document(made, file, format=kind)
    return file.getvalue()


def workbook(made: Document) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(written(made, "xlsx")))


def rows(sheet: Any) -> list[tuple[Any, ...]]:
    return list(sheet.iter_rows(values_only=True))


def comments(text: str) -> dict[str, Any]:
    lines = [line[2:].split(": ", 1) for line in text.splitlines() if line.startswith("# ")]
    return {name: json.loads(value) for name, value in lines}


def test_a_workbook_holds_answer_numbers_phases_curves_and_provenance() -> None:
    book = workbook(document(note="第一次"))
    assert book.sheetnames[:6] == [
        "summary",
        "curves",
        "metrics",
        "phases",
        "settings",
        "provenance",
    ]
    numbers = {row[0]: row[1] for row in rows(book["metrics"])}
    assert numbers["rmse_mpa"] == FOUND.rmse_mpa
    assert FOUND.iso18571 is not None
    assert numbers["iso18571.slope"] == FOUND.iso18571.slope
    settings = dict(row[:2] for row in rows(book["settings"]))
    assert settings["rate_hz"] == 10_000
    assert (settings["used_window_ms.0"], settings["used_window_ms.1"]) == (0, 30)
    source = dict(row[:2] for row in rows(book["provenance"]))
    assert source["test_sha256"] == "ab" * 32
    assert source["exported_at_utc"] == "2026-11-23T08:30:00+00:00"
    assert (source["exported_by"], source["note"]) == ("li.wei", "第一次")
    recorded = rows(book["test_curve"])[1:]
    assert [row[1] for row in recorded] == MEASURED.pressure_mpa.tolist()


def test_the_points_are_those_that_the_numbers_were_made_of() -> None:
    table = pq.read_table(io.BytesIO(written(document(), "parquet")))
    residual = residual_curve(SIMULATED, MEASURED, rate_hz=10_000, window_ms=(0.0, 30.0))
    assert table["time_ms"].to_pylist() == residual.time_ms.tolist()
    values = table["residual_mpa"].to_numpy()
    assert float((values**2).mean() ** 0.5) == pytest.approx(FOUND.rmse_mpa, rel=1e-14)
    assert table.num_rows == FOUND.settings.points


def test_the_points_of_a_filtered_comparison_are_filtered() -> None:
    found = compare(SIMULATED, MEASURED, filter="cfc600")
    source = Provenance(Origin("a"), Origin("b"), "li.wei", AT)
    made = comparison_document(found, SIMULATED, MEASURED, source)
    column = made.data.header.index("residual_mpa")
    squares = [row[column] ** 2 for row in made.data.rows if isinstance(row[column], float)]  # type: ignore[operator]
    assert (sum(squares) / len(squares)) ** 0.5 == pytest.approx(found.rmse_mpa, rel=1e-12)


def test_csv_and_parquet_carry_the_same_to_the_last_bit() -> None:
    text = written(document(), "csv").decode()
    lines = list(csv.reader(line for line in text.splitlines() if not line.startswith("#")))
    table = pq.read_table(io.BytesIO(written(document(), "parquet")))
    assert lines[0] == table.column_names
    for at, name in enumerate(lines[0]):
        assert [float(line[at]) for line in lines[1:]] == table[name].to_pylist()
    told = json.loads(table.schema.metadata[b"mgg"])
    assert comments(text).items() <= told.items()
    assert told["metrics.rmse_mpa"] == FOUND.rmse_mpa
    assert told["phases.decay.score"] == FOUND.phases.decay.score  # type: ignore[union-attr]
    assert table.schema.field("residual_mpa").metadata == {b"unit": b"MPa"}
    assert table.schema.field("time_ms").metadata == {b"unit": b"ms"}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_becomes_a_formula_or_a_mark(name: str) -> None:
    made = document(name, note=name)
    book = workbook(made)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    text = written(made, "csv").decode()
    for line in text.splitlines():
        for cell in re.split("[,;]", line):
            assert not cell.startswith(("=", "+", "@"))
    assert comments(text)["provenance.note"] == name
    told = json.loads(pq.read_schema(io.BytesIO(written(made, "parquet"))).metadata[b"mgg"])
    assert told["provenance.test_name"] == name
    for kind in ("html", "svg"):
        page = written(made, kind).decode()
        assert "<script" not in page
        assert not set("\0\a\u202e") & set(page)
    assert PdfReader(io.BytesIO(written(made, "pdf"))).pages


def test_the_page_asks_no_host_and_has_the_answer_before_the_picture() -> None:
    page = written(document(), "html").decode()
    hosts = set(re.findall(r"https?://[^\s\"'<]+", page))
    assert hosts == {"http://www.w3.org/2000/svg"}, "the name of SVG, which nobody fetches"
    assert page.index("Peak pressure 2") < page.index("<svg") < page.index("rmse_mpa")
    assert not re.search(r"(?:src|href)=|url\(|@import", page)


def test_the_pdf_says_it_in_english_and_chinese() -> None:
    reader = PdfReader(io.BytesIO(written(document(), "pdf")))
    text = "".join(page.extract_text() for page in reader.pages)
    assert "too low" in text
    assert "P1 试样" in text
    assert "峰值压力差" in text
    assert f"{FOUND.rmse_mpa:.6g}" in text
    assert "ab" * 8 in text.replace("\n", "")


def test_the_peak_stands_in_the_picture_where_it_is() -> None:
    svg = written(document(), "svg").decode()
    dots = [
        [tuple(map(float, pair.split(","))) for pair in points.split()]
        for points in re.findall(r'<polygon points="([^"]+)"', svg)
    ][:2]
    centres = [(sum(x for x, _ in d[:-1]) / 16, sum(y for _, y in d[:-1]) / 16) for d in dots]
    # The plane is 648 wide from 58 on for all of the time, and 236 high from 34 on.
    (first, second) = (MEASURED.peak, SIMULATED.peak)
    span = MEASURED.time_ms[-1] - MEASURED.time_ms[0]
    assert centres[0][0] == pytest.approx(
        58 + 648 * (first.time_ms - MEASURED.time_ms[0]) / span, abs=0.1
    )
    assert centres[0][1] < centres[1][1], "58 MPa stands above 56 MPa"
    assert second.pressure_mpa < first.pressure_mpa


def test_a_matrix_and_shots_are_written_too() -> None:
    pairs = matrix([SIMULATED, MEASURED], [MEASURED], simulation_names=["=a", "b"])
    made = matrix_document(pairs, author="li.wei", exported_at=AT)
    best = rows(workbook(made)["best"])
    assert best[1] == ("test 1", "b", 1)
    text = written(made, "csv").decode()
    lines = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    assert [line["simulation"] for line in lines] == ["'=a", "b"]
    assert float(lines[0]["rmse_mpa"]) == pairs.numbers["rmse_mpa"][0, 0]
    shots = overlay([mgg.example_curve(seed=seed) for seed in range(3)])
    told = overlay_document(shots, author="li.wei", exported_at=AT)
    table = pq.read_table(io.BytesIO(written(told, "parquet")))
    assert table["run_1_mpa"].drop_null().to_pylist() == [
        value for value in shots.pressures_mpa[1].tolist() if value == value
    ]
    assert "runs" in workbook(told).sheetnames
    with pytest.raises(ExportError, match="has no picture"):
        written(made, "svg")


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    place = tmp_path / "a.csv"
    place.write_text("mine")
    with pytest.raises(ExportError, match="is there already; choose another name, or --force"):
        write_document(document(), place)
    assert place.read_text() == "mine"
    write_document(document(), place, force=True)
    assert place.read_text().startswith("# answer")
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"], "nothing is left beside it"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("a.docx", "no format that can be written"),
        ("a", "no format that can be written"),
        ("missing/a.csv", "there is no folder"),
        ("folder.csv", "is a folder"),
        ("nul\0.csv", "cannot be written"),
        ("x" * 300 + ".csv", "cannot be written: File name too long"),
    ],
)
def test_a_place_that_cannot_be_written_is_told_in_a_sentence(
    tmp_path: Path, name: str, sentence: str
) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(ExportError, match=sentence) as refused:
        write_document(document(), tmp_path / name)
    assert "\n" not in str(refused.value)


def test_a_full_disk_is_told_and_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "a.csv"
    place.write_text("mine")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ExportError, match=r"a\.csv cannot be written: No space left on device\."):
        write_document(document(), place, force=True)
    assert place.read_text() == "mine"
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOTSUP])
def test_where_there_are_no_hard_links_the_file_is_made_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", refuse)
    place = tmp_path / "a.csv"
    write_document(document(), place)
    assert place.read_bytes() == written(document(), "csv")
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]
    with pytest.raises(ExportError, match="is there already"):
        write_document(document(), place)


def test_without_hard_links_what_has_come_meanwhile_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "a.csv"

    def late(*_: object, **__: object) -> None:
        place.write_text("theirs")
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", late)
    with pytest.raises(ExportError, match="is there already"):
        write_document(document(), place)
    assert place.read_text() == "theirs"


def test_without_hard_links_a_full_disk_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = os.fsync, []

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOTSUP, "Operation not supported")

    def full_later(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(os, "fsync", full_later)
    with pytest.raises(ExportError, match="No space left on device"):
        write_document(document(), tmp_path / "a.csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["=1", "+1", "-1", "@A", "\t=1", "\r=1", "\n=1", "＝1"])
def test_what_looks_like_a_formula_is_marked_as_text(name: str) -> None:
    table = Table("t", "t", (name, "plain"), ((name, "a"), ("", "b")))
    made = Document("test", "t", "t", table, (table,), {})
    sheet = workbook(made)["t"]
    assert [[cell.quotePrefix for cell in row] for row in sheet.iter_rows()] == [
        [True, False],
        [True, False],
        [False, False],
    ]
    lines = written(made, "csv").decode()
    read = list(csv.reader(io.StringIO(lines, newline="")))
    told = "'" + name.replace("\r", "\n")  # a carriage return would end the row for some readers
    assert read == [[told, "plain"], [told, "a"], ["", "b"]]


def test_the_command_writes_what_the_name_ends_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = tmp_path / "a.csv", tmp_path / "b.csv"
    a.write_text(curve_to_csv(SIMULATED))
    b.write_text(curve_to_csv(MEASURED))
    for kind in FORMATS:
        assert main(["compare", str(a), str(b), "--out", str(tmp_path / f"c.{kind}")]) == 0
    first = (tmp_path / "c.csv").read_text()
    assert comments(first)["metrics.rmse_mpa"] == compare(SIMULATED, MEASURED).rmse_mpa
    capsys.readouterr()
    assert main(["compare", str(a), str(b), "--out", str(tmp_path / "c.csv")]) == 1
    assert "is there already" in capsys.readouterr().err
    assert main(["compare", str(a), str(b), "--out", str(tmp_path / "c.csv"), "--force"]) == 0


def test_a_stored_comparison_is_written_with_where_it_comes_from(
    open_as: Callable[[str], Workspace], tmp_path: Path
) -> None:
    workspace = open_as("wang")
    data = mgg.write_lab_workbook(mgg.example_curve(seed=1107), "P1")
    (result,) = workspace.tests.ingest(data, "P1 导出.xlsx")
    recipe = mgg.Recipe.parse(
        igniter="135", nc=["B:774.9"], shell="22", current="1.2", vessel="10-892", device="Y-H"
    )
    simulation = workspace.simulations.run(recipe)
    assert result.test_result_id is not None
    stored = workspace.comparisons.save(simulation.id, result.test_result_id, note="=1+1")
    workspace.comparisons.export(stored.id, tmp_path / "c.xlsx")
    sha256 = workspace.tests.get(result.test_result_id).sha256
    with pytest.raises(NotFoundError):
        workspace.comparisons.export(10**9, tmp_path / "d.xlsx")
    book = openpyxl.load_workbook(tmp_path / "c.xlsx")
    source = dict(row[:2] for row in rows(book["provenance"]))
    assert source["comparison_id"] == stored.id
    assert source["test_sha256"] == sha256
    assert source["exported_by"] == "wang"
    assert source["simulation_model"].startswith(simulation.summary.model_name)
    numbers = {row[0]: row[1] for row in rows(book["metrics"])}
    assert numbers["rmse_mpa"] == stored.metrics["rmse_mpa"]
    open_as("boss").comparisons.export(stored.id, tmp_path / "boss.pdf")
    assert (tmp_path / "boss.pdf").read_bytes().startswith(b"%PDF")

"""Exports of many curves: shots, lots, matrices and verdicts, from Python and the commands."""

import csv
import hashlib
import io
import json
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
from mgg_kernel.exports import (
    Document,
    Judged,
    Table,
    corridor_document,
    lot_document,
    overlay_document,
    write_document,
)
from mgg_kernel.hot.database import Caller
from mgg_kernel.lots import Corridor, judge, judge_lots, overlay
from mgg_kernel.workspace import Foundation, Workspace

AT = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
PEAKS = (57.0, 57.4, 57.2, 57.1, 58.0, 58.3)
CURVES = [mgg.example_curve(peak_mpa=peak, seed=n) for n, peak in enumerate(PEAKS)]


class Kept(Workspace):
    """A workspace that leaves its foundation to the test."""

    def close(self) -> None:
        """Leave the foundation open: it is the test's."""


def written(made: Document, kind: str) -> bytes:
    file = io.BytesIO()
    write_document(made, file, format=kind)
    return file.getvalue()


def rows(data: bytes | Path, sheet: str) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(data if isinstance(data, Path) else io.BytesIO(data))
    return list(book[sheet].iter_rows(values_only=True))


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    for number, curve in enumerate(CURVES):
        (tmp_path / f"shot{number}.xlsx").write_bytes(mgg.write_lab_workbook(curve, f"S{number}"))
    return [str(tmp_path / f"shot{number}.xlsx") for number in range(len(CURVES))]


def test_a_lot_is_written_with_its_verdicts_and_charts() -> None:
    report = judge_lots(overlay(CURVES), lots=["A"] * 3 + ["B"] * 3, lower=50, upper=57.9)
    made = lot_document(report, author="li.wei", exported_at=AT)
    table = pq.read_table(io.BytesIO(written(made, "parquet"))).to_pylist()
    for one, row in zip(table, report.groups[0].lots, strict=True):
        assert row.statistics is not None
        assert row.acceptance is not None
        assert row.acceptance.tolerance is not None
        told = (one["lot"], one["mean"], one["sd"], one["tolerance_upper"], one["accepted"])
        assert told == (
            row.lot,
            row.statistics.mean,
            row.statistics.sd,
            row.acceptance.tolerance.upper,
            row.accepted,
        )
    points = rows(written(made, "xlsx"), "charts")
    assert report.groups[0].charts is not None
    location = report.groups[0].charts.location.points
    assert [row[4] for row in points[1 : 1 + len(location)]] == [one.value for one in location]
    assert (
        "0 of 2 lots are accepted, 1 are not" in made.answer or "lots are accepted" in made.answer
    )
    assert PdfReader(io.BytesIO(written(made, "pdf"))).pages


def test_verdicts_of_a_corridor_are_written_with_its_limits() -> None:
    corridor = Corridor(
        "=limits", lower=((0.0, -1.0), (30.0, 0.0)), upper=((0.0, 57.3), (30, 57.3))
    )
    judged = [Judged(str(n), judge(curve, corridor)) for n, curve in enumerate(CURVES)]
    made = corridor_document(
        corridor, [*judged, Judged("x", None, "too short")], exported_at=AT, language="zh"
    )
    table = pq.read_table(io.BytesIO(written(made, "parquet"))).to_pylist()
    assert [one["passed"] for one in table] == [peak < 57.3 for peak in PEAKS] + [None]
    assert table[0]["smallest_margin_mpa"] == judged[0].verdict.smallest_margin_mpa  # type: ignore[union-attr]
    assert table[-1]["sentence"] == "too short"
    assert made.answer == "7 条曲线中 3 条通过通道“=limits”（版本 1）。"
    limits = rows(written(made, "xlsx"), "limits")
    assert limits[1:] == [
        ("lower", 0, -1),
        ("lower", 30, 0),
        ("upper", 0, 57.3),
        ("upper", 30, 57.3),
    ]


def test_shots_have_a_picture_with_their_band_in_the_axes() -> None:
    laid = overlay(CURVES)
    made = overlay_document(laid, band=laid.tolerance_band(0.95, 0.95), exported_at=AT)
    svg = written(made, "svg").decode()
    assert svg.count("<polyline") >= len(CURVES) + 1
    assert "nan" not in svg
    table = pq.read_table(io.BytesIO(written(made, "parquet")))
    low, mean = table["low_mpa"].to_pylist(), table["mean_mpa"].to_pylist()
    assert all(a is None or a <= b for a, b in zip(low, mean, strict=True))
    assert not all(one is None for one in low)


def test_a_table_too_wide_for_paper_is_told_in_parts_that_begin_alike() -> None:
    heads = tuple(f"h{n}" for n in range(14))
    table = Table("t", "t", heads, (tuple(range(14)), tuple(range(100, 114))))
    first, second = table.pages()
    assert first.header == heads[:8]
    assert second.header == (heads[0], *heads[8:])
    assert second.rows == ((0, *range(8, 14)), (100, *range(108, 114)))
    narrow = Table("t", "t", heads[:8], (tuple(range(8)),))
    assert narrow.pages() == [narrow]


def test_the_commands_write_documents_of_files(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shots = tmp_path / "o.xlsx"
    assert main(["shots", *files, "--out", str(shots)]) == 0
    sources = rows(shots, "sources")
    assert [row[2] for row in sources[1:]] == [
        hashlib.sha256(Path(one).read_bytes()).hexdigest() for one in files
    ]
    assert len(rows(shots, "runs")) == len(files) + 1
    lot = tmp_path / "lot.csv"
    assert main(["lot", *files, "--lower", "50", "--upper", "66", "--out", str(lot)]) == 0
    assert f"written to {lot}" in capsys.readouterr().out
    lines = lot.read_text().splitlines()
    (only,) = csv.DictReader(line for line in lines if not line.startswith("#"))
    assert (only["shots"], only["accepted"]) == (str(len(files)), "True")
    pairs = tmp_path / "m.html"
    given = ["matrix", *files[:2], "--tests", *files[2:4], "--out", str(pairs)]
    assert main([*given, "--language", "zh"]) == 0
    assert "次实测中有 2 次找到最佳匹配" in pairs.read_text()
    for words in (["shots", *files], ["lot", *files], given[:-2]):
        capsys.readouterr()
        assert main([*words, "--out", str(pairs)]) == 1
        assert "is there already" in capsys.readouterr().err
        assert main([*words, "--out", str(pairs), "--force"]) == 0
        assert main([*words, "--out", str(tmp_path / "a.docx")]) == 1
        assert "no format that can be written" in capsys.readouterr().err


def test_a_plain_table_is_not_replaced_unasked_either(files: list[str], tmp_path: Path) -> None:
    place = tmp_path / "mean.csv"
    assert main(["shots", *files, "--out", str(place)]) == 0
    place.write_text("mine")
    assert main(["shots", *files, "--out", str(place)]) == 1
    assert place.read_text() == "mine"
    assert main(["shots", *files, "--out", str(place), "--force"]) == 0
    assert place.read_text().startswith("time_ms")


def test_stored_shots_are_written_with_their_ids_and_the_account(
    open_as: Callable[[str], Workspace],
    foundation: Foundation,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    workspace = open_as("wang")
    monkeypatch.setattr(
        "mgg_kernel.workspace.open", lambda **_: Kept(foundation, Caller("wang", None))
    )
    ids, hashes = [], []
    for number in range(3):
        curve = mgg.example_curve(peak_mpa=57 + number, seed=8800 + number)
        data = mgg.write_lab_workbook(curve, "of many")
        (result,) = workspace.tests.ingest(data, f"m{number}.xlsx")
        assert result.test_result_id is not None
        ids.append(result.test_result_id)
        hashes.append(hashlib.sha256(data).hexdigest())
    words = [str(one) for one in ids]
    assert main(["shots", *words, "--out", str(tmp_path / "s.xlsx")]) == 0
    sources = rows(tmp_path / "s.xlsx", "sources")[1:]
    assert [(row[1], row[2]) for row in sources] == list(zip(ids, hashes, strict=True))
    who = dict(rows(tmp_path / "s.xlsx", "provenance")[1:])
    assert who["exported_by"] == "wang"
    workspace.corridors.save(
        Corridor("of many", lower=((0.0, -1.0), (30.0, 0.0)), upper=((0.0, 58.5), (30.0, 58.5)))
    )
    out = tmp_path / "v.parquet"
    capsys.readouterr()
    assert main(["corridor", "judge", "of many", *words, "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    table = pq.read_table(out).to_pylist()
    assert [one["passed"] for one in table] == [True, True, False]
    assert table[2]["sentence"] == told["curves"][2]["verdict"]["sentence"]
    assert told["out"] == str(out)

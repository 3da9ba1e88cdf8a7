"""``mgg calibrate``, ``mgg predict`` and the intervals of ``mgg simulate``, as people call them."""

import csv
import json
import os
import pty
import signal
import subprocess
import sys
import time
from dataclasses import replace
from math import log
from pathlib import Path
from typing import Any

import pytest
from made_up_lab import Lab, lab_workbook, made_up_lab
from recipe_workbooks import Sheet, recipe_workbook
from test_cli import document, mgg

from mgg_kernel.ingest import write_lab_workbook
from mgg_kernel.simulation import default_model, load_model, simulate

COLUMNS = [
    "sheet",
    "product",
    *(
        name + end
        for name in ("ignition_time_ms", "peak_time_ms", "peak_pressure_mpa")
        for end in ("", "_lo", "_hi")
    ),
    "warnings",
]
SIMULATE = "simulate --igniter 61 --nc Q1:600 --shell 20 --current 1.1 --vessel 9-777 --device R-A"


@pytest.fixture(scope="module")
def lab() -> Lab:
    return made_up_lab(10, mistakes=False)


@pytest.fixture(scope="module")
def folder(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe database of ten products with one bad row, and four files of curves."""
    folder = tmp_path_factory.mktemp("calibration")
    sheet = Sheet("坏").add("BAD", device_0=None)
    (folder / "bad.xlsx").write_bytes(recipe_workbook(sheet))
    (folder / "recipes.xlsx").write_bytes(lab_workbook(lab.observations))
    curves = folder / "curves"
    curves.mkdir()
    for at, curve in enumerate(lab.curves):
        (curves / f"c{at}.xlsx").write_bytes(write_lab_workbook(curve.curve, curve.product))
    stray = write_lab_workbook(lab.curves[0].curve, "nobody's")
    (curves / "stray.xlsx").write_bytes(stray)
    (curves / "torn.xlsx").write_bytes(stray[:2000])
    (curves / "notes.txt").write_text("no curve")
    return folder


@pytest.fixture(scope="module")
def calibrated(folder: Path) -> Any:
    done = mgg(
        *("calibrate", "--recipes", folder / "recipes.xlsx", "--curves", folder / "curves"),
        *("--out", folder / "model.json", "--name", "tried", "--json"),
    )
    return document(done)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    assert reader.fieldnames == COLUMNS
    return rows


def test_calibrate_needs_no_database_and_tells_all(folder: Path, calibrated: Any, lab: Lab) -> None:
    model = load_model(folder / "model.json")
    assert (model.name, model.fingerprint) == ("tried", calibrated["fingerprint"])
    assert calibrated["recipes"]["rows"] == calibrated["recipes"]["used"] == 10
    assert calibrated["curves_used"] == 2
    assert [one["product"] for one in calibrated["curves"]] == ["P00", "P01"]
    assert all(one["rmse_mpa"] < 0.5 for one in calibrated["curves"])
    assert set(calibrated["left_out"]) == {"peak_pressure_mpa", "peak_time_ms", "ignition_time_ms"}
    assert calibrated["left_out"]["peak_pressure_mpa"]["products"] > 0


def test_curves_of_nobody_and_broken_files_are_warnings(calibrated: Any) -> None:
    torn, stray = calibrated["warnings"]
    assert stray.startswith("The curve stray is not used: The product 'nobody's'")
    assert torn.startswith("A file of curves is not used: 'torn.xlsx' is refused: ")


def test_predict_writes_one_row_per_product(folder: Path, calibrated: Any, lab: Lab) -> None:
    out = folder / "predictions.csv"
    words = ("predict", "--model", folder / "model.json", "--recipes", folder / "recipes.xlsx")
    answer = document(mgg(*words, "--out", out, "--json"))
    rows = rows_of(out)
    assert len(answer["rows"]) == len(rows) == 10
    found = {(row["sheet"], row["product"]): row for row in rows}
    model = load_model(folder / "model.json")
    for one in lab.observations:
        row = found[one.sheet, one.product]
        shot = simulate(replace(one.recipe, sensor_range_mpa=90), model)  # type: ignore[arg-type]
        assert float(row["peak_pressure_mpa"]) == pytest.approx(
            shot.features.peak_pressure_mpa, rel=1e-5
        )
        assert float(row["ignition_time_ms"]) == pytest.approx(shot.expected_ignition_ms, rel=1e-5)
        assert one.peak_pressure_mpa == pytest.approx(float(row["peak_pressure_mpa"]), rel=0.1)
        for name in ("ignition_time_ms", "peak_time_ms", "peak_pressure_mpa"):
            assert float(row[name + "_lo"]) < float(row[name]) < float(row[name + "_hi"])


def test_predict_looks_at_no_measured_number(folder: Path, calibrated: Any, lab: Lab) -> None:
    (folder / "empty.xlsx").write_bytes(lab_workbook(lab.observations, measured=False))
    answers = []
    for name in ("recipes", "empty"):
        out = folder / f"{name}.csv"
        words = ("predict", "--model", folder / "model.json", "--recipes", folder / f"{name}.xlsx")
        document(mgg(*words, "--out", out, "--json"))
        answers.append(out.read_bytes())
    assert answers[0] == answers[1]


def test_predict_needs_no_columns_of_averages(folder: Path, calibrated: Any, lab: Lab) -> None:
    sheet = Sheet().add("P_1", nc_0=500)
    sheet.codes.pop("averages")
    (folder / "bare.xlsx").write_bytes(recipe_workbook(sheet))
    out = folder / "bare.csv"
    words = ("predict", "--model", folder / "model.json", "--recipes", folder / "bare.xlsx")
    document(mgg(*words, "--out", out, "--json"))
    (row,) = rows_of(out)
    assert float(row["peak_pressure_mpa"]) > 0


def test_predict_of_unknown_types_and_impossible_rows(
    folder: Path, calibrated: Any, lab: Lab
) -> None:
    sheet = Sheet()
    sheet.codes["nc"] = ("Q1", "Q2", "Q9")
    sheet.add("known").add("unknown", nc_0=None, nc_2=500)
    sheet.add("+1+2", device_0=None).add("too much", nc_0=99_000)
    (folder / "odd.xlsx").write_bytes(recipe_workbook(sheet))
    out = folder / "odd.csv"
    words = ("predict", "--model", folder / "model.json", "--recipes", folder / "odd.xlsx")
    done = mgg(*words, "--out", out)
    assert done.returncode == 0
    assert "2 of 4 products predicted" in done.stdout
    known, unknown, formula, heavy = rows_of(out)
    width = [
        log(float(row["peak_pressure_mpa_hi"]) / float(row["peak_pressure_mpa_lo"]))
        for row in (known, unknown)
    ]
    assert width[1] > 1.5 * width[0]
    assert "NC type Q9 is not in the model 'tried'" in unknown["warnings"]
    assert "Q9" not in known["warnings"]
    assert formula["product"] == "'+1+2"
    assert "no choice of" in formula["warnings"]
    assert heavy["warnings"]
    for row in (formula, heavy):
        assert not any(row[name] for name in COLUMNS[2:-1])


def test_predict_without_a_calibration_has_no_intervals(folder: Path, lab: Lab) -> None:
    (folder / "plain.json").write_text(default_model().to_json(), encoding="utf-8")
    out = folder / "plain.csv"
    words = ("predict", "--model", folder / "plain.json", "--recipes", folder / "recipes.xlsx")
    answer = document(mgg(*words, "--out", out, "--json"))
    assert any("is not calibrated" in warning for warning in answer["warnings"])
    assert all(row["peak_pressure_mpa"] and not row["peak_pressure_mpa_lo"] for row in rows_of(out))


def test_simulate_tells_intervals(folder: Path, calibrated: Any) -> None:
    out, band = folder / "curve.csv", folder / "band.csv"
    words = [*SIMULATE.split(), "--model", folder / "model.json"]
    answer = document(mgg(*words, "--csv", out, "--json"))
    assert answer["interval"]["level"] == 0.9
    for name in ("peak_pressure_mpa", "peak_time_ms"):
        low, high = answer["interval"][name]
        assert low < answer[name] < high
    low, high = answer["interval"]["ignition_time_ms"]
    assert low < answer["first_rise_ms"] < high
    assert answer["first_rise_ms"] < answer["ignition_time_ms"]
    assert out.read_text("utf-8").startswith("time_ms,pressure_mpa\n")
    text = mgg(*words, "--csv", band, "--band").stdout
    assert "MPa  (90 %: " in text
    with band.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4000
    assert all(
        float(row["low_mpa"]) <= float(row["pressure_mpa"]) + 1e-6 <= float(row["high_mpa"]) + 2e-6
        for row in rows
    )


def test_a_band_without_a_calibration_is_refused(folder: Path) -> None:
    (folder / "plain.json").write_text(default_model().to_json(), encoding="utf-8")
    words = [*SIMULATE.split(), "--band", "--csv", folder / "none.csv"]
    assert "give both" in mgg(*words).stderr
    done = mgg(*words, "--model", folder / "plain.json")
    assert done.returncode == 1
    assert "is not calibrated and has no band" in done.stderr
    assert not (folder / "none.csv").exists()


def test_bad_rows_are_told_and_left_out(lab: Lab, tmp_path: Path) -> None:
    path, out = tmp_path / "some.xlsx", tmp_path / "model.json"
    rows = [*lab.observations[:5], replace(lab.observations[6], peak_time_ms=0.1)]
    path.write_bytes(lab_workbook(tuple(rows)))
    done = mgg("calibrate", "--recipes", path, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "fitted to 5 products in" in done.stdout
    assert "warning: Left out: Sheet '甲'" in done.stdout
    assert "is not after the ignition" in done.stdout
    assert out.is_file()


def test_refusals_are_one_sentence_and_leave_no_file(
    folder: Path, lab: Lab, tmp_path: Path
) -> None:
    few, out = tmp_path / "few.xlsx", tmp_path / "model.json"
    few.write_bytes(lab_workbook(lab.observations[:3]))
    tried: list[tuple[list[str | Path], str]] = [
        (["--recipes", few, "--out", out], "Only 3 products"),
        (["--recipes", tmp_path / "none.xlsx", "--out", out], "cannot be read"),
        (["--recipes", few, "--out", tmp_path / "no" / "m.json"], "there is no folder"),
        (["--recipes", few, "--out", tmp_path], "is a folder"),
        (["--recipes", few, "--curves", few, "--out", out], "is no folder"),
    ]
    for words, sentence in tried:
        done = mgg("calibrate", *words)
        assert done.returncode == 1
        assert sentence in done.stderr
        assert done.stderr.count("\n") == 1
    assert [one.name for one in tmp_path.iterdir()] == ["few.xlsx"]


def test_an_older_model_stays_where_a_calibration_fails(lab: Lab, tmp_path: Path) -> None:
    few, out = tmp_path / "few.xlsx", tmp_path / "model.json"
    few.write_bytes(lab_workbook(lab.observations[:3]))
    out.write_text("the one before")
    assert mgg("calibrate", "--recipes", few, "--out", out).returncode == 1
    assert out.read_text() == "the one before"


def test_progress_on_a_terminal_and_ctrl_c(tmp_path: Path) -> None:
    path, out = tmp_path / "many.xlsx", tmp_path / "model.json"
    path.write_bytes(lab_workbook(made_up_lab(30).observations))
    master, slave = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "mgg_kernel.cli", "calibrate", "--recipes", path, "--out", out],
        stdout=subprocess.PIPE,
        stderr=slave,
        cwd="/",
        env={**os.environ, "MGG_DATA_DIR": "/proc/none"},
        # Tests that run in the background ignore Ctrl-C, and so would the child.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    os.close(slave)
    told, begun = b"", time.monotonic()
    while b"fit 1/" not in told and time.monotonic() - begun < 60:
        told += os.read(master, 4096)
    running.send_signal(signal.SIGINT)
    printed, _ = running.communicate(timeout=60)
    told += os.read(master, 65536)
    os.close(master)
    assert running.returncode == 130
    assert told.decode().endswith("mgg calibrate: interrupted.\r\n")
    assert b"Traceback" not in told
    assert printed == b""
    assert [one.name for one in tmp_path.iterdir()] == ["many.xlsx"]


def test_json_is_the_only_thing_on_stdout(calibrated: Any) -> None:
    json.dumps(calibrated, allow_nan=False)
    assert {"model", "fingerprint", "left_out", "curves", "suspicious", "warnings"} <= set(
        calibrated
    )

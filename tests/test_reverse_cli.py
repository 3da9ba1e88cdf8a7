"""``mgg reverse``: the contract, files of targets and corridors, what is stored, refusals."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import OpenAs
from made_up_lab import truth

from mgg_kernel.cli import main
from mgg_kernel.curve import PTCurve
from mgg_kernel.hot.database import Caller
from mgg_kernel.ingest import write_lab_workbook
from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation import simulate
from mgg_kernel.workspace import Foundation, Workspace

PLACE = ["--shell", "20", "--current", "1.1", "--vessel", "9-777", "--device", "R-A"]
ONE = ["--igniter", "61", "--nc-types", "Q1,Q2,Q3", "--gp-types", ""]


def recipe(*nc: str) -> Recipe:
    return Recipe.parse(
        igniter="61", nc=nc, shell="20", current="1.1", vessel="9-777", device="R-A"
    )


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    path = tmp_path / "model.json"
    path.write_text(truth().to_json(), encoding="utf-8")
    return path


@pytest.fixture
def mgg(model_file: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command on the made-up lab's model; return the JSON that it prints."""

    def run(*words: object) -> Any:
        assert (
            main(["reverse", *PLACE, "--model", str(model_file), *map(str, words), "--json"]) == 0
        )
        return json.loads(capsys.readouterr().out)

    return run


def csv_of(curve: PTCurve, path: Path) -> Path:
    rows = zip(curve.time_ms.tolist(), curve.pressure_mpa.tolist(), strict=True)
    path.write_text("time_ms,pressure_mpa\n" + "".join(f"{t},{p}\n" for t, p in rows))
    return path


def test_the_contract(mgg: Any) -> None:
    read = simulate(recipe("Q2:612.5"), truth()).features
    words = ["--peak", read.peak_pressure_mpa, "--peak-time", read.peak_time_ms, "--max-charges", 1]
    answer = mgg(*words, *ONE)
    assert {"candidates", "model", "seconds"} <= set(answer)
    first = answer["candidates"][0]
    assert {
        "rank",
        "recipe",
        "peak_pressure_mpa",
        "peak_time_ms",
        "score",
        "confidence",
        "interval",
        "warnings",
    } <= set(first)
    assert first["recipe"] == {
        "igniter": "61",
        "nc": [{"type": "Q2", "mass_mg": pytest.approx(612.5, abs=0.1)}],
        "gp": None,
        "shell_mm": 20.0,
        "current_a": 1.1,
        "vessel": "9-777",
        "device": "R-A",
        "sensor_range_mpa": None,
    }
    assert first["peak_pressure_mpa"] == pytest.approx(read.peak_pressure_mpa, rel=1e-4)
    assert answer["model"] == "truth"
    assert [one["rank"] for one in answer["candidates"]] == [1, 2, 3]
    (alone,) = mgg(*words, *ONE, "--count", 1)["candidates"]
    assert alone["recipe"] == first["recipe"]


def test_limits_hold(mgg: Any) -> None:
    words = ["--mass-step", 5, "--max-total", 700, "--min-mass", 50, "--max-pressure", 58]
    answer = mgg("--peak", 60, "--tolerance", 8, *ONE, *words)
    assert answer["candidates"]
    for one in answer["candidates"]:
        masses = [charge["mass_mg"] for charge in one["recipe"]["nc"]]
        assert all(mass % 5 == 0 and mass >= 50 for mass in masses)
        assert sum(masses) <= 700
        assert one["peak_pressure_mpa"] <= 58


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_a_curve_in_a_file(mgg: Any, tmp_path: Path, suffix: str) -> None:
    curve = simulate(recipe("Q1:310", "Q3:290"), truth()).curve
    path = tmp_path / f"wanted{suffix}"
    if suffix == ".csv":
        csv_of(PTCurve(curve.time_ms + 0.4, curve.pressure_mpa), path)
    else:
        path.write_bytes(write_lab_workbook(curve, "wanted"))
    first = mgg("--target", path, "--shift", 1, *ONE)["candidates"][0]
    masses = {one["type"]: one["mass_mg"] for one in first["recipe"]["nc"]}
    assert masses == {"Q1": pytest.approx(310, abs=0.2), "Q3": pytest.approx(290, abs=0.2)}
    assert first["shift_ms"] == pytest.approx(-0.4 if suffix == ".csv" else 0, abs=0.002)


def test_a_corridor_in_a_file_and_the_curves_that_come_of_it(mgg: Any, tmp_path: Path) -> None:
    curve = simulate(recipe("Q2:600"), truth()).curve
    at = np.array([4.0, 6.0, 9.26, 20.0])
    p = np.interp(at, curve.time_ms, curve.pressure_mpa)
    rows = [f"{t},{v - 6},{v + 6}\n" for t, v in zip(at.tolist(), p.tolist(), strict=True)]
    corridor, out = tmp_path / "limits.csv", tmp_path / "out.csv"
    # After 20 ms there is an upper limit alone.
    corridor.write_text("time_ms,low_mpa,high_mpa\n" + "".join(rows) + "35,,60\n")
    answer = mgg("--corridor", corridor, *ONE, "--out", out)
    assert answer["reachable"]
    with out.open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    time = np.array([float(row["time_ms"]) for row in table])
    first = np.array([float(row["pressure_mpa_1"]) for row in table])
    inside = (time >= 4) & (time <= 20)
    middle = np.interp(time, at, p)
    # A corridor counts as kept to a thousandth of the peak.
    assert (np.abs(first - middle)[inside] < 6 + 0.001 * first.max()).all()


def test_what_is_told_to_a_person(model_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--peak", "60", "--igniter", "61", "--nc-types", "Q1", "--gp-types", ""]
    assert main(["reverse", *PLACE, "--model", str(model_file), *words]) == 0
    shown = capsys.readouterr().out
    assert "igniter 61, NC Q1:" in shown
    assert "1 combinations" in shown
    words[1] = "900"
    assert main(["reverse", *PLACE, "--model", str(model_file), *words, "--max-mass", "700"]) == 0
    assert "No recipe within these types and limits" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "one target"),
        (["--peak", "60", "--target", "{wanted}"], "one target"),
        (["--peak", "-1"], "peak pressure"),
        (["--peak", "60", "--nc-types", "ZZ"], "does not know NC type ZZ"),
        (["--peak", "60", "--nc-types", "", "--gp-types", ""], "No charge type"),
        (["--peak", "60", "--mass-step", "nan"], "masses"),
        (["--peak", "60", "--count", "0"], "At least one"),
        (["--target", "no such.xlsx"], "cannot be read"),
        (["--corridor", "{wanted}"], "is no corridor"),
        (["--peak", "60", "--title", "x"], "leave them out, or --model"),
        (["--peak", "60", "--out", "no such folder/out.csv"], "no such folder"),
    ],
)
def test_refusals_are_one_sentence(
    tmp_path: Path,
    model_file: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    reason: str,
) -> None:
    wanted = csv_of(simulate(recipe("Q1:600"), truth()).curve, tmp_path / "wanted.csv")
    given = [word.format(wanted=wanted) for word in words]
    assert main(["reverse", *PLACE, "--model", str(model_file), *given]) == 1
    told = capsys.readouterr()
    assert reason in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""


class Kept(Workspace):
    """A workspace that leaves the foundation of the tests open."""

    def close(self) -> None:
        """Leave everything open."""


def test_without_a_model_file_it_is_stored(
    foundation: Foundation,
    open_as: OpenAs,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(
        "mgg_kernel.workspace.open", lambda **_: Kept(foundation, Caller("wang", None))
    )
    words = ["--shell", "22", "--current", "1.2", "--vessel", "10-892", "--device", "Y-H"]
    words += ["--peak", "61.25", "--igniter", "135", "--nc-types", "B", "--gp-types", ""]
    assert main(["reverse", *words, "--count", "1", "--title", "by command", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    stored = open_as("wang").simulations.reverse.get(answer["reverse_simulation_id"])
    assert stored.summary.title == "by command"
    assert [one.plain()["recipe"] for one in stored.reverse.candidates] == [
        one["recipe"] for one in answer["candidates"]
    ]
    assert main(["reverse", *words, "--tested", "x.xlsx"]) == 1
    assert "leave out --tested" in capsys.readouterr().err

"""Stored shots over each other: which belong together, what they come to, and the command."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import OpenAs

from mgg_kernel.cli import main
from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import LotError, NotFoundError
from mgg_kernel.hot.database import Caller
from mgg_kernel.ingest import example_curve, write_lab_workbook
from mgg_kernel.lots import grubbs, overlay, tolerance_limits
from mgg_kernel.recipe import Recipe
from mgg_kernel.workspace import Foundation, Workspace


def shot(peak_mpa: float, seed: int = 0) -> PTCurve:
    """A made-up curve of 400 samples, so that its workbook is quickly written."""
    curve = example_curve(peak_mpa=peak_mpa, seed=seed)
    return PTCurve(curve.time_ms[::10], curve.pressure_mpa[::10])


def recipe(mass_mg: float) -> Recipe:
    return Recipe.parse(
        igniter="135",
        nc=[f"B:{mass_mg}"],
        shell="22",
        current="1.2",
        vessel="10-892",
        device="Y-H",
    )


def stored_test(
    workspace: Workspace,
    curve: PTCurve,
    name: str,
    *,
    fired: Recipe | None = None,
    order: str | None = None,
) -> int:
    data = write_lab_workbook(curve, name)
    (result,) = workspace.tests.ingest(data, f"{name}.xlsx", recipe=fired, work_order=order)
    assert result.test_result_id is not None
    return result.test_result_id


def test_shots_of_a_recipe_are_pooled_over_the_team_and_no_further(open_as: OpenAs) -> None:
    wang, sun, stranger = open_as("wang"), open_as("sun"), open_as("stranger")
    fired = recipe(801.3)
    ours = [
        stored_test(wang, shot(57, 1), "pool a", fired=fired),
        stored_test(sun, shot(58, 2), "pool b", fired=fired),
        stored_test(wang, shot(59, 3), "pool c", fired=fired),
    ]
    stored_test(stranger, shot(70, 4), "pool theirs", fired=fired)
    stored_test(wang, shot(71, 5), "pool other", fired=recipe(801.4))
    laid = wang.tests.shots(recipe=fired)
    names = [f"pool {letter} ({one})" for letter, one in zip("abc", ours, strict=True)]
    assert [run.name for run in laid.runs] == names
    expected = overlay([wang.tests.curve(one) for one in ours])
    assert np.array_equal(laid.mean_mpa, expected.mean_mpa, equal_nan=True)
    assert laid.statistics["peak_pressure_mpa"] == expected.statistics["peak_pressure_mpa"]
    assert {one.created_by for one in wang.tests.series(recipe=fired).shots} == {"wang", "sun"}
    sun.tests.delete(ours[1])
    assert [run.name for run in open_as("boss").tests.shots(recipe=fired).runs] == names[::2]
    # Who asks for a deleted one by its id means it.
    assert len(wang.tests.shots(ids=ours).runs) == 3


def test_shots_of_work_orders_and_how_they_are_laid(open_as: OpenAs) -> None:
    wang = open_as("wang")
    orders = [wang.work_orders.create(title=f"order {n}").number for n in range(2)]
    curves = [shot(60 + n, n).shift(0.2 * n) for n in range(3)]
    ids = [
        stored_test(wang, curve, f"order {n}", order=orders[n // 2])
        for n, curve in enumerate(curves)
    ]
    assert len(wang.tests.shots(work_order=orders[0]).runs) == 2
    both = wang.tests.shots(work_order=orders, align="peak", rate_hz=5000)
    assert both.align == "peak"
    assert both.rate_hz == 5000
    stored = [wang.tests.curve(one) for one in ids]
    assert [run.features.peak_time_ms for run in both.runs] == [
        one.features().peak_time_ms for one in stored
    ]
    assert wang.tests.series(work_order=orders).lots == [orders[0], orders[0], orders[1]]
    wang.work_orders.close(orders[0])
    assert len(wang.tests.shots(work_order=orders[0]).runs) == 2, "what is closed can be looked at"


def test_what_cannot_be_laid_is_refused(open_as: OpenAs) -> None:
    wang = open_as("wang")
    one = stored_test(wang, shot(61, 9), "refused")
    for given in ({}, {"ids": [one], "recipe": recipe(801.5)}):
        with pytest.raises(LotError, match="give one of them"):
            wang.tests.shots(**given)
    with pytest.raises(LotError, match=f"test {one} is given more than once"):
        wang.tests.shots(ids=[one, one])
    with pytest.raises(NotFoundError, match=r"no test of .*B:801\.6"):
        wang.tests.shots(recipe=recipe(801.6))
    empty = wang.work_orders.create(title="nothing fired").number
    with pytest.raises(NotFoundError, match=f"no test of {empty}"):
        wang.tests.shots(work_order=empty)
    with pytest.raises(NotFoundError, match="WO-none"):
        wang.tests.shots(work_order="WO-none")
    theirs = stored_test(open_as("stranger"), shot(62, 10), "refused, theirs")
    with pytest.raises(NotFoundError, match=f"no test {theirs}"):
        wang.tests.shots(ids=[one, theirs])


# --- command


class Kept(Workspace):
    """A workspace that leaves the foundation of the tests open."""

    def close(self) -> None:
        """Leave everything open."""


@pytest.fixture
def as_wang(foundation: Foundation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "mgg_kernel.workspace.open", lambda **_: Kept(foundation, Caller("wang", None))
    )


def files(folder: Path, peaks_mpa: list[float]) -> list[str]:
    made = []
    for n, peak in enumerate(peaks_mpa):
        path = folder / f"shot{n}.xlsx"
        path.write_bytes(write_lab_workbook(shot(peak, n), f"shot{n}"))
        made.append(str(path))
    return made


def answer(capsys: pytest.CaptureFixture[str], *words: object) -> Any:
    assert main([*map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("as_wang")
def test_the_command_chooses_by_recipe_work_order_or_id(
    open_as: OpenAs, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    wang = open_as("wang")
    fired = recipe(802.5)
    order = wang.work_orders.create(recipe=fired, title="by command").number
    ids = [stored_test(wang, shot(57 + n, n), f"by command {n}", order=order) for n in range(2)]
    options = "--igniter 135 --nc B:802.5 --shell 22 --current 1.2 --vessel 10-892 --device Y-H"
    for words in (
        ["--work-order", order],
        ["--recipe-of", ids[0]],
        options.split(),
        ids,
    ):
        found = answer(capsys, "shots", *words)
        assert [one["test_id"] for one in found["shots"]] == ids
    (path,) = files(tmp_path, [60])
    mixed = answer(capsys, "shots", ids[1], path)
    assert [one["test_id"] for one in mixed["shots"]] == [ids[1], None]
    assert mixed["shots"][1]["name"] == "shot0.xlsx"


def test_the_command_tells_what_python_tells(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    paths = files(tmp_path, [57, 57.4, 57.2, 57.1, 70])
    out = tmp_path / "mean.csv"
    found = answer(capsys, "shots", *paths, "--out", out)
    laid = overlay([shot(peak, n) for n, peak in enumerate([57, 57.4, 57.2, 57.1, 70])])
    peaks = [run.features.peak_pressure_mpa for run in laid.runs]
    told = found["statistics"]["peak_pressure_mpa"]
    assert told["n"] == 5
    assert told["mean"] == pytest.approx(np.mean(peaks), rel=1e-6)
    assert told["sd"] == pytest.approx(np.std(peaks, ddof=1), rel=1e-4)
    limits = tolerance_limits([one["peak_pressure_mpa"] for one in found["shots"]])
    assert found["tolerance_limits"]["peak_pressure_mpa"]["upper"] == limits.upper
    assert found["outliers"]["peak_pressure_mpa"]["outliers"] == [4]
    assert grubbs(peaks).outliers == (4,)
    assert found["outliers"]["curve"]["outliers"] == [4]
    rows = list(csv.DictReader(out.read_text("utf-8").splitlines()))
    assert {"time_ms", "mean_mpa", "sd_mpa", "low_mpa", "high_mpa", "shot4.xlsx"} <= rows[0].keys()
    middle = rows[len(rows) // 2]
    five = [float(middle[f"shot{n}.xlsx"]) for n in range(5)]
    assert float(middle["mean_mpa"]) == pytest.approx(np.mean(five), rel=1e-12)
    assert middle["count"] == "5"
    assert main(["shots", *paths[:1]]) == 0
    alone = capsys.readouterr().out
    assert "1 shots" in alone or "1 shot" in alone
    assert "has no band" in alone


def test_a_shot_that_did_not_fire_is_told_and_keeps_its_place(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    found = answer(capsys, "shots", *files(tmp_path, [11, 357, 357.3, 357.1, 357.2, 400]))
    assert [one["fired"] for one in found["shots"]] == [False] + [True] * 5
    assert found["statistics"]["peak_pressure_mpa"]["n"] == 5
    # The place among all shots, not among those that fired.
    assert found["outliers"]["peak_pressure_mpa"]["outliers"] == [5]
    assert any("shot0.xlsx" in note for note in found["notes"])


@pytest.mark.usefixtures("as_wang")
@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "Say which shots in one way"),
        (["1", "--recipe-of", "1"], "Say which shots in one way"),
        (["--igniter", "135"], "needs --shell too"),
        (["1", "1"], "more than once"),
        (["999999999"], "no test 999999999"),
        (["--recipe-of", "{unknown}"], "is not known"),
        (["nothing.xlsx"], "cannot be read"),
        (["{unknown}", "--out", "x.txt"], "x.txt"),
    ],
)
def test_the_command_refuses_in_one_sentence(
    open_as: OpenAs, capsys: pytest.CaptureFixture[str], words: list[str], reason: str
) -> None:
    unknown = ""
    if "{unknown}" in words:
        curve = shot(63, 11)
        data = write_lab_workbook(curve, "of no known recipe")
        unknown = str(open_as("wang").tests.ingest(data, "unknown.xlsx")[0].test_result_id)
    assert main(["shots", *(word.format(unknown=unknown) for word in words)]) == 1
    told = capsys.readouterr()
    assert reason in told.err
    assert told.err.count("\n") == 1

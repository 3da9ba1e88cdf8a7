"""Many stored simulations with many stored tests, and the command."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import OpenAs
from test_shots import Kept, files, recipe, shot, stored_test

from mgg_kernel.cli import main
from mgg_kernel.comparison import NUMBERS, MatrixProgress
from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import AccessError, ComparisonError, NotFoundError
from mgg_kernel.hot.database import Caller
from mgg_kernel.workspace import Foundation

SHORT = PTCurve(0.1 * np.arange(60), np.maximum(0.0, 0.1 * np.arange(60) - 1.0))


def test_every_pair_is_as_one_pair_is(open_as: OpenAs) -> None:
    wang = open_as("wang")
    simulated = [wang.simulations.run(recipe(mass)).id for mass in (811.1, 813.1)]
    tests = [stored_test(wang, shot(peak, 3), f"matrix {peak}") for peak in (57, 61)]
    told: list[MatrixProgress] = []
    found = wang.comparisons.matrix(simulated, tests, window_ms=(0, 30), progress=told.append)
    assert found.simulations == tuple(map(str, simulated))
    assert found.tests == tuple(map(str, tests))
    assert told[-1] == MatrixProgress(4, 4)
    for row, simulation_id in enumerate(simulated):
        for column, test_id in enumerate(tests):
            one = wang.comparisons.compute(simulation_id, test_id, window_ms=(0, 30))
            assert found.numbers["rmse_mpa"][row, column] == one.rmse_mpa
            assert one.iso18571 is not None
            assert found.numbers["iso18571_overall"][row, column] == one.iso18571.overall
    with pytest.raises(ComparisonError, match="stopped"):
        wang.comparisons.matrix(simulated, tests, stop=lambda: True)
    with pytest.raises(NotFoundError):
        wang.comparisons.matrix(simulated, [10**9])
    with pytest.raises(NotFoundError):
        open_as("stranger").comparisons.matrix(simulated, tests)


def test_many_are_stored_as_one_is_or_none_of_them(open_as: OpenAs) -> None:
    wang = open_as("wang")
    simulated = [wang.simulations.run(recipe(mass)).id for mass in (815.1, 817.1)]
    test = stored_test(wang, shot(58, 5), "many")
    pairs = [(one, test) for one in simulated]
    stored = wang.comparisons.save_many(pairs, window_ms=(0, 25), note="of a sweep")
    assert [(one.simulation_id, one.test_result_id) for one in stored] == pairs
    assert {one.note for one in stored} == {"of a sweep"}
    single = wang.comparisons.save(*pairs[0], window_ms=(0, 25), note="of a sweep")
    assert (single.metrics, single.scores, single.settings) == (
        stored[0].metrics,
        stored[0].scores,
        stored[0].settings,
    )
    logged = {one.object_id for one in open_as("admin").log.list(limit=20)}
    assert {str(one.id) for one in stored} <= logged
    short = stored_test(wang, SHORT, "too short")
    before = len(wang.comparisons.list(limit=10_000))
    with pytest.raises(ComparisonError, match=f"simulation {simulated[0]} with test {short}"):
        wang.comparisons.save_many([*pairs, (simulated[0], short)], window_ms=(10, 25))
    with pytest.raises(ComparisonError, match="given twice"):
        wang.comparisons.save_many([*pairs, pairs[0]])
    with pytest.raises(ComparisonError, match="1,000 characters"):
        wang.comparisons.save_many(pairs, note="x" * 1001)
    with pytest.raises(AccessError):
        open_as("boss").comparisons.save_many(pairs)
    assert len(wang.comparisons.list(limit=10_000)) == before


@pytest.fixture
def mgg(
    foundation: Foundation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Any:
    monkeypatch.setattr(
        "mgg_kernel.workspace.open", lambda **_: Kept(foundation, Caller("wang", None))
    )

    def run(*words: object) -> Any:
        assert main(["matrix", *map(str, words), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return run


def test_the_command_stores_the_best_of_each_test(mgg: Any, open_as: OpenAs) -> None:
    wang = open_as("wang")
    simulated = [wang.simulations.run(recipe(mass)).id for mass in (821.1, 700.1)]
    tests = [
        stored_test(wang, PTCurve(curve.time_ms, curve.pressure_mpa + 0.01), f"best {n}")
        for n, curve in enumerate(map(wang.simulations.curve, simulated))
    ]
    found = mgg(*simulated, "--tests", *tests, "--by", "rmse_mpa", "--save-best", "--note", "best")
    assert [one["simulation"] for one in found["best"]] == [str(one) for one in simulated]
    stored = [wang.comparisons.get(one) for one in found["comparison_ids"]]
    assert [(one.simulation_id, one.test_result_id, one.note) for one in stored] == [
        (simulation, test, "best") for simulation, test in zip(simulated, tests, strict=True)
    ]
    assert stored[0].metrics["rmse_mpa"] == found["best"][0]["rmse_mpa"]


def test_the_command_on_files(mgg: Any, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    paths = files(tmp_path, [56, 60, 64])
    out = tmp_path / "all.csv"
    found = mgg(*paths[:2], "--tests", *paths, "--out", out)
    assert found["numbers"]["iso18571_overall"][0][0] == 1.0
    assert [one["simulation"] for one in found["best"]] == [
        "shot0.xlsx",
        "shot1.xlsx",
        "shot1.xlsx",
    ]
    rows = list(csv.DictReader(out.read_text("utf-8").splitlines()))
    assert len(rows) == 6
    assert rows[0].keys() == {"simulation", "test", *NUMBERS, "error"}
    assert float(rows[0]["rmse_mpa"]) == 0.0
    mgg(*paths[:2], "--tests", *paths, "--out", tmp_path / "all.parquet", "--raw")
    table = pq.read_table(tmp_path / "all.parquet")
    assert table.num_rows == 6


def test_a_pair_that_cannot_be_compared_is_told(
    mgg: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (path,) = files(tmp_path, [58])
    late = tmp_path / "late.csv"
    late.write_text("time_ms,pressure_mpa\n500,0\n500.1,1\n500.2,0.5\n")
    found = mgg(late, "--tests", path)
    assert found["numbers"]["iso18571_overall"] == [[None]]
    assert found["best"][0]["simulation"] is None
    assert found["errors"][0]["simulation"] == "late.csv"
    assert main(["matrix", str(late), "--tests", path]) == 0
    assert f"late.csv with {Path(path).name}: " in capsys.readouterr().out


@pytest.mark.usefixtures("mgg")
@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["{0}", "--tests", "{0}", "--by", "from_ms"], "tells no best match"),
        (["{0}", "--tests", "{0}", "--save-best"], "leave out --save-best"),
        (["{0}", "{0}", "--tests", "{0}"], "more than once"),
        (["999999999", "--tests", "{0}"], "999999999"),
        (["{0}", "--tests", "nothing.xlsx"], "cannot be read"),
        (["{0}", "--tests", "{0}", "--out", "x.txt"], "x.txt"),
    ],
)
def test_the_command_refuses_in_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, words: list[str], reason: str
) -> None:
    paths = files(tmp_path, [57])
    assert main(["matrix", *(word.format(*paths) for word in words)]) == 1
    told = capsys.readouterr()
    assert reason in told.err
    assert told.err.count("\n") == 1

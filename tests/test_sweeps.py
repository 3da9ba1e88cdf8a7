"""Sweeps: designs over ranges, equal tables from threads and clusters, and what goes wrong."""

import csv
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from conftest import OpenAs

import mgg_kernel.sweeps.cluster as cluster_module
from mgg_kernel._version import __version__
from mgg_kernel.cli import main
from mgg_kernel.errors import AccessError, RecipeError, SimulationError
from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation import Model, default_model, simulate
from mgg_kernel.sweeps import (
    ChargeRange,
    Range,
    RecipeSpace,
    SweepProgress,
    full_grid,
    latin_hypercube,
    run_sweep,
    sobol,
    sweep_to_file,
    write_table,
)

FIXED = {"igniter": "135", "shell": "22", "current": "1.2", "vessel": "10-892", "device": "Y-H"}
WORDS = ["--igniter", "135", "--shell", "22", "--current", "1.2"]
WORDS += ["--vessel", "10-892", "--device", "Y-H"]
NOWHERE = "127.0.0.1:0"
DRAWS = [latin_hypercube, sobol]


def space(*nc: str, **others: str) -> RecipeSpace:
    return RecipeSpace.parse(nc=nc, **{**FIXED, **others})


def calibrated() -> Model:
    """The shipped model as if it were calibrated, with one known parameter."""
    plain = default_model().document.plain()
    noise = {"scale": 0.02, "reach_90": 1.8}
    kinds = ("base", "current", "device[]", "vessel[]", "pair[]")
    ignition = {f"ignition.{kind}": 0.1 for kind in kinds}
    plain["calibration"] = {
        "code_version": "1",
        "data_fingerprint": "0" * 64,
        "structure": {"shell.area": 0.5, "nc.rate": 0.1, "nc.rate[]": 0.1, **ignition},
        "parameters": ["nc.rate"],
        "values": [0.0],
        "factor": [[0.1]],
        "peak_pressure": noise,
        "peak_time": noise,
        "ignition_time": noise,
        "ignition_parameters": ["ignition.base"],
        "ignition_factor": [[0.2]],
        "seen": {"NC B": {"mass_mg": [700, 800], "count": 3}},
        "validation": {},
    }
    return Model.from_plain(plain)


# --- designs


def test_a_range_is_exact_and_ends_where_its_steps_meet_the_end() -> None:
    assert [*Range(0.1, 0.5, "0.1")] == [Decimal(n) / 10 for n in range(1, 6)]
    assert [*Range(600, 890, 100)] == [600, 700, 800]
    assert Decimal(700) in Range(600, 890, 100)
    assert Decimal(750) not in Range(600, 890, 100)
    assert Range(600, 900, 100)[-1] == 900


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("B", "write TYPES:FROM:TO:STEP"),
        ("B:900:600:50", "no range"),
        ("B:0:600:50", "no range"),
        ("B:1:2:3:4", "write FROM:TO:STEP"),
        ("B:600:x:50", "made of numbers"),
        ("B:600:700:0.0001", "three decimals"),
        (":600", "missing"),
        ("B:600,-5", "above 0"),
    ],
)
def test_what_is_no_range_is_refused(text: str, reason: str) -> None:
    with pytest.raises(RecipeError, match=reason):
        space(text)


def test_values_that_no_recipe_can_have_are_refused_before_anything_runs() -> None:
    for wrong in ({"device": "Y-H,a|b"}, {"current": "1.2,0"}, {"sensor_range": "-1"}):
        with pytest.raises(RecipeError):
            space("B:775", **wrong)
    with pytest.raises(RecipeError, match="at most two NC"):
        space("A:1", "B:1", "C:1")
    with pytest.raises(RecipeError, match="Both NC charges can only be of type 'B'"):
        space("B:600", "B:700")
    with pytest.raises(RecipeError, match="needs a charge"):
        space()


def test_the_grid_holds_every_combination_once() -> None:
    grid = full_grid(space("A,B:600:800:100", gp="D:1080", shell="20:22:1", device="Y-H,Y-L"))
    recipes = [*grid]
    assert len(recipes) == len(set(recipes)) == len(grid) == 2 * 3 * 3 * 2
    assert {r.nc[0].type_code for r in recipes} == {"A", "B"}
    assert {r.gp.mass_mg for r in recipes if r.gp} == {1080}
    assert recipes[0].test_device != recipes[1].test_device


def test_two_nc_charges_that_change_places_are_one_recipe() -> None:
    both = space("A,B,C:100:300:100", "B,C,D:200:500:100")
    recipes = [*full_grid(both)]
    known = {
        frozenset([(a, x), (b, y)])
        for a in "ABC"
        for x in (100, 200, 300)
        for b in "BCD"
        for y in (200, 300, 400, 500)
        if a != b
    }
    assert len(recipes) == len(full_grid(both)) == len(known)
    assert {frozenset((c.type_code, int(c.mass_mg)) for c in r.nc) for r in recipes} == known


@pytest.mark.parametrize("draw", DRAWS)
def test_draws_are_repeatable_unique_and_on_the_steps(draw: Any) -> None:
    wide = space("A,B:600:900:0.5", "C:50:60:5", shell="20:22:0.1")
    drawn = draw(wide, 100, seed=3)
    assert drawn == draw(wide, 100, seed=3) != draw(wide, 100, seed=4)
    assert len(drawn) == len(set(drawn)) == 100
    assert all(r.nc[0].mass_mg % Decimal("0.5") == 0 for r in drawn)
    assert all(600 <= r.nc[0].mass_mg <= 900 and 20 <= r.shell_height_mm <= 22 for r in drawn)


@pytest.mark.parametrize("draw", DRAWS)
def test_draws_cover_each_axis_evenly(draw: Any) -> None:
    # 64 points over 64 masses and 2 × 32 others: each quarter of the masses gets its quarter.
    drawn = draw(space("B:501:1012:1", current="1.001:1.512:0.001"), 64)
    for values, low in (
        ([float(r.nc[0].mass_mg) for r in drawn], 501),
        ([1000 * float(r.firing_current_a) for r in drawn], 1001),
    ):
        filled = np.bincount(((np.array(values) - low + 0.5) // 8).astype(int), minlength=64)
        assert filled.tolist() == [1] * 64


@pytest.mark.parametrize("draw", DRAWS)
def test_a_small_space_is_drawn_whole(draw: Any) -> None:
    small = space("A,B:600:700:10")
    assert set(draw(small, 100)) == set(full_grid(small))
    assert len(draw(small, 21)) == 21
    for samples in (0, 2**20 + 1):
        with pytest.raises(RecipeError, match="samples"):
            draw(small, samples)


# --- tables


def test_the_table_says_what_each_simulation_says() -> None:
    model = calibrated()
    recipes = [*full_grid(space("B:650:750:100", "A:100", gp="D:500", sensor_range="60"))]
    told: list[SweepProgress] = []
    table = run_sweep(recipes, model, chunk=1, curves=True, progress=told.append)
    assert told == [SweepProgress(1, 2), SweepProgress(2, 2)]
    for row, recipe in zip(table.to_pylist(), recipes, strict=True):
        alone = simulate(recipe, model)
        assert alone.intervals is not None
        assert row["peak_pressure_mpa"] == alone.features.peak_pressure_mpa
        assert row["peak_time_ms"] == alone.features.peak_time_ms
        assert row["ignition_time_ms"] == alone.features.ignition_time_ms
        assert row["expected_ignition_ms"] == alone.expected_ignition_ms
        assert row["warnings"] == [*alone.warnings]
        assert row["error"] is None
        peak = alone.intervals.peak_pressure_mpa
        bounds = row["peak_pressure_mpa_lo"], row["peak_pressure_mpa_hi"]
        assert bounds == pytest.approx((peak.low, peak.high), rel=1e-12)
        assert bounds[0] < row["peak_pressure_mpa"] < bounds[1]
        assert row["expected_ignition_ms_lo"] < row["expected_ignition_ms"]
        assert row["curve_mpa"] == alone.curve.pressure_mpa.tolist()
        np.testing.assert_allclose(row["curve_lo_mpa"], alone.intervals.low_mpa, rtol=1e-9)
        made = Recipe.parse(
            igniter=row["igniter_type"],
            nc=[f"{row[f'nc_type_{n}']}:{row[f'nc_mass_{n}_mg']}" for n in (1, 2)],
            gp=f"{row['gp_type']}:{row['gp_mass_mg']}",
            shell=str(row["shell_height_mm"]),
            current=str(row["firing_current_a"]),
            vessel=row["vessel"],
            device=row["test_device"],
            sensor_range=str(row["sensor_range_mpa"]),
        )
        assert made == recipe
    assert any("outside the 700 to 800 mg" in text for text in table["warnings"][0].as_py())
    assert set(table["model_fingerprint"].to_pylist()) == {model.fingerprint}
    assert table.schema.metadata[b"mgg.code_version"].decode() == __version__
    assert table.schema.field("peak_time_ms_lo").metadata[b"unit"] == b"ms"


def test_a_recipe_that_cannot_be_simulated_stops_no_other() -> None:
    table = run_sweep(full_grid(space("B:775", vessel="10-892,box")), default_model())
    good, bad = table.to_pylist()
    assert (good["error"], bad["peak_pressure_mpa"]) == (None, None)
    assert "volume of vessel box is not known" in bad["error"]


def test_no_recipes_make_an_empty_table() -> None:
    table = run_sweep([], default_model())
    assert table.num_rows == 0
    assert table.schema.names[0] == "igniter_type"
    with pytest.raises(SimulationError, match="at least one recipe"):
        run_sweep([], default_model(), chunk=0)


def test_files_hold_the_table(tmp_path: Path) -> None:
    recipes = full_grid(space("B:700:800:10", vessel="10-892,12-999"))
    table = run_sweep(recipes, default_model())
    rows = sweep_to_file(recipes, default_model(), tmp_path / "a.parquet", chunk=4)
    assert rows == len(recipes) == 22
    assert write_table(table, tmp_path / "b.parquet") == rows
    for name in ("a.parquet", "b.parquet"):
        assert pq.read_table(tmp_path / name).equals(table)
        schema = pq.read_schema(tmp_path / name)
        assert schema.metadata == table.schema.metadata
        assert schema.field("peak_time_ms_hi").metadata[b"unit"] == b"ms"
    sweep_to_file(recipes, default_model(), tmp_path / "c.csv")
    with (tmp_path / "c.csv").open(encoding="utf-8", newline="") as file:
        lines = [*csv.DictReader(file)]
    assert [float(line["peak_pressure_mpa"]) for line in lines] == table[
        "peak_pressure_mpa"
    ].to_pylist()
    assert "12-999" in lines[-1]["warnings"]


def test_long_sweeps_are_written_in_row_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mgg_kernel.sweeps.files.GROUP_BYTES", 1)
    made = iter(full_grid(space("B:700:800:10")))
    sweep_to_file(made, default_model(), tmp_path / "a.parquet", chunk=4, curves=True)
    assert pq.ParquetFile(tmp_path / "a.parquet").metadata.num_row_groups == 3


def test_a_sweep_that_is_stopped_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_text("before")
    asked: list[bool] = []

    def stop() -> bool:
        asked.append(True)
        return len(asked) > 2

    recipes = full_grid(space("B:700:800:10"))
    with pytest.raises(SimulationError, match="was stopped; nothing was kept"):
        sweep_to_file(recipes, default_model(), path, chunk=2, stop=stop)
    assert (path.read_text(), [*tmp_path.iterdir()]) == ("before", [path])


def test_names_that_cannot_be_written_are_refused_before_the_work(tmp_path: Path) -> None:
    def never() -> Iterator[Recipe]:
        raise AssertionError
        yield

    refused = [("a.xlsx", False), ("a.csv", True), ("none/a.csv", False)]
    for name, curves in refused:
        with pytest.raises(SimulationError, match=r"\.parquet|cannot be written: No such file"):
            sweep_to_file(never(), default_model(), tmp_path / name, curves=curves)


# --- cluster


@pytest.fixture(scope="module")
def local() -> Iterator[Any]:
    """A scheduler and two worker processes of one thread."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=NOWHERE
    ) as made:
        yield made


def test_a_cluster_makes_the_same_table(local: Any, tmp_path: Path) -> None:
    recipes = sobol(space("A,B:600:900:1", gp="D:300:600:1", vessel="10-892,box"), 30)
    for model in (default_model(), calibrated()):
        here = run_sweep(recipes, model, chunk=4, threads=1, curves=True)
        told: list[SweepProgress] = []
        there = run_sweep(
            recipes,
            model,
            chunk=4,
            scheduler=local.scheduler_address,
            progress=told.append,
            curves=True,
        )
        assert there.equals(here, check_metadata=True)
        assert told[-1] == SweepProgress(30, 30)
    path = tmp_path / "a.parquet"
    sweep_to_file(recipes, model, path, chunk=7, scheduler=local.scheduler_address)
    assert pq.read_table(path).num_rows == 30


def test_a_lost_worker_costs_nothing(local: Any) -> None:
    recipes = sobol(space("B:600:900:0.1"), 300)
    victim = next(iter(local.workers.values())).pid
    killed: list[int] = []

    def kill(progress: SweepProgress) -> None:
        if progress.done >= 60 and not killed:
            killed.append(progress.done)
            os.kill(victim, signal.SIGKILL)

    there = run_sweep(
        recipes, default_model(), chunk=10, scheduler=local.scheduler_address, progress=kill
    )
    assert killed
    assert there.equals(run_sweep(recipes, default_model()))


def test_a_sweep_on_a_cluster_can_be_stopped(local: Any, tmp_path: Path) -> None:
    end = time.monotonic() + 0.5
    with pytest.raises(SimulationError, match="was stopped"):
        sweep_to_file(
            full_grid(space("B:600:900:0.001")),
            default_model(),
            tmp_path / "a.parquet",
            scheduler=local.scheduler_address,
            stop=lambda: time.monotonic() > end,
        )
    assert [*tmp_path.iterdir()] == []


def test_another_version_on_the_workers_is_refused(
    local: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_module, "__version__", "9.9")
    with pytest.raises(SimulationError, match=r"runs version .* but here it is 9\.9"):
        run_sweep(full_grid(space("B:775")), default_model(), scheduler=local.scheduler_address)


def test_a_scheduler_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_module, "ANSWER_S", 0.5)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        for wrong in (address, "nonsense", "carrier-pigeon://x:1"):
            with pytest.raises(SimulationError, match=f"scheduler {wrong} does not answer"):
                sweep_to_file(
                    full_grid(space("B:775")),
                    default_model(),
                    tmp_path / "a.csv",
                    scheduler=wrong,
                )
    assert [*tmp_path.iterdir()] == []


def test_tls_needs_a_certificate() -> None:
    with pytest.raises(SimulationError, match="needs a certificate"):
        run_sweep(full_grid(space("B:775")), default_model(), scheduler="tls://127.0.0.1:9")


def test_a_cluster_without_workers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import LocalCluster

    monkeypatch.setattr(cluster_module, "WORKER_S", 0.2)
    monkeypatch.setattr(cluster_module, "POLL_S", 0.1)
    with (
        LocalCluster(n_workers=0, dashboard_address=NOWHERE) as empty,
        pytest.raises(SimulationError, match="has had no worker"),
    ):
        run_sweep(full_grid(space("B:775")), default_model(), scheduler=empty.scheduler_address)


def no_such_module() -> None:
    raise ImportError("No module named 'mgg_kernel'")


def test_workers_that_cannot_do_the_work_are_told(
    local: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_module, "work", lambda *_: no_such_module())
    with pytest.raises(SimulationError, match=r"No module named 'mgg_kernel'.*the same"):
        run_sweep(full_grid(space("B:775")), default_model(), scheduler=local.scheduler_address)


def test_a_scheduler_that_is_lost_on_the_way_is_told() -> None:
    from distributed import LocalCluster

    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=NOWHERE) as lost:

        def lose(progress: SweepProgress) -> None:
            lost.close()

        with pytest.raises(SimulationError, match="was lost"):
            run_sweep(
                full_grid(space("B:600:900:0.1")),
                default_model(),
                scheduler=lost.scheduler_address,
                chunk=10,
                progress=lose,
            )


# --- store


def test_many_simulations_are_stored_once(open_as: OpenAs) -> None:
    wang, sun = open_as("wang").simulations, open_as("sun").simulations
    first = wang.run(next(iter(full_grid(space("B:811")))))
    recipes = [*full_grid(space("A,B:810:813:1"))]
    kept = sun.run_many([*recipes, recipes[0]])
    assert [one.summary.recipe for one in kept] == [*recipes, recipes[0]]
    assert [one.id for one in kept if one.repeated] == [first.id]
    assert kept[-1] == kept[0]
    again = wang.run_many(recipes)
    assert all(one.repeated for one in again)
    assert [one.id for one in again] == [one.id for one in kept[:-1]]
    fresh = simulate(recipes[2], default_model())
    assert sun.curve(kept[2].id) == fresh.curve
    assert kept[2].summary.peak_pressure_mpa == fresh.features.peak_pressure_mpa


def test_storing_many_is_all_or_nothing_and_needs_the_right(open_as: OpenAs) -> None:
    wang, before = open_as("wang"), {one.id for one in open_as("wang").simulations.list()}
    recipes = [*full_grid(space("B:820:825:1"))]
    with pytest.raises(RecipeError, match="not in the catalogue"):
        wang.simulations.run_many([*recipes, replace(recipes[0], igniter_type="zz9")])
    with pytest.raises(AccessError):
        open_as("boss").simulations.run_many(recipes)
    assert {one.id for one in wang.simulations.list()} == before
    refused = open_as("admin").log.list(outcome="refused")
    assert any(entry.action == "simulate recipes" for entry in refused)
    assert wang.simulations.run_many([]) == []


def test_what_somebody_else_stores_meanwhile_is_taken_from_there(
    open_as: OpenAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mgg_kernel.workspace.simulations as module

    wang, sun = open_as("wang").simulations, open_as("sun").simulations
    recipes = [*full_grid(space("B:830:833:1"))]
    ids: list[int] = []
    real = module.simulate_many

    def slow(*arguments: Any, **options: Any) -> Any:
        if not ids:
            ids.append(sun.run(recipes[1]).id)
        return real(*arguments, **options)

    monkeypatch.setattr(module, "simulate_many", slow)
    kept = wang.run_many(recipes)
    assert [one.id for one in kept if one.repeated] == ids
    assert kept[1].id == ids[0]


# --- command


def mgg(capsys: pytest.CaptureFixture[str], *words: str | Path) -> Any:
    assert main(["sweep", *WORDS, *map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    path = tmp_path / "model.json"
    path.write_text(default_model().to_json(), encoding="utf-8")
    return path


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path, model_file: Path) -> None:
    words = "--nc", "A,B:600:900:50", "--model", model_file
    answer = mgg(capsys, *words)
    assert (answer["recipes"], len(answer["results"])) == (14, 14)
    drawn = mgg(capsys, *words, "--samples", "5", "--design", "lhs", "--seed", "2")
    assert len(drawn["results"]) == 5
    assert all(row in answer["results"] for row in drawn["results"])
    out = tmp_path / "out.parquet"
    written = mgg(capsys, *words, "--out", out, "--curves", "--threads", "1")
    assert (written["rows"], written["out"]) == (14, str(out))
    assert pq.read_table(out)["peak_pressure_mpa"].to_pylist() == [
        row["peak_pressure_mpa"] for row in answer["results"]
    ]
    assert main(["sweep", *WORDS, *map(str, words)]) == 0
    shown = capsys.readouterr().out
    assert "14 recipes" in shown
    assert "nc_mass_1_mg" in shown
    assert "vessel" not in shown


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--nc", "B:1:900:0.01"], "give --out"),
        (["--nc", "B:775", "--design", "grid", "--samples", "3"], "takes no --samples"),
        (["--nc", "B:775", "--design", "sobol"], "needs --samples"),
        (["--nc", "B:775", "--curves"], "give --out"),
        (["--nc", "B:775", "--work-order", "1"], "give --store"),
        (["--nc", "B:775", "--store", "--scheduler", "tcp://x:1"], "leave out --scheduler"),
        (["--nc", "B:775", "--out", "a.xls"], "end it with"),
        (["--nc", "B:775", "--scheduler", "x"], "does not answer"),
    ],
)
def test_the_command_refuses_in_one_sentence(
    capsys: pytest.CaptureFixture[str], model_file: Path, words: list[str], reason: str
) -> None:
    assert main(["sweep", *WORDS, "--model", str(model_file), *words]) == 1
    told = capsys.readouterr().err
    assert reason in told
    assert told.count("\n") == 1


def test_the_command_stores(
    capsys: pytest.CaptureFixture[str], open_as: OpenAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mgg_kernel.workspace.open", lambda application: _Lent(open_as("wang")))
    first = mgg(capsys, "--nc", "B:840:842:1", "--store")
    again = mgg(capsys, "--nc", "B:840:843:1", "--store")
    assert (first["stored"], again["stored"], again["repeated"]) == (3, 1, 3)
    assert again["simulation_ids"][:3] == first["simulation_ids"]


class _Lent:
    """A workspace that is not closed at the end of a block."""

    def __init__(self, workspace: Any) -> None:
        self._workspace = workspace

    def __enter__(self) -> Any:
        return self._workspace

    def __exit__(self, *_: object) -> None:
        pass


def test_charge_ranges_are_made_of_values_too() -> None:
    made = RecipeSpace(
        igniter_type="135",
        nc=[ChargeRange(["A", "B"], Range(600, 800, 100))],
        gp=ChargeRange("D", [500, "600.5"]),
        shell_height_mm=22,
        firing_current_a=1.2,
        vessel="10-892",
        test_device=["Y-H"],
    )
    texts = space("A,B:600:800:100", gp="D:500,600.5")
    assert [*full_grid(made)] == [*full_grid(texts)]

"""Reverse simulation: what a model made is found again, limits hold, and what is told is true."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from made_up_lab import truth

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import CurveError, MggError, RecipeError, ReverseError
from mgg_kernel.lots import Corridor
from mgg_kernel.recipe import Recipe
from mgg_kernel.reverse import Candidate, Constraints, Progress, Reverse, Target, reverse
from mgg_kernel.reverse.prior import charges_of
from mgg_kernel.simulation import Model, default_model, simulate

LIMITS = Constraints(
    igniters=("61", "X9"), vessel="9-777", shell_mm="20", current_a="1.1", device="R-A"
)
ALL_MG = 0.1


def recipe(igniter: str = "61", nc: Sequence[str] = (), gp: str | None = None) -> Recipe:
    return Recipe.parse(
        igniter=igniter, nc=nc, gp=gp, shell="20", current="1.1", vessel="9-777", device="R-A"
    )


def curve_of(one: Recipe, model: Model | None = None) -> PTCurve:
    return simulate(one, model or truth()).curve


def off_mg(found: Recipe, true: Recipe) -> float:
    """Return how far the masses are off at most; infinite where types differ."""
    (types, masses), (wanted, true_masses) = charges_of(found), charges_of(true)
    if types != wanted or found.igniter_type != true.igniter_type:
        return float("inf")
    return float(np.abs(masses - true_masses).max())


@cache
def some_recipes() -> list[Recipe]:
    """One NC, two NC, NC with GP, GP, of random masses and igniters, the least share a fifth."""
    random = np.random.default_rng(4)
    names = (
        ["Q1"],
        ["Q2", "Q3"],
        ["Q1", "W1"],
        ["W1"],
        ["Q1", "Q3"],
        ["Q2", "W1"],
        ["Q3"],
        ["Q1", "Q2"],
    )
    found = []
    for types in names:
        total, share = random.uniform(450, 800), random.uniform(0.2, 0.8)
        masses = [total] if len(types) == 1 else [total * share, total * (1 - share)]
        charges = [f"{code}:{mass:.3f}" for code, mass in zip(types, masses, strict=True)]
        nc = [one for one in charges if one[0] == "Q"]
        gp = next((one for one in charges if one[0] == "W"), None)
        found.append(recipe(("61", "X9")[int(random.integers(2))], nc, gp))
    return found


@pytest.mark.parametrize("at", range(8))
def test_a_curve_of_the_model_is_recovered_to_a_tenth_of_a_milligram(at: int) -> None:
    true = some_recipes()[at]
    curve = curve_of(true)
    found = reverse(Target(curve=curve), LIMITS, truth())
    first = found.candidates[0]
    assert off_mg(first.recipe, true) < ALL_MG, (str(first.recipe), str(true))
    assert found.reachable
    # forward(reverse(curve)) is the curve
    again = curve_of(first.recipe)
    assert np.abs(again.pressure_mpa - curve.pressure_mpa).max() < 1e-3 * curve.peak.pressure_mpa
    assert first.rmse_mpa is not None
    assert first.rmse_mpa < 1e-3 * curve.peak.pressure_mpa


def test_three_charges_are_recovered() -> None:
    true = recipe("X9", ["Q1:180", "Q2:320.5"], "W1:150")
    limits = replace(LIMITS, igniters=("X9",), max_charges=3)
    first = reverse(Target(curve=curve_of(true)), limits, truth()).candidates[0]
    assert off_mg(first.recipe, true) < ALL_MG, str(first.recipe)


def test_a_time_zero_that_is_off_is_found() -> None:
    true = recipe("61", ["Q2:612.3"])
    later = curve_of(true).shift(0.37)
    limits = replace(LIMITS, igniters=("61",))
    first = reverse(Target(curve=later, shift_ms=1.0), limits, truth()).candidates[0]
    assert off_mg(first.recipe, true) < ALL_MG
    assert first.shift_ms == pytest.approx(-0.37, abs=0.001)
    bounded = reverse(Target(curve=later, shift_ms=0.2), limits, truth()).candidates
    assert all(abs(one.shift_ms) <= 0.2 + 1e-9 for one in bounded)


def test_read_outs_of_one_type_give_its_amount() -> None:
    true = recipe("61", ["Q3:555.5"])
    read = simulate(true, truth()).features
    limits = replace(LIMITS, igniters=("61",), nc_types=("Q3",), gp_types=())
    target = Target(peak_pressure_mpa=read.peak_pressure_mpa, peak_time_ms=read.peak_time_ms)
    (only,) = reverse(target, limits, truth()).candidates
    assert off_mg(only.recipe, true) < 0.5
    assert only.peak_pressure_mpa == pytest.approx(read.peak_pressure_mpa, rel=1e-3)


def test_types_of_equal_parameters_are_said_to_be_alike() -> None:
    """In the default model A is B and D is K: nothing tells them apart."""
    place = {"vessel": "10-892", "shell_mm": "18", "current_a": "1.2", "device": "T-1"}
    limits = Constraints(igniters=("135",), **place)  # type: ignore[arg-type]
    fired = Recipe.parse(
        igniter="135", nc=["A:655"], shell="18", current="1.2", vessel="10-892", device="T-1"
    )
    found = reverse(Target(curve=curve_of(fired, default_model())), limits, default_model())
    by_types = {charges_of(one.recipe)[0]: one for one in found.candidates}
    a, b = by_types[(("NC", "A"),)], by_types[(("NC", "B"),)]
    assert {a.rank, b.rank} == {1, 2}
    assert b.rank in a.alike
    assert a.rank in b.alike
    for one in (a, b):
        assert charges_of(one.recipe)[1] == pytest.approx([655], abs=ALL_MG)


def test_recipes_that_can_be_told_apart_are_not_said_to_be_alike() -> None:
    found = reverse(Target(curve=curve_of(recipe("61", ["Q2:600"]))), LIMITS, truth())
    by_types = {
        (one.recipe.igniter_type, charges_of(one.recipe)[0]): one for one in found.candidates
    }
    first = found.candidates[0]
    other = by_types.get(("61", (("NC", "Q3"),)))
    assert other is None or other.rank not in first.alike


@pytest.mark.parametrize("step", [5.0, 0.5])
def test_masses_are_multiples_of_the_step_and_the_best_ones(step: float) -> None:
    true = recipe("61", ["Q1:300", "Q2:260"])
    limits = replace(LIMITS, igniters=("61",), mass_step_mg=step)
    found = reverse(Target(curve=curve_of(true)), limits, truth())
    for one in found.candidates:
        _, masses = charges_of(one.recipe)
        assert np.abs(masses / step - np.round(masses / step)).max() < 1e-9
    assert off_mg(found.candidates[0].recipe, true) == 0.0


def test_limits_always_hold() -> None:
    random = np.random.default_rng(11)
    for _ in range(4):
        least, most = sorted(random.uniform([30, 200], [150, 700]).tolist())
        limits = replace(
            LIMITS,
            min_charge_mg=round(least, 1),
            max_charge_mg=round(most, 1),
            max_total_mg=round(random.uniform(most, 1.5 * most), 1),
            max_pressure_mpa=round(random.uniform(40, 90), 1),
            mass_step_mg=float(random.choice([0.0, 2.5])),
            max_charges=int(random.integers(1, 3)),
        )
        target = Target(peak_pressure_mpa=float(random.uniform(40, 110)), peak_time_ms=8.0)
        for one in reverse(target, limits, truth()).candidates:
            types, masses = charges_of(one.recipe)
            assert len(types) <= limits.max_charges
            assert masses.min() >= limits.min_charge_mg - 1e-9
            assert masses.max() <= limits.max_charge_mg + 1e-9
            assert masses.sum() <= limits.max_total_mg + 1e-9
            assert limits.max_pressure_mpa is not None
            simulated = simulate(one.recipe, truth()).features.peak_pressure_mpa
            assert simulated <= limits.max_pressure_mpa * (1 + 1e-4)


def test_a_pressure_limit_below_the_target_leaves_what_keeps_it() -> None:
    target = Target(peak_pressure_mpa=80.0)
    limits = replace(LIMITS, igniters=("61",), max_pressure_mpa=60.0)
    found = reverse(target, limits, truth())
    assert not found.reachable
    assert found.candidates, "the nearest reachable recipe is shown"
    assert found.candidates[0].peak_pressure_mpa == pytest.approx(60.0, rel=0.02)


def test_narrower_limits_never_meet_a_target_better() -> None:
    curve = curve_of(recipe("61", ["Q1:250", "Q3:390"]))
    limits = replace(LIMITS, igniters=("61",))
    narrower = [
        limits,
        replace(limits, nc_types=("Q1", "Q2")),
        replace(limits, nc_types=("Q1", "Q2"), max_charges=1),
        replace(limits, nc_types=("Q1", "Q2"), max_charges=1, max_charge_mg=500.0),
    ]
    best = []
    for each in narrower:
        candidates = reverse(Target(curve=curve), each, truth()).candidates
        best.append(min(one.rmse_mpa or 0.0 for one in candidates))
    assert best == sorted(best)
    assert best[0] < 0.05 < best[-1]


def test_a_corridor_is_kept() -> None:
    curve = curve_of(recipe("61", ["Q2:600"]))
    at = np.array([0.0, 2.0, 5.0, 10.0, 20.0, 38.0])
    p = np.interp(at, curve.time_ms, curve.pressure_mpa)
    lowest = 0.9 * p - 2.0
    assert (curve.pressure_mpa > np.interp(curve.time_ms, at, lowest))[curve.time_ms <= 38].all()
    corridor = Corridor(
        name="wanted",
        lower=tuple(zip(at.tolist(), lowest.tolist(), strict=True)),
        upper=((0.0, 75.0), (38.0, 75.0)),
    )
    found = reverse(Target(corridor=corridor), LIMITS, truth())
    assert found.reachable
    pressure = curve_of(found.candidates[0].recipe)
    lower = np.interp(pressure.time_ms, at, lowest)
    inside = pressure.time_ms <= 38.0
    assert (pressure.pressure_mpa - lower)[inside].min() > -0.01
    assert pressure.peak.pressure_mpa < 75.01


def test_what_cannot_be_reached_is_said_and_the_nearest_is_shown() -> None:
    limits = replace(LIMITS, max_charge_mg=300.0, max_charges=1)
    found = reverse(Target(peak_pressure_mpa=150.0), limits, truth())
    assert not found.reachable
    assert found.message.endswith(".")
    nearest = max(
        simulate(recipe(igniter, nc, gp), truth()).features.peak_pressure_mpa
        for igniter in ("61", "X9")
        for nc, gp in ((["Q1:300"], None), (["Q2:300"], None), (["Q3:300"], None), ([], "W1:300"))
    )
    assert max(one.peak_pressure_mpa for one in found.candidates) == pytest.approx(
        nearest, rel=1e-3
    )


def test_a_tested_recipe_decides_between_recipes_that_meet_the_target_alike() -> None:
    read = simulate(recipe("61", ["Q1:600"]), truth()).features
    target = Target(peak_pressure_mpa=read.peak_pressure_mpa)
    limits = replace(LIMITS, igniters=("61",))
    for nc, gp in ((["Q3:600"], None), (["Q1:250", "Q2:350"], None), ([], "W1:700")):
        tested = recipe("61", nc, gp)
        first = reverse(target, limits, truth(), tested=[tested] * 3).candidates[0]
        assert charges_of(first.recipe)[0] == charges_of(tested)[0]
        assert first.nearest is not None
        assert first.nearest.recipe == str(tested)


def test_a_milligram_more_does_what_is_told() -> None:
    target = Target(curve=curve_of(recipe("61", ["Q1:300", "Q3:300"])))
    first = reverse(target, replace(LIMITS, igniters=("61",)), truth()).candidates[0]
    assert len(first.sensitivity) == 2
    types, masses = charges_of(first.recipe)
    for k, told in enumerate(first.sensitivity):
        assert told.charge == " ".join(types[k])
        ends = []
        for by in (-1, 1):
            moved = [
                f"{code}:{m + by * (i == k):.3f}"
                for i, ((_, code), m) in enumerate(zip(types, masses, strict=True))
            ]
            ends.append(simulate(recipe("61", moved), truth()).features.peak_pressure_mpa)
        assert told.peak_pressure_mpa_per_mg == pytest.approx((ends[1] - ends[0]) / 2, rel=0.02)


def test_the_same_is_found_again_and_survives_json() -> None:
    target = Target(peak_pressure_mpa=61.0, peak_time_ms=7.0)
    tested = [recipe("61", ["Q1:600"])]
    found, again = (reverse(target, LIMITS, truth(), tested=tested) for _ in range(2))
    assert found == again
    assert Reverse.from_plain(json.loads(json.dumps(found.plain(), allow_nan=False))) == found
    curve = Target(curve=curve_of(tested[0]), shift_ms=0.5)
    assert Target.from_plain(json.loads(json.dumps(curve.plain()))) == curve
    assert Constraints.from_plain(json.loads(json.dumps(LIMITS.plain()))) == LIMITS


def test_progress_first_candidates_and_stop() -> None:
    steps: list[Progress] = []
    shown: list[Sequence[Candidate]] = []
    target = Target(peak_pressure_mpa=61.0, peak_time_ms=7.0)
    found = reverse(target, LIMITS, truth(), progress=steps.append, found=shown.append)
    assert all(0 <= one.done <= one.total for one in steps)
    assert len({one.stage for one in steps}) > 1
    assert len(shown) >= 2
    assert tuple(shown[-1]) == found.candidates
    for after in (0, 3, len(steps) - 1):
        asked = iter(range(1000))
        with pytest.raises(ReverseError, match="stopped"):
            reverse(target, LIMITS, truth(), stop=lambda asked=asked, n=after: next(asked) >= n)


def refused(match: str, error: type[MggError] = ReverseError, **given: Any) -> None:
    with pytest.raises(error, match=match) as raised:
        reverse(Target(**given.pop("target")), replace(LIMITS, **given), truth())
    message = str(raised.value)
    assert message.endswith(".")
    assert "\n" not in message


def test_refusals() -> None:
    peak = {"peak_pressure_mpa": 60.0}
    curve = curve_of(recipe("61", ["Q1:600"]))
    refused("one target", target={})
    refused("one target", target={**peak, "curve": curve})
    for value in (float("nan"), float("inf"), 0.0, -3.0):
        refused("peak pressure", target={"peak_pressure_mpa": value})
        refused("peak time", target={**peak, "peak_time_ms": value})
    refused("moved", target={"curve": curve, "shift_ms": float("nan")})
    refused("tolerance", target={**peak, "pressure_tolerance_percent": float("nan")})
    refused("does not rise", target={"curve": PTCurve(np.arange(0, 40, 0.1), np.zeros(400))})
    refused("samples", target={"curve": PTCurve([50.0, 60.0], [1.0, 2.0])})
    refused("No charge type", target=peak, nc_types=(), gp_types=())
    refused("No igniter", target=peak, igniters=())
    refused("1 to 3 charges", target=peak, max_charges=4)
    refused("masses", target=peak, min_charge_mg=500.0, max_charge_mg=400.0)
    refused("masses", target=peak, max_charge_mg=float("nan"))
    refused("masses", target=peak, mass_step_mg=float("nan"))
    refused("All charges together", target=peak, min_charge_mg=100.0, max_total_mg=90.0)
    refused(
        "No multiple", target=peak, mass_step_mg=100.0, min_charge_mg=110.0, max_charge_mg=190.0
    )
    refused("pressure", target=peak, max_pressure_mpa=float("nan"))
    refused("pressure", target=peak, max_pressure_mpa=0.0)
    refused("shell", RecipeError, target=peak, shell_mm="high")
    refused("volume", MggError, target=peak, vessel="round one")
    with pytest.raises(CurveError):
        Target(curve=PTCurve([0.0, 1.0], [0.0, float("nan")]))


@pytest.mark.parametrize("wrong", ["nc_types", "gp_types"])
def test_unknown_types_are_named(wrong: str) -> None:
    refused("ZZ", target={"peak_pressure_mpa": 60.0}, **{wrong: ("ZZ",)})

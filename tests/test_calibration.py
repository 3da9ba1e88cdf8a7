"""Calibration on a made-up lab whose truth is known; tests/made_up_lab.py says what it holds."""

import json
from collections.abc import Callable
from dataclasses import replace
from math import isfinite, log
from typing import Any

import numpy as np
import pytest
from calibration_help import fitted
from made_up_lab import NOISE, WRONG_MASS, WRONG_TIME, Lab, made_up_lab

from mgg_kernel.calibration import (
    STRUCTURE,
    Calibration,
    MeasuredCurve,
    Observation,
    Progress,
    calibrate,
    start_model,
)
from mgg_kernel.calibration.problem import Problem
from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import CalibrationError
from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation import Model, simulate, simulate_many
from mgg_kernel.simulation.compiled import layout as at
from mgg_kernel.simulation.lots import lot_of, lot_weights, own_weights
from mgg_kernel.simulation.moving import table_of
from mgg_kernel.simulation.shot import prepare

PRODUCTS = 30


@pytest.fixture(scope="module")
def lab() -> Lab:
    return made_up_lab(PRODUCTS)


@pytest.fixture(scope="module")
def steps() -> list[Progress]:
    return []


@pytest.fixture(scope="module")
def calibration(lab: Lab, steps: list[Progress]) -> Calibration:
    return calibrate(lab.observations, name="made up", progress=steps.append)


@pytest.fixture(scope="module")
def small() -> Lab:
    return made_up_lab(8, mistakes=False)


@pytest.fixture(scope="module")
def new() -> Lab:
    """Products that the calibration never saw, of the same types."""
    return made_up_lab(60, seed=8, mistakes=False)


def errors(
    model: Model, truth: Model, recipes: tuple[Recipe, ...], read: Callable[[Any], float]
) -> "np.ndarray[Any, np.dtype[np.float64]]":
    mine = [read(one) for one in simulate_many(recipes, model, intervals=False)]
    real = [read(one) for one in simulate_many(recipes, truth)]
    return np.abs(np.array(mine) / np.array(real) - 1)


def test_new_products_are_predicted_within_the_noise(
    lab: Lab, calibration: Calibration, new: Lab
) -> None:
    model = calibration.model
    pressure = errors(model, lab.truth, new.recipes, lambda s: s.features.peak_pressure_mpa)
    time = errors(model, lab.truth, new.recipes, lambda s: s.features.peak_time_ms)
    ignition = errors(model, lab.truth, new.recipes, lambda s: s.expected_ignition_ms)
    assert pressure.mean() < NOISE["peak_pressure_mpa"]
    assert time.mean() < 2 * NOISE["peak_time_ms"]
    assert ignition.mean() < NOISE["ignition_time_ms"]
    # What nothing was fitted to misses by more, or the fit would have done nothing.
    assert pressure.mean() < 0.25 * np.mean(
        errors(start_model(), lab.truth, new.recipes, lambda s: s.features.peak_pressure_mpa)
    )


def test_typing_errors_are_found_first(calibration: Calibration) -> None:
    first, second = calibration.suspicious[:2]
    assert (first.product, first.quantity) == (WRONG_MASS, "peak_pressure_mpa")
    assert first.measured < first.expected
    assert "check the mass" in first.reason
    assert (second.product, second.quantity) == (WRONG_TIME, "peak_time_ms")
    assert second.measured / second.expected == pytest.approx(1.7, abs=0.2)
    assert {one.product for one in calibration.suspicious} == {WRONG_MASS, WRONG_TIME}


def test_the_mass_that_would_fit_is_told(lab: Lab, calibration: Calibration) -> None:
    written = next(one for one in lab.observations if one.product == WRONG_MASS)
    told = float(calibration.suspicious[0].reason.split("About ")[1].split(" mg")[0])
    assert told * 1.3 == pytest.approx(float(written.recipe.nc[0].mass_mg), rel=0.1)


def test_intervals_cover_new_products(calibration: Calibration, new: Lab) -> None:
    inside = []
    for one, shot in zip(
        new.observations, simulate_many(new.recipes, calibration.model), strict=True
    ):
        assert shot.intervals is not None
        for quantity in NOISE:
            interval = getattr(shot.intervals, quantity)
            inside.append(interval.low <= getattr(one, quantity) <= interval.high)
    # 180 read-outs share one fit: two of a binomial's standard deviations would be 0.045, and the
    # reach itself comes of 30 products, whose own standard deviation is 0.05.
    assert 0.8 <= np.mean(inside) <= 0.98


def test_left_out_scores_are_those_of_the_rows(calibration: Calibration) -> None:
    validation = calibration.validation
    for quantity, score in validation.scores.items():
        rows = [row for row in validation.left_out if row.quantity == quantity and row.scored]
        off = np.abs([row.expected / row.measured - 1 for row in rows])
        assert score.count == len(rows) == PRODUCTS
        assert score.mean_percent == pytest.approx(100 * off.mean())
        assert score.median_percent == pytest.approx(100 * np.median(off))
        assert score.covered == np.mean([row.low <= row.measured <= row.high for row in rows])
        assert score.covered >= 0.9
    # But for the two mistakes every product is expected within a few times its noise.
    rows = [row for row in validation.left_out if row.product not in (WRONG_MASS, WRONG_TIME)]
    pressures = [abs(row.error_percent) for row in rows if row.quantity == "peak_pressure_mpa"]
    assert np.mean(pressures) < 2 * 100 * NOISE["peak_pressure_mpa"]


def test_a_product_that_is_left_out_does_not_influence_its_expectation(small: Lab) -> None:
    """What was measured of a product moves the others' expectations, but hardly its own."""
    rows = list(small.observations)
    value = rows[1].peak_pressure_mpa
    assert value is not None
    rows[1] = replace(rows[1], peak_pressure_mpa=1.05 * value)

    def expected(observations: list[Observation]) -> float:
        found = calibrate(observations).validation.left_out
        return next(
            row.expected
            for row in found
            if (row.product, row.quantity) == ("P01", "peak_pressure_mpa")
        )

    assert expected(rows) == pytest.approx(expected(list(small.observations)), rel=0.005)


def test_types_never_seen_are_less_certain_and_warned_of(
    lab: Lab, calibration: Calibration
) -> None:
    known = lab.recipes[1]
    (amount,) = known.nc
    strange = replace(known, nc=(replace(amount, type_code="ZZ"),))
    sure, unsure = simulate_many([known, strange], calibration.model)
    assert sure.intervals is not None
    assert unsure.intervals is not None
    for quantity in ("peak_pressure_mpa", "peak_time_ms"):
        narrow, wide = getattr(sure.intervals, quantity), getattr(unsure.intervals, quantity)
        assert log(wide.high / wide.low) > 2 * log(narrow.high / narrow.low)
    assert not sure.warnings
    assert any("NC type ZZ is not in the model" in warning for warning in unsure.warnings)


def test_a_mass_never_seen_is_warned_of(lab: Lab, calibration: Calibration) -> None:
    known = lab.recipes[1]
    heavy = replace(known, nc=(replace(known.nc[0], mass_mg="1500"),))  # type: ignore[arg-type]
    (warning,) = simulate(heavy, calibration.model).warnings[:1]
    assert "is outside the" in warning


def test_a_current_or_shell_never_seen_is_warned_of(lab: Lab, calibration: Calibration) -> None:
    currents = [recipe.firing_current_a for recipe in lab.recipes]
    strange = replace(lab.recipes[1], firing_current_a="7", shell_height_mm="90")  # type: ignore[arg-type]
    warnings = simulate(strange, calibration.model).warnings
    least, most = float(min(currents)), float(max(currents))
    assert any(
        f"A firing current of 7 A is outside the {least:g} to {most:g} A" in one for one in warnings
    )
    assert any("A shell height of 90 mm is outside" in one for one in warnings)


@pytest.mark.parametrize("with_curves", [False, True])
def test_the_model_fires_what_the_fit_found(lab: Lab, with_curves: bool) -> None:
    """The document's entries are the fit's parameters to the last digits, row by row."""
    problem, fit, model = fitted(lab.observations, lab.curves if with_curves else ())
    # A product with a curve was fitted with what it differs by itself, which no recipe shares.
    others = [i for i in range(len(lab.observations)) if i not in {t.row for t in problem.targets}]
    moved = problem.rows_at(fit.x)
    made = table_of([prepare(one.recipe, model) for one in lab.observations])
    only_vents = [at.TOTAL_MASS, at.TOTAL_R, at.TOTAL_CV, at.TOTAL_COVOLUME]
    shots = [np.delete(table.packed.shots, only_vents, axis=1) for table in (moved, made)]
    # Values of parameters are kept to six digits, and only what lots share is made of them.
    exact = 1e-6 if with_curves else 1e-9
    for ours, document in (
        (shots[0], shots[1]),
        (moved.packed.charges, made.packed.charges),
        (moved.packed.laws, made.packed.laws),
        (moved.factor, made.factor),
        (moved.air_mpa, made.air_mpa),
    ):
        np.testing.assert_allclose(ours[others], document[others], rtol=exact)


def test_recipes_share_what_a_lot_that_is_alike_differs_by() -> None:
    base = {"shell": "22", "current": "1.2", "vessel": "10-1", "device": "R"}
    near, far = (Recipe.parse(igniter="61", nc=[mass], **base) for mass in ("Q1:700", "Q1:1400"))
    elsewhere = Recipe.parse(igniter="99", nc=["Q1:700"], **base)
    other = Recipe.parse(igniter="61", nc=["Q2:700"], **base)
    lots = [lot_of("one", near), lot_of("two", far)]
    shares = [dict(lot_weights(recipe, lots, STRUCTURE)) for recipe in (near, elsewhere)]
    # Of two lots that have next to nothing in common each tells of its own recipe.
    assert shares[0]["one"] == pytest.approx(STRUCTURE["lot.shared"])
    assert shares[1]["one"] == pytest.approx(STRUCTURE["lot.shared"] * STRUCTURE["lot.elsewhere"])
    assert abs(shares[0]["two"]) < 0.01
    assert lot_weights(other, lots, STRUCTURE) == []
    assert dict(own_weights("one", lots, STRUCTURE)) == {"one": 1.0}


def test_slopes_are_those_of_differences_along_each_parameter(small: Lab) -> None:
    problem, fit, _ = fitted(small.observations, small.curves)
    center = problem.predict(fit.x)
    slopes = problem.slopes(fit.x, center)
    ahead = np.zeros_like(slopes.ln_pressure)
    for i in range(problem.size):
        moved = fit.x.copy()
        moved[i] += 0.1
        ahead[:, i] = (problem.predict(moved).ln_pressure - center.ln_pressure) / 0.1
    # Both look ahead: forms of grains stop at the border of what can exist, with a kink there.
    apart = np.linalg.norm(slopes.ln_pressure - ahead)
    assert apart < 0.05 * np.linalg.norm(ahead)


def test_curves_of_one_product_count_each(small: Lab) -> None:
    curve = small.curves[0]
    higher = MeasuredCurve(
        curve.product, PTCurve(curve.curve.time_ms, 1.04 * curve.curve.pressure_mpa)
    )
    problem, fit, _ = fitted(small.observations, [curve, higher])
    assert len(problem.targets) == 2
    peaks = [target.peak_mpa for target in problem.targets]
    shown = fit.state.curves_mpa.max(axis=1)
    assert shown[0] == pytest.approx(shown[1])
    assert peaks[0] < shown[0] < peaks[1]


def test_the_same_data_make_the_same_model(small: Lab) -> None:
    models = [calibrate(small.observations, small.curves).model for _ in range(2)]
    assert models[0].fingerprint == models[1].fingerprint


def test_the_order_of_rows_does_not_matter(small: Lab) -> None:
    """Sums of floating point differ in their last digits, and with them the last step."""
    forth = calibrate(small.observations, small.curves)
    back = calibrate(small.observations[::-1], small.curves[::-1])
    assert forth.data_fingerprint == back.data_fingerprint
    peaks = [
        [shot.features.peak_pressure_mpa for shot in simulate_many(small.recipes, one.model)]
        for one in (forth, back)
    ]
    np.testing.assert_allclose(*peaks, rtol=1e-3)


def test_a_model_read_back_predicts_the_same(lab: Lab, calibration: Calibration) -> None:
    again = Model.from_json(calibration.model.to_json())
    assert again.fingerprint == calibration.model.fingerprint
    before, after = (simulate(lab.recipes[0], model) for model in (calibration.model, again))
    assert before.curve == after.curve
    assert before.intervals is not None
    assert after.intervals is not None
    assert before.intervals.peak_pressure_mpa == after.intervals.peak_pressure_mpa
    np.testing.assert_array_equal(before.intervals.high_mpa, after.intervals.high_mpa)


def test_nothing_in_model_or_report_is_not_a_number(small: Lab, calibration: Calibration) -> None:
    json.loads(calibration.model.to_json(), parse_constant=_refuse)
    json.dumps(calibration.plain(), allow_nan=False)
    # Types that occur once count in no score, and there must be no score then.
    rows = [
        replace(one, recipe=replace(one.recipe, nc=(), gp=replace(_charge(one), type_code=f"T{i}")))
        for i, one in enumerate(small.observations)
    ]
    alone = calibrate(rows)
    assert alone.validation.scores["peak_pressure_mpa"].count == 0
    assert alone.plain()["left_out"]["peak_pressure_mpa"]["mean_error_percent"] is None
    json.dumps(alone.plain(), allow_nan=False)
    assert Model.from_json(alone.model.to_json()) == alone.model


def _charge(one: Observation) -> Any:
    return one.recipe.gp or one.recipe.nc[0]


def _refuse(word: str) -> float:
    raise AssertionError(word)


def test_values_that_were_not_measured_count_nothing(small: Lab) -> None:
    rows = [
        *small.observations[:-1],
        replace(
            small.observations[-1],
            ignition_time_ms=None,
            peak_time_ms=None,
            peak_pressure_mpa=None,
        ),
    ]
    _, without, _ = fitted(small.observations[:-1])
    problem, with_empty, _ = fitted(rows)
    names = list(Problem(rows[:-1], (), start_model(), dict(problem.structure)).names)
    at_same = [problem.names.index(name) for name in names]
    np.testing.assert_allclose(with_empty.x[at_same], without.x, atol=0.02)
    sds = np.sqrt(np.diag(with_empty.covariance))[at_same]
    np.testing.assert_allclose(sds, np.sqrt(np.diag(without.covariance)), rtol=0.02)


def test_progress_is_told_to_its_end(calibration: Calibration, steps: list[Progress]) -> None:
    stages = list(dict.fromkeys(step.stage for step in steps))
    assert stages == ["ignition times", "fit", "leave one product out", "done"]
    left_out = [step for step in steps if step.stage == "leave one product out"]
    assert [step.done for step in left_out] == list(range(PRODUCTS))
    assert {step.total for step in left_out} == {PRODUCTS}
    assert calibration.seconds > 0


def test_it_stops_when_it_is_asked_to(small: Lab) -> None:
    asked = iter([False, False, True])
    with pytest.raises(CalibrationError, match=r"was stopped \(fit\); nothing was kept"):
        calibrate(small.observations, stop=lambda: next(asked))


def test_too_few_products_are_refused(small: Lab) -> None:
    with pytest.raises(CalibrationError, match=r"Only 4 products .* at least 5"):
        calibrate(small.observations[:4])


def test_a_curve_needs_exactly_one_product(small: Lab) -> None:
    stranger = MeasuredCurve("nobody", small.curves[0].curve)
    with pytest.raises(CalibrationError, match="The product nobody of a curve is not in"):
        calibrate(small.observations, [stranger])
    namesakes = [*small.observations, replace(small.observations[0], sheet="other")]
    with pytest.raises(CalibrationError, match="2 times"):
        calibrate(namesakes, small.curves)


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_averages_are_refused(small: Lab, value: float) -> None:
    with pytest.raises(CalibrationError, match="give a number above 0"):
        replace(small.observations[0], peak_time_ms=value)


def test_curves_without_what_is_fitted_are_refused() -> None:
    times = np.arange(0.0, 40.0, 0.01)
    with pytest.raises(CalibrationError, match="nowhere above 0"):
        MeasuredCurve("P", PTCurve(times, 0 * times - 1))
    with pytest.raises(CalibrationError, match="begins before"):
        MeasuredCurve("P", PTCurve(times + 50, times))


def test_every_number_of_the_calibration_is_finite(calibration: Calibration) -> None:
    entry = calibration.model.document.calibration
    assert entry is not None
    assert all(isfinite(value) for value in entry.values)
    assert all(isfinite(value) for row in entry.factor for value in row)

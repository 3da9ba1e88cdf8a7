"""Comparison of two curves: known answers worked out by hand, and what is refused."""

import json
import math
from dataclasses import FrozenInstanceError, asdict, replace
from typing import Any

import numpy as np
import pytest
from factory import measured_like_curve
from hypothesis import given, settings
from hypothesis import strategies as st

from mgg_kernel import __version__
from mgg_kernel.comparison import (
    DEFAULT_RATE_HZ,
    Comparison,
    arguments_of,
    compare,
    filter_name,
    residual_curve,
)
from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import ComparisonError
from mgg_kernel.features import FeatureDefinitions

TIMES = np.arange(11.0)


def test_known_answers_of_two_ramps() -> None:
    # m = t and s = 2 t + 1 on t = 0 … 10, so the residual is t + 1 = 1 … 11.
    measured, simulated = PTCurve(TIMES, TIMES), PTCurve(TIMES, 2 * TIMES + 1)
    result = compare(simulated, measured, rate_hz=None)
    assert result.peak_pressure_diff_mpa == 11.0  # 21 − 10
    assert result.peak_pressure_diff_percent == 110.0
    assert result.peak_time_diff_ms == 0.0
    assert result.impulse_diff_mpa_ms == 60.0  # (100 + 10) − 50
    assert result.rmse_mpa == pytest.approx(math.sqrt(46), rel=1e-15)  # Σ 1² … 11² = 506
    assert result.mae_mpa == 6.0
    assert result.correlation == pytest.approx(1.0, abs=1e-15)
    assert result.r_squared == pytest.approx(1 - 506 / 110, rel=1e-14)  # Σ (m − 5)² = 110


def test_known_answers_of_a_square_against_a_ramp() -> None:
    # m = t, s = t² on 0 … 10; the sums of the powers of t are 55, 385, 3025, 25333.
    result = compare(PTCurve(TIMES, TIMES**2), PTCurve(TIMES, TIMES), rate_hz=None)
    squares = 25333 - 2 * 3025 + 385
    assert result.rmse_mpa == pytest.approx(math.sqrt(squares / 11), rel=1e-14)
    assert result.mae_mpa == 30.0  # (385 − 55) / 11
    assert result.correlation == pytest.approx(
        (3025 - 55 * 385 / 11) / math.sqrt((385 - 55**2 / 11) * (25333 - 385**2 / 11)), rel=1e-14
    )
    assert result.r_squared == pytest.approx(1 - squares / 110, rel=1e-14)
    assert result.impulse_diff_mpa_ms == 335.0 - 50.0  # trapezoids: 385 − 100 / 2
    assert result.peak_pressure_diff_mpa == 90.0


def test_times_of_peak_and_ignition() -> None:
    def shot(delay: float, peak: float) -> PTCurve:
        # Zero, a jump of 1 ms to half of the peak, a rise of 4 ms to the peak, a slow fall.
        at = [0.0, delay, delay + 1.0, delay + 5.0, 30.0]
        times = np.round(np.arange(3001) * 0.01, 2)
        return PTCurve(times, np.interp(times, at, [0.0, 0.0, peak / 2, peak, peak / 3]))

    result = compare(shot(2.0, 50.0), shot(1.5, 40.0))
    assert result.peak_pressure_diff_mpa == pytest.approx(10.0, rel=1e-12)
    assert result.peak_pressure_diff_percent == pytest.approx(25.0, rel=1e-12)
    assert result.peak_time_diff_ms == pytest.approx(0.5, abs=1e-12)
    # 2 % of the peak is reached 0.04 ms after the delay in both.
    assert result.ignition_time_diff_ms == pytest.approx(0.5, abs=1e-9)
    assert (
        compare(shot(2.0, 50.0), shot(1.5, 40.0), window_ms=(5, 20)).ignition_time_diff_ms is None
    )
    never = PTCurve(TIMES, 20.0 - TIMES)
    assert compare(never, shot(2.0, 50.0), rate_hz=1e4).ignition_time_diff_ms is None


def test_a_curve_against_itself_is_exact() -> None:
    curve = measured_like_curve(seed=4)
    for rate_hz in (None, 1_000.0, DEFAULT_RATE_HZ, 33_333.3, 100_000.0):
        result = compare(curve, measured_like_curve(seed=4), rate_hz=rate_hz)
        values = asdict(result)
        values.pop("settings")
        iso = values.pop("iso18571")
        assert iso.pop("grade") == "excellent"
        assert iso == dict.fromkeys(iso, 1.0)
        assert values.pop("sprague_geers") == {"m": 0.0, "p": 0.0, "c": 0.0}
        perfect = {"error": 0.0, "score": 1.0, "grade": "excellent"}
        phases = values.pop("phases")
        assert phases == dict.fromkeys(phases, perfect)
        assert values.pop("warnings") == ()
        assert values.pop("correlation") == 1.0
        assert values.pop("r_squared") == 1.0
        assert values == dict.fromkeys(values, 0.0)


def test_settings_tell_all_that_the_numbers_depend_on() -> None:
    curve = measured_like_curve()
    result = compare(measured_like_curve(seed=1), curve, window_ms=(2, 100))
    assert asdict(result)["settings"] == {
        "rate_hz": 10_000.0,
        "filter": None,
        "window_ms": (2.0, 100.0),
        "used_window_ms": (2.0, 39.99),
        "points": 380,  # 2.0, 2.1 … 39.9
        "time_zero": "as recorded",
        "weights": (0.4, 0.2, 0.2, 0.2),
        "definitions": asdict(FeatureDefinitions()),
        "code_version": __version__,
    }
    assert json.loads(json.dumps(result.as_dict(), allow_nan=False))["settings"]["points"] == 380
    raw = compare(measured_like_curve(seed=1), curve, rate_hz=None)
    assert (raw.settings.rate_hz, raw.settings.points) == (None, 4000)
    assert raw.settings.used_window_ms == (0.0, 39.99)
    with pytest.raises(FrozenInstanceError):
        result.rmse_mpa = 0.0  # type: ignore[misc]


def test_peaks_are_those_of_the_full_rate_and_of_the_window() -> None:
    # A spike of one sample that a grid of 10 kHz steps over.
    spike = 10.0 + TIMES.repeat(100)[:1001] * 0.0
    times = np.arange(1001) / 100.0
    spike[505] = 99.0
    spike[0] = 9.0
    ramp = PTCurve(times, times + 1.0)
    assert compare(PTCurve(times, spike), ramp).peak_pressure_diff_mpa == 99.0 - 11.0
    assert compare(PTCurve(times, spike), ramp).peak_time_diff_ms == pytest.approx(5.05 - 10.0)
    early = compare(PTCurve(times, spike), ramp, window_ms=(0.0, 4.0))
    assert early.peak_pressure_diff_mpa == 10.0 - 5.0


def test_the_impulse_has_the_ends_of_the_window_interpolated() -> None:
    measured, simulated = PTCurve(TIMES, TIMES), PTCurve(TIMES, 3 * TIMES)
    result = compare(simulated, measured, window_ms=(0.5, 9.25))
    assert result.impulse_diff_mpa_ms == pytest.approx(9.25**2 - 0.5**2, rel=1e-14)


def test_only_what_both_curves_cover_is_compared() -> None:
    measured = PTCurve(TIMES, TIMES)
    simulated = PTCurve(TIMES + 4.0, TIMES + 4.0)  # the same line, from 4 to 14 ms
    result = compare(simulated, measured)
    assert result.settings.used_window_ms == (4.0, 10.0)
    assert result.settings.points == 61
    assert result.rmse_mpa == pytest.approx(0.0, abs=1e-14)
    assert result.peak_pressure_diff_mpa == 0.0


def test_the_residual_is_simulated_minus_measured_on_the_grid() -> None:
    measured, simulated = PTCurve(TIMES, TIMES), PTCurve(TIMES, 2 * TIMES + 1)
    residual = residual_curve(simulated, measured)
    assert len(residual) == 101
    assert np.allclose(residual.time_ms, np.arange(101) / 10, rtol=0, atol=1e-12)
    assert np.allclose(residual.pressure_mpa, residual.time_ms + 1, rtol=0, atol=1e-12)
    result = compare(simulated, measured)
    assert result.mae_mpa == pytest.approx(float(np.abs(residual.pressure_mpa).mean()), rel=1e-15)
    assert len(residual_curve(simulated, measured, rate_hz=None)) == 11


@pytest.mark.parametrize(
    ("simulated", "measured", "options", "told"),
    [
        (TIMES + 20.0, TIMES, {}, "they do not overlap"),
        (TIMES + 10.0, TIMES, {}, "they do not overlap"),
        (TIMES, TIMES, {"window_ms": (11.0, 12.0)}, "lies outside of 0 to 10 ms"),
        (TIMES, TIMES, {"window_ms": (5.0, 5.0)}, "from an earlier to a later time"),
        (TIMES, TIMES, {"window_ms": (6.0, 5.0)}, "from an earlier to a later time"),
        (TIMES, TIMES, {"window_ms": (0.0, math.inf)}, "from an earlier to a later time"),
        (TIMES, TIMES, {"window_ms": (math.nan, 5.0)}, "from an earlier to a later time"),
        (TIMES, TIMES, {"window_ms": (2.0, 2.5)}, "there are 6 points at 10000 Hz"),
        (TIMES + 2.0, TIMES, {"rate_hz": None}, "there are 9 points at the measured curve's own"),
        (TIMES, TIMES, {"rate_hz": 0.0}, "must be a positive number of Hz, not 0"),
        (TIMES, TIMES, {"rate_hz": -1.0}, "must be a positive number of Hz, not -1"),
        (TIMES, TIMES, {"rate_hz": math.nan}, "must be a positive number of Hz, not nan"),
        (TIMES, TIMES, {"rate_hz": 1e12}, "there are too many points at 1e\\+12 Hz"),
        (TIMES, TIMES, {"window_ms": (2.2, 2.8), "rate_hz": 1e5}, "has no sample from 2.2 to 2.8"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    simulated: np.ndarray, measured: np.ndarray, options: dict[str, float], told: str
) -> None:
    first, second = PTCurve(simulated, TIMES), PTCurve(measured, TIMES)
    with pytest.raises(ComparisonError, match=told):
        compare(first, second, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("level", [0.0, 0.1, 55.5])
def test_a_constant_curve_has_no_correlation_and_is_refused(level: float) -> None:
    flat, ramp = PTCurve(TIMES, np.full(11, level)), PTCurve(TIMES, TIMES)
    with pytest.raises(ComparisonError, match="The simulated curve is constant from 0 to 10 ms"):
        compare(flat, ramp)
    with pytest.raises(ComparisonError, match="The measured curve is constant from 0 to 10 ms"):
        compare(ramp, flat)
    with pytest.raises(ComparisonError, match="constant"):
        compare(flat, flat)


def test_a_measured_curve_without_a_positive_peak_is_refused() -> None:
    with pytest.raises(ComparisonError, match="needs a positive peak"):
        compare(PTCurve(TIMES, TIMES), PTCurve(TIMES, TIMES - 10.0))


def again(result: Comparison, simulated: PTCurve, measured: PTCurve) -> Comparison:
    """The comparison made once more, from its settings as a database keeps them."""
    settings = json.loads(json.dumps(result.as_dict()["settings"], allow_nan=False))
    return compare(simulated, measured, **arguments_of(settings))


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"rate_hz": None},
        {"rate_hz": 20_000.0, "filter": "cfc1000", "window_ms": (0.5, 30.0)},
        {
            "filter": "CFC 600-ISO6487",
            "weights": (0.1, 0.2, 0.3, 0.4),
            "definitions": FeatureDefinitions(ignition_fraction=0.05, fixed_times_ms=(3.0,)),
        },
    ],
)
def test_the_settings_make_the_same_comparison_again(arguments: dict[str, Any]) -> None:
    simulated = measured_like_curve(peak_mpa=63.0, peak_time_ms=9.0, seed=2)
    measured = measured_like_curve(seed=1)
    result = compare(simulated, measured, **arguments)
    assert again(result, simulated, measured) == result
    if arguments:
        assert result != compare(simulated, measured)


def test_settings_of_an_older_version_are_those_it_had() -> None:
    old = {"rate_hz": 1e4, "filter": None, "window_ms": None, "points": 400}
    assert arguments_of(old) == {"rate_hz": 1e4, "filter": None, "window_ms": None}
    with pytest.raises(ComparisonError, match="not the settings of a comparison"):
        arguments_of({"rate_hz": 1e4})
    with pytest.raises(ComparisonError, match="not the settings of a comparison"):
        arguments_of({**old, "definitions": {"fixed_times_ms": [], "sense": 1}})


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (None, None), ("none", None), ("cfc1000", "cfc1000"), ("CFC 600", "cfc600"),
        ("cfc60-j211", "cfc60"), ("CFC180-ISO6487", "cfc180-iso6487"),
    ],
)  # fmt: skip
def test_filters_have_one_name(words: str | None, name: str | None) -> None:
    assert filter_name(words) == name


def test_filtered_curves_are_compared_as_if_they_came_so() -> None:
    simulated, measured = measured_like_curve(seed=2), measured_like_curve(seed=1)
    result = compare(simulated, measured, filter="cfc600-iso6487")
    by_hand = compare(simulated.filtered(600, "iso6487"), measured.filtered(600, "iso6487"))
    assert replace(result, settings=by_hand.settings) == by_hand
    assert result.settings.filter == "cfc600-iso6487"
    assert result.warnings == ()
    (warning,) = compare(simulated, measured, filter="cfc180").warnings
    assert "flatten the steepest part of the rise" in warning


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("butterworth", "'butterworth' is no filter; write none, cfc60"),
        ("cfc61", "The simulated curve cannot be filtered: There is no class CFC 61"),
        ("cfc180", "The measured curve cannot be filtered: CFC 180 needs at least 1,800 samples"),
    ],
)
def test_filters_that_cannot_be_are_refused(words: str, told: str) -> None:
    with pytest.raises(ComparisonError, match=told):
        compare(measured_like_curve(), PTCurve(TIMES, TIMES), filter=words)


def test_uneven_times_have_no_iso_score_unless_there_is_a_rate() -> None:
    uneven = PTCurve(TIMES**1.1, TIMES + 1.0)
    raw = compare(PTCurve(TIMES * 2, TIMES), uneven, rate_hz=None)
    assert raw.iso18571 is None
    (warning,) = raw.warnings
    assert "needs evenly spaced points, but the measured curve's own times are not" in warning
    assert compare(PTCurve(TIMES * 2, TIMES), uneven).iso18571 is not None


def test_very_many_points_have_no_iso_score() -> None:
    result = compare(measured_like_curve(seed=2), measured_like_curve(seed=1), rate_hz=1e6)
    assert result.iso18571 is None
    assert "takes at most 20,000 points, but there are 39,991" in result.warnings[0]


def test_percentages_are_of_the_measured_peak() -> None:
    result = compare(PTCurve(TIMES, 2 * TIMES + 1), PTCurve(TIMES, TIMES), rate_hz=None)
    assert result.rmse_percent == pytest.approx(10 * math.sqrt(46), rel=1e-14)
    assert result.mae_percent == pytest.approx(60.0, rel=1e-14)


pressures = st.lists(st.floats(-1.0, 100.0), min_size=12, max_size=40)


@settings(max_examples=60, deadline=None)
@given(pressures, pressures, st.sampled_from([None, 3_000.0, DEFAULT_RATE_HZ]))
def test_what_holds_for_any_two_curves(
    first: list[float], second: list[float], rate_hz: float | None
) -> None:
    a, b = (PTCurve(np.arange(len(p)) / 2.0, p) for p in (first, second))
    common = min(len(first), len(second))
    try:
        there, back = compare(a, b, rate_hz=rate_hz), compare(b, a, rate_hz=rate_hz)
    except ComparisonError:
        assert any(np.ptp(p[:common]) < 1e-7 or max(p[:common]) <= 0.0 for p in (first, second))
        return
    assert -1.0 <= there.correlation <= 1.0
    assert there.r_squared <= 1.0
    assert 0.0 <= there.mae_mpa <= there.rmse_mpa
    assert there.rmse_mpa == back.rmse_mpa
    assert there.peak_pressure_diff_mpa == -back.peak_pressure_diff_mpa
    assert there.peak_time_diff_ms == -back.peak_time_diff_ms
    assert there.impulse_diff_mpa_ms == -back.impulse_diff_mpa_ms
    assert there.correlation == pytest.approx(back.correlation, abs=1e-9)


def test_against_formulas_of_numpy_on_curves_like_measured_ones() -> None:
    measured = measured_like_curve(seed=1)
    simulated = measured_like_curve(peak_mpa=63.0, peak_time_ms=9.0, seed=2)
    result = compare(simulated, measured, rate_hz=None)
    s, m = simulated.pressure_mpa, measured.pressure_mpa
    assert result.rmse_mpa == pytest.approx(math.sqrt(sum((s - m) ** 2) / 4000), rel=1e-12)
    assert result.correlation == pytest.approx(np.corrcoef(s, m)[0, 1], rel=1e-12)
    assert result.r_squared == pytest.approx(
        1 - np.var(s - m) / np.var(m) - (np.mean(s - m) ** 2 / np.var(m)), rel=1e-12
    )

"""Sprague and Geers by closed forms, and the phases of shots made of straight lines."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mgg_kernel.comparison import PhaseRatings, compare, sprague_geers
from mgg_kernel.curve import PTCurve

ANGLES = np.arange(360) * (2 * np.pi / 360)


@pytest.mark.parametrize("factor", [0.5, 0.98, 1.02, 3.0])
def test_a_scaled_curve_has_an_error_of_magnitude_only(factor: float) -> None:
    curve = 1.0 + np.random.default_rng(0).normal(size=400).cumsum()
    errors = sprague_geers(factor * curve, curve)
    assert errors.m == pytest.approx(factor - 1, abs=1e-14)
    assert errors.p == pytest.approx(0.0, abs=1e-15)
    assert errors.c == pytest.approx(abs(factor - 1), abs=1e-14)


@pytest.mark.parametrize("degrees", [1e-6, 1.0, 45.0, 90.0, 179.0])
def test_the_phase_error_of_two_sines_is_the_angle_between_them(degrees: float) -> None:
    errors = sprague_geers(np.sin(ANGLES - math.radians(degrees)), np.sin(ANGLES))
    assert errors.m == pytest.approx(0.0, abs=1e-14)
    assert errors.p == pytest.approx(degrees / 180, rel=1e-9)


def test_what_points_the_other_way_has_the_phase_error_1() -> None:
    errors = sprague_geers(-np.sin(ANGLES), np.sin(ANGLES))
    assert (errors.m, errors.p, errors.c) == (0.0, 1.0, 1.0)


def test_both_errors_together_are_their_hypotenuse() -> None:
    # Σ s² / Σ m² = 16, and the cosine between (0, 4) and (1, 0) is 0.
    errors = sprague_geers(np.array([0.0, 4.0]), np.array([1.0, 0.0]))
    assert (errors.m, errors.p, errors.c) == pytest.approx((3.0, 0.5, math.hypot(3.0, 0.5)))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(-99, 99), st.floats(-99, 99)), min_size=2, max_size=50))
def test_sprague_and_geers_by_their_formulas(pairs: list[tuple[float, float]]) -> None:
    s, m = np.array(pairs).T
    ss, mm, sm = (math.fsum(a * b) for a, b in ((s, s), (m, m), (s, m)))
    if min(ss, mm) < 1e-9:
        return
    errors = sprague_geers(s, m)
    assert errors.m == pytest.approx(math.sqrt(ss / mm) - 1, abs=1e-9 * (1 + errors.m))
    cosine = max(-1.0, min(1.0, sm / math.sqrt(ss * mm)))
    # arccos loses half of the digits near 1.
    assert errors.p == pytest.approx(math.acos(cosine) / math.pi, abs=1e-7)


def shot(
    *, delay: float = 2.0, rise: float = 5.0, peak: float = 50.0, left: float = 0.6
) -> PTCurve:
    """Nothing, a straight rise to the peak, a straight fall over 20 ms to what is left of it."""
    times = np.round(np.arange(4001) * 0.01, 2)
    at = [0.0, delay, delay + rise, delay + rise + 20.0, 40.0]
    return PTCurve(times, np.interp(times, at, [0.0, 0.0, peak, left * peak, left * peak]))


def phases(simulated: PTCurve, **options: object) -> PhaseRatings:
    return compare(simulated, shot(), **options).phases  # type: ignore[arg-type]


# Ignition is at 2 % of the rise, so that T, from there to 90 %, is 88 % of 5 ms: 4.4 ms.


def test_a_late_ignition_is_rated_as_a_delay_and_nothing_else() -> None:
    rated = phases(shot(delay=2.22))
    assert rated.ignition_delay is not None
    assert rated.ignition_delay.error == pytest.approx(0.22 / 4.4, abs=1e-6)
    assert rated.ignition_delay.score == pytest.approx(0.9, abs=1e-5)
    assert rated.ignition_delay.grade == "good"
    for other in (rated.rise, rated.peak, rated.decay):
        assert other is not None
        assert other.score == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(("rise", "grade"), [(5.2, "excellent"), (6.0, "fair"), (10.0, "poor")])
def test_a_slow_rise_is_rated_as_a_rise(rise: float, grade: str) -> None:
    rated = phases(shot(rise=rise))
    assert rated.ignition_delay is not None
    assert rated.rise is not None
    # Ignition comes 2 % of the rise after its begin; the mean of the nine shares is ½.
    assert rated.ignition_delay.error == pytest.approx(0.02 * (rise - 5) / 4.4, abs=1e-6)
    assert rated.rise.error == pytest.approx(0.48 * (rise - 5) / 4.4, abs=1e-6)
    assert rated.rise.grade == grade
    assert rated.peak.error == pytest.approx(0.0, abs=1e-12)
    assert rated.decay is not None
    assert rated.decay.error == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("peak", [51.4, 45.1, 39.6, 70.0])
def test_a_wrong_peak_is_rated_as_a_peak(peak: float) -> None:
    rated = phases(shot(peak=peak))
    error = abs(peak - 50) / 50
    assert rated.peak.error == pytest.approx(error, abs=1e-9)
    assert rated.peak.score == pytest.approx(1 - 2 * error, abs=1e-9)
    grades = {51.4: "excellent", 45.1: "good", 39.6: "fair", 70.0: "poor"}
    assert rated.peak.grade == grades[peak]
    for other in (rated.ignition_delay, rated.rise, rated.decay):
        assert other is not None
        assert other.score == pytest.approx(1.0, abs=1e-6)


def test_a_wrong_decay_is_rated_as_a_decay() -> None:
    rated = phases(shot(left=0.8))
    # What is left falls to 0.6 within 20 ms and stays for 13: 16 + 7.8.  The other one to 0.8.
    assert rated.decay is not None
    assert rated.decay.error == pytest.approx((2.0 + 2.6) / 23.8, abs=1e-6)
    assert rated.peak.score == 1.0


def test_a_phase_outside_of_the_window_is_not_rated() -> None:
    rated = phases(shot(peak=45.0), window_ms=(10.0, 30.0))
    assert rated.ignition_delay is None
    assert rated.rise is None
    assert rated.decay is not None
    assert compare(PTCurve([0, 40], [50, 20]), shot()).phases.rise is None
    early = compare(shot(), shot(peak=60), window_ms=(0.0, 7.0)).phases
    assert early.decay is None, "the peak is the last sample"
    assert early.rise is not None

"""ISO/TS 18571 by hand and beside the reference implementation; what is refused."""

import math
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factory import measured_like_curve
from hypothesis import given, settings
from hypothesis import strategies as st

from mgg_kernel.comparison import grade_of, iso18571
from mgg_kernel.comparison.warping import correlations, warped_sums
from mgg_kernel.errors import ComparisonError
from mgg_kernel.ingest import read_workbook

PARTS = ("overall", "corridor", "phase", "magnitude", "slope")
RAMP = np.arange(1.0, 10.0)  # nine points: no shift, no warping


def scores(simulated: Any, measured: Any) -> list[float]:
    rated = iso18571(simulated, measured)
    return [getattr(rated, part) for part in PARTS]


def pulse(at: int, points: int = 100) -> np.ndarray:
    """A half sine of 21 points that ends at zero on both sides."""
    values = np.zeros(points)
    values[at : at + 21] = np.sin(np.linspace(0, np.pi, 21))
    return values


# The corridor: the reference peaks at 1, so the inner one is 0.05 wide and the outer one 0.5.


@pytest.mark.parametrize(
    ("away", "score"),
    [(0.0, 1.0), (0.04, 1.0), (0.05, 1.0), (0.275, 0.25), (0.41, 0.04), (0.5, 0.0), (2.0, 0.0)],
)
def test_the_corridor_falls_with_the_square_between_5_and_50_percent(
    away: float, score: float
) -> None:
    measured = pulse(30)
    for sign in (1, -1):
        assert iso18571(measured + sign * away, measured).corridor == pytest.approx(score, abs=1e-9)


def test_the_corridor_is_a_mean_over_all_points() -> None:
    measured, simulated = pulse(30), pulse(30)
    simulated[:20] += 0.275  # a quarter each
    simulated[80:] += 3.0  # nothing each
    assert iso18571(simulated, measured).corridor == pytest.approx(0.6 + 0.2 / 4, abs=1e-12)


# The phase: 100 points, so that 20 of them are too much.


@pytest.mark.parametrize("late", [0, 1, 5, 19, 20, -1, -5, -19, -20])
def test_the_phase_falls_linearly_with_the_shift(late: int) -> None:
    rated = iso18571(pulse(40 + late), pulse(40))
    assert rated.phase == pytest.approx(1 - abs(late) / 20, abs=1e-12)
    # Shifted back the pulses agree.
    assert (rated.magnitude, rated.slope) == pytest.approx((1.0, 1.0), abs=1e-12)


def test_of_equal_shifts_the_smallest_counts_and_left_before_right() -> None:
    # Two equal pulses in the reference; the simulated one lies between them, nearer to the right.
    both = correlations(pulse(44), pulse(40) + pulse(66), 20)
    assert np.argmax(both[0]) == 4
    for seed in range(3):
        line = np.random.default_rng(seed).normal(size=2)
        straight = line[0] + line[1] * np.arange(400.0)
        assert scores(straight, straight) == [1.0] * 5
        # Any shift of a line fits as well as none.
        assert iso18571(straight + 3.7 * line[1], straight).phase == 1.0


def test_shifts_are_correlated_as_numpy_does_it() -> None:
    rng = np.random.default_rng(5)
    s, m = rng.normal(size=57).cumsum(), rng.normal(size=57).cumsum()
    found = correlations(s, m, 11)
    for shift in range(1, 12):
        assert found[0, shift] == pytest.approx(np.corrcoef(s[shift:], m[:-shift])[0, 1], abs=1e-13)
        assert found[1, shift] == pytest.approx(np.corrcoef(s[:-shift], m[shift:])[0, 1], abs=1e-13)
    assert found[:, 0] == pytest.approx(np.corrcoef(s, m)[0, 1], abs=1e-13)
    flat = np.r_[np.zeros(50), 1.0]
    assert np.isnan(correlations(flat, flat, 3)[:, 1:]).all(), "what overlaps is constant"


# Nine points leave no room for a shift or a warp: what is left can be worked out by hand.


@pytest.mark.parametrize("factor", [1.1, 0.9, 1.25])
def test_magnitude_and_slope_of_a_scaled_ramp(factor: float) -> None:
    rated = iso18571(factor * RAMP, RAMP)
    error = abs(factor - 1)
    assert rated.magnitude == pytest.approx(1 - error / 0.5, abs=1e-12)
    assert rated.slope == pytest.approx(1 - error / 2.0, abs=1e-12)
    assert rated.phase == 1.0
    away = error * RAMP / 9
    corridor = float(np.mean(np.clip((0.5 - away) / 0.45, 0, 1) ** 2))
    assert rated.corridor == pytest.approx(corridor, abs=1e-12)
    overall = 0.4 * corridor + 0.2 * (1 + rated.magnitude + rated.slope)
    assert rated.overall == pytest.approx(overall, abs=1e-12)


def test_what_is_far_off_scores_nothing() -> None:
    rated = iso18571(-9 * RAMP, RAMP)
    assert (rated.corridor, rated.magnitude, rated.slope, rated.grade) == (0, 0, 0, "poor")


def test_a_reference_whose_smoothed_slope_vanishes_scores_nothing_unless_matched() -> None:
    # Nine steps up and down again and again: the mean of nine differences is 0 but at the ends.
    up_and_down = np.array([0.0, 1.0] * 6)
    assert 0.0 <= iso18571(np.arange(12.0), up_and_down).slope < 0.2
    assert scores(up_and_down, up_and_down) == [1.0] * 5


def test_the_slope_is_averaged_over_nine_points_and_fewer_at_the_ends() -> None:
    # A kink of 1 at the seventh of 13 points: differences 0 … 0, ½, 1 … 1.
    kink = np.r_[np.zeros(7), np.arange(1.0, 7.0)]
    line = np.linspace(0, 6, 13)
    expected_kink = _smooth_by_hand(np.r_[np.zeros(6), 0.5, np.ones(6)])
    expected_line = _smooth_by_hand(np.full(13, 0.5))
    error = np.abs(expected_kink - expected_line).sum() / expected_line.sum()
    from mgg_kernel.comparison.rating import _slope

    assert _slope(kink, line) == pytest.approx(1 - error / 2, abs=1e-12)


def _smooth_by_hand(slope: np.ndarray) -> np.ndarray:
    n, out = slope.size, []
    for i in range(n):
        half = min(i, n - 1 - i, 4)
        if i < 4:
            out.append(slope[: 2 * i + 1].mean())
        elif n - 1 - i < 4:
            out.append(slope[n - 2 * (n - 1 - i) - 1 :].mean())
        else:
            out.append(slope[i - half : i + half + 1].mean())
    return np.array(out)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 7), st.integers(1, 4))
def test_the_warping_path_is_the_cheapest_of_all(seed: int, points: int, reach: int) -> None:
    rng = np.random.default_rng(seed)
    s, m = rng.normal(size=points), rng.normal(size=points)
    reach = min(reach, points - 1)
    best = min(_paths(points, reach), key=lambda path: sum((s[i] - m[j]) ** 2 for i, j in path))
    difference = sum(abs(s[i] - m[j]) for i, j in best)
    size = sum(abs(m[j]) for _, j in best)
    assert warped_sums(s, m, reach) == pytest.approx((difference, size), abs=1e-12)


def _paths(points: int, reach: int) -> list[list[tuple[int, int]]]:
    """All warping paths within a band, by brute force."""
    whole: list[list[tuple[int, int]]] = []
    begun = [[(0, 0)]]
    while begun:
        path = begun.pop()
        if path[-1] == (points - 1, points - 1):
            whole.append(path)
            continue
        for on_s, on_m in ((1, 0), (0, 1), (1, 1)):
            i, j = path[-1][0] + on_s, path[-1][1] + on_m
            if max(i, j) < points and abs(i - j) <= reach:
                begun.append([*path, (i, j)])
    return whole


@pytest.mark.parametrize(
    ("score", "grade"),
    [
        (1.0, "excellent"), (0.9401, "excellent"), (0.94, "good"), (0.8001, "good"),
        (0.80, "fair"), (0.5801, "fair"), (0.58, "poor"), (0.0, "poor"),
    ],
)  # fmt: skip
def test_a_grade_is_reached_above_its_score(score: float, grade: str) -> None:
    assert grade_of(score) == grade


@pytest.mark.parametrize(
    ("simulated", "measured", "told"),
    [
        (np.r_[RAMP, np.nan], np.r_[RAMP, 1], "Point 10 of the simulated curve is nan"),
        (RAMP, np.r_[np.inf, RAMP[1:]], "Point 1 of the measured curve is inf"),
        (RAMP[:8], RAMP[:8], "at least 9 points, but the simulated curve has 8"),
        ([], [], "at least 9 points, but the simulated curve has 0"),
        (RAMP, np.full(9, 50.1), "The measured curve is constant"),
        (np.zeros(9), RAMP, "The simulated curve is constant"),
        (RAMP, np.r_[RAMP, 1], "they have 9 and 10 points; resample one of them"),
        (RAMP.reshape(3, 3), RAMP, r"the simulated curve has the shape \(3, 3\)"),
        (RAMP * 1e-200, RAMP, "so near to zero"),
    ],
)
def test_what_cannot_be_rated_is_refused(simulated: Any, measured: Any, told: str) -> None:
    with pytest.raises(ComparisonError, match=told):
        iso18571(simulated, measured)


@pytest.mark.parametrize("points", [9, 10, 11, 12, 50])
def test_few_points_are_rated_from_nine_on(points: int) -> None:
    values = np.random.default_rng(points).normal(size=points)
    assert scores(values, values) == [1.0] * 5
    assert all(0 <= score <= 1 for score in scores(values[::-1], values))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=3, max_size=3))
def test_all_weights_with_the_sum_1_are_accepted(cuts: list[int]) -> None:
    ends = [0, *sorted(cuts), 1000]
    weights = tuple((b - a) / 1000 for a, b in pairwise(ends))
    rated = iso18571(1.1 * RAMP, RAMP, weights=weights)  # type: ignore[arg-type]
    expected = math.fsum(
        weight * getattr(rated, part) for weight, part in zip(weights, PARTS[1:], strict=True)
    )
    assert rated.overall == pytest.approx(expected, abs=1e-12)
    assert iso18571(RAMP, RAMP, weights=weights).overall == 1.0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "weights",
    [
        (0.4, 0.2, 0.2, 0.3), (0.5, 0.5, 0.5, -0.5), (0.5, 0.5), (0.2,) * 5,
        (math.nan, 0.2, 0.2, 0.2), (0.0,) * 4,
    ],
)  # fmt: skip
def test_other_weights_are_refused(weights: Any) -> None:
    with pytest.raises(ComparisonError, match="four numbers from 0 to 1 with the sum 1, not"):
        iso18571(RAMP, RAMP, weights=weights)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e3, 1e3), min_size=9, max_size=60))
def test_a_curve_against_itself_scores_exactly_1(values: list[float]) -> None:
    if np.ptp(values) < 1e-9:
        return
    assert scores(values, values) == [1.0] * 5


# Beside the reference implementation, a package under the MIT licence.


def by_reference(simulated: np.ndarray, measured: np.ndarray) -> list[float]:
    from objective_rating_metrics.rating import ISO18571

    times = np.arange(len(measured)) * 1e-4
    rated = ISO18571(np.column_stack((times, measured)), np.column_stack((times, simulated)))
    return [
        float(rate(-1))
        for rate in (
            rated.overall_rating,
            rated.corridor_rating,
            rated.phase_rating,
            rated.magnitude_rating,
            rated.slope_rating,
        )
    ]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(11, 300), st.sampled_from(["noise", "walk", "moved"]))
def test_random_pairs_score_as_by_the_reference(seed: int, points: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    s, m = rng.normal(size=points), rng.normal(size=points)
    if kind == "walk":
        s, m = 50 + s.cumsum(), 50 + m.cumsum()
    elif kind == "moved":
        m = m.cumsum()
        s = np.roll(m, int(rng.integers(-points // 3, points // 3))) + 0.1 * s
    assert scores(s, m) == pytest.approx(by_reference(s, m), abs=1e-9)


@pytest.mark.parametrize("step", [1, 10])
def test_curves_like_measured_ones_score_as_by_the_reference(step: int) -> None:
    s = measured_like_curve(peak_mpa=63.0, peak_time_ms=9.0, seed=2).pressure_mpa[::step]
    m = measured_like_curve(seed=1).pressure_mpa[::step]
    assert scores(s, m) == pytest.approx(by_reference(s, m), abs=1e-9)


def test_real_pairs_score_as_by_the_reference(lab_data: Path) -> None:
    curves = [
        read_workbook(path.read_bytes(), path.name)[0].curve.pressure_mpa[::10]
        for path in sorted((lab_data / "curves").glob("*.xlsx"))
    ]
    for s, m in product(curves, curves):
        assert scores(s, m) == pytest.approx(by_reference(s, m), abs=1e-9)

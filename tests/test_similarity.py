"""Similarity search: signatures, the distance, and the search held to brute force."""

from typing import Any

import numpy as np
import pytest

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import ComparisonError
from mgg_kernel.ingest import example_curve
from mgg_kernel.similarity import (
    CELLS,
    WINDOW_MS,
    Aligned,
    Candidates,
    Nearest,
    aligned_rmse,
    correlation,
    nearest,
    signature,
)
from mgg_kernel.similarity.cells import EDGES_MS, WIDTHS_MS


def step_curve(level_mpa: float, *, at_ms: float = 1.0, samples: int = 4000) -> PTCurve:
    """0 before `at_ms`, a ramp of 0.1 ms, then a level: everything about it is known."""
    time = np.round(np.arange(samples) * 0.01, 2)
    return PTCurve(time, level_mpa * np.clip((time - at_ms) / 0.1, 0.0, 1.0))


def candidates_of(curves: list[PTCurve]) -> Candidates:
    times = [curve.features().ignition_time_ms for curve in curves]
    ignition = np.array([np.nan if time is None else time for time in times])
    return Candidates(np.array([signature(curve) for curve in curves]), ignition)


def search(asked: PTCurve, curves: list[PTCurve], **method: Any) -> Nearest:
    return nearest(Aligned.of(asked), candidates_of(curves), curves.__getitem__, **method)


def many(count: int) -> list[PTCurve]:
    """Curves of peaks, times, lengths, rates and noise of their own."""
    random = np.random.default_rng(4)
    curves = []
    for seed in range(count):
        curve = example_curve(
            peak_mpa=random.uniform(45, 70), peak_time_ms=random.uniform(6, 16), seed=seed
        )
        noise = random.normal(0.0, random.uniform(0.0, 0.3), len(curve))
        step = int(random.integers(1, 4))
        end = int(random.integers(3900, 4000))
        time = (curve.time_ms + random.uniform(0.0, 0.4))[:end:step]
        curves.append(PTCurve(time, (curve.pressure_mpa + noise)[:end:step]))
    return curves


# --- signature and distance ---------------------------------------------------------------------


def test_the_cells_cover_the_window_without_gaps() -> None:
    assert EDGES_MS.size == CELLS + 1 == 257
    assert WINDOW_MS == (-0.5, 35.1)
    assert WIDTHS_MS.min() > 0
    assert np.sum(WIDTHS_MS) == pytest.approx(35.6, abs=1e-9)


def test_a_signature_is_the_mean_of_each_cell() -> None:
    # p = 3·t, ignited at 2 % of its peak of 120 MPa: at 0.8 ms.  Its mean over a cell is that
    # in the middle of the cell.
    time = np.arange(4001) * 0.01
    cells = signature(PTCurve(time, 3.0 * time))
    # The baseline is the median of the first 0.2 ms, 0.3 MPa.
    ignition = (0.3 + 0.02 * (120.0 - 0.3)) / 3.0
    middles = (EDGES_MS[1:] + EDGES_MS[:-1]) / 2.0
    assert cells == pytest.approx(3.0 * (middles + ignition), abs=1e-4)


def test_a_cell_that_the_curve_does_not_reach_is_not_a_number() -> None:
    short = step_curve(50.0, samples=1101)  # to 11 ms, ignited at 1.002 ms
    cells = signature(short)
    reached = EDGES_MS[1:] <= 11.0 - short.features().ignition_time_ms
    assert np.array_equal(~np.isnan(cells), reached)


def test_the_distance_of_two_levels_is_known() -> None:
    low, high = Aligned.of(step_curve(40.0)), Aligned.of(step_curve(50.0))
    # The difference is 0 … 10 MPa over the ramp of 0.1 ms, then 10 MPa for what is left of
    # the window; the ramp begins 0.002 ms (2 % of it) before ignition.
    ramp, level = 0.1, 35.1 - 0.098
    expected = np.sqrt(100.0 * (ramp / 3.0 + level) / 35.6)
    assert aligned_rmse(low, high) == pytest.approx(expected, rel=1e-9)
    assert aligned_rmse(high, low) == aligned_rmse(low, high)


def test_the_distance_scales_with_the_pressure() -> None:
    first, second = example_curve(seed=1), example_curve(peak_mpa=63.0, seed=2)
    doubled = [PTCurve(curve.time_ms, 2.0 * curve.pressure_mpa) for curve in (first, second)]
    once = aligned_rmse(Aligned.of(first), Aligned.of(second))
    assert aligned_rmse(*map(Aligned.of, doubled)) == pytest.approx(2.0 * once, rel=1e-9)


def test_the_distance_is_that_of_a_fine_grid() -> None:
    first, second = (Aligned.of(curve) for curve in many(2))
    grid = np.linspace(-0.5, 35.1, 2_000_001)
    values = [
        np.interp(grid + one.origin_ms, one.curve.time_ms, one.curve.pressure_mpa)
        for one in (first, second)
    ]
    by_grid = np.sqrt(np.mean((values[0] - values[1]) ** 2))
    assert aligned_rmse(first, second) == pytest.approx(by_grid, rel=1e-5)


def test_signatures_are_never_farther_apart_than_their_curves() -> None:
    curves = many(30)
    aligned = [Aligned.of(curve) for curve in curves]
    weights = WIDTHS_MS / WIDTHS_MS.sum()
    ratios = []
    for first in aligned:
        for second in aligned:
            if first is not second:
                bound = np.sqrt(np.dot(weights, (first.cells_mpa - second.cells_mpa) ** 2))
                ratios.append(bound / aligned_rmse(first, second))
    assert max(ratios) <= 1.0
    assert np.median(ratios) > 0.98, "and near to it, or the bound would be of no use"


def test_correlation_is_one_of_a_scaled_curve_and_none_of_a_constant_one() -> None:
    curve = example_curve(seed=3)
    scaled = PTCurve(curve.time_ms, 1.1 * curve.pressure_mpa)
    flat = PTCurve(curve.time_ms, np.full(len(curve), 5.0))
    assert correlation(Aligned.of(curve), Aligned.of(curve)) == 1.0
    assert correlation(Aligned.of(curve), Aligned.of(scaled)) == pytest.approx(1.0, abs=1e-9)
    assert correlation(Aligned.of(curve), Aligned.of(flat)) is None


# --- the search ---------------------------------------------------------------------------------


def test_the_curve_itself_is_nearest_at_no_distance() -> None:
    curves = many(20)
    found = search(curves[7], curves).matches[0]
    assert (found.row, found.distance_mpa, found.shift_ms, found.correlation) == (7, 0.0, 0.0, 1.0)


def test_a_curve_that_was_moved_is_found_with_its_shift() -> None:
    curves = many(20)
    found = search(curves[7].shift(1.25), curves).matches[0]
    assert found.row == 7
    assert found.distance_mpa == pytest.approx(0.0, abs=1e-9)
    assert found.shift_ms == pytest.approx(-1.25, abs=1e-9)


def test_the_search_finds_what_the_exact_one_finds() -> None:
    curves = many(60)
    aligned = [Aligned.of(curve) for curve in curves]
    reads = []
    for asked in aligned[::6]:
        exact = sorted((aligned_rmse(one, asked), row) for row, one in enumerate(aligned))[:10]
        result = nearest(asked, candidates_of(curves), curves.__getitem__)
        assert [(m.distance_mpa, m.row) for m in result.matches] == exact
        assert result.is_proven
        reads.append(result.read)
    assert max(reads) < 30, "and without reading everything"


def test_the_shift_counts_where_it_is_weighed() -> None:
    near, late = example_curve(peak_mpa=58.2, seed=5), example_curve(seed=5).shift(0.5)
    asked = example_curve(seed=5)
    assert [m.row for m in search(asked, [near, late]).matches] == [1, 0]
    weighed = search(asked, [near, late], shift_weight_mpa_per_ms=4.0)
    assert [m.row for m in weighed.matches] == [0, 1]
    assert weighed.matches[1].distance_mpa == pytest.approx(2.0, abs=1e-6)
    assert weighed.matches[1].rmse_mpa == pytest.approx(0.0, abs=1e-9)


def test_of_equals_the_first_stands_first() -> None:
    curve, other = example_curve(seed=6), example_curve(peak_mpa=64.0, seed=7)
    result = search(curve, [other, curve, curve, curve], count=3)
    assert [match.row for match in result.matches] == [1, 2, 3]


def test_reading_ends_at_the_limit_and_that_is_told() -> None:
    curve = example_curve(seed=6)
    result = search(curve, [curve] * 12, count=3, most_read=5)
    assert (result.read, result.is_proven) == (8, False)
    assert [match.row for match in result.matches] == [0, 1, 2]


def test_a_curve_that_covers_too_little_is_left_out() -> None:
    asked, cut = example_curve(seed=8), example_curve(seed=8)
    short = PTCurve(cut.time_ms[:2000], cut.pressure_mpa[:2000])
    result = search(asked, [short, asked])
    assert ([match.row for match in result.matches], result.left_out) == ([1], 1)
    by_short = search(short, [short, asked])
    assert [match.row for match in by_short.matches] == [0, 1]
    assert by_short.matches[1].distance_mpa == pytest.approx(0.0, abs=0.05)


def test_a_curve_without_ignition_is_aligned_at_its_time_0() -> None:
    time = np.arange(4000) * 0.01
    falling = PTCurve(time, 50.0 - time)
    aligned = Aligned.of(falling)
    assert (aligned.ignited, aligned.origin_ms) == (False, 0.0)
    match = search(falling, [example_curve(seed=1), falling], shift_weight_mpa_per_ms=5.0).matches
    assert (match[0].row, match[0].distance_mpa, match[0].shift_ms) == (1, 0.0, None)


def test_nothing_to_search_is_no_error() -> None:
    empty = Candidates(np.empty((0, CELLS), np.float32), np.empty(0))
    asked = Aligned.of(example_curve())
    assert nearest(asked, empty, lambda _: example_curve()).matches == ()


@pytest.mark.parametrize(
    ("method", "told"),
    [
        ({"count": 0}, "1 … 1,000 similar curves, not for 0"),
        ({"count": 1001}, "not for 1001"),
        ({"shift_weight_mpa_per_ms": -1.0}, "not negative, not -1"),
        ({"shift_weight_mpa_per_ms": float("nan")}, "not nan"),
    ],
)
def test_senseless_arguments_are_refused(method: dict[str, Any], told: str) -> None:
    with pytest.raises(ComparisonError, match=told):
        search(example_curve(), [example_curve()], **method)


def test_a_curve_that_is_too_short_is_refused() -> None:
    with pytest.raises(ComparisonError, match=r"Only 1\.\d+ ms of the curve .* longer record"):
        search(step_curve(50.0, samples=250), [example_curve()])
    apart = Aligned.of(step_curve(50.0, samples=250)), Aligned.of(step_curve(50.0).shift(-40.0))
    apart = apart[0], Aligned(apart[1].curve, -100.0, True, np.full(CELLS, np.nan))
    with pytest.raises(ComparisonError, match="share no time"):
        aligned_rmse(*apart)

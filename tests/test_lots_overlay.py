"""Shots laid over each other: straight-line shots whose mean, spread and shift are known."""

import numpy as np
import pytest
from factory import measured_like_curve
from hypothesis import given, settings
from hypothesis import strategies as st

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import ComparisonError, LotError
from mgg_kernel.features import FeatureDefinitions
from mgg_kernel.lots import READOUTS, one_sided_factor, overlay, two_sided_factor

TIMES = np.round(np.arange(4001) * 0.01, 2)


def shot(*, delay: float = 2.0, peak: float = 50.0, begin: float = 0.0) -> PTCurve:
    """Nothing, a straight rise of 5 ms to the peak, a straight fall over 20 ms to 60 % of it."""
    times = TIMES + begin
    at = [begin, delay, delay + 5.0, delay + 25.0, 100.0]
    return PTCurve(times, np.interp(times, at, [0, 0, peak, 0.6 * peak, 0.6 * peak]))


def test_mean_and_spread_of_three_shots_by_hand() -> None:
    laid = overlay([shot(peak=peak) for peak in (40.0, 50.0, 60.0)], align="none")
    at = int(np.searchsorted(laid.time_ms, 7.0))
    assert laid.time_ms[at] == 7.0
    assert laid.mean_mpa[at] == pytest.approx(50.0)
    assert laid.sd_mpa[at] == pytest.approx(10.0)
    assert (laid.rate_hz, laid.time_ms.size, laid.align_at_ms) == (100_000.0, 4001, None)
    assert laid.count.tolist() == [3] * 4001
    band = laid.band(2.0)
    assert (band.lower_mpa[at], band.upper_mpa[at]) == pytest.approx((30.0, 70.0))
    tolerance = laid.tolerance_band(0.95, 0.95)
    assert tolerance.upper_mpa[at] == pytest.approx(50.0 + 97.888, abs=1e-2)
    assert tolerance.sentence == (
        "at each time, 95 % of all shots with 95 % confidence, from up to 3 shots"
    )


def test_shots_are_moved_until_their_ignitions_lie_at_the_median() -> None:
    delays = [2.0, 2.5, 4.0]
    laid = overlay([shot(delay=delay) for delay in delays], names=["a", "b", "c"])
    # 2 % of the peak is reached 0.1 ms after the delay in each.
    assert laid.align_at_ms == pytest.approx(2.6, abs=1e-9)
    assert [run.shift_ms for run in laid.runs] == pytest.approx([0.5, 0.0, -1.5], abs=1e-9)
    # Aligned they are one curve, wherever all of them have samples.
    everywhere = laid.count == 3
    assert np.nanmax(laid.sd_mpa[everywhere]) < 1e-9
    assert laid.mean_mpa[np.searchsorted(laid.time_ms, 7.5)] == pytest.approx(50.0)
    # What a shot has not recorded is not there, and nothing is extrapolated.
    first = laid.pressures_mpa[0]
    assert np.isnan(first[laid.time_ms < 0.5 - 1e-9]).all()
    assert np.isfinite(first[laid.time_ms >= 0.5]).all()
    assert (laid.time_ms[0], laid.time_ms[-1]) == pytest.approx((-1.5, 40.5))
    assert (laid.count[0], laid.count[-1]) == (1, 1)
    assert np.isnan(laid.sd_mpa[0])
    # The read-outs keep the times as recorded.
    assert laid.statistics["ignition_time_ms"].maximum == pytest.approx(4.1)
    assert laid.statistics["rise_time_ms"].sd == pytest.approx(0.0, abs=1e-9)
    assert [run.name for run in laid.runs] == ["a", "b", "c"]


def test_shots_aligned_at_their_peaks() -> None:
    laid = overlay([shot(delay=1.0), shot(delay=2.0), shot(delay=3.0)], align="peak")
    assert laid.align_at_ms == 7.0
    assert [run.shift_ms for run in laid.runs] == [1.0, 0.0, -1.0]


def test_a_shot_that_has_not_fired_is_told_and_does_not_count() -> None:
    dud = PTCurve(TIMES, shot(peak=3.0).pressure_mpa)
    laid = overlay([shot(), shot(delay=2.2, peak=52.0), dud], names=["a", "b", "dud"])
    run = laid.runs[2]
    assert (run.fired, run.aligned, run.counted, run.shift_ms) == (False, False, False, 0.0)
    (note,) = laid.notes
    assert note == (
        "dud has not fired (it reaches 3 MPa): it is shown as recorded and counts neither for the "
        "mean nor for the statistics."
    )
    assert laid.statistics["peak_pressure_mpa"].n == 2
    assert laid.count.max() == 2
    assert np.nanmax(laid.pressures_mpa[2]) == 3.0  # it is shown


def test_a_shot_without_an_ignition_in_its_record_is_not_silently_aligned() -> None:
    # Its recorder was triggered at the peak.
    late = PTCurve(TIMES, np.linspace(50.0, 30.0, TIMES.size))
    laid = overlay([shot(), shot(delay=3.0), late])
    assert late.features().ignition_time_ms is None
    run = laid.runs[2]
    assert (run.fired, run.aligned, run.counted, run.shift_ms) == (True, False, False, 0.0)
    assert "shot 3 has no ignition in its record and cannot be aligned" in laid.notes[0]
    assert laid.statistics["peak_pressure_mpa"].n == 3
    assert laid.statistics["ignition_time_ms"].n == 2
    assert overlay([shot(), late], align="none").runs[1].counted


def test_one_shot_alone_has_no_band() -> None:
    laid = overlay([shot()])
    assert laid.notes == ("One shot alone has no spread: there is no band.",)
    assert np.isnan(laid.band(2.0).lower_mpa).all()
    with pytest.raises(LotError, match="at least two shots that count"):
        laid.tolerance_band()


def test_the_band_knows_how_many_shots_there_are_at_each_time() -> None:
    laid = overlay([shot(begin=0.0), shot(begin=1.0, peak=51.0), shot(begin=2.0)], align="none")
    band = laid.tolerance_band(0.9, 0.9)
    assert np.isnan(band.factor[0])
    assert band.factor[150] == two_sided_factor(2, 0.9, 0.9)
    assert band.factor[2000] == two_sided_factor(3, 0.9, 0.9)
    assert band.factor[2000] > one_sided_factor(3, 0.9, 0.9)


def test_read_outs_are_those_of_each_shot_at_its_full_rate() -> None:
    curves = [measured_like_curve(seed=seed) for seed in range(3)]
    definitions = FeatureDefinitions(ignition_fraction=0.05, left_time_ms=30.0)
    laid = overlay(curves, rate_hz=1000.0, definitions=definitions, filter="CFC 1000")
    for run, curve in zip(laid.runs, curves, strict=True):
        expected = curve.filtered(1000).features(definitions)
        assert run.features == expected
        assert run.value("left_pressure_mpa") == expected.left_pressure_mpa
    assert (laid.filter, laid.rate_hz, laid.definitions) == ("cfc1000", 1000.0, definitions)
    assert laid.statistics.keys() == READOUTS.keys()


def test_shots_of_several_rates_are_read_at_the_highest() -> None:
    slow = PTCurve(TIMES[::10], shot().pressure_mpa[::10])
    uneven = PTCurve(TIMES[::3] ** 1.1, shot().pressure_mpa[::3])
    assert overlay([slow, shot()]).rate_hz == pytest.approx(100_000.0)
    assert overlay([slow, slow]).rate_hz == pytest.approx(10_000.0)
    assert overlay([uneven]).rate_hz == 10_000.0


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.floats(1, 6), st.floats(20, 90)), min_size=2, max_size=6),
    st.sampled_from(["ignition", "peak", "none"]),
)
def test_shifts_bring_every_moment_to_one_place(
    drawn: list[tuple[float, float]], align: str
) -> None:
    curves = [shot(delay=delay, peak=peak) for delay, peak in drawn]
    laid = overlay(curves, align=align, rate_hz=1e4)  # type: ignore[arg-type]
    for run, curve in zip(laid.runs, curves, strict=True):
        moved = curve.shift(run.shift_ms)
        read = moved.features()
        if align == "ignition":
            assert read.ignition_time_ms == pytest.approx(laid.align_at_ms, abs=1e-9)
        elif align == "peak":
            assert read.peak_time_ms == pytest.approx(laid.align_at_ms, abs=1e-9)
        else:
            assert run.shift_ms == 0.0
        assert run.counted
    present = np.isfinite(laid.pressures_mpa)
    assert (present.sum(axis=0) == laid.count).all()
    low, high = np.nanmin(laid.pressures_mpa, axis=0), np.nanmax(laid.pressures_mpa, axis=0)
    assert (laid.mean_mpa >= low - 1e-9).all()
    assert (laid.mean_mpa <= high + 1e-9).all()


def test_what_cannot_be_laid_over_each_other() -> None:
    with pytest.raises(LotError, match="There is no shot"):
        overlay([])
    with pytest.raises(LotError, match="1 shots but 2 names"):
        overlay([shot()], names=["a", "b"])
    with pytest.raises(LotError, match="at ignition, peak or none, not 'start'"):
        overlay([shot()], align="start")  # type: ignore[arg-type]
    with pytest.raises(LotError, match="a positive number of Hz, not -1"):
        overlay([shot()], rate_hz=-1.0)
    with pytest.raises(LotError, match="choose another rate"):
        overlay([shot()], rate_hz=1e12)
    with pytest.raises(LotError, match="choose another rate"):
        overlay([shot()], rate_hz=1.0)
    with pytest.raises(ComparisonError, match="'low' is no filter"):
        overlay([shot()], filter="low")
    with pytest.raises(LotError, match="k ≥ 0, but k is -1"):
        overlay([shot(), shot()]).band(-1.0)
    with pytest.raises(LotError, match="There is no read-out 'peak'"):
        overlay([shot()]).runs[0].value("peak")

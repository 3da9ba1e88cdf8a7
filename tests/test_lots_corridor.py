"""Corridors: what is one, who stays inside, by how much and where; and corridors from repeats."""

import json
from dataclasses import replace

import numpy as np
import pytest
from factory import measured_like_curve
from hypothesis import given, settings
from hypothesis import strategies as st

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import LotError
from mgg_kernel.lots import Corridor, corridor_from_repeats, judge, overlay

TENT = Corridor(
    "tent",
    lower=((0.0, 0.0), (10.0, 40.0), (20.0, 20.0)),
    upper=((0.0, 10.0), (10.0, 60.0), (20.0, 40.0)),
)


def line(*points: tuple[float, float]) -> PTCurve:
    times, pressures = zip(*points, strict=True)
    return PTCurve(times, pressures)


def test_the_smallest_margin_lies_at_a_corner_between_two_samples() -> None:
    # From 5 to 30 MPa in one straight line: below the tent's corner by 40 − 17.5.
    verdict = judge(line((0, 5), (20, 30)), TENT)
    assert not verdict.passed
    assert (verdict.side, verdict.at_time_ms) == ("lower", 10.0)
    assert verdict.smallest_margin_mpa == pytest.approx(-22.5)
    # Outside from 4 t = 5 + 1.25 t until 40 − 2 (t − 10) = 5 + 1.25 t.
    assert verdict.outside_ms == pytest.approx(55 / 3.25 - 5 / 2.75)
    assert verdict.sentence == (
        "Failed: it is outside for 15.1 ms and farthest, 22.5 MPa, beyond the lower limit of "
        "'tent' (version 1) at 10 ms."
    )


def test_the_smallest_margin_lies_at_a_sample() -> None:
    verdict = judge(line((0, 5), (10, 50), (12, 55), (20, 30)), TENT)
    assert verdict.passed
    assert (verdict.side, verdict.at_time_ms) == ("upper", 12.0)
    assert verdict.smallest_margin_mpa == pytest.approx(1.0)  # 60 − 2 · 2 − 55
    assert (verdict.outside_ms, verdict.complete, verdict.judged_ms) == (0.0, True, (0.0, 20.0))
    assert verdict.sentence == (
        "Passed: it stays inside and comes nearest, 1 MPa, to the upper limit of 'tent' "
        "(version 1) at 12 ms."
    )


def test_touching_a_limit_is_inside() -> None:
    verdict = judge(line((0, 0), (10, 40), (20, 20)), TENT)
    assert (verdict.passed, verdict.smallest_margin_mpa, verdict.outside_ms) == (True, 0.0, 0.0)


def test_one_limit_alone_and_limits_of_different_length() -> None:
    only = Corridor("only", lower=(), upper=((5.0, 30.0), (15.0, 30.0)))
    verdict = judge(line((0, 50), (5, 20), (15, 29), (20, 50)), only)
    assert verdict.passed  # outside of 5 … 15 ms there is no limit
    assert verdict.smallest_margin_mpa == pytest.approx(1.0)
    both = Corridor("both", lower=((0.0, 0.0), (4.0, 0.0)), upper=((5.0, 30.0), (15.0, 30.0)))
    verdict = judge(line((0, 1), (4, -2), (5, 20), (15, 29)), both)
    assert (verdict.side, verdict.smallest_margin_mpa) == ("lower", -2.0)
    assert verdict.outside_ms == pytest.approx(4 * 2 / 3)


corners = st.lists(st.tuples(st.floats(0.5, 3.0), st.floats(0, 40)), min_size=2, max_size=6)


@settings(max_examples=60, deadline=None)
@given(corners, corners, st.floats(5, 40))
def test_the_margin_by_brute_force(
    limit: list[tuple[float, float]], curve: list[tuple[float, float]], width: float
) -> None:
    low = np.array([(step, p) for step, p in limit])
    low[:, 0] = np.cumsum(low[:, 0]) - low[0, 0]
    high = low + np.array([0.0, width])
    corridor = Corridor("any", tuple(map(tuple, low)), tuple(map(tuple, high)))
    times = np.array([step for step, _ in curve]).cumsum()
    times = (times - times[0]) / (times[-1] - times[0]) * low[-1, 0]
    shot = PTCurve(times, [p for _, p in curve])
    verdict = judge(shot, corridor)
    dense = np.union1d(np.linspace(0.0, low[-1, 0], 20_001), np.concatenate((times, low[:, 0])))
    pressure = np.interp(dense, shot.time_ms, shot.pressure_mpa)
    below = pressure - np.interp(dense, *low.T)
    margin = np.minimum(below, width - below)
    assert verdict.smallest_margin_mpa == pytest.approx(margin.min(), abs=1e-9)
    at = np.interp(verdict.at_time_ms, dense, margin)
    assert at == pytest.approx(verdict.smallest_margin_mpa, abs=1e-9)
    outside = np.gradient(dense)[margin < -1e-9].sum()
    assert verdict.outside_ms == pytest.approx(outside, abs=5e-3 * low[-1, 0])
    assert verdict.passed == (verdict.smallest_margin_mpa >= 0)


def test_what_is_not_seen_has_not_passed() -> None:
    short = line((0, 5), (10, 50), (12, 55))
    with pytest.raises(LotError, match=r"covers only 0 to 12 ms of the corridor 'tent', which"):
        judge(short, TENT)
    verdict = judge(short, TENT, partly=True)
    assert (verdict.passed, verdict.complete, verdict.judged_ms) == (True, False, (0.0, 12.0))
    assert verdict.sentence.endswith("at 12 ms; judged only from 0 to 12 ms.")
    with pytest.raises(LotError, match="do not overlap"):
        judge(line((30, 5), (40, 5)), TENT, partly=True)
    gap = Corridor("gap", lower=((0.0, 0.0), (1.0, 0.0)), upper=((9.0, 9.0), (10.0, 9.0)))
    with pytest.raises(LotError, match="covers no limit"):
        judge(line((3, 5), (5, 5)), gap, partly=True)


def test_a_curve_is_moved_to_the_corridors_ignition_or_peak() -> None:
    shot = line((0, 0), (3, 0), (13, 50), (40, 20))  # it ignites at 3.2 ms
    at_ignition = Corridor(
        "aligned", lower=(), upper=((0.0, 60.0), (20.0, 60.0)), align="ignition", align_at_ms=1.2
    )
    verdict = judge(shot, at_ignition)
    assert verdict.shift_ms == pytest.approx(-2.0)
    assert verdict.at_time_ms == pytest.approx(11.0)
    at_peak = replace(at_ignition, align="peak", align_at_ms=10.0)
    assert judge(shot, at_peak).shift_ms == pytest.approx(-3.0)
    with pytest.raises(LotError, match="does not ignite in its record"):
        judge(line((0, 50), (40, 20)), at_ignition)


def test_a_corridor_as_plain_values_and_back() -> None:
    drawn = replace(TENT, align="ignition", align_at_ms=1.5, note="for lot 7", version=3)
    values = json.loads(json.dumps(drawn.plain(), allow_nan=False))
    assert Corridor.from_plain(values) == drawn
    typed = {"name": "typed", "upper": [[0, 10], [5, 20]]}
    assert Corridor.from_plain(typed).upper == ((0.0, 10.0), (5.0, 20.0))
    assert (Corridor.from_plain(typed).from_ms, Corridor.from_plain(typed).to_ms) == (0.0, 5.0)


UPPER = [[0.0, 10.0], [5.0, 20.0]]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"upper": UPPER}, "with a name and limits"),
        ({"name": " ", "upper": UPPER}, "needs a name of 1 … 120 letters"),
        ({"name": "x"}, "has no limit"),
        ({"name": "x", "upper": [[0, 1]]}, "at least two corners"),
        ({"name": "x", "upper": [[0, 1], [0, 2]]}, "0 ms comes after 0 ms"),
        ({"name": "x", "upper": [[0, 1], [1, float("nan")]]}, r"Corner 2 of the upper limit"),
        ({"name": "x", "upper": [[0, 1, 2], [1, 1, 2]]}, "a time in ms and a pressure in MPa"),
        ({"name": "x", "upper": [[0, "a"], [1, 1]]}, "not the values of a corridor"),
        ({"name": "x", "upper": 7}, "not the values of a corridor"),
        ({"name": "x", "upper": UPPER, "lower": [[2, 0], [3, 17]]}, "1 MPa above the upper one at"),
        ({"name": "x", "upper": UPPER, "align": "ignition"}, "says where that lies"),
        ({"name": "x", "upper": UPPER, "align_at_ms": 1.0}, "says nothing"),
        ({"name": "x", "upper": UPPER, "align": "start"}, "ignition, peak or none, not 'start'"),
        ({"name": "x", "upper": UPPER, "version": 0}, "1, 2, …, but is 0"),
        ({"name": "x", "upper": UPPER, "colour": 1}, "has no 'colour'"),
    ],
)
def test_what_is_no_corridor(values: dict[str, object], message: str) -> None:
    with pytest.raises(LotError, match=message):
        Corridor.from_plain(values)


def shots(count: int = 6) -> list[PTCurve]:
    return [
        measured_like_curve(peak_mpa=58 + 0.3 * i, seed=i).shift(0.07 * i) for i in range(count)
    ]


@pytest.mark.parametrize("most", [2, 5, 24, 400])
@pytest.mark.parametrize("align", ["ignition", "none"])
def test_a_corridor_from_repeats_is_nowhere_narrower_than_their_band(most: int, align: str) -> None:
    laid = overlay(shots(), align=align)  # type: ignore[arg-type]
    corridor = corridor_from_repeats(laid, "drawn", k=3.0, corners=most)
    assert max(len(corridor.lower), len(corridor.upper)) <= most
    band = laid.band(3.0)
    inside = (band.time_ms >= corridor.from_ms) & (band.time_ms <= corridor.to_ms)
    time = band.time_ms[inside]
    upper = np.interp(time, *np.array(corridor.upper).T) - band.upper_mpa[inside]
    lower = band.lower_mpa[inside] - np.interp(time, *np.array(corridor.lower).T)
    assert min(upper.min(), lower.min()) >= -1e-9
    # And it touches the band: it is not wider than it has to be.
    assert max(upper.min(), lower.min()) <= 1e-9
    assert (corridor.align, corridor.align_at_ms) == (laid.align, laid.align_at_ms)
    assert corridor.note == "mean ± 3 standard deviations of up to 6 shots"


def test_more_corners_make_a_corridor_narrower() -> None:
    laid = overlay(shots())
    widths = []
    for most in (3, 6, 12, 24, 48):
        corridor = corridor_from_repeats(laid, "drawn", k=3.0, corners=most)
        low, high = (np.array(side).T for side in (corridor.lower, corridor.upper))
        time = np.linspace(corridor.from_ms, corridor.to_ms, 500)
        widths.append(float(np.mean(np.interp(time, *high) - np.interp(time, *low))))
    assert widths == sorted(widths, reverse=True)


def test_shots_pass_the_tolerance_corridor_of_their_lot_and_others_do_not() -> None:
    corridor = corridor_from_repeats(overlay(shots()), "lot", note="lot 7")
    assert corridor.note == (
        "lot 7: at each time, 95 % of all shots with 95 % confidence, from up to 6 shots"
    )
    for shot in shots():
        verdict = judge(shot, corridor)
        assert verdict.passed
        assert verdict.complete
    slow = measured_like_curve(peak_time_ms=14.0)
    verdict = judge(slow, corridor)
    assert (verdict.passed, verdict.side) == (False, "lower")
    # A shot of the kind that ignites a little later is covered as well.
    assert judge(shots()[3].shift(0.1), corridor).complete


def test_a_corridor_with_a_least_width_and_a_window() -> None:
    laid = overlay(shots(), align="none")
    corridor = corridor_from_repeats(
        laid, "wide", k=0.0, least_half_width_mpa=2.0, window_ms=(5.0, 20.0), corners=300
    )
    assert (corridor.from_ms, corridor.to_ms) == (5.0, 20.0)
    low, high = (np.array(side).T for side in (corridor.lower, corridor.upper))
    time = np.linspace(5.0, 20.0, 100)
    width = np.interp(time, *high) - np.interp(time, *low)
    assert width.min() >= 4.0 - 1e-9
    assert width.max() < 4.1


def test_repeats_that_make_no_corridor() -> None:
    with pytest.raises(LotError, match="at least two shots that count"):
        corridor_from_repeats(overlay(shots(1)), "x")
    laid = overlay(shots())
    with pytest.raises(LotError, match="no two times at which two shots count"):
        corridor_from_repeats(overlay(shots(1)), "x", k=2.0)
    with pytest.raises(LotError, match="From 90 to 99 ms"):
        corridor_from_repeats(laid, "x", window_ms=(90.0, 99.0))
    with pytest.raises(LotError, match="at least two corners, not 1"):
        corridor_from_repeats(laid, "x", corners=1)
    with pytest.raises(LotError, match="must not be negative, but is -1"):
        corridor_from_repeats(laid, "x", least_half_width_mpa=-1.0)

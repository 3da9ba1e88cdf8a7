"""The PT curve and its numbers."""

import numpy as np
import pytest

from mgg_kernel.curve import PTCurve
from mgg_kernel.curve_csv import curve_from_csv, curve_to_csv
from mgg_kernel.errors import CurveError, UnitError
from mgg_kernel.features import FeatureDefinitions
from mgg_kernel.units import canonical_unit, pressure_factor, time_factor


def ramp(baseline: float = 0.0) -> PTCurve:
    """0 until 1 ms, then 10 MPa/ms up to 50 MPa at 6 ms, then 1 MPa/ms down."""
    time = np.round(np.arange(1001) * 0.01, 10)
    pressure = np.where(time < 1, 0, np.where(time <= 6, 10 * (time - 1), 50 - (time - 6)))
    return PTCurve(time, pressure + baseline)


@pytest.mark.parametrize("baseline", [0.0, -0.5, 3.0])
def test_features_of_a_curve_known_by_hand(baseline: float) -> None:
    features = ramp(baseline).features()
    assert features.peak_pressure_mpa == pytest.approx(50 + baseline, abs=1e-12)
    assert features.peak_time_ms == 6
    assert features.baseline_mpa == baseline
    # 2 % of 50 MPa is 1 MPa, reached 0.1 ms after the rise began.
    assert features.ignition_time_ms == pytest.approx(1.1, abs=1e-9)
    assert features.impulse_mpa_ms == pytest.approx(125 + 4 * 48 + 10 * baseline, rel=1e-9)


@pytest.mark.parametrize("baseline", [0.0, -0.5, 3.0])
def test_rise_and_decay_of_a_curve_known_by_hand(baseline: float) -> None:
    asked = FeatureDefinitions(fixed_times_ms=(5.0, 9.5, 12.0), left_time_ms=9, decay_start_ms=1)
    features = ramp(baseline).features(asked)
    # 10, 50 and 90 % of 50 MPa are passed at 10 MPa/ms from 1 ms on.
    assert (features.t10_ms, features.t50_ms, features.t90_ms) == pytest.approx((1.5, 3.5, 5.5))
    assert features.rise_time_ms == pytest.approx(4.0)
    assert features.largest_slope_mpa_per_ms == pytest.approx(10.0)
    assert 1.0 < features.largest_slope_time_ms < 6.0
    assert features.fixed_pressures_mpa[:2] == pytest.approx((40 + baseline, 46.5 + baseline))
    assert features.fixed_pressures_mpa[2] is None, "the curve ends at 10 ms"
    assert features.left_pressure_mpa == pytest.approx(47 + baseline)
    assert features.decay_slope_mpa_per_ms == pytest.approx(-1.0)
    assert features.definitions == asked
    assert features.ignition_time_ms == ramp(baseline).features().ignition_time_ms


def test_what_a_curve_does_not_reach_is_none() -> None:
    features = ramp().features()
    assert features.left_pressure_mpa is None
    assert features.decay_slope_mpa_per_ms is None
    falling = PTCurve([0, 1, 2], [3, 2, 1]).features()
    assert (falling.t10_ms, falling.t50_ms, falling.t90_ms, falling.rise_time_ms) == (None,) * 4


def test_a_rise_is_passed_for_the_last_time_before_the_peak() -> None:
    curve = ramp()
    pressure = curve.pressure_mpa.copy()
    pressure[50:60] = 20  # an igniter's spike at 0.5 ms reaches 40 % of the peak
    features = PTCurve(curve.time_ms, pressure).features(sustain_ms=0.05)
    assert features.t10_ms == pytest.approx(1.5)
    assert features.ignition_time_ms == pytest.approx(0.49 + 0.01 * 1 / 20)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"ignition_fraction": 0.0}, r"ignition_fraction must lie in \(0, 1\), but is 0"),
        ({"ignition_fraction": 1.0}, r"ignition_fraction must lie in \(0, 1\), but is 1"),
        ({"sustain_ms": -1.0}, "sustain_ms must not be negative, but is -1"),
        ({"baseline_window_ms": -1.0}, "baseline_window_ms must not be negative"),
        ({"decay_start_ms": float("nan")}, "decay_start_ms must not be negative, but is nan"),
        ({"fixed_times_ms": (1.0, float("nan"))}, "fixed_times_ms and left_time_ms must be finite"),
    ],
)
def test_definitions_outside_their_range_are_refused(asked: dict[str, float], told: str) -> None:
    with pytest.raises(CurveError, match=told):
        FeatureDefinitions(**asked)  # type: ignore[arg-type]


def test_the_ignition_threshold_can_be_set() -> None:
    assert ramp().features(ignition_fraction=0.1).ignition_time_ms == pytest.approx(1.5)
    asked = FeatureDefinitions(ignition_fraction=0.1)
    assert ramp().features(asked) == ramp().features(ignition_fraction=0.1)


def test_a_spike_is_no_ignition() -> None:
    curve = ramp()
    pressure = curve.pressure_mpa.copy()
    pressure[50] = 20
    assert PTCurve(curve.time_ms, pressure).features().ignition_time_ms == pytest.approx(1.1)


def test_a_curve_that_never_rises_has_no_ignition() -> None:
    assert PTCurve([0, 1, 2], [1, 1, 1]).features().ignition_time_ms is None


def test_the_earliest_of_equal_peaks_counts() -> None:
    assert PTCurve([0, 1, 2, 3], [0, 5, 5, 1]).peak.time_ms == 1


@pytest.mark.parametrize(
    ("time", "pressure", "sentence"),
    [
        ([0, 1], [0], "as many times as pressures"),
        ([0], [0], "at least two samples"),
        ([0, 0], [1, 2], r"sample 2 \(0 ms\) comes after 0 ms"),
        ([0, 2, 1], [1, 2, 3], r"sample 3 \(1 ms\) comes after 2 ms"),
        ([0, float("nan")], [1, 2], "time_ms must be finite, but sample 2 is nan"),
        ([0, 1], [1, float("inf")], "pressure_mpa must be finite, but sample 2 is inf"),
        ([[0, 1]], [[1, 2]], "one-dimensional"),
    ],
)
def test_what_is_no_curve_is_refused(
    time: list[float], pressure: list[float], sentence: str
) -> None:
    with pytest.raises(CurveError, match=sentence):
        PTCurve(time, pressure)


def test_a_curve_cannot_be_changed() -> None:
    time = np.array([0.0, 1.0])
    curve = PTCurve(time, [1, 2])
    time[0] = 5
    assert curve.time_ms[0] == 0
    with pytest.raises(ValueError, match="read-only"):
        curve.pressure_mpa[0] = 9
    with pytest.raises(AttributeError, match="immutable"):
        curve.time_ms = time  # type: ignore[misc]


def test_resampling_interpolates_and_never_extrapolates() -> None:
    curve = PTCurve([0, 1, 3], [0, 10, 30])
    assert curve.resample([0.5, 2]).pressure_mpa.tolist() == [5, 20]
    with pytest.raises(CurveError, match=r"spans 0 … 3 ms"):
        curve.resample([0, 3.1])


def test_shifting_moves_the_time_axis_only() -> None:
    assert ramp().shift(0.5).features().ignition_time_ms == pytest.approx(1.6)
    assert ramp().shift(0.5).peak.pressure_mpa == ramp().peak.pressure_mpa


def test_csv_is_read_back_bit_for_bit() -> None:
    curve = PTCurve([0.1, 1 / 3, 2], [np.pi, -1e-300, 54.4667745555556])
    assert curve_from_csv(curve_to_csv(curve)) == curve
    with pytest.raises(CurveError, match="must begin with the header"):
        curve_from_csv("t,p\n0,1\n")
    with pytest.raises(CurveError, match="Line 3 of the CSV is not two numbers"):
        curve_from_csv("time_ms,pressure_mpa\n0,1\n1,x\n")


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        ("[ms]", "ms"), ("（MPa）", "MPa"), ("毫秒", "ms"), ("兆帕", "MPa"), ("µs", "us"),
        ("μs", "us"), ("mPa", None), ("MS", None), ("volts", None), ("", None),
    ],
)  # fmt: skip
def test_units_as_people_write_them(written: str, unit: str | None) -> None:
    assert canonical_unit(written) == unit


def test_factors() -> None:
    assert time_factor("s") == 1000
    assert pressure_factor("bar") == 0.1
    # NIST SP 811, appendix B.8: 1 psi = 6.894 757 kPa.
    assert pressure_factor("psi") == pytest.approx(6.894757e-3, rel=1e-7)
    with pytest.raises(UnitError, match="'ms' is not a unit of pressure; known units are Pa"):
        pressure_factor("ms")

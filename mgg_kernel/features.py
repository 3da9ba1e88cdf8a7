"""Read-outs of a PT curve: numbers that an engineer reads off it, and how each is defined."""

from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.errors import CurveError

__all__ = ["BASELINE_WINDOW_MS", "FeatureDefinitions", "Features", "crossing_before"]
__all__ += ["first_sustained_rise", "read_off"]

FloatArray = NDArray[np.float64]

BASELINE_WINDOW_MS = 0.2
"""Samples up to this time after the first one make the baseline, unless said otherwise."""


@dataclass(frozen=True)
class FeatureDefinitions:
    """What the read-outs depend on besides the curve; stored with them.

    Attributes:
        baseline_window_ms: samples up to this time after the first one make the baseline.
        ignition_fraction: share of the peak above the baseline that counts as ignition, above 0
            and below 1.
        sustain_ms: how long the pressure must stay above that level, at least 0.
        fixed_times_ms: times at which the pressure is told.
        left_time_ms: time at which the pressure that is left is told, and where the decay ends.
        decay_start_ms: how long after the peak the decay begins, at least 0.

    Raises:
        CurveError: a value is outside its range.
    """

    baseline_window_ms: float = BASELINE_WINDOW_MS
    ignition_fraction: float = 0.02
    sustain_ms: float = 0.1
    fixed_times_ms: tuple[float, ...] = (5.0, 10.0, 20.0, 30.0)
    left_time_ms: float = 38.0
    decay_start_ms: float = 10.0

    def __post_init__(self) -> None:
        if not 0 < self.ignition_fraction < 1:
            raise CurveError(
                f"ignition_fraction must lie in (0, 1), but is {self.ignition_fraction:g}."
            )
        for name in ("baseline_window_ms", "sustain_ms", "decay_start_ms"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise CurveError(f"{name} must not be negative, but is {getattr(self, name):g}.")
        if not all(map(isfinite, (*self.fixed_times_ms, self.left_time_ms))):
            raise CurveError("fixed_times_ms and left_time_ms must be finite; give times in ms.")


@dataclass(frozen=True)
class Features:
    """Numbers read off a curve; a number that the curve does not have is None.

    A *level* of a fraction f lies at baseline + f · (peak − baseline).

    Attributes:
        peak_pressure_mpa: the highest sample as recorded: the baseline is not taken off.
        peak_time_ms: its time; the earliest where several are equally high.
        ignition_time_ms: first time at which the pressure reaches the level of
            `ignition_fraction` and stays there for `sustain_ms`.
        baseline_mpa: median of the samples within `baseline_window_ms` after the first one,
            where the igniter has not fired yet.
        impulse_mpa_ms: ∫ p dt over the whole curve by the trapezoidal rule [MPa·ms].
        t10_ms: time at which the level of 10 % is passed upward for the last time before the
            peak, so that an igniter's spike below it does not count.
        t50_ms: the same for 50 %.
        t90_ms: the same for 90 %.
        rise_time_ms: t90 − t10.
        largest_slope_mpa_per_ms: largest dp/dt, each from the sample before to the one behind.
        largest_slope_time_ms: its time.  Both depend strongly on noise and on a filter.
        fixed_pressures_mpa: pressure at each of `fixed_times_ms`, interpolated.
        left_pressure_mpa: pressure at `left_time_ms`, interpolated.
        decay_slope_mpa_per_ms: slope of the least-squares line from `decay_start_ms` after the
            peak until `left_time_ms`; negative where the pressure falls.
        definitions: what the numbers depend on.
    """

    peak_pressure_mpa: float
    peak_time_ms: float
    ignition_time_ms: float | None
    baseline_mpa: float
    impulse_mpa_ms: float
    t10_ms: float | None
    t50_ms: float | None
    t90_ms: float | None
    rise_time_ms: float | None
    largest_slope_mpa_per_ms: float
    largest_slope_time_ms: float
    fixed_pressures_mpa: tuple[float | None, ...]
    left_pressure_mpa: float | None
    decay_slope_mpa_per_ms: float | None
    definitions: FeatureDefinitions


def read_off(time: FloatArray, pressure: FloatArray, definitions: FeatureDefinitions) -> Features:
    """Return the read-outs; times between two samples are interpolated linearly.

    Args:
        time: shape (n,), n ≥ 2, strictly increasing [ms].
        pressure: shape (n,) [MPa].
        definitions: what the read-outs depend on.
    """
    before = np.searchsorted(time, time[0] + definitions.baseline_window_ms, side="right")
    baseline = float(np.median(pressure[:before]))
    top = int(np.argmax(pressure))
    rise = float(pressure[top]) - baseline
    t10, t50, t90 = (
        crossing_before(time, pressure, top, baseline + share * rise) for share in (0.1, 0.5, 0.9)
    )
    slopes = _slopes(time, pressure)
    steepest = int(np.argmax(slopes))
    at_fixed = [_pressure_at(time, pressure, at) for at in definitions.fixed_times_ms]
    return Features(
        peak_pressure_mpa=float(pressure[top]),
        peak_time_ms=float(time[top]),
        ignition_time_ms=first_sustained_rise(
            time, pressure, baseline + definitions.ignition_fraction * rise, definitions.sustain_ms
        ),
        baseline_mpa=baseline,
        impulse_mpa_ms=float(np.trapezoid(pressure, time)),
        t10_ms=t10,
        t50_ms=t50,
        t90_ms=t90,
        rise_time_ms=None if t10 is None or t90 is None else t90 - t10,
        largest_slope_mpa_per_ms=float(slopes[steepest]),
        largest_slope_time_ms=float(time[steepest]),
        fixed_pressures_mpa=tuple(at_fixed),
        left_pressure_mpa=_pressure_at(time, pressure, definitions.left_time_ms),
        decay_slope_mpa_per_ms=_decay_slope(time, pressure, float(time[top]), definitions),
        definitions=definitions,
    )


def first_sustained_rise(
    time: FloatArray, pressure: FloatArray, level_mpa: float, sustain_ms: float
) -> float | None:
    """Return when a level is first passed upward and held, or None."""
    above = pressure >= level_mpa
    for at in np.flatnonzero(above[1:] & ~above[:-1]) + 1:
        end = np.searchsorted(time, time[at] + sustain_ms, side="right")
        if above[at:end].all():
            return _between(time, pressure, int(at), level_mpa)
    return None


def crossing_before(
    time: FloatArray, pressure: FloatArray, top: int, level_mpa: float
) -> float | None:
    """Return when a level is passed upward for the last time before sample `top`, or None."""
    below = np.flatnonzero(pressure[:top] < level_mpa)
    return _between(time, pressure, int(below[-1]) + 1, level_mpa) if below.size else None


def _between(time: FloatArray, pressure: FloatArray, at: int, level_mpa: float) -> float:
    """Return when the line from sample `at` − 1 to `at` passes a level."""
    share = (level_mpa - pressure[at - 1]) / (pressure[at] - pressure[at - 1])
    return float(time[at - 1] + share * (time[at] - time[at - 1]))


def _slopes(time: FloatArray, pressure: FloatArray) -> FloatArray:
    """Return dp/dt from the sample before to the one behind; at the ends over one step."""
    slopes = np.empty_like(pressure)
    slopes[1:-1] = (pressure[2:] - pressure[:-2]) / (time[2:] - time[:-2])
    for end, beside in ((0, 1), (-1, -2)):
        slopes[end] = (pressure[end] - pressure[beside]) / (time[end] - time[beside])
    return slopes


def _pressure_at(time: FloatArray, pressure: FloatArray, at_ms: float) -> float | None:
    if not time[0] <= at_ms <= time[-1]:
        return None
    return float(np.interp(at_ms, time, pressure))


def _decay_slope(
    time: FloatArray, pressure: FloatArray, peak_time_ms: float, definitions: FeatureDefinitions
) -> float | None:
    """Return the slope of the line through the decay; None where the curve does not cover it."""
    if time[-1] < definitions.left_time_ms:
        return None
    first = np.searchsorted(time, peak_time_ms + definitions.decay_start_ms)
    last = np.searchsorted(time, definitions.left_time_ms, side="right")
    if last - first < 3:
        return None
    at, values = time[first:last], pressure[first:last]
    away = at - at.mean()
    return float(np.dot(away, values - values.mean()) / np.dot(away, away))

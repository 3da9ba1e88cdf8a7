"""The PT curve: pressure over time in a small closed vessel."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mgg_kernel.errors import CurveError

__all__ = ["Features", "PTCurve", "Peak"]

FloatArray = NDArray[np.float64]

BASELINE_WINDOW_MS = 0.2
"""Samples up to this time after the first one make the baseline of :meth:`PTCurve.features`."""


@dataclass(frozen=True)
class Peak:
    """The highest sample of a curve; the earliest one where several are equally high."""

    pressure_mpa: float
    time_ms: float


@dataclass(frozen=True)
class Features:
    """Numbers read off a curve; :meth:`PTCurve.features` says how each is defined."""

    peak_pressure_mpa: float
    peak_time_ms: float
    ignition_time_ms: float | None
    baseline_mpa: float
    impulse_mpa_ms: float


class PTCurve:
    """Pressure [MPa] over time [ms]: immutable, finite, with time strictly increasing.

    Args:
        time_ms: shape (n,), n ≥ 2, strictly increasing.
        pressure_mpa: shape (n,).

    Raises:
        CurveError: the arrays differ in length, hold fewer than two samples or a value that
            is not finite, or time does not increase strictly.
    """

    __slots__ = ("__dict__", "pressure_mpa", "time_ms")

    time_ms: FloatArray
    pressure_mpa: FloatArray

    def __init__(self, time_ms: ArrayLike, pressure_mpa: ArrayLike) -> None:
        time = _frozen(time_ms, "time_ms")
        pressure = _frozen(pressure_mpa, "pressure_mpa")
        if time.size != pressure.size:
            raise CurveError(
                f"A PT curve needs as many times as pressures, but got {time.size} and "
                f"{pressure.size}."
            )
        if time.size < 2:
            raise CurveError(f"A PT curve needs at least two samples, but got {time.size}.")
        backwards = np.flatnonzero(np.diff(time) <= 0)
        if backwards.size:
            at = int(backwards[0]) + 1
            raise CurveError(
                f"Time must increase strictly, but sample {at + 1} ({time[at]:g} ms) comes after "
                f"{time[at - 1]:g} ms."
            )
        object.__setattr__(self, "time_ms", time)
        object.__setattr__(self, "pressure_mpa", pressure)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a PTCurve is immutable; cannot set '{name}'")

    def __len__(self) -> int:
        return int(self.time_ms.size)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PTCurve):
            return NotImplemented
        return np.array_equal(self.time_ms, other.time_ms) and np.array_equal(
            self.pressure_mpa, other.pressure_mpa
        )

    def __hash__(self) -> int:
        return hash((self.time_ms.tobytes(), self.pressure_mpa.tobytes()))

    def __repr__(self) -> str:
        return (
            f"<PTCurve {len(self)} samples, {self.time_ms[0]:g} … {self.time_ms[-1]:g} ms, "
            f"peak {self.peak.pressure_mpa:.2f} MPa at {self.peak.time_ms:.2f} ms>"
        )

    @cached_property
    def peak(self) -> Peak:
        """The highest sample; the earliest where several are equally high."""
        at = int(np.argmax(self.pressure_mpa))
        return Peak(float(self.pressure_mpa[at]), float(self.time_ms[at]))

    def features(self, *, ignition_fraction: float = 0.02, sustain_ms: float = 0.1) -> Features:
        """Return the numbers that an engineer reads off the curve.

        - *peak*: the highest sample as recorded; the earliest where several are equal.
        - *baseline*: the median of the samples within 0.2 ms after the first one, where the
          igniter has not fired yet.  It is told beside the raw peak and never taken off it.
        - *ignition time*: the first time at which the pressure above the baseline reaches
          `ignition_fraction` of the peak above the baseline and stays there for `sustain_ms`,
          interpolated linearly between the two samples around the crossing; None where the
          curve never rises so (or is that high from its first sample on).
        - *impulse*: ∫ p dt over the whole curve by the trapezoidal rule [MPa·ms].

        Args:
            ignition_fraction: share of the peak that counts as ignition, above 0 and below 1.
            sustain_ms: how long the pressure must stay above that level, at least 0.

        Raises:
            CurveError: an argument is outside its range.
        """
        if not 0 < ignition_fraction < 1:
            raise CurveError(f"ignition_fraction must lie in (0, 1), but is {ignition_fraction:g}.")
        if not sustain_ms >= 0:
            raise CurveError(f"sustain_ms must not be negative, but is {sustain_ms:g}.")
        before = self.time_ms <= self.time_ms[0] + BASELINE_WINDOW_MS
        baseline = float(np.median(self.pressure_mpa[before]))
        level = baseline + ignition_fraction * (self.peak.pressure_mpa - baseline)
        return Features(
            peak_pressure_mpa=self.peak.pressure_mpa,
            peak_time_ms=self.peak.time_ms,
            ignition_time_ms=self._first_sustained_rise(level, sustain_ms),
            baseline_mpa=baseline,
            impulse_mpa_ms=float(np.trapezoid(self.pressure_mpa, self.time_ms)),
        )

    def _first_sustained_rise(self, level_mpa: float, sustain_ms: float) -> float | None:
        above = self.pressure_mpa >= level_mpa
        for at in np.flatnonzero(above[1:] & ~above[:-1]) + 1:
            held = (self.time_ms >= self.time_ms[at]) & (
                self.time_ms <= self.time_ms[at] + sustain_ms
            )
            if above[held].all():
                times, pressures = self.time_ms[at - 1 : at + 1], self.pressure_mpa[at - 1 : at + 1]
                share = (level_mpa - pressures[0]) / (pressures[1] - pressures[0])
                return float(times[0] + share * (times[1] - times[0]))
        return None

    def resample(self, time_ms: ArrayLike) -> "PTCurve":
        """Return the curve at other times, by linear interpolation.

        Args:
            time_ms: shape (m,), strictly increasing, within this curve's first and last time.

        Raises:
            CurveError: a time lies outside the curve: nothing is extrapolated.
        """
        wanted = _frozen(time_ms, "time_ms")
        if wanted.size and (wanted.min() < self.time_ms[0] or wanted.max() > self.time_ms[-1]):
            raise CurveError(
                f"The curve spans {self.time_ms[0]:g} … {self.time_ms[-1]:g} ms and cannot be "
                f"read at {wanted.min():g} … {wanted.max():g} ms."
            )
        return PTCurve(wanted, np.interp(wanted, self.time_ms, self.pressure_mpa))

    def shift(self, by_ms: float) -> "PTCurve":
        """Return the curve moved by `by_ms` along the time axis (later if positive)."""
        return PTCurve(self.time_ms + by_ms, self.pressure_mpa)


def _frozen(values: ArrayLike | Iterable[float], name: str) -> FloatArray:
    array = np.array(values, dtype=np.float64)  # a copy: nobody else holds the memory
    if array.ndim != 1:
        raise CurveError(f"{name} must be one-dimensional, but has shape {array.shape}.")
    broken = np.flatnonzero(~np.isfinite(array))
    if broken.size:
        at = int(broken[0])
        raise CurveError(f"{name} must be finite, but sample {at + 1} is {array[at]}.")
    array.setflags(write=False)
    return array

"""The PT curve: pressure over time in a small closed vessel."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mgg_kernel.errors import CurveError
from mgg_kernel.features import BASELINE_WINDOW_MS, FeatureDefinitions, Features, read_off

__all__ = ["BASELINE_WINDOW_MS", "FeatureDefinitions", "Features", "PTCurve", "Peak", "Variant"]
__all__ += ["even_rate_hz"]

FloatArray = NDArray[np.float64]
Variant = Literal["j211", "iso6487"]

UNEVENNESS = 0.01


@dataclass(frozen=True)
class Peak:
    """The highest sample of a curve; the earliest one where several are equally high."""

    pressure_mpa: float
    time_ms: float


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

    @cached_property
    def rate_hz(self) -> float | None:
        """Samples per second [Hz], or None where they are not evenly spaced."""
        return even_rate_hz(self.time_ms)

    def features(
        self,
        definitions: FeatureDefinitions | None = None,
        *,
        ignition_fraction: float | None = None,
        sustain_ms: float | None = None,
    ) -> Features:
        """Return the numbers that an engineer reads off the curve; :class:`Features` defines them.

        Args:
            definitions: what they depend on; None: the defaults of :class:`FeatureDefinitions`.
            ignition_fraction: instead of the one in `definitions`.
            sustain_ms: instead of the one in `definitions`.

        Raises:
            CurveError: an argument is outside its range.
        """
        chosen = FeatureDefinitions() if definitions is None else definitions
        if ignition_fraction is not None:
            chosen = replace(chosen, ignition_fraction=ignition_fraction)
        if sustain_ms is not None:
            chosen = replace(chosen, sustain_ms=sustain_ms)
        return read_off(self.time_ms, self.pressure_mpa, chosen)

    def filtered(self, cfc: int = 1000, variant: Variant = "j211") -> "PTCurve":
        """Return the curve behind a channel frequency class of SAE J211 or ISO 6487.

        A 2-pole Butterworth filter is run forward and backward, so that nothing is delayed; before
        and behind it the curve is continued by odd mirroring, so that its ends stay where they
        are.  :mod:`mgg_kernel.filters` has the formulas.

        Args:
            cfc: 60, 180, 600 or 1000.
            variant: ``j211`` or ``iso6487``, whose corner frequencies differ by 0.3 %.

        Raises:
            CurveError: there is no such class or variant, the samples are not evenly spaced, or
                they are fewer than ten for each period of the class.
        """
        from mgg_kernel.filters import filter_evenly_sampled

        rate_hz = self.rate_hz
        if rate_hz is None:
            steps = np.diff(self.time_ms)
            raise CurveError(
                f"CFC {cfc} needs evenly spaced samples, but the steps of this curve are "
                f"{steps.min():g} … {steps.max():g} ms; resample it first."
            )
        return PTCurve(
            self.time_ms, filter_evenly_sampled(self.pressure_mpa, rate_hz, cfc, variant)
        )

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


def even_rate_hz(time_ms: FloatArray) -> float | None:
    """Return how many times there are in a second [Hz], or None where they are not evenly spaced.

    Args:
        time_ms: shape (n,), n ≥ 2, strictly increasing.  A step may differ by 1 % from the mean
            one: times are written with few digits.
    """
    steps = np.diff(time_ms)
    mean = float(time_ms[-1] - time_ms[0]) / steps.size
    if np.abs(steps - mean).max() > UNEVENNESS * mean:
        return None
    return 1000.0 / mean


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

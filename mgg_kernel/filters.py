"""Channel frequency classes of SAE J211-1 and ISO 6487: 2-pole Butterworth, forward and backward.

The filter is the bilinear transform of a second-order Butterworth low-pass with its corner at
k · CFC [Hz], where k is 2.0775 in SAE J211-1 (annex C) and 2.0833 in ISO 6487 (annex A).  Run
twice, it damps by 0.45 dB at the class's frequency, by 3.01 dB at CFC / 0.6 and by 6.02 dB at the
corner, and shifts nothing in time.
"""

import math
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from mgg_kernel.errors import CurveError

__all__ = ["CLASSES", "CORNERS", "butterworth", "filter_evenly_sampled"]

FloatArray = NDArray[np.float64]

CLASSES = (60, 180, 600, 1000)
CORNERS = {"j211": 2.0775, "iso6487": 2.0833}
"""Corner frequency of one pass, as a multiple of the class."""

SAMPLES_PER_PERIOD = 10
"""ISO 6487 and SAE J211-1: the rate must be at least ten times the class's frequency."""
MIRRORED_MS = 10.0
MIRRORED_SAMPLES = 100
"""The curve is continued by at least this on both sides, as far as it has as many samples."""


def butterworth(corner_hz: float, rate_hz: float) -> tuple[FloatArray, FloatArray]:
    """Return numerator and denominator of the digital filter, of three coefficients each.

    Args:
        corner_hz: frequency at which one pass damps by 3.01 dB [Hz].
        rate_hz: samples per second [Hz], more than twice the corner.
    """
    w = math.tan(math.pi * corner_hz / rate_hz)  # the corner, pre-warped
    scale = 1.0 / (1.0 + math.sqrt(2.0) * w + w * w)
    b = w * w * scale
    return (
        np.array([b, 2.0 * b, b]),
        np.array([1.0, 2.0 * (w * w - 1.0) * scale, (1.0 - math.sqrt(2.0) * w + w * w) * scale]),
    )


def filter_evenly_sampled(
    pressure: FloatArray, rate_hz: float, cfc: int, variant: str
) -> FloatArray:
    """Return pressures behind a filter; :meth:`PTCurve.filtered` tells the rest.

    Args:
        pressure: shape (n,), evenly spaced in time.
        rate_hz: samples per second.
        cfc: one of :data:`CLASSES`.
        variant: one of :data:`CORNERS`.

    Raises:
        CurveError: there is no such class or variant, or the rate is too low for it.
    """
    if cfc not in CLASSES:
        raise CurveError(f"There is no class CFC {cfc}; the classes are 60, 180, 600 and 1000.")
    if variant not in CORNERS:
        raise CurveError(f"There is no filter variant '{variant}'; choose j211 or iso6487.")
    least_hz = SAMPLES_PER_PERIOD * cfc
    if rate_hz < least_hz * (1 - 1e-6):
        raise CurveError(
            f"CFC {cfc} needs at least {least_hz:,} samples per second, but this curve has "
            f"{rate_hz:,.0f}; choose a lower class or none."
        )
    length = max(MIRRORED_SAMPLES, math.ceil(MIRRORED_MS * rate_hz / 1000.0))
    length = min(length, pressure.size - 1)
    b, a = butterworth(CORNERS[variant] * cfc, rate_hz)
    # The chord passes unchanged in any case; without it, what is filtered begins and ends at 0, so
    # that straight lines stay exactly straight however short they are.
    chord = np.linspace(pressure[0], pressure[-1], pressure.size)
    bow = pressure - chord
    mirrored = np.concatenate((-bow[length:0:-1], bow, -bow[-2 : -length - 2 : -1]))
    there = _pass(mirrored, b, a)
    back = _pass(there[::-1].copy(), b, a)[::-1]
    filtered: FloatArray = chord + back[length : length + pressure.size]
    return filtered


def _one_pass(values: FloatArray, b: FloatArray, a: FloatArray) -> FloatArray:
    """Run the filter once (transposed direct form II), as if the first value had always been."""
    out = np.empty_like(values)
    # A pass leaves a constant as it is: b0 + b1 + b2 = 1 + a1 + a2.
    first = (1.0 - b[0]) * values[0]
    second = (b[2] - a[2]) * values[0]
    for i in range(values.size):
        y = b[0] * values[i] + first
        first = b[1] * values[i] - a[1] * y + second
        second = b[2] * values[i] - a[2] * y
        out[i] = y
    return out


def _compiled(function: Any) -> Any:
    """Compile a function, and keep its machine code where a folder for it can be written."""
    try:
        return numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:
        return numba.njit(nogil=True)(function)


_pass = _compiled(_one_pass)

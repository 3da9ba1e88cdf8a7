"""The signature of a curve: its mean pressure in each of 256 cells of time after ignition.

Means and no single samples, for two reasons: noise averages out, and the distance between two
signatures can never exceed the root mean square of the difference of the two curves themselves.
(For piecewise constant approximation of time series: E. Keogh, K. Chakrabarti, M. Pazzani and
S. Mehrotra, *Dimensionality Reduction for Fast Similarity Search in Large Time Series Databases*,
Knowledge and Information Systems 3, 2001.)
"""

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.curve import PTCurve

__all__ = ["CELLS", "EDGES_MS", "SIGNATURE_VERSION", "WIDTHS_MS", "WINDOW_MS", "cell_means"]
__all__ += ["origin_of", "signature"]

FloatArray = NDArray[np.float64]

SIGNATURE_VERSION = 1
"""Goes up when the cells or the rule of ignition change: older signatures are made anew."""

# Narrow where the igniter and the rise are, wide where the gas cools.
_PARTS = ((-0.5, 0.05, 120), (5.5, 0.125, 64), (13.5, 0.3, 72))

EDGES_MS: FloatArray = np.round(
    np.concatenate([start + step * np.arange(n) for start, step, n in _PARTS] + [[35.1]]), 6
)
EDGES_MS.setflags(write=False)
"""Shape (257,): where cells begin and end [ms after ignition]."""

WIDTHS_MS: FloatArray = np.diff(EDGES_MS)
WIDTHS_MS.setflags(write=False)

CELLS = int(WIDTHS_MS.size)
WINDOW_MS = (float(EDGES_MS[0]), float(EDGES_MS[-1]))
"""What is compared, from and to [ms after ignition]."""


def origin_of(curve: PTCurve) -> tuple[float, bool]:
    """Return the time that is 0 after alignment [ms], and whether it is the ignition time.

    The ignition time is that of :class:`~mgg_kernel.features.Features` by the default
    definitions; a curve that did not ignite is aligned at its own time 0.
    """
    ignition = curve.features().ignition_time_ms
    return (0.0, False) if ignition is None else (ignition, True)


def cell_means(curve: PTCurve, origin_ms: float) -> FloatArray:
    """Return the mean pressure in each cell, NaN where the curve does not cover the whole cell.

    The curve is linear between its samples, and the mean is that of the line: ∫ p dt / width.

    Args:
        curve: the samples.
        origin_ms: the time that is 0 after alignment [ms].

    Returns:
        Shape (256,) [MPa].
    """
    time, pressure = curve.time_ms - origin_ms, curve.pressure_mpa
    pieces = np.diff(time) * (pressure[1:] + pressure[:-1]) / 2.0
    until = np.concatenate(([0.0], np.cumsum(pieces)))
    at = np.clip(np.searchsorted(time, EDGES_MS, side="right") - 1, 0, time.size - 1)
    edge_pressure = np.interp(EDGES_MS, time, pressure)
    integral = until[at] + (EDGES_MS - time[at]) * (pressure[at] + edge_pressure) / 2.0
    covered = (time[0] <= EDGES_MS) & (time[-1] >= EDGES_MS)
    means: FloatArray = np.where(covered[1:] & covered[:-1], np.diff(integral) / WIDTHS_MS, np.nan)
    return means


def signature(curve: PTCurve) -> NDArray[np.float32]:
    """Return the signature of a curve: its mean pressure in each cell after alignment.

    Args:
        curve: the samples.

    Returns:
        Shape (256,) [MPa]; NaN where the curve does not reach.
    """
    return cell_means(curve, origin_of(curve)[0]).astype(np.float32)

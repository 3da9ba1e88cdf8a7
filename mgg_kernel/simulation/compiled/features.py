"""Three numbers read off a curve, to the bit as `PTCurve.features` reads them."""

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.simulation.compiled.jit import compiled

__all__ = ["BASELINE_WINDOW_MS", "read_features", "shown"]

Floats = NDArray[np.float64]

BASELINE_WINDOW_MS = 0.2
"""As in :mod:`mgg_kernel.curve`; a test holds them together."""
BLOCK = 32
"""So many samples are passed over at once where none is above the peak so far."""


@compiled
def shown(p: Floats, air_mpa: float, factor: float) -> None:
    """Turn absolute pressures [Pa] into what a sensor shows [MPa], in place."""
    for i in range(p.size):
        p[i] = (p[i] * 1e-6 - air_mpa) * factor


@compiled
def read_features(
    times: Floats, p: Floats, fraction: float, sustain: float, spare: Floats, found: Floats
) -> None:
    """Write ignition time, peak time and peak pressure.

    Args:
        times: shape (m,), m ≥ 2 [ms].
        p: shape (m,) [MPa].
        fraction: which share of the peak above the baseline counts as ignition.
        sustain: how long the pressure must stay above that [ms].
        spare: room of shape (m,).
        found: out, shape (3,); the first is nan where the curve never rises so.
    """
    m, peak = times.size, 0
    for first in range(0, m, BLOCK):
        past, higher, top = min(first + BLOCK, m), 0, p[peak]
        for i in range(first, past):  # no branch: several samples at once
            higher |= p[i] > top
        for i in range(first, past if higher else first):
            if p[i] > p[peak]:
                peak = i
    window = 0
    while window < m and times[window] <= times[0] + BASELINE_WINDOW_MS:
        spare[window] = p[window]
        window += 1
    baseline = _median(spare, window)
    level = baseline + fraction * (p[peak] - baseline)
    found[0], found[1], found[2] = np.nan, times[peak], p[peak]
    for i in range(1, m):
        if p[i] >= level and not p[i - 1] >= level:
            j = i
            while j < m and times[j] <= times[i] + sustain and p[j] >= level:
                j += 1
            if j == m or times[j] > times[i] + sustain:
                share = (level - p[i - 1]) / (p[i] - p[i - 1])
                found[0] = times[i - 1] + share * (times[i] - times[i - 1])
                return


@compiled
def _median(values: Floats, count: int) -> float:
    """Return the median of the first `count` values; they are sorted in place (Shell 1959)."""
    gap = count // 2
    while gap > 0:
        for i in range(gap, count):
            value, j = values[i], i
            while j >= gap and values[j - gap] > value:
                values[j] = values[j - gap]
                j -= gap
            values[j] = value
        gap = 1 if gap == 2 else gap * 5 // 11
    half = count // 2
    return values[half] if count % 2 else (values[half - 1] + values[half]) / 2

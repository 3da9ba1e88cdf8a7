"""How long a step may be: the first of a stretch, and the one after another."""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.simulation.compiled.equations import rates
from mgg_kernel.simulation.compiled.jit import compiled

__all__ = ["first_step", "growth"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SAFETY, LEAST, MOST = 0.9, 0.2, 10.0


@compiled
def growth(error: float, rejected: bool) -> float:
    """Return by which factor to change the step after an error over what is allowed."""
    if error == 0:
        return MOST
    if not error < 1e30:  # also where the step led to no number
        return LEAST
    factor = SAFETY / sqrt(sqrt(sqrt(error)))
    return max(LEAST, min(factor, 1.0 if rejected else MOST))


@compiled
def first_step(
    t0: float,
    longest: float,
    y0: Floats,
    spare: Floats,
    k: Floats,
    tolerance: float,
    fired: bool,
    mode: Ints,
    shot: Floats,
    charge: Floats,
    law: Floats,
) -> float:
    """Return a length for the first step of a stretch (Hairer, Nørsett, Wanner, II.4)."""
    n = y0.size
    size, slope, bend = 0.0, 0.0, 0.0
    for s in range(n):
        allowed = tolerance * (0.01 + abs(y0[s]))
        size += (y0[s] / allowed) ** 2
        slope += (k[0, s] / allowed) ** 2
    size, slope = sqrt(size / n), sqrt(slope / n)
    h0 = 1e-6 if size < 1e-5 or slope < 1e-5 else 0.01 * size / slope
    h0 = min(h0, longest)
    for s in range(n):
        spare[s] = y0[s] + h0 * k[0, s]
    rates(1, t0 + h0, fired, spare, k, mode, shot, charge, law)
    for s in range(n):
        allowed = tolerance * (0.01 + abs(y0[s]))
        bend += ((k[1, s] - k[0, s]) / allowed) ** 2
    bend = sqrt(bend / n) / h0
    steep = max(slope, bend)
    h1 = max(1e-6, h0 * 1e-3) if steep <= 1e-15 else (0.01 / steep) ** 0.125
    return min(100 * h0, h1, longest)

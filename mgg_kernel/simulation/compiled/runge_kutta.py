"""One step of the Dormand–Prince method of order 8(5,3), and what lies between its ends.

States come in fours, padded with zeros, so that their sums go side by side through the processor.
The slopes stand in one place only, in a loop over the stages: written out, the machine code would
be ten times as long and its first compilation too.
"""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.simulation.compiled import layout as at
from mgg_kernel.simulation.compiled.equations import rates
from mgg_kernel.simulation.compiled.jit import compiled, inlined
from mgg_kernel.simulation.compiled.tableau import E3, E5, A, C, D

__all__ = ["LAST", "between", "joined", "spread", "terms", "try_step"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LAST, DENSE_ORDER = 12, 4

WEIGHTS = np.zeros((at.STAGES, at.STAGES))
for _i, _row in enumerate(A):
    WEIGHTS[_i, : len(_row)] = _row
TIMES, ERRORS, DENSE = np.array(C), np.array((E5, E3)), np.array(D)


@inlined
def _add_four(i: int, s: int, h: float, y0: Floats, y: Floats, k: Floats) -> None:
    """Write the state at stage i: four of its numbers, from number s on."""
    sum0, sum1, sum2, sum3 = 0.0, 0.0, 0.0, 0.0
    for j in range(i):
        weight = WEIGHTS[i, j]
        sum0 += weight * k[j, s]
        sum1 += weight * k[j, s + 1]
        sum2 += weight * k[j, s + 2]
        sum3 += weight * k[j, s + 3]
    y[s], y[s + 1] = y0[s] + h * sum0, y0[s + 1] + h * sum1
    y[s + 2], y[s + 3] = y0[s + 2] + h * sum2, y0[s + 3] + h * sum3


@compiled
def _stages(
    first: int,
    past: int,
    t0: float,
    h: float,
    y0: Floats,
    y: Floats,
    k: Floats,
    fired: bool,
    mode: Ints,
    shot: Floats,
    charge: Floats,
    law: Floats,
) -> None:
    """Work out the slopes of some stages; leave the state of the last of them in `y`."""
    for i in range(first, past):
        if y0.size == 4:
            _add_four(i, 0, h, y0, y, k)  # a column known in advance saves a third of the time
        else:
            for s in range(0, y0.size, 4):
                _add_four(i, s, h, y0, y, k)
        rates(i, t0 + TIMES[i] * h, fired, y, k, mode, shot, charge, law)


@compiled
def try_step(
    t0: float,
    h: float,
    y0: Floats,
    y: Floats,
    k: Floats,
    tolerance: float,
    fired: bool,
    mode: Ints,
    shot: Floats,
    charge: Floats,
    law: Floats,
) -> float:
    """Step from `y0`, whose slopes are in `k[0]`, to `y`; return the error over what is allowed.

    The allowed error is the relative tolerance plus a hundredth of it, of states of order 1.
    """
    n = charge.shape[0] + 1 + (at.VENTED_STATES if shot[at.VENT_AREA] > 0 else 0)
    _stages(1, LAST + 1, t0, h, y0, y, k, fired, mode, shot, charge, law)
    sum5, sum3 = 0.0, 0.0
    for s in range(n):
        e5, e3 = 0.0, 0.0
        for j in range(LAST):
            e5 += ERRORS[0, j] * k[j, s]
            e3 += ERRORS[1, j] * k[j, s]
        allowed = tolerance * (0.01 + max(abs(y0[s]), abs(y[s])))
        sum5 += (e5 / allowed) ** 2
        sum3 += (e3 / allowed) ** 2
    if sum5 == 0 and sum3 == 0:
        return 0.0
    return h * sum5 / sqrt((sum5 + 0.01 * sum3) * n)


@compiled
def spread(
    t0: float,
    h: float,
    y0: Floats,
    y: Floats,
    k: Floats,
    f: Floats,
    spare: Floats,
    fired: bool,
    mode: Ints,
    shot: Floats,
    charge: Floats,
    law: Floats,
) -> None:
    """Write into `f` the seven terms of the polynomial that joins the ends of an accepted step."""
    n = y0.size
    _stages(LAST + 1, at.STAGES, t0, h, y0, spare, k, fired, mode, shot, charge, law)
    for s in range(n):
        rise = y[s] - y0[s]
        f[0, s] = rise
        f[1, s] = h * k[0, s] - rise
        f[2, s] = 2 * rise - h * (k[LAST, s] + k[0, s])
        for i in range(DENSE_ORDER):
            total = 0.0
            for j in range(at.STAGES):
                total += DENSE[i, j] * k[j, s]
            f[3 + i, s] = h * total


@inlined
def joined(
    x: float,
    y0: float,
    f0: float,
    f1: float,
    f2: float,
    f3: float,
    f4: float,
    f5: float,
    f6: float,
) -> float:
    """Return the polynomial of a state that begins the step at `y0`, at the share x of the step."""
    u = 1 - x
    return y0 + x * (f0 + u * (f1 + x * (f2 + u * (f3 + x * (f4 + u * (f5 + x * f6))))))


@inlined
def terms(f: Floats, s: int) -> tuple[float, float, float, float, float, float, float]:
    """Return the terms of state s: in a loop over samples they then stay in the processor."""
    return f[0, s], f[1, s], f[2, s], f[3, s], f[4, s], f[5, s], f[6, s]


@compiled
def between(x: float, y0: float, f: Floats, s: int) -> float:
    """Return state s at the share x of the step."""
    f0, f1, f2, f3, f4, f5, f6 = terms(f, s)
    return joined(x, y0, f0, f1, f2, f3, f4, f5, f6)

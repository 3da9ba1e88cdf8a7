"""What changes the equations: a charge is lit, its slivers begin or fall away, it has burnt."""

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.simulation.compiled import layout as at
from mgg_kernel.simulation.compiled.equations import contents, gas, igniter_share
from mgg_kernel.simulation.compiled.jit import compiled
from mgg_kernel.simulation.compiled.runge_kutta import between

__all__ = ["advance", "first_event", "settle"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

REACHED = 1 - 1e-12
MAX_TRIES = 100


@compiled
def pressure_at(
    time: float, fired: bool, y: Floats, mode: Ints, shot: Floats, charge: Floats
) -> float:
    """Return the pressure [Pa] of a state."""
    share = igniter_share(time, fired, shot)
    r, cv, energy, volume = contents(share, y, mode, shot, charge)
    return gas(r, cv, energy, volume, shot)[0]


@compiled
def _target(mode: int, charge: Floats, k: int) -> float:
    """Return the depth at which charge k changes, as a share of its half web."""
    if mode == at.WHOLE:
        return charge[k, at.FIRST_BREAK]
    return charge[k, at.SECOND_BREAK] if mode == at.ALL_SLIVERS else 1.0


@compiled
def advance(
    k: int, now: float, y: Floats, mode: Ints, charge: Floats, lit: Floats, out: Floats
) -> None:
    """Let charge k be lit, or what it becomes at its next depth; note the time [s]."""
    if mode[k] == at.WAITING:
        mode[k] = at.WHOLE
        lit[k] = now
    elif _target(mode[k], charge, k) < 1:
        mode[k] += 1
    else:
        mode[k], y[k] = at.BURNT, 1.0
        out[k] = now


@compiled
def settle(
    now: float,
    y: Floats,
    mode: Ints,
    shot: Floats,
    charge: Floats,
    lit: Floats,
    out: Floats,
) -> None:
    """After the igniter has fired make every change that is due at this time."""
    pressure = pressure_at(now, True, y, mode, shot, charge)
    for k in range(charge.shape[0]):
        if mode[k] == at.WAITING and pressure >= charge[k, at.IGNITION_PRESSURE]:
            advance(k, now, y, mode, charge, lit, out)
        while at.WAITING < mode[k] < at.BURNT and y[k] >= REACHED * _target(mode[k], charge, k):
            advance(k, now, y, mode, charge, lit, out)


@compiled
def _beyond(
    x: float,
    k: int,
    now: float,
    h: float,
    y: Floats,
    f: Floats,
    state: Floats,
    mode: Ints,
    shot: Floats,
    charge: Floats,
) -> float:
    """Return how far charge k is past its next change at the share x of the step."""
    if mode[k] != at.WAITING:
        return between(x, y[k], f, k) - _target(mode[k], charge, k)
    for s in range(y.size):
        state[s] = between(x, y[s], f, s)
    pressure = pressure_at(now + x * h, True, state, mode, shot, charge)
    return pressure - charge[k, at.IGNITION_PRESSURE]


@compiled
def first_event(
    now: float,
    h: float,
    y: Floats,
    f: Floats,
    state: Floats,
    mode: Ints,
    shot: Floats,
    charge: Floats,
) -> tuple[int, float]:
    """Return which charge changes first within the step, and at which share of it; −1 for none."""
    which, first = -1, 1.0
    for k in range(charge.shape[0]):
        if mode[k] == at.BURNT:
            continue
        # The ends first; then regula falsi, the end that stays being halved (Illinois), and every
        # third try bisects.
        low, high, below, above = 0.0, first, 0.0, 0.0
        for attempt in range(MAX_TRIES):
            x = first if attempt == 0 else 0.0
            if attempt > 1:
                x = 0.5 * (low + high)
                if attempt % 3 and below < above:
                    x = low - below * (high - low) / (above - below)
                    x = x if low < x < high else 0.5 * (low + high)
            value = _beyond(x, k, now, h, y, f, state, mode, shot, charge)
            if attempt == 0:
                above = value
                if above < 0:
                    break
                which = k
            elif attempt == 1:
                below = value
            elif value >= 0:
                high, above, below = x, value, 0.5 * below
            else:
                low, below, above = x, value, 0.5 * above
            if high - low <= 4e-16 * high or above == 0:
                break
        first = high
    return which, first

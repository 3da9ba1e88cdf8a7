"""The whole way of a shot: stretches between events, steps within them, samples within those."""

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.simulation.compiled import layout as at
from mgg_kernel.simulation.compiled.equations import burnt_fraction, rates
from mgg_kernel.simulation.compiled.events import advance, first_event, settle
from mgg_kernel.simulation.compiled.jit import compiled
from mgg_kernel.simulation.compiled.record import record
from mgg_kernel.simulation.compiled.runge_kutta import LAST, between, spread, try_step
from mgg_kernel.simulation.compiled.step_length import first_step, growth

__all__ = ["follow_one"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SHORTEST_S = 1e-13
"""A stretch shorter than this is no stretch."""
WAITING_STEP_S = 5e-5
"""Longest step while a charge waits to be lit, so that a short rise of pressure is seen."""
MAX_STEPS = 3000
"""A shot that needs more tries is too stiff for an explicit method."""


@compiled
def _longest_step(rest: float, fired: bool, mode: Ints) -> float:
    for k in range(mode.size):
        if fired and mode[k] == at.WAITING:
            return min(rest, WAITING_STEP_S)
    return rest


@compiled
def _first_from(time: float, times: Floats, lo: int) -> int:
    """Return the index of the first sample from `lo` on that is not before a time."""
    step, hi = 1, lo
    while hi < times.size and times[hi] < time:
        lo, hi, step = hi + 1, hi + step, 2 * step
    hi = min(hi, times.size)
    while lo < hi:
        middle = (lo + hi) // 2
        if times[middle] < time:
            lo = middle + 1
        else:
            hi = middle
    return lo


@compiled
def _keep(
    lo: int,
    hi: int,
    times: Floats,
    now: float,
    h: float,
    y: Floats,
    f: Floats,
    fired: bool,
    mode: Ints,
    shot: Floats,
    charge: Floats,
    spare: Floats,
    scratch: Floats,
    pressure: Floats,
    temperature: Floats,
    loss: Floats,
    burnt: Floats,
) -> None:
    """Record the samples from `lo` up to before `hi`."""
    for first in range(lo, hi, at.CHUNK):
        past = min(first + at.CHUNK, hi)
        stay = past if temperature.size > 0 else first
        record(
            *(times[first:past], now, h, y, f, fired, mode, shot, charge, spare, scratch),
            *(pressure[first:past], temperature[first:stay], loss[first:stay]),
            burnt[:, first:stay],
        )


@compiled
def _stretch(
    now: float,
    stop: float,
    lo: int,
    tries: int,
    fired: bool,
    times: Floats,
    y: Floats,
    y_new: Floats,
    spare: Floats,
    mode: Ints,
    shot: Floats,
    charge: Floats,
    law: Floats,
    tolerance: float,
    k: Floats,
    f: Floats,
    scratch: Floats,
    pressure: Floats,
    lit: Floats,
    out: Floats,
    temperature: Floats,
    loss: Floats,
    burnt: Floats,
) -> tuple[float, int, int]:
    """Step from `now` to `stop` or to the next event.

    Returns the time reached, the first sample not yet recorded, and the tries so far; more than
    MAX_STEPS where the shot is too stiff.
    """
    n = y.size
    longest = _longest_step(stop - now, fired, mode)
    rates(0, now, fired, y, k, mode, shot, charge, law)
    h = first_step(now, longest, y, spare, k, tolerance, fired, mode, shot, charge, law)
    which, rejected = -1, False
    while which < 0 and now < stop and tries <= MAX_STEPS:
        tries += 1
        h = min(h, longest)
        ends = now + h >= stop - SHORTEST_S
        if ends:
            h = stop - now
        error = try_step(now, h, y, y_new, k, tolerance, fired, mode, shot, charge, law)
        if not error <= 1:
            h *= min(growth(error, True), 0.9)
            rejected = True
            continue
        spread(now, h, y, y_new, k, f, spare, fired, mode, shot, charge, law)
        then = stop if ends else now + h
        if fired:
            which, share = first_event(now, h, y, f, spare, mode, shot, charge)
            if which >= 0:
                then = now + share * h
                for s in range(n):
                    y_new[s] = between(share, y[s], f, s)
        hi = _first_from(then, times, lo)
        _keep(
            *(lo, hi, times, now, h, y, f, fired, mode, shot, charge, spare, scratch),
            *(pressure, temperature, loss, burnt),
        )
        lo, now, h = hi, then, h * growth(error, rejected)
        for s in range(n):
            y[s], k[0, s] = y_new[s], k[LAST, s]
        rejected = False
    if which >= 0:
        advance(which, now, y, mode, charge, lit, out)
    return now, lo, tries


@compiled
def follow_one(
    times: Floats,
    shot: Floats,
    charge: Floats,
    law: Floats,
    tolerance: float,
    states: Floats,
    k: Floats,
    f: Floats,
    mode: Ints,
    scratch: Floats,
    pressure: Floats,
    lit: Floats,
    out: Floats,
    last: Floats,
    temperature: Floats,
    loss: Floats,
    burnt: Floats,
) -> int:
    """Follow one shot; return how many steps were tried, −1 where too many were needed.

    Args:
        times: shape (m,), increasing [s].
        shot: shape (SHOT_SIZE,), see :mod:`.layout`.
        charge: shape (charges, CHARGE_SIZE).
        law: shape (charges, pieces, 3).
        tolerance: relative error allowed in a step.
        states: room of shape (3, n), n padded to fours, see :mod:`.runge_kutta`.
        k: room for the slopes, shape (STAGES, n).
        f: room for the polynomial of a step, shape (DENSE_TERMS, n).
        mode: room for what each charge does, shape (charges,).
        scratch: room of shape (SCRATCH_ROWS, CHUNK).
        pressure: out, shape (m,) [Pa].
        lit: out, shape (charges,): when each charge was lit [s]; nan for never.
        out: out, as `lit`: when it had burnt out.
        last: out, as `lit`: which fraction of it has burnt at the end.
        temperature: out, shape (m,) [K]; or (0,) to leave this and the next out.
        loss: out, shape (m,) or (0,), the wall's heat [J].
        burnt: out, shape (charges, m) or (charges, 0), the burnt fractions.
    """
    total, y, y_new, spare = times.size, states[0], states[1], states[2]
    _clear(states)
    _clear(k)
    _clear(f)
    for c in range(charge.shape[0]):
        lit[c], out[c], mode[c] = np.nan, np.nan, at.WAITING
    start, end, now, lo, tries = shot[at.START], times[total - 1], 0.0, 0, 0
    while end - now > SHORTEST_S:
        fired = now >= start
        if fired:
            settle(now, y, mode, shot, charge, lit, out)
        stop = end if fired or start > end - SHORTEST_S else start
        now, lo, tries = _stretch(
            *(now, stop, lo, tries, fired, times, y, y_new, spare, mode, shot, charge, law),
            *(tolerance, k, f, scratch, pressure, lit, out, temperature, loss, burnt),
        )
        if tries > MAX_STEPS:
            return -1
    fired = end >= start
    if fired:
        settle(end, y, mode, shot, charge, lit, out)
    _clear(f)
    _keep(
        *(lo, total, times, end, 1.0, y, f, fired, mode, shot, charge, spare, scratch),
        *(pressure, temperature, loss, burnt),
    )
    for c in range(charge.shape[0]):
        last[c] = burnt_fraction(y[c], mode[c], charge, c) if mode[c] != at.WAITING else 0.0
    return tries


@compiled
def _clear(rows: Floats) -> None:
    for i in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            rows[i, j] = 0.0

"""The whole way of a shot: stretches between events, steps within them, samples within those."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.simulation.compiled import layout as at
from mgg_kernel.simulation.compiled.equations import (
    burnt_fraction,
    contents,
    gas,
    igniter_share,
    rates,
)
from mgg_kernel.simulation.compiled.events import advance, first_event, settle
from mgg_kernel.simulation.compiled.jit import (
    compiled,
    compiled_and_kept,
    compiled_and_making,
    source_stamp,
)
from mgg_kernel.simulation.compiled.record import ROWS, record
from mgg_kernel.simulation.compiled.runge_kutta import (
    DENSE_TERMS,
    LAST,
    STAGES,
    between,
    spread,
    try_step,
)
from mgg_kernel.simulation.compiled.step_length import first_step, growth

__all__ = ["evaluate", "follow_shots"]

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
    if hi > lo:
        stay = hi if temperature.size > 0 else lo
        record(
            *(
                times[lo:hi],
                now,
                h,
                y,
                f,
                fired,
                mode,
                shot,
                charge,
                spare,
                scratch,
                pressure[lo:hi],
            ),
            *(temperature[lo:stay], loss[lo:stay], burnt[:, lo:stay]),
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
        hi = lo
        while hi < times.size and times[hi] < then:
            hi += 1
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


@compiled_and_making
def _follow(
    times: Floats,
    shot: Floats,
    charge: Floats,
    law: Floats,
    tolerance: float,
    pressure: Floats,
    lit: Floats,
    out: Floats,
    last: Floats,
    temperature: Floats,
    loss: Floats,
    burnt: Floats,
) -> int:
    """Follow one shot; the arguments are those of :func:`follow_shots` for one. Return tries."""
    count, total = charge.shape[0], times.size
    n = count + 1 + (at.VENTED_STATES if shot[at.VENT_AREA] > 0 else 0)
    n = (n + 3) // 4 * 4  # padded with zeros, see runge_kutta
    y, y_new, spare = np.zeros(n), np.zeros(n), np.zeros(n)
    k, f = np.zeros((STAGES, n)), np.zeros((DENSE_TERMS, n))
    mode, scratch = np.zeros(count, np.int64), np.empty((ROWS, total))
    for c in range(count):
        lit[c], out[c] = np.nan, np.nan
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
    f = np.zeros((DENSE_TERMS, n))
    _keep(
        *(lo, total, times, end, 1.0, y, f, fired, mode, shot, charge, spare, scratch),
        *(pressure, temperature, loss, burnt),
    )
    for c in range(count):
        last[c] = burnt_fraction(y[c], mode[c], charge, c) if mode[c] != at.WAITING else 0.0
    return tries


def _build(stamp: int) -> Callable[..., Any]:
    """Return the entry, compiled anew when any source file of this folder has changed."""

    @compiled_and_kept
    def follow_shots(
        first: int,
        past: int,
        times: Floats,
        shots: Floats,
        counts: Ints,
        charges: Floats,
        laws: Floats,
        tolerance: float,
        pressure: Floats,
        lit: Floats,
        out: Floats,
        last: Floats,
        temperature: Floats,
        loss: Floats,
        burnt: Floats,
        tries: Ints,
    ) -> int:
        """Follow the shots from `first` up to before `past`, without the interpreter lock.

        Args:
            first: index of the first shot.
            past: index after the last.
            times: shape (m,), increasing [s].
            shots: shape (shots, SHOT_SIZE), see :mod:`.layout`.
            counts: shape (shots,), how many charges each has.
            charges: shape (shots, most charges, CHARGE_SIZE).
            laws: shape (shots, most charges, pieces, 3).
            tolerance: relative error allowed in a step.
            pressure: out, shape (shots, m) [Pa].
            lit: out, shape (shots, most charges): when each charge was lit [s]; nan for never.
            out: out, as `lit`: when it had burnt out.
            last: out, as `lit`: which fraction of it has burnt at the end.
            temperature: out, shape (shots, m) [K]; or (shots, 0) to leave this and the next out.
            loss: out, shape (shots, m) or (shots, 0), the wall's heat [J].
            burnt: out, shape (shots, most charges, m) or (…, 0), the burnt fractions.
            tries: out, shape (shots,): how many steps were tried; −1 where too many were needed.
        """
        for i in range(first, past):
            c = counts[i]
            tries[i] = _follow(
                times,
                shots[i],
                charges[i, :c],
                laws[i, :c],
                tolerance,
                pressure[i],
                lit[i, :c],
                out[i, :c],
                last[i, :c],
                temperature[i],
                loss[i],
                burnt[i, :c],
            )
        return stamp

    return follow_shots


follow_shots = _build(source_stamp())


def _build_state(stamp: int) -> Callable[..., Any]:
    """Return the entry for integrators written in Python."""

    @compiled_and_kept
    def evaluate(
        time: float,
        fired: bool,
        y: Floats,
        slopes: Floats,
        mode: Ints,
        shot: Floats,
        charge: Floats,
        law: Floats,
    ) -> tuple[float, float, int]:
        """Write dy/dt into `slopes[0]` and return pressure [Pa] and temperature [K]."""
        rates(0, time, fired, y, slopes, mode, shot, charge, law)
        share = igniter_share(time, fired, shot)
        r, cv, energy, volume = contents(share, y, mode, shot, charge)
        pressure, temperature = gas(r, cv, energy, volume, shot)
        return pressure, temperature, stamp

    return evaluate


evaluate = _build_state(source_stamp())

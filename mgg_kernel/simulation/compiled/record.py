"""From the state between two steps to what is kept of it: one pass per quantity over the samples.

The loops are short and without branches, so that the compiler works on several samples at once.
"""

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.simulation.compiled import layout as at
from mgg_kernel.simulation.compiled.equations import burnt_fraction, contents, gas, igniter_share
from mgg_kernel.simulation.compiled.jit import compiled
from mgg_kernel.simulation.compiled.runge_kutta import between

__all__ = ["ROWS", "record"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ROWS = 6
"""Rows of scratch space: share of the step, share of the igniter, and four sums."""


@compiled
def record(
    times: Floats,
    now: float,
    h: float,
    y: Floats,
    f: Floats,
    fired: bool,
    mode: Ints,
    shot: Floats,
    charge: Floats,
    state: Floats,
    scratch: Floats,
    pressure: Floats,
    temperature: Floats,
    loss: Floats,
    burnt: Floats,
) -> None:
    """Write pressure [Pa] and, unless their arrays are empty, all else at `times`.

    Args:
        times: shape (m,), from the start of the step up to its end [s].
        now: start of the step [s].
        h: its length [s].
        y: state at its start.
        f: its polynomial.
        fired: whether the igniter has fired.
        mode: what each charge does.
        shot: as in :mod:`.layout`.
        charge: as in :mod:`.layout`.
        state: room for one state.
        scratch: shape (ROWS, at least m).
        pressure: shape (m,).
        temperature: shape (m,) or (0,).
        loss: shape (m,) or (0,).
        burnt: shape (charges, m) or (charges, 0).
    """
    m, full = times.size, temperature.size > 0
    count: int = charge.shape[0]
    if shot[at.VENT_AREA] > 0:
        _record_vented(
            *(times, now, h, y, f, fired, mode, shot, charge, state),
            *(pressure, temperature, loss, burnt),
        )
        return
    x, share = scratch[0, :m], scratch[1, :m]
    r, cv, energy, volume = scratch[2, :m], scratch[3, :m], scratch[4, :m], scratch[5, :m]
    for i in range(m):
        x[i] = (times[i] - now) / h
    if fired and times[0] - shot[at.START] < at.ALL_RELEASED * shot[at.TIME_CONSTANT]:
        for i in range(m):
            share[i] = igniter_share(times[i], fired, shot)
    else:
        _fill(share, 1.0 if fired else 0.0)
    _begin(share, shot, r, cv, energy, volume)
    for k in range(count):
        if mode[k] == at.WAITING:
            if full:
                _fill(burnt[k], 0.0)
            continue
        # The row of the igniter's share has done its work: it holds the burnt fraction from here.
        _burnt_at(x, y[k], f, mode[k], charge, k, share)
        _add(share, charge, k, r, cv, energy, volume)
        if full:
            _copy(share, burnt[k])
    scale, wall = shot[at.ENERGY_SCALE], shot[at.WALL_TEMPERATURE]
    for i in range(m):
        lost = between(x[i], y[count], f, count) * scale
        degrees = (energy[i] - lost) / cv[i] if cv[i] > 0 else wall
        pressure[i] = degrees * r[i] / volume[i]
        x[i], energy[i] = lost, degrees
    if full:
        _copy(x, loss)
        _copy(energy, temperature)


# Assigning to a slice does the same, but takes a second each to compile.
@compiled
def _fill(to: Floats, value: float) -> None:
    for i in range(to.size):
        to[i] = value


@compiled
def _copy(values: Floats, to: Floats) -> None:
    for i in range(to.size):
        to[i] = values[i]


@compiled
def _begin(
    share: Floats, shot: Floats, r: Floats, cv: Floats, energy: Floats, volume: Floats
) -> None:
    air_r, air_cv, air_energy = shot[at.AIR_R], shot[at.AIR_CV], shot[at.AIR_ENERGY]
    by_r, by_cv, by_energy = shot[at.IGNITER_R], shot[at.IGNITER_CV], shot[at.IGNITER_ENERGY]
    free, taken = shot[at.VOLUME], shot[at.IGNITER_COVOLUME]
    for i in range(share.size):
        r[i] = air_r + by_r * share[i]
        cv[i] = air_cv + by_cv * share[i]
        energy[i] = air_energy + by_energy * share[i]
        volume[i] = free - taken * share[i]


@compiled
def _add(
    psi: Floats, charge: Floats, k: int, r: Floats, cv: Floats, energy: Floats, volume: Floats
) -> None:
    by_r, by_cv, by_energy = charge[k, at.GAS_R], charge[k, at.GAS_CV], charge[k, at.GAS_ENERGY]
    taken = charge[k, at.VOLUME_TAKEN]
    for i in range(psi.size):
        r[i] += by_r * psi[i]
        cv[i] += by_cv * psi[i]
        energy[i] += by_energy * psi[i]
        volume[i] -= taken * psi[i]


@compiled
def _burnt_at(
    x: Floats, y: float, f: Floats, mode: int, charge: Floats, k: int, psi: Floats
) -> None:
    if mode == at.BURNT:
        _fill(psi, 1.0)
    elif mode == at.WHOLE:
        chi, lambda_, mu = charge[k, at.CHI], charge[k, at.LAMBDA], charge[k, at.MU]
        for i in range(x.size):
            z = min(max(between(x[i], y, f, k), 0.0), 1.0)
            psi[i] = chi * z * (1 + z * (lambda_ + z * mu))
    else:
        for i in range(x.size):
            z = min(max(between(x[i], y, f, k), 0.0), 1.0)
            psi[i] = burnt_fraction(z, mode, charge, k)


@compiled
def _record_vented(
    times: Floats,
    now: float,
    h: float,
    y: Floats,
    f: Floats,
    fired: bool,
    mode: Ints,
    shot: Floats,
    charge: Floats,
    state: Floats,
    pressure: Floats,
    temperature: Floats,
    loss: Floats,
    burnt: Floats,
) -> None:
    count = charge.shape[0]
    for i in range(times.size):
        x = (times[i] - now) / h
        for s in range(y.size):
            state[s] = between(x, y[s], f, s)
        for k in range(count):
            state[k] = min(max(state[k], 0.0), 1.0)
        share = igniter_share(times[i], fired, shot)
        r, cv, energy, volume = contents(share, state, mode, shot, charge)
        pressure[i], degrees = gas(r, cv, energy, volume, shot)
        if temperature.size > 0:
            temperature[i], loss[i] = degrees, state[count] * shot[at.ENERGY_SCALE]
            for k in range(count):
                lit = mode[k] != at.WAITING
                burnt[k, i] = burnt_fraction(state[k], mode[k], charge, k) if lit else 0.0

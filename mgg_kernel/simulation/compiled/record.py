"""From the state between two steps to what is kept of it: one pass per quantity over the samples.

The loops are short and without branches, so that the compiler works on several samples at once.
"""

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.simulation.compiled import layout as at
from mgg_kernel.simulation.compiled.equations import burnt_fraction, contents, gas, igniter_share
from mgg_kernel.simulation.compiled.jit import compiled
from mgg_kernel.simulation.compiled.runge_kutta import between, joined, terms

__all__ = ["record"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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
        times: shape (m,), m ≤ CHUNK, from the start of the step up to its end [s].
        now: start of the step [s].
        h: its length [s].
        y: state at its start.
        f: its polynomial.
        fired: whether the igniter has fired.
        mode: what each charge does.
        shot: as in :mod:`.layout`.
        charge: as in :mod:`.layout`.
        state: room for one state.
        scratch: shape (SCRATCH_ROWS, CHUNK).
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
    released = fired and times[0] - shot[at.START] >= at.ALL_RELEASED * shot[at.TIME_CONSTANT]
    if not full and (released or not fired) and _nothing_burns(mode):
        _record_still(times, now, h, y, f, fired, mode, shot, charge, pressure)
        return
    x, share = scratch[0, :m], scratch[1, :m]
    r, cv, energy, volume = scratch[2, :m], scratch[3, :m], scratch[4, :m], scratch[5, :m]
    rate = 1 / h
    for i in range(m):
        x[i] = (times[i] - now) * rate
    if fired and not released:
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
    f0, f1, f2, f3, f4, f5, f6 = terms(f, count)
    for i in range(m):
        lost = joined(x[i], y[count], f0, f1, f2, f3, f4, f5, f6) * scale
        pressure[i] = (energy[i] - lost) * (r[i] / (cv[i] * volume[i])) if cv[i] > 0 else 0.0
        x[i] = lost
    for i in range(temperature.size):
        loss[i], temperature[i] = x[i], (energy[i] - x[i]) / cv[i] if cv[i] > 0 else wall


@compiled
def _nothing_burns(mode: Ints) -> bool:
    burning = 0
    for k in range(mode.size):
        if at.WAITING < mode[k] < at.BURNT:
            burning += 1
    return burning == 0


@compiled
def _record_still(
    times: Floats,
    now: float,
    h: float,
    y: Floats,
    f: Floats,
    fired: bool,
    mode: Ints,
    shot: Floats,
    charge: Floats,
    pressure: Floats,
) -> None:
    """Write the pressure where nothing burns: only the wall's heat changes.  Most samples are so.

    The sums are made in the order of the other way, so the bits are the same.
    """
    share = 1.0 if fired else 0.0
    count: int = charge.shape[0]
    r = shot[at.AIR_R] + shot[at.IGNITER_R] * share
    cv = shot[at.AIR_CV] + shot[at.IGNITER_CV] * share
    energy = shot[at.AIR_ENERGY] + shot[at.IGNITER_ENERGY] * share
    volume = shot[at.VOLUME] - shot[at.IGNITER_COVOLUME] * share
    for k in range(count):
        if mode[k] == at.BURNT:
            r += charge[k, at.GAS_R]
            cv += charge[k, at.GAS_CV]
            energy += charge[k, at.GAS_ENERGY]
            volume -= charge[k, at.VOLUME_TAKEN]
    if not cv > 0:
        _fill(pressure, 0.0)
        return
    scale, y0, rate, by_energy = shot[at.ENERGY_SCALE], y[count], 1 / h, r / (cv * volume)
    f0, f1, f2, f3, f4, f5, f6 = terms(f, count)
    for i in range(times.size):
        lost = joined((times[i] - now) * rate, y0, f0, f1, f2, f3, f4, f5, f6) * scale
        pressure[i] = (energy - lost) * by_energy


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
        f0, f1, f2, f3, f4, f5, f6 = terms(f, k)
        for i in range(x.size):
            z = min(max(joined(x[i], y, f0, f1, f2, f3, f4, f5, f6), 0.0), 1.0)
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

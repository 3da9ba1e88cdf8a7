"""The right-hand side: from the state of a shot to pressure, temperature and slopes.

The state is a regressed depth per charge, as a share of its half web; the wall's heat as a share
of all energy; and, with a vent, what has left through it.
"""

from math import asin, atan2, exp, expm1, log, log1p, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.simulation.compiled import layout as at
from mgg_kernel.simulation.compiled.jit import compiled, inlined

__all__ = ["burnt_fraction", "contents", "gas", "igniter_share", "outflow", "rates", "sliver_area"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@compiled
def sliver_area(depth: float, pitch: float, begin: float, with_inner: bool) -> float:
    """Return the cross-section of the slivers of a seven-hole grain; :mod:`.slivers` derives it."""
    beyond = max(depth - begin, 0.0)
    r, outer = 0.5 * pitch + beyond, 1.5 * pitch - beyond
    area = 0.0
    if with_inner:
        chord = sqrt(2 * beyond * (2 * r + pitch))
        area = sqrt(3.0) / 4 * pitch * pitch - pi / 2 * r * r
        area += 3 * r * r * atan2(chord, pitch) - 0.75 * pitch * chord
    versine = beyond / outer
    s0, s1 = pitch * sqrt(versine * (2 - versine)), 0.5 * pitch
    theta = 2 * asin(sqrt(0.5 * versine))
    swept = 0.5 * pitch * pitch * (0.5 * sqrt(3.0) - 2 * (1 - versine) * s0 / pitch)
    swept += (r * r - outer * outer) * (pi / 6 - theta)
    swept += s1 * sqrt(r * r - s1 * s1) - s0 * sqrt(r * r - s0 * s0)
    swept += r * r * (asin(s1 / r) - asin(s0 / r))
    return 6 * (area - swept)


@inlined
def burnt_fraction(z: float, mode: int, charge: Floats, k: int) -> float:
    """Return ψ of charge k at the share z of its half web."""
    if mode == at.BURNT:
        return 1.0
    if mode <= at.WHOLE:
        return charge[k, at.CHI] * z * (1 + z * (charge[k, at.LAMBDA] + z * charge[k, at.MU]))
    depth = z * charge[k, at.HALF_WEB]
    inner = mode == at.ALL_SLIVERS
    area = sliver_area(depth, charge[k, at.PITCH], charge[k, at.SLIVER_DEPTH], inner)
    return 1 - area * (charge[k, at.LENGTH] - 2 * depth) / charge[k, at.INITIAL_VOLUME]


@inlined
def igniter_share(time: float, fired: bool, shot: Floats) -> float:
    """Return which share of the igniter has become gas."""
    if not fired:
        return 0.0
    late, constant = time - shot[at.START], shot[at.TIME_CONSTANT]
    if late >= at.ALL_RELEASED * constant:
        return 1.0
    late = max(late, 0.0) / constant
    if shot[at.RELEASE_EXPONENT] != 1:
        late **= shot[at.RELEASE_EXPONENT]
    # expm1 takes three times as long as exp, and only small numbers need it.
    return 1 - exp(-late) if late > 0.1 else -expm1(-late)


@inlined
def contents(
    share: float, y: Floats, mode: Ints, shot: Floats, charge: Floats
) -> tuple[float, float, float, float]:
    """Return ΣmR, Σmc_v, energy and free volume of the vessel."""
    r = shot[at.AIR_R] + shot[at.IGNITER_R] * share
    cv = shot[at.AIR_CV] + shot[at.IGNITER_CV] * share
    energy = shot[at.AIR_ENERGY] + shot[at.IGNITER_ENERGY] * share
    volume = shot[at.VOLUME] - shot[at.IGNITER_COVOLUME] * share
    count = charge.shape[0]
    for k in range(count):
        if mode[k] != at.WAITING:
            psi = burnt_fraction(y[k], mode[k], charge, k)
            r += charge[k, at.GAS_R] * psi
            cv += charge[k, at.GAS_CV] * psi
            energy += charge[k, at.GAS_ENERGY] * psi
            volume -= charge[k, at.VOLUME_TAKEN] * psi
    energy -= y[count] * shot[at.ENERGY_SCALE]
    if shot[at.VENT_AREA] > 0:
        r -= y[count + 2] * shot[at.TOTAL_R]
        cv -= y[count + 3] * shot[at.TOTAL_CV]
        volume += y[count + 4] * shot[at.TOTAL_COVOLUME]
        energy -= y[count + 5] * shot[at.ENERGY_SCALE]
    return r, cv, energy, volume


@compiled
def mass_and_covolume(
    share: float, y: Floats, mode: Ints, shot: Floats, charge: Floats
) -> tuple[float, float]:
    """Return mass [kg] and covolume [m³] of the gas in the vessel."""
    mass = shot[at.AIR_MASS] + shot[at.IGNITER_MASS] * share
    covolume = shot[at.IGNITER_COVOLUME] * share
    count = charge.shape[0]
    for k in range(count):
        if mode[k] != at.WAITING:
            psi = burnt_fraction(y[k], mode[k], charge, k)
            mass += charge[k, at.GAS_MASS] * psi
            covolume += charge[k, at.GAS_COVOLUME] * psi
    if shot[at.VENT_AREA] > 0:
        mass -= y[count + 1] * shot[at.TOTAL_MASS]
        covolume -= y[count + 4] * shot[at.TOTAL_COVOLUME]
    return mass, covolume


@inlined
def gas(r: float, cv: float, energy: float, volume: float, shot: Floats) -> tuple[float, float]:
    """Return pressure [Pa] and temperature [K], kept usable also a little beyond a burn-out."""
    if not cv > 0:
        return 0.0, shot[at.WALL_TEMPERATURE]  # no gas gives the wall no heat
    # One division for each, side by side: the slopes wait for the pressure.
    pressure = energy * r / (cv * max(volume, shot[at.CLEARANCE]))
    return max(pressure, 0.0), max(energy, 0.0) / cv


@inlined
def rates(
    row: int,
    time: float,
    fired: bool,
    y: Floats,
    slopes: Floats,
    mode: Ints,
    shot: Floats,
    charge: Floats,
    law: Floats,
) -> None:
    """Write dy/dt into `slopes[row]`."""
    share = igniter_share(time, fired, shot)
    r, cv, energy, volume = contents(share, y, mode, shot, charge)
    pressure, temperature = gas(r, cv, energy, volume, shot)
    log_pressure = log(pressure)  # of 0: −inf, whose power is 0
    count = charge.shape[0]
    for k in range(count):
        if at.WAITING < mode[k] < at.BURNT:
            piece, last = 0, law.shape[1] - 1
            while piece < last and pressure >= law[k, piece + 1, 0]:
                piece += 1
            slopes[row, k] = exp(law[k, piece, 1] + law[k, piece, 2] * log_pressure)
        else:
            slopes[row, k] = 0.0
    conductance = shot[at.CONDUCTANCE]
    thickens = conductance > 0 and shot[at.DENSITY_EXPONENT] > 0
    mass, covolume = 0.0, 0.0
    if thickens or shot[at.VENT_AREA] > 0:
        mass, covolume = mass_and_covolume(share, y, mode, shot, charge)
    if thickens:
        density = max(mass, 0.0) / max(volume + covolume, shot[at.CLEARANCE])
        conductance *= (density / shot[at.REFERENCE_DENSITY]) ** shot[at.DENSITY_EXPONENT]
    if shot[at.LATE_SHARE] < 1:
        stirred = exp(-max(time - shot[at.START], 0.0) / shot[at.DECAY_TIME])
        conductance *= shot[at.LATE_SHARE] + (1 - shot[at.LATE_SHARE]) * stirred
    loss = conductance * (temperature - shot[at.WALL_TEMPERATURE])
    slopes[row, count] = loss / shot[at.ENERGY_SCALE]
    if shot[at.VENT_AREA] > 0:
        flow = outflow(pressure, temperature, r, cv, mass, shot)
        enthalpy = cv * temperature + pressure * (volume + covolume)
        slopes[row, count + 1] = flow * mass / shot[at.TOTAL_MASS]
        slopes[row, count + 2] = flow * r / shot[at.TOTAL_R]
        slopes[row, count + 3] = flow * cv / shot[at.TOTAL_CV]
        slopes[row, count + 4] = flow * covolume / shot[at.TOTAL_COVOLUME]
        slopes[row, count + 5] = flow * enthalpy / shot[at.ENERGY_SCALE]


@compiled
def outflow(
    pressure: float, temperature: float, r: float, cv: float, mass: float, shot: Floats
) -> float:
    """Return which share of the gas leaves per second: isentropic flow, choked or subsonic.

    Two factors make it regular where it would not be.  Just above the pressure outside, a flow
    like √(p − p_out) would have an infinite slope; and the last of the gas stays, since too few
    digits of its mass and energy are known to tell its temperature.
    """
    outside = shot[at.OUTSIDE_PRESSURE]
    if not (pressure > outside and r > 0 and temperature > 0):
        return 0.0
    kept = at.LEAST_SHARE * shot[at.TOTAL_MASS]
    if not mass > kept:
        return 0.0
    gamma = 1 + r / cv
    beyond = (pressure - outside) / pressure
    if 1 - beyond <= (2 / (gamma + 1)) ** (gamma / (gamma - 1)):
        factor = sqrt(gamma) * (2 / (gamma + 1)) ** ((gamma + 1) / (2 * (gamma - 1)))
    else:
        log_ratio = log1p(-beyond)
        spread = -expm1((gamma - 1) / gamma * log_ratio) * exp(2 / gamma * log_ratio)
        near = beyond * beyond / (beyond * beyond + at.NEAR_OUTSIDE * at.NEAR_OUTSIDE)
        factor = sqrt(2 * gamma / (gamma - 1) * spread * near * sqrt(near))
    factor *= 1 - (kept / mass) ** 4
    return shot[at.VENT_AREA] * factor * pressure / sqrt(mass * r * temperature)

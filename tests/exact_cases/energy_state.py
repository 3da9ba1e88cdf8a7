"""A shot of two charges written without the package, the gas's energy being a state of its own.

The solver works the temperature out from the balance of all that was released; here the energy of
the gas is integrated, dU/dt = Σ m·c_v·T_v·dψ/dt − dQ/dt, by a multistep method, from surfaces and
volumes of the grains.  A cylinder of NC, a slab of GP, a slow igniter, air, and a wall whose heat
transfer grows with the density of the gas.
"""

from collections.abc import Callable
from math import exp, expm1
from typing import NamedTuple

import numpy as np
from scipy.integrate import solve_ivp

__all__ = ["pressure_by_lsoda"]

Array = np.ndarray

VESSEL_M3, AIR_PA, AIR_K = 10e-6, 0.101325e6, 293.15
WALL_M2, WALL_K, H, DENSITY_EXPONENT, REFERENCE_DENSITY = 26e-4, 293.15, 3000.0, 0.3, 50.0
IGNITER_KG, IGNITER_R, IGNITER_CV, IGNITER_K = 1e-4, 200.0, 800.0, 3000.0
DELAY_S, TIME_CONSTANT_S, IGNITER_ETA = 0.6e-3, 0.15e-3, 1e-3


class _Gas(NamedTuple):
    """Of one charge: its mass as a solid and as gas, its gas, law, threshold and half web."""

    solid_kg: float
    gas_kg: float
    r: float
    gamma: float
    flame_k: float
    eta: float
    rho: float
    a: float
    n: float
    lit_pa: float
    web_m: float


NC = _Gas(5e-4, 5e-4, 1e6 / 3000, 1.25, 3000.0, 1e-3, 1600.0, 6e-8, 0.8, 1e6, 0.5e-3)
GP = _Gas(2e-4, 1.5e-4, 6e5 / 1900, 1.26, 1900.0, 1e-3, 1900.0, 9.5e-6, 0.45, 2e6, 0.25e-3)
BOTH = (NC, GP)
FREE_M3 = VESSEL_M3 - sum(part.solid_kg / part.rho for part in BOTH)
AIR_R = AIR_PA * FREE_M3 / AIR_K


def _grains(x: Array) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return volume left and burning surface, each over the volume at the start."""
    d, length = 1e-3 - 2 * x[0], 2e-3 - 2 * x[0]
    a, b, c = 3e-3 - 2 * x[1], 2e-3 - 2 * x[1], 0.5e-3 - 2 * x[1]
    cylinder, slab = 1e-3**2 * 2e-3, 3e-3 * 2e-3 * 0.5e-3
    return (
        (d * d * length / cylinder, (4 * d * length + 2 * d * d) / cylinder),
        (a * b * c / slab, 2 * (a * b + b * c + c * a) / slab),
    )


def _gas(t: float, y: Array) -> tuple[float, float, float]:
    """Return pressure [Pa], temperature [K] and density [kg/m³] of the gas."""
    lit = IGNITER_KG * -expm1(-max(t - DELAY_S, 0) / TIME_CONSTANT_S)
    r, cv = AIR_R + lit * IGNITER_R, AIR_R / 0.4 + lit * IGNITER_CV
    mass, room, covolume = AIR_R / 287.05 + lit, FREE_M3 - lit * IGNITER_ETA, lit * IGNITER_ETA
    for part, (left, _) in zip(BOTH, _grains(y), strict=True):
        burnt = part.gas_kg * (1 - left)
        r, cv = r + burnt * part.r, cv + burnt * part.r / (part.gamma - 1)
        mass, room = mass + burnt, room - burnt * (part.eta - 1 / part.rho)
        covolume += burnt * part.eta
    temperature = y[2] / cv
    return temperature * r / room, temperature, mass / (room + covolume)


def _slope(t: float, y: Array, burning: Array) -> list[float]:
    pressure, temperature, density = _gas(t, y)
    late = (t - DELAY_S) / TIME_CONSTANT_S
    power = IGNITER_KG * IGNITER_CV * IGNITER_K * exp(-late) / TIME_CONSTANT_S
    rates = []
    for part, (_, surface), burns in zip(BOTH, _grains(y), burning, strict=True):
        rates.append(part.a * pressure**part.n if burns else 0.0)
        power += part.gas_kg * surface * rates[-1] * part.r / (part.gamma - 1) * part.flame_k
    h = H * (density / REFERENCE_DENSITY) ** DENSITY_EXPONENT
    return [*rates, power - h * WALL_M2 * (temperature - WALL_K)]


def _event(value: Callable[[float, Array], float]) -> Callable[[float, Array, Array], float]:
    def event(t: float, y: Array, _: Array) -> float:
        return value(t, y)

    event.terminal = True  # type: ignore[attr-defined]  # how scipy is told to stop
    return event


def pressure_by_lsoda(times_s: Array) -> Array:
    """Return the pressure [Pa]; LSODA is stopped and started where a charge is lit or has burnt."""
    now, y = DELAY_S, np.array([0.0, 0.0, AIR_R / 0.4 * AIR_K])
    lit, burnt = np.zeros(2, dtype=bool), np.zeros(2, dtype=bool)
    pressure = np.full(times_s.size, AIR_PA)
    while now < times_s[-1] - 1e-12:
        awaited = [(k, lambda t, y, k=k: _gas(t, y)[0] - BOTH[k].lit_pa) for k in (0, 1)]
        ending = [(k, lambda t, y, k=k: y[k] - BOTH[k].web_m) for k in (0, 1)]
        events = [e for e in awaited if not lit[e[0]]]
        events += [e for e in ending if lit[e[0]] and not burnt[e[0]]]
        found = solve_ivp(
            _slope,
            (now, times_s[-1]),
            y,
            method="LSODA",
            events=[_event(value) for _, value in events] or None,
            dense_output=True,
            rtol=1e-12,
            atol=[1e-17, 1e-17, 1e-10],
            max_step=2e-4,
            args=(lit & ~burnt,),
        )
        passed = (times_s >= now) & (times_s <= found.t[-1])
        pressure[passed] = [_gas(t, found.sol(t))[0] for t in times_s[passed]]
        now, y = float(found.t[-1]), found.y[:, -1]
        for (k, _), roots in zip(events, found.t_events or [], strict=True):
            if roots.size and lit[k]:
                burnt[k], y[k] = True, BOTH[k].web_m
            elif roots.size:
                lit[k] = True
    return pressure

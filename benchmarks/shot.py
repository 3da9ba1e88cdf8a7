"""A shot of two charges, and scipy's way to its curve: plain Python floats, nothing in its way."""

from collections.abc import Callable
from math import expm1

import numpy as np
from scipy.integrate import solve_ivp

from mgg_kernel.simulation import Charge, Grain, Igniter, Propellant, Vessel
from mgg_kernel.simulation.gas import GasBudget

__all__ = ["CHARGES", "IGNITER", "PARTS", "TIMES_S", "VESSEL", "scipy_pressure_mpa"]

CHARGES = (
    Charge(Propellant(1e6, 3000, 1.25, 1e-3, 1600, 6e-8, 0.8), Grain.cylinder(1, 2), 500, 1.0),
    Charge(
        Propellant(6e5, 1900, 1.26, 1e-3, 1900, 9.5e-6, 0.45, gas_yield=0.75),
        Grain.cylinder(1, 0.5),
        200,
        2.0,
    ),
)
IGNITER = Igniter(100, 6e5, 3000, 1.25, 1e-3, 0.6, 0.15)
VESSEL = Vessel(10, 26, 3000)
PARTS = (CHARGES, IGNITER, VESSEL)
TIMES_S = np.arange(4000) * 1e-5


def scipy_pressure_mpa(tolerance: float) -> Callable[[], np.ndarray]:
    """Return a call of `solve_ivp` with RK45; burnt charges are clipped, as is usual.

    Its largest step keeps it from stepping over the igniter.  Turning its states into pressures
    costs it nothing here: the arrays of the equations do that at once.
    """
    gas = GasBudget(CHARGES, IGNITER, VESSEL)
    air = (gas.air_constant, gas.air_capacity, gas.air_energy, gas.volume_m3)
    first, (one, two) = gas.igniter, gas.charges
    conductance = VESSEL.heat_transfer_w_per_m2k * VESSEL.wall_area_cm2 * 1e-4
    scale, wall = gas.chemical_energy_j, VESSEL.wall_temperature_k
    start, constant = IGNITER.delay_ms * 1e-3, IGNITER.time_constant_ms * 1e-3
    laws = [
        (
            c.propellant.burn_rate_coefficient_at(VESSEL.initial_temperature_k)
            / c.grain.half_web_m,
            c.propellant.burn_rate_exponent,
            c.ignition_pressure_mpa * 1e6,
        )
        for c in CHARGES
    ]
    (chi1, la1, mu1), (chi2, la2, mu2) = (
        (c.grain.chi, c.grain.lambda_, c.grain.mu) for c in CHARGES
    )

    def gas_at(share, z1, z2, loss):  # type: ignore[no-untyped-def]
        psi1, psi2 = (
            chi1 * z1 * (1 + z1 * (la1 + z1 * mu1)),
            chi2 * z2 * (1 + z2 * (la2 + z2 * mu2)),
        )
        r = air[0] + first.gas_constant * share + one.gas_constant * psi1 + two.gas_constant * psi2
        cv = air[1] + first.heat_capacity * share + one.heat_capacity * psi1
        cv = cv + two.heat_capacity * psi2
        energy = air[2] + first.energy * share + one.energy * psi1 + two.energy * psi2
        volume = air[3] - first.volume_taken_m3 * share - one.volume_taken_m3 * psi1
        volume = volume - two.volume_taken_m3 * psi2
        temperature = (energy - loss * scale) / cv
        return temperature * r / volume, temperature

    def slopes(time: float, y: np.ndarray) -> tuple[float, float, float]:
        z1, z2, loss = y.tolist()
        fired = time >= start
        share = -expm1(-(time - start) / constant) if fired else 0.0
        pressure, temperature = gas_at(share, min(z1, 1.0), min(z2, 1.0), loss)
        rates = [
            a * pressure**n if fired and z < 1 and pressure >= threshold else 0.0
            for z, (a, n, threshold) in zip((z1, z2), laws, strict=True)
        ]
        return rates[0], rates[1], conductance * (temperature - wall) / scale

    def run() -> np.ndarray:
        solution = solve_ivp(
            slopes,
            (0.0, TIMES_S[-1]),
            np.zeros(3),
            method="RK45",
            t_eval=TIMES_S,
            rtol=tolerance,
            atol=0.01 * tolerance,
            max_step=5e-3,
        )
        late = TIMES_S - start
        share = np.where(late > 0, -np.expm1(-np.maximum(late, 0) / constant), 0.0)
        z1, z2, loss = solution.y
        pressure, _ = gas_at(share, np.minimum(z1, 1), np.minimum(z2, 1), loss)
        return pressure * 1e-6

    return run

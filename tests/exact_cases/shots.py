"""The inputs that most cases share."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from mgg_kernel.simulation import (
    Charge,
    Grain,
    Igniter,
    Propellant,
    Vessel,
    VesselHistory,
    solve_vessel,
)

F, TV, GAMMA, RHO = 1e6, 3000.0, 1.25, 1600.0
A_LINEAR = 2.5e-9
MASS_KG, IGNITER_KG, VOLUME_M3, HALF_WEB_M = 0.5e-3, 10e-6, 10e-6, 0.5e-3
CONSTANT_SURFACE = Grain.cubic(1, 1, 0, 0)
LONG_CORD = Grain.cubic(1, 2, -0.5, 0)
EMPTY_10_ML = Vessel(10, initial_air_pressure_mpa=0)
FREE_M3 = VOLUME_M3 - (IGNITER_KG + MASS_KG) / RHO
"""A, where the igniter's covolume is 1/ρ."""

COMMON = (
    "V = 10 mL, f = 1 MJ/kg, T_v = 3000 K, γ = 1.25, ρ = 1600 kg/m³, m = 0.5 g, m_i = 10 mg of "
    "the same gas with η_i = 1/ρ, released at t = 0, no air, no loss"
)
DERIVED = "derived from the equations of docs/physics.md by integration"


def propellant(
    eta: float = 1 / RHO, a: float = A_LINEAR, n: float = 1.0, **other: float
) -> Propellant:
    given = {"impetus_j_per_kg": F, "flame_temperature_k": TV, "gamma": GAMMA} | other
    return Propellant(
        covolume_m3_per_kg=eta,
        density_kg_per_m3=RHO,
        burn_rate_coefficient=a,
        burn_rate_exponent=n,
        **given,
    )


def igniter(eta: float = 1 / RHO, mass_mg: float = 10, **times: float) -> Igniter:
    return Igniter(mass_mg, F, TV, GAMMA, eta, **times)


def fire(
    charges: Charge | Sequence[Charge],
    time_ms: ArrayLike,
    *,
    by: Igniter | None = None,
    vessel: Vessel = EMPTY_10_ML,
) -> VesselHistory:
    all_of_them = [charges] if isinstance(charges, Charge) else charges
    return solve_vessel(all_of_them, by or igniter(), vessel, np.asarray(time_ms, dtype=float))


def burnout_ms(history: VesselHistory, charge: int = 0) -> float:
    at = history.burnout_ms[charge]
    assert at is not None
    return at

"""Cases 7 to 12: what holds of any shot, cooling, the vent, scaling; pieces, density of the gas."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.polynomial.legendre import leggauss

from exact_cases.case import Case, Outcome, agreement
from exact_cases.shots import (
    DERIVED,
    GAMMA,
    IGNITER_KG,
    LONG_CORD,
    MASS_KG,
    RHO,
    TV,
    VOLUME_M3,
    F,
    burnout_ms,
    fire,
    igniter,
    propellant,
)
from mgg_kernel.simulation import Charge, Grain, Igniter, Propellant, Vessel, simulate_vessel

__all__ = ["CASES"]


def impulse() -> Outcome:
    charges = [
        Charge(propellant(1e-3, 6e-8, 0.8), Grain.perforated(1, 0.2, 2), 350),
        Charge(propellant(9e-4, 5e-7, 0.7, gamma=1.3), Grain.sphere(0.9), 250, 2.0),
        Charge(propellant(1e-3, 6e-8, 0.8), Grain.perforated(3, 0.3, 2, 7), 100, 5.0),
    ]
    first = igniter(1e-3, 100, delay_ms=0.3, time_constant_ms=0.2)
    vessel = Vessel(10, 26, 3000)
    whole = fire(charges, [0.0, 30.0], by=first, vessel=vessel)
    pairs = list(zip(whole.ignition_ms, whole.burnout_ms, strict=True))
    kinks = sorted({t for pair in pairs for t in pair if t is not None})
    assert len(kinks) == 6
    # The slivers' ends are kinks as well; short stretches keep their trace small.
    edges = np.unique(np.concatenate([np.linspace(a, b, 40) for a, b in pairwise(kinks)]))
    nodes, weights = leggauss(16)
    half = np.diff(edges) / 2
    times = (half[:, None] * nodes + (edges[:-1] + half)[:, None]).ravel()
    share = (half[:, None] * weights * 1e-3).ravel()
    pressure = fire(charges, times, by=first, vessel=vessel).pressure_mpa * 1e6
    ours, exact = [], []
    for charge, (lit, out) in zip(charges, pairs, strict=True):
        assert lit is not None
        assert out is not None
        law = charge.propellant
        burning = (times > lit) & (times < out)
        ours.append(float(np.sum((share * pressure**law.burn_rate_exponent)[burning])))
        exact.append(charge.grain.half_web_m / law.burn_rate_coefficient)
    return agreement(ours, exact)


def cooling() -> Outcome:
    times = np.linspace(15, 40, 60)
    charge = Charge(propellant(1e-3), LONG_CORD, 500)
    history = fire(charge, times, vessel=Vessel(10, 25, 2500, 320, 294, 0))
    assert burnout_ms(history) < 15
    gas = (MASS_KG + IGNITER_KG) * F / TV
    at_wall = gas * 320 / (VOLUME_M3 - MASS_KG * 1e-3 - IGNITER_KG / RHO) * 1e-6
    decay = np.exp(-2500 * 25e-4 / (gas / (GAMMA - 1)) * (times - 15) * 1e-3)
    start = history.pressure_mpa[0]
    return agreement(history.pressure_mpa[1:], (at_wall + (start - at_wall) * decay)[1:])


BLOWN = Igniter(200, 6e5, 3000, GAMMA, 0.0)
HOLE = Vessel(
    10,
    initial_air_pressure_mpa=0,
    vent_area_mm2=3,
    vent_discharge_coefficient=0.8,
    outside_pressure_mpa=0,
)


def blow_down() -> Outcome:
    times = np.linspace(0, 20, 81)
    history = fire([], times, by=BLOWN, vessel=HOLE)
    factor = np.sqrt(GAMMA) * (2 / (GAMMA + 1)) ** ((GAMMA + 1) / (2 * (GAMMA - 1)))
    flow = 0.8 * 3e-6 * factor * np.sqrt(6e5 / 3000 * 3000) / VOLUME_M3
    fallen = (1 + 0.5 * (GAMMA - 1) * flow * times * 1e-3) ** (-2 * GAMMA / (GAMMA - 1))
    return agreement(history.pressure_mpa, 200e-6 * 6e5 / VOLUME_M3 * fallen * 1e-6)


def scaling_of_size() -> Outcome:
    def pressure(k: float) -> np.ndarray:
        shot = Charge(propellant(1e-3, 6e-8, 0.8), Grain.cylinder(1, 2), 500 * k)
        first = igniter(1e-3, 50 * k, delay_ms=0.5, time_constant_ms=0.2)
        return simulate_vessel([shot], first, Vessel(10 * k, 26 * k, 3000)).pressure_mpa

    return agreement(pressure(7.3), pressure(1))


def scaling_of_time() -> Outcome:
    def pressure(a: float, times: np.ndarray) -> np.ndarray:
        return fire(Charge(propellant(1e-3, a, 0.8), Grain.sphere(1), 500), times).pressure_mpa

    times = np.linspace(0, 12, 100)
    return agreement(pressure(3e-8 * 2.5, times / 2.5), pressure(3e-8, times))


def conditioning() -> Outcome:
    law = propellant(temperature_sensitivity_per_k=0.004, reference_temperature_k=296.15)
    charge = Charge(law, LONG_CORD, 500)
    cold, normal, hot = (
        burnout_ms(
            fire(
                charge,
                [0.0, 40.0],
                vessel=Vessel(10, initial_temperature_k=t0, initial_air_pressure_mpa=0),
            )
        )
        for t0 in (238.15, 296.15, 358.15)
    )
    return agreement([cold / normal, hot / normal], [np.exp(0.004 * 58), np.exp(-0.004 * 62)])


def law_in_pieces() -> Outcome:
    half_web, turn_pa = 0.5e-3, 10e6
    low, high = (2.5e-9, 1.0), (2.5e-9 * 10e6**0.6, 0.4)
    law = Propellant(F, TV, GAMMA, 1 / RHO, RHO, *low, burn_rate_pieces=((10.0, *high),))
    free = VOLUME_M3 - 520e-6 / RHO
    gain, start = F * 500e-6 / free, F * 20e-6 / free
    turn_s = np.log(turn_pa / start) * half_web / (low[0] * gain)
    times = np.concatenate([np.linspace(0.1, 0.95, 30), np.linspace(1.05, 2, 30)]) * turn_s
    late = turn_pa**0.6 + 0.6 * high[0] * gain / half_web * (times - turn_s)
    rising = start * np.exp(low[0] * gain / half_web * times)
    exact = np.where(times < turn_s, rising, np.maximum(late, 0) ** (1 / 0.6)) * 1e-6
    charge = Charge(law, Grain.cubic(1, 1, 0, 0), 500)
    history = fire(charge, times * 1e3, by=igniter(1 / RHO, 20))
    assert history.burnt_fraction[0, -1] < 1
    return agreement(history.pressure_mpa, exact)


def denser_gas_cools_faster() -> Outcome:
    times = np.linspace(0, 40, 60)
    vessel = Vessel(10, 25, 2500, 320, 294, 0, 0.7, 30.0)
    history = fire([], times, by=replace(igniter(1e-3), mass_mg=100), vessel=vessel)
    gas = 100e-6 * F / TV
    conductance = 2500 * 25e-4 * (100e-6 / VOLUME_M3 / 30) ** 0.7
    decay = np.exp(-conductance / (gas / (GAMMA - 1)) * times * 1e-3)
    return agreement(history.temperature_k, 320 + (TV - 320) * decay)


CASES = (
    Case(
        "7",
        "Impulse invariant",
        "∫pⁿdt [Paⁿ·s] of each of three charges",
        "∫pⁿ dt from ignition to burn-out = e1/a",
        "three charges (one hole; sphere lit at 2 MPa; seven holes with slivers, lit at 5 MPa), "
        "air, an igniter of 100 mg with delay and time constant, a wall of 26 cm² with h = 3000 "
        "W/m²K; the integral by Gauss–Legendre quadrature of our pressures",
        "follows from dx/dt = a·pⁿ alone, whatever makes the pressure",
        1e-8,
        impulse,
    ),
    Case(
        "8",
        "Cooling after burn-out",
        "p [MPa]",
        "p = p_w + (p_b−p_w)·exp(−h·A_w·t/(m·c_v))",
        "long cord, 0.5 g in 10 mL, A_w = 25 cm², h = 2500 W/m²K, T_w = 320 K, η = 1e-3 m³/kg; 15 "
        "to 40 ms, p_b is our pressure at 15 ms",
        DERIVED,
        1e-9,
        cooling,
    ),
    Case(
        "9",
        "Choked blow-down",
        "p [MPa]",
        "p = p0·[1 + ½(γ−1)·C_d·A_t·Γ·√(R·T0)·t/V]^(−2γ/(γ−1)), Γ = √γ·(2/(γ+1))^((γ+1)/(2(γ−1)))",
        "200 mg of gas (f = 0.6 MJ/kg, 3000 K, γ = 1.25, no covolume) in 10 mL, A_t = 3 mm², C_d = "
        "0.8, vacuum outside; 0 to 20 ms",
        "isentropic choked flow from a vessel, in textbooks of gas dynamics",
        1e-8,
        blow_down,
    ),
    Case(
        "10a",
        "Scaling of masses, volume and wall by 7.3",
        "p [MPa] of the scaled shot beside the unscaled",
        "(m, V, A_w) → (km, kV, kA_w) leaves p(t)",
        "cylinder 1 mm × 2 mm, n = 0.8, 0.5 g, 10 mL, igniter with delay and time constant, air, h "
        "= 3000 W/m²K on 26 cm²; 4,000 samples",
        "follows from the equations: every extensive quantity is proportional to k",
        1e-9,
        scaling_of_size,
    ),
    Case(
        "10b",
        "Scaling of the burning law by 2.5",
        "p [MPa] at t/2.5 beside p at t",
        "a → ka squeezes time by k",
        "sphere of 1 mm, n = 0.8, 0.5 g, 10 mL, no loss; 0 to 12 ms",
        "follows from dx/dt = a·pⁿ, where nothing else depends on time",
        1e-9,
        scaling_of_time,
    ),
    Case(
        "10c",
        "Conditioning at −35 °C and 85 °C against 23 °C",
        "ratio of burn-out times",
        "t_b(T0)/t_b(T_ref) = exp(−σ(T0−T_ref))",
        "as 5a, σ = 0.004 1/K",
        "follows from 10b with a(T0) = a_ref·exp(σ(T0−T_ref))",
        1e-9,
        conditioning,
    ),
    Case(
        "11",
        "Burning law in two pieces",
        "p [MPa]",
        "below 10 MPa p = p0·exp(aP·t/e1); above, case 4 with n = 0.4 from there on",
        "constant surface, η = 1/ρ, n = 1 below and 0.4 above 10 MPa, equal rates at 10 MPa; "
        "igniter 20 mg",
        DERIVED,
        1e-8,
        law_in_pieces,
    ),
    Case(
        "12",
        "Heat transfer that grows with the density of the gas",
        "T [K]",
        "T = T_w + (T0−T_w)·exp(−h·(ρ_g/ρ_ref)^b·A_w·t/(m·c_v))",
        "100 mg of gas in 10 mL, A_w = 25 cm², h = 2500 W/m²K at 30 kg/m³, b = 0.7, T_w = 320 K",
        DERIVED,
        1e-9,
        denser_gas_cools_faster,
    ),
)

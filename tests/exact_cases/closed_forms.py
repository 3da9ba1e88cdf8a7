"""Cases 1 to 6: the balance of energy and volume, and burning up to the end of the web."""

import numpy as np

from exact_cases.case import Case, Outcome, agreement
from exact_cases.shots import (
    A_LINEAR,
    COMMON,
    CONSTANT_SURFACE,
    DERIVED,
    FREE_M3,
    GAMMA,
    HALF_WEB_M,
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
from mgg_kernel.simulation import Charge, Grain, Igniter

__all__ = ["CASES"]

FULL, START = F * MASS_KG / FREE_M3, F * IGNITER_KG / FREE_M3
TOP = FULL + START
BALANCE = "balance of energy and volume of a Noble–Abel mixture (Corner 1950)"


def end_state_equal_gamma() -> Outcome:
    two = [
        Charge(propellant(1.1e-3), Grain.sphere(0.8), 400),
        Charge(propellant(0.9e-3, 4e-9, 0.9, impetus_j_per_kg=7e5), Grain.sphere(0.5), 300),
    ]
    history = fire(two, [0.0, 40.0], by=igniter(1e-3))
    force = 400e-6 * F + 300e-6 * 7e5 + 10e-6 * F
    free = VOLUME_M3 - 400e-6 * 1.1e-3 - 300e-6 * 0.9e-3 - 10e-6 * 1e-3
    return agreement(history.pressure_mpa[-1], force / free * 1e-6)


def end_state_unequal_gamma() -> Outcome:
    slow = propellant(9e-4, 4e-9, 0.9, flame_temperature_k=1900, gamma=1.3, gas_yield=0.7)
    two = [
        Charge(propellant(1.1e-3), Grain.sphere(0.8), 400),
        Charge(slow, Grain.sphere(0.5), 300),
    ]
    history = fire(two, [0.0, 40.0], by=Igniter(10, 5e5, 2800, 1.2, 1e-3))
    parts = ((400e-6, F, TV, GAMMA), (0.7 * 300e-6, F, 1900, 1.3), (10e-6, 5e5, 2800, 1.2))
    gas = sum(m * f / t for m, f, t, _ in parts)
    energy = sum(m * f / (g - 1) for m, f, _, g in parts)
    capacity = sum(m * f / (g - 1) / t for m, f, t, g in parts)
    free = VOLUME_M3 - 400e-6 * 1.1e-3 - 210e-6 * 9e-4 - 90e-6 / RHO - 10e-6 * 1e-3
    return agreement(history.pressure_mpa[-1], gas * energy / capacity / free * 1e-6)


def pressure_over_burnt_fraction() -> Outcome:
    history = fire(Charge(propellant(1e-3), Grain.cylinder(1, 2), 500), np.linspace(0.5, 7, 40))
    psi = history.burnt_fraction[0]
    assert 0.005 < psi[0] < 0.1 < 0.8 < psi[-1] < 1
    free = FREE_M3 - MASS_KG * (1e-3 - 1 / RHO) * psi
    return agreement(history.pressure_mpa, F * (IGNITER_KG + MASS_KG * psi) / free * 1e-6)


def constant_surface_linear_law() -> Outcome:
    eta = 1.3e-3
    history = fire(Charge(propellant(eta), CONSTANT_SURFACE, 500), np.linspace(0.1, 20, 50))
    psi = history.burnt_fraction[0]
    rising = psi < 1
    assert 20 < rising.sum() < 50
    psi = np.append(psi[rising], 1.0)
    grown = MASS_KG * (eta - 1 / RHO)
    log = np.log((IGNITER_KG + MASS_KG * psi) / IGNITER_KG)
    first = (FREE_M3 + grown * IGNITER_KG / MASS_KG) / MASS_KG * log
    exact = HALF_WEB_M / (A_LINEAR * F) * (first - grown * psi / MASS_KG) * 1e3
    return agreement(np.append(history.time_ms[rising], burnout_ms(history)), exact)


def constant_surface_power_law() -> Outcome:
    ours, exact = [], []
    for n in (0.4, 0.8, 1.2):
        a = A_LINEAR * 30e6 ** (1 - n)
        history = fire(Charge(propellant(a=a, n=n), CONSTANT_SURFACE, 500), np.linspace(0, 3, 31))
        assert history.burnt_fraction[0, -1] < 1
        grown = START ** (1 - n) + (1 - n) * a * FULL / HALF_WEB_M * history.time_ms * 1e-3
        ours.append(history.pressure_mpa)
        exact.append(grown ** (1 / (1 - n)) * 1e-6)
    return agreement(np.concatenate(ours), np.concatenate(exact))


THETA = float(np.arctanh(np.sqrt(FULL / TOP)))
TAU_S = float(HALF_WEB_M / (A_LINEAR * np.sqrt(FULL * TOP)))


def long_cord_curve() -> Outcome:
    history = fire(Charge(propellant(), LONG_CORD, 500), np.linspace(0, 12, 121))
    angle = np.maximum(THETA - history.time_ms * 1e-3 / TAU_S, 0)
    return agreement(history.pressure_mpa, TOP / np.cosh(angle) ** 2 * 1e-6)


def long_cord_burnout() -> Outcome:
    history = fire(Charge(propellant(), LONG_CORD, 500), [0.0, 12.0])
    exact = THETA * TAU_S * 1e3
    assert abs(exact - 10.17682) < 5e-6
    return agreement(burnout_ms(history), exact)


def long_cord_pressure() -> Outcome:
    history = fire(Charge(propellant(), LONG_CORD, 500), [0.0, 12.0])
    assert abs(TOP * 1e-6 - 52.67915) < 5e-6
    return agreement(history.pressure_mpa[-1], TOP * 1e-6)


def sphere_burnout() -> Outcome:
    history = fire(Charge(propellant(), Grain.sphere(1), 500), [0.0, 12.0])
    k = np.cbrt(1 + IGNITER_KG / MASS_KG)
    ends = -np.log((k - 1) / k) + 0.5 * np.log((1 + k + k * k) / (k * k))
    ends += np.sqrt(3) * (np.arctan((2 + k) / (np.sqrt(3) * k)) - np.pi / 6)
    exact = HALF_WEB_M / (A_LINEAR * FULL) * ends / (3 * k * k) * 1e3
    assert abs(exact - 8.246572) < 5e-7
    return agreement(burnout_ms(history), exact)


CASES = (
    Case(
        "1a",
        "End state, equal γ",
        "p [MPa]",
        "p = Σ f_k m_k / (V − Σ η_k m_k)",
        "0.4 g (f = 1 MJ/kg, η = 1.1e-3 m³/kg), 0.3 g (f = 0.7 MJ/kg, η = 0.9e-3) and an igniter "
        "of 10 mg (f = 1 MJ/kg, η = 1e-3) in 10 mL, γ = 1.25 each, no air, no loss",
        BALANCE,
        1e-12,
        end_state_equal_gamma,
    ),
    Case(
        "1b",
        "End state, unequal γ and a condensed part",
        "p [MPa]",
        "p = (Σ f_k m_k/T_k)·(Σ f_k m_k/(γ_k−1)) / {[Σ f_k m_k/((γ_k−1)T_k)]·V_f}",
        "0.4 g (1 MJ/kg, 3000 K, γ 1.25, η 1.1e-3), 0.3 g (1 MJ/kg, 1900 K, γ 1.3, η 0.9e-3, 70 % "
        "gas, the rest of density ρ) and an igniter of 10 mg (0.5 MJ/kg, 2800 K, γ 1.2, η 1e-3) "
        "in 10 mL; V_f = V − Σ η_k m_k − m_condensed/ρ",
        BALANCE,
        1e-12,
        end_state_unequal_gamma,
    ),
    Case(
        "2",
        "Pressure over burnt fraction",
        "p [MPa]",
        "p = f(m_i+mψ) / (A−cψ)",
        f"{COMMON}; η = 1e-3 m³/kg; cylinder 1 mm × 2 mm, n = 1, a = 2.5e-9 m/s/Pa",
        BALANCE,
        1e-12,
        pressure_over_burnt_fraction,
    ),
    Case(
        "3",
        "Constant surface, n = 1, any covolume",
        "t [ms] at given ψ, and of burn-out",
        "t = (e1/(a f))·{[(A+c·m_i/m)/m]·ln[(m_i+mψ)/m_i] − cψ/m}",
        f"{COMMON}; η = 1.3e-3 m³/kg, ψ = x/e1, e1 = 0.5 mm, a = 2.5e-9 m/s/Pa",
        DERIVED,
        1e-9,
        constant_surface_linear_law,
    ),
    Case(
        "4",
        "Constant surface, n = 0.4, 0.8 and 1.2",
        "p [MPa]",
        "p^(1−n) = p0^(1−n) + (1−n)(aP/e1)·t",
        f"{COMMON}; η = 1/ρ, e1 = 0.5 mm, a = 2.5e-9·(30 MPa)^(1−n); 0 to 3 ms",
        DERIVED,
        1e-9,
        constant_surface_power_law,
    ),
    Case(
        "5a",
        "Long cord: the whole curve",
        "p [MPa]",
        "p = p_m·sech²(θ−t/τ), θ = artanh√(P/p_m), τ = e1/(a√(P·p_m)); p = p_m from t_b on",
        f"{COMMON}; η = 1/ρ, n = 1, a = 2.5e-9 m/s/Pa, ψ = 2z − z², e1 = 0.5 mm; 0 to 12 ms",
        DERIVED,
        1e-9,
        long_cord_curve,
    ),
    Case(
        "5b",
        "Long cord: burn-out",
        "t_b [ms]",
        "t_b = θτ",
        "as 5a",
        DERIVED,
        1e-9,
        long_cord_burnout,
    ),
    Case(
        "5c",
        "Long cord: end pressure",
        "p_m [MPa]",
        "p_m = f(m_i+m)/A",
        "as 5a",
        BALANCE,
        1e-12,
        long_cord_pressure,
    ),
    Case(
        "6",
        "Sphere: burn-out",
        "t_b [ms]",
        "t_b = (e1/(aP))·∫₀¹ du/(k³−u³), k³ = 1+m_i/m; the integral is (1/3k²)·[½·ln((u²+ku+k²)/"
        "(k−u)²) + √3·arctan((2u+k)/(√3k))] from 0 to 1",
        "as 5a, sphere of 1 mm",
        DERIVED,
        1e-9,
        sphere_burnout,
    ),
)

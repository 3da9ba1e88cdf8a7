"""The closed vessel against answers that are known without it; docs/physics.md lists them."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.polynomial.legendre import leggauss
from scipy.integrate import quad

from mgg_kernel.simulation import (
    Charge,
    Grain,
    Igniter,
    Propellant,
    Vessel,
    VesselHistory,
    simulate_vessel,
    solve_vessel,
)

F, TV, GAMMA, RHO = 1e6, 3000.0, 1.25, 1600.0
A_LINEAR = 2.5e-9
MASS_KG, IGNITER_KG, VOLUME_M3, HALF_WEB_M = 0.5e-3, 10e-6, 10e-6, 0.5e-3
CONSTANT_SURFACE = Grain.cubic(1, 1, 0, 0)
LONG_CORD = Grain.cubic(1, 2, -0.5, 0)
EMPTY_10_ML = Vessel(10, initial_air_pressure_mpa=0)


def propellant(eta: float = 1 / RHO, a: float = A_LINEAR, n: float = 1.0, **other: float):
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


def fire(charge: Charge, time_ms, *, by: Igniter | None = None, vessel: Vessel = EMPTY_10_ML):
    return solve_vessel([charge], by or igniter(), vessel, np.asarray(time_ms, dtype=float))


def burnout_ms(history: VesselHistory, charge: int = 0) -> float:
    at = history.burnout_ms[charge]
    assert at is not None
    return at


def test_end_state_of_gases_with_equal_gamma():
    two = [
        Charge(propellant(1.1e-3), Grain.sphere(0.8), 400),
        Charge(propellant(0.9e-3, 4e-9, 0.9, impetus_j_per_kg=7e5), Grain.sphere(0.5), 300),
    ]
    curve = simulate_vessel(two, igniter(1e-3), EMPTY_10_ML)
    force = 400e-6 * F + 300e-6 * 7e5 + 10e-6 * F
    free = VOLUME_M3 - 400e-6 * 1.1e-3 - 300e-6 * 0.9e-3 - 10e-6 * 1e-3
    assert curve.pressure_mpa[-1] == pytest.approx(force / free * 1e-6, rel=1e-12)


def test_end_state_of_gases_with_unequal_gamma_and_a_condensed_part():
    two = [
        Charge(propellant(1.1e-3), Grain.sphere(0.8), 400),
        Charge(
            propellant(9e-4, 4e-9, 0.9, flame_temperature_k=1900, gamma=1.3, gas_yield=0.7),
            Grain.sphere(0.5),
            300,
        ),
    ]
    curve = simulate_vessel(two, Igniter(10, 5e5, 2800, 1.2, 1e-3), EMPTY_10_ML)
    parts = ((400e-6, F, TV, GAMMA), (0.7 * 300e-6, F, 1900, 1.3), (10e-6, 5e5, 2800, 1.2))
    gas = sum(m * f / t for m, f, t, _ in parts)
    energy = sum(m * f / (g - 1) for m, f, _, g in parts)
    capacity = sum(m * f / (g - 1) / t for m, f, t, g in parts)
    free = VOLUME_M3 - 400e-6 * 1.1e-3 - 210e-6 * 9e-4 - 90e-6 / RHO - 10e-6 * 1e-3
    expected = gas * energy / capacity / free * 1e-6
    assert curve.pressure_mpa[-1] == pytest.approx(expected, rel=1e-12)


def test_pressure_follows_from_the_burnt_fraction():
    history = fire(Charge(propellant(1e-3), Grain.cylinder(1, 2), 500), np.linspace(0.5, 7, 40))
    psi = history.burnt_fraction[0]
    free = VOLUME_M3 - IGNITER_KG / RHO - MASS_KG / RHO - MASS_KG * (1e-3 - 1 / RHO) * psi
    assert 0.005 < psi[0] < 0.1 < 0.8 < psi[-1] < 1
    expected = F * (IGNITER_KG + MASS_KG * psi) / free * 1e-6
    assert history.pressure_mpa == pytest.approx(expected, rel=1e-12)


def test_constant_surface_with_linear_law_and_any_covolume():
    eta = 1.3e-3
    history = fire(Charge(propellant(eta), CONSTANT_SURFACE, 500), np.linspace(0.1, 20, 50))
    psi = history.burnt_fraction[0]
    free = VOLUME_M3 - IGNITER_KG / RHO - MASS_KG / RHO
    grown = MASS_KG * (eta - 1 / RHO)

    def expected_ms(burnt):
        log = np.log((IGNITER_KG + MASS_KG * burnt) / IGNITER_KG)
        first = (free + grown * IGNITER_KG / MASS_KG) / MASS_KG * log
        return HALF_WEB_M / (A_LINEAR * F) * (first - grown * burnt / MASS_KG) * 1e3

    rising = psi < 1
    assert 20 < rising.sum() < 50
    assert expected_ms(psi[rising]) == pytest.approx(history.time_ms[rising], rel=1e-9)
    assert burnout_ms(history) == pytest.approx(expected_ms(1.0), rel=1e-9)


@pytest.mark.parametrize("n", [0.4, 0.8, 1.2])
def test_constant_surface_with_a_power_law(n):
    a = A_LINEAR * 30e6 ** (1 - n)
    history = fire(Charge(propellant(a=a, n=n), CONSTANT_SURFACE, 500), np.linspace(0, 3, 31))
    free = VOLUME_M3 - (IGNITER_KG + MASS_KG) / RHO
    full, start = F * MASS_KG / free, F * IGNITER_KG / free
    grown = start ** (1 - n) + (1 - n) * a * full / HALF_WEB_M * history.time_ms * 1e-3
    assert history.burnt_fraction[0, -1] < 1
    assert history.pressure_mpa == pytest.approx(grown ** (1 / (1 - n)) * 1e-6, rel=1e-9)


def test_long_cord_follows_its_closed_form_up_to_burnout():
    history = fire(Charge(propellant(), LONG_CORD, 500), np.linspace(0, 12, 121))
    free = VOLUME_M3 - (IGNITER_KG + MASS_KG) / RHO
    full = F * MASS_KG / free
    top = full + F * IGNITER_KG / free
    theta = np.arctanh(np.sqrt(full / top))
    tau = HALF_WEB_M / (A_LINEAR * np.sqrt(full * top))
    before = history.time_ms < theta * tau * 1e3
    expected = top / np.cosh(theta - history.time_ms[before] * 1e-3 / tau) ** 2 * 1e-6
    assert history.pressure_mpa[before] == pytest.approx(expected, rel=1e-9)
    assert history.pressure_mpa[~before] == pytest.approx(top * 1e-6, rel=1e-12)
    assert burnout_ms(history) == pytest.approx(theta * tau * 1e3, rel=1e-9)
    assert burnout_ms(history) == pytest.approx(10.17682, abs=5e-6)
    assert history.pressure_mpa[-1] == pytest.approx(52.67915, abs=5e-6)


def test_sphere_burns_out_at_the_known_time():
    history = fire(Charge(propellant(), Grain.sphere(1), 500), [0.0, 12.0])
    assert burnout_ms(history) == pytest.approx(8.246572, abs=5e-7)


@pytest.mark.parametrize(
    "grain",
    [
        Grain.sphere(1),
        Grain.cylinder(1, 2),
        Grain.cylinder(2, 0.9),
        Grain.slab(3, 2, 0.8),
        Grain.perforated(1.2, 0.3, 2),
        Grain.perforated(3, 0.3, 0.9),
    ],
    ids=lambda grain: f"{grain.shape}-{grain.half_web_m * 1e3:.3g}",
)
def test_burnout_time_of_every_shape_by_quadrature(grain):
    """Without loss p depends on the depth alone, so t_b is an integral over the web."""
    a, n = 5e-8, 0.8

    def slowness(x: float) -> float:
        psi = grain.burnt_fraction(x)
        free = VOLUME_M3 - IGNITER_KG / RHO - MASS_KG / RHO - MASS_KG * (1e-3 - 1 / RHO) * psi
        return 1 / (a * (F * (IGNITER_KG + MASS_KG * psi) / free) ** n)

    expected_s, error = quad(slowness, 0, grain.half_web_m, epsabs=0, epsrel=1e-12, limit=200)
    assert error < 1e-10 * expected_s
    history = fire(Charge(propellant(1e-3, a, n), grain, 500), [0.0, 40.0])
    assert burnout_ms(history) == pytest.approx(expected_s * 1e3, rel=1e-9)


def test_impulse_to_burnout_depends_only_on_web_and_rate():
    """∫pⁿdt = e1/a for each of two charges, with air, a slow igniter and a cooling wall."""
    charges = [
        Charge(propellant(1e-3, 6e-8, 0.8), Grain.perforated(1, 0.2, 2), 350),
        Charge(propellant(9e-4, 5e-7, 0.7, gamma=1.3), Grain.sphere(0.9), 250, 2.0),
    ]
    first = igniter(1e-3, 100, delay_ms=0.3, time_constant_ms=0.2)
    vessel = Vessel(10, 26, 3000)
    whole = solve_vessel(charges, first, vessel, np.array([0.0, 30.0]))
    kinks = sorted(t for t in (*whole.ignition_ms, *whole.burnout_ms) if t is not None)
    assert len(kinks) == 4
    nodes, weights = leggauss(48)
    parts = [(low, high) for low, high in pairwise(kinks) if high > low]
    times = np.concatenate([(h - b) / 2 * nodes + (h + b) / 2 for b, h in parts])
    share = np.concatenate([(h - b) / 2 * weights * 1e-3 for b, h in parts])
    pressure = solve_vessel(charges, first, vessel, times).pressure_mpa * 1e6
    for k, charge in enumerate(charges):
        burning = (times > whole.ignition_ms[k]) & (times < whole.burnout_ms[k])
        law = charge.propellant
        impulse = np.sum((share * pressure**law.burn_rate_exponent)[burning])
        expected = charge.grain.half_web_m / law.burn_rate_coefficient
        assert impulse == pytest.approx(expected, rel=1e-8)


def test_cooling_after_burnout_is_exponential():
    vessel = Vessel(10, 25, 2500, 320, 294, 0)
    times = np.linspace(15, 40, 60)
    history = fire(Charge(propellant(1e-3), LONG_CORD, 500), times, vessel=vessel)
    assert burnout_ms(history) < 15
    gas = (MASS_KG + IGNITER_KG) * F / TV
    free = VOLUME_M3 - MASS_KG * 1e-3 - IGNITER_KG / RHO
    at_wall = gas * 320 / free * 1e-6
    decay = 2500 * 25e-4 / (gas / (GAMMA - 1))
    start = history.pressure_mpa[0]
    expected = at_wall + (start - at_wall) * np.exp(-decay * (times - 15) * 1e-3)
    assert history.pressure_mpa == pytest.approx(expected, rel=1e-9)


def test_gas_in_a_cold_vessel_cools_the_same_way_from_the_start():
    vessel = Vessel(10, 25, 2500, 320, 294, 0)
    times = np.linspace(0, 40, 60)
    history = solve_vessel([], igniter(1e-3, 100), vessel, times)
    gas, free = 100e-6 * F / TV, VOLUME_M3 - 100e-9
    decay = 2500 * 25e-4 / (gas / (GAMMA - 1))
    temperature = 320 + (TV - 320) * np.exp(-decay * times * 1e-3)
    assert history.pressure_mpa == pytest.approx(gas * temperature / free * 1e-6, rel=1e-9)


def test_scaling_masses_volume_and_wall_changes_nothing():
    def curve(k: float):
        shot = Charge(propellant(1e-3, 6e-8, 0.8), Grain.cylinder(1, 2), 500 * k)
        first = igniter(1e-3, 50 * k, delay_ms=0.5, time_constant_ms=0.2)
        return simulate_vessel([shot], first, Vessel(10 * k, 26 * k, 3000)).pressure_mpa

    assert curve(7.3) == pytest.approx(curve(1), rel=1e-9)


def test_a_faster_burning_law_squeezes_time():
    def pressure(a: float, times):
        return fire(Charge(propellant(1e-3, a, 0.8), Grain.sphere(1), 500), times).pressure_mpa

    times = np.linspace(0, 12, 100)
    assert pressure(3e-8 * 2.5, times / 2.5) == pytest.approx(pressure(3e-8, times), rel=1e-9)


def test_warm_propellant_burns_faster_by_its_sensitivity():
    law = propellant(temperature_sensitivity_per_k=0.004, reference_temperature_k=296.15)
    shots = [
        fire(
            Charge(law, LONG_CORD, 500),
            [0.0, 40.0],
            vessel=Vessel(10, initial_temperature_k=t0, initial_air_pressure_mpa=0),
        )
        for t0 in (238.15, 296.15, 358.15)
    ]
    cold, normal, hot = (burnout_ms(shot) for shot in shots)
    assert cold / normal == pytest.approx(np.exp(0.004 * 58), rel=1e-9)
    assert hot / normal == pytest.approx(np.exp(-0.004 * 62), rel=1e-9)


@pytest.mark.parametrize(
    ("heat_transfer", "printed", "peak"),
    [
        (0, [7.809, 26.595, 47.961, 53.798, 53.798, 53.798, 53.798, 53.798], (53.798, 3.84)),
        (2000, [7.001, 24.296, 45.510, 52.352, 51.990, 50.219, 48.515, 46.875], (52.378, 3.91)),
    ],
    ids=["A-no-loss", "B-with-loss"],
)
def test_an_independent_code_run_as_a_closed_vessel_agrees(heat_transfer, printed, peak):
    charge = Charge(propellant(1e-3, 0.01 * 1e-6**0.8, 0.8), Grain.cylinder(1, 2), 500)
    first = Igniter(20, 0.5e6, 3000, 1.25, 1e-3)
    curve = simulate_vessel([charge], first, Vessel(10, 26.2832, heat_transfer, 294, 294, 0))
    at = curve.resample([1, 2, 3, 4, 5, 10, 15, 20]).pressure_mpa
    assert at == pytest.approx(printed, abs=0.0006)
    assert curve.peak.pressure_mpa == pytest.approx(peak[0], abs=0.0006)
    assert curve.peak.time_ms == pytest.approx(peak[1], abs=0.0051)


def test_noble_and_abels_cordite_firings_at_the_densities_left_out_of_the_fit():
    """Encyclopædia Britannica 1911, "Ballistics", table 1; long tons per square inch."""
    table = {0.10: 7.10, 0.12: 8.70, 0.14: 10.50, 0.15: 11.36, 0.16: 12.30, 0.18: 14.20}
    table |= {0.20: 16.00, 0.22: 17.90, 0.24: 19.80, 0.25: 20.63, 0.26: 21.75, 0.30: 26.00}
    density = np.array(list(table)) * 1e3
    measured = np.array(list(table.values())) * 15.4443e6
    fitted = np.isin(np.array(list(table)), [0.10, 0.15, 0.20, 0.25, 0.30])
    # p = fΔ/(1−ηΔ) is linear in f and η once multiplied out: p = fΔ + η·pΔ.
    matrix = np.column_stack([density, measured * density])[fitted]
    force, eta = np.linalg.lstsq(matrix, measured[fitted], rcond=None)[0]
    cordite = propellant(eta, impetus_j_per_kg=force)
    for delta, expected in zip(density[~fitted], measured[~fitted], strict=True):
        charge = Charge(cordite, Grain.cylinder(1, 50), delta * VOLUME_M3 * 1e6)
        curve = simulate_vessel([charge], igniter(eta, 1), EMPTY_10_ML)
        assert curve.peak.pressure_mpa == pytest.approx(expected * 1e-6, rel=0.02)

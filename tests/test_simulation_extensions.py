"""Vent, burning law in pieces, heat transfer that grows with density: against closed forms."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mgg_kernel.errors import SimulationError
from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation import (
    Charge,
    Grain,
    Igniter,
    Model,
    Propellant,
    Vessel,
    default_model,
    simulate,
    solve_vessel,
)

QUICK = settings(derandomize=True, deadline=None, max_examples=25)
NC = Propellant(1e6, 3000, 1.25, 1e-3, 1600, 6e-8, 0.8)
IGNITER = Igniter(100, 6e5, 3000, 1.25, 1e-3, 0.6, 0.15)
FIRED_AT_ONCE = Igniter(200, 6e5, 3000, 1.25, 0.0)
OPEN = Vessel(10, initial_air_pressure_mpa=0, vent_area_mm2=3, vent_discharge_coefficient=0.8)
SHOT = Charge(NC, Grain.cylinder(1, 2), 500)


def choked_factor(gamma: float) -> float:
    return np.sqrt(gamma) * (2 / (gamma + 1)) ** ((gamma + 1) / (2 * (gamma - 1)))


def test_choked_blow_down_follows_its_closed_form():
    times = np.linspace(0, 20, 81)
    vessel = replace(OPEN, outside_pressure_mpa=0)
    history = solve_vessel([], FIRED_AT_ONCE, vessel, times)
    start, gas_constant = 200e-6 * 6e5 / 10e-6, 6e5 / 3000
    flow = 0.8 * 3e-6 * choked_factor(1.25) * np.sqrt(gas_constant * 3000) / 10e-6
    expected = start * (1 + 0.125 * flow * times * 1e-3) ** (-2.5 / 0.25) * 1e-6
    assert expected[-1] < 0.2 * expected[0]
    assert history.pressure_mpa == pytest.approx(expected, rel=1e-8)
    # Isentropic: what stays behind cools as p^((γ−1)/γ).
    cooling = (expected / expected[0]) ** (0.25 / 1.25)
    assert history.temperature_k == pytest.approx(3000 * cooling, rel=1e-8)


def test_subsonic_flow_follows_saint_venant_and_wantzel():
    """At p/p_out = 1.2 the slope of pressure is −γ·ṁ·R·T/V with ṁ of the textbook."""
    outside = 10.0
    vessel = replace(OPEN, outside_pressure_mpa=outside)
    history = solve_vessel([], FIRED_AT_ONCE, vessel, np.linspace(0, 5, 20_001))
    at = int(np.argmin(np.abs(history.pressure_mpa - 1.2 * outside * 0.95)))
    ratio = outside / history.pressure_mpa[at]
    assert ratio > (2 / 2.25) ** (1.25 / 0.25)
    temperature = history.temperature_k[at]
    bracket = 2 * 1.25 / 0.25 * (ratio ** (2 / 1.25) - ratio ** (2.25 / 1.25))
    flow = 0.8 * 3e-6 * history.pressure_mpa[at] * np.sqrt(bracket / (200 * temperature))
    slope = -1.25 * flow * 200 * temperature / 10e-6
    step = (history.time_ms[1] - history.time_ms[0]) * 1e-3
    found = (history.pressure_mpa[at + 1] - history.pressure_mpa[at - 1]) / (2 * step)
    assert found == pytest.approx(slope, rel=1e-5)


def test_the_flow_ends_at_the_pressure_outside():
    vessel = replace(OPEN, outside_pressure_mpa=2.0)
    history = solve_vessel([SHOT], FIRED_AT_ONCE, vessel, np.linspace(0, 60, 601))
    assert history.pressure_mpa[-1] == pytest.approx(2.0, rel=1e-6)
    assert (history.pressure_mpa >= 2.0 * (1 - 1e-6)).all()


def test_air_of_the_pressure_outside_stays():
    vessel = Vessel(10, vent_area_mm2=5)
    history = solve_vessel([], replace(IGNITER, mass_mg=0), vessel, np.linspace(0, 40, 41))
    assert history.pressure_mpa == pytest.approx(0.101325, rel=1e-9)


def test_an_igniter_through_a_wide_vent_comes_down_to_the_pressure_outside():
    """It stays within a few pascal of the outside for most of the shot."""
    slow = replace(IGNITER, time_constant_ms=1.0)
    history = solve_vessel([], slow, Vessel(10, vent_area_mm2=10), np.linspace(0, 40, 401))
    assert history.pressure_mpa[-1] == pytest.approx(0.101325, rel=1e-6)
    assert history.pressure_mpa.max() > 2
    assert (history.pressure_mpa >= 0.101325 * (1 - 1e-9)).all()


def test_emptying_into_a_vacuum_cools_along_the_isentrope_and_no_further():
    """Until a millionth of the gas is left, which stays: T·p^((1−γ)/γ) is constant on the way."""
    vessel = replace(OPEN, vent_area_mm2=1e4, outside_pressure_mpa=0)
    history = solve_vessel([], FIRED_AT_ONCE, vessel, np.linspace(0, 40, 401))
    start = 200e-6 * 6e5 / 10e-6 * 1e-6
    cooling = (history.pressure_mpa / start) ** (0.25 / 1.25)
    assert history.temperature_k[1:] == pytest.approx(3000 * cooling[1:], rel=1e-5)
    assert 3000 * 1e-6**0.25 * 0.999 < history.temperature_k[-1] < 100


def test_a_law_that_jumps_down_holds_the_pressure_where_only_its_border_balances_the_vent():
    """Below 20 MPa the charge makes more gas than leaves, above it less."""
    a, n = NC.burn_rate_coefficient, NC.burn_rate_exponent
    falls = replace(NC, burn_rate_pieces=((20.0, a / 10, n),))
    shot = replace(SHOT, propellant=falls, grain=Grain.slab(3, 500, 500), mass_mg=4000)
    history = solve_vessel([shot], IGNITER, Vessel(10, vent_area_mm2=7), np.linspace(0, 40, 4001))
    assert history.pressure_mpa.max() == pytest.approx(20, rel=1e-6)
    held = np.abs(history.pressure_mpa - 20) < 1e-3
    assert held.sum() > 3000
    assert history.burnt_fraction[0][-1] == 1


def test_a_closing_vent_tends_to_the_closed_vessel():
    times = np.linspace(0, 30, 301)
    closed = solve_vessel([SHOT], IGNITER, Vessel(10, 26, 3000), times)
    nearly = solve_vessel([SHOT], IGNITER, Vessel(10, 26, 3000, vent_area_mm2=1e-5), times)
    assert nearly.pressure_mpa == pytest.approx(closed.pressure_mpa, rel=1e-4)


@QUICK
@given(area=st.floats(0.05, 20), more=st.floats(1.05, 3), heat=st.floats(0, 8000))
def test_a_wider_vent_never_raises_the_peak_and_all_stays_finite(area, more, heat):
    heat = heat if heat > 1 else 0.0
    times = np.linspace(0, 40, 401)
    peaks = []
    for opening in (area, area * more):
        vessel = Vessel(10, 26, heat, vent_area_mm2=opening)
        history = solve_vessel([SHOT], IGNITER, vessel, times)
        assert np.isfinite(history.pressure_mpa).all()
        assert (history.temperature_k < 3000 * (1 + 1e-9)).all()
        peaks.append(history.pressure_mpa.max())
    assert peaks[1] <= peaks[0] * (1 + 1e-9)


def test_a_law_in_pieces_of_one_law_is_that_law():
    a, n = NC.burn_rate_coefficient, NC.burn_rate_exponent
    pieces = replace(NC, burn_rate_pieces=((5.0, a, n), (20.0, a, n), (40.0, a, n)))
    times = np.linspace(0, 20, 201)
    whole = solve_vessel([SHOT], IGNITER, Vessel(10), times)
    parts = solve_vessel([replace(SHOT, propellant=pieces)], IGNITER, Vessel(10), times)
    assert parts.pressure_mpa.tolist() == whole.pressure_mpa.tolist()


def test_each_piece_of_the_law_holds_over_its_pressures():
    """Constant surface, η = 1/ρ: p rises as a·pⁿ, so each piece has a closed form."""
    rho, half_web, volume = 1600.0, 0.5e-3, 10e-6
    low, high, middle = (2.5e-9, 1.0), (2.5e-9 * 10e6**0.6, 0.4), 10e6
    law = Propellant(
        1e6, 3000, 1.25, 1 / rho, rho, *low, burn_rate_pieces=((middle * 1e-6, *high),)
    )
    first = Igniter(20, 1e6, 3000, 1.25, 1 / rho)
    free = volume - 520e-6 / rho
    gain, start = 1e6 * 500e-6 / free, 1e6 * 20e-6 / free
    turn = np.log(middle / start) * half_web / (low[0] * gain)
    times = np.concatenate([np.linspace(0.1, 0.95, 30) * turn, np.linspace(1.05, 2, 30) * turn])
    late = middle**0.6 + 0.6 * high[0] * gain / half_web * (times - turn)
    rising = start * np.exp(low[0] * gain / half_web * times)
    expected = np.where(times < turn, rising, np.maximum(late, 0) ** (1 / 0.6)) * 1e-6
    charge = Charge(law, Grain.cubic(1, 1, 0, 0), 500)
    empty = Vessel(10, initial_air_pressure_mpa=0)
    history = solve_vessel([charge], first, empty, times * 1e3)
    assert history.burnt_fraction[0, -1] < 1
    assert history.pressure_mpa == pytest.approx(expected, rel=1e-8)


def test_heat_transfer_grows_with_density_as_its_exponent_says():
    """At constant gas the cooling is exponential with h·(ρ/ρ_ref)^b, b = 0.7."""
    times = np.linspace(0, 40, 60)
    vessel = Vessel(10, 25, 2500, 320, 294, 0, 0.7, 30.0)
    history = solve_vessel([], Igniter(100, 1e6, 3000, 1.25, 1e-3), vessel, times)
    gas = 100e-6 * 1e6 / 3000
    conductance = 2500 * 25e-4 * (100e-6 / 10e-6 / 30) ** 0.7
    cooled = 320 + (3000 - 320) * np.exp(-conductance / (gas / 0.25) * times * 1e-3)
    assert history.temperature_k == pytest.approx(cooled, rel=1e-9)


@pytest.mark.parametrize(("share", "decay_ms"), [(0.3, 8.0), (0.05, 1.5), (1.0, 8.0)])
def test_heat_transfer_that_falls_as_the_gas_comes_to_rest(share, decay_ms):
    """At constant gas the exponent is the integral of c + (1−c)·exp(−t/τ)."""
    times = np.linspace(0, 40, 60)
    vessel = Vessel(
        10,
        25,
        2500,
        320,
        294,
        0,
        heat_transfer_late_share=share,
        heat_transfer_decay_ms=decay_ms,
    )
    history = solve_vessel([], Igniter(100, 1e6, 3000, 1.25, 1e-3), vessel, times)
    per_s = 2500 * 25e-4 / (100e-6 * 1e6 / 3000 / 0.25)
    passed = share * times + (1 - share) * decay_ms * -np.expm1(-times / decay_ms)
    cooled = 320 + (3000 - 320) * np.exp(-per_s * passed * 1e-3)
    assert history.temperature_k == pytest.approx(cooled, rel=1e-9)


@pytest.mark.parametrize("exponent", [1.0, 1.7, 3.0])
def test_an_igniter_releases_its_gas_as_its_exponent_says(exponent):
    times = np.linspace(0, 6, 121)
    first = Igniter(150, 6e5, 3000, 1.25, 1.1e-3, 0.5, 0.8, exponent)
    empty = Vessel(10, initial_air_pressure_mpa=0)
    history = solve_vessel([], first, empty, times)
    share = -np.expm1(-((np.maximum(times - 0.5, 0) / 0.8) ** exponent))
    expected = 150e-6 * 6e5 * share / (10e-6 - 150e-6 * 1.1e-3 * share) * 1e-6
    assert history.pressure_mpa == pytest.approx(expected, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: replace(IGNITER, release_exponent=0.5), "must be at least 1 and at most 5"),
        (lambda: Vessel(10, heat_transfer_late_share=0), "late share of the heat transfer"),
        (lambda: Vessel(10, heat_transfer_decay_ms=0), "decay time of the heat transfer"),
    ],
)
def test_what_cannot_be_of_these_is_refused(make, says):
    with pytest.raises(SimulationError, match=says):
        make()


def test_without_an_exponent_the_reference_density_does_nothing():
    times = np.linspace(0, 20, 50)
    shots = [
        solve_vessel(
            [SHOT], IGNITER, Vessel(10, 26, 3000, reference_gas_density_kg_per_m3=d), times
        )
        for d in (10.0, 90.0)
    ]
    assert shots[0].pressure_mpa.tolist() == shots[1].pressure_mpa.tolist()


@pytest.mark.parametrize(
    ("pieces", "says"),
    [
        (((10, 1e-8),), "must be triples"),
        (((10, 1e-8, 0.8), (10, 1e-8, 0.9)), "must be above 10 MPa"),
        (((10, 1e-8, 0.8),) * 9, "at most 8"),
        (((10, -1, 0.8),), "The burn rate coefficient of the piece from 10 MPa on"),
        (((10, 0.01, 0.8),), "give the burn rate coefficient in"),
    ],
)
def test_pieces_that_cannot_be_are_refused(pieces, says):
    with pytest.raises(SimulationError, match=says):
        replace(NC, burn_rate_pieces=pieces)


def test_seven_holes_that_do_not_fit_are_refused():
    with pytest.raises(SimulationError, match="Seven holes of 2 mm do not fit a grain of 5 mm"):
        Grain.perforated(5, 2, 8, 7)


def test_a_model_may_hold_all_of_it_and_reads_back_unchanged():
    plain = json.loads(default_model().to_json())
    plain["surroundings"] |= {
        "heat_transfer_density_exponent": 0.5,
        "reference_gas_density_kg_per_m3": 60,
    }
    plain["vessels"]["10-892"] |= {"vent_area_mm2": 2, "vent_discharge_coefficient": 0.9}
    kind = plain["nc"]["types"]["B"]
    kind["grain"] = {
        "shape": "perforated",
        "outer_diameter_mm": 3.0,
        "inner_diameter_mm": 0.3,
        "length_mm": 4.0,
        "perforations": 7,
    }
    kind["propellant"]["burn_rate_pieces"] = [
        {"from_pressure_mpa": 20, "burn_rate_coefficient": 5e-8, "burn_rate_exponent": 0.8}
    ]
    model = Model.from_json(json.dumps(plain))
    assert Model.from_json(model.to_json()) == model
    assert json.loads(model.to_json()) == plain
    recipe = Recipe.parse(
        igniter="135", nc=["B:775"], shell="22", current="1.2", vessel="10-892", device="Y-H"
    )
    vented, closed = simulate(recipe, model), simulate(recipe, default_model())
    assert vented.features.peak_pressure_mpa < closed.features.peak_pressure_mpa

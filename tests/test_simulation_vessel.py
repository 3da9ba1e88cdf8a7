"""What holds for any shot: no NaN, monotone, energy kept; events; and clear refusals."""

from dataclasses import replace
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mgg_kernel.errors import SimulationError
from mgg_kernel.simulation import (
    Charge,
    Grain,
    Igniter,
    Propellant,
    Vessel,
    simulate_vessel,
    solve_vessel,
)

QUICK = settings(derandomize=True, deadline=None, max_examples=25)
TIMES = np.linspace(0, 40, 401)
NC = Propellant(1e6, 3000, 1.25, 1e-3, 1600, 6e-8, 0.8)
IGNITER = Igniter(100, 6e5, 3000, 1.25, 1e-3, 0.6, 0.15)
VESSEL = Vessel(10, 26, 3000)
SHOT = Charge(NC, Grain.cylinder(1, 2), 500)


def zero_or(low: float, high: float):
    return st.one_of(st.just(0.0), st.floats(low, high))


propellants = st.builds(
    Propellant,
    impetus_j_per_kg=st.floats(2e5, 1.3e6),
    flame_temperature_k=st.floats(1200, 4000),
    gamma=st.floats(1.1, 1.4),
    covolume_m3_per_kg=st.floats(0, 1.5e-3),
    density_kg_per_m3=st.floats(900, 2500),
    burn_rate_coefficient=st.floats(1e-9, 1e-7),
    burn_rate_exponent=st.floats(0.01, 1.2),
    gas_yield=st.floats(0.3, 1),
)
grains = st.one_of(
    st.builds(Grain.sphere, st.floats(0.05, 3)),
    st.builds(Grain.cylinder, st.floats(0.05, 3), st.floats(0.05, 3)),
    st.builds(Grain.perforated, st.floats(1, 3), st.floats(0.05, 0.9), st.floats(0.1, 3)),
)
charges = st.builds(
    Charge, propellants, grains, st.floats(1, 1500), ignition_pressure_mpa=st.floats(0, 10)
)
igniters = st.builds(
    Igniter,
    mass_mg=zero_or(0.001, 300),
    impetus_j_per_kg=st.floats(2e5, 1e6),
    flame_temperature_k=st.floats(1500, 4000),
    gamma=st.floats(1.1, 1.4),
    delay_ms=zero_or(1e-6, 45),
    time_constant_ms=zero_or(1e-6, 10),
)
vessels = st.builds(
    Vessel,
    volume_ml=st.floats(6, 100),
    wall_area_cm2=zero_or(0.001, 100),
    heat_transfer_w_per_m2k=zero_or(0.001, 50_000),
    wall_temperature_k=st.floats(230, 360),
    initial_temperature_k=st.floats(230, 360),
    initial_air_pressure_mpa=zero_or(1e-6, 0.2),
)


def energies(shot, igniter, vessel, history):
    """Return released energy and gas energy, worked out here from ψ, p and the igniter's law."""
    masses = [c.mass_mg * 1e-6 for c in shot]
    gas = [m * c.propellant.gas_yield for m, c in zip(masses, shot, strict=True)]
    late = np.maximum(history.time_ms - igniter.delay_ms, 0)
    tau = igniter.time_constant_ms
    lit = -np.expm1(-late / tau) if tau else (history.time_ms >= igniter.delay_ms) * 1.0
    if tau and igniter.mass_mg and vessel.heat_transfer_w_per_m2k * vessel.wall_area_cm2:
        vessel = replace(
            vessel, initial_air_pressure_mpa=max(1e-6, vessel.initial_air_pressure_mpa)
        )
    start = vessel.volume_ml * 1e-6
    start -= sum(m / c.propellant.density_kg_per_m3 for m, c in zip(masses, shot, strict=True))
    free = start - igniter.mass_mg * 1e-6 * igniter.covolume_m3_per_kg * lit
    air = vessel.initial_air_pressure_mpa * 1e6 * start / vessel.initial_temperature_k
    flow = igniter.mass_mg * 1e-6 * igniter.impetus_j_per_kg / igniter.flame_temperature_k * lit
    constant, capacity = air + flow, air / 0.4 + flow / (igniter.gamma - 1)
    energy = air / 0.4 * vessel.initial_temperature_k
    energy = energy + flow / (igniter.gamma - 1) * igniter.flame_temperature_k
    for m, c, psi in zip(gas, shot, history.burnt_fraction, strict=True):
        law = c.propellant
        r = m * law.impetus_j_per_kg / law.flame_temperature_k * psi
        constant, capacity = constant + r, capacity + r / (law.gamma - 1)
        energy = energy + r / (law.gamma - 1) * law.flame_temperature_k
        free = free - m * psi * (law.covolume_m3_per_kg - 1 / law.density_kg_per_m3)
    some = constant > 0
    temperature = history.pressure_mpa[some] * 1e6 * free[some] / constant[some]
    return energy[some], capacity[some] * temperature, some


@QUICK
@given(shot=st.lists(charges, max_size=3), igniter=igniters, vessel=vessels)
def test_any_valid_shot_gives_finite_numbers_and_keeps_its_energy(shot, igniter, vessel):
    history = solve_vessel(shot, igniter, vessel, TIMES)
    for values in (history.pressure_mpa, history.temperature_k, history.wall_loss_j):
        assert np.isfinite(values).all()
    assert (history.pressure_mpa >= 0).all()
    assert (history.burnt_fraction >= 0).all()
    assert (history.burnt_fraction <= 1 + 1e-12).all()
    assert (np.diff(history.burnt_fraction, axis=1) >= -1e-12).all()
    released, held, some = energies(shot, igniter, vessel, history)
    scale = released.max(initial=1e-9)
    assert held + history.wall_loss_j[some] == pytest.approx(released, abs=1e-9 * scale)
    hottest = max(
        [vessel.initial_temperature_k, vessel.wall_temperature_k, igniter.flame_temperature_k]
        + [c.propellant.flame_temperature_k for c in shot]
    )
    assert history.temperature_k.max() <= hottest * (1 + 1e-9)


def test_wall_loss_is_the_integral_of_newtons_law():
    times = np.linspace(0, 40, 40_001)
    history = solve_vessel([SHOT], IGNITER, VESSEL, times)
    flux = 3000 * 26e-4 * (history.temperature_k - VESSEL.wall_temperature_k)
    # From well after the igniter's kink; the burn-out's costs the trapezoids a little.
    begun = times >= 0.7
    integral = np.trapezoid(flux[begun], times[begun] * 1e-3)
    rise = history.wall_loss_j[-1] - history.wall_loss_j[begun][0]
    assert integral == pytest.approx(rise, rel=1e-7)


@QUICK
@given(mass=st.floats(50, 1500), more=st.floats(1.01, 1.5))
def test_more_propellant_means_more_pressure_at_every_time(mass, more):
    less = simulate_vessel([replace(SHOT, mass_mg=mass)], IGNITER, VESSEL, 30, 0.1)
    greater = simulate_vessel([replace(SHOT, mass_mg=mass * more)], IGNITER, VESSEL, 30, 0.1)
    lit = less.time_ms > IGNITER.delay_ms
    assert (greater.pressure_mpa[lit] > less.pressure_mpa[lit]).all()
    assert greater.pressure_mpa[~lit] == pytest.approx(less.pressure_mpa[~lit])


@QUICK
@given(volume=st.floats(5, 50), more=st.floats(1.01, 2))
def test_more_room_means_a_lower_peak(volume, more):
    peaks = [
        simulate_vessel([SHOT], IGNITER, replace(VESSEL, volume_ml=v), 30, 0.1).peak.pressure_mpa
        for v in (volume, volume * more)
    ]
    assert peaks[1] < peaks[0]


def test_a_colder_or_larger_wall_takes_more():
    peaks = [
        simulate_vessel([SHOT], IGNITER, wall).peak.pressure_mpa
        for wall in (replace(VESSEL, wall_area_cm2=0), VESSEL, replace(VESSEL, wall_area_cm2=40))
    ]
    assert peaks[0] > peaks[1] > peaks[2]


def test_samples_stand_at_exact_hundredths_of_a_millisecond():
    curve = simulate_vessel([SHOT], IGNITER, VESSEL)
    assert len(curve) == 4000
    assert curve.time_ms.tolist() == [round(i * 0.01, 10) for i in range(4000)]


def test_nothing_happens_before_the_igniter_and_at_once_after_it():
    curve = simulate_vessel([SHOT], replace(IGNITER, time_constant_ms=0), Vessel(10))
    before, at = curve.pressure_mpa[curve.time_ms < 0.6], curve.pressure_mpa[60]
    assert before == pytest.approx(0.101325, rel=1e-12)
    solid, gas = 500e-6 / 1600, 100e-6 * 1e-3
    free = 10e-6 - solid
    energy = 100e-6 * 6e5 / 0.25 + 0.101325e6 * free / 0.4
    air = 0.101325e6 * free / 293.15
    constant, capacity = air + 100e-6 * 200, air / 0.4 + 100e-6 * 200 / 0.25
    assert at == pytest.approx(constant * energy / capacity / (free - gas) * 1e-6, rel=1e-12)


def test_the_igniters_release_is_exponential():
    history = solve_vessel([], IGNITER, Vessel(10, initial_air_pressure_mpa=0), TIMES)
    share = 1 - np.exp(-np.maximum(TIMES - 0.6, 0) / 0.15)
    expected = 100e-6 * 6e5 * share / (10e-6 - 100e-9 * share) * 1e-6
    assert history.pressure_mpa == pytest.approx(expected, rel=1e-12)


def test_a_charge_is_lit_exactly_when_the_pressure_reaches_its_threshold():
    vessel = Vessel(10, initial_air_pressure_mpa=0)
    charge = replace(SHOT, ignition_pressure_mpa=4)
    history = solve_vessel([charge], IGNITER, vessel, TIMES)
    # With A the free volume and g the released share: 4 MPa = f·m·g / (A − η·m·g).
    free = 10e-6 - 500e-6 / 1600
    share = 4e6 * free / (100e-6 * 6e5 + 4e6 * 100e-6 * 1e-3)
    assert history.ignition_ms[0] == pytest.approx(0.6 - 0.15 * np.log(1 - share), rel=1e-9)


def test_a_charge_above_the_igniters_pressure_is_never_lit():
    history = solve_vessel([replace(SHOT, ignition_pressure_mpa=30)], IGNITER, VESSEL, TIMES)
    assert history.ignition_ms == [None]
    assert history.burnout_ms == [None]
    assert history.burnt_fraction.max() == 0


def test_one_charge_lights_another():
    first = replace(SHOT, mass_mg=300)
    second = replace(SHOT, mass_mg=200, ignition_pressure_mpa=15)
    history = solve_vessel([first, second], IGNITER, VESSEL, TIMES)
    lit = history.ignition_ms[1]
    assert lit is not None
    assert history.ignition_ms[0] == pytest.approx(0.6)
    there = solve_vessel([first, second], IGNITER, VESSEL, np.array([0.0, lit]))
    assert there.pressure_mpa[-1] == pytest.approx(15, rel=1e-9)
    assert history.burnout_ms[1] > history.burnout_ms[0] > lit


def test_two_halves_are_one_charge():
    whole = simulate_vessel([SHOT], IGNITER, VESSEL)
    halves = simulate_vessel([replace(SHOT, mass_mg=250)] * 2, IGNITER, VESSEL)
    assert halves.pressure_mpa == pytest.approx(whole.pressure_mpa, rel=1e-9)


def test_without_any_gas_there_is_no_pressure():
    vessel = Vessel(10, 26, 3000, initial_air_pressure_mpa=0)
    curve = simulate_vessel([SHOT], replace(IGNITER, mass_mg=0), vessel)
    assert not curve.pressure_mpa.any()


def test_an_empty_vessel_gives_the_wall_no_heat():
    warm = replace(VESSEL, initial_temperature_k=350, initial_air_pressure_mpa=0)
    history = solve_vessel([], replace(IGNITER, time_constant_ms=0), warm, TIMES)
    before = TIMES < 0.6
    assert before.sum() > 5
    assert not history.wall_loss_j[before].any()
    assert history.wall_loss_j[-1] > 0


def test_a_slow_igniter_in_an_empty_vessel_with_a_wall_is_regular():
    """One microgram over many milliseconds beside a wall that takes heat at once."""
    empty = Vessel(84, 91, 49_000, 360, 296, 0)
    weak = replace(IGNITER, mass_mg=0.001, delay_ms=0, time_constant_ms=9)
    history = solve_vessel([], weak, empty, TIMES)
    share = 1 - np.exp(-TIMES / 9)
    ideal = (1e-9 * 6e5 / 3000 * share * 360 / 84e-6 + 360 / 296) * 1e-6
    assert history.pressure_mpa[1:] == pytest.approx(ideal[1:], rel=1e-4)


def test_a_wall_that_takes_everything_at_once_is_still_integrated():
    """1e6 W/m²K makes the equations stiff: the gas follows the wall's temperature."""
    wall = replace(VESSEL, heat_transfer_w_per_m2k=1e6, initial_air_pressure_mpa=0)
    history = solve_vessel([], replace(IGNITER, mass_mg=1), wall, TIMES)
    assert history.temperature_k[-1] == pytest.approx(wall.wall_temperature_k, rel=1e-6)
    assert np.isfinite(history.pressure_mpa).all()


@pytest.mark.parametrize("value", [nan, inf, -inf, -1, "10", None, True])
@pytest.mark.parametrize(
    ("whole", "field"),
    [
        *((NC, name) for name in NC.__dataclass_fields__),
        *((IGNITER, name) for name in IGNITER.__dataclass_fields__),
        *((VESSEL, name) for name in VESSEL.__dataclass_fields__),
        (SHOT, "mass_mg"),
        (SHOT, "ignition_pressure_mpa"),
    ],
    ids=lambda part: part if isinstance(part, str) else type(part).__name__,
)
def test_numbers_that_cannot_be_are_refused_in_one_sentence(whole, field, value):
    with pytest.raises(SimulationError) as refusal:
        replace(whole, **{field: value})
    message = str(refusal.value)
    assert message.startswith("The ")
    assert message.endswith(".")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Charge(NC, "sphere", 500), "needs a Propellant and a Grain"),
        (lambda: replace(NC, burn_rate_coefficient=0.01), "give the burn rate coefficient in"),
        (lambda: replace(NC, gamma=1.0), "ratio of specific heats of the propellant"),
        (lambda: replace(NC, gas_yield=1.1), "at most 1"),
        (
            lambda: simulate_vessel([replace(SHOT, mass_mg=20_000)], IGNITER, VESSEL),
            "leave no room in a vessel of 10 mL",
        ),
        (lambda: solve_vessel([], IGNITER, VESSEL, np.array([])), "times of a simulation"),
        (lambda: solve_vessel([], IGNITER, VESSEL, np.array([1.0, 0.5])), "increasing"),
        (lambda: solve_vessel([], IGNITER, VESSEL, np.array([0.0, nan])), "finite"),
        (lambda: solve_vessel([], IGNITER, VESSEL, np.array([-1.0, 1])), "not negative"),
        (lambda: simulate_vessel([SHOT], IGNITER, VESSEL, t_end_ms=nan), "must be finite"),
        (lambda: simulate_vessel([SHOT], IGNITER, VESSEL, dt_ms=0), "distance of samples"),
        (lambda: simulate_vessel([SHOT], IGNITER, VESSEL, dt_ms=50), "would have 1 samples"),
        (lambda: simulate_vessel([SHOT], IGNITER, VESSEL, dt_ms=1e-8), "between 2 and 1,000,000"),
    ],
)
def test_shots_that_cannot_be_are_refused(make, says):
    with pytest.raises(SimulationError, match=says):
        make()

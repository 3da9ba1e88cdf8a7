"""What must hold of every shot, tried on random ones: scaling, order, energy, refusals."""

from collections.abc import Sequence
from dataclasses import fields, replace
from itertools import pairwise, permutations
from math import inf, isfinite, nan

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from numpy.polynomial.legendre import leggauss
from shots_at_random import (
    any_shot,
    charges,
    grains,
    igniters,
    propellants,
    refused,
    vessels,
)

from mgg_kernel.simulation import (
    Charge,
    Grain,
    Igniter,
    Propellant,
    Vessel,
    VesselHistory,
    solve_vessel,
)

COMMON = {"derandomize": True, "deadline": None, "suppress_health_check": list(HealthCheck)}
TRIED = settings(max_examples=60, **COMMON)
TRIED_MORE = settings(max_examples=120, **COMMON)
TIMES = np.linspace(0, 40, 201)
AIR_GAS_CONSTANT = 287.05

GAMMA = 1.4  # that of air, so that one number tells the energy of all the gas
SAME_GAMMA = charges(propellants(GAMMA))
SOME = st.lists(charges(), min_size=1, max_size=3)


def peak_mpa(shot: Sequence[Charge], igniter: Igniter, vessel: Vessel) -> float:
    """The peak, with the kinks among the samples, so that none hides between two of them."""
    first = solve_vessel(shot, igniter, vessel, TIMES)
    kinks = [t for t in (*first.ignition_ms, *first.burnout_ms) if t is not None]
    finer = np.unique(np.concatenate([np.linspace(0, 40, 4001), kinks]))
    return float(solve_vessel(shot, igniter, vessel, finer).pressure_mpa.max())


def same_curve(exact: np.ndarray, vessel: Vessel):
    """Equal to six digits, with a vent to fewer, since the equations keep fewer.

    A law that jumps holds the pressure at its border; close to the pressure outside hardly anything
    flows; through a wide vent most of the gas leaves; a charge lit in next to no gas grows out of
    the last digits.
    """
    if not vessel.vent_area_mm2:
        return pytest.approx(exact, rel=2e-6)
    rel = 1e-5 if vessel.initial_air_pressure_mpa else 1e-4
    return pytest.approx(exact, rel=rel, abs=rel * float(exact.max()))


def gas_energy_j(history: VesselHistory, shot, igniter, vessel) -> np.ndarray:
    """Internal energy p·V_f/(γ−1) where all gases have one γ [J]."""
    taken = igniter_share(igniter, history.time_ms) * igniter.mass_mg * igniter.covolume_m3_per_kg
    for charge, psi in zip(shot, history.burnt_fraction, strict=True):
        law = charge.propellant
        gas = law.gas_yield * psi * law.covolume_m3_per_kg
        solid = (1 - law.gas_yield * psi) / law.density_kg_per_m3
        taken = taken + charge.mass_mg * (gas + solid)
    free = vessel.volume_ml * 1e-6 - taken * 1e-6
    return history.pressure_mpa * 1e6 * free / (GAMMA - 1)


def igniter_share(igniter: Igniter, time_ms: np.ndarray) -> np.ndarray:
    late = time_ms - igniter.delay_ms
    if not igniter.time_constant_ms:
        return (late >= 0) * 1.0
    return -np.expm1(-np.maximum(late, 0) / igniter.time_constant_ms)


def released_j(history: VesselHistory, shot, igniter, vessel) -> np.ndarray:
    """Energy of the air and of what has burnt, f·m/(γ−1) of each gas [J]."""
    solid_m3 = sum(c.mass_mg * 1e-6 / c.propellant.density_kg_per_m3 for c in shot)
    air = vessel.initial_air_pressure_mpa * 1e6 * (vessel.volume_ml * 1e-6 - solid_m3)
    energy = igniter_share(igniter, history.time_ms) * igniter.mass_mg * igniter.impetus_j_per_kg
    for charge, psi in zip(shot, history.burnt_fraction, strict=True):
        law = charge.propellant
        energy = energy + charge.mass_mg * law.gas_yield * psi * law.impetus_j_per_kg
    return (energy * 1e-6 + air) / (GAMMA - 1)


def assert_sound(history: VesselHistory, shot, igniter, vessel) -> None:
    for values in (history.pressure_mpa, history.temperature_k, history.wall_loss_j):
        assert np.isfinite(values).all()
    assert (history.pressure_mpa >= 0).all()
    assert (history.burnt_fraction >= 0).all()
    assert (history.burnt_fraction <= 1 + 1e-12).all()
    assert (np.diff(history.burnt_fraction, axis=1) >= -1e-12).all()
    known = [vessel.initial_temperature_k, vessel.wall_temperature_k, igniter.flame_temperature_k]
    known += [charge.propellant.flame_temperature_k for charge in shot]
    assert history.temperature_k.max() <= max(known) * (1 + 1e-5)
    coldest = 0 if vessel.vent_area_mm2 else min(known) * (1 - 1e-5)
    assert history.temperature_k.min() >= coldest
    for lit, out, psi in zip(
        history.ignition_ms, history.burnout_ms, history.burnt_fraction, strict=True
    ):
        assert out is None or (lit is not None and lit <= out)
        assert not psi[history.time_ms < (inf if lit is None else lit)].any()
        assert (psi[history.time_ms > (inf if out is None else out)] == 1).all()


@TRIED_MORE
@given(shot=any_shot())
def test_whatever_is_taken_gives_numbers_or_one_sentence(shot):
    """Up to the bounds of every number; only what leaves no room or no way on is refused."""
    found: list[VesselHistory] = []
    why = refused(lambda: found.append(solve_vessel(*shot, TIMES)))
    if why is None:
        assert_sound(found[0], *shot)
    else:
        assert "leave no room" in why or "does not get past" in why
        assert why.endswith(".")


@TRIED_MORE
@given(shot=SOME, igniter=igniters(), vessel=st.one_of(vessels(), vessels(vent=True)))
def test_sensible_shots_are_never_refused_for_their_mathematics(shot, igniter, vessel):
    assert_sound(solve_vessel(shot, igniter, vessel, TIMES), shot, igniter, vessel)


@TRIED
@given(shot=st.lists(SAME_GAMMA, max_size=3), igniter=igniters(GAMMA), vessel=vessels())
def test_what_was_released_is_in_the_gas_or_in_the_wall(shot, igniter, vessel):
    history = solve_vessel(shot, igniter, vessel, TIMES)
    released = released_j(history, shot, igniter, vessel)
    kept = gas_energy_j(history, shot, igniter, vessel) + history.wall_loss_j
    assert kept == pytest.approx(released, rel=1e-9, abs=1e-9 * float(released.max()))


def like_air(part):
    """Give a propellant or an igniter gas of the air's kind, with no volume of its own."""
    impetus = AIR_GAS_CONSTANT * part.flame_temperature_k
    return replace(part, impetus_j_per_kg=impetus, covolume_m3_per_kg=0)


@TRIED
@given(
    shot=st.lists(charges(propellants(GAMMA).map(like_air)), max_size=2),
    igniter=igniters(GAMMA, slow=True).map(like_air),
    vessel=vessels(vent=True).map(lambda v: replace(v, vent_area_mm2=min(v.vent_area_mm2, 1))),
)
def test_what_is_neither_there_nor_in_the_wall_has_left_through_the_vent(shot, igniter, vessel):
    """With one kind of gas the flow of enthalpy follows from p and T; added up here in sums."""
    times = np.linspace(0, 40, 8001)
    history = solve_vessel(shot, igniter, vessel, times)
    released = released_j(history, shot, igniter, vessel)
    gone = released - gas_energy_j(history, shot, igniter, vessel) - history.wall_loss_j
    outside = vessel.outside_pressure_mpa
    ratio = np.minimum(outside / np.maximum(history.pressure_mpa, 1e-99), 1)
    # Nearer to the pressure outside the flow follows from the last digits of p.
    told = (ratio < 1 - 1e-3) | (ratio == 1)
    ratio = np.maximum(ratio, (2 / (GAMMA + 1)) ** (GAMMA / (GAMMA - 1)))  # choked below
    spread = ratio ** (2 / GAMMA) - ratio ** ((GAMMA + 1) / GAMMA)
    speed = np.sqrt(2 * GAMMA / (GAMMA - 1) * np.maximum(spread, 0))
    area_m2 = vessel.vent_area_mm2 * 1e-6 * vessel.vent_discharge_coefficient
    heat = GAMMA / (GAMMA - 1) * np.sqrt(AIR_GAS_CONSTANT * history.temperature_k)
    power = area_m2 * speed * history.pressure_mpa * 1e6 * heat
    left = (power[1:] + power[:-1]) / 2 * 5e-6
    missing = np.where(told[1:] & told[:-1], np.diff(gone) - left, 0)
    assert np.cumsum(missing) == pytest.approx(0, abs=1e-4 * float(released.max()))


@TRIED
@given(k=st.floats(0.2, 20), shot=SOME, igniter=igniters(), vessel=vessels(vent=True))
def test_all_masses_volumes_and_areas_times_k_leave_the_curve(k, shot, igniter, vessel):
    larger = [replace(charge, mass_mg=charge.mass_mg * k) for charge in shot]
    areas = ("volume_ml", "wall_area_cm2", "vent_area_mm2")
    body = replace(vessel, **{name: getattr(vessel, name) * k for name in areas})
    ours = solve_vessel(larger, replace(igniter, mass_mg=igniter.mass_mg * k), body, TIMES)
    exact = solve_vessel(shot, igniter, vessel, TIMES)
    assert ours.pressure_mpa == same_curve(exact.pressure_mpa, vessel)
    assert ours.burnt_fraction == pytest.approx(exact.burnt_fraction, abs=1e-5)


def faster(law: Propellant, k: float) -> Propellant:
    pieces = tuple((start, a * k, n) for start, a, n in law.burn_rate_pieces)
    a = law.burn_rate_coefficient * k
    return replace(law, burn_rate_coefficient=a, burn_rate_pieces=pieces)


@TRIED
@given(k=st.floats(0.3, 4), shot=SOME, igniter=igniters(), vessel=vessels(vent=True))
def test_all_rates_times_k_squeeze_time_by_k(k, shot, igniter, vessel):
    quick = [replace(charge, propellant=faster(charge.propellant, k)) for charge in shot]
    first = replace(
        igniter, delay_ms=igniter.delay_ms / k, time_constant_ms=igniter.time_constant_ms / k
    )
    body = replace(
        vessel,
        heat_transfer_w_per_m2k=vessel.heat_transfer_w_per_m2k * k,
        vent_area_mm2=vessel.vent_area_mm2 * k,
    )
    ours = solve_vessel(quick, first, body, TIMES / k)
    exact = solve_vessel(shot, igniter, vessel, TIMES)
    # At the very instant of an igniter that gives all at once, rounding decides before or after.
    apart = np.abs(TIMES - igniter.delay_ms) > 1e-9
    assert ours.pressure_mpa[apart] == same_curve(exact.pressure_mpa[apart], vessel)


@TRIED
@given(by=st.floats(0.1, 10), shot=SOME, igniter=igniters(), vessel=vessels())
def test_a_later_igniter_shifts_the_curve(by, shot, igniter, vessel):
    vessel = replace(vessel, wall_temperature_k=vessel.initial_temperature_k)
    late = replace(igniter, delay_ms=igniter.delay_ms + by)
    ours = solve_vessel(shot, late, vessel, TIMES + by)
    exact = solve_vessel(shot, igniter, vessel, TIMES)
    apart = np.abs(TIMES - igniter.delay_ms) > 1e-9
    assert ours.pressure_mpa[apart] == same_curve(exact.pressure_mpa[apart], vessel)


@TRIED
@given(more=st.floats(1.02, 2), charge=SAME_GAMMA, igniter=igniters(GAMMA), vessel=vessels())
def test_more_propellant_makes_a_higher_peak(more, charge, igniter, vessel):
    """Where some of it burns at all; γ is the same, else cold gas of many atoms could quench."""
    heavier = replace(charge, mass_mg=charge.mass_mg * more)
    burns = solve_vessel([charge], igniter, vessel, TIMES).burnt_fraction[0, -1] > 0.05
    assume(burns)
    assert peak_mpa([heavier], igniter, vessel) > peak_mpa([charge], igniter, vessel)


@TRIED
@given(more=st.floats(1.02, 2), shot=SOME, igniter=igniters(), vessel=vessels())
def test_a_larger_vessel_makes_a_lower_peak(more, shot, igniter, vessel):
    larger = replace(vessel, volume_ml=vessel.volume_ml * more)
    assert peak_mpa(shot, igniter, larger) < peak_mpa(shot, igniter, vessel)


@TRIED
@given(
    more=st.floats(1.1, 5),
    name=st.sampled_from(["wall_area_cm2", "heat_transfer_w_per_m2k"]),
    shot=st.lists(charges(lit_mpa=0.2), min_size=1, max_size=2),
    igniter=igniters(slow=True),
    vessel=vessels(
        wall_area_cm2=20,
        heat_transfer_w_per_m2k=1500,
        initial_temperature_k=300,
        initial_air_pressure_mpa=0.1,
    ),
)
def test_more_heat_to_the_wall_makes_a_lower_peak(more, name, shot, igniter, vessel):
    """Were all gas there at once, its first instant would be the peak."""
    vessel = replace(vessel, wall_temperature_k=min(vessel.wall_temperature_k, 300))
    greedier = replace(vessel, **{name: getattr(vessel, name) * more})
    assert peak_mpa(shot, igniter, greedier) < peak_mpa(shot, igniter, vessel)


@TRIED
@given(
    shot=charges(
        propellants().map(lambda law: replace(law, temperature_sensitivity_per_k=0.003)),
        lit_mpa=0.2,
    ),
    igniter=igniters(),
    vessel=vessels(heat_transfer_w_per_m2k=0, initial_air_pressure_mpa=0),
    warmer=st.floats(1, 100),
)
def test_a_warm_charge_burns_out_sooner(shot, igniter, vessel, warmer):
    warm = replace(vessel, initial_temperature_k=vessel.initial_temperature_k + warmer)
    times = np.array([0.0, 400.0])
    cold_ms = solve_vessel([shot], igniter, vessel, times).burnout_ms[0]
    warm_ms = solve_vessel([shot], igniter, warm, times).burnout_ms[0]
    assume(cold_ms is not None)
    assert warm_ms < cold_ms


@TRIED
@given(
    shot=SOME,
    igniter=igniters(),
    vessel=vessels(vent=True),
    shares=st.tuples(*[st.floats(0.1, 1)] * 3),
)
def test_parts_of_one_charge_are_that_charge(shot, igniter, vessel, shares):
    first, *rest = shot
    parts = [replace(first, mass_mg=first.mass_mg * share / sum(shares)) for share in shares]
    whole = solve_vessel(shot, igniter, vessel, TIMES)
    split = solve_vessel([*parts, *rest], igniter, vessel, TIMES)
    assert split.pressure_mpa == same_curve(whole.pressure_mpa, vessel)
    assert split.burnt_fraction[0] == pytest.approx(whole.burnt_fraction[0], abs=1e-5)


@TRIED
@given(
    shot=st.lists(charges(), min_size=2, max_size=3),
    igniter=igniters(),
    vessel=vessels(vent=True),
    which=st.integers(1, 5),
)
def test_the_order_of_charges_does_not_matter(shot, igniter, vessel, which):
    orders = list(permutations(range(len(shot))))
    order = orders[which % len(orders)]
    one = solve_vessel(shot, igniter, vessel, TIMES)
    other = solve_vessel([shot[k] for k in order], igniter, vessel, TIMES)
    assert other.pressure_mpa == same_curve(one.pressure_mpa, vessel)
    for at, k in enumerate(order):
        assert other.burnt_fraction[at] == pytest.approx(one.burnt_fraction[k], abs=1e-5)


@TRIED
@given(
    shot=st.lists(
        charges(propellants().map(lambda law: replace(law, burn_rate_pieces=()))),
        min_size=1,
        max_size=3,
    ),
    igniter=igniters(),
    vessel=vessels(vent=True),
)
def test_the_impulse_of_every_charge_that_burns_out_is_its_web_over_its_rate(shot, igniter, vessel):
    """∫pⁿdt = e1/a: of any charge, whatever else burns, leaks or cools."""
    whole = solve_vessel(shot, igniter, vessel, np.array([0.0, 60.0]))
    times = [igniter.delay_ms, *whole.ignition_ms, *whole.burnout_ms]
    kinks = sorted({t for t in times if t is not None})
    assume(len(kinks) > 1)
    nodes, weights = leggauss(12)
    # Closer and closer towards each kink, where an igniter's first gas rises steeply.
    share_of_stretch = np.concatenate([[0], np.geomspace(1e-6, 1, 60)])
    edges = np.unique([a + (b - a) * s for a, b in pairwise(kinks) for s in share_of_stretch])
    half = np.diff(edges) / 2
    at = (half[:, None] * nodes + (edges[:-1] + half)[:, None]).ravel()
    share = (half[:, None] * weights * 1e-3).ravel()
    at, kept = np.unique(at, return_index=True)
    pressure = solve_vessel(shot, igniter, vessel, at).pressure_mpa * 1e6
    for charge, lit, out in zip(shot, whole.ignition_ms, whole.burnout_ms, strict=True):
        if out is None:
            continue
        law = charge.propellant
        burning = (at > lit) & (at < out)
        impulse = float(np.sum((share[kept] * pressure**law.burn_rate_exponent)[burning]))
        a = law.burn_rate_coefficient_at(vessel.initial_temperature_k)
        assert impulse == pytest.approx(charge.grain.half_web_m / a, rel=1e-4)


@TRIED
@given(grain=grains(0.01, 900), share=st.floats(0, 1))
def test_a_burnt_fraction_lies_between_0_and_1_and_never_falls(grain, share):
    x = np.sort(np.append(np.linspace(0, 1, 200), share)) * grain.half_web_m
    psi = grain.burnt_fraction(x)
    assert psi[0] == 0
    assert psi[-1] == pytest.approx(1, abs=1e-9)
    assert (np.diff(psi) >= -1e-12).all()
    slope = grain.burnt_fraction_slope_per_m(x[:-1])
    assert (slope >= -1e-12 * slope.max()).all()


JUNK = st.one_of(
    st.floats(),
    st.integers(-(10**400), 10**400),
    st.sampled_from([nan, inf, -inf, -1.0, 0, 1e-300, 1e300, None, True, "1", b"1", [], {}, 1j]),
)
MADE = {
    Propellant: Propellant(1e6, 3000, 1.25, 1e-3, 1600, 6e-8, 0.8),
    Igniter: Igniter(100, 6e5, 3000, 1.25),
    Vessel: Vessel(10, 26, 3000),
}
GRAINS = [(Grain.sphere, 1), (Grain.cylinder, 2), (Grain.slab, 3)]
GRAINS += [(Grain.perforated, 4), (Grain.cubic, 4)]
NAMED = [(kind, field.name) for kind in MADE for field in fields(kind)]


@TRIED_MORE
@given(which=st.sampled_from(NAMED), junk=JUNK)
def test_any_value_in_any_place_is_taken_or_refused_in_one_sentence(which, junk):
    kind, name = which
    why = refused(lambda: replace(MADE[kind], **{name: junk}))
    if why is None:
        kept = getattr(replace(MADE[kind], **{name: junk}), name)
        assert kept == () or (isinstance(kept, float) and isfinite(kept) and kept == junk)
    else:
        assert why.startswith("The ")
        assert why.endswith(".")
        assert "\n" not in why


@TRIED_MORE
@given(
    make=st.sampled_from(
        [
            (Grain.sphere, 1),
            (Grain.cylinder, 2),
            (Grain.slab, 3),
            (Grain.perforated, 4),
            (Grain.cubic, 4),
        ]
    ),
    values=st.tuples(*[st.one_of(JUNK, st.floats(0.01, 10))] * 4),
)
def test_any_grain_exists_or_is_refused_in_one_sentence(make, values):
    build, count = make
    why = refused(build, *values[:count])
    if why is None:
        grain = build(*values[:count])
        assert 0 < grain.half_web_m <= 1
        assert grain.burnt_fraction(grain.half_web_m) == pytest.approx(1, abs=1e-6)
    else:
        assert why.endswith(".")
        assert "\n" not in why


@TRIED
@given(times=st.lists(st.floats(-1, 100) | st.just(nan), max_size=4))
def test_times_that_make_no_curve_are_refused(times):
    good = bool(times) and all(isfinite(t) and t >= 0 for t in times)
    good = good and all(a < b for a, b in pairwise(times))
    why = refused(solve_vessel, [], MADE[Igniter], MADE[Vessel], np.array(times))
    assert (why is None) == good

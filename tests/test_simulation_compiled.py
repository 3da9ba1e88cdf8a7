"""The compiled solver against an independent one, and what many shots in threads must keep."""

import os
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import reference_solver
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate._ivp import dop853_coefficients

from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation import (
    Charge,
    Grain,
    Igniter,
    Propellant,
    Vessel,
    default_model,
    simulate,
    simulate_many,
    solve_shots,
    solve_vessel,
)
from mgg_kernel.simulation.compiled import tableau
from mgg_kernel.simulation.packing import pack
from mgg_kernel.simulation.stiff import follow_stiffly

QUICK = settings(derandomize=True, deadline=None, max_examples=30)
TIMES = np.linspace(0, 40, 401)
NC = Propellant(1e6, 3000, 1.25, 1e-3, 1600, 6e-8, 0.8)
GP = Propellant(6e5, 1900, 1.26, 1e-3, 1900, 9.5e-6, 0.45, gas_yield=0.75)
IGNITER = Igniter(100, 6e5, 3000, 1.25, 1e-3, 0.6, 0.15)
VESSEL = Vessel(10, 26, 3000)
TWO = (Charge(NC, Grain.cylinder(1, 2), 500, 1), Charge(GP, Grain.cylinder(1, 0.5), 200, 2))


@QUICK
@given(
    nc=st.floats(20, 900),
    gp=st.floats(20, 400),
    thresholds=st.tuples(st.floats(0, 12), st.floats(0, 12)),
    volume=st.floats(8, 40),
    heat=st.floats(0.1, 8000),
    delay=st.floats(0.001, 3),
)
def test_an_independent_solver_finds_the_same(nc, gp, thresholds, volume, heat, delay):
    """The reference: the equations written anew in Python, DOP853 and event location of scipy."""
    shot = [
        replace(TWO[0], mass_mg=nc, ignition_pressure_mpa=thresholds[0]),
        replace(TWO[1], mass_mg=gp, ignition_pressure_mpa=thresholds[1]),
    ]
    vessel = replace(VESSEL, volume_ml=volume, heat_transfer_w_per_m2k=heat)
    igniter = replace(IGNITER, delay_ms=delay)
    ours = solve_vessel(shot, igniter, vessel, TIMES)
    other = reference_solver.solve_vessel(shot, igniter, vessel, TIMES)
    assert ours.pressure_mpa == pytest.approx(other.pressure_mpa, rel=1e-7)
    assert ours.wall_loss_j == pytest.approx(other.wall_loss_j, rel=1e-7, abs=1e-9)
    assert ours.burnt_fraction == pytest.approx(other.burnt_fraction, abs=1e-7)
    for mine, theirs in (
        (ours.ignition_ms, other.ignition_ms),
        (ours.burnout_ms, other.burnout_ms),
    ):
        assert [t is None for t in mine] == [t is None for t in theirs]
        assert [t for t in mine if t] == pytest.approx([t for t in theirs if t], rel=1e-7)


def test_the_coefficients_are_those_of_the_published_method():
    for i, row in enumerate(tableau.A):
        assert list(row) == dop853_coefficients.A[i, :i].tolist()
    assert list(tableau.C) == dop853_coefficients.C.tolist()
    assert list(tableau.E3) == dop853_coefficients.E3[:12].tolist()
    assert list(tableau.E5) == dop853_coefficients.E5[:12].tolist()
    assert np.array(tableau.D).tolist() == dop853_coefficients.D.tolist()


def test_the_step_integrates_polynomials_up_to_its_order():
    for power in range(8):
        terms = zip(tableau.B, tableau.C, strict=False)
        total = sum(Fraction(b) * Fraction(c) ** power for b, c in terms)
        assert float(total) == pytest.approx(1 / (power + 1), abs=1e-14)


def test_a_looser_tolerance_costs_as_much_error_as_it_says():
    exact = solve_shots([(TWO, IGNITER, VESSEL)], TIMES, tolerance=1e-13).pressure_mpa[0]
    for tolerance in (1e-10, 1e-8, 1e-6):
        found = solve_shots([(TWO, IGNITER, VESSEL)], TIMES, tolerance=tolerance).pressure_mpa[0]
        assert np.abs(found - exact).max() < 20 * tolerance * exact.max()


def test_samples_do_not_change_the_way():
    times = np.linspace(0, 40, 4001)
    coarse = solve_vessel(TWO, IGNITER, VESSEL, times[::10].copy())
    fine = solve_vessel(TWO, IGNITER, VESSEL, times)
    assert fine.pressure_mpa[::10].tolist() == coarse.pressure_mpa.tolist()
    assert fine.burnout_ms == coarse.burnout_ms


def recipes(count: int) -> list[Recipe]:
    return [
        Recipe.parse(
            igniter="135",
            nc=[f"B:{400 + 7 * i}", "A:100"][: 1 + i % 2],
            gp="D:200" if i % 3 else None,
            shell="22",
            current="1.2",
            vessel="10-892",
            device="Y-H",
        )
        for i in range(count)
    ]


@pytest.mark.parametrize("threads", [1, 2, 5, None])
def test_many_recipes_in_threads_are_the_same_as_one_by_one(threads):
    fired = recipes(23)
    many = simulate_many(fired, default_model(), threads=threads)
    assert many == [simulate(recipe, default_model()) for recipe in fired]


def test_no_recipes_give_no_simulations():
    assert simulate_many([], default_model()) == []


def stiffly(charges, igniter, vessel):
    packed = pack([(charges, igniter, vessel)])
    size, count = TIMES.size, len(charges)
    outputs = (np.empty(size), np.empty(size), np.empty(size), np.empty((count, size)))
    parts = (packed.shots[0], packed.charges[0], packed.laws[0])
    times = follow_stiffly(TIMES * 1e-3, parts, 1e-9, outputs)
    return outputs, times


@pytest.mark.parametrize("grain", [Grain.cylinder(1, 2), Grain.perforated(4, 0.5, 5, 7)])
def test_the_implicit_way_finds_the_same(grain):
    shot = [replace(TWO[0], grain=grain), TWO[1]]
    explicit = solve_vessel(shot, IGNITER, VESSEL, TIMES)
    (pressure, temperature, loss, burnt), (lit, out) = stiffly(shot, IGNITER, VESSEL)
    assert pressure * 1e-6 == pytest.approx(explicit.pressure_mpa, rel=1e-6)
    assert temperature == pytest.approx(explicit.temperature_k, rel=1e-6)
    assert loss == pytest.approx(explicit.wall_loss_j, rel=1e-6, abs=1e-7)
    assert burnt == pytest.approx(explicit.burnt_fraction, abs=1e-6)
    assert lit * 1e3 == pytest.approx(explicit.ignition_ms, rel=1e-7)
    assert out * 1e3 == pytest.approx(explicit.burnout_ms, rel=1e-7)


def run(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
        env=os.environ | environment,
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    "code",
    [
        "import mgg_kernel, mgg_kernel.simulation",
        "import mgg_kernel.cli.main",
        "from mgg_kernel.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass",
    ],
)
def test_numba_is_loaded_only_to_simulate(code):
    said = run(f"import sys\n{code}\nprint('numba' in sys.modules, 'scipy' in sys.modules)")
    assert said.endswith("False False")


def test_a_simulation_needs_no_numba_once_it_was_compiled():
    """Compiled by now in this process or before: the next one takes it from the disk."""
    solve_vessel(TWO, IGNITER, VESSEL, TIMES)
    said = run(
        "import sys\n"
        "from mgg_kernel.simulation import *\n"
        "law = Propellant(1e6, 3000, 1.25, 1e-3, 1600, 6e-8, 0.8)\n"
        "shot = [Charge(law, Grain.sphere(1), 500)]\n"
        "curve = simulate_vessel(shot, Igniter(100, 6e5, 3000, 1.25), Vessel(10))\n"
        "print(curve.peak.pressure_mpa > 10, 'numba' in sys.modules, 'scipy' in sys.modules)"
    )
    assert said == "True False False"


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_the_same_bits_come_from_any_number_of_threads(threads):
    """Shots of very different lengths, so that the portions of the threads differ from alone."""
    grains = [Grain.sphere(0.3), Grain.perforated(4, 0.5, 5, 7), Grain.cylinder(3, 9)]
    parts = [
        (
            [replace(TWO[0], mass_mg=30 + 11 * i, grain=grains[i % 3]), TWO[1]][: i % 3],
            replace(IGNITER, delay_ms=0.1 * i, time_constant_ms=0.2 * (i % 2)),
            replace(VESSEL, vent_area_mm2=float(i % 4 == 3), volume_ml=10 + i),
        )
        for i in range(37)
    ]
    together = solve_shots(parts, TIMES, threads=threads, everything=True)
    for i, part in enumerate(parts):
        alone = solve_shots([part], TIMES, threads=1, everything=True)
        count = len(part[0])
        for name, value in vars(together).items():
            one = getattr(alone, name)[0]
            mine = value[i][:count] if one.shape[:1] == (count,) else value[i]
            assert mine.tobytes() == one.tobytes(), name


def test_what_is_kept_beside_the_pressure_does_not_change_it():
    parts = [(TWO, IGNITER, VESSEL)]
    only = solve_shots(parts, TIMES).pressure_mpa
    assert only.tobytes() == solve_shots(parts, TIMES, everything=True).pressure_mpa.tobytes()

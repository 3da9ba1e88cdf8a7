"""Seven holes and their slivers, against areas counted on a grid and against the perimeter."""

from itertools import pairwise

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from mgg_kernel.simulation import Charge, Grain, Igniter, Propellant, Vessel, solve_vessel
from mgg_kernel.simulation.compiled.equations import sliver_area
from mgg_kernel.simulation.slivers import Slivers

QUICK = settings(derandomize=True, deadline=None, max_examples=40)
D_MM, HOLE_MM, LENGTH_MM = 5.0, 0.6, 9.0
GRAIN = Grain.perforated(D_MM, HOLE_MM, LENGTH_MM, 7)


def counted_area_mm2(x_mm: float, outer_mm: float, hole_mm: float, points: int = 1500) -> float:
    """Count the points of a 30° wedge that are in the grain and in no hole: midpoints, polar."""
    pitch = hole_mm + (outer_mm - 3 * hole_mm) / 4
    radius, edge = hole_mm / 2 + x_mm, outer_mm / 2 - x_mm
    angle = (np.arange(points) + 0.5) / points * np.pi / 6
    rho = ((np.arange(points) + 0.5) / points * edge)[:, None]
    free = rho > radius
    free = free & ((rho * np.cos(angle) - pitch) ** 2 + (rho * np.sin(angle)) ** 2 > radius**2)
    return float(12 * (rho * free).sum() * edge / points * np.pi / 6 / points)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8, 0.99, 1.01, 1.05, 1.15, 1.25, 1.3])
def test_area_left_is_what_counting_finds(share):
    s = GRAIN.slivers
    assert s is not None
    x = share * s.begin_m
    assert x < GRAIN.half_web_m
    left = (1 - GRAIN.burnt_fraction(x)) * s.initial_volume_m3 / (s.length_m - 2 * x)
    whole = np.pi / 4 * (D_MM**2 - 7 * HOLE_MM**2)
    assert left * 1e6 == pytest.approx(counted_area_mm2(x * 1e3, D_MM, HOLE_MM), abs=3e-4 * whole)


@QUICK
@given(outer=st.floats(1, 20), share=st.floats(0.02, 0.3), length=st.floats(0.1, 30))
def test_burnt_fraction_rises_from_0_to_1_without_a_jump(outer, share, length):
    grain = Grain.perforated(outer, outer * share, length, 7)
    x = np.linspace(0, grain.half_web_m, 4001)
    psi = grain.burnt_fraction(x)
    assert psi[0] == 0
    assert psi[-1] == pytest.approx(1, abs=1e-12)
    steps = np.diff(psi)
    assert (steps > 0).all()
    largest = grain.burnt_fraction_slope_per_m(x).max() * (x[1] - x[0])
    assert steps.max() <= largest * 1.01


@pytest.mark.parametrize("share", [0.2, 0.9, 1.02, 1.1, 1.2, 1.3])
def test_the_burning_surface_is_the_slope_of_the_burnt_fraction(share):
    x, step = share * GRAIN.slivers.begin_m, 1e-8
    rise = GRAIN.burnt_fraction(x + step) - GRAIN.burnt_fraction(x - step)
    assert GRAIN.burnt_fraction_slope_per_m(x) == pytest.approx(rise / (2 * step), rel=1e-6)


def test_slivers_end_where_circles_meet_in_one_point():
    s = Slivers(5e-3, 0.6e-3, 9e-3)
    c = s.pitch_m
    assert 2 * s.begin_m == pytest.approx((5e-3 - 3 * 0.6e-3) / 4)
    # The centre of three holes, and the point between two holes on the outside.
    assert 0.3e-3 + s.inner_end_m == pytest.approx(c / np.sqrt(3), rel=1e-12)
    r, edge = 0.3e-3 + s.end_m, 2.5e-3 - s.end_m
    assert edge**2 + c**2 - 2 * edge * c * np.cos(np.pi / 6) == pytest.approx(r**2, rel=1e-12)
    assert s.area_m2(np.array([s.end_m * (1 - 1e-12)]))[0] == pytest.approx(0, abs=1e-15)


def test_compiled_and_plain_areas_agree():
    s, area = GRAIN.slivers, numba.njit(error_model="numpy")(sliver_area.py_func)
    for x in np.linspace(s.begin_m, s.end_m, 50)[:-1].tolist():
        compiled = area(x, s.pitch_m, s.begin_m, x < s.inner_end_m)
        assert compiled == pytest.approx(float(s.area_m2(np.array(x))), rel=1e-9, abs=1e-18)


def test_a_grain_too_short_for_slivers_has_none():
    short = Grain.perforated(5, 0.6, 0.5, 7)
    assert short.slivers is None
    assert short.half_web_m == pytest.approx(0.25e-3)
    assert short.burnt_fraction(0.25e-3) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("length_mm", [9.0, 0.85, 0.95])
def test_burnout_time_with_slivers_by_quadrature(length_mm):
    """Without loss p depends on the depth alone, so t_b is an integral over the web."""
    a, n, mass, first, volume = 5e-8, 0.8, 0.5e-3, 10e-6, 10e-6
    law = Propellant(1e6, 3000, 1.25, 1e-3, 1600, a, n)
    grain = Grain.perforated(D_MM, HOLE_MM, length_mm, 7)
    assert grain.slivers is not None

    def slowness(x: float) -> float:
        psi = grain.burnt_fraction(x)
        free = volume - first / 1600 - mass / 1600 - mass * (1e-3 - 1 / 1600) * psi
        return 1 / (a * (1e6 * (first + mass * psi) / free) ** n)

    kinks = [0.0, grain.slivers.begin_m, min(grain.slivers.inner_end_m, grain.half_web_m)]
    kinks.append(grain.half_web_m)
    parts = pairwise(kinks)
    expected_s = sum(
        quad(slowness, low, high, epsabs=0, epsrel=1e-12, limit=400)[0] for low, high in parts
    )
    igniter = Igniter(10, 1e6, 3000, 1.25, 1 / 1600)
    empty = Vessel(10, initial_air_pressure_mpa=0)
    history = solve_vessel([Charge(law, grain, 500)], igniter, empty, np.array([0.0, 90.0]))
    assert history.burnout_ms[0] == pytest.approx(expected_s * 1e3, rel=1e-9)
    assert history.burnt_fraction[0, -1] == 1

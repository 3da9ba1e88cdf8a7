"""Form functions against volumes worked out from the lengths themselves."""

from math import nan, pi

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mgg_kernel.errors import SimulationError
from mgg_kernel.simulation import Grain

LENGTH = st.floats(0.01, 50)
QUICK = settings(derandomize=True, deadline=None, max_examples=100)


def assert_burns_like(grain: Grain, volume_left_mm3, half_web_mm: float) -> None:
    assert grain.half_web_m == pytest.approx(half_web_mm * 1e-3, rel=1e-12)
    x = np.linspace(0, half_web_mm, 33)
    expected = 1 - volume_left_mm3(x) / volume_left_mm3(0.0)
    assert grain.burnt_fraction(x * 1e-3) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert grain.burnt_fraction(grain.half_web_m) == pytest.approx(1, abs=1e-12)


@QUICK
@given(d=LENGTH)
def test_sphere(d):
    assert_burns_like(Grain.sphere(d), lambda x: pi / 6 * (d - 2 * x) ** 3, d / 2)


@QUICK
@given(d=LENGTH, length=LENGTH)
def test_cylinder(d, length):
    def left(x):
        return pi / 4 * (d - 2 * x) ** 2 * (length - 2 * x)

    assert_burns_like(Grain.cylinder(d, length), left, min(d, length) / 2)


@QUICK
@given(a=LENGTH, b=LENGTH, c=LENGTH)
def test_slab(a, b, c):
    def left(x):
        return (a - 2 * x) * (b - 2 * x) * (c - 2 * x)

    assert_burns_like(Grain.slab(a, b, c), left, min(a, b, c) / 2)


@QUICK
@given(outer=LENGTH, share=st.floats(0.01, 0.99), length=LENGTH)
def test_one_perforation(outer, share, length):
    inner = max(outer * share, 1e-3)

    def left(x):
        return pi / 4 * ((outer - 2 * x) ** 2 - (inner + 2 * x) ** 2) * (length - 2 * x)

    half_web = min((outer - inner) / 4, length / 2)
    assert_burns_like(Grain.perforated(outer, inner, length), left, half_web)


def test_cubic_is_serebryakovs_form():
    grain = Grain.cubic(2, 1.25, -0.3, 0.1)
    for z in (0, 0.2, 0.7, 1):
        expected = 1.25 * z * (1 - 0.3 * z + 0.1 * z**2)
        assert grain.burnt_fraction(z * 1e-3) == pytest.approx(expected, rel=1e-12)


def test_slope_is_the_derivative():
    grain, x, step = Grain.cylinder(1, 2), 0.21e-3, 1e-8
    rise = grain.burnt_fraction(x + step) - grain.burnt_fraction(x - step)
    assert grain.burnt_fraction_slope_per_m(x) == pytest.approx(rise / (2 * step), rel=1e-6)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Grain.sphere(0), "diameter of the sphere must be at least"),
        (lambda: Grain.sphere(nan), "must be finite"),
        (lambda: Grain.sphere("1"), "must be a number"),
        (lambda: Grain.cylinder(1, -2), "length of the cylinder"),
        (lambda: Grain.slab(1, 1, 1e9), "thickness of the slab"),
        (lambda: Grain.perforated(1, 1, 2), "must be narrower"),
        (lambda: Grain.perforated(5, 0.5, 8, 19), "19 perforations are not modelled"),
        (lambda: Grain.cubic(1, 2, -0.5, 0.1), r"choose chi = 1 / \(1 \+ lambda \+ mu\)"),
        (lambda: Grain.cubic(1, 1, 3, -3), "fall somewhere"),
    ],
)
def test_grains_that_cannot_exist_are_refused(make, says):
    with pytest.raises(SimulationError, match=says):
        make()

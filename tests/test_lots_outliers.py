"""Outlier tests: the published examples, and curves that differ by one number only."""

import numpy as np
import pytest
from factory import measured_like_curve
from hypothesis import given, settings
from hypothesis import strategies as st

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import LotError
from mgg_kernel.lots import generalized_esd, grubbs, overlay, unusual_curves

# NIST/SEMATECH e-Handbook, 1.3.5.17.1 (Tietjen and Moore 1972).
MASSES = [199.31, 199.53, 200.19, 200.82, 201.92, 201.95, 202.18, 245.57]
# Rosner (1983), and the handbook, 1.3.5.17.3.
ROSNER = [
    *(-0.25, 0.68, 0.94, 1.15, 1.20, 1.26, 1.26, 1.34, 1.38, 1.43, 1.49, 1.49, 1.55, 1.56, 1.58),
    *(1.65, 1.69, 1.70, 1.76, 1.77, 1.81, 1.91, 1.94, 1.96, 1.99, 2.06, 2.09, 2.10, 2.14, 2.15),
    *(2.23, 2.24, 2.26, 2.35, 2.37, 2.40, 2.47, 2.54, 2.62, 2.64, 2.90, 2.92, 2.92, 2.93, 3.21),
    *(3.26, 3.30, 3.59, 3.68, 4.30, 4.64, 5.34, 5.42, 6.01),
]
R = [3.118, 2.942, 3.179, 2.810, 2.815, 2.848, 2.279, 2.310, 2.101, 2.067]
LAMBDA = [3.158, 3.151, 3.143, 3.136, 3.128, 3.120, 3.111, 3.103, 3.094, 3.085]


def test_grubbs_example_of_the_nist_handbook() -> None:
    result = grubbs(MASSES, sides="upper")
    assert result.outliers == (7,)
    assert result.tested[0].statistic == pytest.approx(2.4687, abs=1e-4)
    assert result.tested[0].critical == pytest.approx(2.032, abs=5e-4)
    assert result.tested[0].value == 245.57
    assert "number 8 of 8" in result.sentence
    assert grubbs(MASSES, sides="lower").outliers == ()


# Grubbs (1969), table I: one-sided, 5 % and 1 %.
@pytest.mark.parametrize(
    ("n", "five", "one"), [(3, 1.153, 1.155), (5, 1.672, 1.749), (10, 2.176, 2.410)]
)
def test_critical_values_of_grubbs_table(n: int, five: float, one: float) -> None:
    values = np.arange(float(n))
    for alpha, critical in ((0.05, five), (0.01, one)):
        found = grubbs(values, sides="upper", alpha=alpha).tested[0].critical
        assert found == pytest.approx(critical, abs=1e-3)


def test_rosners_example_has_three_outliers() -> None:
    result = generalized_esd(ROSNER, most=10)
    # The published numbers are cut and not rounded.
    assert [one.statistic for one in result.tested] == pytest.approx(R, abs=1.1e-3)
    assert [one.critical for one in result.tested] == pytest.approx(LAMBDA, abs=1.1e-3)
    assert [ROSNER[at] for at in result.outliers] == [6.01, 5.42, 5.34]
    # Neither the first nor the second exceeds its limit: they hide each other from Grubbs.
    assert [one.is_outlier for one in result.tested[:4]] == [False, False, True, False]
    assert grubbs(ROSNER).outliers == ()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-100, 100), min_size=3, max_size=30),
    st.sampled_from(["lower", "upper", "both"]),
    st.sampled_from([0.01, 0.05, 0.2]),
)
def test_the_p_value_and_the_critical_value_agree(
    values: list[float], sides: str, alpha: float
) -> None:
    (one,) = grubbs(values, sides=sides, alpha=alpha).tested  # type: ignore[arg-type]
    if abs(one.statistic - one.critical) > 1e-6:
        assert one.is_outlier == (one.p_value < alpha)
    n = len(values)
    assert one.statistic <= (n - 1) / n**0.5 * (1 + 1e-9)


def test_equal_values_have_no_outlier() -> None:
    assert grubbs([2.0, 2.0, 2.0]).outliers == ()
    assert grubbs([2.0, 2.0, 2.0]).tested[0].p_value == 1.0


def test_curves_that_differ_by_one_number_are_tested_as_that_number() -> None:
    # Shots p = a · f(t): the whole curve tells no more than a does, and the test is Grubbs'.
    shape = PTCurve([0.0, 1.0, 2.0, 3.0], [0.0, 0.0, 1.0, 0.5])
    sizes = [50.0, 51.0, 49.5, 50.5, 49.0, 58.0]
    shots = [PTCurve(shape.time_ms, size * shape.pressure_mpa) for size in sizes]
    of_curves = unusual_curves(overlay(shots, align="none", rate_hz=1e4))
    of_sizes = grubbs(sizes)
    assert of_curves.outliers == of_sizes.outliers == (5,)
    assert of_curves.tested[0].p_value == pytest.approx(of_sizes.tested[0].p_value, rel=1e-9)
    assert len(of_curves.tested) == 6
    assert "shot 6" in of_curves.sentence


def test_a_curve_of_another_shape_is_told_though_its_peak_is_like_the_others() -> None:
    shots = [measured_like_curve(peak_mpa=58 + 0.2 * i, seed=i) for i in range(6)]
    assert unusual_curves(overlay(shots)).outliers == ()
    slow = measured_like_curve(peak_mpa=58.5, peak_time_ms=12.0, seed=9)
    laid = overlay([*shots, slow], names=[*"abcdef", "slow one"])
    result = unusual_curves(laid)
    assert result.outliers == (6,)
    assert "first slow one" in result.sentence
    assert grubbs([run.features.peak_pressure_mpa for run in laid.runs]).outliers == ()
    assert laid.runs[6].counted  # told, not removed


@pytest.mark.parametrize("most", [0, 7])
def test_how_many_outliers_there_can_be(most: int) -> None:
    with pytest.raises(LotError, match=r"Of 8 values 1 … 6 can be tested"):
        generalized_esd(MASSES, most=most)


def test_what_cannot_be_tested() -> None:
    with pytest.raises(LotError, match="at least 3 values, but there are 2"):
        grubbs([1.0, 2.0])
    with pytest.raises(LotError, match="lower, upper or both sides, not 'all'"):
        grubbs(MASSES, sides="all")  # type: ignore[arg-type]
    shots = [measured_like_curve(seed=seed) for seed in range(3)]
    with pytest.raises(LotError, match="at least 4 shots that count, but there are 3"):
        unusual_curves(overlay(shots))
    with pytest.raises(LotError, match="The other shots are all equal"):
        unusual_curves(overlay([*[shots[0]] * 4, shots[1]]))

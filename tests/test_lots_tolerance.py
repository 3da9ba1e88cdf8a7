"""Tolerance factors: published tables, an independent integral, and order statistics."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, special, stats

from mgg_kernel.errors import LotError
from mgg_kernel.lots import (
    distribution_free_limits,
    one_sided_factor,
    tolerance_limits,
    two_sided_factor,
)


# ISO 16269-6, annex C; Natrella (1963), table A-7.
@pytest.mark.parametrize(
    ("n", "coverage", "confidence", "k"),
    [
        (2, 0.95, 0.95, 26.260),
        (3, 0.95, 0.95, 7.656),
        (5, 0.90, 0.95, 3.407),
        (5, 0.95, 0.95, 4.203),
        (10, 0.95, 0.95, 2.911),
        (10, 0.99, 0.95, 3.981),
        (20, 0.95, 0.95, 2.396),
        (30, 0.99, 0.95, 3.064),
    ],
)
def test_one_sided_factors_are_those_of_the_tables(
    n: int, coverage: float, confidence: float, k: float
) -> None:
    assert one_sided_factor(n, coverage, confidence) == pytest.approx(k, abs=6e-4)


def test_the_example_of_the_nist_handbook() -> None:
    # 7.2.6.3: 43 wafers, coverage 0.90, confidence 0.99: k = 1.8740 by the noncentral t.
    assert one_sided_factor(43, 0.90, 0.99) == pytest.approx(1.8740, abs=5e-5)
    # Two-sided, 2.217 is printed, by Howe's approximation; the exact factor is 0.3 % larger.
    howe = math.sqrt(42 * (1 + 1 / 43) * special.ndtri(0.95) ** 2 / stats.chi2.ppf(0.01, 42))
    assert howe == pytest.approx(2.217, abs=5e-4)
    assert two_sided_factor(43, 0.90, 0.99) == pytest.approx(howe, rel=4e-3)
    assert two_sided_factor(43, 0.90, 0.99) > howe


# Odeh and Owen (1980); Hahn and Meeker (1991), table A.10a.
@pytest.mark.parametrize(
    ("n", "k"),
    [
        (2, 36.519),
        (3, 9.789),
        (4, 6.341),
        (5, 5.077),
        (6, 4.422),
        (7, 4.020),
        (8, 3.746),
        (9, 3.546),
        (10, 3.393),
        (20, 2.760),
        (100, 2.234),
    ],
)
def test_two_sided_factors_are_those_of_the_tables(n: int, k: float) -> None:
    assert two_sided_factor(n, 0.95, 0.95) == pytest.approx(k, abs=6e-4)


CASES = [(2, 0.9, 0.9), (4, 0.99, 0.95), (10, 0.95, 0.95), (43, 0.9, 0.99), (300, 0.999, 0.5)]


@pytest.mark.parametrize(("n", "coverage", "confidence"), CASES)
def test_both_factors_by_integrating_over_the_spread(
    n: int, coverage: float, confidence: float
) -> None:
    # The other way round than the program: given sd = s, how far may the mean be off?
    def density(s: float) -> float:
        return float(stats.chi.pdf(s * math.sqrt(n - 1), n - 1) * math.sqrt(n - 1))

    def two_sided(s: float) -> float:
        reach = two_sided_factor(n, coverage, confidence) * s

        def excess(off: float) -> float:
            return float(special.ndtr(off + reach) - special.ndtr(off - reach)) - coverage

        if excess(0.0) <= 0.0:
            return 0.0
        off = optimize.brentq(excess, 0.0, reach + 10.0)
        return float(2.0 * special.ndtr(math.sqrt(n) * off) - 1.0) * density(s)

    def one_sided(s: float) -> float:
        away = one_sided_factor(n, coverage, confidence) * s - special.ndtri(coverage)
        return float(special.ndtr(math.sqrt(n) * away)) * density(s)

    # Below the first of these spreads no interval is wide enough; the integrand has an edge there.
    edge = special.ndtri(0.5 + coverage / 2) / two_sided_factor(n, coverage, confidence)
    far = 1.0 + 9.0 / math.sqrt(2 * (n - 1))
    both, _ = integrate.quad(two_sided, edge, far, limit=400, epsabs=1e-9)
    one, _ = integrate.quad(one_sided, 0.0, far, limit=400, epsabs=1e-9)
    assert both == pytest.approx(confidence, abs=2e-7)
    assert one == pytest.approx(confidence, abs=2e-7)


def test_factors_of_many_values_come_to_the_quantiles() -> None:
    assert one_sided_factor(100_000, 0.95, 0.5) == pytest.approx(1.64485, abs=1e-4)
    assert two_sided_factor(100_000, 0.95, 0.5) == pytest.approx(1.95996, abs=1e-4)
    assert one_sided_factor(10, 0.5, 0.5) == pytest.approx(0.0, abs=1e-12)


def test_limits_of_values() -> None:
    values = [9.0, 10.0, 11.0]  # mean 10, standard deviation 1
    both = tolerance_limits(values)
    assert both.lower == pytest.approx(10 - 9.789, abs=6e-4)
    assert both.upper == pytest.approx(10 + 9.789, abs=6e-4)
    upper = tolerance_limits(values, sides="upper")
    assert (upper.lower, upper.upper) == (None, pytest.approx(17.656, abs=6e-4))
    lower = tolerance_limits(values, sides="lower")
    assert (lower.lower, lower.upper) == (pytest.approx(2.344, abs=6e-4), None)


@pytest.mark.parametrize(
    ("coverage", "one", "both"), [(0.90, 29, 46), (0.95, 59, 93), (0.99, 299, 473)]
)
def test_how_many_shots_distribution_free_limits_need(coverage: float, one: int, both: int) -> None:
    # Wilks (1941): 59 shots for 95 % with 95 % confidence, 93 for both sides, and so on.
    for sides, least in (("upper", one), ("both", both)):
        enough = np.arange(float(least))
        found = distribution_free_limits(enough, sides=sides, coverage=coverage)  # type: ignore[arg-type]
        assert found.needed == least
        assert found.upper == least - 1
        assert found.achieved_confidence >= 0.95
        less = distribution_free_limits(enough[1:], sides=sides, coverage=coverage)  # type: ignore[arg-type]
        assert (less.lower, less.upper, less.needed) == (None, None, least)
        assert less.achieved_confidence < 0.95


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 400),
    st.floats(0.5, 0.99),
    st.floats(0.5, 0.99),
    st.sampled_from(["lower", "upper", "both"]),
)
def test_distribution_free_limits_by_the_binomial(
    n: int, coverage: float, confidence: float, sides: str
) -> None:
    found = distribution_free_limits(
        np.arange(float(n)),
        sides=sides,  # type: ignore[arg-type]
        coverage=coverage,
        confidence=confidence,
    )
    # With c values outside, the interval holds the share unless more than n − c values are in it.
    least = 2 if sides == "both" else 1
    allowed = [c for c in range(least, n + 1) if _sure(n, c, coverage) >= confidence]
    below = 0 if found.lower is None else int(found.lower) + 1
    above = 0 if found.upper is None else n - int(found.upper)
    assert below + above == max(allowed, default=0)
    if sides == "both":
        assert above - below in (0, 1)
    assert _sure(found.needed, least, coverage) >= confidence
    assert found.needed == least or _sure(found.needed - 1, least, coverage) < confidence


def _sure(n: int, outside: int, coverage: float) -> float:
    return float(stats.binom.cdf(n - outside, n, coverage))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1, 0.95, 0.95), "made of 2 … 100,000 values, not of 1"),
        ((10, 1.0, 0.95), "coverage must lie between 0 and 1"),
        ((10, 0.95, 0.0), "confidence must lie between 0 and 1"),
        ((10, float("nan"), 0.95), "coverage must lie between 0 and 1"),
    ],
)
def test_what_is_no_factor(arguments: tuple[int, float, float], message: str) -> None:
    for factor in (one_sided_factor, two_sided_factor):
        with pytest.raises(LotError, match=message):
            factor(*arguments)


def test_values_that_make_no_limits() -> None:
    with pytest.raises(LotError, match="at least 2 values, but there are 1"):
        tolerance_limits([1.0])
    with pytest.raises(LotError, match="Value 2 for tolerance limits is nan"):
        tolerance_limits([1.0, float("nan"), 2.0])
    with pytest.raises(LotError, match="lower, upper or both, not 'left'"):
        tolerance_limits([1.0, 2.0], sides="left")  # type: ignore[arg-type]

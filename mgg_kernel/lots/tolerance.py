"""Statistical tolerance limits: what a share of all shots stays within, told from a few of them.

Not to be confused with the interval of the mean, which narrows to nothing with more shots: a
tolerance interval narrows to where the share of all shots really lies.
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mgg_kernel.errors import LotError
from mgg_kernel.lots.statistics import CONFIDENCE, checked_sample, checked_share, spread

__all__ = ["Sides", "ToleranceLimits", "distribution_free_limits", "one_sided_factor"]
__all__ += ["tolerance_limits", "two_sided_factor"]

FloatArray = NDArray[np.float64]
Sides = Literal["lower", "upper", "both"]

COVERAGE = 0.95
MOST = 100_000
_SIDES = ("lower", "upper", "both")

# Beyond 9 standard deviations the mean of a sample has a density of 1e-18.
_FAR = 9.0
_NODES = 160
_HALVINGS = 64


@dataclass(frozen=True)
class ToleranceLimits:
    """Limits that hold a share of all shots with a confidence.

    Attributes:
        lower: the lower limit; None where only the upper one is asked for, or where a
            distribution-free one needs more values.
        upper: the upper limit.
        factor: k of mean ± k · sd; None for distribution-free limits.
        n: how many values they are made of.
        coverage: the share of all shots that they are to hold.
        confidence: with which they do.
        achieved_confidence: the confidence that distribution-free limits really have, which is
            at least the one asked for where they exist; for normal ones the one asked for.
        needed: how many values distribution-free limits need at least; 2 for normal ones.
        method: ``normal`` or ``distribution-free``.
    """

    lower: float | None
    upper: float | None
    factor: float | None
    n: int
    coverage: float
    confidence: float
    achieved_confidence: float
    needed: int
    method: Literal["normal", "distribution-free"]


def one_sided_factor(n: int, coverage: float = COVERAGE, confidence: float = CONFIDENCE) -> float:
    """Return k such that mean + k · sd of n values holds a share of a normal distribution below it.

    Exact: k = t′ / √n, where t′ is the quantile `confidence` of the noncentral t distribution with
    n − 1 degrees of freedom and the noncentrality √n · z(coverage).  Sources: ISO 16269-6:2014;
    NIST/SEMATECH e-Handbook, 7.2.6.3; G. J. Hahn and W. Q. Meeker, *Statistical Intervals* (1991).

    Args:
        n: number of values, from 2 to 100,000.
        coverage: the share, between 0 and 1.
        confidence: with which it does, between 0 and 1.

    Raises:
        LotError: an argument is outside its range.
    """
    from scipy.special import nctdtrit, ndtri

    count, share, sure = _checked(n, coverage, confidence)
    t = float(nctdtrit(count - 1, count**0.5 * float(ndtri(share)), sure))
    return _finite(t / count**0.5, count, share, sure)


def two_sided_factor(n: int, coverage: float = COVERAGE, confidence: float = CONFIDENCE) -> float:
    """Return k such that mean ± k · sd of n values holds a share of a normal distribution.

    Exact: for a mean that is off by z / √n standard deviations, the interval must reach r(z) with
    Φ(z/√n + r) − Φ(z/√n − r) = coverage, and k is where
    ∫ φ(z) · P(χ² of n − 1 > (n − 1) r(z)² / k²) dz = confidence.  Sources: ISO 16269-6:2014;
    R. E. Odeh and D. B. Owen, *Tables for Normal Tolerance Limits* (1980).  Howe's approximation,
    which many tables and handbooks print, differs by up to a few percent where n is small.

    Args:
        n: number of values, from 2 to 100,000.
        coverage: the share, between 0 and 1.
        confidence: with which it does, between 0 and 1.

    Raises:
        LotError: an argument is outside its range.
    """
    from scipy.optimize import brentq
    from scipy.special import gammaincc, gammainccinv

    count, share, sure = _checked(n, coverage, confidence)
    z, density = _mean_off()
    half = 0.5 * (count - 1)
    squares = _reach(z / count**0.5, share) ** 2

    def excess(log_k: float) -> float:
        return float(density @ gammaincc(half, half * squares * np.exp(-2.0 * log_k))) - sure

    # With the mean known, or known to be as far off as it ever is, k would be this.
    of_spread = 0.5 * np.log(half / float(gammainccinv(half, sure)))
    low, high = (0.5 * float(np.log(square)) + of_spread for square in (squares[0], squares[-1]))
    return _finite(float(np.exp(brentq(excess, low, high, xtol=1e-14))), count, share, sure)


def tolerance_limits(
    values: ArrayLike,
    *,
    sides: Sides = "both",
    coverage: float = COVERAGE,
    confidence: float = CONFIDENCE,
) -> ToleranceLimits:
    """Return mean ± k · sd, which hold a share of all shots if these are normally distributed.

    Args:
        values: shape (n,), n ≥ 2, finite: a random sample of the shots.
        sides: ``lower``, ``upper`` or ``both``.
        coverage: the share, between 0 and 1.
        confidence: with which they do, between 0 and 1.

    Raises:
        LotError: there are fewer than two values, or an argument is outside its range.
    """
    sample = checked_sample(values, 2, "tolerance limits")
    _check_sides(sides)
    factor = two_sided_factor if sides == "both" else one_sided_factor
    k = factor(sample.size, coverage, confidence)
    mean, reach = float(sample.mean()), k * spread(sample)
    return ToleranceLimits(
        lower=None if sides == "upper" else mean - reach,
        upper=None if sides == "lower" else mean + reach,
        factor=k,
        n=sample.size,
        coverage=float(coverage),
        confidence=float(confidence),
        achieved_confidence=float(confidence),
        needed=2,
        method="normal",
    )


def distribution_free_limits(
    values: ArrayLike,
    *,
    sides: Sides = "both",
    coverage: float = COVERAGE,
    confidence: float = CONFIDENCE,
) -> ToleranceLimits:
    """Return two of the values that hold a share of all shots, whatever their distribution.

    The share below the r-th largest of n values is Beta(n − r + 1, r) distributed, and so is that
    between two values with r blocks outside of them (S. S. Wilks, *Ann. Math. Statist.* 12 (1941)
    91–96; ISO 16269-6:2014).  The largest r that reaches the confidence is taken; with both sides
    it is halved, and the upper side keeps the odd one.  Where even r = 1 (both sides: 2) does not
    reach it there are no limits: 59 values are needed for 95 % with 95 % on one side, 93 on both.

    Args:
        values: shape (n,), n ≥ 1, finite: a random sample of the shots.
        sides: ``lower``, ``upper`` or ``both``.
        coverage: the share, between 0 and 1.
        confidence: with which they do, between 0 and 1.

    Raises:
        LotError: there is no value, or an argument is outside its range.
    """
    from scipy.special import betainc

    sample = np.sort(checked_sample(values, 1, "tolerance limits"))
    _check_sides(sides)
    share, sure = checked_share(coverage, "coverage"), checked_share(confidence, "confidence")
    n, least = sample.size, 2 if sides == "both" else 1
    blocks = np.arange(1, n + 1)
    reached = 1.0 - betainc(n - blocks + 1, blocks, share)
    outside = int(np.count_nonzero(reached >= sure))  # it falls with each block
    lower = upper = None
    if outside >= least:
        below = {"lower": outside, "upper": 0, "both": outside // 2}[sides]
        lower = float(sample[below - 1]) if below else None
        upper = float(sample[n - (outside - below)]) if outside > below else None
    return ToleranceLimits(
        lower=lower,
        upper=upper,
        factor=None,
        n=n,
        coverage=share,
        confidence=sure,
        achieved_confidence=float(reached[max(outside, least) - 1]) if n >= least else 0.0,
        needed=_needed(least, share, sure),
        method="distribution-free",
    )


def _needed(blocks: int, share: float, sure: float) -> int:
    """Return the smallest n with which so many blocks outside reach the confidence."""
    from scipy.special import betainc

    enough = 1
    while betainc(max(enough - blocks + 1, 1), blocks, share) > 1.0 - sure or enough < blocks:
        enough *= 2
    low = enough // 2
    while enough - low > 1:
        middle = (low + enough) // 2
        ok = middle >= blocks and betainc(middle - blocks + 1, blocks, share) <= 1.0 - sure
        low, enough = (low, middle) if ok else (middle, enough)
    return enough


@cache
def _mean_off() -> tuple[FloatArray, FloatArray]:
    """Return how far a standardised mean is off, one half of it, and the weight of each."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    z = 0.5 * _FAR * (nodes + 1.0)
    density = weights * np.exp(-0.5 * z * z)
    return z, density / density.sum()


def _reach(off: FloatArray, share: float) -> FloatArray:
    """Return r with Φ(off + r) − Φ(off − r) = share, by halving."""
    from scipy.special import ndtr, ndtri

    low = np.full_like(off, float(ndtri(0.5 + 0.5 * share)))
    high = off + low
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        enough = ndtr(off + middle) - ndtr(off - middle) >= share
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high


def _checked(n: int, coverage: float, confidence: float) -> tuple[int, float, float]:
    if isinstance(n, bool) or n != int(n) or not 2 <= n <= MOST:
        raise LotError(f"A tolerance factor is made of 2 … {MOST:,} values, not of {n}.")
    return int(n), checked_share(coverage, "coverage"), checked_share(confidence, "confidence")


def _check_sides(sides: str) -> None:
    if sides not in _SIDES:
        raise LotError(f"Tolerance limits are lower, upper or both, not {sides!r}.")


def _finite(k: float, n: int, share: float, sure: float) -> float:
    if not np.isfinite(k):
        raise LotError(
            f"There is no tolerance factor for {n} values, coverage {share:g} and confidence "
            f"{sure:g} in double precision; choose less extreme shares."
        )
    return k

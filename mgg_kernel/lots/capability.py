"""Process capability: how the spread of a read-out compares with its limits."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import isfinite, pi, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mgg_kernel.errors import LotError
from mgg_kernel.lots.constants import d2
from mgg_kernel.lots.statistics import CONFIDENCE, checked_sample, checked_share, spread

__all__ = ["Capability", "Index", "capability", "checked_limits", "share_outside"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Index:
    """A capability index and its confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Capability:
    """Capability of a read-out against its limits.

    Attributes:
        n: how many values.
        mean: of all values.
        sd_overall: standard deviation of all values, with n − 1; Pp and Ppk use it.
        sd_within: standard deviation within lots; Cp and Cpk use it.  None where it cannot be
            estimated or is 0.
        within: how: ``lots``: pooled over the lots; ``moving range``: from the mean moving range of
            the values in their order, divided by d2.
        lower: lower limit, or None.
        upper: upper limit, or None.
        cp: (U − L) / 6 sd_within; None with one limit only.
        cpk: min(U − mean, mean − L) / 3 sd_within.
        pp: (U − L) / 6 sd_overall; None with one limit only.
        ppk: min(U − mean, mean − L) / 3 sd_overall.
        share_outside: expected share of shots outside the limits, of a normal distribution with
            the mean and sd_overall.
        observed_outside: how many of the values lie outside.
        confidence: of the intervals.
    """

    n: int
    mean: float
    sd_overall: float
    sd_within: float | None
    within: str
    lower: float | None
    upper: float | None
    cp: Index | None
    cpk: Index | None
    pp: Index | None
    ppk: Index
    share_outside: float
    observed_outside: int
    confidence: float


def capability(
    values: ArrayLike,
    *,
    lower: float | None = None,
    upper: float | None = None,
    lots: Sequence[Hashable] | None = None,
    confidence: float = CONFIDENCE,
) -> Capability:
    """Return Cp, Cpk, Pp and Ppk with their confidence intervals.

    Pp and Ppk tell what was delivered, Cp and Cpk what the process could do if its mean did not
    move from lot to lot.  With ν degrees of freedom of the standard deviation, the interval of Cp
    and Pp is exact, from χ² of ν; that of Cpk and Ppk is index ± z √(1 / 9n + index² / 2ν)
    (A. F. Bissell, *Applied Statistics* 39 (1990) 331–340; Montgomery, 8.3.4).  ν is n − 1 overall,
    n − (number of lots) within lots, and for the moving range what has its relative variance, about
    0.6 (n − 1).  All of it relies on normally distributed values.

    Args:
        values: shape (n,), n ≥ 2, finite; in the order of production where `lots` is not given.
        lower: lower limit; None: none.
        upper: upper limit; None: none.
        lots: the lot of each value.
        confidence: of the intervals.

    Raises:
        LotError: there is no limit, there are too few values, or all are equal.
    """
    sample = checked_sample(values, 2, "a capability")
    low, high = checked_limits(lower, upper)
    share = checked_share(confidence, "confidence")
    overall = spread(sample)
    if overall == 0.0:
        raise LotError("All values are equal: without a spread there is no capability; add shots.")
    within, freedom, how = _within(sample, lots)
    center, n = float(sample.mean()), sample.size
    return Capability(
        n=n,
        mean=center,
        sd_overall=overall,
        sd_within=within,
        within=how,
        lower=low,
        upper=high,
        cp=_width(low, high, within, freedom, share) if within else None,
        cpk=_nearest(center, low, high, within, n, freedom, share) if within else None,
        pp=_width(low, high, overall, n - 1.0, share),
        ppk=_nearest(center, low, high, overall, n, n - 1.0, share),
        share_outside=share_outside(center, overall, low, high),
        observed_outside=count_outside(sample, low, high),
        confidence=share,
    )


def share_outside(mean: float, sd: float, lower: float | None, upper: float | None) -> float:
    """Return the share of a normal distribution outside of limits."""
    from scipy.special import ndtr

    below = 0.0 if lower is None else float(ndtr((lower - mean) / sd))
    above = 0.0 if upper is None else float(ndtr((mean - upper) / sd))
    return below + above


def count_outside(sample: FloatArray, lower: float | None, upper: float | None) -> int:
    """Return how many values lie outside of limits; on a limit is inside."""
    below = 0 if lower is None else np.count_nonzero(sample < lower)
    above = 0 if upper is None else np.count_nonzero(sample > upper)
    return int(below + above)


def checked_limits(lower: float | None, upper: float | None) -> tuple[float | None, float | None]:
    """Return limits as numbers.

    Raises:
        LotError: both are missing, one is not finite, or the lower one is not below the upper one.
    """
    if lower is None and upper is None:
        raise LotError("There is no limit to judge by; give a lower or an upper one.")
    for limit in (lower, upper):
        if limit is not None and not isfinite(limit):
            raise LotError(f"A limit must be finite, but is {limit}; leave it out for none.")
    if lower is not None and upper is not None and lower >= upper:
        raise LotError(f"The lower limit, {lower:g}, must be below the upper one, {upper:g}.")
    return (
        None if lower is None else float(lower),
        None if upper is None else float(upper),
    )


def _within(sample: FloatArray, lots: Sequence[Hashable] | None) -> tuple[float | None, float, str]:
    """Return the standard deviation within lots, its degrees of freedom, and how it was made."""
    if lots is None:
        ranges = np.abs(np.diff(sample))
        sd = float(ranges.mean()) / d2(2)
        return (sd or None), moving_range_freedom(sample.size), "moving range"
    if len(lots) != sample.size:
        raise LotError(f"There are {sample.size} values but {len(lots)} lots; give one for each.")
    squares, freedom = 0.0, 0
    for lot in dict.fromkeys(lots):
        of_lot = sample[[one == lot for one in lots]]
        squares += float(((of_lot - of_lot.mean()) ** 2).sum())
        freedom += of_lot.size - 1
    return (sqrt(squares / freedom) if squares > 0.0 else None), float(freedom), "lots"


def moving_range_freedom(n: int) -> float:
    """Return the degrees of freedom of a standard deviation from the mean moving range of n values.

    Such a ν that a χ-distributed estimate has the same relative variance, 1 / 2ν.  With σ = 1 a
    moving range has the mean 2 / √π and the variance 2 − 4 / π, and neighbouring ones have the
    covariance (4 / π)(√3 / 2 + π / 12 − 1), all by the absolute moments of two normal variables.
    """
    ranges = n - 1
    own, neighbours = 2.0 - 4.0 / pi, 4.0 / pi * (sqrt(3.0) / 2.0 + pi / 12.0 - 1.0)
    variance = (ranges * own + 2.0 * (ranges - 1) * neighbours) / ranges**2
    return 2.0 / pi / variance


def _width(
    lower: float | None, upper: float | None, sd: float, freedom: float, share: float
) -> Index | None:
    if lower is None or upper is None:
        return None
    from scipy.special import gammaincinv

    index = (upper - lower) / (6.0 * sd)
    tails = (0.5 - 0.5 * share, 0.5 + 0.5 * share)
    low, high = (float(gammaincinv(0.5 * freedom, tail)) for tail in tails)
    return Index(index, index * sqrt(2.0 * low / freedom), index * sqrt(2.0 * high / freedom))


def _nearest(
    mean: float,
    lower: float | None,
    upper: float | None,
    sd: float,
    n: int,
    freedom: float,
    share: float,
) -> Index:
    from scipy.special import ndtri

    to_limits = [
        distance
        for distance in (
            None if upper is None else upper - mean,
            None if lower is None else mean - lower,
        )
        if distance is not None
    ]
    index = min(to_limits) / (3.0 * sd)
    half = float(ndtri(0.5 + 0.5 * share)) * sqrt(1.0 / (9.0 * n) + index**2 / (2.0 * freedom))
    return Index(index, index - half, index + half)

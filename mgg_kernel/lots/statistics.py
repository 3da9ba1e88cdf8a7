"""What several values of one read-out come to: mean, spread, and how well the mean is known."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mgg_kernel.errors import LotError

__all__ = ["CONFIDENCE", "Statistics", "checked_sample", "checked_share", "statistics_of"]

FloatArray = NDArray[np.float64]

CONFIDENCE = 0.95
"""The confidence of an interval, unless another is asked for."""


@dataclass(frozen=True)
class Statistics:
    """Several values of one quantity.

    Attributes:
        n: how many values there are.
        mean: their mean.
        sd: their standard deviation, with n − 1; None for a single value.
        cv_percent: 100 · sd / |mean|; None without a standard deviation or where the mean is 0.
        minimum: the smallest value.
        maximum: the largest value.
        mean_low: lower end of the confidence interval of the mean, mean − t · sd / √n with
            Student's t of n − 1 degrees of freedom; None for a single value.
        mean_high: its upper end.
        confidence: of that interval.
    """

    n: int
    mean: float
    sd: float | None
    cv_percent: float | None
    minimum: float
    maximum: float
    mean_low: float | None
    mean_high: float | None
    confidence: float


def statistics_of(values: ArrayLike, *, confidence: float = CONFIDENCE) -> Statistics:
    """Return mean, standard deviation and the rest of some values.

    Args:
        values: shape (n,), n ≥ 1, finite.
        confidence: of the interval of the mean, between 0 and 1.

    Raises:
        LotError: there is no value, one is not finite, or the confidence is no share.
    """
    sample = checked_sample(values, 1, "statistics")
    share = checked_share(confidence, "confidence")
    n, mean = sample.size, float(sample.mean())
    sd = spread(sample) if n > 1 else None
    low = high = None
    if sd is not None:
        from scipy.special import stdtrit

        half = float(stdtrit(n - 1, 0.5 + share / 2)) * sd / n**0.5
        low, high = mean - half, mean + half
    return Statistics(
        n=n,
        mean=mean,
        sd=sd,
        cv_percent=100.0 * sd / abs(mean) if sd is not None and mean else None,
        minimum=float(sample.min()),
        maximum=float(sample.max()),
        mean_low=low,
        mean_high=high,
        confidence=share,
    )


def spread(sample: FloatArray) -> float:
    """Return the standard deviation with n − 1; exactly 0 where all values are equal."""
    return 0.0 if np.ptp(sample) == 0.0 else float(sample.std(ddof=1))


def checked_sample(values: ArrayLike | Sequence[float], least: int, what: str) -> FloatArray:
    """Return values as an array.

    Args:
        values: shape (n,), finite.
        least: so many there must be.
        what: what they are for, in a sentence.

    Raises:
        LotError: they are too few, have another shape, or one is not finite.
    """
    array = np.array(values, dtype=np.float64)
    if array.ndim != 1 or array.size < least:
        told = f"{array.size}" if array.ndim == 1 else f"the shape {array.shape}"
        raise LotError(f"For {what} there must be at least {least} values, but there are {told}.")
    broken = np.flatnonzero(~np.isfinite(array))
    if broken.size:
        at = int(broken[0])
        raise LotError(f"Value {at + 1} for {what} is {array[at]}; leave out what is missing.")
    return array


def checked_share(value: float, name: str) -> float:
    """Return a share as a number.

    Raises:
        LotError: it does not lie between 0 and 1.
    """
    if not 0.0 < value < 1.0:
        raise LotError(f"{name} must lie between 0 and 1, such as 0.95, but is {value:g}.")
    return float(value)

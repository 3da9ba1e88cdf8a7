"""Two lots beside each other: whether their means differ, and whether their spreads do."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mgg_kernel.errors import LotError
from mgg_kernel.lots.outliers import ALPHA
from mgg_kernel.lots.statistics import Statistics, checked_sample, checked_share, statistics_of

__all__ = ["LotDifference", "compare_lots"]

FloatArray = NDArray[np.float64]

LEAST_FOR_SPREAD = 3
"""Of two values both lie equally far from their median, so that their spread has no spread."""


@dataclass(frozen=True)
class LotDifference:
    """Two lots beside each other; every difference is the second minus the first.

    Attributes:
        first: statistics of the first lot.
        second: of the second.
        mean_diff: difference of the means.
        mean_diff_low: lower end of its confidence interval (Welch), with the confidence 1 − alpha.
        mean_diff_high: upper end.
        t: Welch's statistic.
        freedom: its degrees of freedom (Satterthwaite).
        mean_p_value: chance of so large a difference between lots of equal means.
        sd_ratio: second standard deviation by the first; None where the first is 0.
        variance_p_value: of the F test of equal variances, two-sided; relies on normality.
        levene_p_value: of Levene's test around the medians (Brown and Forsythe), which does not;
            None where a lot has fewer than three values, or no value differs from its median by
            more than another.
        means_differ: whether the test of the means says so.
        spreads_differ: whether Levene's test says so.
        alpha: the level of both.
        sentence: in plain words.
    """

    first: Statistics
    second: Statistics
    mean_diff: float
    mean_diff_low: float
    mean_diff_high: float
    t: float
    freedom: float
    mean_p_value: float
    sd_ratio: float | None
    variance_p_value: float | None
    levene_p_value: float | None
    means_differ: bool
    spreads_differ: bool
    alpha: float
    sentence: str


def compare_lots(first: ArrayLike, second: ArrayLike, *, alpha: float = ALPHA) -> LotDifference:
    """Test whether two lots differ in their means and in their spreads.

    Means by Welch's t with Satterthwaite's degrees of freedom, which does not ask for equal
    spreads; spreads by Levene's test around the medians, and by the F test beside it.  A test that
    finds nothing has not proven the lots equal: look at the interval of the difference.  Sources:
    B. L. Welch, *Biometrika* 34 (1947) 28–35; M. B. Brown and A. B. Forsythe, *JASA* 69 (1974)
    364–367; NIST/SEMATECH e-Handbook, 1.3.5.3, 1.3.5.9 and 1.3.5.10.

    Args:
        first: shape (n,), n ≥ 2, finite.
        second: shape (m,), m ≥ 2, finite.
        alpha: level of both tests, between 0 and 1.

    Raises:
        LotError: there are too few values, neither lot has a spread, or alpha is no share.
    """
    from scipy.special import stdtr, stdtrit

    level = checked_share(alpha, "alpha")
    a, b = (checked_sample(lot, 2, "a comparison of lots") for lot in (first, second))
    of_a, of_b = (statistics_of(lot, confidence=1.0 - level) for lot in (a, b))
    sd_a, sd_b = of_a.sd or 0.0, of_b.sd or 0.0
    error_a, error_b = sd_a**2 / a.size, sd_b**2 / b.size
    error = error_a + error_b
    if error == 0.0:
        raise LotError("Neither lot has a spread, so that no difference is a matter of chance.")
    freedom = error**2 / (error_a**2 / (a.size - 1) + error_b**2 / (b.size - 1))
    apart = of_b.mean - of_a.mean
    t = apart / error**0.5
    half = float(stdtrit(freedom, 1.0 - 0.5 * level)) * error**0.5
    p_mean = float(2.0 * stdtr(freedom, -abs(t)))
    p_levene = _levene(a, b)
    return LotDifference(
        first=of_a,
        second=of_b,
        mean_diff=apart,
        mean_diff_low=apart - half,
        mean_diff_high=apart + half,
        t=t,
        freedom=freedom,
        mean_p_value=p_mean,
        sd_ratio=sd_b / sd_a if sd_a else None,
        variance_p_value=_equal_variances(sd_a, a.size, sd_b, b.size),
        levene_p_value=p_levene,
        means_differ=p_mean < level,
        spreads_differ=p_levene is not None and p_levene < level,
        alpha=level,
        sentence=_sentence(apart, half, p_mean, p_levene, (sd_a, sd_b), level),
    )


def _equal_variances(sd_a: float, n_a: int, sd_b: float, n_b: int) -> float | None:
    from scipy.special import fdtr, fdtrc

    if not sd_a or not sd_b:
        return None
    ratio = (sd_b / sd_a) ** 2
    tails = fdtr(n_b - 1, n_a - 1, ratio), fdtrc(n_b - 1, n_a - 1, ratio)
    return min(1.0, 2.0 * float(min(tails)))


def _levene(a: FloatArray, b: FloatArray) -> float | None:
    """Return the p-value of a one-way analysis of the distances from the medians."""
    from scipy.special import fdtrc

    if min(a.size, b.size) < LEAST_FOR_SPREAD:
        return None
    x, y = np.abs(a - np.median(a)), np.abs(b - np.median(b))
    rest = a.size + b.size - 2
    within = float(((x - x.mean()) ** 2).sum() + ((y - y.mean()) ** 2).sum()) / rest
    if within == 0.0:
        return None
    between = a.size * b.size / (a.size + b.size) * float(x.mean() - y.mean()) ** 2
    return float(fdtrc(1, rest, between / within))


def _sentence(
    apart: float,
    half: float,
    p_mean: float,
    p_levene: float | None,
    sds: tuple[float, float],
    level: float,
) -> str:
    interval = f"{apart:+.3g} ({apart - half:+.3g} to {apart + half:+.3g})"
    means = (
        f"The means differ by {interval}, more than chance would have it (p = {p_mean:.2g})"
        if p_mean < level
        else f"No difference of the means is proven: {interval}, p = {p_mean:.2g}"
    )
    if p_levene is None:
        return f"{means}; the shots are too few to compare the spreads."
    told = f"standard deviations {sds[0]:.3g} and {sds[1]:.3g}, p = {p_levene:.2g}"
    spreads = "the spreads differ" if p_levene < level else "no difference of the spreads is proven"
    return f"{means}; {spreads} ({told})."

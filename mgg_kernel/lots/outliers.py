"""Values and curves that differ from the others by more than chance; told, never removed.

A test says that a shot is unusual, not that it is wrong.  Look for a reason first; a shot with none
stays in the statistics.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mgg_kernel.errors import LotError
from mgg_kernel.lots.statistics import checked_sample, checked_share, spread

__all__ = ["Outlier", "OutlierTest", "generalized_esd", "grubbs"]

FloatArray = NDArray[np.float64]
Sides = Literal["lower", "upper", "both"]

ALPHA = 0.05


@dataclass(frozen=True)
class Outlier:
    """A value that is tested, and whether it is an outlier.

    Attributes:
        index: its place among the values given, from 0.
        value: the value; of a curve its root mean square distance from the mean of the others.
        statistic: its distance from the mean in standard deviations of the values tested.
        critical: what that would have to exceed.
        p_value: bound of the chance of so large a distance among values of one normal
            distribution (Bonferroni), at most 1.
        is_outlier: whether the test says so.
    """

    index: int
    value: float
    statistic: float
    critical: float
    p_value: float
    is_outlier: bool


@dataclass(frozen=True)
class OutlierTest:
    """The result of an outlier test.

    Attributes:
        tested: what was tested, the most distant value first.
        outliers: the indices of the outliers, in the same order.
        alpha: the chance of a false alarm over the whole test.
        method: ``grubbs``, ``generalized-esd`` or ``curve``.
        sentence: the result in plain words.
    """

    tested: tuple[Outlier, ...]
    outliers: tuple[int, ...]
    alpha: float
    method: Literal["grubbs", "generalized-esd", "curve"]
    sentence: str


def grubbs(values: ArrayLike, *, sides: Sides = "both", alpha: float = ALPHA) -> OutlierTest:
    """Test whether the most distant of some values is an outlier (Grubbs).

    G = max |x − mean| / sd against (n − 1) / √n · √(t² / (n − 2 + t²)), where t is the upper
    quantile α / n (both sides: α / 2n) of Student's t with n − 2 degrees of freedom.  Sources:
    F. E. Grubbs, *Technometrics* 11 (1969) 1–21; NIST/SEMATECH e-Handbook, 1.3.5.17.1.  The test
    is for one outlier: two that are alike hide each other, for which :func:`generalized_esd` is.

    Args:
        values: shape (n,), n ≥ 3, finite.
        sides: ``upper`` looks at the largest value only, ``lower`` at the smallest.
        alpha: the chance of a false alarm, between 0 and 1.

    Raises:
        LotError: there are fewer than three values, or an argument is outside its range.
    """
    sample = checked_sample(values, 3, "an outlier test")
    level = checked_share(alpha, "alpha")
    if sides not in ("lower", "upper", "both"):
        raise LotError(f"An outlier test looks at lower, upper or both sides, not {sides!r}.")
    found = _most_distant(sample, np.arange(sample.size), sides, level)
    told = f"the value {found.value:.4g} (number {found.index + 1} of {sample.size})"
    words = (
        f"{told.capitalize()} is an outlier at α = {level:g}: it lies {found.statistic:.3g} "
        f"standard deviations from the mean, and {found.critical:.3g} are allowed."
        if found.is_outlier
        else f"No outlier at α = {level:g}: the most distant is {told}, {found.statistic:.3g} "
        f"standard deviations from the mean, and {found.critical:.3g} are allowed."
    )
    outliers = (found.index,) if found.is_outlier else ()
    return OutlierTest((found,), outliers, level, "grubbs", words)


def generalized_esd(
    values: ArrayLike, *, most: int | None = None, alpha: float = ALPHA
) -> OutlierTest:
    """Look for several outliers: the generalized extreme studentized deviate test (Rosner).

    The most distant value is taken away again and again, `most` times, and each time Grubbs'
    two-sided statistic is compared with its critical value for the values then left.  The outliers
    are all values up to the last one that exceeds it, so that outliers which hide each other are
    found.  Sources: B. Rosner, *Technometrics* 25 (1983) 165–172; NIST/SEMATECH e-Handbook,
    1.3.5.17.3.  Accurate from about 25 values on, and usable from about 15.

    Args:
        values: shape (n,), n ≥ 3, finite.
        most: most outliers there can be, 1 … n − 2; None: a tenth of the values, at least one.
        alpha: the chance of a false alarm, between 0 and 1.

    Raises:
        LotError: there are fewer than three values, or an argument is outside its range.
    """
    sample = checked_sample(values, 3, "an outlier test")
    level = checked_share(alpha, "alpha")
    rounds = max(1, sample.size // 10) if most is None else most
    if not 1 <= rounds <= sample.size - 2:
        raise LotError(
            f"Of {sample.size} values 1 … {sample.size - 2} can be tested for outliers, "
            f"not {rounds}."
        )
    left = np.arange(sample.size)
    tested: list[Outlier] = []
    for _ in range(rounds):
        found = _most_distant(sample[left], left, "both", level)
        tested.append(found)
        left = left[left != found.index]
    count = max((place for place, one in enumerate(tested, 1) if one.is_outlier), default=0)
    outliers = tuple(one.index for one in tested[:count])
    values_told = ", ".join(f"{one.value:.4g}" for one in tested[:count])
    words = (
        f"{count} of {sample.size} values are outliers at α = {level:g}: {values_told}."
        if count
        else f"No outlier among {sample.size} values at α = {level:g}; up to {rounds} were "
        "looked for."
    )
    return OutlierTest(tuple(tested), outliers, level, "generalized-esd", words)


def _most_distant(
    sample: FloatArray, places: NDArray[np.intp], sides: str, level: float
) -> Outlier:
    from scipy.special import stdtr, stdtrit

    n, sd = sample.size, spread(sample)
    away = sample - sample.mean()
    away = {"both": np.abs(away), "upper": away, "lower": -away}[sides]
    at = int(np.argmax(away))
    statistic = float(away[at]) / sd if sd > 0.0 else 0.0
    ways = n if sides != "both" else 2 * n
    t = float(stdtrit(n - 2, 1.0 - level / ways))
    critical = (n - 1) / n**0.5 * (t * t / (n - 2 + t * t)) ** 0.5
    # The same relation the other way round; at the largest statistic that there can be, t is ∞.
    left = (n - 1) ** 2 / n - statistic**2
    t = (n * (n - 2) / ((n - 1) ** 2 - n * statistic**2)) ** 0.5 * statistic if left > 0 else np.inf
    p_value = min(1.0, ways * float(stdtr(n - 2, -t)))
    return Outlier(
        int(places[at]), float(sample[at]), statistic, critical, p_value, statistic > critical
    )

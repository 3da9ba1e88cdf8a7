"""Values and curves that differ from the others by more than chance; told, never removed."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Outlier:
    """A value that is tested, and whether it is an outlier.

    Attributes:
        index: its place among the values given, from 0.
        value: the value.
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

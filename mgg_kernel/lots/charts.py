"""Control charts by lot: X̄ and S, or individuals and moving range."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mgg_kernel.errors import LotError
from mgg_kernel.lots.constants import c4, d2, d3
from mgg_kernel.lots.rules import RULES, broken_rules
from mgg_kernel.lots.statistics import checked_sample, spread

__all__ = ["ChartPoint", "ControlChart", "ControlCharts", "lot_charts", "shot_charts"]

FloatArray = NDArray[np.float64]
Kind = Literal["xbar", "s", "individuals", "moving range"]

_WHAT = {
    "xbar": "lot means",
    "s": "standard deviations of lots",
    "individuals": "shots",
    "moving range": "differences from shot to shot",
}


@dataclass(frozen=True)
class ChartPoint:
    """A point of a control chart.

    Attributes:
        label: the lot or the shot.
        n: how many values it is made of.
        value: mean, standard deviation, value or moving range.
        center: the center line at this point.
        lower: lower control limit at this point.
        upper: upper control limit at this point.
        flags: the rules that it breaks, such as ``nelson-1``; :data:`RULES` says what they mean.
    """

    label: str
    n: int
    value: float
    center: float
    lower: float
    upper: float
    flags: tuple[str, ...]


@dataclass(frozen=True)
class ControlChart:
    """One chart of a pair.

    Attributes:
        kind: what its points are.
        center: center line; where lots differ in size that of an S chart differs from point to
            point, and this is the median of them.
        points: in the order given.
        sentence: what it says, in plain words.
    """

    kind: Kind
    center: float
    points: tuple[ChartPoint, ...]
    sentence: str

    @property
    def flagged(self) -> tuple[ChartPoint, ...]:
        """The points that break a rule."""
        return tuple(point for point in self.points if point.flags)


@dataclass(frozen=True)
class ControlCharts:
    """A pair of charts, of the place and of the spread, and what they are made of.

    Attributes:
        location: X̄ or individuals.
        spread: S or moving range.
        mean: center that the limits are made of.
        sd: standard deviation within lots that the limits are made of.
        given: whether mean and sd were given (a standard) and not estimated from these values.
        rules: the set of rules that was applied to the place; to the spread, whose distribution is
            not symmetric, only its limits are.
    """

    location: ControlChart
    spread: ControlChart
    mean: float
    sd: float
    given: bool
    rules: str


def lot_charts(
    lots: Mapping[str, ArrayLike],
    *,
    rules: str = "nelson",
    standard: tuple[float, float] | None = None,
) -> ControlCharts:
    """Return X̄ and S charts of lots.

    The center is the mean of all values; σ is the mean of s / c4(n) over the lots, weighted by
    c4² / (1 − c4²), which for lots of one size is s̄ / c4.  Limits are 3 standard deviations of a
    point away: σ / √n for means, σ √(1 − c4²) about c4 σ for standard deviations, with 0 as the
    least.  Sources: Montgomery, 6.3; I. W. Burr, *Journal of Quality Technology* 1 (1969) 163–167.
    Limits that can be trusted need some 20 lots; those of fewer are trial limits.

    Args:
        lots: the values of each, at least 2 lots of at least 2 values, in the order of production.
        rules: ``nelson``, ``western-electric`` or ``limits``, for the means.
        standard: mean and standard deviation of a proven process, instead of these lots' own.

    Raises:
        LotError: there are too few lots or values, no lot has a spread, or an argument makes no
            sense.
    """
    samples = {
        str(name): checked_sample(values, 2, f"lot '{name}' of an X̄-S chart")
        for name, values in lots.items()
    }
    if len(samples) < (2 if standard is None else 1):
        raise LotError(
            f"A control chart needs at least two lots, or one and a standard, but there are "
            f"{len(samples)}."
        )
    sizes = [sample.size for sample in samples.values()]
    means = np.array([sample.mean() for sample in samples.values()])
    sds = np.array([spread(sample) for sample in samples.values()])
    unbias = np.array([c4(n) for n in sizes])
    weights = unbias**2 / (1.0 - unbias**2)
    center, sd = _standard(standard) or (
        float(np.concatenate(list(samples.values())).mean()),
        float(np.average(sds / unbias, weights=weights)),
    )
    _check_spread(sd)
    labels = tuple(samples)
    of_means = _chart(
        "xbar", labels, sizes, means, np.full(means.size, center), sd / np.sqrt(sizes), rules
    )
    of_sds = _chart(
        "s", labels, sizes, sds, unbias * sd, sd * np.sqrt(1.0 - unbias**2), "limits", least=0.0
    )
    return ControlCharts(of_means, of_sds, center, sd, standard is not None, rules)


def shot_charts(
    values: ArrayLike,
    labels: Sequence[str] | None = None,
    *,
    rules: str = "nelson",
    standard: tuple[float, float] | None = None,
) -> ControlCharts:
    """Return charts of individuals and of their moving range, for lots of one shot each.

    The center is the mean; σ is the mean difference of neighbours divided by d2 = 2 / √π.  Limits
    of the values are 3 σ away, those of the moving ranges 3 d3 σ about d2 σ, with 0 as the least.
    Source: Montgomery, 6.4.  They rely on normally distributed values more than lot means do.

    Args:
        values: shape (n,), n ≥ 3, finite, in the order of production.
        labels: one for each; None: 1, 2, …
        rules: ``nelson``, ``western-electric`` or ``limits``, for the values.
        standard: mean and standard deviation of a proven process, instead of these values' own.

    Raises:
        LotError: there are too few values, all are equal, or an argument makes no sense.
    """
    sample = checked_sample(values, 3, "a chart of individuals")
    names = tuple(map(str, range(1, sample.size + 1) if labels is None else labels))
    if len(names) != sample.size:
        raise LotError(f"There are {sample.size} values but {len(names)} labels; give one each.")
    ranges = np.abs(np.diff(sample))
    center, sd = _standard(standard) or (float(sample.mean()), float(ranges.mean()) / d2(2))
    _check_spread(sd)
    ones, twos = [1] * sample.size, [2] * ranges.size
    of_values = _chart(
        "individuals",
        names,
        ones,
        sample,
        np.full(sample.size, center),
        np.full(sample.size, sd),
        rules,
    )
    of_ranges = _chart(
        "moving range",
        names[1:],
        twos,
        ranges,
        np.full(ranges.size, d2(2) * sd),
        np.full(ranges.size, d3(2) * sd),
        "limits",
        least=0.0,
    )
    return ControlCharts(of_values, of_ranges, center, sd, standard is not None, rules)


def _chart(
    kind: Kind,
    labels: Sequence[str],
    sizes: Sequence[int],
    values: FloatArray,
    centers: FloatArray,
    sds: FloatArray,
    rules: str,
    least: float = -np.inf,
) -> ControlChart:
    flags = broken_rules((values - centers) / sds, rules)
    points = tuple(
        ChartPoint(
            label=label,
            n=n,
            value=float(value),
            center=float(center),
            lower=max(least, float(center - 3.0 * sd)),
            upper=float(center + 3.0 * sd),
            flags=broken,
        )
        for label, n, value, center, sd, broken in zip(
            labels, sizes, values, centers, sds, flags, strict=True
        )
    )
    return ControlChart(kind, float(np.median(centers)), points, _sentence(kind, points))


def _sentence(kind: str, points: Sequence[ChartPoint]) -> str:
    flagged = [point for point in points if point.flags]
    if not flagged:
        return f"In control: none of {len(points)} {_WHAT[kind]} breaks a rule."
    first = flagged[0]
    beyond = sum(not point.lower <= point.value <= point.upper for point in flagged)
    outside = f", {beyond} of them beyond the limits" if beyond else ""
    return (
        f"Not in control: {len(flagged)} of {len(points)} {_WHAT[kind]} break a rule{outside}; "
        f"first {first.label}: {RULES[first.flags[0]]}."
    )


def _standard(standard: tuple[float, float] | None) -> tuple[float, float] | None:
    if standard is None:
        return None
    mean, sd = map(float, standard)
    if not (isfinite(mean) and isfinite(sd) and sd > 0.0):
        raise LotError(f"A standard is a mean and a positive deviation, not {mean:g} and {sd:g}.")
    return mean, sd


def _check_spread(sd: float) -> None:
    if not sd > 0.0:
        raise LotError(
            "The values do not differ, so that there are no control limits; give the standard of a "
            "proven process."
        )

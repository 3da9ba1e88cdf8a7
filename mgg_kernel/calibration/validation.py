"""How good a calibration is: every product predicted by a fit that never saw it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil, exp, isfinite, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.calibration.fit import Fit, Targets, fit
from mgg_kernel.calibration.ignition import IgnitionFit
from mgg_kernel.calibration.observations import Observation, types_of
from mgg_kernel.calibration.problem import Problem

__all__ = [
    "LeftOut",
    "Score",
    "Validation",
    "expected_of",
    "fit_without",
    "leave_out",
    "scored",
    "validate",
]

Floats = NDArray[np.float64]

LEVEL = 0.9
NORMAL_REACH, LEAST_REACH, MANY = 1.645, 0.5, 30
OFTEN_ENOUGH = 2
"""A product counts in the scores if each of its types occurs in so many others."""
QUANTITIES = ("peak_pressure_mpa", "peak_time_ms", "ignition_time_ms")


@dataclass(frozen=True)
class LeftOut:
    """One read-out of one product, predicted without it.

    Args:
        sheet: where the product stands.
        product: its name.
        quantity: which read-out, by its name in :class:`Observation`.
        measured: the measured value.
        expected: the value expected by a fit without this product.
        deviation: ln(measured/expected) over its standard deviation.
        low: lower end of the 90 % interval.
        high: upper end.
        scored: whether its types occur in at least two others.
    """

    sheet: str
    product: str
    quantity: str
    measured: float
    expected: float
    deviation: float
    low: float
    high: float
    scored: bool

    @property
    def error_percent(self) -> float:
        """Expected minus measured, in per cent of measured."""
        return 100 * (self.expected / self.measured - 1)


@dataclass(frozen=True)
class Score:
    """Errors of the products that were left out, and how many lay inside their interval."""

    count: int
    mean_percent: float
    median_percent: float
    covered: float


@dataclass(frozen=True)
class Validation:
    """Leave-one-product-out: each product predicted without it.

    Args:
        left_out: every read-out.
        scores: per quantity, of products whose types occur in at least two others.
        reach_90: per quantity, how many standard deviations hold nine of ten.
        reach_50: per quantity, how many hold half; without those that too few products tell.
    """

    left_out: tuple[LeftOut, ...]
    scores: dict[str, Score]
    reach_90: dict[str, float]
    reach_50: dict[str, float]

    def plain(self) -> dict[str, Any]:
        """Return the scores as plain values for JSON."""
        return {
            quantity: {
                "products": score.count,
                "mean_error_percent": _rounded(score.mean_percent, 3),
                "median_error_percent": _rounded(score.median_percent, 3),
                "covered_percent": _rounded(100 * score.covered, 1),
            }
            for quantity, score in self.scores.items()
        }


def _rounded(value: float, digits: int) -> float | None:
    """Return what JSON can say: there is no score of no products."""
    return round(value, digits) if isfinite(value) else None


def leave_out(
    problem: Problem,
    targets: Targets,
    full: Fit,
    groups: Sequence[Sequence[int]],
    *,
    step: Callable[[int, int], None],
) -> Floats:
    """Predict each group of rows by a fit without it.

    Args:
        problem: what predicts.
        targets: what was fitted.
        full: the fit to all.
        groups: indices of rows that leave together.
        step: called before each group with its number and their count.

    Returns:
        shape (rows, 4): ln pressure, its variance, ln time, its variance.
    """
    found = np.full((len(targets.counts), 4), np.nan)
    for n, group in enumerate(groups):
        step(n, len(groups))
        other = fit_without(problem, targets, full, group)
        for i in group:
            found[i] = expected_of(other, i)
    return found


def fit_without(problem: Problem, targets: Targets, full: Fit, group: Sequence[int]) -> Fit:
    """Return the fit to all but a group of rows and their curves, from the fit to all on."""
    counts = targets.counts.copy()
    counts[list(group)] = 0.0
    kept = np.array([target.row not in group for target in problem.targets], dtype=bool)
    without = replace(targets, counts=counts, counted_curves=targets.counted_curves & kept)
    return fit(problem, without, step=_silent, near=full)


def expected_of(other: Fit, i: int) -> tuple[float, float, float, float]:
    """Return what a fit expects of a row: ln pressure, its variance, ln time, its variance."""
    of_p, of_t = other.slopes.ln_pressure[i], other.slopes.ln_time[i]
    return (
        float(other.state.ln_pressure[i]),
        float(of_p @ other.covariance @ of_p),
        float(other.state.ln_time[i]),
        float(of_t @ other.covariance @ of_t),
    )


def _silent(done: int, total: int) -> None:
    """The steps of a fit within the validation are too short to be told."""


def validate(
    observations: Sequence[Observation],
    structure: dict[str, float],
    left_out: Floats,
    ignition: IgnitionFit,
) -> Validation:
    """Make scores and intervals of what was predicted without each product.

    Args:
        observations: the products.
        structure: with the scales of the noise.
        left_out: as :func:`leave_out` returns it.
        ignition: with the ignition times expected without each product.
    """
    counted = scored(observations)
    expected = {
        "peak_pressure_mpa": left_out[:, :2],
        "peak_time_ms": left_out[:, 2:],
        "ignition_time_ms": ignition.left_out,
    }
    found: list[LeftOut] = []
    scores, reaches, halves = {}, {}, {}
    for quantity in QUANTITIES:
        scale = structure["noise." + quantity.rpartition("_")[0]]
        rows = _rows(observations, quantity, expected[quantity], scale, counted)
        deviations = [abs(row.deviation) for row in rows if row.scored]
        if len(deviations) < MANY:
            deviations = [abs(row.deviation) for row in rows]
        reach = reaches[quantity] = _reach(deviations)
        if len(deviations) >= MANY and reach > (half := float(np.median(deviations))) > 0:
            halves[quantity] = half
        rows = [
            _with_interval(row, reach, sd) for row, sd in zip(rows, _deviations(rows), strict=True)
        ]
        scores[quantity] = _score([row for row in rows if row.scored])
        found += rows
    return Validation(tuple(found), scores, reaches, halves)


def scored(observations: Sequence[Observation]) -> list[bool]:
    """Return which products count: those whose types each occur in two others."""
    types = [types_of(one.recipe) for one in observations]
    return [
        all(sum(kind in other for other in types) > OFTEN_ENOUGH for kind in mine) for mine in types
    ]


def _rows(
    observations: Sequence[Observation],
    quantity: str,
    expected: Floats,
    scale: float,
    counted: Sequence[bool],
) -> list[LeftOut]:
    rows = []
    for one, (center, variance), counts in zip(observations, expected, counted, strict=True):
        measured = getattr(one, quantity)
        if measured is None or not isfinite(center):
            continue
        sd = sqrt(max(float(variance), 0.0) + scale**2)
        value = exp(center)
        deviation = (np.log(measured) - center) / sd
        # For now the interval is one standard deviation wide; the reach comes of all rows.
        low, high = value * exp(-sd), value * exp(sd)
        rows.append(
            LeftOut(
                one.sheet,
                one.product,
                quantity,
                measured,
                value,
                float(deviation),
                low,
                high,
                counts,
            )
        )
    return rows


def _deviations(rows: Sequence[LeftOut]) -> list[float]:
    return [float(np.log(row.high / row.expected)) for row in rows]


def _with_interval(row: LeftOut, reach: float, sd: float) -> LeftOut:
    half = reach * sd
    return replace(row, low=row.expected * exp(-half), high=row.expected * exp(half))


def _reach(deviations: Sequence[float]) -> float:
    """Return the deviation that holds nine of ten, by split conformal prediction's rank.

    Few deviations do not tell their ninth tenth, so the reach is then at least that of the noise.
    """
    ordered = sorted(deviations)
    if not ordered:
        return NORMAL_REACH
    rank = min(ceil(LEVEL * (len(ordered) + 1)), len(ordered))
    return max(ordered[rank - 1], NORMAL_REACH if len(ordered) < MANY else LEAST_REACH)


def _score(rows: Sequence[LeftOut]) -> Score:
    errors = [abs(row.error_percent) for row in rows]
    inside = [row.low <= row.measured <= row.high for row in rows]
    if not errors:
        return Score(0, float("nan"), float("nan"), float("nan"))
    return Score(
        len(errors), float(np.mean(errors)), float(np.median(errors)), float(np.mean(inside))
    )

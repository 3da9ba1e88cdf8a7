"""The ISO/TS 18571 method: how alike two curves are, from 0 to 1, in four parts.

ISO/TS 18571:2014 is written for forces, accelerations and the like of crash tests, not for
pressures; the score is called "ISO/TS 18571 method" wherever it is shown.  `docs/comparison.md` has
the formulas.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mgg_kernel.errors import ComparisonError

__all__ = ["DEFAULT_WEIGHTS", "GRADES", "MIN_SAMPLES", "Iso18571", "grade_of", "iso18571"]

FloatArray = NDArray[np.float64]

DEFAULT_WEIGHTS = (0.4, 0.2, 0.2, 0.2)
"""Weights of corridor, phase, magnitude and slope."""
GRADES = ((0.94, "excellent"), (0.80, "good"), (0.58, "fair"))
"""A grade is reached above its score; at or below the last one the grade is poor."""
MIN_SAMPLES = 9
"""The slope is a mean of nine differences; so many points also remain after the largest shift."""

INNER, OUTER, CORRIDOR_POWER = 0.05, 0.5, 2
LARGEST_SHIFT = 0.2
LARGEST_MAGNITUDE_ERROR, WARPING_WINDOW = 0.5, 0.1
LARGEST_SLOPE_ERROR = 2.0

# Correlations that differ by less are equal but for round-off, and the smaller shift is taken; a
# straight line fits itself at every shift.
_EQUAL_CORRELATION = 1e-12
# Weights written in decimals do not add up to 1 exactly.
_WHOLE = 1e-9
# Below this share of its largest magnitude, what a curve does is round-off.
_CONSTANT = 1e-13


@dataclass(frozen=True)
class Iso18571:
    """Scores from 0 to 1; `overall` is their weighted mean, and `grade` its word."""

    overall: float
    corridor: float
    phase: float
    magnitude: float
    slope: float
    grade: str


def grade_of(score: float) -> str:
    """Return excellent above 0.94, good above 0.80, fair above 0.58, else poor."""
    return next((grade for above, grade in GRADES if score > above), "poor")


def iso18571(
    simulated: ArrayLike,
    measured: ArrayLike,
    *,
    weights: tuple[float, float, float, float] = DEFAULT_WEIGHTS,
) -> Iso18571:
    """Rate a curve against a reference, both sampled evenly at the same times.

    The Technical Specification asks for 10 kHz: the slope's mean over nine points and the round-off
    of the shift depend on the rate, the other parts do not.

    - *corridor*: mean over all points of 1 within 5 % of the reference's largest magnitude, 0
      outside of 50 %, and the square of the way left between.
    - *phase*: the curve is shifted to where it correlates best, by at most 20 % of the points; 1
      without a shift, falling linearly to 0 at 20 %.  Of equal correlations the smallest shift
      counts, and to the left before to the right.
    - *magnitude*: after that shift, and after dynamic time warping within 10 % of the points, Σ of
      the differences over Σ of the reference; 1 at none, falling linearly to 0 at 50 %.
    - *slope*: after that shift, the same of the derivatives, which are central differences,
      averaged over nine points; 0 at 200 %.

    Args:
        simulated: shape (n,), the curve that is judged.
        measured: shape (n,), the reference.
        weights: of corridor, phase, magnitude and slope: not negative, with the sum 1.

    Raises:
        ComparisonError: the curves differ in length, hold a value that is not finite, have fewer
            than 9 points, one of them is constant, or the weights do not add up.
    """
    of_weights = checked_weights(weights)
    s, m = _checked(simulated, "simulated"), _checked(measured, "measured")
    if s.size != m.size:
        raise ComparisonError(
            f"ISO/TS 18571 needs both curves at the same times, but they have {s.size:,} and "
            f"{m.size:,} points; resample one of them."
        )
    shift = _best_shift(s, m)
    late, early = max(shift, 0), max(-shift, 0)
    aligned_s = s[late : s.size - early]
    aligned_m = m[early : m.size - late]
    scores = (
        _corridor(s, m),
        _phase(abs(shift), s.size),
        _magnitude(aligned_s, aligned_m),
        _slope(aligned_s, aligned_m),
    )
    parts = (weight * score for weight, score in zip(of_weights, scores, strict=True))
    overall = min(1.0, math.fsum(parts) / math.fsum(of_weights))
    return Iso18571(overall, *scores, grade_of(overall))


def checked_weights(
    weights: tuple[float, float, float, float],
) -> tuple[float, float, float, float]:
    """Return the weights as numbers.

    Raises:
        ComparisonError: they are not four, one is negative, or their sum is not 1.
    """
    numbers = tuple(map(float, weights))
    is_whole = abs(math.fsum(numbers) - 1.0) <= _WHOLE
    if len(numbers) != 4 or not is_whole or not all(weight >= 0.0 for weight in numbers):
        told = ", ".join(f"{weight:g}" for weight in numbers)
        raise ComparisonError(
            "The weights of corridor, phase, magnitude and slope are four numbers from 0 to 1 "
            f"with the sum 1, not {told}."
        )
    return numbers


def _checked(values: ArrayLike, which: str) -> FloatArray:
    # A copy, which may be written to: compiled code is made anew for an array that may not.
    array = np.array(values, dtype=np.float64)
    if array.ndim != 1:
        raise ComparisonError(
            f"ISO/TS 18571 rates one pressure a point, but the {which} curve has the shape "
            f"{array.shape}."
        )
    broken = np.flatnonzero(~np.isfinite(array))
    if broken.size:
        raise ComparisonError(
            f"Point {broken[0] + 1} of the {which} curve is {array[broken[0]]}; ISO/TS 18571 needs "
            "finite numbers."
        )
    if array.size < MIN_SAMPLES:
        raise ComparisonError(
            f"ISO/TS 18571 needs at least {MIN_SAMPLES} points, but the {which} curve has "
            f"{array.size}; choose a wider window or a higher rate."
        )
    if np.ptp(array) <= _CONSTANT * float(np.abs(array).max()):
        raise ComparisonError(
            f"The {which} curve is constant, so that no shift of it fits better than another; "
            "choose another window or another curve."
        )
    return array


def _best_shift(simulated: FloatArray, measured: FloatArray) -> int:
    """Return by how many points the simulated curve comes late; negative where it is early."""
    from mgg_kernel.comparison.warping import correlations

    n = simulated.size
    largest = min(math.floor(n * LARGEST_SHIFT), n - MIN_SAMPLES)
    late, early = correlations(simulated - simulated.mean(), measured - measured.mean(), largest)
    if np.isnan(late[0]):
        raise ComparisonError(
            "The curves are so near to zero that their squares vanish; give them in MPa."
        )
    best = np.nanmax((late, early)) - _EQUAL_CORRELATION
    shift = int(np.argmax((late >= best) | (early >= best)))
    return shift if late[shift] >= best else -shift


def _corridor(simulated: FloatArray, measured: FloatArray) -> float:
    size = float(np.abs(measured).max())
    away = np.abs(simulated - measured) / size
    left = np.clip((OUTER - away) / (OUTER - INNER), 0.0, 1.0)
    return float(np.mean(left**CORRIDOR_POWER))


def _phase(shift: int, points: int) -> float:
    allowed = LARGEST_SHIFT * points
    return max(0.0, (allowed - shift) / allowed)


def _magnitude(simulated: FloatArray, measured: FloatArray) -> float:
    from mgg_kernel.comparison.warping import warped_sums

    reach = math.ceil(WARPING_WINDOW * measured.size) - 1
    difference, size = warped_sums(simulated, measured, reach)
    return _falling(difference, size, LARGEST_MAGNITUDE_ERROR)


def _slope(simulated: FloatArray, measured: FloatArray) -> float:
    of_simulated, of_measured = _smooth_slope(simulated), _smooth_slope(measured)
    difference = float(np.abs(of_simulated - of_measured).sum())
    return _falling(difference, float(np.abs(of_measured).sum()), LARGEST_SLOPE_ERROR)


def _smooth_slope(values: FloatArray) -> FloatArray:
    """Return differences per step, averaged over nine points, and over fewer at the ends."""
    slope = np.gradient(values)
    sums = np.convolve(slope, np.ones(MIN_SAMPLES), mode="valid")
    smooth = np.empty_like(slope)
    half = MIN_SAMPLES // 2
    smooth[half:-half] = sums / MIN_SAMPLES
    for away in range(half):
        points = 2 * away + 1
        smooth[away] = slope[:points].mean()
        smooth[-1 - away] = slope[-points:].mean()
    return smooth


def _falling(difference: float, size: float, zero_at: float) -> float:
    """Return 1 without a difference, falling linearly to 0 where it is `zero_at` of the size."""
    if difference == 0.0:
        return 1.0
    return max(0.0, 1.0 - difference / size / zero_at) if size > 0.0 else 0.0

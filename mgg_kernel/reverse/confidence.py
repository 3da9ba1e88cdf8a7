"""How sure it is that a shot of a recipe meets what was asked for.

The confidence is a probability that can be checked: of all recipes told "70 to 80 %", about three
of four meet every requirement when they are fired once, made and measured as the products of the
calibration were.  It comes of the model's own intervals, and those come of products that the model
had never seen when it predicted them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, inf, isfinite, log

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.errors import SimulationError
from mgg_kernel.simulation import Interval
from mgg_kernel.simulation.parameters import CalibrationEntry

__all__ = [
    "QUANTITIES",
    "Confidence",
    "Expectation",
    "Requirement",
    "confidence",
    "freedom_of",
    "inside_corridor",
    "log_likelihood",
    "probability",
    "within",
]

Floats = NDArray[np.float64]

QUANTITIES = ("peak_pressure_mpa", "peak_time_ms", "ignition_time_ms")
LEAST_FREEDOM, MOST_FREEDOM = 1.0, 200.0


@dataclass(frozen=True)
class Requirement:
    """What a read-out must be: not below `low` and not above `high`.

    Args:
        quantity: one of :data:`QUANTITIES`.
        low: 0 for no lower limit.
        high: infinity for no upper limit.

    Raises:
        SimulationError: the quantity is another one, or the limits leave nothing between them.
    """

    quantity: str
    low: float = 0.0
    high: float = inf

    def __post_init__(self) -> None:
        if self.quantity not in QUANTITIES:
            raise SimulationError(
                f"'{self.quantity}' cannot be required; choose one of {', '.join(QUANTITIES)}."
            )
        if not 0 <= self.low < self.high:
            raise SimulationError(
                f"The limits of {self.quantity} are {self.low:g} and {self.high:g}; the lower one "
                "must be at least 0 and below the upper one."
            )


def within(quantity: str, value: float, percent: float) -> Requirement:
    """Return the requirement that a read-out is `value` to within so many per cent.

    Args:
        quantity: one of :data:`QUANTITIES`.
        value: what is wanted, above 0.
        percent: the tolerance to both sides, above 0 and at most 100.

    Raises:
        SimulationError: a number is out of its range.
    """
    if not (value > 0 and isfinite(value) and 0 < percent <= 100):
        raise SimulationError(
            f"{quantity} of {value:g} ± {percent:g} % cannot be required; give a value above 0 and "
            "a tolerance above 0 and at most 100 %."
        )
    return Requirement(quantity, value * (1 - percent / 100), value * (1 + percent / 100))


@dataclass(frozen=True)
class Expectation:
    """What a calibrated model expects of a read-out: a value and its 90 % interval."""

    value: float
    interval: Interval


@dataclass(frozen=True)
class Confidence:
    """The probability that one shot meets all requirements, and each of them alone, in per cent."""

    percent: float
    of_each: tuple[float, ...]


def confidence(
    expected: Mapping[str, Expectation],
    requirements: Sequence[Requirement],
    calibration: CalibrationEntry,
) -> Confidence:
    """Return how sure it is that one shot meets all requirements.

    The confidence is the product of the probabilities of the read-outs, each from
    :func:`probability`; several requirements on one read-out count as the range that all leave.

    Args:
        expected: by quantity, what the model expects of the recipe.
        requirements: what must be met.
        calibration: the model's, which tells the shape of the deviations.

    Raises:
        SimulationError: a requirement is on a quantity for which nothing is expected.
    """
    of_each, ranges = [], dict[str, tuple[float, float]]()
    for one in requirements:
        if one.quantity not in expected:
            raise SimulationError(
                f"The model expects nothing of {one.quantity}; take that requirement out."
            )
        freedom = freedom_of(calibration, one.quantity)
        of_each.append(100 * probability(expected[one.quantity], one.low, one.high, freedom))
        low, high = ranges.get(one.quantity, (0.0, inf))
        ranges[one.quantity] = max(low, one.low), min(high, one.high)
    all_met = 1.0
    for quantity, (low, high) in ranges.items():
        all_met *= probability(expected[quantity], low, high, freedom_of(calibration, quantity))
    return Confidence(100 * all_met, tuple(of_each))


def probability(expected: Expectation, low: float, high: float, freedom: float) -> float:
    """Return the probability that a read-out lies between two limits.

    The logarithm of measured over expected is Student's t, as wide as the 90 % interval says.

    Args:
        expected: value and 90 % interval.
        low: lower limit; 0 for none.
        high: upper limit; infinity for none.
        freedom: degrees of freedom of the deviations, see :func:`freedom_of`.
    """
    if not low < high:
        return 0.0
    ends = [_deviation(expected, limit, freedom) for limit in (low, high)]
    # The smaller tail is the one that keeps its digits.
    if ends[0] > 0:
        ends = [-ends[1], -ends[0]]
    below, above = _student(np.array(ends), freedom).tolist()
    return max(float(above - below), 0.0)


def inside_corridor(
    expected_mpa: Floats,
    band_mpa: tuple[Floats, Floats],
    corridor_mpa: tuple[Floats, Floats],
    freedom: float,
) -> float:
    """Return the probability that a whole curve stays inside a corridor.

    All samples of a curve are taken to deviate together, by the same share of the band's half
    width; so the narrowest place above and the narrowest below decide.

    Args:
        expected_mpa: shape (n,), the expected curve [MPa].
        band_mpa: shapes (n,), lower and upper edge of its 90 % band [MPa].
        corridor_mpa: shapes (n,), the limits; minus or plus infinity where there is none [MPa].
        freedom: degrees of freedom of the deviations.
    """
    reach = _reach_90(freedom)
    (lower, upper), (least, most) = band_mpa, corridor_mpa
    with np.errstate(divide="ignore", invalid="ignore"):
        down = _share(expected_mpa - least, expected_mpa - lower)
        up = _share(most - expected_mpa, upper - expected_mpa)
    if down < -up:
        return 0.0
    below, above = _student(np.array([-down, up]) * reach, freedom).tolist()
    return max(float(above - below), 0.0)


def log_likelihood(expected: Expectation, value: float, freedom: float) -> float:
    """Return how likely a shot of the recipe is to show just this value, as a logarithm.

    It is 0 where the expected value is the wanted one, and falls slowly far away, since single
    products do lie far off now and then; a search ranks by it.

    Args:
        expected: value and 90 % interval.
        value: what is wanted.
        freedom: degrees of freedom of the deviations.
    """
    deviation = _deviation(expected, value, freedom)
    return -0.5 * (freedom + 1) * log(1 + deviation**2 / freedom)


def freedom_of(calibration: CalibrationEntry, quantity: str) -> float:
    """Return the degrees of freedom with which left-out products deviated from their prediction.

    Where the calibration knows which deviation half of its left-out products kept and which nine
    of ten, Student's t is the one with this ratio; else it is that of the noise of the fit.

    Args:
        calibration: of the model.
        quantity: one of :data:`QUANTITIES`.
    """
    name = quantity.rpartition("_")[0]
    noise = getattr(calibration, name)
    if noise.reach_50 is None:
        given: float = calibration.structure.get(f"noise.{name}_freedom", LEAST_FREEDOM)
        return min(max(given, LEAST_FREEDOM), MOST_FREEDOM)
    return _freedom_of_ratio(noise.reach_50 / noise.reach_90)


@lru_cache(maxsize=64)
def _freedom_of_ratio(ratio: float) -> float:
    """Return the freedom whose quartile over its 95 % point is the ratio; it grows with it."""
    low, high = log(LEAST_FREEDOM), log(MOST_FREEDOM)
    for _ in range(40):
        middle = 0.5 * (low + high)
        if _point(0.75, exp(middle)) < ratio * _reach_90(exp(middle)):
            low = middle
        else:
            high = middle
    return exp(0.5 * (low + high))


def _deviation(expected: Expectation, limit: float, freedom: float) -> float:
    """Return ln(limit/expected) in the scale of Student's t."""
    if limit <= 0 or limit == inf:
        return -inf if limit <= 0 else inf
    half = 0.5 * log(expected.interval.high / expected.interval.low)
    return log(limit / expected.value) / half * _reach_90(freedom)


def _share(room: Floats, half: Floats) -> float:
    """Return the least room over half width; where there is no width, room is all or nothing."""
    share = np.where(half > 0, room / half, np.where(room >= 0, inf, -inf))
    return float(share.min(initial=inf))


def _student(deviation: Floats, freedom: float) -> Floats:
    from scipy.special import stdtr

    return np.asarray(stdtr(freedom, deviation), dtype=np.float64)


def _reach_90(freedom: float) -> float:
    return _point(0.95, freedom)


@lru_cache(maxsize=256)
def _point(share: float, freedom: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, share))

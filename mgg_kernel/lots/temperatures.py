"""Shots by conditioning temperature: cold, room and hot are judged apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

from numpy.typing import ArrayLike

from mgg_kernel.errors import LotError
from mgg_kernel.lots.statistics import CONFIDENCE, Statistics, checked_sample, statistics_of

__all__ = ["CONDITIONING_C", "TemperatureGroup", "by_temperature"]

CONDITIONING_C = (-35.0, 23.0, 85.0)
"""Cold, room and hot [°C], as gas generators are conditioned before a shot."""
WITHIN_K = 5.0


@dataclass(frozen=True)
class TemperatureGroup:
    """The shots of one conditioning temperature.

    Attributes:
        nominal_c: the temperature they are counted for [°C]; None: those that are near none of the
            nominal ones, or whose temperature is not known.
        indices: their places among the shots given.
        statistics: of their values.
    """

    nominal_c: float | None
    indices: tuple[int, ...]
    statistics: Statistics


def by_temperature(
    values: ArrayLike,
    temperatures_c: Sequence[float | None],
    *,
    nominal_c: Sequence[float] = CONDITIONING_C,
    within_k: float = WITHIN_K,
    confidence: float = CONFIDENCE,
) -> tuple[TemperatureGroup, ...]:
    """Group shots by the nominal temperature that is nearest, and return each group's statistics.

    Args:
        values: shape (n,), n ≥ 1, finite: a read-out of each shot.
        temperatures_c: conditioning temperature of each [°C]; None where it is not known.
        nominal_c: the nominal temperatures [°C], farther apart than twice `within_k`.
        within_k: how far a shot may be from its nominal temperature [K].
        confidence: of the intervals of the means.

    Returns:
        A group for each nominal temperature that has shots, coldest first, and at the end one with
        the nominal temperature None for all others, where there are any.

    Raises:
        LotError: the temperatures do not fit the values, or the nominal ones are not apart.
    """
    sample = checked_sample(values, 1, "groups by temperature")
    if len(temperatures_c) != sample.size:
        raise LotError(
            f"There are {sample.size} values but {len(temperatures_c)} temperatures; give one for "
            "each, None where it is not known."
        )
    nominal = sorted(map(float, nominal_c))
    gaps = [after - before for before, after in pairwise(nominal)]
    if not nominal or not within_k >= 0.0 or any(gap <= 2.0 * within_k for gap in gaps):
        raise LotError(
            f"Nominal temperatures must be more than twice {within_k:g} K apart, so that each shot "
            "belongs to one of them."
        )
    places: dict[float | None, list[int]] = {one: [] for one in (*nominal, None)}
    for place, temperature in enumerate(temperatures_c):
        places[_nearest(temperature, nominal, within_k)].append(place)
    return tuple(
        TemperatureGroup(one, tuple(of_it), statistics_of(sample[of_it], confidence=confidence))
        for one, of_it in places.items()
        if of_it
    )


def _nearest(temperature: float | None, nominal: Sequence[float], within_k: float) -> float | None:
    if temperature is None or not isfinite(temperature):
        return None
    best = min(nominal, key=lambda one: abs(one - temperature))
    return best if abs(best - temperature) <= within_k else None

"""Whether a curve stays inside a corridor, by how much, and where it comes nearest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.comparison.grid import span
from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import LotError
from mgg_kernel.features import FeatureDefinitions
from mgg_kernel.lots.corridor import Corner, Corridor

__all__ = ["Side", "Verdict", "judge"]

FloatArray = NDArray[np.float64]
Side = Literal["lower", "upper"]

# Nearer than a millipascal is on the limit: round-off alone makes nothing outside.
_TOUCHING_MPA = 1e-9


@dataclass(frozen=True)
class Verdict:
    """What a curve did in a corridor.

    Attributes:
        passed: whether it stayed inside everywhere it was judged; on a limit is inside.
        smallest_margin_mpa: smallest distance to the nearer limit [MPa]; negative outside.
        at_time_ms: where that is, on the corridor's axis; the earliest of equals.
        side: the limit that is nearest there.
        outside_ms: how long in all it was outside [ms].
        shift_ms: what was added to its times to align it.
        judged_ms: from and to of what was judged, on the corridor's axis.
        complete: whether that is all of the corridor's time.
        corridor: name of the corridor.
        corridor_version: its version.
        sentence: all of it in plain words.
    """

    passed: bool
    smallest_margin_mpa: float
    at_time_ms: float
    side: Side
    outside_ms: float
    shift_ms: float
    judged_ms: tuple[float, float]
    complete: bool
    corridor: str
    corridor_version: int
    sentence: str


@dataclass(frozen=True)
class _Distance:
    """The distance of a curve to one limit, straight between these times."""

    side: Side
    time_ms: FloatArray
    margin_mpa: FloatArray


def judge(
    curve: PTCurve,
    corridor: Corridor,
    *,
    partly: bool = False,
    definitions: FeatureDefinitions | None = None,
) -> Verdict:
    """Judge a curve by a corridor, exactly.

    The curve and the limits are straight between their points, so the smallest distance lies at a
    sample or at a corner, and both are looked at.  Where the corridor is aligned at ignition or
    peak, the curve is moved first until its own lies there.

    Args:
        curve: the shot or the simulation.
        corridor: the limits.
        partly: judge a curve that does not cover the corridor's time by the part that it covers;
            otherwise it is refused, since what is not seen has not passed.
        definitions: of ignition; None: the defaults.

    Raises:
        LotError: the curve has no ignition to align at, or does not cover the corridor's time.
    """
    shift = _shift(curve, corridor, definitions)
    time = curve.time_ms + shift
    covered = max(corridor.from_ms, float(time[0])), min(corridor.to_ms, float(time[-1]))
    complete = covered == (corridor.from_ms, corridor.to_ms)
    if covered[0] >= covered[1]:
        raise LotError(
            f"The curve spans {span((float(time[0]), float(time[-1])))} and the corridor "
            f"'{corridor.name}' {span((corridor.from_ms, corridor.to_ms))}: they do not overlap."
        )
    if not complete and not partly:
        raise LotError(
            f"The curve covers only {span(covered)} of the corridor '{corridor.name}', which spans "
            f"{span((corridor.from_ms, corridor.to_ms))}; judge a longer record, or what there is "
            "of it with partly=True."
        )
    distances = [
        found
        for found in (
            _distance("lower", time, curve.pressure_mpa, corridor.lower, covered),
            _distance("upper", time, curve.pressure_mpa, corridor.upper, covered),
        )
        if found is not None
    ]
    if not distances:
        raise LotError(f"The curve covers no limit of the corridor '{corridor.name}'.")
    nearest = min(distances, key=lambda one: (one.margin_mpa.min(), _time_of_least(one)))
    margin, at = float(nearest.margin_mpa.min()), _time_of_least(nearest)
    outside = sum(_below_zero(one) for one in distances)
    passed = margin >= 0.0
    return Verdict(
        passed=passed,
        smallest_margin_mpa=margin,
        at_time_ms=at,
        side=nearest.side,
        outside_ms=outside,
        shift_ms=shift,
        judged_ms=covered,
        complete=complete,
        corridor=corridor.name,
        corridor_version=corridor.version,
        sentence=_sentence(corridor, passed, margin, at, nearest.side, outside, covered, complete),
    )


def _shift(curve: PTCurve, corridor: Corridor, definitions: FeatureDefinitions | None) -> float:
    if corridor.align_at_ms is None:
        return 0.0
    if corridor.align == "peak":
        return corridor.align_at_ms - curve.peak.time_ms
    ignition = curve.features(definitions).ignition_time_ms
    if ignition is None:
        raise LotError(
            f"The corridor '{corridor.name}' is aligned at ignition, but the curve does not ignite "
            "in its record: it cannot be judged by it."
        )
    return corridor.align_at_ms - ignition


def _distance(
    side: Side,
    time: FloatArray,
    pressure: FloatArray,
    corners: Sequence[Corner],
    covered: tuple[float, float],
) -> _Distance | None:
    """Return the distance to a limit at all samples and corners, or None where none is covered."""
    if not corners:
        return None
    at, limit = np.array(corners).T
    first, last = max(covered[0], at[0]), min(covered[1], at[-1])
    if first > last:
        return None
    nodes = np.unique(np.concatenate((time, at, (first, last))))
    nodes = nodes[(nodes >= first) & (nodes <= last)]
    away = np.interp(nodes, time, pressure) - np.interp(nodes, at, limit)
    away[np.abs(away) < _TOUCHING_MPA] = 0.0
    return _Distance(side, nodes, away if side == "lower" else -away + 0.0)


def _time_of_least(distance: _Distance) -> float:
    return float(distance.time_ms[int(np.argmin(distance.margin_mpa))])


def _below_zero(distance: _Distance) -> float:
    """Return for how long a distance that is straight between its points is negative."""
    steps = np.diff(distance.time_ms)
    low = np.minimum(distance.margin_mpa[:-1], distance.margin_mpa[1:])
    high = np.maximum(distance.margin_mpa[:-1], distance.margin_mpa[1:])
    crosses = (low < 0.0) & (high > 0.0)
    share = np.where(low < 0.0, 1.0, 0.0)
    share[crosses] = low[crosses] / (low[crosses] - high[crosses])
    return float(np.dot(share, steps))


def _sentence(
    corridor: Corridor,
    passed: bool,
    margin: float,
    at: float,
    side: Side,
    outside: float,
    covered: tuple[float, float],
    complete: bool,
) -> str:
    where = f"the {side} limit of '{corridor.name}' (version {corridor.version}) at {at:.4g} ms"
    if passed:
        told = f"Passed: it stays inside and comes nearest, {margin:.3g} MPa, to {where}"
    else:
        told = (
            f"Failed: it is outside for {outside:.3g} ms and farthest, {-margin:.3g} MPa, beyond "
            f"{where}"
        )
    return f"{told}." if complete else f"{told}; judged only from {span(covered)}."

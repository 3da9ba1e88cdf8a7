"""A corridor as numbers at given times, and the parts of a curve that lie outside it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.lots import Corner, Corridor
from mgg_kernel.ui.plots.thinning import thin
from mgg_kernel.ui.words import Words

__all__ = ["allowed", "limit_at", "outside", "table_of_limits"]

FloatArray = NDArray[np.float64]


def limit_at(corners: Sequence[Corner], times: FloatArray) -> FloatArray:
    """Return a limit at some times, NaN where there is none."""
    if not corners:
        return np.full(times.size, np.nan)
    at, limit = np.array(corners).T
    found: FloatArray = np.interp(times, at, limit, left=np.nan, right=np.nan)
    return found


def allowed(
    corridor: Corridor, bottom: float, top: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return times, lower and upper edge of what is allowed: an end where a limit is missing."""
    nodes = np.unique([corner[0] for corner in (*corridor.lower, *corridor.upper)])
    begins, ends = nodes[:-1], nodes[1:]
    middle = (begins + ends) / 2
    # Each stretch has its own two ends: at a time where a limit ends, the fill jumps.
    times = np.stack([begins, ends], axis=1).ravel()
    filled = []
    for corners, edge in (
        (corridor.lower, bottom),
        (corridor.upper, top),
    ):
        there = np.repeat(np.isfinite(limit_at(corners, middle)), 2)
        filled.append(np.where(there, limit_at(corners, times), edge))
    either = np.repeat(
        np.isfinite(limit_at(corridor.lower, middle))
        | np.isfinite(limit_at(corridor.upper, middle)),
        2,
    )
    low, high = (np.where(either, side, np.nan) for side in filled)
    return times, low, high


def outside(
    corridor: Corridor, time: FloatArray, pressure: FloatArray
) -> tuple[FloatArray, FloatArray] | None:
    """Return the parts outside, from crossing to crossing, NaN between them; None: there are none.

    Curve and limits are straight between their points, so a part is known by the middle of each
    stretch between samples, corners and crossings.
    """
    parts = []
    for corners, sign in ((corridor.lower, 1.0), (corridor.upper, -1.0)):
        if not corners:
            continue
        at = np.array(corners)[:, 0]
        first, last = max(at[0], time[0]), min(at[-1], time[-1])
        nodes = np.unique(np.concatenate((time, at)))
        nodes = nodes[(nodes >= first) & (nodes <= last)]
        away = sign * (np.interp(nodes, time, pressure) - limit_at(corners, nodes))
        cross = np.flatnonzero(away[:-1] * away[1:] < 0)
        share = away[cross] / (away[cross] - away[cross + 1])
        nodes = np.sort(np.append(nodes, nodes[cross] + share * np.diff(nodes)[cross]))
        middle = (nodes[:-1] + nodes[1:]) / 2
        beyond = sign * (np.interp(middle, time, pressure) - limit_at(corners, middle)) < 0
        edges = np.flatnonzero(np.diff(np.concatenate(([False], beyond, [False])).astype(int)))
        for start, stop in edges.reshape(-1, 2):
            run = nodes[start : stop + 1]
            kept = run[thin(np.interp(run, time, pressure))]
            parts.append((kept, np.interp(kept, time, pressure)))
    if not parts:
        return None
    gap = np.array([np.nan])
    x, y = (np.concatenate([np.append(part[k], gap) for part in parts]) for k in (0, 1))
    return x, y


def table_of_limits(corridor: Corridor, t: Words) -> dict[str, Any]:
    """Return the limits at all corners."""
    times = np.unique([corner[0] for corner in (*corridor.lower, *corridor.upper)])
    return {
        t("plot.time_axis"): times,
        f"{t('corridor.limits')}, ≥ [MPa]": limit_at(corridor.lower, times),
        f"{t('corridor.limits')}, ≤ [MPa]": limit_at(corridor.upper, times),
    }

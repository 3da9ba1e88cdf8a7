"""A corridor drawn around repeats: the band of an overlay, in few corners."""

from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.errors import LotError
from mgg_kernel.lots.corridor import Corner, Corridor
from mgg_kernel.lots.overlays import Band, Overlay

__all__ = ["corridor_from_repeats"]

FloatArray = NDArray[np.float64]

CORNERS = 24


def corridor_from_repeats(
    shots: Overlay,
    name: str,
    *,
    k: float | None = None,
    coverage: float = 0.95,
    confidence: float = 0.95,
    least_half_width_mpa: float = 0.0,
    window_ms: tuple[float, float] | None = None,
    corners: int = CORNERS,
    note: str = "",
    version: int = 1,
) -> Corridor:
    """Draw a corridor around repeats, with few corners and never narrower than their band.

    The band is thinned by adding, again and again, the point that is farthest from the straight
    lines so far (D. H. Douglas and T. K. Peucker, *Cartographica* 10 (1973) 112–122, with the
    distance taken along the pressure); then each limit is moved outward by the little that the
    straight lines still cut off.

    Args:
        shots: at least two of them count.
        name: of the corridor.
        k: mean ± k · σ; None: the tolerance band of `coverage` and `confidence`.
        coverage: share of shots at each time; see :meth:`Overlay.tolerance_band`.
        confidence: with which they are inside.
        least_half_width_mpa: the band is made at least so wide to each side of the mean: before
            ignition repeats differ by less than their sensors do.
        window_ms: from and to on the common axis; None: where all shots that count have samples,
            less the range of the shifts, so that other shots of the kind cover it too.
        corners: most corners of each limit, at least 2.
        note: what it is for; how it was made is put behind it.
        version: of the corridors of this name.

    Raises:
        LotError: fewer than two shots count, the window holds too little, or an argument makes no
            sense.
    """
    if corners < 2:
        raise LotError(f"A limit has at least two corners, not {corners}.")
    if not 0.0 <= least_half_width_mpa < float("inf"):
        raise LotError(f"least_half_width_mpa must not be negative, but is {least_half_width_mpa}.")
    band = shots.tolerance_band(coverage, confidence) if k is None else shots.band(k)
    first, last = _window(shots) if window_ms is None else window_ms
    inside = (band.time_ms >= first) & (band.time_ms <= last) & np.isfinite(band.lower_mpa)
    if np.count_nonzero(inside) < 2:
        raise LotError(
            f"From {first:g} to {last:g} ms there are no two times at which two shots count; "
            "choose another window or add shots."
        )
    time, mean = band.time_ms[inside], shots.mean_mpa[inside]
    lower = np.minimum(band.lower_mpa[inside], mean - least_half_width_mpa)
    upper = np.maximum(band.upper_mpa[inside], mean + least_half_width_mpa)
    return Corridor(
        name=name,
        lower=_mirrored(_around(time, -lower, corners)),
        upper=_around(time, upper, corners),
        align=shots.align,
        align_at_ms=shots.align_at_ms,
        note=_note(note, band, least_half_width_mpa),
        version=version,
    )


def _window(shots: Overlay) -> tuple[float, float]:
    counted = [run for run in shots.runs if run.counted]
    if not counted:
        raise LotError("No shot counts for a mean curve, so that no corridor can be drawn.")
    shifts = [run.shift_ms for run in counted]
    spare = max(shifts) - min(shifts)
    return max(run.from_ms for run in counted) + spare, min(run.to_ms for run in counted) - spare


def _around(time: FloatArray, limit: FloatArray, most: int) -> tuple[Corner, ...]:
    """Return few corners of a line that lies nowhere below a limit."""
    kept = _thinned(time, limit, most)
    line = np.interp(time, time[kept], limit[kept])
    cut_off = max(0.0, float(np.max(limit - line)))
    raised = limit[kept] + cut_off
    return tuple(zip(time[kept].tolist(), raised.tolist(), strict=True))


def _thinned(time: FloatArray, values: FloatArray, most: int) -> list[int]:
    """Return the places of at most so many points whose straight lines come near all others."""
    kept = [0, time.size - 1]
    waiting: list[tuple[float, int, int, int]] = []

    def look(first: int, last: int) -> None:
        if last - first < 2:
            return
        between = slice(first + 1, last)
        line = np.interp(time[between], time[[first, last]], values[[first, last]])
        away = np.abs(values[between] - line)
        at = int(np.argmax(away))
        if away[at] > 0.0:
            heappush(waiting, (-float(away[at]), first + 1 + at, first, last))

    look(*kept)
    while waiting and len(kept) < most:
        _, at, first, last = heappop(waiting)
        kept.append(at)
        look(first, at)
        look(at, last)
    return sorted(kept)


def _mirrored(corners: tuple[Corner, ...]) -> tuple[Corner, ...]:
    return tuple((time, -pressure) for time, pressure in corners)


def _note(note: str, band: Band, least: float) -> str:
    at_least = f", at least ± {least:g} MPa" if least else ""
    return f"{note + ': ' if note else ''}{band.sentence}{at_least}"

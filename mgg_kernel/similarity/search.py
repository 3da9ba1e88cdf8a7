"""The search: all signatures first, then the curves themselves, no more of them than it takes."""

from collections.abc import Callable
from dataclasses import dataclass
from heapq import nsmallest

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import ComparisonError
from mgg_kernel.similarity.aligned import Aligned, aligned_rmse, correlation
from mgg_kernel.similarity.cells import WIDTHS_MS

__all__ = ["MOST_COUNT", "MOST_READ", "Candidates", "Match", "Nearest", "nearest"]

FloatArray = NDArray[np.float64]

MOST_COUNT = 1_000
MOST_READ = 50
"""So many curves are read at most beyond those asked for."""

LEAST_COVERED_MS = 2.0
LEAST_SHARED = 0.8
_ROWS_AT_ONCE = 1_024
# Signatures are kept in single precision: what round-off may add to a distance.
_ROUND_OFF_MPA = 1e-4


@dataclass(frozen=True, eq=False)
class Candidates:
    """What is searched.

    Attributes:
        cells_mpa: shape (n, 256), float32: a signature a row.
        ignition_ms: shape (n,): ignition times [ms]; NaN for a curve that did not ignite.
    """

    cells_mpa: NDArray[np.float32]
    ignition_ms: FloatArray

    def __len__(self) -> int:
        return int(self.ignition_ms.size)


@dataclass(frozen=True, eq=False)
class Match:
    """One curve that was found.

    Attributes:
        row: which of the candidates it is.
        aligned: the curve.
        distance_mpa: what the order is by.
        rmse_mpa: root mean square of the difference after alignment.
        shift_ms: how much later than the asked-for curve it ignites; None where one did not.
        correlation: Pearson's r after alignment; None where one is constant.
    """

    row: int
    aligned: Aligned
    distance_mpa: float
    rmse_mpa: float
    shift_ms: float | None
    correlation: float | None


@dataclass(frozen=True)
class Nearest:
    """What a search found.

    Attributes:
        matches: nearest first.
        left_out: candidates that cover less than 80 % of the time that the asked-for curve does.
        read: how many curves were read.
        is_proven: no other candidate can be nearer than the last match.  False where reading was
            ended at the limit.
    """

    matches: tuple[Match, ...]
    left_out: int
    read: int
    is_proven: bool


def nearest(
    asked: Aligned,
    candidates: Candidates,
    read: Callable[[int], PTCurve],
    *,
    count: int = 10,
    shift_weight_mpa_per_ms: float = 0.0,
    most_read: int = MOST_READ,
) -> Nearest:
    """Return the nearest candidates, nearest first; of equals the one that stands first.

    The distance is :func:`aligned_rmse`, and with a weight w of the shift
    √(RMSE² + (w · shift)²).  The distance between signatures is never larger.  So curves are
    read in its order, until the next one cannot be nearer than what was found.

    Args:
        asked: what to look for.
        candidates: the signatures of what is searched.
        read: returns the curve of a candidate.
        count: how many to return.
        shift_weight_mpa_per_ms: what a millisecond of difference in ignition counts [MPa/ms].
        most_read: read at most so many curves beyond `count`.

    Raises:
        ComparisonError: the asked-for curve is too short, or an argument makes no sense.
    """
    _check(asked, count, shift_weight_mpa_per_ms)
    origin = asked.origin_ms if asked.ignited else np.nan
    shifts = candidates.ignition_ms - origin
    bounds, shared = _lower_bounds(asked, candidates.cells_mpa)
    if shift_weight_mpa_per_ms > 0:
        bounds = np.hypot(bounds, shift_weight_mpa_per_ms * np.nan_to_num(shifts))
    eligible = np.flatnonzero(shared >= LEAST_SHARED)
    order = eligible[np.argsort(bounds[eligible], kind="stable")]
    found: list[Match] = []
    is_proven = True
    for number, row in enumerate(order.tolist()):
        if len(found) >= count:
            limit = nsmallest(count, (match.distance_mpa for match in found))[-1]
            if bounds[row] - _ROUND_OFF_MPA > limit:
                break
        if number >= count + most_read:
            is_proven = False
            break
        found.append(_match(asked, row, read(row), shift_weight_mpa_per_ms))
    matches = nsmallest(count, found, key=lambda match: (match.distance_mpa, match.row))
    return Nearest(tuple(matches), len(candidates) - eligible.size, len(found), is_proven)


def _check(asked: Aligned, count: int, shift_weight_mpa_per_ms: float) -> None:
    if not 1 <= count <= MOST_COUNT:
        raise ComparisonError(f"Ask for 1 … {MOST_COUNT:,} similar curves, not for {count}.")
    if not 0 <= shift_weight_mpa_per_ms < float("inf"):
        raise ComparisonError(
            "The weight of the shift must be a number of MPa/ms that is not negative, not "
            f"{shift_weight_mpa_per_ms:g}."
        )
    if asked.covered_ms < LEAST_COVERED_MS:
        raise ComparisonError(
            f"Only {asked.covered_ms:.2f} ms of the curve can be compared after ignition, which is "
            f"less than the {LEAST_COVERED_MS:g} ms that a search needs; give a longer record."
        )


def _match(asked: Aligned, row: int, curve: PTCurve, shift_weight_mpa_per_ms: float) -> Match:
    aligned = Aligned.of(curve)
    rmse = aligned_rmse(aligned, asked)
    shift = aligned.origin_ms - asked.origin_ms if aligned.ignited and asked.ignited else None
    distance = float(np.hypot(rmse, shift_weight_mpa_per_ms * (shift or 0.0)))
    return Match(row, aligned, distance, rmse, shift, correlation(aligned, asked))


def _lower_bounds(asked: Aligned, cells_mpa: NDArray[np.float32]) -> tuple[FloatArray, FloatArray]:
    """Return the distance to each signature [MPa], and the share of `asked` that it covers."""
    covered = ~np.isnan(asked.cells_mpa)
    wanted = asked.cells_mpa[covered].astype(np.float32)
    weights = (WIDTHS_MS[covered] / WIDTHS_MS[covered].sum()).astype(np.float32)
    bounds, shares = np.empty(len(cells_mpa)), np.empty(len(cells_mpa))
    for first in range(0, len(cells_mpa), _ROWS_AT_ONCE):
        rows = slice(first, first + _ROWS_AT_ONCE)
        # Differences first and no expanded square: the curve itself is at 0, not at a round-off.
        differences = cells_mpa[rows][:, covered] - wanted
        missing = np.isnan(differences)
        differences[missing] = 0.0
        shares[rows] = 1.0 - missing.astype(np.float32) @ weights
        np.square(differences, out=differences)
        bounds[rows] = differences @ weights
    return np.sqrt(bounds / np.maximum(shares, 1e-6)), shares

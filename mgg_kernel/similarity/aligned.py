"""A curve aligned at its ignition, and how far two such curves are apart."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import ComparisonError
from mgg_kernel.similarity.cells import EDGES_MS, WIDTHS_MS, cell_means, origin_of

__all__ = ["Aligned", "aligned_rmse", "correlation"]

FloatArray = NDArray[np.float64]

_CONSTANT_MPA = 1e-9


@dataclass(frozen=True, eq=False)
class Aligned:
    """A curve whose time runs from its ignition.

    Attributes:
        curve: as recorded.
        origin_ms: the recorded time that is 0 after alignment: the ignition time, else 0.
        ignited: whether it is the ignition time.
        cells_mpa: shape (256,): mean pressure in each cell; NaN where the curve does not reach.
    """

    curve: PTCurve
    origin_ms: float
    ignited: bool
    cells_mpa: FloatArray

    @classmethod
    def of(cls, curve: PTCurve) -> Self:
        """Align a curve at its ignition."""
        origin, ignited = origin_of(curve)
        return cls(curve, origin, ignited, cell_means(curve, origin))

    @property
    def covered_ms(self) -> float:
        """How much of the window the curve covers, in whole cells [ms]."""
        return float(WIDTHS_MS[~np.isnan(self.cells_mpa)].sum())


def aligned_rmse(first: Aligned, second: Aligned) -> float:
    """Return the root mean square of the difference of two aligned curves [MPa].

    Over the cells that both cover; both curves are linear between their samples, and the mean is
    that over time of those lines, without any grid: on a piece of length h where the difference
    goes from d to e, ∫ = h·(d² + d·e + e²)/3.

    Raises:
        ComparisonError: no cell is covered by both.
    """
    both = np.flatnonzero(~np.isnan(first.cells_mpa) & ~np.isnan(second.cells_mpa))
    if not both.size:
        raise ComparisonError(
            "The two curves share no time after they are aligned at ignition; give longer records."
        )
    start, end = EDGES_MS[both[0]], EDGES_MS[both[-1] + 1]
    times = [one.curve.time_ms - one.origin_ms for one in (first, second)]
    inside = [time[(time > start) & (time < end)] for time in times]
    knots = np.concatenate(([start], np.union1d(inside[0], inside[1]), [end]))
    differences = np.interp(knots, times[0], first.curve.pressure_mpa) - np.interp(
        knots, times[1], second.curve.pressure_mpa
    )
    d, e = differences[:-1], differences[1:]
    return float(np.sqrt(np.dot(np.diff(knots), d * d + d * e + e * e) / 3.0 / (end - start)))


def correlation(first: Aligned, second: Aligned) -> float | None:
    """Return Pearson's r of two aligned curves over the cells that both cover, by their width.

    None where one of them is constant there.  It is blind to scale and no measure of likeness
    alone.
    """
    both = ~np.isnan(first.cells_mpa) & ~np.isnan(second.cells_mpa)
    if not both.any():
        return None
    weights = WIDTHS_MS[both] / WIDTHS_MS[both].sum()
    values = [one.cells_mpa[both] for one in (first, second)]
    if min(np.ptp(value) for value in values) < _CONSTANT_MPA:
        return None
    if np.array_equal(values[0], values[1]):
        return 1.0  # and not 0.9999999999999999
    a, b = (value - np.dot(weights, value) for value in values)
    r = np.dot(weights, a * b) / np.sqrt(np.dot(weights, a * a) * np.dot(weights, b * b))
    return float(np.clip(r, -1.0, 1.0))

"""The two loops of ISO/TS 18571 that cost time, compiled: the best shift, and the warping.

The sums run in eight lanes in an order that is written down, so that the same input gives the
same bits on every machine.
"""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["correlations", "warped_sums"]

FloatArray = NDArray[np.float64]


def _compiled(function: Any) -> Any:
    """Compile a function, and keep its machine code where a folder for it can be written."""
    try:
        return numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:
        return numba.njit(nogil=True, error_model="numpy")(function)


@_compiled
def _spread(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return mean and sum of squared deviations of the first 1, 2, … n values.

    One value after the other is added (Welford 1962), so that nothing cancels.
    """
    means, squares = np.empty_like(values), np.empty_like(values)
    mean = square = 0.0
    for i in range(values.size):
        away = values[i] - mean
        mean += away / (i + 1)
        square += away * (values[i] - mean)
        means[i], squares[i] = mean, square
    return means, squares


@_compiled
def _product(a: FloatArray, b: FloatArray, mean_a: float, mean_b: float) -> float:
    """Return Σ (a − its mean) · (b − its mean)."""
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = 0.0
    whole = a.size - a.size % 8
    for i in range(0, whole, 8):
        s0 += (a[i] - mean_a) * (b[i] - mean_b)
        s1 += (a[i + 1] - mean_a) * (b[i + 1] - mean_b)
        s2 += (a[i + 2] - mean_a) * (b[i + 2] - mean_b)
        s3 += (a[i + 3] - mean_a) * (b[i + 3] - mean_b)
        s4 += (a[i + 4] - mean_a) * (b[i + 4] - mean_b)
        s5 += (a[i + 5] - mean_a) * (b[i + 5] - mean_b)
        s6 += (a[i + 6] - mean_a) * (b[i + 6] - mean_b)
        s7 += (a[i + 7] - mean_a) * (b[i + 7] - mean_b)
    rest = 0.0
    for i in range(whole, a.size):
        rest += (a[i] - mean_a) * (b[i] - mean_b)
    return ((s0 + s4) + (s1 + s5)) + ((s2 + s6) + (s3 + s7)) + rest


@_compiled
def correlations(simulated: FloatArray, measured: FloatArray, largest: int) -> FloatArray:
    """Return Pearson's r of what overlaps, for each shift; NaN where a part is constant.

    Args:
        simulated: shape (n,).
        measured: shape (n,).
        largest: largest shift, below n.

    Returns:
        shape (2, largest + 1): the simulated curve moved by 0 … `largest` points to the left
        (it comes late) and to the right.
    """
    n = simulated.size
    head_s, head_squares_s = _spread(simulated)
    head_m, head_squares_m = _spread(measured)
    tail_s, tail_squares_s = _spread(simulated[::-1].copy())
    tail_m, tail_squares_m = _spread(measured[::-1].copy())
    found = np.empty((2, largest + 1))
    for shift in range(largest + 1):
        last = n - shift - 1
        spread = np.sqrt(tail_squares_s[last]) * np.sqrt(head_squares_m[last])
        product = _product(simulated[shift:], measured[: n - shift], tail_s[last], head_m[last])
        found[0, shift] = product / spread if spread > 0 else np.nan
        spread = np.sqrt(head_squares_s[last]) * np.sqrt(tail_squares_m[last])
        product = _product(simulated[: n - shift], measured[shift:], head_s[last], tail_m[last])
        found[1, shift] = product / spread if spread > 0 else np.nan
    return found


@_compiled
def _row(
    value: float,
    measured: FloatArray,
    before: FloatArray,
    row: FloatArray,
    steps: NDArray[np.uint8],
    first: int,
) -> None:
    """Fill a row of least costs of the band, and the step that leads to each cell.

    `before` and `row` carry one cell more at their beginning; the cells around the band are inf.
    """
    row[first] = left = np.inf
    diagonal = before[first]
    for j in range(steps.size):
        straight = before[first + j + 1]
        step = np.uint8(0) if straight <= diagonal else np.uint8(2)
        steps[j] = np.uint8(1) if (left < straight) & (left <= diagonal) else step
        away = value - measured[first + j]
        # The processor waits for this minimum only: the other one was taken a cell ago.
        left = min(min(straight, diagonal), left) + away * away
        row[first + j + 1] = left
        diagonal = straight


@_compiled
def warped_sums(simulated: FloatArray, measured: FloatArray, reach: int) -> tuple[float, float]:
    """Return Σ |s − m| and Σ |m| along the cheapest path of dynamic time warping.

    The cost of a cell is (s − m)²; a step leads one on in one curve or in both.  Of equally cheap
    steps the one that comes from the simulated curve alone is taken, then the one from the measured
    curve alone.

    Args:
        simulated: shape (n,).
        measured: shape (n,).
        reach: how far the path may leave the diagonal.
    """
    n = simulated.size
    steps = np.empty((n, 2 * reach + 1), np.uint8)
    before, row = np.full(n + 1, np.inf), np.full(n + 1, np.inf)
    before[0] = 0.0  # the path begins with both first points
    for i in range(n):
        first, last = max(0, i - reach), min(n - 1, i + reach)
        _row(simulated[i], measured, before, row, steps[i, : last - first + 1], first)
        before, row = row, before
    i = j = n - 1
    difference = size = 0.0
    while True:
        difference += abs(simulated[i] - measured[j])
        size += abs(measured[j])
        if i == 0 and j == 0:
            return difference, size
        step = steps[i, j - max(0, i - reach)]
        if step != 1:
            i -= 1
        if step != 0:
            j -= 1

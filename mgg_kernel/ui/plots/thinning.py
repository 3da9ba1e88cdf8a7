"""Fewer samples for the screen, without losing a peak."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["MAX_POINTS", "thin"]

MAX_POINTS = 2_000
"""More points than this are not told apart on a screen."""


def thin(*signals: NDArray[np.float64], max_points: int = MAX_POINTS) -> NDArray[np.intp]:
    """Return the indices of the samples that are worth drawing.

    The samples are cut into stretches of equal length, and of each stretch the lowest and the
    highest sample of every signal are kept, so that no peak, dip or spike goes missing.

    Args:
        signals: one or more arrays of the same shape (n,).
        max_points: at most so many, at least 2 + 2 per signal.

    Returns:
        Shape (m,), m ≤ max_points, increasing, with the first and the last index.
    """
    size = signals[0].size
    if size <= max_points:
        return np.arange(size)
    stretches = (max_points - 2) // (2 * len(signals))
    length = -(-size // stretches)
    starts = np.arange(0, size, length)
    kept = [np.array([0, size - 1])]
    for signal in signals:
        # The last stretch is filled up with its own last sample, which can win only as itself.
        filled = np.pad(signal, (0, starts.size * length - size), mode="edge")
        rows = filled.reshape(-1, length)
        kept += [
            np.minimum(starts + pick(rows, axis=1), size - 1) for pick in (np.argmin, np.argmax)
        ]
    return np.unique(np.concatenate(kept))

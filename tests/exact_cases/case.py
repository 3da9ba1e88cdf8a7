"""What a case of the verification is, and what comes out when it is run."""

from collections.abc import Callable
from dataclasses import dataclass
from math import floor, log10

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["MOST_DIGITS", "Case", "Outcome", "agreement"]

MOST_DIGITS = 12
"""More are not claimed: beyond, the last bits of another machine's exp and log decide."""

MARGIN = 3.0
"""What is claimed holds for an error this many times larger, for the same reason."""


@dataclass(frozen=True)
class Outcome:
    """Our values beside the exact ones.

    Args:
        ours: the value in the middle of all that were compared.
        exact: its exact value.
        compared: how many values were compared.
        error: the largest difference of all, as a share of the exact value.
        table: more to print, rows of texts with their heading first; empty if there is nothing.
    """

    ours: float
    exact: float
    compared: int
    error: float
    table: tuple[tuple[str, ...], ...] = ()

    @property
    def digits(self) -> int:
        """Digits to claim."""
        if self.error <= 10.0 ** -(MOST_DIGITS + 1):
            return MOST_DIGITS
        return min(MOST_DIGITS, max(0, floor(-log10(MARGIN * self.error))))


@dataclass(frozen=True)
class Case:
    """A question whose answer is known without the solver.

    Args:
        number: as in the document; the numbers 1 to 10 are those of the list of exact cases.
        title: what is checked.
        quantity: what the printed value is, with its unit.
        equation: the exact answer.
        inputs: in words and numbers.
        source: where the answer comes from.
        required: the largest relative error that a test allows.
        run: gives the outcome.
    """

    number: str
    title: str
    quantity: str
    equation: str
    inputs: str
    source: str
    required: float
    run: Callable[[], Outcome]


def agreement(
    ours: ArrayLike,
    exact: ArrayLike,
    *,
    scale: float | None = None,
    table: tuple[tuple[str, ...], ...] = (),
) -> Outcome:
    """Return how well values agree.

    Args:
        ours: shape (n,) or one number.
        exact: shape of `ours`.
        scale: differences are shares of this; None: of each exact value itself.
        table: more to print.
    """
    mine, true = (np.atleast_1d(np.asarray(values, dtype=float)) for values in (ours, exact))
    assert mine.shape == true.shape
    assert mine.size
    error = np.abs(mine - true) / (np.abs(true) if scale is None else scale)
    assert np.isfinite(error).all()
    middle = mine.size // 2
    return Outcome(float(mine[middle]), float(true[middle]), mine.size, float(error.max()), table)

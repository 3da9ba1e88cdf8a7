"""Rules that tell a pattern in a control chart from chance.

Each looks at the points' distances from the center line in standard deviations, and flags the
point at which a pattern is complete.  Sources: L. S. Nelson, *Journal of Quality Technology* 16
(1984) 237–239; Western Electric, *Statistical Quality Control Handbook* (1956); Montgomery, 5.3.4.
"""

from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.errors import LotError

__all__ = ["RULES", "RULE_SETS", "broken_rules"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

RULES = MappingProxyType(
    {
        "nelson-1": "one point beyond 3 standard deviations",
        "nelson-2": "nine points in a row on one side of the center line",
        "nelson-3": "six points in a row rising, or falling",
        "nelson-4": "fourteen points in a row alternating up and down",
        "nelson-5": "two of three points beyond 2 standard deviations on one side",
        "nelson-6": "four of five points beyond 1 standard deviation on one side",
        "nelson-7": "fifteen points in a row within 1 standard deviation",
        "nelson-8": "eight points in a row beyond 1 standard deviation, on either side",
        "western-electric-1": "one point beyond 3 standard deviations",
        "western-electric-2": "two of three points beyond 2 standard deviations on one side",
        "western-electric-3": "four of five points beyond 1 standard deviation on one side",
        "western-electric-4": "eight points in a row on one side of the center line",
    }
)
"""What each flag says."""

RULE_SETS = MappingProxyType(
    {
        "nelson": tuple(rule for rule in RULES if rule.startswith("nelson")),
        "western-electric": tuple(rule for rule in RULES if rule.startswith("western")),
        "limits": ("nelson-1",),
    }
)
"""The rules that are looked at; ``limits``: the control limits alone."""


def broken_rules(distances: FloatArray, rules: str) -> list[tuple[str, ...]]:
    """Return for each point the flags of the patterns that are complete there.

    Args:
        distances: shape (n,), (value − center) / standard deviation of the point.
        rules: one of :data:`RULE_SETS`.

    Raises:
        LotError: there is no such set.
    """
    if rules not in RULE_SETS:
        raise LotError(f"There are no rules '{rules}'; choose {', '.join(RULE_SETS)}.")
    z = distances
    eight, nine = (_of(z > 0, n, n) | _of(z < 0, n, n) for n in (8, 9))
    two = _of(z > 2, 3, 2) | _of(z < -2, 3, 2)
    four = _of(z > 1, 5, 4) | _of(z < -1, 5, 4)
    beyond = np.abs(z) > 3
    step = np.diff(z, prepend=z[:1])
    turns = np.concatenate((np.zeros(min(2, z.size), bool), step[2:] * step[1:-1] < 0))
    found = {
        "nelson-1": beyond,
        "nelson-2": nine,
        "nelson-3": _of(step > 0, 5, 5) | _of(step < 0, 5, 5),
        "nelson-4": _of(turns, 12, 12),
        "nelson-5": two,
        "nelson-6": four,
        "nelson-7": _of(np.abs(z) < 1, 15, 15),
        "nelson-8": _of(np.abs(z) > 1, 8, 8),
        "western-electric-1": beyond,
        "western-electric-2": two,
        "western-electric-3": four,
        "western-electric-4": eight,
    }
    wanted = RULE_SETS[rules]
    return [tuple(rule for rule in wanted if found[rule][at]) for at in range(z.size)]


def _of(present: BoolArray, last: int, least: int) -> BoolArray:
    """Flag the points that complete a pattern: it is one, and so are `least` of the `last`."""
    sums = np.concatenate(((0,), np.cumsum(present)))
    first = np.maximum(np.arange(1, sums.size) - last, 0)
    flagged: BoolArray = present & (sums[1:] - sums[first] >= least)
    return flagged

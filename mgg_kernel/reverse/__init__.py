"""Reverse simulation: from the curve that is wanted to the recipes that give it."""

from mgg_kernel.reverse.candidate import Candidate, Nearest, Progress, Reverse, Sensitivity
from mgg_kernel.reverse.constraints import Constraints
from mgg_kernel.reverse.search import CANDIDATES, reverse
from mgg_kernel.reverse.target import Target

__all__ = [
    "CANDIDATES",
    "Candidate",
    "Constraints",
    "Nearest",
    "Progress",
    "Reverse",
    "Sensitivity",
    "Target",
    "reverse",
]

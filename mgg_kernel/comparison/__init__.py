"""Comparison of a simulated with a measured PT curve."""

from mgg_kernel.comparison.asked import Method, window_of
from mgg_kernel.comparison.geers import SpragueGeers, sprague_geers
from mgg_kernel.comparison.many import MatrixProgress, matrix
from mgg_kernel.comparison.matrices import NUMBERS, Matrix
from mgg_kernel.comparison.method import ComparisonSettings, arguments_of, filter_name
from mgg_kernel.comparison.metrics import (
    DEFAULT_RATE_HZ,
    Comparison,
    compare,
    residual_curve,
)
from mgg_kernel.comparison.phases import PhaseRating, PhaseRatings
from mgg_kernel.comparison.rating import DEFAULT_WEIGHTS, Iso18571, grade_of, iso18571

__all__ = [
    "DEFAULT_RATE_HZ",
    "DEFAULT_WEIGHTS",
    "NUMBERS",
    "Comparison",
    "ComparisonSettings",
    "Iso18571",
    "Matrix",
    "MatrixProgress",
    "Method",
    "PhaseRating",
    "PhaseRatings",
    "SpragueGeers",
    "arguments_of",
    "compare",
    "filter_name",
    "grade_of",
    "iso18571",
    "matrix",
    "residual_curve",
    "sprague_geers",
    "window_of",
]

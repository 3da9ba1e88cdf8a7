"""Comparison of a simulated with a measured PT curve."""

from mgg_kernel.comparison.metrics import (
    DEFAULT_RATE_HZ,
    Comparison,
    ComparisonSettings,
    compare,
    residual_curve,
)

__all__ = [
    "DEFAULT_RATE_HZ",
    "Comparison",
    "ComparisonSettings",
    "compare",
    "residual_curve",
]

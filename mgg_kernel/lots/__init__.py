"""Repeats and lots: many shots of one recipe, their statistics, their limits."""

from mgg_kernel.lots.acceptance import Acceptance, LotDifference, TemperatureGroup
from mgg_kernel.lots.capability import Capability, Index
from mgg_kernel.lots.charts import ChartPoint, ControlChart, ControlCharts
from mgg_kernel.lots.corridor import Corner, Corridor
from mgg_kernel.lots.drawing import corridor_from_repeats
from mgg_kernel.lots.judging import Verdict, judge
from mgg_kernel.lots.outliers import Outlier, OutlierTest
from mgg_kernel.lots.repeats import Align, Band, Overlay, overlay
from mgg_kernel.lots.runs import FIRED_SHARE, READOUTS, Run
from mgg_kernel.lots.statistics import Statistics, statistics_of
from mgg_kernel.lots.tolerance import (
    Sides,
    ToleranceLimits,
    distribution_free_limits,
    one_sided_factor,
    tolerance_limits,
    two_sided_factor,
)

__all__ = [
    "FIRED_SHARE",
    "READOUTS",
    "Acceptance",
    "Align",
    "Band",
    "Capability",
    "ChartPoint",
    "ControlChart",
    "ControlCharts",
    "Corner",
    "Corridor",
    "Index",
    "LotDifference",
    "Outlier",
    "OutlierTest",
    "Overlay",
    "Run",
    "Sides",
    "Statistics",
    "TemperatureGroup",
    "ToleranceLimits",
    "Verdict",
    "corridor_from_repeats",
    "distribution_free_limits",
    "judge",
    "one_sided_factor",
    "overlay",
    "statistics_of",
    "tolerance_limits",
    "two_sided_factor",
]

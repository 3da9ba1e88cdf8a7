"""Repeats and lots: many shots of one recipe, their statistics, their limits."""

from mgg_kernel.lots.acceptance import Acceptance, accept
from mgg_kernel.lots.capability import Capability, Index, capability
from mgg_kernel.lots.charts import ChartPoint, ControlChart, ControlCharts, lot_charts, shot_charts
from mgg_kernel.lots.constants import c4, d2, d3
from mgg_kernel.lots.corridor import Corner, Corridor
from mgg_kernel.lots.difference import LotDifference, compare_lots
from mgg_kernel.lots.drawing import corridor_from_repeats
from mgg_kernel.lots.judging import Verdict, judge
from mgg_kernel.lots.outliers import Outlier, OutlierTest, generalized_esd, grubbs
from mgg_kernel.lots.overlays import Align, Band, Overlay
from mgg_kernel.lots.repeats import overlay
from mgg_kernel.lots.rules import RULE_SETS, RULES
from mgg_kernel.lots.runs import FIRED_SHARE, READOUTS, Run
from mgg_kernel.lots.series import LotGroup, LotReport, LotRow, judge_lots
from mgg_kernel.lots.statistics import Statistics, statistics_of
from mgg_kernel.lots.temperatures import CONDITIONING_C, TemperatureGroup, by_temperature
from mgg_kernel.lots.tolerance import (
    Sides,
    ToleranceLimits,
    distribution_free_limits,
    one_sided_factor,
    tolerance_limits,
    two_sided_factor,
)
from mgg_kernel.lots.unusual import unusual_curves

__all__ = [
    "CONDITIONING_C",
    "FIRED_SHARE",
    "READOUTS",
    "RULES",
    "RULE_SETS",
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
    "LotGroup",
    "LotReport",
    "LotRow",
    "Outlier",
    "OutlierTest",
    "Overlay",
    "Run",
    "Sides",
    "Statistics",
    "TemperatureGroup",
    "ToleranceLimits",
    "Verdict",
    "accept",
    "by_temperature",
    "c4",
    "capability",
    "compare_lots",
    "corridor_from_repeats",
    "d2",
    "d3",
    "distribution_free_limits",
    "generalized_esd",
    "grubbs",
    "judge",
    "judge_lots",
    "lot_charts",
    "one_sided_factor",
    "overlay",
    "shot_charts",
    "statistics_of",
    "tolerance_limits",
    "two_sided_factor",
    "unusual_curves",
]

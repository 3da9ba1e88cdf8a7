"""What needs attention, counted in one query."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Connection, TextClause, text

from mgg_kernel._paths import sql_dir
from mgg_kernel.quality import GRAVE

__all__ = ["PEAK_PERCENT", "Attention", "count_attention"]

PEAK_PERCENT = 5.0
"""A comparison whose peaks differ by more [%] is looked at."""


@dataclass(frozen=True)
class Attention:
    """How many of each kind there are, as far as the acting account may see."""

    unlinked_tests: int
    doubtful_tests: int
    out_of_calibration: int
    quarantined_files: int
    poor_comparisons: int
    open_orders: int
    urgent_orders: int
    tests: int
    simulations: int


def count_attention(connection: Connection, since: datetime) -> Attention:
    """Count what needs attention.

    Args:
        connection: a transaction of whoever looks.
        since: tests with doubtful records and comparisons count from here on.
    """
    parameters = {"since": since, "grave": sorted(GRAVE), "peak_percent": PEAK_PERCENT}
    return Attention(**connection.execute(_query(), parameters).one()._mapping)


@cache
def _query() -> TextClause:
    return text((sql_dir() / "pages" / "attention.sql").read_text(encoding="utf-8"))

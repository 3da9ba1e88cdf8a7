"""What several reports ask of the database: the tests of a period, and their curves."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from mgg_kernel.curve import PTCurve
from mgg_kernel.reports.periods import Period, PeriodKind, closed_before, parse_period
from mgg_kernel.reports.recorder import Questions, ask
from mgg_kernel.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["About", "about", "curves_of", "opened", "tests_of"]

_TESTS = """
SELECT t.id, t.name, coalesce(t.product, '') AS product,
    epoch_us(CAST(t.recorded_at AS TIMESTAMPTZ)) AS recorded_us, t.sample_count,
    t.peak_pressure_mpa, t.peak_time_ms, t.ignition_time_ms, t.warnings, t.quality, t.recipe_id,
    coalesce(w.work_order_number, '') AS work_order
FROM test_results t LEFT JOIN work_orders w ON w.id = t.work_order_id
WHERE t.team_id = $team AND t.deleted_at IS NULL
    AND t.recorded_at >= CAST($since AS TIMESTAMPTZ) AND t.recorded_at < CAST($until AS TIMESTAMPTZ)
ORDER BY t.id
"""
_CURVES = """
SELECT s.test_result_id, s.time_ms, s.pressure_mpa
FROM test_time_series s JOIN test_results t ON t.id = s.test_result_id
WHERE t.team_id = $team AND t.deleted_at IS NULL
    AND s.recorded_at >= CAST($since AS TIMESTAMPTZ) AND s.recorded_at < CAST($until AS TIMESTAMPTZ)
ORDER BY s.test_result_id, s.sequence_number
"""


@dataclass(frozen=True)
class About:
    """What a report is about: a period of the lab's days, and whose rows."""

    period: Period
    zone: ZoneInfo
    team: int

    @property
    def subject(self) -> str:
        """The period in words: its name, and its days where it has several."""
        days = self.period.days(self.zone)
        if len(days) == 1:
            return self.period.name
        return f"{self.period.name} ({days[0]} – {days[-1]})"


def about(ws: Workspace, period: str | None, kind: PeriodKind) -> About:
    """Return what a report of a period is about; without one, of the last one that is over.

    Raises:
        ReportError: it names no period.
    """
    zone = ZoneInfo(ws.settings.timezone)
    name = period or closed_before(kind, datetime.now(UTC), zone)
    return About(parse_period(name, zone), zone, ws.reports.team_id())


@contextmanager
def opened(ws: Workspace, *more: str) -> Iterator[Questions]:
    """Ask of the tables that every report of tests needs, and of some more."""
    with ask(ws, "test_results", "work_orders", *more) as questions:
        yield questions


def tests_of(questions: Questions, team: int, since: datetime, until: datetime) -> "pd.DataFrame":
    """Return the tests that were stored from a moment up to another one, the oldest first."""
    return questions.sql(_TESTS, team=team, since=since.isoformat(), until=until.isoformat())


def curves_of(
    questions: Questions, team: int, since: datetime, until: datetime
) -> dict[int, PTCurve]:
    """Return the curves of these tests by their ids, whichever tier they are in."""
    import numpy as np

    rows = questions.sql(_CURVES, team=team, since=since.isoformat(), until=until.isoformat())
    ids = rows["test_result_id"].to_numpy()
    time_ms, pressure_mpa = rows["time_ms"].to_numpy(), rows["pressure_mpa"].to_numpy()
    edges = [0, *(np.flatnonzero(np.diff(ids)) + 1), len(ids)] if len(ids) else []
    return {int(ids[a]): PTCurve(time_ms[a:b], pressure_mpa[a:b]) for a, b in pairwise(edges)}

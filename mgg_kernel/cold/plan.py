"""What is to be archived: whole, closed periods that the retention policies let go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, func, select

from mgg_kernel.cold import catalogue
from mgg_kernel.cold.catalogue import Policy
from mgg_kernel.cold.holds import Hold, holds
from mgg_kernel.cold.layouts import Layout
from mgg_kernel.cold.periods import Period, PeriodKind, period_of, periods_between
from mgg_kernel.cold.tables import archived_curves, source_tables
from mgg_kernel.errors import ArchiveError
from mgg_kernel.hot.tables import forward_simulations, test_results

__all__ = ["PlannedPeriod", "plan"]

CLOCK_TOLERANCE = timedelta(minutes=5)
_MOMENT = timedelta(microseconds=1)
_BYTES_PER_ROW = {"operation_logs": 1_000}
_BYTES_PER_SAMPLE = 30


@dataclass(frozen=True)
class PlannedPeriod:
    """A period with rows that are old enough.

    Attributes:
        table: whose rows.
        period: which.
        segment: what its file is called beside the period; empty for the first.
        rows: about how many.
        state: ``due``, or ``held`` by a hold.
        hold: why it is held.
    """

    table: str
    period: Period
    segment: str
    rows: int
    state: Literal["due", "held"]
    hold: Hold | None = None

    @property
    def most_bytes(self) -> int:
        """More than its file can need."""
        return self.rows * _BYTES_PER_ROW.get(self.table, _BYTES_PER_SAMPLE) + 1_000_000


def plan(
    connection: Connection, layouts: Sequence[Layout], as_of: datetime | None = None
) -> list[PlannedPeriod]:
    """Return the periods that are due, or would be without a hold, by table and time.

    A period is due when it is over by the database's clock, and `as_of` lies at least the policy's
    days after its end.

    Args:
        connection: a transaction of the archiver.
        layouts: which tables.
        as_of: the moment to plan for; None: now.

    Raises:
        ArchiveError: the clock stands before the last time that something was archived.
    """
    now = catalogue.now(connection)
    _require_sane_clock(connection, now)
    rules = {policy.table: policy for policy in catalogue.policies(connection)}
    held = holds(connection)
    planned = []
    for layout in layouts:
        policy = rules[layout.table]
        assert policy.period is not None, "the schema's tables that have a layout have a period"
        for period in _periods(connection, layout, policy.period):
            if not is_due(period, policy, as_of or now, now):
                continue
            if not catalogue.has_rows(connection, layout, period):
                continue
            hold = next((one for one in held if one.covers(layout.table, period)), None)
            planned.append(
                PlannedPeriod(
                    layout.table,
                    period,
                    catalogue.next_segment(connection, layout, period),
                    _rows(connection, layout, period),
                    "due" if hold is None else "held",
                    hold,
                )
            )
    return planned


def is_due(period: Period, policy: Policy, as_of: datetime, now: datetime) -> bool:
    """Return whether a period is over and old enough; a day has 24 hours here."""
    return period.end <= now and period.end + timedelta(days=policy.hot_days) <= as_of


def _periods(connection: Connection, layout: Layout, kind: PeriodKind) -> list[Period]:
    found: set[Period] = set()
    for part in catalogue.partitions(connection, layout):
        if part.lower is not None and part.upper is not None:
            found.update(periods_between(part.lower, part.upper - _MOMENT, kind))
        else:
            found.update(_periods_in(connection, layout, kind))
    return sorted(found)


def _periods_in(connection: Connection, layout: Layout, kind: PeriodKind) -> set[Period]:
    """Return the periods of all rows, where a partition without bounds may hold any."""
    recorded = source_tables[layout.table].c.recorded_at
    days = select(func.date_trunc("day", recorded, "UTC").distinct())
    return {period_of(day, kind) for day in connection.execute(days).scalars()}


def _rows(connection: Connection, layout: Layout, period: Period) -> int:
    """Return how many rows a period has: of curves what their results say, which costs nothing."""
    if layout.curve is None:
        table = source_tables[layout.table]
        query = select(func.count()).select_from(table)
        bounds = table.c.recorded_at
    else:
        parent = test_results if layout.curve == "test" else forward_simulations
        key = archived_curves.c[layout.columns[0].name]
        query = (
            select(func.coalesce(func.sum(parent.c.sample_count), 0))
            .select_from(parent.outerjoin(archived_curves, key == parent.c.id))
            .where(key.is_(None))
        )
        bounds = parent.c.recorded_at
    query = query.where(bounds >= period.start, bounds < period.end)
    return int(connection.execute(query).scalar_one())


def _require_sane_clock(connection: Connection, now: datetime) -> None:
    last = max(
        (one.finished_at for one in catalogue.batches(connection) if one.finished_at is not None),
        default=now,
    )
    if last > now + CLOCK_TOLERANCE:
        raise ArchiveError(
            f"The database's clock says {now:%Y-%m-%d %H:%M} UTC, but something was archived at "
            f"{last:%Y-%m-%d %H:%M} UTC already; put the clock right first."
        )

"""What is held against the limits that the settings set: drills, the archive, sizes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from mgg_kernel.cold import catalogue
from mgg_kernel.cold.plan import plan
from mgg_kernel.settings import Settings
from mgg_kernel.workspace.backups import last_drill

__all__ = ["GB", "ArchiveLoad", "DrillAge", "archive_load", "drill_age", "largest_table"]

GB = 1e9
_AS_ARCHIVER = text("SET LOCAL ROLE mgg_archiver")
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class DrillAge:
    """The last restore drill.

    Attributes:
        days: since then; None: there was none in this folder of backups.
        findings: what it found; None: it could not even restore.
        is_late: whether the next one is overdue.
    """

    days: float | None
    findings: int | None
    is_late: bool

    @property
    def has_failed(self) -> bool:
        """Whether the last one showed that the backup does not restore as it was."""
        return self.days is not None and self.findings != 0


@dataclass(frozen=True)
class ArchiveLoad:
    """How the cold store stands.

    Attributes:
        days_late: for how long the oldest period that is due has been due; 0: nothing is.
        periods: how many are due; held ones are not.
        size_bytes: of all files that the books name.
    """

    days_late: float
    periods: int
    size_bytes: int


def drill_age(settings: Settings, now: datetime) -> DrillAge:
    """Return when the last restore drill was, and whether the next one is overdue."""
    last = last_drill(settings)
    if last is None:
        return DrillAge(None, None, True)
    days = (now - last.at) / _DAY
    return DrillAge(days, last.findings, days > settings.monitor_drill_days)


def archive_load(connection: Connection, now: datetime) -> ArchiveLoad:
    """Return how the cold store stands.

    Args:
        connection: a transaction of an administrator, which becomes one of the archiver.
        now: the moment that lateness counts to.

    Raises:
        ArchiveError: the clock stands before the last time that something was archived.
    """
    connection.execute(_AS_ARCHIVER)
    days = {one.table: one.hot_days for one in catalogue.policies(connection)}
    due = [
        one.period.end + days[one.table] * _DAY
        for one in plan(connection, catalogue.layouts_of(None))
        if one.state == "due"
    ]
    kept = [one for one in catalogue.batches(connection) if one.state in ("archived", "restored")]
    return ArchiveLoad(
        max(((now - one) / _DAY for one in due), default=0.0),
        len(due),
        sum(one.size_bytes or 0 for one in kept),
    )


def largest_table(rows: Sequence[Mapping[str, Any]]) -> tuple[str, int]:
    """Return name and bytes of the largest table, partitions and indexes added up.

    Args:
        rows: the answer to ``sql/monitoring/table_sizes.sql``.
    """
    sizes = [(int(row["total_bytes"]), str(row["table_name"])) for row in rows]
    size, name = max(sizes, default=(0, ""))
    return name, size

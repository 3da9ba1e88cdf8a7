"""``ws.monitoring``: how the database does, held against thresholds."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from mgg_kernel._paths import sql_dir
from mgg_kernel.errors import ArchiveError
from mgg_kernel.hot.monitoring import QUERIES, ask_monitoring
from mgg_kernel.workspace.limits import GB, archive_load, drill_age, largest_table
from mgg_kernel.workspace.office import Office
from mgg_kernel.workspace.rights import RIGHTS

__all__ = ["Check", "Monitoring"]

State = Literal["calm", "attention", "alarm", "unknown"]

MIN_HIT_RATE = 0.99
FEW_PAGES = 10_000
"""A server that has read so few pages from the disk was only just started."""
MOST_CONNECTIONS = 0.8
LONG_TRANSACTION_S = 600.0
SLOW_MEAN_MS = 1_000.0
FEW_CALLS = 5
UNUSED_BYTES = 100 * 1024**2
MIN_DAYS_AHEAD, ALARM_DAYS_AHEAD = 60, 14


@dataclass(frozen=True)
class Check:
    """One thing that was measured.

    Attributes:
        name: of the query in ``sql/monitoring``, or ``drill``, ``archive_late``, ``archive_size``.
        state: how it is; ``unknown`` where this account or server does not tell.
        value: the number that decides; its unit depends on the name.
        rows: what the query gave.
    """

    name: str
    state: State
    value: float | None
    rows: list[dict[str, Any]]


class Monitoring:
    """How the database does; everybody may look, and sees what the own role is told."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def look(self) -> list[Check]:
        """Run the queries of ``sql/monitoring`` and hold each against its threshold."""
        with self._office.transaction() as connection:
            answers = {name: ask_monitoring(connection, sql_dir(), name) for name in QUERIES}
        found = [_check(name, rows) for name, rows in answers.items()]
        sizes = next(one for one in found if one.name == "table_sizes")
        most_bytes = self._office.settings.monitor_max_table_gb * GB
        if largest_table(sizes.rows)[1] > most_bytes:
            found[found.index(sizes)] = replace(sizes, state="attention")
        if self._office.user.role not in RIGHTS["back up"]:
            return found
        return [one for one in found if one.name != "archive_lag"] + self._of_the_lab()

    def _of_the_lab(self) -> list[Check]:
        """What administrators alone are told: of drills and of the cold store."""
        settings, now = self._office.settings, datetime.now(UTC)
        last = drill_age(settings, now)
        state: State = "alarm" if last.has_failed else "attention" if last.is_late else "calm"
        checks = [Check("drill", state, last.days, [])]
        try:
            with self._office.transaction() as connection:
                load = archive_load(connection, now)
        except ArchiveError:
            return [Check("archive_late", "unknown", None, []), *checks]
        state = "attention" if load.days_late > settings.monitor_archive_days else "calm"
        most = settings.monitor_max_archive_gb
        above = most is not None and load.size_bytes > most * GB
        return [
            Check("archive_late", state, load.days_late, []),
            *checks,
            Check("archive_size", "attention" if above else "calm", float(load.size_bytes), []),
        ]


def _check(name: str, rows: list[dict[str, Any]] | None) -> Check:
    if rows is None:
        return Check(name, "unknown", None, [])
    value, state = _JUDGES[name](rows)
    return Check(name, state, value, rows)


def _lag(rows: list[dict[str, Any]]) -> tuple[float, State]:
    due = sum(bool(row["is_due"]) for row in rows)
    return float(due), "calm"  # a quarter moves when it is over: the plan tells what is due


def _cache(rows: list[dict[str, Any]]) -> tuple[float | None, State]:
    disk = sum(int(row["pages_from_disk"]) for row in rows)
    pages = sum(
        int(row["pages_from_disk"]) / (1 - float(row["hit_rate"]))
        for row in rows
        if row["hit_rate"] is not None and row["hit_rate"] < 1
    )
    if not pages:
        return (1.0 if rows else None), "calm"
    rate = 1 - disk / pages
    return rate, "attention" if rate < MIN_HIT_RATE and disk > FEW_PAGES else "calm"


def _connections(rows: list[dict[str, Any]]) -> tuple[float | None, State]:
    if not rows:
        return None, "unknown"  # PostgreSQL shows others' sessions to its own administrators alone
    allowed = max((int(row["connections_allowed"]) for row in rows), default=1)
    share = sum(int(row["connections"]) for row in rows) / allowed
    oldest = max(
        (row["oldest_transaction"].total_seconds() for row in rows if row["oldest_transaction"]),
        default=0.0,
    )
    crowded = share > MOST_CONNECTIONS or oldest > LONG_TRANSACTION_S
    return share, "attention" if crowded else "calm"


def _partitions(rows: list[dict[str, Any]]) -> tuple[float | None, State]:
    if not rows:
        return None, "alarm"
    now = datetime.now(UTC)
    days = min((row["reaches_to"] - now).total_seconds() for row in rows) / 86_400
    if days < ALARM_DAYS_AHEAD:
        return days, "alarm"
    return days, "attention" if days < MIN_DAYS_AHEAD else "calm"


def _slow(rows: list[dict[str, Any]]) -> tuple[float | None, State]:
    often = [float(row["mean_ms"]) for row in rows if row["calls"] >= FEW_CALLS]
    slowest = max(often, default=None)
    return slowest, "attention" if slowest is not None and slowest > SLOW_MEAN_MS else "calm"


def _sizes(rows: list[dict[str, Any]]) -> tuple[float, State]:
    return float(sum(row["total_bytes"] for row in rows)), "calm"


def _unused(rows: list[dict[str, Any]]) -> tuple[float, State]:
    total = float(sum(row["index_bytes"] for row in rows))
    return total, "attention" if total > UNUSED_BYTES else "calm"


_JUDGES = {
    "archive_lag": _lag,
    "cache_hit_rate": _cache,
    "connections": _connections,
    "partitions_ahead": _partitions,
    "slow_queries": _slow,
    "table_sizes": _sizes,
    "unused_indexes": _unused,
}

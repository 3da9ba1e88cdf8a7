"""``ws.monitor``: how the lab's machine, database, archive and backups are; for administrators."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, text

from mgg_kernel._paths import sql_dir
from mgg_kernel.errors import MggError
from mgg_kernel.workspace.backups import list_backups
from mgg_kernel.workspace.limits import GB, archive_load, drill_age, largest_table
from mgg_kernel.workspace.office import Office

__all__ = ["Check", "Monitor", "MonitorReport", "MonitorTable", "State"]

State = Literal["ok", "warn", "bad"]
_RANK = {"ok": 0, "warn": 1, "bad": 2}
_AS_ARCHIVER = text("SET LOCAL ROLE mgg_archiver")
# PostgreSQL shows a login its own sessions and statements; the roles that it takes on see none.
_AS_LOGIN = text("SET LOCAL ROLE NONE")
_OF_LOGIN = ("connections", "slow_queries")
_FAILED_REPORTS = text(
    "SELECT count(*) FROM report_runs WHERE state = 'failed'"
    " AND created_at > now() - interval '24 hours'"
)
_UNINDEXED = text(
    "SELECT count(*) FROM test_results t WHERE NOT EXISTS"
    " (SELECT FROM curve_signatures s WHERE s.test_result_id = t.id)"
)
DAY_S = 86_400


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: such as ``disk``; the same in every report.
        state: ``ok``, ``warn`` or ``bad``.
        text: a sentence for a person.
        value: the number behind it; None if there is none.
        unit: of that number.
    """

    name: str
    state: State
    text: str
    value: float | None = None
    unit: str = ""


@dataclass(frozen=True)
class MonitorTable:
    """The answer to a query of ``sql/monitoring``; `problem` says why there is none."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    problem: str = ""

    def records(self) -> "list[dict[str, Any]]":
        """Return the rows as mappings."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class MonitorReport:
    """How everything is at a moment."""

    moment: datetime
    checks: Sequence[Check]
    tables: Mapping[str, MonitorTable]

    @property
    def state(self) -> State:
        """The worst state of all checks."""
        return max((one.state for one in self.checks), key=_RANK.__getitem__)


class Monitor:
    """Looks and changes nothing."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def report(self) -> MonitorReport:
        """Return how everything is now.

        Raises:
            AccessError: the acting account is no administrator.
            DatabaseDownError: the database does not answer.
        """
        with self._office.doing("back up", "system", "look at the monitoring"):
            tables = {
                path.stem: self._ask(path.stem, path.read_text("utf-8"))
                for path in sorted((sql_dir() / "monitoring").glob("*.sql"))
            }
            checks = [
                *self._disk(),
                *self._backups(),
                self._drill(),
                *self._tables(tables),
                *self._cold_store(),
                self._count("failed_reports", _FAILED_REPORTS, "reports failed in the last day"),
                self._count("similarity_lag", _UNINDEXED, "tests wait for their signature"),
            ]
        return MonitorReport(datetime.now(UTC), checks, tables)

    def _ask(self, name: str, query: str) -> MonitorTable:
        try:
            with self._office.transaction() as connection:
                if name == "archive_lag":
                    connection.execute(_AS_ARCHIVER)
                elif name in _OF_LOGIN:
                    connection.execute(_AS_LOGIN)
                answer = connection.exec_driver_sql(query.replace("%", "%%"))
                return MonitorTable(name, list(answer.keys()), [tuple(one) for one in answer])
        except MggError as error:
            return MonitorTable(name, [], [], str(error))

    def _disk(self) -> Iterator[Check]:
        folder = self._office.settings.data_dir
        there = next(one for one in (folder, *folder.parents) if one.exists())
        usage = shutil.disk_usage(there)
        share = usage.free / usage.total
        least = self._office.settings.monitor_min_free_share
        state: State = "bad" if share < least / 2 else "warn" if share < least else "ok"
        text_ = f"The disk of {folder} has {usage.free / 1e9:,.1f} GB free ({share:.0%})."
        yield Check("disk", state, text_, usage.free, "bytes")

    def _backups(self) -> Iterator[Check]:
        settings = self._office.settings
        good = [
            one.manifest
            for one in list_backups(settings)
            if one.is_whole and one.manifest is not None
        ]
        if not good:
            yield Check("backup", "bad", "There is no backup: set a key and run 'mgg backup run'.")
            return
        made = datetime.fromisoformat(good[0].snapshot_at)
        hours = (datetime.now(UTC) - made).total_seconds() / 3600
        most = settings.monitor_backup_hours
        state = _grade(hours, most)
        sentence = f"The last whole backup is {hours:,.1f} hours old."
        if good[0].problems:
            state, sentence = "bad", f"{sentence} It tells of a problem: {good[0].problems[0]}"
        yield Check("backup", state, sentence, hours, "hours")

    def _drill(self) -> Check:
        most = self._office.settings.monitor_drill_days
        last = drill_age(self._office.settings, datetime.now(UTC))
        if last.days is None:
            words = "No restore drill is recorded: run 'mgg backup verify --restore'."
            return Check("drill", "warn", words)
        words = f"The last restore drill was {last.days:,.1f} days ago"
        if last.has_failed:
            found = "the backup could not be restored"
            if last.findings is not None:
                found = f"it found {last.findings} things that differ"
            return Check("drill", "bad", f"{words}, and {found}.", last.days, "days")
        return Check("drill", _grade(last.days, most), f"{words}.", last.days, "days")

    def _cold_store(self) -> Iterator[Check]:
        settings = self._office.settings
        try:
            with self._office.transaction() as connection:
                load = archive_load(connection, datetime.now(UTC))
        except MggError as error:
            yield Check("archive_lag", "warn", f"This could not be looked at: {error}")
            return
        words = "Nothing is due for the cold store."
        if load.periods:
            words = f"{load.periods} periods are due for the cold store, one for "
            words += f"{load.days_late:,.1f} days: run 'mgg archive run'."
        state = _grade(load.days_late, settings.monitor_archive_days)
        yield Check("archive_lag", state, words, load.days_late, "days")
        most, size = settings.monitor_max_archive_gb, load.size_bytes
        words = f"The files of the cold store have {size / GB:,.2f} GB"
        words += "." if most is None else f" of at most {most:g}."
        above = most is not None and size > most * GB
        yield Check("archive_size", "warn" if above else "ok", words, size, "bytes")

    def _tables(self, tables: Mapping[str, MonitorTable]) -> Iterator[Check]:
        yield from _connections(tables["connections"])
        yield from _cache(tables["cache_hit_rate"], self._office.settings.monitor_min_cache_hit)
        yield from _partitions(tables["partitions_ahead"])
        yield from _archive(tables["archive_lag"])
        yield _largest(tables["table_sizes"], self._office.settings.monitor_max_table_gb)
        yield from _slow(tables["slow_queries"], self._office.settings.monitor_slow_ms)

    def _count(self, name: str, query: Any, words: str) -> Check:
        try:
            with self._office.transaction() as connection:
                number = _number(connection, query)
        except MggError as error:
            return Check(name, "warn", f"This could not be looked at: {error}")
        return Check(name, "warn" if number else "ok", f"{number:,} {words}.", number)


def _number(connection: Connection, query: Any) -> int:
    return int(connection.execute(query).scalar_one())


def _connections(table: MonitorTable) -> Iterator[Check]:
    rows = table.records()
    if not rows:
        yield Check("connections", "warn", table.problem or "Nobody is connected.")
        return
    used, allowed = sum(one["connections"] for one in rows), rows[0]["connections_allowed"]
    share = used / allowed
    state: State = "bad" if share > 0.9 else "warn" if share > 0.7 else "ok"
    yield Check("connections", state, f"{used} of {allowed} connections are in use.", used)


def _cache(table: MonitorTable, least: float) -> Iterator[Check]:
    rates = [(float(one["hit_rate"]), one) for one in table.records() if one["hit_rate"]]
    # A table that was hardly read says nothing of the memory.
    read = [rate for rate, one in rates if one["pages_from_disk"] > 10_000]
    low = min(read, default=1.0)
    sentence = f"At least {low:.1%} of the pages of each busy table were found in memory."
    yield Check("cache", "ok" if low >= least else "warn", sentence, low)


def _partitions(table: MonitorTable) -> Iterator[Check]:
    reach = [one["reaches_to"] for one in table.records()]
    if not reach:
        yield Check("partitions", "bad", table.problem or "There are no partitions.")
        return
    days = (min(reach) - datetime.now(UTC)).total_seconds() / DAY_S
    state: State = "bad" if days < 7 else "warn" if days < 60 else "ok"
    yield Check("partitions", state, f"Partitions reach {days:,.0f} days ahead.", days, "days")


def _archive(table: MonitorTable) -> Iterator[Check]:
    if table.problem:
        yield Check("archive", "warn", f"This could not be looked at: {table.problem}")
        return
    rows = table.records()
    done = sum(one["batches_archived"] for one in rows)
    tried = done + sum(one["batches_aborted"] for one in rows)
    rate = done / tried if tried else 1.0
    sentence = f"{done} of {tried} attempts to archive succeeded."
    yield Check("archive", "warn" if rate < 0.9 else "ok", sentence, rate)


def _largest(table: MonitorTable, most_gb: float) -> Check:
    if table.problem:
        return Check("largest_table", "warn", f"This could not be looked at: {table.problem}")
    name, size = largest_table(table.records())
    words = f"The largest table, {name}, has {size / GB:,.2f} GB of at most {most_gb:g}."
    return Check("largest_table", _grade(size, most_gb * GB), words, size, "bytes")


def _grade(value: float, most: float) -> State:
    return "bad" if value > 2 * most else "warn" if value > most else "ok"


def _slow(table: MonitorTable, most_ms: float) -> Iterator[Check]:
    slow = [one for one in table.records() if float(one["mean_ms"]) > most_ms]
    sentence = f"{len(slow)} of the busiest statements take more than {most_ms:g} ms on average."
    if table.problem:
        sentence = f"Statements are not counted here: {table.problem}"
    yield Check("slow_queries", "warn" if slow else "ok", sentence, len(slow))

"""The rows of reports: what was asked for, how it ended, and where its files are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from sqlalchemy import Connection, Select, func, insert, select, text, update

from mgg_kernel.errors import NotFoundError
from mgg_kernel.hot.tables import report_runs, users

__all__ = [
    "Ending",
    "ReportRun",
    "RunState",
    "begin_run",
    "end_run",
    "get_run",
    "list_runs",
    "lock_number",
    "runs_of_key",
]

RunState = Literal["running", "done", "failed"]


@dataclass(frozen=True)
class ReportRun:
    """A report that was asked for.

    Attributes:
        period: what it is about, such as ``2026-01``, or the moment that it was due.
        repetition: how often the same had been asked for before.
        answer: what it comes to, in a sentence.
        error_name: the kind of error that it ended with.
        numbers_digest: SHA-256 of its numbers alone.
        folder: where its files are, below the folder of reports.
    """

    id: int
    name: str
    parameters: dict[str, Any]
    idempotency_key: str
    state: RunState
    manifest: dict[str, Any] | None
    error: str | None
    created_by: str
    created_at: datetime
    finished_at: datetime | None
    period: str
    repetition: int
    attempts: int
    answer: str
    error_name: str | None
    numbers_digest: str | None
    manifest_sha256: str | None
    folder: str | None


@dataclass(frozen=True)
class Ending:
    """How a run ended."""

    state: Literal["done", "failed"]
    attempts: int
    answer: str = ""
    error_name: str | None = None
    error: str | None = None
    numbers_digest: str | None = None
    manifest: dict[str, Any] | None = None
    manifest_sha256: str | None = None
    folder: str | None = None


def begin_run(
    connection: Connection,
    *,
    name: str,
    parameters: dict[str, Any],
    period: str,
    key: str,
    repetition: int,
) -> int:
    """Store that a report is being made, and return its number.

    Args:
        connection: a transaction of whoever asks.
        name: of the report.
        parameters: with those that were not given.
        period: what it is about.
        key: what two runs share that must not both be made.
        repetition: 0 for the first one of a key.

    Raises:
        ConflictError: that one is there already.
    """
    values = {
        "name": name,
        "parameters": parameters,
        "period": period,
        "idempotency_key": key,
        "repetition": repetition,
        "state": "running",
    }
    return int(
        connection.execute(
            insert(report_runs).values(values).returning(report_runs.c.id)
        ).scalar_one()
    )


def end_run(connection: Connection, run_id: int, ending: Ending) -> None:
    """Store how a run ended.

    Raises:
        NotFoundError: there is no such run, or it has ended already.
    """
    done = connection.execute(
        update(report_runs)
        .where(report_runs.c.id == run_id, report_runs.c.state == "running")
        .values(**vars(ending), finished_at=func.clock_timestamp())
    )
    if done.rowcount != 1:
        raise NotFoundError(f"There is no report {run_id} that is being made.")


def get_run(connection: Connection, run_id: int) -> ReportRun:
    """Return a run.

    Raises:
        NotFoundError: there is none of that number, or this user may not see it.
    """
    row = connection.execute(_query().where(report_runs.c.id == run_id)).one_or_none()
    if row is None:
        raise NotFoundError(
            f"There is no report {run_id}, or you may not see it; 'mgg report list' shows them."
        )
    return ReportRun(**row._mapping)


def runs_of_key(connection: Connection, key: str) -> list[ReportRun]:
    """Return the runs of one key in the own team, the newest first."""
    query = _query().where(
        report_runs.c.idempotency_key == key, report_runs.c.team_id == text("mgg_team_id()")
    )
    return _runs(connection, query)


def list_runs(
    connection: Connection,
    *,
    name: str | None = None,
    names: Sequence[str] | None = None,
    state: RunState | None = None,
    period: str | None = None,
    limit: int = 200,
) -> list[ReportRun]:
    """Return the newest runs that the user may see, newest first.

    Args:
        connection: a transaction of the user who looks.
        name: only of this report.
        names: only of these reports.
        state: only those that are in this state.
        period: only those whose period begins so, such as ``2026-01``.
        limit: at most so many.
    """
    query = _query().limit(limit)
    if name is not None:
        query = query.where(report_runs.c.name == name)
    if names is not None:
        query = query.where(report_runs.c.name.in_(names))
    if state is not None:
        query = query.where(report_runs.c.state == state)
    if period is not None:
        query = query.where(report_runs.c.period.startswith(period, autoescape=True))
    return _runs(connection, query)


def lock_number(key: str) -> int:
    """Return the number of the advisory lock that is held while a key's report is made."""
    digest = sha256(f"mgg report {key}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _runs(connection: Connection, query: "Select[Any]") -> list[ReportRun]:
    newest = report_runs.c.created_at.desc(), report_runs.c.id.desc()
    return [ReportRun(**row._mapping) for row in connection.execute(query.order_by(*newest))]


def _query() -> "Select[Any]":
    columns = {
        name: report_runs.c[name] for name in ReportRun.__dataclass_fields__ if name != "created_by"
    }
    return select(*columns.values(), users.c.username.label("created_by")).select_from(
        report_runs.join(users, users.c.id == report_runs.c.created_by)
    )

"""The operation log: who did what to what, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Text, cast, or_, select, text, tuple_
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import bindparam

from mgg_kernel.hot.tables import operation_logs

__all__ = ["SEARCHED", "LogEntry", "LogFilter", "Outcome", "list_log", "write_log"]

Outcome = Literal["done", "refused", "failed"]
SEARCHED = ("action", "object_type", "object_id", "actor", "details")
"""The columns that a text is looked for in."""

_LOG = text(
    "SELECT log_operation(:log_type, :action, :object_type, :object_id, :outcome, :details)"
).bindparams(bindparam("details", type_=JSONB))


@dataclass(frozen=True)
class LogEntry:
    """A row of the operation log."""

    id: int
    recorded_at: datetime
    actor: str
    session_actor: str
    log_type: str
    action: str
    object_type: str | None
    object_id: str | None
    outcome: Outcome
    address: str | None
    application: str
    details: dict[str, Any]


@dataclass(frozen=True)
class LogFilter:
    """Which entries are wanted; None leaves a question open.

    Attributes:
        log_type: of this kind.
        actor: what this account did.
        action: what was called so.
        outcome: what ended so.
        since: what was done at this moment or later.
        until: what was done before this moment.
        words: what has this text in its action, object, actor or details.
        before: what comes behind the entry of this moment and number in a list: an older page.
    """

    log_type: str | None = None
    actor: str | None = None
    action: str | None = None
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None
    words: str | None = None
    before: tuple[datetime, int] | None = None

    def equal(self) -> dict[str, str | None]:
        """Return what columns must be equal to, by their names."""
        return {name: getattr(self, name) for name in ("log_type", "actor", "action", "outcome")}


def write_log(
    connection: Connection,
    log_type: str,
    action: str,
    *,
    object_type: str | None = None,
    object_id: object = None,
    outcome: Outcome = "done",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add an entry; actor, session user, time and address are filled in by the database.

    Args:
        connection: a transaction in which somebody acts.
        log_type: the kind of operation, one of those that the table allows.
        action: what was done, in a few words.
        object_type: the table of the thing it was done to.
        object_id: that thing's id or name.
        outcome: how it ended.
        details: more, as JSON.
    """
    connection.execute(
        _LOG,
        {
            "log_type": log_type,
            "action": action,
            "object_type": object_type,
            "object_id": None if object_id is None else str(object_id),
            "outcome": outcome,
            "details": dict(details or {}),
        },
    )


def list_log(
    connection: Connection, wanted: LogFilter | None = None, *, limit: int = 200
) -> list[LogEntry]:
    """Return the newest entries in PostgreSQL that the user may see, newest first.

    Args:
        connection: a transaction of the user who looks.
        wanted: which entries; None: all.
        limit: at most so many.
    """
    wanted = wanted or LogFilter()
    columns = operation_logs.c
    query = select(*(columns[name] for name in LogEntry.__dataclass_fields__)).order_by(
        columns.recorded_at.desc(), columns.id.desc()
    )
    for column, value in wanted.equal().items():
        if value is not None:
            query = query.where(columns[column] == value)
    if wanted.since is not None:
        query = query.where(columns.recorded_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(columns.recorded_at < wanted.until)
    if wanted.before is not None:
        at, number = wanted.before
        query = query.where(tuple_(columns.recorded_at, columns.id) < tuple_(at, number))
    if wanted.words:
        query = query.where(
            or_(
                *(
                    cast(columns[name], Text).icontains(wanted.words, autoescape=True)
                    for name in SEARCHED
                )
            )
        )
    return [LogEntry(**row._mapping) for row in connection.execute(query.limit(limit))]

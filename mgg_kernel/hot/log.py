"""The operation log: who did what to what, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import bindparam

from mgg_kernel.hot.tables import operation_logs

__all__ = ["LogEntry", "Outcome", "list_log", "write_log"]

Outcome = Literal["done", "refused", "failed"]

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
    connection: Connection,
    *,
    log_type: str | None = None,
    actor: str | None = None,
    outcome: Outcome | None = None,
    limit: int = 200,
) -> list[LogEntry]:
    """Return the newest entries that the user may see, newest first.

    Args:
        connection: a transaction of the user who looks.
        log_type: only this kind.
        actor: only what this account did.
        outcome: only what ended so.
        limit: at most so many.
    """
    columns = [operation_logs.c[name] for name in LogEntry.__dataclass_fields__]
    query = select(*columns).order_by(
        operation_logs.c.recorded_at.desc(), operation_logs.c.id.desc()
    )
    for column, wanted in (("log_type", log_type), ("actor", actor), ("outcome", outcome)):
        if wanted is not None:
            query = query.where(operation_logs.c[column] == wanted)
    return [LogEntry(**row._mapping) for row in connection.execute(query.limit(limit))]

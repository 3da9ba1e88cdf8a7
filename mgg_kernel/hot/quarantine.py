"""Files that were refused and kept, until somebody settles them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, Row, Select, func, select
from sqlalchemy.dialects.postgresql import insert

from mgg_kernel.errors import ConflictError, NotFoundError
from mgg_kernel.hot.tables import quarantined_files, users

__all__ = ["Outcome", "QuarantinedFile", "get_file", "keep_file", "list_files", "settle"]

Outcome = Literal["ingested", "discarded"]


@dataclass(frozen=True)
class QuarantinedFile:
    """A file that was refused; `outcome` is None until it is settled."""

    id: int
    file_name: str
    sha256: str
    size_bytes: int
    reason: str
    created_by: str
    created_at: datetime
    outcome: Outcome | None


def keep_file(
    connection: Connection, *, sha256: str, size_bytes: int, file_name: str, reason: str
) -> None:
    """Keep a file; the same bytes that wait already are kept once."""
    connection.execute(
        insert(quarantined_files)
        .values(sha256=sha256, size_bytes=size_bytes, file_name=file_name, reason=reason)
        .on_conflict_do_nothing()
    )


def list_files(connection: Connection, *, settled: bool = False) -> list[QuarantinedFile]:
    """Return the files of the own team that wait, or are settled, newest first."""
    query = _query().where(quarantined_files.c.settled_at.is_not(None) == settled)
    return [_file(row) for row in connection.execute(query)]


def get_file(connection: Connection, file_id: int) -> QuarantinedFile:
    """Return a file, settled or not.

    Raises:
        NotFoundError: there is none of that id, or this user may not see it.
    """
    row = connection.execute(_query().where(quarantined_files.c.id == file_id)).one_or_none()
    if row is None:
        raise NotFoundError(
            f"There is no file {file_id} in quarantine; 'mgg quarantine list' shows those that are."
        )
    return _file(row)


def settle(connection: Connection, file_id: int, outcome: Outcome) -> None:
    """Say what became of a file.

    Raises:
        ConflictError: it was settled before, or meanwhile.
    """
    done = connection.execute(
        quarantined_files.update()
        .where(quarantined_files.c.id == file_id, quarantined_files.c.settled_at.is_(None))
        .values(settled_at=func.now(), settled_by=func.mgg_actor_id(), outcome=outcome)
    )
    if done.rowcount != 1:
        raise ConflictError(f"The file {file_id} of the quarantine is settled already.")


def _query() -> "Select[tuple[object, ...]]":
    columns = quarantined_files.c
    return (
        select(
            columns.id,
            columns.file_name,
            columns.sha256,
            columns.size_bytes,
            columns.reason,
            users.c.username.label("created_by"),
            columns.created_at,
            columns.outcome,
        )
        .join_from(quarantined_files, users, users.c.id == columns.created_by)
        .where(columns.team_id == func.mgg_team_id())
        .order_by(columns.created_at.desc(), columns.id.desc())
    )


def _file(row: "Row[tuple[object, ...]]") -> QuarantinedFile:
    return QuarantinedFile(**row._mapping)

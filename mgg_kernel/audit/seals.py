"""Sealing: linking the log's entries that are committed, and asking how far that is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Text, cast, func, select, text

from mgg_kernel.audit.encoding import genesis_of
from mgg_kernel.errors import StoreError
from mgg_kernel.hot.tables import audit_seals, operation_logs

__all__ = ["Genesis", "Head", "chain_head", "genesis", "heads", "open_entries", "seal"]

SEAL_AT_ONCE = 5_000
"""Entries that one transaction links: what a sealer that is killed leaves to the next one."""

_SEAL = text("SELECT audit_seal(:most)")


@dataclass(frozen=True)
class Head:
    """How far the chain reached at one moment.

    Attributes:
        number: of the last entry that was linked; 0: none yet.
        hash: of that entry.
        sealed_at: when it was linked.
    """

    number: int
    hash: str
    sealed_at: datetime


@dataclass(frozen=True)
class Genesis:
    """Where the chain begins.

    Attributes:
        hash: what the first link follows.
        is_whole: whether the hash is that of the note.
        entries: how many entries were in PostgreSQL when the chain began.
        files: files of older entries, with their SHA-256.
        began_at: when.
    """

    hash: str
    is_whole: bool
    entries: int
    files: dict[str, str]
    began_at: datetime


def seal(connection: Connection) -> int:
    """Link the entries that are committed, some thousands at most, and return how many that were.

    Args:
        connection: a transaction of an administrator, or of the archiver.
    """
    return int(connection.execute(_SEAL, {"most": SEAL_AT_ONCE}).scalar_one())


def chain_head(connection: Connection) -> Head:
    """Return how far the chain reaches.

    Raises:
        StoreError: not even its beginning is there.
    """
    newest = _heads().order_by(audit_seals.c.last_number.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    if row is None:
        raise StoreError(
            "The beginning of the operation log's chain was removed from the database; restore it "
            "from a backup, and find out who did that."
        )
    return Head(*row)


def heads(connection: Connection) -> list[Head]:
    """Return how far the chain reached each time that it was sealed, its beginning first."""
    query = _heads().order_by(audit_seals.c.last_number)
    return [Head(*row) for row in connection.execute(query)]


def genesis(connection: Connection) -> Genesis | None:
    """Return where the chain begins; None: somebody has removed that."""
    columns = audit_seals.c
    query = select(columns.head, columns.sealed_at, cast(columns.note, Text), columns.note)
    row = connection.execute(query.where(columns.last_number == 0)).one_or_none()
    if row is None:
        return None
    note: dict[str, Any] = row[3]
    return Genesis(
        row[0],
        row[0] == genesis_of(row[2]),
        int(note.get("entries", 0)),
        dict(note.get("files", [])),
        row[1],
    )


def open_entries(connection: Connection) -> int:
    """Return how many entries in PostgreSQL are not linked yet."""
    query = select(func.count()).select_from(operation_logs).where(operation_logs.c.hash.is_(None))
    return int(connection.execute(query).scalar_one())


def _heads() -> Any:
    columns = audit_seals.c
    return select(columns.last_number, columns.head, columns.sealed_at)

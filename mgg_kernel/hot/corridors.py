"""Corridors in the database: each change is a version of its own, and versions never change."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, literal, select
from sqlalchemy.dialects.postgresql import distinct_on

from mgg_kernel._version import __version__
from mgg_kernel.errors import NotFoundError
from mgg_kernel.hot.search import contains
from mgg_kernel.hot.tables import corridors, users
from mgg_kernel.lots import Corridor

__all__ = [
    "StoredCorridor",
    "get_corridor",
    "list_corridors",
    "list_versions",
    "mark_corridor_deleted",
    "store_corridor",
]

LIMITS = ("lower", "upper", "align", "align_at_ms")


@dataclass(frozen=True)
class StoredCorridor:
    """A version of a corridor.

    Attributes:
        id: its row.
        corridor: the limits, with name and version.
        provenance: the tests that it was drawn from, and how; empty where it was typed in.
        code_version: version of the program that stored it.
        created_at: when it was stored.
        created_by: who stored it.
        is_deleted: whether it was marked as deleted.
    """

    id: int
    corridor: Corridor
    provenance: dict[str, Any]
    code_version: str
    created_at: datetime
    created_by: str
    is_deleted: bool


def store_corridor(
    connection: Connection, corridor: Corridor, provenance: dict[str, Any]
) -> tuple[int, bool]:
    """Store a corridor as the next version of its name.

    Returns:
        the version, and whether it is new: the same as the newest version makes none.
    """
    # Two that store the same name at once take turns: each gets a version of its own.
    connection.execute(
        select(
            func.pg_advisory_xact_lock(
                func.hashtextextended(literal(f"corridor {corridor.name}"), func.mgg_team_id())
            )
        )
    )
    newest = connection.execute(_newest_first(corridor.name).limit(1)).one_or_none()
    plain = corridor.plain()
    if newest is not None:
        stored = _stored(newest)
        same = all(plain[name] == stored.corridor.plain()[name] for name in (*LIMITS, "note"))
        if same and not stored.is_deleted and stored.provenance == provenance:
            return stored.corridor.version, False
    version = 1 if newest is None else int(newest._mapping["version"]) + 1
    connection.execute(
        corridors.insert().values(
            name=corridor.name,
            version=version,
            limits={name: plain[name] for name in LIMITS},
            note=corridor.note,
            provenance=provenance,
            code_version=__version__,
        )
    )
    return version, True


def get_corridor(connection: Connection, name: str, version: int | None = None) -> StoredCorridor:
    """Return a version of a corridor of the own team, deleted or not; unset: the newest there is.

    Raises:
        NotFoundError: there is none of that name or version.
    """
    query = _newest_first(name)
    if version is None:
        query = query.where(corridors.c.deleted_at.is_(None))
    else:
        query = query.where(corridors.c.version == version)
    row = connection.execute(query.limit(1)).one_or_none()
    if row is None:
        which = "" if version is None else f" with a version {version}"
        raise NotFoundError(
            f"There is no corridor '{name}'{which}; ws.corridors.list() or `mgg corridor list` "
            "shows what there is."
        )
    return _stored(row)


def list_corridors(connection: Connection, *, search: str | None = None) -> list[StoredCorridor]:
    """Return the newest version of each corridor of the own team, by name."""
    query = (
        _query()
        .where(corridors.c.deleted_at.is_(None))
        .ext(distinct_on(corridors.c.name))
        .order_by(corridors.c.name, corridors.c.version.desc())
    )
    if search and search.strip():
        query = query.where(contains(corridors.c.name, search))
    return [_stored(row) for row in connection.execute(query)]


def list_versions(connection: Connection, name: str) -> list[StoredCorridor]:
    """Return all versions of a corridor of the own team, newest first, deleted ones too.

    Raises:
        NotFoundError: there is none of that name.
    """
    found = [_stored(row) for row in connection.execute(_newest_first(name))]
    if not found:
        get_corridor(connection, name)
    return found


def mark_corridor_deleted(connection: Connection, corridor_id: int, deleted: bool) -> bool:
    """Mark a version as deleted, or take that back; returns False where this user may not."""
    done = connection.execute(
        corridors.update()
        .where(corridors.c.id == corridor_id)
        .values(
            deleted_at=func.now() if deleted else None,
            deleted_by=func.mgg_actor_id() if deleted else None,
        )
    )
    return done.rowcount == 1


def _query() -> "Select[tuple[object, ...]]":
    columns = corridors.c
    return (
        select(
            columns.id,
            columns.name,
            columns.version,
            columns.limits,
            columns.note,
            columns.provenance,
            columns.code_version,
            columns.created_at,
            users.c.username.label("created_by"),
            columns.deleted_at,
        )
        .join_from(corridors, users, users.c.id == columns.created_by)
        # An administrator sees the rows of all teams, where the same name may stand twice.
        .where(columns.team_id == func.mgg_team_id())
    )


def _newest_first(name: str) -> "Select[tuple[object, ...]]":
    return _query().where(corridors.c.name == name).order_by(corridors.c.version.desc())


def _stored(row: "Row[tuple[object, ...]]") -> StoredCorridor:
    values = row._mapping
    named = {name: values[name] for name in ("name", "version", "note")}
    return StoredCorridor(
        id=values["id"],
        corridor=Corridor.from_plain(values["limits"] | named),
        provenance=values["provenance"],
        code_version=values["code_version"],
        created_at=values["created_at"],
        created_by=values["created_by"],
        is_deleted=values["deleted_at"] is not None,
    )

"""Import profiles in the database: answers to what a layout leaves open, for a whole team."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from mgg_kernel.errors import ConflictError, NotFoundError
from mgg_kernel.hot.tables import import_profiles, users
from mgg_kernel.ingest import ImportProfile

__all__ = ["StoredProfile", "forget_profile", "list_profiles", "store_profile"]


@dataclass(frozen=True)
class StoredProfile:
    """A profile of the own team, and whose it is."""

    id: int
    profile: ImportProfile
    created_by: str
    created_at: datetime


def store_profile(connection: Connection, profile: ImportProfile) -> None:
    """Keep a profile.

    Raises:
        ConflictError: the team has one of that name.
    """
    plain = json.loads(profile.to_json())
    added = connection.execute(
        insert(import_profiles)
        .values(name=profile.name, layout=plain["layout"], choice=plain["choice"])
        .on_conflict_do_nothing()
        .returning(import_profiles.c.id)
    )
    if added.one_or_none() is None:
        raise ConflictError(
            f"There is an import profile '{profile.name}' already; give another name, or forget "
            "that one first."
        )


def list_profiles(connection: Connection) -> list[StoredProfile]:
    """Return the profiles of the own team, newest first: the order in which they are tried."""
    columns = import_profiles.c
    query = (
        select(
            columns.id,
            columns.name,
            columns.layout,
            columns.choice,
            users.c.username,
            columns.created_at,
        )
        .join_from(import_profiles, users, users.c.id == columns.created_by)
        # An administrator sees the rows of all teams, whose layouts are none of this team's.
        .where(columns.deleted_at.is_(None), columns.team_id == func.mgg_team_id())
        .order_by(columns.created_at.desc(), columns.id.desc())
    )
    return [
        StoredProfile(
            id=row.id,
            profile=ImportProfile.from_plain(row.name, row.layout, row.choice),
            created_by=row.username,
            created_at=row.created_at,
        )
        for row in connection.execute(query)
    ]


def forget_profile(connection: Connection, name: str) -> bool:
    """Use a profile no more; returns False where this user may not.

    Raises:
        NotFoundError: the team has none of that name.
    """
    own = import_profiles.c.team_id == func.mgg_team_id()
    named = import_profiles.c.name == name, import_profiles.c.deleted_at.is_(None), own
    if connection.execute(select(import_profiles.c.id).where(*named)).one_or_none() is None:
        raise NotFoundError(
            f"There is no import profile '{name}'; 'mgg profiles list' shows what there is."
        )
    done = connection.execute(
        import_profiles.update()
        .where(*named)
        .values(deleted_at=func.now(), deleted_by=func.mgg_actor_id())
    )
    return done.rowcount == 1

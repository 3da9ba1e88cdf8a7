"""The books of what was brought in from an old database, and the few rows that only they add."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select, text

from mgg_kernel.hot.tables import migrated_rows, users, work_orders

__all__ = ["Booked", "book", "booked", "bring_in_account", "bring_in_order", "merged_curve"]

_AS_ADMIN = text("SELECT set_config('mgg.actor', :admin, true)")
_ADMIN_ROLE = text("SET LOCAL ROLE mgg_admin")
_ORDER = text("SELECT bring_in_order(:maker, :number, :title, :at)")
_NUMBERS_LOCK = "mgg:work_order_number"


@dataclass(frozen=True)
class Booked:
    """What became of a row of the old database."""

    source_table: str
    source_key: str
    row_sha256: str
    outcome: Literal["moved", "merged"]
    target_table: str
    target_key: str
    curve_sha256: str | None
    remark: str


def booked(connection: Connection, source: str) -> dict[tuple[str, str], Booked]:
    """Return what was brought in from a source, by table and key there.

    Args:
        connection: a transaction of an administrator.
        source: the name that was given to the old database.
    """
    columns = [migrated_rows.c[name] for name in Booked.__dataclass_fields__]
    rows = connection.execute(select(*columns).where(migrated_rows.c.source == source))
    found = (Booked(**row._mapping) for row in rows)
    return {(one.source_table, one.source_key): one for one in found}


def book(connection: Connection, admin: str, source: str, entry: Booked) -> None:
    """Write a row into the books, in the transaction in which its maker has just stored it.

    Args:
        connection: that transaction; from here on the administrator acts in it.
        admin: the administrator who brings the database in.
        source: the name that was given to the old database.
        entry: what became of the row.
    """
    connection.execute(_AS_ADMIN, {"admin": admin})
    connection.execute(_ADMIN_ROLE)
    connection.execute(migrated_rows.insert().values(source=source, **entry.__dict__))


def merged_curve(connection: Connection, source: str, table: str, digest: str) -> str | None:
    """Return the key of what the same curve of the same table became, if it was moved already."""
    query = select(migrated_rows.c.target_key).where(
        migrated_rows.c.source == source,
        migrated_rows.c.source_table == table,
        migrated_rows.c.curve_sha256 == digest,
        migrated_rows.c.outcome == "moved",
    )
    return connection.execute(query.limit(1)).scalar_one_or_none()


def bring_in_account(
    connection: Connection,
    *,
    username: str,
    display_name: str,
    role: str,
    team: int,
    password_hash: str | None,
    **contact: str | None,
) -> None:
    """Add an account with the password hash that it had; without one, nobody logs in as it.

    Args:
        connection: a transaction of an administrator.
        username: its name.
        display_name: the name that people read.
        role: its role.
        team: id of its team.
        password_hash: of bcrypt, or None.
        contact: ``email`` and ``phone``, sealed.
    """
    connection.execute(
        users.insert().values(
            username=username,
            display_name=display_name,
            role=role,
            team_id=team,
            password_hash=password_hash,
            **contact,
        )
    )


def bring_in_order(
    connection: Connection, maker: str, title: str, created_at: datetime, zone: ZoneInfo
) -> int:
    """Open a work order under the first free number from a moment on, and return its id.

    Args:
        connection: a transaction of an administrator.
        maker: whose it is.
        title: what it was called.
        created_at: when it was made.
        zone: the lab's time zone, in which numbers are issued.
    """
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(_NUMBERS_LOCK))))
    at = created_at.astimezone(zone)
    day = at.strftime("WO-%Y%m%d-%%")
    taken = set(
        connection.execute(
            select(work_orders.c.work_order_number).where(work_orders.c.work_order_number.like(day))
        ).scalars()
    )
    while (number := at.strftime("WO-%Y%m%d-%H%M%S")) in taken:
        at += timedelta(seconds=1)
    parameters = {"maker": maker, "number": number, "title": title[:200], "at": created_at}
    return int(connection.execute(_ORDER, parameters).scalar_one())

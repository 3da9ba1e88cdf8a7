"""Holds: periods that stay where they are until somebody releases them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from mgg_kernel.cold.periods import Period
from mgg_kernel.cold.tables import archive_holds
from mgg_kernel.errors import NotFoundError

__all__ = ["Hold", "add_hold", "holds", "release_hold"]


@dataclass(frozen=True)
class Hold:
    """A hold on a period of one table, or of all (`table` None); by the account of that id."""

    id: int
    table: str | None
    period_start: datetime
    period_end: datetime
    reason: str
    created_by: int
    created_at: datetime
    released_at: datetime | None

    def covers(self, table: str, period: Period) -> bool:
        """Return whether it keeps rows of this period in place: a part of it is enough."""
        return (
            self.released_at is None
            and self.table in (None, table)
            and self.period_start < period.end
            and self.period_end > period.start
        )


def holds(connection: Connection, *, released: bool = False) -> list[Hold]:
    """Return the holds, oldest first.

    Args:
        connection: a transaction of an administrator or the archiver.
        released: also those that were released.
    """
    c = archive_holds.c
    query = select(
        c.id,
        c.table_name,
        c.period_start,
        c.period_end,
        c.reason,
        c.created_by,
        c.created_at,
        c.released_at,
    ).order_by(c.id)
    if not released:
        query = query.where(c.released_at.is_(None))
    return [Hold(*row) for row in connection.execute(query)]


def add_hold(connection: Connection, period: Period, table: str | None, reason: str) -> int:
    """Put a period on hold and return the hold's id."""
    new: int = connection.execute(
        archive_holds.insert()
        .values(table_name=table, period_start=period.start, period_end=period.end, reason=reason)
        .returning(archive_holds.c.id)
    ).scalar_one()
    return new


def release_hold(connection: Connection, hold_id: int) -> None:
    """Release a hold.

    Raises:
        NotFoundError: there is none of that id, or it was released already.
    """
    changed = connection.execute(
        archive_holds.update()
        .where(archive_holds.c.id == hold_id, archive_holds.c.released_at.is_(None))
        .values(released_at=func.now(), released_by=func.mgg_actor_id())
    )
    if changed.rowcount != 1:
        raise NotFoundError(
            f"There is no hold {hold_id}; 'mgg archive status' shows those there are."
        )

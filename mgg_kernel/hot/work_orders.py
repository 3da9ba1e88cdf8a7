"""Work orders: what is to be fired, and whether that is done."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select

from mgg_kernel.errors import ConflictError, NotFoundError
from mgg_kernel.hot.recipes import RECIPE_COLUMNS, recipe_from_row, store_recipe
from mgg_kernel.hot.search import contains
from mgg_kernel.hot.tables import (
    recipes,
    reverse_simulations,
    test_results,
    users,
    work_orders,
)
from mgg_kernel.recipe import Recipe

__all__ = [
    "FoundOrder",
    "Priority",
    "WorkOrder",
    "change_work_order",
    "close_work_order",
    "create_work_order",
    "find_work_orders",
    "get_work_order",
    "list_work_orders",
    "reopen_work_order",
    "work_order_id",
]

Priority = Literal["low", "normal", "high"]


@dataclass(frozen=True)
class WorkOrder:
    """A work order (工单); `reverse_simulation_id` names that of which its recipe came."""

    id: int
    number: str
    title: str
    status: Literal["open", "closed"]
    priority: Priority
    recipe: Recipe | None
    created_by: str
    created_at: datetime
    closed_at: datetime | None
    reverse_simulation_id: int | None


@dataclass(frozen=True)
class FoundOrder:
    """A work order in a list, with how many tests it has."""

    order: WorkOrder
    test_count: int


def create_work_order(
    connection: Connection,
    *,
    recipe: Recipe | None,
    title: str,
    priority: Priority,
    reverse_simulation_id: int | None = None,
) -> WorkOrder:
    """Open a work order under the next free number.

    Args:
        connection: a transaction of somebody who may.
        recipe: what is to be fired.
        title: what it is about.
        priority: how much it presses.
        reverse_simulation_id: that of which the recipe was a candidate; one of another team, which
            an administrator sees too, is left out, since a row names what its own team has.
    """
    own = select(reverse_simulations.c.id).where(
        reverse_simulations.c.id == reverse_simulation_id,
        reverse_simulations.c.team_id == func.mgg_team_id(),
    )
    number = connection.execute(
        work_orders.insert()
        .values(
            work_order_number=func.next_work_order_number(),
            recipe_id=store_recipe(connection, recipe) if recipe else None,
            title=title,
            priority=priority,
            reverse_simulation_id=own.scalar_subquery(),
        )
        .returning(work_orders.c.work_order_number)
    ).scalar_one()
    return get_work_order(connection, number)


def get_work_order(connection: Connection, number: str) -> WorkOrder:
    """Return the work order of that number.

    Raises:
        NotFoundError: there is none, or this user may not see it.
    """
    row = connection.execute(
        _query().where(work_orders.c.work_order_number == number)
    ).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no work order '{number}', or you may not see it.")
    return _work_order(row)


def work_order_id(connection: Connection, number: str) -> int:
    """Return the id of an open work order.

    Raises:
        NotFoundError: there is none, or this user may not see it.
        ConflictError: it is closed.
    """
    order = get_work_order(connection, number)
    if order.status == "closed":
        raise ConflictError(f"The work order {number} is closed; choose an open one.")
    return order.id


def list_work_orders(
    connection: Connection, *, status: str | None = None, limit: int = 200
) -> list[WorkOrder]:
    """Return the newest work orders, newest first."""
    query = _query().order_by(work_orders.c.created_at.desc(), work_orders.c.id.desc())
    if status is not None:
        query = query.where(work_orders.c.status == status)
    return [_work_order(row) for row in connection.execute(query.limit(limit))]


def find_work_orders(
    connection: Connection,
    *,
    search: str | None = None,
    status: str | None = None,
    priority: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[FoundOrder], int]:
    """Return a page of the work orders that match, newest first, and how many match in all.

    Args:
        connection: a transaction of the user who looks.
        search: only those whose number, title, maker or a code of the recipe contains this text.
        status: only open or closed ones.
        priority: only those of this priority.
        limit: at most so many.
        offset: leave out so many.
    """
    conditions: list[ColumnElement[bool]] = []
    if search and search.strip():
        texts = (
            work_orders.c.work_order_number,
            work_orders.c.title,
            users.c.username,
            recipes.c.igniter_type,
            recipes.c.nc_type_1,
            recipes.c.nc_type_2,
            recipes.c.gp_type,
            recipes.c.vessel,
            recipes.c.test_device,
        )
        conditions.append(or_(*(contains(text, search) for text in texts)))
    if status is not None:
        conditions.append(work_orders.c.status == status)
    if priority is not None:
        conditions.append(work_orders.c.priority == priority)
    query = _query().where(*conditions)
    total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    newest = work_orders.c.created_at.desc(), work_orders.c.id.desc()
    rows = connection.execute(query.order_by(*newest).limit(limit).offset(offset)).all()
    orders = [_work_order(row) for row in rows]
    counted = connection.execute(
        select(test_results.c.work_order_id, func.count())
        .where(
            test_results.c.work_order_id.in_([order.id for order in orders]),
            test_results.c.deleted_at.is_(None),
        )
        .group_by(test_results.c.work_order_id)
    )
    counts = {int(row[0]): int(row[1]) for row in counted}
    return [FoundOrder(order, counts.get(order.id, 0)) for order in orders], int(total)


def change_work_order(
    connection: Connection, seen: WorkOrder, *, title: str, priority: Priority
) -> WorkOrder:
    """Give a work order another title or priority, if it still is as it was seen.

    Raises:
        NotFoundError: it is gone, or this user may not see it.
        ConflictError: somebody else has changed it meanwhile.
    """
    changed = connection.execute(
        work_orders.update()
        .where(
            work_orders.c.id == seen.id,
            work_orders.c.title == seen.title,
            work_orders.c.priority == seen.priority,
            work_orders.c.status == seen.status,
        )
        .values(title=title, priority=priority)
    )
    now = get_work_order(connection, seen.number)
    if changed.rowcount == 0:
        raise ConflictError(
            f"The work order {seen.number} was changed by somebody else meanwhile; look at it "
            "again, then change it."
        )
    return now


def reopen_work_order(connection: Connection, number: str) -> WorkOrder:
    """Open a closed work order again.

    Raises:
        NotFoundError: there is none of that number, or this user may not see it.
        ConflictError: it is open.
    """
    order = get_work_order(connection, number)
    if order.status == "open":
        raise ConflictError(f"The work order {number} is open already.")
    connection.execute(
        work_orders.update()
        .where(work_orders.c.id == order.id)
        .values(status="open", closed_at=None)
    )
    return get_work_order(connection, number)


def close_work_order(connection: Connection, number: str) -> WorkOrder:
    """Close an open work order.

    Raises:
        NotFoundError: there is none, or this user may not see it.
        ConflictError: it is closed already.
    """
    order_id = work_order_id(connection, number)
    connection.execute(
        work_orders.update()
        .where(work_orders.c.id == order_id)
        .values(status="closed", closed_at=func.now())
    )
    return get_work_order(connection, number)


def _query() -> "Select[tuple[object, ...]]":
    return select(
        work_orders.c.id,
        work_orders.c.work_order_number,
        work_orders.c.title,
        work_orders.c.status,
        work_orders.c.priority,
        users.c.username,
        work_orders.c.created_at,
        work_orders.c.closed_at,
        work_orders.c.reverse_simulation_id,
        *RECIPE_COLUMNS,
    ).select_from(
        work_orders.outerjoin(recipes, recipes.c.id == work_orders.c.recipe_id).join(
            users, users.c.id == work_orders.c.created_by
        )
    )


def _work_order(row: "Row[tuple[object, ...]]") -> WorkOrder:
    values = row._mapping
    return WorkOrder(
        id=values["id"],
        number=values["work_order_number"],
        title=values["title"],
        status=values["status"],
        priority=values["priority"],
        recipe=recipe_from_row(values),
        created_by=values["username"],
        created_at=values["created_at"],
        closed_at=values["closed_at"],
        reverse_simulation_id=values["reverse_simulation_id"],
    )

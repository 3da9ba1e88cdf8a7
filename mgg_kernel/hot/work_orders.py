"""Work orders: what is to be fired, and whether that is done."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, Row, Select, func, select

from mgg_kernel.errors import ConflictError, NotFoundError
from mgg_kernel.hot.recipes import RECIPE_COLUMNS, recipe_from_row, store_recipe
from mgg_kernel.hot.tables import recipes, reverse_simulations, users, work_orders
from mgg_kernel.recipe import Recipe

__all__ = [
    "Priority",
    "WorkOrder",
    "close_work_order",
    "create_work_order",
    "get_work_order",
    "list_work_orders",
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

"""Which stored tests belong together: of one recipe, of one work order, or asked for by id."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Select, select

from mgg_kernel.errors import NotFoundError
from mgg_kernel.hot.recipes import recipe_id
from mgg_kernel.hot.tables import test_results, users, work_orders
from mgg_kernel.hot.work_orders import get_work_order
from mgg_kernel.recipe import Recipe

__all__ = ["Shot", "shots_by_ids", "shots_of_recipe", "shots_of_work_order"]


@dataclass(frozen=True)
class Shot:
    """A stored test as one of several.

    Attributes:
        work_order: number of the one that it was fired for.
        conditioning_temperature_c: what it was conditioned at [°C]; None: not known.
    """

    id: int
    name: str
    work_order: str | None
    created_by: str
    conditioning_temperature_c: float | None = None


def shots_of_recipe(connection: Connection, recipe: Recipe) -> list[Shot]:
    """Return the tests of a recipe in the own team, whoever stored them, the oldest first."""
    number = recipe_id(connection, recipe)
    if number is None:
        return []
    return _shots(connection, _undeleted().where(test_results.c.recipe_id == number))


def shots_of_work_order(connection: Connection, number: str) -> list[Shot]:
    """Return the tests of a work order, open or closed, the oldest first.

    Raises:
        NotFoundError: there is no such work order, or this user may not see it.
    """
    order = get_work_order(connection, number)
    return _shots(connection, _undeleted().where(test_results.c.work_order_id == order.id))


def shots_by_ids(connection: Connection, ids: Sequence[int]) -> list[Shot]:
    """Return these tests, deleted or not, in this order.

    Raises:
        NotFoundError: one is not there, or this user may not see it.
    """
    found = {
        shot.id: shot for shot in _shots(connection, _query().where(test_results.c.id.in_(ids)))
    }
    for one in ids:
        if one not in found:
            raise NotFoundError(f"There is no test {one}, or you may not see it.")
    return [found[one] for one in ids]


def _query() -> "Select[tuple[object, ...]]":
    return select(
        test_results.c.id,
        test_results.c.name,
        work_orders.c.work_order_number,
        users.c.username,
        test_results.c.conditioning_temperature_c,
    ).select_from(
        test_results.join(users, users.c.id == test_results.c.created_by).outerjoin(
            work_orders, work_orders.c.id == test_results.c.work_order_id
        )
    )


def _undeleted() -> "Select[tuple[object, ...]]":
    return _query().where(test_results.c.deleted_at.is_(None))


def _shots(connection: Connection, query: "Select[tuple[object, ...]]") -> list[Shot]:
    oldest = test_results.c.created_at, test_results.c.id
    return [
        Shot(
            row.id,
            row.name,
            row.work_order_number,
            row.username,
            row.conditioning_temperature_c,
        )
        for row in connection.execute(query.order_by(*oldest))
    ]

"""``ws.work_orders``: what is to be fired."""

from sqlalchemy import Connection

from mgg_kernel.hot import work_orders
from mgg_kernel.hot.log import write_log
from mgg_kernel.hot.work_orders import FoundOrder, Priority, WorkOrder
from mgg_kernel.recipe import Recipe
from mgg_kernel.workspace.office import Office

__all__ = ["WorkOrders"]


class WorkOrders:
    """The work orders that the acting account may see."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def create(
        self, *, recipe: Recipe | None = None, title: str = "", priority: Priority = "normal"
    ) -> WorkOrder:
        """Open a work order under the next free number ``WO-YYYYMMDD-HHMMSS``.

        Raises:
            AccessError: the acting account may not.
            RecipeError: a code of the recipe is not in the catalogue.
        """
        with (
            self._office.doing("work", "work_order", "open a work order", title),
            self._office.transaction() as connection,
        ):
            order = work_orders.create_work_order(
                connection, recipe=recipe, title=title, priority=priority
            )
            _log(connection, "open a work order", order)
            return order

    def close(self, number: str) -> WorkOrder:
        """Close an open work order.

        Raises:
            AccessError: the acting account may not.
            NotFoundError: there is none of that number, or this account may not see it.
            ConflictError: it is closed already.
        """
        with (
            self._office.doing("work", "work_order", "close a work order", number),
            self._office.transaction() as connection,
        ):
            order = work_orders.close_work_order(connection, number)
            _log(connection, "close a work order", order)
            return order

    def reopen(self, number: str) -> WorkOrder:
        """Open a closed work order again.

        Raises:
            AccessError: the acting account may not.
            NotFoundError: there is none of that number, or this account may not see it.
            ConflictError: it is open.
        """
        with (
            self._office.doing("work", "work_order", "reopen a work order", number),
            self._office.transaction() as connection,
        ):
            order = work_orders.reopen_work_order(connection, number)
            _log(connection, "reopen a work order", order)
            return order

    def edit(
        self, seen: WorkOrder, *, title: str | None = None, priority: Priority | None = None
    ) -> WorkOrder:
        """Give a work order another title or priority.

        Args:
            seen: the order as it was looked at.
            title: up to 200 characters; None: as it is.
            priority: ``low``, ``normal`` or ``high``; None: as it is.

        Raises:
            AccessError: the acting account may not.
            NotFoundError: it is gone, or this account may not see it.
            ConflictError: somebody else has changed it meanwhile.
            StoreError: the title is too long.
        """
        with (
            self._office.doing("work", "work_order", "edit a work order", seen.number),
            self._office.transaction() as connection,
        ):
            order = work_orders.change_work_order(
                connection,
                seen,
                title=seen.title if title is None else title.strip(),
                priority=priority or seen.priority,
            )
            _log(connection, "edit a work order", order)
            return order

    def find(
        self,
        search: str | None = None,
        *,
        status: str | None = None,
        priority: str | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[list[FoundOrder], int]:
        """Return a page of the work orders that match, newest first, and how many match in all.

        Args:
            search: only those whose number, title, maker or a code of the recipe contains this.
            status: only ``open`` or ``closed`` ones.
            priority: only those of this priority.
            limit: at most so many.
            offset: leave out so many.
        """
        with self._office.transaction() as connection:
            return work_orders.find_work_orders(
                connection,
                search=search,
                status=status,
                priority=priority,
                limit=limit,
                offset=offset,
            )

    def get(self, number: str) -> WorkOrder:
        """Return a work order.

        Raises:
            NotFoundError: there is none of that number, or this account may not see it.
        """
        with self._office.transaction() as connection:
            return work_orders.get_work_order(connection, number)

    def list(self, *, status: str | None = None, limit: int = 200) -> list[WorkOrder]:
        """Return the newest work orders, newest first, of one status where given."""
        with self._office.transaction() as connection:
            return work_orders.list_work_orders(connection, status=status, limit=limit)


def _log(connection: Connection, action: str, order: WorkOrder) -> None:
    write_log(connection, "work_order", action, object_type="work_orders", object_id=order.number)

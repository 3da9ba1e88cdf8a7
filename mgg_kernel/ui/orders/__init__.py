"""The Work orders page (工单): what is to be fired, and what came of it."""

from typing import Any

from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.opening import open_page
from mgg_kernel.ui.orders.model import OrderShots, OrdersModel
from mgg_kernel.ui.orders.view import OrdersView
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.workspace import Workspace

__all__ = ["OrderShots", "OrdersModel", "OrdersView", "build"]


def build() -> Any:
    """Return the page for whoever looks, as a widget."""
    return open_page(_page)


def _page(ws: Workspace, viewer: Viewer, guard: Guard) -> Any:
    view = OrdersView(OrdersModel(ws), viewer, guard)
    view.load()
    return view.widget

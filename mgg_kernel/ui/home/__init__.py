"""The Home page (首页): what needs attention, and what is new."""

from typing import Any

from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.home.model import Card, HomeModel
from mgg_kernel.ui.home.view import HomeView
from mgg_kernel.ui.opening import open_page
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.workspace import Workspace

__all__ = ["Card", "HomeModel", "HomeView", "build"]


def build() -> Any:
    """Return the page for whoever looks, as a widget."""
    return open_page(_page)


def _page(ws: Workspace, viewer: Viewer, guard: Guard) -> Any:
    view = HomeView(HomeModel(ws), viewer, guard)
    view.load()
    return view.widget

"""The Reverse page (逆向仿真): from what is wanted to recipes."""

from typing import Any

from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.opening import open_page
from mgg_kernel.ui.reverse.model import ReverseModel
from mgg_kernel.ui.reverse.view import ReverseView
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.workspace import Workspace

__all__ = ["ReverseModel", "ReverseView", "build"]


def build() -> Any:
    """Return the page for whoever looks, as a widget."""
    return open_page(_page)


def _page(ws: Workspace, viewer: Viewer, guard: Guard) -> Any:
    view = ReverseView(ReverseModel(ws), viewer, guard)
    view.load()
    return view.widget

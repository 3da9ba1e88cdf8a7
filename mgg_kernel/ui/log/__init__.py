"""The Log page (操作日志): who did what, when, and how it ended."""

from typing import Any

from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.log.model import LogModel
from mgg_kernel.ui.log.view import LogView
from mgg_kernel.ui.opening import open_page
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.workspace import Workspace

__all__ = ["LogModel", "LogView", "build"]


def build() -> Any:
    """Return the page for whoever looks, as a widget."""
    return open_page(_page)


def _page(ws: Workspace, viewer: Viewer, guard: Guard) -> Any:
    view = LogView(LogModel(ws), viewer, guard)
    view.load()
    return view.widget

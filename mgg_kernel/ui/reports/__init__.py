"""The Reports page (报告): what was found, day by day, and whether it is still what was signed."""

from typing import Any

from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.opening import open_page
from mgg_kernel.ui.reports.model import ReportsModel
from mgg_kernel.ui.reports.view import ReportsView
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.workspace import Workspace

__all__ = ["ReportsModel", "ReportsView", "build"]


def build() -> Any:
    """Return the page for whoever looks, as a widget."""
    return open_page(_page)


def _page(ws: Workspace, viewer: Viewer, guard: Guard) -> Any:
    view = ReportsView(ReportsModel(ws), viewer, guard)
    view.load()
    return view.widget

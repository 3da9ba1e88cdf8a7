"""The Compare page (PT曲线对比): a simulation against a test, as a picture and as numbers."""

from typing import Any

from mgg_kernel.ui.compare.model import CompareModel, Pair
from mgg_kernel.ui.compare.view import CompareView
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.opening import open_page
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.workspace import Workspace

__all__ = ["CompareModel", "CompareView", "Pair", "build"]


def build() -> Any:
    """Return the page for whoever looks, as a widget."""
    return open_page(_page)


def _page(ws: Workspace, viewer: Viewer, guard: Guard) -> Any:
    view = CompareView(CompareModel(ws), viewer, guard)
    view.load()
    return view.widget

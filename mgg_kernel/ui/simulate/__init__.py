"""The Simulate page (正向仿真): from a recipe to its curve."""

from typing import Any

from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.opening import open_page
from mgg_kernel.ui.simulate.model import Shown, SimulateModel
from mgg_kernel.ui.simulate.view import SimulateView
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.workspace import Workspace

__all__ = ["Shown", "SimulateModel", "SimulateView", "build"]


def build() -> Any:
    """Return the page for whoever looks, as a widget."""
    return open_page(_page)


def _page(ws: Workspace, viewer: Viewer, guard: Guard) -> Any:
    view = SimulateView(SimulateModel(ws), viewer, guard)
    view.load()
    return view.widget

"""The Archive page (归档与监控): what is cold, what is due, and how the database does."""

from typing import Any

from mgg_kernel.ui.archive.model import ArchiveModel
from mgg_kernel.ui.archive.view import ArchiveView
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.opening import open_page
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.workspace import Workspace

__all__ = ["ArchiveModel", "ArchiveView", "build"]


def build() -> Any:
    """Return the page for whoever looks, as a widget."""
    return open_page(_page)


def _page(ws: Workspace, viewer: Viewer, guard: Guard) -> Any:
    view = ArchiveView(ArchiveModel(ws), viewer, guard)
    view.load()
    return view.widget

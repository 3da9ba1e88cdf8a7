"""The Ingest page: from a measured file to a stored test."""

from typing import Any

from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.ingest.model import FilePreview, IngestModel, Upload
from mgg_kernel.ui.ingest.view import IngestView
from mgg_kernel.ui.opening import open_page
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.workspace import Workspace

__all__ = ["FilePreview", "IngestModel", "IngestView", "Upload", "build"]


def build() -> Any:
    """Return the page for whoever looks, as a widget."""
    return open_page(_page)


def _page(ws: Workspace, viewer: Viewer, guard: Guard) -> Any:
    view = IngestView(IngestModel(ws), viewer, guard)
    view.load()
    return view.widget

"""The Users page (用户), for administrators."""

from typing import Any

from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.opening import open_page
from mgg_kernel.ui.users.model import UsersModel
from mgg_kernel.ui.users.view import UsersView
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.workspace import Workspace

__all__ = ["UsersModel", "UsersView", "build"]


def build() -> Any:
    """Return the page for whoever looks, as a widget."""
    return open_page(_page)


def _page(ws: Workspace, viewer: Viewer, guard: Guard) -> Any:
    view = UsersView(UsersModel(ws), viewer, guard)
    view.load()
    return view.widget

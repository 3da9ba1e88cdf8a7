"""The Home page (首页): what needs attention this morning."""

from typing import Any

from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.home.view import home_html
from mgg_kernel.ui.layout import bare_page
from mgg_kernel.ui.opening import open_page
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.ui.words import Words
from mgg_kernel.workspace import Workspace

__all__ = ["build", "home_html"]


def build() -> Any:
    """Return the page for whoever looks, as a widget."""
    return open_page(_page)


def _page(ws: Workspace, viewer: Viewer, guard: Guard) -> Any:
    # It has nothing to press: one piece of HTML is there at once.
    html = home_html(ws.overview(), ws.user, ws.settings.timezone, Words(viewer.language))
    return bare_page(html, theme=viewer.theme, guard=guard)

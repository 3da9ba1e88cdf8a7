"""From a kernel that was just started to a page, or to the sentence that says why there is none."""

from collections.abc import Callable
from typing import Any

from mgg_kernel.settings import load_settings
from mgg_kernel.ui import markup, widgets
from mgg_kernel.ui.guard import Guard, log_incidents_to
from mgg_kernel.ui.layout import block, style_sheet
from mgg_kernel.ui.viewer import Viewer, viewer
from mgg_kernel.ui.words import Words
from mgg_kernel.workspace import Workspace
from mgg_kernel.workspace import open as open_workspace

__all__ = ["open_page"]


def open_page(make: Callable[[Workspace, Viewer, Guard], Any]) -> Any:
    """Open the workspace for whoever looks, and return the page that is made with it.

    Args:
        make: makes the page; it may read the database.

    Returns:
        A widget; where the page cannot be made, one that says why.
    """
    looker = viewer()
    guard = Guard(Words(looker.language))
    pages: list[Any] = []

    def build() -> None:
        settings = load_settings()
        log_incidents_to(settings.logs_dir)
        ws = open_workspace(
            looker.account(), address=looker.address, settings=settings, application="dashboards"
        )
        pages.append(make(ws, looker, guard))

    if guard.run(build):
        return pages[0]
    assert guard.trouble is not None, "run() has failed"
    told = block("mgg-ui-page", [style_sheet(), widgets.HTML(markup.trouble(guard.trouble))])
    told.add_class(f"mgg-ui-{looker.theme}")
    return told

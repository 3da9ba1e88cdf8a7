"""The Home page: the answer, the cards, the newest."""

from mgg_kernel.ui import widgets
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.home.model import HomeModel
from mgg_kernel.ui.home.telling import answer_html, cards_html, newest_html
from mgg_kernel.ui.layout import block, style_sheet, trouble_box
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.ui.words import Words

__all__ = ["HomeView"]


class HomeView:
    """The widgets of the Home page.

    Args:
        model: what they show; not yet loaded.
        viewer: whose language and colours.
        guard: keeps what goes wrong.
    """

    def __init__(self, model: HomeModel, viewer: Viewer, guard: Guard) -> None:
        self.model, self._guard = model, guard
        self._t = t = Words(viewer.language)
        self._answer, self._cards, self._newest = (widgets.HTML() for _ in range(3))
        self.again = widgets.Button(description=t("home.again"), tooltip=t("home.again_hint"))
        self.again.on_click(lambda _: self.load())
        top = widgets.HBox([self._answer, self.again])
        top.add_class("mgg-ui-top")
        self.widget = block(
            "mgg-ui-page",
            [style_sheet(), top, trouble_box(guard), self._cards, self._newest],
        )
        self.widget.add_class(f"mgg-ui-{viewer.theme}")

    def load(self) -> None:
        """Look, or look again, and show it."""
        self._guard.run(self.model.load)
        self._answer.value = answer_html(self.model, self._t)
        self._cards.value = cards_html(self.model, self._t)
        self._newest.value = newest_html(self.model, self._t)

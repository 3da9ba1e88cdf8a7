"""Leafing through a list that is longer than a screen."""

from collections.abc import Callable
from dataclasses import dataclass

from mgg_kernel.ui import markup, widgets
from mgg_kernel.ui.layout import show
from mgg_kernel.ui.words import Words

__all__ = ["Pager", "Pages"]


@dataclass(frozen=True)
class Pages:
    """Where one is in a list.

    Attributes:
        total: how many there are in all.
        size: how many stand on a page.
        number: the page that is shown; the first is 0.
    """

    total: int
    size: int
    number: int = 0

    @property
    def last(self) -> int:
        """Number of the last page."""
        return max(self.total - 1, 0) // self.size

    def after(self, turned_by: int) -> int:
        """Return the number of a page further on or back, as far as there are any."""
        return min(max(self.number + turned_by, 0), self.last)


class Pager:
    """Two buttons and a line between them; out of sight where there is one page.

    Args:
        t: the viewer's language.
        on_turn: called with +1 or -1.
    """

    def __init__(self, t: Words, on_turn: Callable[[int], object]) -> None:
        self._t = t
        self.previous = widgets.Button(description="←", tooltip=t("page.previous"))
        self.next = widgets.Button(description="→", tooltip=t("page.next"))
        self._where = widgets.HTML()
        self.previous.on_click(lambda _: on_turn(-1))
        self.next.on_click(lambda _: on_turn(1))
        self.widget = widgets.HBox([self.previous, self._where, self.next])
        self.widget.add_class("mgg-ui-line")
        self.widget.add_class("mgg-ui-pager")

    def tell(self, pages: Pages) -> None:
        """Show where one is."""
        words = self._t("page.of", page=pages.number + 1, pages=pages.last + 1)
        self._where.value = markup.hint(words)
        self.previous.disabled = pages.number == 0
        self.next.disabled = pages.number >= pages.last
        show(self.widget, pages.last > 0)

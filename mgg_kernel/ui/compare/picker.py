"""A list to choose one thing from, with a search above it."""

from collections.abc import Callable, Sequence
from typing import Any

from mgg_kernel.ui import markup, widgets
from mgg_kernel.ui.layout import block, labelled, show
from mgg_kernel.ui.pager import Pager, Pages

__all__ = ["Picker"]

ROWS = 5


class Picker:
    """A searchable list of things that have an `id`.

    Args:
        label: what is chosen.
        search_hint: what the search looks through.
        on_search: called with the text once typing has ended.
        on_choose: called with the id that was chosen, or None.
        pager: leafs through what was found.
        empty: the sentence that stands where there is nothing at all: it says the next step.
        nothing_found: the sentence that stands where the search finds nothing.
    """

    def __init__(
        self,
        label: str,
        search_hint: str,
        *,
        on_search: Callable[[str], object],
        on_choose: Callable[[int | None], object],
        pager: Pager,
        empty: str,
        nothing_found: str,
    ) -> None:
        self.pager = pager
        self._on_choose, self._empty, self._nothing_found = on_choose, empty, nothing_found
        self.search = labelled(
            label, widgets.Text(placeholder=search_hint, continuous_update=False)
        )
        self.list = widgets.Select(rows=ROWS, options=[], description=label)
        self.list.add_class("mgg-ui-list")
        self._nothing = widgets.HTML()
        self._filling = False
        self.search.observe(lambda change: on_search(change.new), "value")
        self.list.observe(self._chose, "value")
        self.widget = block("mgg-ui-picker", [self.search, self.list, pager.widget, self._nothing])

    def fill(
        self, found: Sequence[Any], pages: Pages, chosen: Any, label: Callable[[Any], str]
    ) -> None:
        """Show a page of what was found, with what is chosen among it, wherever it came from."""
        shown = list(found)
        if chosen is not None and all(one.id != chosen.id for one in shown):
            shown.insert(0, chosen)
        # What is set here was not chosen by anybody.
        self._filling = True
        try:
            self.list.options = [(label(one), one.id) for one in shown]
            self.list.value = None if chosen is None else chosen.id
        finally:
            self._filling = False
        self.pager.tell(pages)
        missing = self._nothing_found if self.search.value else self._empty
        self._nothing.value = markup.hint(missing)
        show(self._nothing, not found)
        show(self.list, bool(shown))

    def _chose(self, change: Any) -> None:
        if not self._filling:
            self._on_choose(change.new)

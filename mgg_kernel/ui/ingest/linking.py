"""The line that says what was fired in the test that is shown."""

from typing import Any

from mgg_kernel.ui import widgets
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.ingest.model import IngestModel
from mgg_kernel.ui.layout import labelled, show
from mgg_kernel.ui.words import Words

__all__ = ["LinkForm"]


class LinkForm:
    """Links the shown test to a work order or a product.

    Args:
        model: whose test.
        guard: keeps what goes wrong.
        t: the words.
    """

    def __init__(self, model: IngestModel, guard: Guard, t: Words) -> None:
        self._model = model
        self.name = labelled(t("ingest.link_to"), widgets.Combobox(continuous_update=False))
        self.link = widgets.Button(description=t("ingest.link"), tooltip=t("ingest.link_hint"))
        self.widget = widgets.HBox([self.name, self.link])
        for css_class in ("mgg-ui-line", "mgg-ui-saving"):
            self.widget.add_class(css_class)
        self.name.observe(lambda _: self._allow(), "value")
        self.link.on_click(lambda _: guard.run(self._link))
        model.observe(self._offer, "known")
        self.draw()

    def draw(self) -> None:
        """Show the line where a stored test without recipe is shown to somebody who may link it."""
        shown = self._model.shown
        is_open = shown is not None and shown.test_id is not None and shown.recipe is None
        show(self.widget, is_open and self._model.may_work)
        self._allow()

    def _offer(self, _: Any) -> None:
        self.name.options = self._model.known

    def _allow(self) -> None:
        self.link.disabled = not self.name.value.strip()

    def _link(self) -> None:
        self._model.link(self.name.value)
        self.name.value = ""

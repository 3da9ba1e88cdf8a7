"""The shape that all pages share: the answer on top, controls on the left, the picture beside."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jupyter_bokeh.widgets import BokehModel

from mgg_kernel.ui import markup, widgets
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.plots.palette import Theme
from mgg_kernel.ui.widgets import show

__all__ = [
    "block",
    "labelled",
    "page",
    "picture",
    "show",
    "style_sheet",
    "trouble_box",
]


def page(
    *,
    theme: Theme,
    answer: Any,
    guard: Guard,
    controls: Sequence[Any],
    stage: Sequence[Any],
    below: Sequence[Any] = (),
) -> Any:
    """Return a page.

    Args:
        theme: light or dark.
        answer: what stands at the top, in words and one number.
        guard: whose trouble is shown below the answer, and stays in sight.
        controls: the means to change it, on the left, in the order of the keyboard.
        stage: the picture and what belongs to it.
        below: the details, over the whole width.
    """
    columns = block(
        "mgg-ui-columns", [block("mgg-ui-controls", controls), block("mgg-ui-stage", stage)]
    )
    details = block("mgg-ui-below", below)
    made = block("mgg-ui-page", [style_sheet(), answer, trouble_box(guard), columns, details])
    made.add_class(f"mgg-ui-{theme}")
    return made


def block(css_class: str, children: Sequence[Any] = ()) -> Any:
    """Return a box of a class of ``style.css``."""
    box = widgets.VBox(list(children))
    box.add_class(css_class)
    return box


def labelled(label: str, control: Any, unit: str = "") -> Any:
    """Return a control under its label, which also tells its unit or range.

    The label is the widget's own description, so that it is read out with the control.
    """
    control.description = f"{label} [{unit}]" if unit else label
    control.add_class("mgg-ui-field")
    return control


def picture(box: Any, figure: Any | None) -> None:
    """Put a Bokeh figure into a box, or empty it; what was there is let go."""
    old = box.children
    box.children = () if figure is None else (_Picture(figure),)
    for widget in old:
        widget.close()


class _Picture(BokehModel):
    """A Bokeh figure that can be closed twice: by us, and by Python once nobody holds it."""

    def close(self) -> None:
        if self.comm is not None:
            super().close()


def trouble_box(guard: Guard) -> Any:
    """Return where the guard's trouble is shown."""
    box = widgets.HTML()
    box.add_class("mgg-ui-trouble-box")

    def tell(_: object) -> None:
        box.value = markup.trouble(guard.trouble) if guard.trouble else ""
        show(box, guard.trouble is not None)

    guard.observe(tell, "trouble")
    tell(None)
    return box


def style_sheet() -> Any:
    """Return the pages' look, as a widget that takes no room."""
    sheet = widgets.HTML(f"<style>{_css()}</style>")
    show(sheet, False)
    return sheet


@cache
def _css() -> str:
    return Path(__file__).with_name("style.css").read_text(encoding="utf-8")

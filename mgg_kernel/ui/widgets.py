"""The widgets of ipywidgets that pages are made of, with one layout and one style among them all.

Each of ipywidgets' own brings a layout and mostly a style, which are widgets too: of the 244 of
the page Compare they are 154, all alike, because the style sheet says how things look.  Here they
are shared.  What is to look different gets a layout of its own when it is made; the
shared ones are never changed.
"""

from typing import Any

import ipywidgets
from traitlets import default

__all__ = [
    "HTML",
    "Accordion",
    "BoundedIntText",
    "Button",
    "Checkbox",
    "Combobox",
    "DatePicker",
    "Dropdown",
    "FileUpload",
    "HBox",
    "Layout",
    "Select",
    "SelectMultiple",
    "Text",
    "Textarea",
    "VBox",
    "show",
]

Layout = ipywidgets.Layout

_made: dict[tuple[type, str | None], Any] = {}


def show(widget: Any, visible: bool) -> None:
    """Show a widget, or take it out of the page and of the keyboard's order."""
    display = None if visible else "none"
    if widget.layout in (_shared(Layout, None), _shared(Layout, "none")):
        widget.layout = _shared(Layout, display)
    else:
        widget.layout.display = display


def _shared(kind: type, display: str | None = None) -> Any:
    """Return the one of a kind, made anew where it was closed with a page."""
    one = _made.get((kind, display))
    if one is None or one.comm is None:
        one = _made[kind, display] = kind() if display is None else kind(display=display)
    return one


class _Lean(ipywidgets.DOMWidget):
    @default("layout")
    def _shared_layout(self) -> Any:
        return _shared(Layout)

    @default("style")
    def _shared_style(self) -> Any:
        return _shared(self.traits()["style"].klass)


class HTML(_Lean, ipywidgets.HTML):
    """Words and tables."""


class Accordion(_Lean, ipywidgets.Accordion):
    """What can be folded away."""


class BoundedIntText(_Lean, ipywidgets.BoundedIntText):
    """A whole number within limits."""


class Button(_Lean, ipywidgets.Button):
    """A button."""


class Checkbox(_Lean, ipywidgets.Checkbox):
    """A yes or no."""


class Combobox(_Lean, ipywidgets.Combobox):
    """A text with suggestions."""


class DatePicker(_Lean, ipywidgets.DatePicker):
    """A day."""


class Dropdown(_Lean, ipywidgets.Dropdown):
    """One of a few."""


class FileUpload(_Lean, ipywidgets.FileUpload):
    """Files of the viewer's."""


class HBox(_Lean, ipywidgets.HBox):
    """Things beside each other."""


class Select(_Lean, ipywidgets.Select):
    """One of many."""


class SelectMultiple(_Lean, ipywidgets.SelectMultiple):
    """Some of many."""


class Text(_Lean, ipywidgets.Text):
    """A line of text."""


class Textarea(_Lean, ipywidgets.Textarea):
    """Lines of text."""


class VBox(_Lean, ipywidgets.VBox):
    """Things below each other."""

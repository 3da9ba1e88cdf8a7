"""Widgets that share their layouts and styles."""

import ipywidgets
import pytest

from mgg_kernel.ui import widgets
from mgg_kernel.ui.widgets import show


@pytest.mark.parametrize(
    "name", [name for name in widgets.__all__ if name not in ("show", "Layout")]
)
def test_all_of_a_kind_share_and_are_what_the_browser_knows(name: str) -> None:
    kind, original = getattr(widgets, name), getattr(ipywidgets, name)
    one, other = kind(), kind()
    assert one.layout is other.layout
    assert one.layout.get_state().keys() == ipywidgets.Layout().get_state().keys()
    if "style" in original().traits():
        assert one.style is other.style
        assert type(one.style) is type(original().style)
    for key in ("_model_name", "_view_name", "_model_module"):
        assert getattr(one, key) == getattr(original(), key)


def test_hiding_one_hides_no_other() -> None:
    hidden, other, own = widgets.HTML(), widgets.HTML(), widgets.HTML(layout={"width": "4rem"})
    show(hidden, False)
    show(own, False)
    assert (hidden.layout.display, own.layout.display) == ("none", "none")
    assert own.layout.width == "4rem"
    assert other.layout.display is None
    show(hidden, True)
    show(own, True)
    assert hidden.layout is other.layout
    assert own.layout.display is None
    assert own.layout.width == "4rem"


def test_what_was_closed_with_a_page_is_made_anew() -> None:
    before = widgets.Button()
    before.layout.close()
    before.style.close()
    after = widgets.Button()
    assert after.layout.comm is not None
    assert after.style.comm is not None

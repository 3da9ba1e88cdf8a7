"""From a kernel's environment to a page, or to the sentence that says why there is none."""

import pytest
from conftest import OpenAs
from ipywidgets import HTML, Widget

from mgg_kernel.ui import compare, ingest
from mgg_kernel.ui.guard import logger
from mgg_kernel.workspace import Foundation


@pytest.fixture
def kernel(foundation: Foundation, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment of a dashboard's kernel, in which nobody is named yet."""
    settings = foundation.settings
    monkeypatch.setenv("MGG_DATA_DIR", str(settings.data_dir))
    if settings.database_url is not None:
        monkeypatch.setenv("MGG_DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.13")
    monkeypatch.setenv("HTTP_X_MGG_LANG", "en")
    monkeypatch.setenv("QUERY_STRING", "")
    monkeypatch.setattr(logger, "handlers", [])
    return monkeypatch


def texts(widget: Widget) -> str:
    """Everything that a page says in HTML."""
    own = widget.value if isinstance(widget, HTML) else ""
    return own + "".join(texts(child) for child in getattr(widget, "children", ()))


@pytest.mark.parametrize("page", [ingest, compare])
def test_a_page_opens_for_whoever_is_named(kernel: pytest.MonkeyPatch, page: object) -> None:
    kernel.setenv("HTTP_X_MGG_USER", "boss")
    said = texts(page.build())  # type: ignore[attr-defined]
    assert "You may look at" in said
    assert "mgg-ui-answer" in said


def test_a_page_for_nobody_says_so(kernel: pytest.MonkeyPatch) -> None:
    said = texts(ingest.build())
    assert "was not told who looks at it" in said
    assert 'role="status"' not in said


def test_a_page_for_an_account_that_is_gone_says_so(
    kernel: pytest.MonkeyPatch, open_as: OpenAs
) -> None:
    kernel.setenv("HTTP_X_MGG_USER", "nosuch")
    assert "no active account" in texts(compare.build())

"""A real browser for the tests of pages: what it asks of other hosts, what it complains about."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from conftest import PASSWORD
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

CHROMIUM = shutil.which("chromium")
# As root Chromium has no sandbox, and it would look for its maker's hosts at every start.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_MS = 60_000
LAPTOP: Any = {"width": 1366, "height": 768}
# Resolves once nothing on the page has changed for a third of a second.
SETTLED = """() => new Promise((resolve) => {
  let timer;
  const observer = new MutationObserver(() => wait());
  const wait = () => { clearTimeout(timer); timer = setTimeout(done, 333); };
  const done = () => { observer.disconnect(); resolve(); };
  observer.observe(document, {subtree: true, childList: true, attributes: true});
  wait();
})"""


@dataclass
class Watched:
    """A page, what it asked of other hosts, and what it complained about."""

    page: Page
    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def assert_calm(self) -> None:
        assert self.outside == []
        assert self.complaints == []


@contextmanager
def opened_browser() -> Iterator[Browser]:
    """Open Chromium, or skip where there is none.

    Playwright keeps an event loop going, which other tests cannot stand: open it for one module.
    """
    if CHROMIUM is None:
        pytest.skip("no browser here: install Debian's package chromium")
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@contextmanager
def watching(browser: Browser, *addresses: str, look: str = "en-light") -> Iterator[Watched]:
    """Open a page whose requests and complaints are kept.

    Args:
        browser: an open browser.
        addresses: those of our servers; what is asked of others is kept as `outside`.
        look: language and theme.
    """
    language, theme = look.split("-")
    context = browser.new_context(viewport=LAPTOP, locale="en-US")
    context.set_default_timeout(WAIT_MS)
    chosen = {"mgg-lang": language, "mgg-theme": theme, "mgg-scheme": theme}
    context.add_cookies(
        [{"name": name, "value": chosen[name], "url": addresses[0]} for name in chosen]
    )
    it = Watched(context.new_page())

    def note(request: Request) -> None:
        if not request.url.startswith((*addresses, "data:", "blob:")):
            it.outside.append(request.url)

    context.on("request", note)
    context.on(
        "console",
        lambda message: it.complaints.append(message.text) if message.type == "error" else None,
    )
    context.on("weberror", lambda error: it.complaints.append(str(error.error)))
    yield it
    context.close()


def log_in(page: Page, address: str, username: str) -> None:
    page.goto(address)
    page.locator("#name").fill(username)
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")


def shown(page: Page) -> None:
    """Wait until a dashboard is drawn and nothing moves any more."""
    page.wait_for_selector("body.mgg-ready .mgg-ui-page")
    page.evaluate(SETTLED)

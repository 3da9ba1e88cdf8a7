"""Pages in a real browser: how soon they can be used, what is sent, how soon a choice is drawn."""

import asyncio
import shutil
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from playwright.sync_api import Page, WebSocket, sync_playwright

from benchmarks.crowd import CrowdFigures, crowd
from benchmarks.measure import Result
from benchmarks.pages_lab import PASSWORD, SAMPLES, SHOTS, TESTS, PagesLab, pages_lab

__all__ = ["measure", "measure_crowd"]

TIMES = 7
VIEWERS, CROWD_S = 40, 60.0
# As root Chromium has no sandbox.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
NO_PICTURE = "no picture"

# What is drawn is told by the pixels: they are looked at in each frame until they have changed
# and then stay the same for two frames.
_DRAWN = """
async ({list, index}) => {
  const canvases = (root, found = []) => {
    for (const one of root.querySelectorAll('*')) {
      if (one.shadowRoot) canvases(one.shadowRoot, found);
      if (one.tagName === 'CANVAS' && one.width > 300) found.push(one);
    }
    return found;
  };
  const look = () => canvases(document).map(one => {
    const data = new Uint32Array(
      one.getContext('2d').getImageData(0, 0, one.width, one.height).data.buffer);
    let sum = 0;
    for (let at = 0; at < data.length; at += 1) sum = (sum * 31 + data[at]) | 0;
    return sum;
  }).join();
  const frame = () => new Promise(done => requestAnimationFrame(done));
  const before = look();
  const select = document.querySelectorAll('.mgg-ui-list select')[list];
  const began = performance.now();
  select.selectedIndex = index;
  select.dispatchEvent(new Event('change', {bubbles: true}));
  let last = before, changed = null, same = 0;
  while (performance.now() - began < 20000) {
    await frame();
    const now = look();
    if (now === last) { same += 1; } else { last = now; same = 0; changed = performance.now(); }
    if (changed !== null && same >= 2) return (changed - began) / 1000;
  }
  throw new Error('no picture');
}
"""
# A list is there when its lines have changed.
_LISTED = """
async ({press, type}) => {
  const list = document.querySelectorAll('.mgg-ui-list select')[0];
  const before = list.options[list.options.length - 1].text;
  const began = performance.now();
  if (type !== null) {
    const field = document.querySelectorAll('.mgg-ui-picker input')[0];
    field.value = type;
    field.dispatchEvent(new Event('input', {bubbles: true}));
    field.dispatchEvent(new Event('change', {bubbles: true}));
  } else {
    const buttons = document.querySelectorAll('.mgg-ui-picker')[0].querySelectorAll('button');
    buttons[press].click();
  }
  while (performance.now() - began < 20000) {
    await new Promise(done => requestAnimationFrame(done));
    const now = list.options.length ? list.options[list.options.length - 1].text : '';
    if (now !== before) return (performance.now() - began) / 1000;
  }
  throw new Error('the list has not changed');
}
"""


def measure() -> Iterator[Result]:
    """Measure what one viewer meets with."""
    with pages_lab(1) as lab, _browser() as page:
        _log_in(page, lab)
        opened = [_open(page, lab, "compare", ".mgg-ui-list select") for _ in range(TIMES)]
        yield _limit("page Compare, from the click until it can be used", opened[1:], 1.0)
        yield _limit(f"a list of {TESTS} tests: searched", _searched(page), 0.2)
        yield _limit(f"a list of {TESTS} tests: a page turned", _turned(page), 0.2)
        compared = _compared(page)
        yield _limit("two stored curves: from the choice until they are drawn", compared, 0.5)
        seconds, sent = _orders(page, lab)
        what = f"a work order of {SHOTS} tests of {SAMPLES} samples, "
        yield _limit(f"{what}opened from the list until it is drawn", seconds, 1.0)
        yield _limit(f"{what}sent [kB, not ms]", [n / 1e6 for n in sent], 0.5)
    with pages_lab(1, warm_kernels=False) as lab, _browser() as page:
        _log_in(page, lab)
        cold = [_open(page, lab, "compare", ".mgg-ui-list select") for _ in range(4)]
        yield _limit("page Compare, its kernel started from nothing", cold, 3.0)


def measure_crowd() -> Iterator[Result]:
    """Measure what many viewers meet with who all compare every five seconds."""
    with pages_lab(VIEWERS) as lab:
        figures: CrowdFigures = asyncio.run(crowd(lab, VIEWERS, CROWD_S))
    who = f"{VIEWERS} viewers, each comparing every 5 s"
    for line in figures.failures[:5]:
        print(line)
    failed, all_of_them = len(figures.failures), len(figures.compared_s) + len(figures.failures)
    what = f"{who}: failures among {all_of_them} comparisons [number, not ms]"
    yield Result(what, "one that fails", failed / 1e3, 1e-3, 0.0)
    slow = sorted(figures.compared_s)[int(0.95 * len(figures.compared_s))]
    yield Result(f"{who}: 95 of 100 answered within", "limit", slow, 2.0, 1.0)
    pss = statistics.mean(figures.pss_mib)
    own = statistics.mean(figures.private_mib)
    yield Result(
        f"{who}: memory of a viewer (PSS; {own:.0f} MiB its own) [MB, not ms]",
        "limit",
        pss * 1.048576 / 1e3,
        0.06,
        1.0,
    )


@contextmanager
def _browser() -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        context = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="en-US")
        yield context.new_page()
        chromium.close()


def _log_in(page: Page, lab: PagesLab) -> None:
    page.goto(f"{lab.url}/login")
    page.fill("input[name=name]", lab.viewers[0])
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_selector(".mgg-ui-page")


def _open(page: Page, lab: PagesLab, name: str, until: str) -> float:
    page.goto(f"{lab.url}/home")
    page.wait_for_selector(".mgg-ui-page")
    page.wait_for_load_state("networkidle")
    began = perf_counter()
    page.click(f'nav a[href$="/{name}"]', no_wait_after=True)
    page.wait_for_url(f"**/{name}*", wait_until="commit")
    page.wait_for_selector(until, state="visible")
    return perf_counter() - began


def _searched(page: Page) -> list[float]:
    words = ("T000", "T012", "P9", "T0", "shot_17", "T03", "")
    return [page.evaluate(_LISTED, {"type": word, "press": 0}) for word in words]


def _turned(page: Page) -> list[float]:
    return [page.evaluate(_LISTED, {"type": None, "press": 1}) for _ in range(TIMES)]


def _compared(page: Page) -> list[float]:
    page.evaluate("document.querySelectorAll('.mgg-ui-list select')[1].selectedIndex = 0")
    page.evaluate(_DRAWN.replace("look();\n  const select", "'';\n  const select"), _choice(0, 1))
    page.evaluate(_DRAWN, _choice(1, 1))
    return [page.evaluate(_DRAWN, _choice(0, 2 + number)) for number in range(TIMES)]


def _choice(which: int, index: int) -> dict[str, int]:
    return {"list": which, "index": index}


def _orders(page: Page, lab: PagesLab) -> tuple[list[float], list[int]]:
    heard: list[int] = []

    def listen(line: WebSocket) -> None:
        line.on("framereceived", lambda payload: heard.append(_size(payload)))

    page.on("websocket", listen)
    _open(page, lab, "orders", ".mgg-ui-row-button")
    seconds, sent = [], []
    for _ in range(TIMES):
        page.wait_for_timeout(600)
        heard.clear()
        began = perf_counter()
        page.click(".mgg-ui-row-button")
        page.wait_for_function(_PICTURED)
        seconds.append(perf_counter() - began)
        page.wait_for_timeout(1_000)
        sent.append(sum(heard))
        page.click("button:has-text('All work orders')")
        page.wait_for_selector(".mgg-ui-row-button", state="visible")
    return seconds, sent


_PICTURED = """
() => {
  const inked = (root) => {
    for (const one of root.querySelectorAll('*')) {
      if (one.shadowRoot && inked(one.shadowRoot)) return true;
      if (one.tagName === 'CANVAS' && one.width > 300 && one.offsetParent !== null) {
        const data = one.getContext('2d').getImageData(0, 0, one.width, one.height).data;
        const seen = new Set();
        for (let at = 0; at < data.length; at += 4) {
          seen.add(data[at] << 16 | data[at + 1] << 8 | data[at + 2]);
        }
        if (seen.size > 50) return true;
      }
    }
    return false;
  };
  return inked(document);
}
"""


def _size(payload: Any) -> int:
    return len(payload if isinstance(payload, bytes) else payload.encode())


def _limit(what: str, seconds: list[float], limit_s: float) -> Result:
    return Result(what, "limit", statistics.median(seconds), limit_s, 1.0)

"""Take pictures of every page of a made-up lab, in both languages and both themes.

They go to ``docs/screenshots``.  The lab is thrown away after, unless ``--data-dir`` names one.
"""

import argparse
import io
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from mgg_kernel.errors import ConflictError
from mgg_kernel.hot.database import Caller
from mgg_kernel.reports.runner import run_report
from mgg_kernel.reverse import Constraints, Target
from mgg_kernel.settings import Settings
from mgg_kernel.web import ServerProcess
from mgg_kernel.workspace import Foundation, Workspace
from mgg_kernel.workspace.demo import make_demo_lab

ROOT = Path(__file__).parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
LAPTOP, WIDE = (1366, 768), (1920, 1080)
ON_WIDE_SCREENS = ("home", "compare", "simulate", "orders")
PASSWORD = "for these pictures only"  # noqa: S105 - of an account of a lab that is thrown away
ADMIN = "demo.wang"
WAIT_MS = 60_000
COLOURS = 96
# Resolves once nothing on the page has changed for some time.
SETTLED = """() => new Promise((resolve) => {
  let timer;
  const observer = new MutationObserver(() => wait());
  const wait = () => { clearTimeout(timer); timer = setTimeout(done, 500); };
  const done = () => { observer.disconnect(); resolve(); };
  observer.observe(document, {subtree: true, childList: true, attributes: true});
  wait();
})"""
SCROLLED_HEIGHT = "() => document.querySelector('#rendered_cells').scrollHeight"


@dataclass(frozen=True)
class Shot:
    """A page in the state that a picture shows: what its address asks for, what tells it is there.

    `figures` is the number of plots that it draws.
    """

    page: str
    query: str = ""
    figures: int = 0


def prepare(foundation: Foundation) -> None:
    """Fill the lab: the demo, and what people would have done in it since."""
    try:
        make_demo_lab(foundation)
    except ConflictError:
        return
    Workspace(foundation, Caller("admin")).users.add(
        ADMIN, "admin", password=PASSWORD, display_name="王主任 (demo)"
    )
    admin, engineer = (Workspace(foundation, Caller(name)) for name in (ADMIN, "demo.chen"))
    surroundings = Constraints(
        igniters=("135",), vessel="10-892", shell_mm="22", current_a="1.2", device="Y-H"
    )
    engineer.simulations.reverse(Target(peak_pressure_mpa=55.0, peak_time_ms=8.0), surroundings)
    admin.archive.run()
    for language in ("en", "zh"):
        run_report(engineer, "monthly_accuracy_report", {"language": language})


def shots_of(foundation: Foundation, language: str) -> list[Shot]:
    """Return what to show of each page in a language, in the order of the rail."""
    ws = Workspace(foundation, Caller(ADMIN))
    test, order = ws.tests.list()[0].id, ws.work_orders.list()[0].number
    reports = {run.parameters["language"]: run.id for run in reversed(ws.reports.list())}
    return [
        Shot("home"),
        Shot("ingest", f"test={test}", 1),
        Shot("simulate", f"simulation={ws.simulations.list()[0].id}", 1),
        Shot("reverse", f"reverse={ws.simulations.reverse.list()[0].id}", 1),
        Shot("compare", f"comparison={ws.comparisons.list()[0].id}", 2),
        Shot("orders", f"order={order}", 1),
        Shot("archive", "", 1),
        Shot("reports", f"run={reports[language]}"),
        Shot("log"),
        Shot("users", "user=demo.chen"),
    ]


@contextmanager
def running(data_dir: Path) -> Iterator[tuple[Foundation, str]]:
    """Serve the dashboards of a lab; yields the lab and the address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = Settings(data_dir=data_dir, dashboards_port=port)
    foundation = Foundation(settings, application="screenshots")
    server = ServerProcess("dashboards", settings)
    try:
        prepare(foundation)
        server.start()
        server.wait_ready()
        yield foundation, server.url
    finally:
        server.stop()
        foundation.close()


def open_pages(browser: Browser, url: str, language: str, theme: str) -> Page:
    """Log in with a language and a theme, and return the page."""
    context = browser.new_context()
    context.set_default_timeout(WAIT_MS)
    cookies = {"mgg-lang": language, "mgg-theme": theme, "mgg-scheme": theme}
    context.add_cookies([{"name": name, "value": cookies[name], "url": url} for name in cookies])
    page = context.new_page()
    page.goto(f"{url}/login")
    page.locator("#name").fill(ADMIN)
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("body.mgg-ready .mgg-ui-page")
    return page


def visit(page: Page, url: str, shot: Shot, size: tuple[int, int], *, whole: bool) -> bytes:
    """Go to a page and return its picture, as PNG."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{url}/{shot.page}?{shot.query}")
    page.wait_for_selector("body.mgg-ready .mgg-ui-page")
    if shot.figures:
        page.locator(".bk-Figure").nth(shot.figures - 1).wait_for()
    page.evaluate(SETTLED)
    if whole:
        height = max(size[1], page.evaluate(SCROLLED_HEIGHT) + 8)
        page.set_viewport_size({"width": size[0], "height": height})
        page.evaluate(SETTLED)
    return page.screenshot()


def keep(picture: bytes, path: Path) -> None:
    """Write a picture with few colours, which is enough for pages and keeps the folder small."""
    with Image.open(io.BytesIO(picture)) as image:
        few = image.convert("RGB").quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=0)
        few.save(path, optimize=True)


def main() -> int:
    """Take the pictures; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "screenshots")
    parser.add_argument("--data-dir", type=Path, help="keep the lab here, or use the one here")
    parser.add_argument("--only", help="pages, separated by commas")
    parser.add_argument("--looks", default="en-light,en-dark,zh-light,zh-dark")
    parser.add_argument("--whole", action="store_true", help="as high as each page is")
    asked = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        print("There is no browser here; install Debian's package chromium.", file=sys.stderr)
        return 1
    asked.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="mgg-screenshots-") as made:
        # PostgreSQL, which refuses root, must be able to come in.
        Path(made).chmod(0o755)
        with (
            running(asked.data_dir or Path(made) / "data") as (foundation, url),
            sync_playwright() as playwright,
        ):
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            for look in asked.looks.split(","):
                language, theme = look.split("-")
                page = open_pages(browser, url, language, theme)
                for shot in shots_of(foundation, language):
                    if asked.only and shot.page not in asked.only.split(","):
                        continue
                    name = f"{shot.page}-{look}"
                    picture = visit(page, url, shot, LAPTOP, whole=asked.whole)
                    keep(picture, asked.out / f"{name}.png")
                    if look == "en-light" and shot.page in ON_WIDE_SCREENS and not asked.whole:
                        picture = visit(page, url, shot, WIDE, whole=False)
                        keep(picture, asked.out / f"{name}-wide.png")
                page.context.close()
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

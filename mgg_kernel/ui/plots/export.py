"""A picture as SVG or PNG, drawn by Bokeh itself, so that it is just the one on the screen.

Bokeh draws in a browser.  One that is installed here is started without a window for it, and asks
nothing of any network.
"""

import base64
import os
import re
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from bokeh.models import Plot

from mgg_kernel.errors import ExportError

__all__ = ["to_png", "to_svg"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTH_PX, WINDOW_HEIGHT_PX = 900, 2000
NARROWEST_PX, WIDEST_PX = 300, 4000
PATIENCE_S = 60.0
VIRTUAL_MS = 30_000
MOST_DENSE = 4.0

# Drawn at once, the page is given up for the bare picture, which is what the browser prints.
_SCRIPT = """
<script>
(async () => {
  const isDrawn = () => window.Bokeh?.documents.length && Bokeh.documents[0].is_idle;
  while (!isDrawn()) { await new Promise((go) => setTimeout(go, 20)); }
  const view = Bokeh.index.roots[0];
  let plain;
  if (KIND === "svg") {
    const svg = view.export("svg").ctx.get_serialized_svg(true);
    const file = new File([svg], "picture.svg");
    const reader = new FileReader();
    plain = await new Promise((done) => {
      reader.onload = () => done(reader.result);
      reader.readAsDataURL(file);
    });
  } else {
    const drawn = view.export("png", true).canvas;
    const sheet = document.createElement("canvas");
    [sheet.width, sheet.height] = [drawn.width, drawn.height];
    const pen = sheet.getContext("2d");
    pen.fillStyle = PAPER;
    pen.fillRect(0, 0, sheet.width, sheet.height);
    pen.drawImage(drawn, 0, 0);
    plain = sheet.toDataURL("image/png");
  }
  document.body.textContent = `mgg-picture:${plain.split(",")[1]}:end`;
})();
</script>
"""
_FOUND = re.compile("mgg-picture:([A-Za-z0-9+/=]+):end")


def to_svg(picture: Any, *, width_px: int = WIDTH_PX) -> str:
    """Return a picture as an SVG document that refers to nothing outside it.

    Args:
        picture: a figure or a layout of figures.
        width_px: its width [px].

    Raises:
        ExportError: there is no browser here, it did not draw, or the width makes no sense.
    """
    drawn = _drawn(picture, "svg", width_px, 1.0).decode("utf-8")
    # Between figures a layout has no ground of its own.
    ground = f'<rect width="100%" height="100%" fill="{_paper(picture)}"/>'
    begin, opening, rest = drawn.partition("<defs>")
    return f"{begin}{ground}{opening}{rest}"


def to_png(picture: Any, *, width_px: int = WIDTH_PX, density: float = 2.0) -> bytes:
    """Return a picture as a PNG file.

    Args:
        picture: a figure or a layout of figures.
        width_px: its width on a page [px].
        density: dots of the file per px, from 1 for a screen to 4 for print.

    Raises:
        ExportError: there is no browser here, it did not draw, or a size makes no sense.
    """
    if not 1.0 <= density <= MOST_DENSE:
        raise ExportError(f"A picture has 1 to {MOST_DENSE:g} dots per px, not {density:g}.")
    return _drawn(picture, "png", width_px, density)


def _drawn(picture: Any, kind: Literal["svg", "png"], width_px: int, density: float) -> bytes:
    from bokeh.embed import file_html
    from bokeh.resources import INLINE

    if not NARROWEST_PX <= width_px <= WIDEST_PX:
        raise ExportError(
            f"A picture is {NARROWEST_PX} to {WIDEST_PX:,} px wide, not {width_px:,}; choose a "
            "width between them."
        )
    browser = _browser()
    script = _SCRIPT.replace("KIND", f'"{kind}"').replace("PAPER", f'"{_paper(picture)}"')
    # Of its own width: a window without a frame may be wider than it was asked to be.
    style = f"<style>body > div {{ width: {width_px}px; }}</style>"
    page = file_html(picture, INLINE, "picture").replace("</body>", f"{style}{script}</body>")
    with tempfile.TemporaryDirectory(prefix="mgg-picture-", ignore_cleanup_errors=True) as folder:
        path = Path(folder, "picture.html")
        path.write_text(page, encoding="utf-8")
        printed = _print(browser, path, width_px, density)
    found = _FOUND.search(printed)
    if found is None:
        raise ExportError(
            f"The browser '{browser}' drew no picture; look whether it starts, or save the numbers "
            "with plots.to_csv."
        )
    return base64.b64decode(found.group(1))


def _paper(picture: Any) -> str:
    """Return the colour that a picture's figures stand on."""
    found = next(iter(picture.select({"type": Plot})), None)
    colour = getattr(found, "border_fill_color", None)
    return colour if isinstance(colour, str) else "#ffffff"


def _browser() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise ExportError(
            "There is no Chromium here, which draws SVG and PNG files; install Debian's package "
            "chromium, or save the picture by its own button, or its numbers with plots.to_csv."
        )
    return found


def _print(browser: str, path: Path, width_px: int, density: float) -> str:
    """Return the page as it is after its scripts; the browser has a profile of its own."""
    flags = [
        "--headless",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--host-resolver-rules=MAP * ~NOTFOUND",  # no name leads anywhere
        f"--user-data-dir={path.parent / 'profile'}",
        f"--window-size={width_px},{WINDOW_HEIGHT_PX}",
        f"--force-device-scale-factor={density:g}",
        f"--virtual-time-budget={VIRTUAL_MS}",
    ]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")  # as root it has none
    printed = path.with_suffix(".printed")
    try:
        with printed.open("wb") as file:
            running = subprocess.Popen(
                [browser, *flags, "--dump-dom", path.as_uri()],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
    except OSError as error:
        raise ExportError(
            f"The browser '{browser}' does not start ({error.strerror}); mend it, or save the "
            "numbers with plots.to_csv."
        ) from None
    try:
        running.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        raise ExportError(
            f"The browser '{browser}' did not draw the picture within {PATIENCE_S:g} s; try again, "
            "or save the numbers with plots.to_csv."
        ) from None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)  # with whatever it has started
        running.wait()
    return printed.read_text("utf-8", "replace")

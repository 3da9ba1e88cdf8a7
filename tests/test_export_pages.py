"""What exported pages look like: light, dark and on paper."""

import io
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

import mgg_kernel as mgg
from mgg_kernel.comparison import compare
from mgg_kernel.exports import Document, Origin, Provenance, comparison_document, write_document
from mgg_kernel.ui.plots.palette import PALETTES

AT = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
CHROMIUM = shutil.which("chromium")
# It would look for its maker's hosts at every start.
FLAGS = ["--no-sandbox", "--disable-background-networking", "--no-first-run"]


@pytest.fixture(scope="module")
def document() -> Document:
    simulated, measured = mgg.example_curve(peak_mpa=56.0), mgg.example_curve(seed=1)
    source = Provenance(Origin("simulation 3", 3), Origin("P1 试样", 4), "li.wei", AT)
    return comparison_document(compare(simulated, measured), simulated, measured, source)


def written(made: Document, kind: str) -> bytes:
    file = io.BytesIO()
    write_document(made, file, format=kind)
    return file.getvalue()


def test_the_page_has_the_colours_of_the_pages_in_light_and_dark(document: Document) -> None:
    page = written(document, "html").decode()
    light, dark = re.findall(r":root \{([^}]*)\}", page)
    for told, theme in ((light, PALETTES["light"]), (dark, PALETTES["dark"])):
        found = dict(re.findall(r"--(\w+): (#\w{6});", told))
        assert found == {name: getattr(theme, name) for name in found}
        assert set(found) == {"paper", "ink", "muted", "grid", "accent"}
    below = page.split("</style>", 1)[1]
    assert not re.search(r"#[0-9a-f]{6}", below), "a fixed colour would not turn with the page"


def test_a_picture_alone_is_light_and_needs_no_page(document: Document) -> None:
    svg = written(document, "svg").decode()
    assert "var(" not in svg
    assert '<rect width="100%" height="100%" fill="#ffffff"/>' in svg


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no browser here: install Debian's package chromium")
@pytest.mark.parametrize(
    ("medium", "scheme", "paper", "ink"),
    [
        ("screen", "light", "rgb(255, 255, 255)", "rgb(22, 25, 29)"),
        ("screen", "dark", "rgb(21, 24, 29)", "rgb(255, 255, 255)"),
        ("print", "dark", "rgb(255, 255, 255)", "rgb(22, 25, 29)"),
    ],
)
def test_page_and_picture_turn_together(
    document: Document, tmp_path: Path, medium: str, scheme: str, paper: str, ink: str
) -> None:
    (tmp_path / "c.html").write_bytes(written(document, "html"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.emulate_media(media=medium, color_scheme=scheme)  # type: ignore[arg-type]
        page.goto((tmp_path / "c.html").as_uri())

        def style(selector: str, name: str) -> str:
            script = f"e => getComputedStyle(e).{name}"
            return str(page.locator(selector).first.evaluate(script))

        found = (style("html", "backgroundColor"), style("svg rect", "fill"))
        assert found == (paper, paper)
        assert (style("body", "color"), style("svg polyline[stroke-width='1.4']", "stroke")) == (
            ink,
            ink,
        )
        browser.close()

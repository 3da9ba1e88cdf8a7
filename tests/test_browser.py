"""The way through in a real browser: log in, upload, look, store, compare, save.

The servers are those of ``mgg up``, started as a person starts them.
"""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from browser_help import Watched, log_in, opened_browser, watching
from conftest import PASSWORD
from playwright.sync_api import Browser, expect
from web_help import free_port

from mgg_kernel.hot.database import Caller
from mgg_kernel.ingest import example_curve, write_lab_workbook
from mgg_kernel.recipe import Recipe
from mgg_kernel.settings import Settings
from mgg_kernel.workspace import Foundation, Workspace

pytestmark = pytest.mark.browser

RECIPE = Recipe.parse(
    igniter="135", nc=["B:760"], shell="22", current="1.2", vessel="10-892", device="Y-H"
)
CURVE = example_curve(seed=4242)


@dataclass
class Site:
    """Running servers, and the workspace behind them."""

    dashboards: str
    lab: str
    foundation: Foundation
    workbook: Path
    simulation_id: int


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def site(open_folder: Path, browser: Browser) -> Iterator[Site]:
    settings = Settings(
        data_dir=open_folder / "browser", dashboards_port=free_port(), lab_port=free_port()
    )
    foundation = Foundation(settings, application="tests")
    admin = Workspace(foundation, Caller("admin"))
    admin.users.add("li.wei", "engineer", password=PASSWORD, display_name="李伟")
    admin.users.add("looks", "user", password=PASSWORD)
    simulation = Workspace(foundation, Caller("li.wei")).simulations.run(RECIPE)
    workbook = open_folder / "曲线 1.xlsx"
    workbook.write_bytes(write_lab_workbook(CURVE, "P7"))
    up = subprocess.Popen(
        [sys.executable, "-m", "mgg_kernel.cli", "up"],
        stderr=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "MGG_DATA_DIR": str(settings.data_dir),
            "MGG_DASHBOARDS_PORT": str(settings.dashboards_port),
            "MGG_LAB_PORT": str(settings.lab_port),
        },
    )
    assert up.stderr is not None
    said = ""
    while "Ctrl-C stops everything" not in said:
        line = up.stderr.readline()
        assert line, f"mgg up ended: {said}"
        said += line
    yield Site(
        f"http://127.0.0.1:{settings.dashboards_port}",
        f"http://127.0.0.1:{settings.lab_port}",
        foundation,
        workbook,
        simulation.id,
    )
    up.send_signal(signal.SIGINT)
    assert up.wait(60) == 0, "Ctrl-C ends mgg up in order"
    up.stderr.close()
    foundation.close()


@pytest.fixture
def watched(browser: Browser, site: Site) -> Iterator[Watched]:
    with watching(browser, site.dashboards, site.lab) as it:
        yield it


def test_from_a_workbook_to_a_stored_comparison(site: Site, watched: Watched) -> None:
    page, peak = watched.page, f"{CURVE.peak.pressure_mpa:.2f} MPa"
    log_in(page, f"{site.dashboards}/ingest", "li.wei")

    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=re.compile("Choose files")).click()
    chooser.value.set_files(site.workbook)
    expect(page.get_by_text(peak).first).to_be_visible()
    expect(page.locator(".bk-Figure").first).to_be_visible()
    with site.foundation.database.begin(Caller("li.wei")) as (connection, _):
        assert connection.exec_driver_sql("SELECT count(*) FROM test_results").scalar_one() == 0
    page.get_by_role("button", name="Store", exact=True).click()
    told = page.get_by_text("Stored: 1. Already there: 0. Refused: 0.")
    expect(told.first).to_be_visible()

    desk = Workspace(site.foundation, Caller("li.wei"))
    (test,) = desk.tests.list()
    assert (test.file_name, test.product, test.created_by) == ("曲线 1.xlsx", "P7", "li.wei")
    assert desk.tests.curve(test.id) == CURVE
    assert desk.tests.original(test.id) == site.workbook.read_bytes()

    view = f"{site.dashboards}/compare?simulation={site.simulation_id}&test={test.id}"
    page.goto(view)
    expect(page.locator(".bk-Figure")).to_have_count(2)
    difference = desk.comparisons.compute(site.simulation_id, test.id)
    rmse = f"RMSE {difference.rmse_mpa:.2f} MPa"
    expect(page.get_by_text(rmse).first).to_be_visible()
    page.get_by_placeholder(re.compile("Optional")).fill("seen in a browser")
    page.get_by_role("button", name="Save comparison").click()
    expect(page.get_by_text("seen in a browser").first).to_be_visible()

    (stored,) = desk.comparisons.list()
    assert (stored.simulation_id, stored.test_result_id) == (site.simulation_id, test.id)
    assert (stored.note, stored.created_by) == ("seen in a browser", "li.wei")
    assert stored.metrics["rmse_mpa"] == difference.rmse_mpa
    log = {(e.log_type, e.action): e for e in desk.log.list() if e.outcome == "done"}
    assert {("login", "log in"), ("ingest", "store a test"), ("comparison", "compare")} <= set(log)
    assert log["comparison", "compare"].application == "mgg dashboards"
    assert watched.outside == []
    assert watched.complaints == []


def test_a_broken_workbook_is_refused_in_one_sentence(site: Site, watched: Watched) -> None:
    page = watched.page
    log_in(page, f"{site.dashboards}/ingest", "li.wei")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=re.compile("Choose files")).click()
    half = site.workbook.with_name("half.xlsx")
    half.write_bytes(site.workbook.read_bytes()[:9000])
    chooser.value.set_files(half)
    expect(page.get_by_text("'half.xlsx' is refused").first).to_be_visible()
    expect(page.get_by_role("button", name="Store", exact=True)).to_be_disabled()
    assert watched.complaints == []


def test_a_manager_looks_and_has_no_buttons(site: Site, watched: Watched) -> None:
    page = watched.page
    log_in(page, f"{site.dashboards}/ingest", "looks")
    expect(page.get_by_text("Latest tests").first).to_be_visible()
    for name in (re.compile("^Choose files"), re.compile("^Store$")):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    page.goto(f"{site.lab}/lab")
    expect(page.locator("body")).to_contain_text(re.compile("may not|not allowed|engineer"))


def test_the_pages_speak_chinese(site: Site, watched: Watched) -> None:
    page = watched.page
    log_in(page, f"{site.dashboards}/compare?lang=zh", "li.wei")
    expect(page.get_by_text("PT曲线对比").first).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", re.compile("^zh"))
    assert watched.complaints == []


def test_jupyterlab_offers_the_kernel_mgg_and_runs_as_who_logged_in(
    site: Site, watched: Watched
) -> None:
    page = watched.page
    log_in(page, f"{site.lab}/lab", "li.wei")
    cards = page.locator(".jp-LauncherCard[data-category='Notebook']")
    expect(cards).to_have_count(1)
    expect(cards).to_contain_text("MGG")
    cards.click()
    expect(page.get_by_role("button", name="MGG | Idle")).to_be_visible()
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.type("import mgg_kernel; mgg_kernel.open().user.username")
    page.keyboard.press("Shift+Enter")
    expect(page.locator(".jp-OutputArea-output").first).to_contain_text("'li.wei'")
    specs = page.evaluate("fetch('/api/kernelspecs').then(answer => answer.text())")
    assert list(json.loads(specs)["kernelspecs"]) == ["mgg"]
    notebooks = site.foundation.settings.data_dir / "notebooks"
    assert (notebooks / "01_start_here.ipynb").is_file()
    assert (notebooks / "Untitled.ipynb").is_file(), "not among the shipped notebooks"
    assert watched.outside == []

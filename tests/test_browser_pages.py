"""Every page in a real browser: its main task, empty, with wrong input, and without the right.

Each is also held against WCAG 2.1 AA by axe-core, used with the keyboard alone, and asks no other
host for anything.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser_help import Watched, log_in, opened_browser, shown, watching
from conftest import PASSWORD
from playwright.sync_api import Browser, Locator, Page, expect
from web_help import free_port

from mgg_kernel.hot.database import Caller
from mgg_kernel.reverse import Constraints, Target
from mgg_kernel.settings import Settings
from mgg_kernel.web import ServerProcess
from mgg_kernel.web.pages import PAGES
from mgg_kernel.workspace import Foundation, Workspace
from mgg_kernel.workspace.demo import make_demo_lab

pytestmark = pytest.mark.browser

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
FOCUSED = """() => {
  const at = document.activeElement;
  const style = getComputedStyle(at);
  const label = at.labels?.[0]?.textContent ?? at.getAttribute("aria-label") ?? at.textContent;
  return {
    name: label.trim(),
    tag: at.tagName,
    ring: style.outlineStyle !== "none" || style.boxShadow !== "none",
  };
}"""
LOOKS = ("en-light", "zh-dark")
# What a page says to whom there is nothing to show, and to whom may only look.
EMPTY = {
    "home": "No test is stored yet",
    "ingest": "Choose a measured file to see its curve",
    "simulate": "None yet: write a recipe on the left",
    "reverse": "None yet.",
    "compare": "There are no tests yet",
    "orders": "No work order yet",
    "archive": "of the rows that you may see",
    "reports": "No report was made yet",
    "log": "of your own, newest first",
}
ONLY_LOOKS = {
    "ingest": ("Latest tests", "Choose files"),
    "simulate": ("Choose a simulation below", "^Simulate$"),
    "reverse": ("Choose a reverse simulation below", "Search recipes"),
    "compare": ("You may look at everything here", "Save comparison"),
    "orders": ("work orders? match", "Open an order"),
    "archive": ("of the rows that you may see", "Archive now|^Hold$|^Save$"),
    "reports": ("Choose a report|No report was made yet", "Make a report"),
    "log": ("of your own", "Verify"),
}
ABSENT = {
    "ingest?test=99999": "There is no test 99999",
    "simulate?simulation=99999": "There is no simulation 99999",
    "reverse?reverse=99999": "There is no reverse simulation 99999",
    "compare?comparison=99999": "There is no comparison 99999",
    "orders?order=WO-19990101-000000": "There is no work order",
    "reports?run=99999": "There is no report",
    "log?since=yesterday": "yesterday",
    "users?user=nobody.here": "nobody.here",
}


@dataclass
class Site:
    """The dashboards of a demo lab.

    ``root`` and ``wang`` work in it, ``boss`` looks, ``new`` is of a team that has nothing yet.
    """

    url: str
    foundation: Foundation
    addresses: dict[str, str]

    def desk(self, username: str) -> Workspace:
        return Workspace(self.foundation, Caller(username))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def site(open_folder: Path, browser: Browser) -> Iterator[Site]:
    settings = Settings(data_dir=open_folder / "pages", dashboards_port=free_port())
    foundation = Foundation(settings, application="tests")
    server = ServerProcess("dashboards", settings)
    try:
        make_demo_lab(foundation, months=3)
        users = Workspace(foundation, Caller("admin")).users
        for name, role, team in (
            ("root", "admin", "lab"),
            ("wang", "engineer", "lab"),
            ("boss", "user", "lab"),
            ("new", "engineer", "elsewhere"),
        ):
            users.add(name, role, password=PASSWORD, team=team)  # type: ignore[arg-type]
        ws = Workspace(foundation, Caller("wang"))
        reverse = ws.simulations.reverse(
            Target(peak_pressure_mpa=55.0),
            Constraints(("135",), "10-892", "22", "1.2", "Y-H", max_charges=1),
        )
        order, test = ws.work_orders.list()[0], ws.tests.list()[0]
        addresses = {
            "home": "home",
            "ingest": f"ingest?test={test.id}",
            "simulate": f"simulate?simulation={ws.simulations.list()[0].id}",
            "reverse": f"reverse?reverse={reverse.id}",
            "compare": f"compare?comparison={ws.comparisons.list()[0].id}",
            "orders": f"orders?order={order.number}",
            "archive": "archive",
            "reports": "reports",
            "log": "log",
            "users": "users?user=wang",
        }
        assert list(addresses) == [page.name for page in PAGES]
        server.start()
        server.wait_ready()
        yield Site(server.url, foundation, addresses)
    finally:
        server.stop()
        foundation.close()


class Door:
    """Opens pages as somebody; each person logs in once, and stays."""

    def __init__(self, browser: Browser, site: Site, stack: ExitStack) -> None:
        self._browser, self._site, self._stack = browser, site, stack
        self._inside: dict[tuple[str, str], Watched] = {}

    def __call__(self, username: str, address: str, look: str = "en-light") -> Watched:
        """Return the page, drawn, with nothing complained about yet."""
        url = self._site.url
        it = self._inside.get((username, look))
        if it is None:
            it = self._stack.enter_context(watching(self._browser, url, look=look))
            self._inside[username, look] = it
            log_in(it.page, f"{url}/login", username)
            shown(it.page)
        it.outside.clear()
        it.complaints.clear()
        it.page.goto(f"{url}/{address}")
        shown(it.page)
        return it


@pytest.fixture(scope="module")
def door(browser: Browser, site: Site) -> Iterator[Door]:
    with ExitStack() as stack:
        yield Door(browser, site, stack)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=re.compile(name))


def unfold(page: Page, title: str) -> None:
    page.get_by_role("button", name=title, exact=True).or_(page.get_by_text(title)).first.click()


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", [page.name for page in PAGES])
def test_it_keeps_to_wcag_and_asks_nobody_else(
    site: Site, door: Door, name: str, look: str
) -> None:
    it = door("root", site.addresses[name], look)
    found = Axe().run(it.page, options=WCAG).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"][:3]]) for one in found] == []
    width, window = it.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= window, "nothing is cut off at the right"
    it.assert_calm()


@pytest.mark.parametrize(("name", "words"), EMPTY.items())
def test_where_nothing_is_stored_the_page_says_the_next_step(
    door: Door, name: str, words: str
) -> None:
    it = door("new", name)
    expect(it.page.get_by_text(words).locator("visible=true").first).to_be_visible()
    it.assert_calm()


@pytest.mark.parametrize(("name", "words"), ONLY_LOOKS.items())
def test_who_may_only_look_is_told_so_and_has_no_buttons(
    door: Door, name: str, words: tuple[str, str]
) -> None:
    it = door("boss", name)
    expect(it.page.get_by_text(re.compile(words[0])).first).to_be_visible()
    for one in button(it.page, words[1]).all():
        expect(one).to_be_hidden()
    it.assert_calm()


def test_accounts_are_not_for_engineers(site: Site, door: Door) -> None:
    it = door("wang", "home")
    expect(it.page.get_by_role("link", name="Users")).to_have_count(0)
    answer = it.page.goto(f"{site.url}/users")
    assert answer is not None
    assert answer.status == 403
    expect(it.page.get_by_role("alert")).to_have_text("You may not see this.")


@pytest.mark.parametrize(("address", "words"), ABSENT.items())
def test_an_address_of_nothing_is_said_in_a_sentence(door: Door, address: str, words: str) -> None:
    it = door("root", address)
    expect(it.page.get_by_role("alert").get_by_text(words)).to_be_visible()
    it.assert_calm()


def test_home_leads_to_what_it_names(site: Site, door: Door) -> None:
    it = door("wang", "home")
    newest = site.desk("wang").tests.list()[0]
    it.page.get_by_role("link", name=re.compile(f"^{newest.id} ")).click()
    shown(it.page)
    assert it.page.url == f"{site.url}/compare?test={newest.id}"
    expect(it.page.get_by_text(newest.file_name).first).to_be_visible()
    it.assert_calm()


def test_simulate_draws_what_the_kernel_computes(site: Site, door: Door) -> None:
    it = door("wang", site.addresses["simulate"])
    page = it.page
    page.get_by_label("Mass [mg]").first.fill("much")
    button(page, "^Simulate$").click()
    expect(page.get_by_role("alert").get_by_text("'much'")).to_be_visible()
    expect(page.get_by_label("Mass [mg]").first).to_have_value("much")
    page.get_by_label("Mass [mg]").first.fill("311")
    button(page, "^Simulate$").click()
    expect(page.get_by_text("A 311 mg").first).to_be_visible()
    done = site.desk("wang").simulations.list()[0]
    assert str(done.recipe.nc[0].mass_mg) == "311"
    expect(page.locator(".mgg-ui-answer")).to_contain_text(f"{done.peak_pressure_mpa:.2f} MPa")
    it.assert_calm()


def test_reverse_finds_recipes_and_simulates_one(site: Site, door: Door) -> None:
    it = door("wang", "reverse")
    page = it.page
    button(page, "^Search recipes$").click()
    expect(page.get_by_role("alert").get_by_text("needs one target")).to_be_visible()
    page.get_by_label("Peak pressure [MPa]").fill("60")
    page.get_by_label("Shell height [mm]").fill("22")
    page.get_by_label("Firing current [A]").fill("1.2")
    page.get_by_label("Most charges").select_option("1")
    button(page, "^Search recipes$").click()
    expect(page.locator(".mgg-ui-answer")).to_contain_text("recipes for: peak 60 MPa")
    expect(page.locator(".bk-Figure")).to_have_count(1)
    button(page, "^Simulate it$").click()
    stored = page.get_by_role("link", name=re.compile(r"Simulation \d+ is stored"))
    expect(stored).to_be_visible()
    done = site.desk("wang").simulations.list()[0]
    expect(stored).to_contain_text(f" {done.id} ")
    assert done.peak_pressure_mpa == pytest.approx(60.0, rel=0.05)
    it.assert_calm()


def test_compare_draws_two_chosen_curves(site: Site, door: Door) -> None:
    it = door("wang", "compare")
    page, ws = it.page, site.desk("wang")
    test, simulation = ws.tests.list()[0], ws.simulations.list()[0]
    page.get_by_role("listbox", name="Test").select_option(index=0)
    page.get_by_role("listbox", name="Simulation").select_option(index=0)
    expect(page.locator(".bk-Figure")).to_have_count(2)
    rmse = ws.comparisons.compute(simulation.id, test.id).rmse_mpa
    expect(page.get_by_text(f"RMSE {rmse:.2f} MPa").first).to_be_visible()
    it.assert_calm()


def test_a_work_order_is_opened_found_and_closed(site: Site, door: Door) -> None:
    it = door("wang", "orders")
    page, ws = it.page, site.desk("wang")
    unfold(page, "New order")
    page.get_by_label("Title").first.fill("Cold shots of March")
    button(page, "^Open an order$").click()
    expect(page.get_by_text("Cold shots of March").first).to_be_visible()
    order = ws.work_orders.list()[0]
    assert (order.title, order.status) == ("Cold shots of March", "open")
    button(page, "All work orders").click()
    page.get_by_label("Search").fill("cold shots of")
    page.keyboard.press("Enter")
    expect(page.get_by_text("work order matches.")).to_be_visible()
    page.get_by_label("Search").fill("no such order at all")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No order matches; search for less.")).to_be_visible()
    page.goto(f"{site.url}/orders?order={order.number}")
    shown(page)
    button(page, "^Close the order$").click()
    expect(button(page, "^Open it again$")).to_be_visible()
    assert ws.work_orders.get(order.number).status == "closed"
    it.assert_calm()


def test_a_period_is_held_and_let_go_and_files_are_verified(site: Site, door: Door) -> None:
    it = door("root", "archive")
    page, ws = it.page, site.desk("root")
    page.get_by_label("Period", exact=True).fill("the last one")
    page.get_by_label("Reason").fill("under discussion")
    button(page, "^Hold$").click()
    expect(page.get_by_role("alert").get_by_text("the last one")).to_be_visible()
    page.get_by_label("Period", exact=True).fill("2026-02")
    button(page, "^Hold$").click()
    expect(page.get_by_text("The period is on hold.")).to_be_visible()
    assert {hold.reason for hold in ws.archive.holds()} == {"under discussion"}
    button(page, "^Verify files$").click()
    expect(page.get_by_text("Every cold file is what the books say.").first).to_be_visible()
    it.assert_calm()


def test_a_report_is_made_shown_and_checked(site: Site, door: Door) -> None:
    it = door("wang", "reports")
    page = it.page
    unfold(page, "Make a report")
    button(page, "^Make").click()
    frame = page.frame_locator("iframe.mgg-ui-report")
    expect(frame.locator("h1")).to_be_visible()
    run = site.desk("wang").reports.list()[0]
    assert run.state == "done"
    button(page, "^Check it$").click()
    expect(page.get_by_text("This report is what was signed").first).to_be_visible()
    it.assert_calm()


def test_the_log_is_filtered_by_its_address_and_taken_away(site: Site, door: Door) -> None:
    it = door("root", "log?type=account&user=admin")
    page = it.page
    rows = page.locator(".mgg-ui-row-line")
    expect(rows.first).to_contain_text("add an account")
    assert {"admin" in text for text in rows.all_inner_texts()} == {True}
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    kept = download.value.path().read_text(encoding="utf-8-sig")
    assert "add an account" in kept
    assert "log in" not in kept
    it.assert_calm()


def test_an_account_is_added_and_closed(site: Site, door: Door) -> None:
    it = door("root", "users")
    page, users = it.page, site.desk("root").users
    unfold(page, "New account")
    page.get_by_label("Account").fill("Not A Name!")
    button(page, "^Add the account$").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Account").fill("fresh.one")
    button(page, "^Add the account$").click()
    expect(page.get_by_text("Password of fresh.one")).to_be_visible()
    assert {one.username: one.is_active for one in users.list()}["fresh.one"]
    page.goto(f"{site.url}/users?user=fresh.one")
    shown(page)
    button(page, "^Close the account$").click()
    expect(button(page, "^Open the account again$")).to_be_visible()
    assert not {one.username: one.is_active for one in users.list()}["fresh.one"]
    it.assert_calm()


def test_the_keyboard_alone_logs_in_simulates_and_moves_on(site: Site, browser: Browser) -> None:
    with watching(browser, site.url) as it:
        page = it.page
        page.goto(f"{site.url}/login")
        page.keyboard.type("wang")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        shown(page)
        tab_to(page, "Simulate")
        page.keyboard.press("Enter")
        page.wait_for_url("**/simulate")
        shown(page)
        for label, value in (
            ("Mass [mg]", "777"),
            ("Shell height [mm]", "22"),
            ("Firing current [A]", "1.2"),
        ):
            tab_to(page, label)
            page.keyboard.type(value)
        tab_to(page, "Simulate", "BUTTON")
        page.keyboard.press("Enter")
        expect(page.get_by_text("777 mg").first).to_be_visible()
        it.assert_calm()


def tab_to(page: Page, name: str, tag: str = "") -> None:
    """Press Tab until something of this name has the focus, and see that the focus is visible."""
    for _ in range(80):
        page.keyboard.press("Tab")
        told = page.evaluate(FOCUSED)
        if told["name"] == name and tag in ("", told["tag"]):
            assert told["ring"], f"{name} shows no focus"
            return
    raise AssertionError(f"Tab never came to {name}")


def test_a_session_that_was_ended_says_so_on_the_open_page(site: Site, browser: Browser) -> None:
    with watching(browser, site.url) as it:
        log_in(it.page, f"{site.url}/login", "boss")
        shown(it.page)
        site.desk("root").users.end_sessions("boss")
        told = it.page.get_by_text("Your session ended. Reload the page to go on.")
        expect(told).to_be_visible()
        it.page.get_by_role("button", name="Reload").first.click()
        expect(it.page.locator("#password")).to_be_visible()

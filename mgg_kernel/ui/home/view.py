"""What the Home page says: the answer, what there is to do, and what is new."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from mgg_kernel.hot.database import User
from mgg_kernel.ui import markup, numbers
from mgg_kernel.ui.words import Words
from mgg_kernel.workspace.overview import Overview
from mgg_kernel.workspace.rights import RIGHTS

__all__ = ["home_html"]

_PRIORITIES = {
    "low": "home.priority_low",
    "normal": "home.priority_normal",
    "high": "home.priority_high",
}


@dataclass(frozen=True)
class _Card:
    """Something to do: how often, in which words, and where."""

    count: str
    words: str
    link: str
    is_grave: bool = False


def home_html(found: Overview, user: User, timezone: str, t: Words) -> str:
    """Return the page as HTML.

    Args:
        found: what needs attention and what is new.
        user: who looks.
        timezone: the lab's time zone.
        t: the words.
    """
    cards = _cards(found, user, t)
    if found.attention.tests == 0 and found.attention.simulations == 0:
        said = "home.nothing_yet" if user.role in RIGHTS["work"] else "home.nothing_to_see"
        return markup.answer("", t(said)) + _first_steps(user, t)
    answer = (
        markup.answer(str(len(cards)), t("home.answer_open"))
        if cards
        else markup.answer("✓", t("home.answer_well"), "good")
    )
    return answer + _card_list(cards) + _latest(found, timezone, t)


def _cards(found: Overview, user: User, t: Words) -> list[_Card]:
    counts, cards = found.attention, []
    works = user.role in RIGHTS["work"]

    def add(count: int, key: str, link: str, *, grave: bool = False) -> None:
        if count:
            cards.append(_Card(numbers.count(count), t(key), link, grave))

    add(counts.urgent_orders, "home.urgent_orders", "orders?status=open&priority=high", grave=True)
    add(counts.poor_comparisons, "home.poor_comparisons", "#home-comparisons", grave=True)
    add(counts.doubtful_tests, "home.doubtful_tests", "ingest", grave=True)
    add(counts.out_of_calibration, "home.out_of_calibration", "ingest")
    if works:
        add(counts.unlinked_tests, "home.unlinked_tests", "ingest?unlinked=1")
        add(counts.quarantined_files, "home.quarantined_files", "ingest")
    add(len(found.due or ()), "home.archive_due", "archive")
    if found.disk_is_low:
        share = f"{100 * found.disk_free:.0f} %"
        cards.append(_Card(share, t("home.disk_low"), "archive", is_grave=True))
    return cards


def _card_list(cards: Iterable[_Card]) -> str:
    items = "".join(
        f'<li><a class="mgg-ui-card{" grave" if card.is_grave else ""}" href="{escape(card.link)}">'
        f"<strong>{escape(card.count)}</strong><span>{escape(card.words)}</span></a></li>"
        for card in cards
    )
    return f'<ul class="mgg-ui-cards">{items}</ul>' if items else ""


def _latest(found: Overview, timezone: str, t: Words) -> str:
    tests = [
        (
            f"ingest?test={test.id}",
            test.name,
            numbers.pressure(test.peak_pressure_mpa),
            numbers.day_and_minute(test.created_at, timezone),
        )
        for test in found.tests
    ]
    orders = [
        (
            f"orders?order={order.number}",
            order.title or order.number,
            t(_PRIORITIES[order.priority]),
            numbers.day_and_minute(order.created_at, timezone),
        )
        for order in found.orders
    ]
    comparisons = [
        (
            f"compare?comparison={one.id}",
            one.test_name,
            numbers.percent(one.metrics["peak_pressure_diff_percent"], signed=True),
            numbers.day_and_minute(one.created_at, timezone),
        )
        for one in found.comparisons
    ]
    lists = (
        _list("tests", t("home.latest_tests"), tests, t("home.no_tests")),
        _list("orders", t("home.open_orders"), orders, t("home.no_orders")),
        _list("comparisons", t("home.latest_comparisons"), comparisons, t("home.no_comparisons")),
    )
    return f'<div class="mgg-ui-lists">{"".join(lists)}</div>'


def _list(name: str, title: str, rows: list[tuple[str, str, str, str]], empty: str) -> str:
    items = "".join(
        f'<li><a href="{escape(link)}"><span>{escape(words)}</span><b>{escape(value)}</b>'
        f"<small>{escape(when)}</small></a></li>"
        for link, words, value, when in rows
    )
    inner = f"<ul>{items}</ul>" if items else markup.hint(empty)
    return f'<section id="home-{name}">{markup.heading(title)}{inner}</section>'


def _first_steps(user: User, t: Words) -> str:
    if user.role not in RIGHTS["work"]:
        return ""
    steps = (
        ("ingest", t("home.step_ingest")),
        ("simulate", t("home.step_simulate")),
        ("compare", t("home.step_compare")),
    )
    items = "".join(
        f'<li><a class="mgg-ui-card" href="{page}"><strong>{number}</strong>'
        f"<span>{escape(words)}</span></a></li>"
        for number, (page, words) in enumerate(steps, start=1)
    )
    return f'<ol class="mgg-ui-cards">{items}</ol>'

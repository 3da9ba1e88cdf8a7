"""What the Home page says: the answer, the cards and the newest rows, as HTML."""

from collections.abc import Iterable
from datetime import datetime
from html import escape

from mgg_kernel.ui import markup, numbers
from mgg_kernel.ui.home.model import Card, HomeModel
from mgg_kernel.ui.labels import recipe_label
from mgg_kernel.ui.words import Words

__all__ = ["answer_html", "cards_html", "newest_html"]

TITLES = {
    "unlinked": "home.unlinked",
    "failing": "home.failing",
    "doubtful": "home.doubtful",
    "calibration": "home.calibration",
    "quarantine": "home.quarantine",
    "archive": "home.archive",
    "backup": "home.backup",
    "chain": "home.chain",
    "disk": "home.disk",
    "running": "home.running",
}
SAID = {
    "unlinked": ("home.unlinked_calm", "home.unlinked_some"),
    "failing": ("home.failing_calm", "home.failing_some"),
    "doubtful": ("home.doubtful_calm", "home.doubtful_some"),
    "calibration": ("home.calibration_calm", "home.calibration_some"),
    "quarantine": ("home.quarantine_calm", "home.quarantine_some"),
    "archive": ("home.archive_calm", "home.archive_some"),
}
GIB = 1024**3


def answer_html(model: HomeModel, t: Words) -> str:
    """Return the answer: how many things need attention."""
    if model.found is None:
        return markup.answer("", t("home.answer_none"))
    count = model.attention
    if not count:
        return markup.answer("", t("home.answer_well"), "good")
    words = t("home.answer_one") if count == 1 else t("home.answer_some")
    return markup.answer(str(count), words)


def cards_html(model: HomeModel, t: Words) -> str:
    """Return the cards; one that leads to a page is a link as a whole."""
    cards = "".join(_card(card, model, t) for card in model.cards)
    return f'<div class="mgg-ui-cards">{cards}</div>'


def newest_html(model: HomeModel, t: Words) -> str:
    """Return the newest tests, simulations and comparisons, each a link."""
    found, zone = model.found, model.timezone
    if found is None:
        return ""

    def at(moment: datetime) -> str:
        return numbers.day_and_minute(moment, zone)

    tests = (
        (
            {"test": one.id},
            f"{one.id} · {one.name}",
            numbers.pressure(one.peak_pressure_mpa),
            at(one.created_at),
        )
        for one in found.tests
    )
    simulations = (
        (
            {"simulation": one.id},
            f"{one.id} · {recipe_label(one.recipe)}",
            numbers.pressure(one.peak_pressure_mpa),
            at(one.created_at),
        )
        for one in found.simulations
    )
    comparisons = (
        (
            {"comparison": one.id},
            f"{one.simulation_id} / {one.test_result_id} · {one.test_name}",
            t("home.score", score=numbers.score(_score(one.scores))),
            at(one.created_at),
        )
        for one in found.comparisons
    )
    lists = (
        _list(t("home.newest_tests"), tests, t("home.no_tests")),
        _list(t("home.newest_simulations"), simulations, t("home.no_simulations")),
        _list(t("home.newest_comparisons"), comparisons, t("home.no_comparisons")),
    )
    return f'<div class="mgg-ui-newest">{"".join(lists)}</div>'


def _score(scores: dict[str, object]) -> float | None:
    rating = scores.get("iso18571")
    return float(rating["overall"]) if isinstance(rating, dict) else None


def _list(title: str, rows: Iterable[tuple[dict[str, int], str, str, str]], empty: str) -> str:
    items = "".join(
        f"<li>{markup.link(name, 'compare', **query)}"
        f"<span>{escape(number)}</span><time>{escape(moment)}</time></li>"
        for query, name, number, moment in rows
    )
    body = f"<ul>{items}</ul>" if items else markup.hint(empty)
    return f"<section>{markup.heading(title)}{body}</section>"


def _card(card: Card, model: HomeModel, t: Words) -> str:
    number, words = _said(card, model, t)
    state = {"calm": t("home.calm"), "attention": t("home.look"), "alarm": t("home.alarm")}
    inside = (
        f'<span class="mgg-ui-card-title">{escape(t(TITLES[card.kind]))}'
        f'<span class="mgg-ui-card-state">{escape(state[card.state])}</span></span>'
        f'<span class="mgg-ui-card-number">{escape(number)}</span>'
        f'<span class="mgg-ui-card-words">{escape(words)}</span>'
    )
    css = f"mgg-ui-card {card.state}"
    if not card.page:
        return f'<div class="{css}">{inside}</div>'
    target = markup.address(card.page, **card.query)
    return f'<a class="{css}" href="{escape(target)}">{inside}</a>'


def _said(card: Card, model: HomeModel, t: Words) -> tuple[str, str]:
    values = card.values
    if card.kind in SAID:
        calm, some = SAID[card.kind]
        count = values["count"]
        assert isinstance(count, int)
        score = values.get("score")
        told = numbers.score(score) if isinstance(score, float) else ""
        return numbers.count(count), t(some, score=told) if count else t(calm)
    at = values.get("at")
    when = numbers.day_and_minute(at, model.timezone) if isinstance(at, datetime) else ""
    if card.kind == "backup":
        return when or numbers.MISSING, t("home.backup_known") if when else t("home.backup_none")
    if card.kind == "chain":
        if card.state == "alarm":
            return str(values["findings"]), t("home.chain_broken")
        words = t("home.chain_whole", when=when) if when else t("home.chain_never")
        return str(values["count"]), words
    if card.kind == "disk":
        free, share = values["free"], values["share"]
        assert isinstance(free, int)
        assert isinstance(share, float)
        words = t("home.disk_full") if card.state != "calm" else t("home.disk_room")
        return f"{free / GIB:,.0f} GiB", words
    running = values["count"]
    return str(running), t("home.running_some") if running else t("home.running_none")

"""What the Log page says, as HTML."""

import json
from html import escape

from mgg_kernel.hot.log import LogEntry
from mgg_kernel.ui import markup, numbers
from mgg_kernel.ui.log.model import LogModel
from mgg_kernel.ui.words import Words

__all__ = ["KINDS", "OUTCOMES", "answer_html", "chain_html", "entry_html", "exports_html"]

KINDS = {
    "login": "log.login",
    "logout": "log.logout",
    "refusal": "log.refusal",
    "ingest": "log.ingest",
    "simulation": "log.simulation",
    "comparison": "log.comparison",
    "work_order": "log.work_order",
    "catalog": "log.catalog",
    "account": "log.account",
    "model": "log.model",
    "archive": "log.archive",
    "report": "log.report",
    "export": "log.export",
    "system": "log.system",
}
OUTCOMES = {"done": "log.done", "refused": "log.refused", "failed": "log.failed"}
FORMATS = ("csv", "xlsx")


def answer_html(model: LogModel, t: Words) -> str:
    """Return the answer: whose entries are shown, and whether any fit."""
    if model.state is not None and model.state.findings:
        return markup.answer(str(model.state.findings), t("log.answer_broken"), "bad")
    if not model.entries:
        return markup.answer("", t("log.answer_none"))
    words = t("log.answer_all") if model.sees_all else t("log.answer_own")
    count = f"{len(model.entries)}+" if model.has_older else str(len(model.entries))
    return markup.answer(count if model.page == 1 else t("log.page", page=model.page), words)


def chain_html(model: LogModel, t: Words) -> str:
    """Return how the chain stands, for administrators."""
    state = model.state
    if state is None:
        return ""

    def at(moment: object) -> str:
        return numbers.day_and_minute(moment, model.timezone)  # type: ignore[arg-type]

    verified = t("log.never") if state.verified_at is None else at(state.verified_at)
    published = t("log.never") if state.published is None else at(state.published.published_at)
    rows = [
        (t("log.sealed"), f"{numbers.count(state.head.number)} · {at(state.head.sealed_at)}"),
        (t("log.unsealed"), numbers.count(state.open_entries)),
        (t("log.head"), f"{state.head.hash[:16]}…"),
        (t("log.published"), published),
        (t("log.verified"), verified),
    ]
    told = ""
    if state.findings:
        told = markup.notes([t("log.broken")], t("word.warnings"))
    elif state.verified_at is not None:
        told = markup.sentence(t("log.whole"), "good")
    return markup.heading(t("log.chain")) + markup.facts(rows) + told


def entry_html(model: LogModel, t: Words) -> str:
    """Return one entry in full."""
    entry = model.chosen
    if entry is None:
        return markup.hint(t("log.choose")) if model.entries else ""
    rows = [
        (t("word.number"), str(entry.id)),
        (t("log.when"), numbers.day_and_minute(entry.recorded_at, model.timezone)),
        (t("log.who"), entry.actor),
        (t("log.session"), entry.session_actor),
        (t("log.address"), entry.address or numbers.MISSING),
        (t("log.application"), entry.application),
        (t("log.kind"), t(KINDS[entry.log_type])),
        (t("log.action"), entry.action),
        (t("log.what"), what(entry)),
        (t("log.outcome"), t(OUTCOMES[entry.outcome])),
    ]
    details = json.dumps(entry.details, ensure_ascii=False, indent=2) if entry.details else ""
    shown = f'<pre class="mgg-ui-pre">{escape(details)}</pre>' if details else ""
    return markup.heading(t("log.entry")) + markup.facts(rows) + shown


def what(entry: LogEntry) -> str:
    """Return what something was done to."""
    parts = [part for part in (entry.object_type, entry.object_id) if part]
    return " ".join(parts) or numbers.MISSING


def exports_html(model: LogModel, t: Words) -> str:
    """Return links to what is shown as a file of each format."""
    links = [
        markup.link(format.upper(), "download/log", **model.asked, format=format)
        for format in FORMATS  # noqa: A001
    ]
    share = markup.link(t("log.address_of_view"), "log", **model.asked)
    return f'<p class="mgg-ui-hint">{escape(t("log.take_away"))} {" · ".join(links)}</p>{share}'

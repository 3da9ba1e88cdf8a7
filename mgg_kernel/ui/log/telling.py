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
OBJECTS = {
    "archive_batches": "log.object_archive_batch",
    "archive_holds": "log.object_hold",
    "backup": "log.object_backup",
    "corridors": "log.object_corridor",
    "device_calibrations": "log.object_device_calibration",
    "forward_simulations": "word.simulation",
    "gp_types": "log.object_gp_type",
    "igniter_types": "log.object_igniter_type",
    "import_profiles": "log.object_import_profile",
    "model_versions": "word.model",
    "nc_types": "log.object_nc_type",
    "operation_logs": "log.object_log",
    "pt_comparisons": "log.comparison",
    "quarantined_files": "log.object_quarantined",
    "recipe_records": "word.recipe",
    "report_runs": "log.report",
    "retention_policies": "log.object_retention",
    "reverse_simulations": "log.object_reverse",
    "test_devices": "word.test_device",
    "test_results": "word.test",
    "users": "log.account",
    "vessels": "log.object_vessel",
    "work_orders": "log.work_order",
}
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
        (t("log.action"), _with_stored(t.told(entry.action), entry.action)),
        (t("log.what"), _with_stored(what(entry, t), entry.object_type)),
        (t("log.outcome"), t(OUTCOMES[entry.outcome])),
    ]
    details = json.dumps(entry.details, ensure_ascii=False, indent=2) if entry.details else ""
    shown = f'<pre class="mgg-ui-pre">{escape(details)}</pre>' if details else ""
    return markup.heading(t("log.entry")) + markup.facts(rows) + shown


def what(entry: LogEntry, t: Words) -> str:
    """Return what something was done to."""
    kind = entry.object_type
    called = t(OBJECTS[kind]) if kind in OBJECTS else kind
    return " ".join(part for part in (called, entry.object_id) if part) or numbers.MISSING


def _with_stored(words: str, stored: str | None) -> str:
    """Return words with what stands in the log itself, by which it is searched and exported."""
    return words if stored is None or stored == words else f"{words} ({stored})"


def exports_html(model: LogModel, t: Words) -> str:
    """Return links to what is shown as a file of each format."""
    links = [
        markup.link(format.upper(), "download/log", **model.asked, format=format)
        for format in FORMATS  # noqa: A001
    ]
    share = markup.link(t("log.address_of_view"), "log", **model.asked)
    return f'<p class="mgg-ui-hint">{escape(t("log.take_away"))} {" · ".join(links)}</p>{share}'

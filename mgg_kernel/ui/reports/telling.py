"""What the Reports page says: the answer of a report, its facts, and what a check found."""

import json
from html import escape
from typing import Any

from mgg_kernel.hot.report_runs import ReportRun
from mgg_kernel.reports.catalogue import REPORTS
from mgg_kernel.ui import markup, numbers
from mgg_kernel.ui.reports.model import ReportsModel
from mgg_kernel.ui.rows import Column
from mgg_kernel.ui.words import Words
from mgg_kernel.workspace.reports import FILES

__all__ = ["answer_html", "columns", "differing_html", "facts_html", "kind_name"]
__all__ += ["nothing_shown", "page_html", "state_name", "verdict_html"]

MOST_DIFFERENCES = 40
FILE_NAMES = {
    "html": "reports.file_html",
    "pdf": "reports.file_pdf",
    "manifest": "reports.file_manifest",
    "notebook": "reports.file_notebook",
    "log": "reports.file_log",
}


def kind_name(name: str, t: Words) -> str:
    """Return what a report is called in the viewer's language."""
    known = REPORTS.get(name)
    return name if known is None else known.titles[0 if t.language == "en" else 1]


def state_name(state: str, t: Words) -> str:
    """Return a state in the viewer's language."""
    if state == "running":
        return t("reports.running")
    return t("reports.done") if state == "done" else t("reports.failed")


def answer_html(model: ReportsModel, t: Words) -> str:
    """Return the answer at the top: what the report that is shown comes to."""
    run = model.run
    if run is None:
        return markup.answer("", nothing_shown(model, t))
    if run.state == "failed":
        reason = f"{run.error_name}: {t.told(run.error or '')}"
        return markup.answer("", t("reports.said_failed", number=run.id, reason=reason), "bad")
    if run.state == "running":
        return markup.answer("", t("reports.said_running", number=run.id))
    said = run.answer or kind_name(run.name, t)
    return markup.answer("", said)


def nothing_shown(model: ReportsModel, t: Words) -> str:
    """Return why no report is shown, and what to do next."""
    if model.runs:
        return t("reports.answer_choose")
    if model.name or model.state or model.period:
        return t("reports.answer_nothing_found")
    return t("reports.answer_none" if model.may_work else "reports.answer_none_look")


def facts_html(model: ReportsModel, t: Words, *, is_dashboard: bool) -> str:
    """Return what is known of the report that is shown, and links to its files."""
    run = model.run
    if run is None:
        return ""
    rows = [
        (t("word.number"), str(run.id)),
        (t("reports.kind"), kind_name(run.name, t)),
        (t("reports.period"), run.period),
        (t("reports.state"), state_name(run.state, t)),
        (t("word.by"), run.created_by),
        (t("reports.made"), numbers.day_and_minute(run.created_at, model.timezone)),
    ]
    html = markup.heading(t("reports.summary")) + markup.facts(rows)
    notes = (run.manifest or {}).get("notes", [])
    html += markup.notes(notes, t("word.warnings"))
    if is_dashboard:
        html += _downloads(run, t)
    return html


def _downloads(run: ReportRun, t: Words) -> str:
    kept = {*(run.manifest or {}).get("outputs", ())} | ({"manifest.json"} if run.folder else set())
    links = [
        markup.link(t(FILE_NAMES[kind]), "download/report", run=run.id, kind=kind)
        for kind, file in FILES.items()
        if file in kept
    ]
    return f'<p class="mgg-ui-hint">{escape(t("reports.download"))} {" · ".join(links)}</p>'


def page_html(model: ReportsModel, t: Words) -> str:
    """Return the report itself, in a frame that can run nothing and ask nobody."""
    if model.run is None or model.page is None:
        return ""
    title = f"{kind_name(model.run.name, t)} {model.run.period}"
    return (
        f'<iframe class="mgg-ui-report" sandbox="" title="{escape(title)}" '
        f'srcdoc="{escape(model.page)}"></iframe>'
    )


def verdict_html(model: ReportsModel, t: Words) -> str:
    """Return what the check of the report found."""
    found = model.verdict
    if found is None:
        return ""
    if not found.differences:
        return markup.sentence(t("reports.check_good"), "good")
    items = [f"{one.what}: {t.told(one.text)}" for one in found.differences]
    if found.is_whole:
        return markup.sentence(t("reports.check_changed"), "good") + markup.notes(
            items, t("word.warnings")
        )
    return markup.sentence(t("reports.check_bad"), "bad") + markup.notes(items, t("reports.broken"))


def differing_html(model: ReportsModel, t: Words) -> str:
    """Return the numbers in which two reports differ."""
    if model.run is None or model.other is None or model.differing is None:
        return ""
    if not model.differing:
        return markup.sentence(t("reports.equal"), "good")
    rows = [
        (name, _value(one), _value(other))
        for name, (one, other) in list(model.differing.items())[:MOST_DIFFERENCES]
    ]
    head = [
        t("reports.number_name"),
        t("reports.from", number=model.run.id),
        t("reports.from", number=model.other.id),
    ]
    html = markup.metrics(head, rows, t("reports.difference"))
    left = len(model.differing) - len(rows)
    return html + (markup.hint(t("reports.more_differ", count=left)) if left else "")


def columns(t: Words, timezone: str) -> list[Column[ReportRun]]:
    """Return the columns of the list.

    Args:
        t: the viewer's words.
        timezone: the lab's time zone.
    """
    return [
        Column(t("word.number"), lambda run: str(run.id), lambda run: run.id, "3rem"),
        Column(
            t("reports.kind"), lambda run: kind_name(run.name, t), lambda run: run.name, "11rem"
        ),
        Column(t("reports.period"), lambda run: run.period, lambda run: run.period, "11rem"),
        Column(
            t("reports.state"),
            lambda run: state_name(run.state, t),
            lambda run: run.state,
            "6rem",
        ),
        Column(
            t("reports.finding"),
            lambda run: t.told(run.error) if run.error else run.answer,
            lambda run: run.error or run.answer,
            "4fr",
        ),
        Column(t("word.by"), lambda run: run.created_by, lambda run: run.created_by, "7rem"),
        Column(
            t("reports.made"),
            lambda run: numbers.day_and_minute(run.created_at, timezone),
            lambda run: run.created_at,
            "8.5rem",
        ),
    ]


def _value(value: Any) -> str:
    if value is None:
        return numbers.MISSING
    return f"{value:.9g}" if isinstance(value, float) else json.dumps(value, ensure_ascii=False)

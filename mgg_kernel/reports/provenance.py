"""The pages of a run: HTML with its provenance at the end, and the PDF of it."""

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from mgg_kernel.errors import ReportError
from mgg_kernel.files.report_store import file_sha256
from mgg_kernel.hot.report_runs import ReportRun
from mgg_kernel.reports.catalogue import report_kind
from mgg_kernel.reports.executing import Attempt
from mgg_kernel.reports.manifest import code_state
from mgg_kernel.reports.page import find_browser, write_page, write_pdf
from mgg_kernel.reports.words import LANGUAGES, words
from mgg_kernel.workspace import Workspace

__all__ = ["write_outputs"]


def write_outputs(ws: Workspace, run: ReportRun, attempt: Attempt, draft: Path) -> list[str]:
    """Write ``report.html`` and, where there is a browser, ``report.pdf`` into a draft.

    Args:
        ws: of whoever asked.
        run: its row.
        attempt: the last attempt.
        draft: holds ``notebook.ipynb``; where it does not, nothing is written.

    Returns:
        What is to be known besides, in sentences.
    """
    notebook, page, pdf = (draft / n for n in ("notebook.ipynb", "report.html", "report.pdf"))
    if not notebook.is_file():
        return []
    report = attempt.report or {}
    language = report.get("language") or run.parameters.get("language")
    if language not in LANGUAGES:
        language = "en"
    t = words(language)
    kind = report_kind(run.name)
    titles = kind.titles
    title = f"{report.get('title') or titles[LANGUAGES.index(language)]} · {run.period}"
    browser = find_browser() if kind.is_printed else None
    notes = [t("no_pdf")] if kind.is_printed and browser is None else []
    error = None if attempt.error_name is None else (attempt.error_name, attempt.error or "")
    write_page(
        notebook,
        page,
        title=title,
        language=language,
        provenance=[*_provenance(ws, run, attempt, draft, language), *(("", n) for n in notes)],
        queries=report.get("queries", []),
        has_report=attempt.report is not None,
        error=error,
    )
    if browser is not None:
        try:
            write_pdf(browser, page, pdf)
        except ReportError as trouble:
            pdf.unlink(missing_ok=True)
            notes.append(t("pdf_failed", reason=str(trouble)))
    return notes


def _provenance(
    ws: Workspace, run: ReportRun, attempt: Attempt, draft: Path, language: str
) -> list[tuple[str, str]]:
    t, report, code = words(language), attempt.report or {}, code_state()
    zone = ZoneInfo(ws.settings.timezone)
    commit = f" · {code['commit'][:12]}" if code["commit"] else ""
    changed = f" · {t('changed_code')}" if code["is_changed"] else ""
    snapshot = report.get("snapshot_at")
    rows = [
        (t("made"), f"{run.name} · {run.id}"),
        (t("period"), run.period),
        (t("by"), run.created_by),
        (t("asked_at"), _moment(run.created_at, zone)),
        (t("snapshot"), _moment(datetime.fromisoformat(snapshot), zone) if snapshot else None),
        (t("parameters"), json.dumps(run.parameters, ensure_ascii=False)),
        (t("code"), f"mgg {code['version']}{commit}{changed}"),
        (t("notebook"), file_sha256(draft / "source.ipynb")),
        (t("lock"), code["lock_sha256"]),
        (t("digest"), report.get("numbers_digest")),
        (t("verify"), f"mgg report verify {run.id}"),
    ]
    return [(name, value) for name, value in rows if value]


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z")

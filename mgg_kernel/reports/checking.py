"""The scheduled health check and the sealing of the operation log."""

from typing import Any

from mgg_kernel.exports.document import Table
from mgg_kernel.reports.content import Figure, Report, Section
from mgg_kernel.reports.words import words
from mgg_kernel.workspace import Workspace
from mgg_kernel.workspace.doctor import examine

__all__ = ["health_report", "seal_report"]

TONES = {"ok": "good", "warning": "warn", "problem": "bad"}
STATES = {"ok": "ok", "notice": "warning", "problem": "problem"}
"""The word for each state."""


def health_report(ws: Workspace, *, language: str = "en") -> Report:
    """Look at everything that the workspace stands on, as ``mgg doctor`` does.

    Args:
        ws: the workspace.
        language: ``en`` or ``zh``; what was found is told in English.

    Raises:
        ReportError: the language makes no sense.
    """
    t = words(language)
    findings = examine(ws.settings)
    bad = [one for one in findings if one.state == "problem"]
    report = Report(t("health.title"), "", language, "")
    report.subject = ws.settings.timezone
    report.answer = (
        t("health.bad", count=len(bad), all=len(findings), first=bad[0].text)
        if bad
        else t("health.good", count=len(findings))
    )
    states: list[str] = [one.state for one in findings]
    report.figures = [
        Figure(t(key), str(states.count(state)), TONES[state] if states.count(state) else "")
        for key, state in STATES.items()
    ]
    said = {state: t(key) for key, state in STATES.items()}
    rows = tuple((one.what, said[one.state], one.text) for one in findings)
    header = (t("health.what"), t("health.state"), t("health.told"))
    report.sections = [Section(t("health.checks"), table=Table("checks", "", header, rows))]
    report.numbers = {one.what: one.state for one in findings}
    return report


def seal_report(ws: Workspace, *, language: str = "en") -> Report:
    """Seal the operation log, where this version of the program keeps an audit chain.

    Args:
        ws: of an administrator.
        language: ``en`` or ``zh``.

    Raises:
        AccessError: the acting account is no administrator.
        ReportError: the language makes no sense.
    """
    t = words(language)
    report = Report(t("seal.title"), ws.settings.timezone, language, t("seal.none"))
    audit: Any = getattr(ws, "audit", None)
    if audit is None:
        return report
    sealed = audit.seal()
    head = audit.publish()
    report.answer = t("seal.answer", count=sealed, number=head.number)
    report.figures = [
        Figure(t("seal.sealed"), f"{sealed:,}"),
        Figure(t("seal.reaches"), f"{head.number:,}"),
    ]
    report.numbers = {"sealed": sealed, "number": head.number, "hash": head.hash}
    return report

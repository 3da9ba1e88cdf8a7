"""``mgg audit``: whether somebody has rewritten the operation log."""

import argparse
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mgg_kernel.cli.answer import Answer

if TYPE_CHECKING:
    from mgg_kernel.audit.chain import ChainFinding
    from mgg_kernel.audit.verify import AuditReport

__all__ = ["add_verbs"]

SHOWN_FINDINGS = 20


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs of this module."""
    audit = verbs.add_parser("audit", help="seal the operation log, and find who rewrote it")
    actions = audit.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, run, words in (
        ("verify", _verify, "follow the log's chain, hot and cold; exit status 1 if it is broken"),
        ("head", _head, "show how far the chain reaches"),
        ("seal", _seal, "link the entries that are written since"),
        ("publish", _publish, "seal, and append the head to a file outside the database"),
    ):
        actions.add_parser(name, parents=[common], help=words).set_defaults(run=run)


def _verify(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        report = workspace.audit.verify()
    document = {
        "is_whole": report.is_whole,
        "entries": report.entries,
        "cold_entries": report.cold_entries,
        "open_entries": report.open_entries,
        "unchained_entries": report.unchained_entries,
        "began_at": _when(report.began_at),
        "began_with": report.began_with,
        "head": None if report.head is None else _plain(report.head),
        "published": report.published,
        "finding_count": report.finding_count,
        "findings": [_plain(one) for one in report.findings],
    }
    return Answer(document, "\n".join(_lines(report)), done=report.is_whole)


def _lines(report: "AuditReport") -> list[str]:
    read = (
        f"{report.entries:,} sealed entries were read, {report.cold_entries:,} of them in files; "
        f"{report.open_entries:,} are not sealed yet."
    )
    notes = []
    if report.began_with or report.unchained_entries:
        notes.append(
            f"The chain began at {report.began_at:%Y-%m-%d %H:%M}: {report.began_with:,} entries "
            f"that were there were taken as they were, and {report.unchained_entries:,} in files "
            "of before are proved as whole files."
        )
    if not report.published:
        notes.append("No head was published yet: 'mgg audit publish' makes a cut-off end findable.")
    if report.is_whole:
        return ["The operation log is whole.", read, *notes]
    told = [_told(one) for one in report.findings[:SHOWN_FINDINGS]]
    if report.finding_count > len(told):
        told.append(f"… and {report.finding_count - len(told):,} more.")
    return ["The operation log was rewritten.", *told, read, *notes]


def _told(finding: "ChainFinding") -> str:
    if finding.kind in ("removed", "cut", "unreadable") or finding.id is None:
        return f"{finding.kind}: {finding.text}"
    moment = f"{finding.recorded_at:%Y-%m-%d %H:%M:%S}"
    where = f"the file {finding.file}" if finding.file else "PostgreSQL"
    return f"{finding.kind}: entry {finding.id} of {moment} in {where}: {finding.text}"


def _head(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        head = workspace.audit.head()
    return Answer(_plain(head), f"{head.number} {head.hash} {head.sealed_at:%Y-%m-%d %H:%M:%S}")


def _seal(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        sealed = workspace.audit.seal()
        head = workspace.audit.head()
    return Answer(
        {"sealed": sealed, "head": _plain(head)},
        f"{sealed:,} entries were sealed; the chain reaches entry {head.number:,}.",
    )


def _publish(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        told = workspace.audit.publish()
        file = workspace.settings.audit_heads
    return Answer(
        {**_plain(told), "file": str(file)},
        f"The head, entry {told.number:,} of the chain, was published to {file}.",
    )


def _plain(told: Any) -> dict[str, Any]:
    return {
        name: _when(value) if isinstance(value, datetime) else value
        for name, value in asdict(told).items()
    }


def _when(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()

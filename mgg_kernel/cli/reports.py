"""``mgg report``: notebooks that are run, kept and checked."""

import argparse
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mgg_kernel.cli.answer import Answer, table

if TYPE_CHECKING:
    from mgg_kernel.hot.report_runs import ReportRun

__all__ = ["add_verbs"]

STATES = ("running", "done", "failed")


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs of this module."""
    report = verbs.add_parser("report", help="make, list, show and check reports (报告)")
    actions = report.add_subparsers(dest="action", metavar="ACTION", required=True)

    run = actions.add_parser(
        "run", parents=[common], help="make a report, or show the one that is there"
    )
    run.add_argument("name", metavar="NAME", help="such as daily_lab_report")
    run.add_argument(
        "-p", dest="parameters", type=_pair, action="append", default=[], metavar="NAME=VALUE"
    )
    run.add_argument(
        "--period",
        "--as-of",
        metavar="PERIOD",
        help="a day 2026-01-31, a week 2026-W05, a month 2026-01, or the moment it was due",
    )
    run.add_argument("--again", action="store_true", help="make it once more")
    run.set_defaults(run=_run)

    listed = actions.add_parser("list", parents=[common], help="list the reports that were made")
    listed.add_argument("--name", metavar="NAME", help="only of this report")
    listed.add_argument("--state", choices=STATES, help="only those in this state")
    listed.add_argument("--period", metavar="PERIOD", help="only periods that begin so")
    listed.add_argument("--limit", type=int, default=30, metavar="N")
    listed.set_defaults(run=_list)

    shown = actions.add_parser("show", parents=[common], help="show a report and its files")
    shown.set_defaults(run=_show)
    verified = actions.add_parser(
        "verify", parents=[common], help="recompute what a report is signed for, say what differs"
    )
    verified.add_argument(
        "--quick", action="store_true", help="only the files and the signature, no query"
    )
    verified.set_defaults(run=_verify)
    for parser in (shown, verified):
        parser.add_argument("run_id", type=int, metavar="RUN", help="the report's number")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise argparse.ArgumentTypeError(f"'{text}' is no parameter; write language=zh")
    return name, value


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _run(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.reports.runner import run_report
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="report") as workspace:
        made = run_report(
            workspace,
            arguments.name,
            dict(arguments.parameters),
            period=arguments.period,
            again=arguments.again,
            tell=_tell,
        )
        document = {**_plain(made.run), "is_new": made.is_new}
        text = _told(workspace, made.run)
    if not made.is_new:
        text = f"This report was made before; --again makes it once more.\n{text}"
    return Answer(document, text, done=made.run.state == "done")


def _list(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        runs = workspace.reports.list(
            name=arguments.name,
            state=arguments.state,
            period=arguments.period,
            limit=arguments.limit,
        )
    rows = [
        (run.id, run.name, run.period, run.state, run.created_by, run.error or run.answer)
        for run in runs
    ]
    header = ["run", "report", "period", "state", "by", ""]
    return Answer(
        {"reports": [_plain(run) for run in runs]},
        table(header, rows) if rows else "No report was made yet; 'mgg report run' makes one.",
    )


def _show(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        run = workspace.reports.get(arguments.run_id)
        return Answer({**_plain(run), "manifest": run.manifest}, _told(workspace, run))


def _verify(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.reports.verifying import verify_report
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        found = verify_report(workspace, arguments.run_id, queries=not arguments.quick)
    lines = [f"{one.kind}: {one.what}: {one.text}" for one in found.differences]
    lines.append(found.sentence)
    return Answer(
        {
            "run": arguments.run_id,
            "is_whole": found.is_whole,
            "differences": [asdict(one) for one in found.differences],
            "checked": list(found.checked),
        },
        "\n".join(lines),
        done=found.is_whole,
    )


def _told(workspace: Any, run: "ReportRun") -> str:
    lines = [f"Report {run.id}  {run.name}  {run.period}  {run.state}"]
    if run.error:
        lines.append(f"{run.error_name}: {run.error}")
    if run.answer:
        lines.append(run.answer)
    if run.numbers_digest:
        lines.append(f"numbers {run.numbers_digest}")
    if run.manifest:
        lines += run.manifest.get("notes", [])
    if run.folder:
        folder = workspace.reports.store.root / run.folder
        outputs = sorted((run.manifest or {}).get("outputs", ()))
        lines += [str(folder / name) for name in (*outputs, "manifest.json")]
    return "\n".join(lines)


def _plain(run: "ReportRun") -> dict[str, Any]:
    left_out = ("manifest",)
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in asdict(run).items()
        if name not in left_out
    }

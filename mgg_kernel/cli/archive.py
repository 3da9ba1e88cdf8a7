"""``mgg archive``: the cold store."""

import argparse
import sys
import time
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from mgg_kernel.cli.answer import Answer, table

if TYPE_CHECKING:
    from mgg_kernel.cold.catalogue import Batch
    from mgg_kernel.cold.plan import PlannedPeriod
    from mgg_kernel.cold.progress import ArchiveProgress

__all__ = ["add_verbs"]

TABLES = ("simulation_time_series", "test_time_series", "operation_logs")
TELL_EVERY_S = 2.0


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs of this module."""
    archive = verbs.add_parser("archive", help="move what is old to the cold store, and back")
    actions = archive.add_subparsers(dest="action", metavar="ACTION", required=True)

    planned = actions.add_parser("plan", parents=[common], help="show what is due, move nothing")
    planned.set_defaults(run=_plan)
    run = actions.add_parser("run", parents=[common], help="move every period that is due")
    run.add_argument("--dry-run", action="store_true", help="only show what would be moved")
    run.set_defaults(run=_run)
    for parser in (planned, run):
        parser.add_argument(
            "--as-of", type=_date, metavar="DATE", help="plan for this day instead of today"
        )

    status = actions.add_parser("status", parents=[common], help="show files, holds and rules")
    status.set_defaults(run=_status)
    verify = actions.add_parser(
        "verify", parents=[common], help="read every file and hold it against the catalogue"
    )
    verify.set_defaults(run=_verify)

    restore = actions.add_parser("restore", parents=[common], help="write samples back")
    restore.add_argument("period", nargs="?", metavar="PERIOD", help="such as 2024-Q1")
    restore.add_argument("--test", type=int, action="append", default=[], metavar="ID")
    restore.add_argument("--simulation", type=int, action="append", default=[], metavar="ID")
    restore.set_defaults(run=_restore)
    hold = actions.add_parser("hold", parents=[common], help="keep a period where it is")
    hold.add_argument("period", metavar="PERIOD", help="such as 2024-Q1 or 2024-01")
    hold.set_defaults(run=_hold)
    for parser in (restore, hold):
        parser.add_argument("--reason", required=True, help="why; kept with the hold")
    for parser in (planned, run, restore, hold):
        parser.add_argument("--table", choices=TABLES, help="only this table")
    release = actions.add_parser("release", parents=[common], help="release a hold")
    release.add_argument("hold", type=int, metavar="NUMBER", help="the hold's number")
    release.set_defaults(run=_release)
    policy = actions.add_parser(
        "policy", parents=[common], help="show or change how long rows stay hot"
    )
    policy.add_argument("policy_table", nargs="?", metavar="TABLE")
    policy.add_argument("days", nargs="?", type=int, metavar="DAYS")
    policy.set_defaults(run=_policy)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no day; write 2026-01-31") from None


def _plan(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        planned = workspace.archive.plan(as_of=arguments.as_of, table=arguments.table)
    rows = [
        (
            one.table,
            one.period.name,
            one.segment,
            f"{one.rows:,}",
            one.state if one.hold is None else f"held by {one.hold.id}: {one.hold.reason}",
        )
        for one in planned
    ]
    shown = table(["table", "period", "segment", "rows", "state"], rows)
    return Answer(
        {"periods": [_plain_period(one) for one in planned]},
        shown if planned else "Nothing is due.",
    )


def _run(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    if arguments.dry_run:
        return _plan(arguments)
    with open_workspace(application="command") as workspace:
        batches = workspace.archive.run(
            as_of=arguments.as_of, table=arguments.table, progress=_teller()
        )
    return Answer(
        {"batches": [_plain_batch(one) for one in batches]},
        _batch_table(batches) if batches else "Nothing is due.",
    )


def _status(arguments: argparse.Namespace) -> Answer:
    del arguments
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        status = workspace.archive.status()
    kept = [one for one in status.batches if one.state != "aborted"]
    aborted = len(status.batches) - len(kept)
    lines = [
        f"folder {status.folder}",
        _batch_table(kept) if kept else "Nothing is in the cold store yet.",
    ]
    if aborted:
        lines.append(f"{aborted} attempts came to nothing; their rows stayed where they were.")
    lines += [
        f"hold {one.id}: {one.period_start:%Y-%m-%d} to {one.period_end:%Y-%m-%d}"
        f" {one.table or 'all tables'}: {one.reason}"
        for one in status.holds
    ]
    document = {
        "folder": status.folder,
        "batches": [_plain_batch(one) for one in status.batches],
        "holds": [_plain(one) for one in status.holds],
        "policies": [_plain(one) for one in status.policies],
    }
    return Answer(document, "\n".join(lines))


def _verify(arguments: argparse.Namespace) -> Answer:
    del arguments
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        findings = workspace.archive.verify()
    lines = [f"{one.kind}: {one.path}: {one.text}" for one in findings]
    return Answer(
        {"findings": [asdict(one) for one in findings]},
        "\n".join(lines) if lines else "Every file is there and holds what was archived.",
        done=not findings,
    )


def _restore(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.errors import ArchiveError
    from mgg_kernel.workspace import open as open_workspace

    if arguments.period is None and not arguments.test and not arguments.simulation:
        raise ArchiveError("Say what to restore: a period, --test ID or --simulation ID.")
    with open_workspace(application="command") as workspace:
        rows = workspace.archive.restore(
            arguments.period,
            table=arguments.table,
            tests=arguments.test,
            simulations=arguments.simulation,
            reason=arguments.reason,
        )
    text = f"{rows:,} rows are hot again; a hold keeps them so ('mgg archive status')."
    return Answer({"rows": rows}, text)


def _hold(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        new = workspace.archive.hold(
            arguments.period, table=arguments.table, reason=arguments.reason
        )
    return Answer({"hold": new}, f"Hold {new} keeps {arguments.period} where it is.")


def _release(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        workspace.archive.release(arguments.hold)
    return Answer({"released": arguments.hold}, f"Hold {arguments.hold} is released.")


def _policy(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        if arguments.days is not None:
            workspace.archive.set_hot_days(arguments.policy_table, arguments.days)
        policies = [
            one
            for one in workspace.archive.policies()
            if arguments.policy_table in (None, one.table)
        ]
    rows = [(one.table, one.hot_days, one.period or "stays hot") for one in policies]
    return Answer(
        {"policies": [_plain(one) for one in policies]},
        table(["table", "days hot", "archived by"], rows),
    )


def _teller() -> Any:
    """Return a listener that tells on stderr, now and then and at each end of a period."""
    last = time.monotonic()

    def tell(progress: "ArchiveProgress") -> None:
        nonlocal last
        now = time.monotonic()
        if progress.stage != "archived" and now - last < TELL_EVERY_S:
            return
        last = now
        left = "" if progress.left_s is None else f", {progress.left_s:.0f} s left"
        if progress.stage == "archived":
            left = ""
        print(
            f"{progress.table} {progress.period}: {progress.stage}, {progress.rows:,} of "
            f"{progress.rows_total:,} rows, {progress.rows_per_s:,.0f} rows/s{left}",
            file=sys.stderr,
        )

    return tell


def _batch_table(batches: "list[Batch]") -> str:
    rows = [
        (
            one.id,
            one.state,
            one.path,
            "" if one.row_count is None else f"{one.row_count:,}",
            "" if one.size_bytes is None else f"{one.size_bytes:,}",
            (one.sha256 or "")[:12],
        )
        for one in batches
    ]
    return table(["batch", "state", "file", "rows", "bytes", "sha256"], rows)


def _plain_period(one: "PlannedPeriod") -> dict[str, Any]:
    return {
        "table": one.table,
        "period": one.period.name,
        "segment": one.segment,
        "rows": one.rows,
        "state": one.state,
        "hold": None if one.hold is None else one.hold.id,
    }


def _plain_batch(one: "Batch") -> dict[str, Any]:
    return {**_plain(one), "run_id": str(one.run_id)}


def _plain(one: Any) -> dict[str, Any]:
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in asdict(one).items()
    }

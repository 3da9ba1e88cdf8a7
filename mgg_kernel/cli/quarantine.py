"""``mgg quarantine``: files that were refused and kept."""

import argparse
from pathlib import Path
from typing import Any

from mgg_kernel.cli.answer import Answer, table
from mgg_kernel.cli.import_answers import Answers, add_answers
from mgg_kernel.cli.output import check_writable, write_whole

__all__ = ["add_verbs"]


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs of this module."""
    quarantine = verbs.add_parser("quarantine", help="files that were refused and kept")
    actions = quarantine.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = actions.add_parser("list", parents=[common], help="list those that wait")
    listed.add_argument("--settled", action="store_true", help="those that are settled instead")
    listed.set_defaults(run=_list)
    got = actions.add_parser("get", parents=[common], help="get a file as it was sent")
    got.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to put it")
    got.set_defaults(run=_get)
    retried = actions.add_parser("retry", parents=[common], help="ingest a file after all")
    retried.add_argument("--work-order", metavar="NUMBER", help="the work order it was fired for")
    add_answers(retried)
    retried.set_defaults(run=_retry)
    discarded = actions.add_parser("discard", parents=[common], help="give a file up")
    discarded.set_defaults(run=_discard)
    for parser in (got, retried, discarded):
        parser.add_argument("file", type=int, metavar="ID", help="number in the list")


def _list(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        files = workspace.quarantine.list(settled=arguments.settled)
    rows = [
        {
            "id": file.id,
            "file": file.file_name,
            "size_bytes": file.size_bytes,
            "sha256": file.sha256,
            "reason": file.reason,
            "created_at": file.created_at.isoformat(),
            "created_by": file.created_by,
            "outcome": file.outcome,
        }
        for file in files
    ]
    shown = table(
        ["file", "name", "kept", "by", "outcome", "reason"],
        [
            (
                file.id,
                file.file_name,
                f"{file.created_at:%Y-%m-%d %H:%M}",
                file.created_by,
                file.outcome or "waits",
                file.reason,
            )
            for file in files
        ],
    )
    return Answer({"files": rows}, shown if files else "The quarantine is empty.")


def _get(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    check_writable(arguments.out)
    with open_workspace(application="command") as workspace:
        data = workspace.quarantine.original(arguments.file)
    write_whole(arguments.out, data)
    return Answer({"file": str(arguments.out)}, f"{arguments.out}: {len(data):,} bytes")


def _retry(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    answers = Answers(arguments)
    answers.check_stored_only()
    with open_workspace(application="command") as workspace:
        results = workspace.quarantine.retry(
            arguments.file, work_order=arguments.work_order, **answers.given
        )
    rows = [{"test_result_id": one.test_result_id, "status": one.status} for one in results]
    told = ", ".join(f"test {one.test_result_id} ({one.status})" for one in results)
    return Answer({"results": rows}, told)


def _discard(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        workspace.quarantine.discard(arguments.file)
    return Answer({"discarded": arguments.file}, f"discarded: {arguments.file}")

"""``mgg test``: what is done with tests that are stored."""

import argparse
from pathlib import Path
from typing import Any

from mgg_kernel.cli.answer import Answer
from mgg_kernel.cli.output import check_writable, write_whole

__all__ = ["add_verbs"]


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs of this module."""
    test = verbs.add_parser("test", help="link, delete or restore tests, or get their file")
    actions = test.add_subparsers(dest="action", metavar="ACTION", required=True)
    linked = actions.add_parser("link", parents=[common], help="say what was fired in tests")
    what = linked.add_mutually_exclusive_group(required=True)
    what.add_argument("--product", metavar="NAME", help="a product of the recipe database")
    what.add_argument("--work-order", metavar="NUMBER", help="the work order, and its recipe")
    linked.set_defaults(run=_link)
    unlinked = actions.add_parser("unlink", parents=[common], help="say that it is not known")
    unlinked.set_defaults(run=_unlink)
    deleted = actions.add_parser("delete", parents=[common], help="mark tests as deleted")
    deleted.set_defaults(run=_mark, done="deleted")
    restored = actions.add_parser("restore", parents=[common], help="take back a deletion")
    restored.set_defaults(run=_mark, done="restored")
    for parser in (linked, unlinked, deleted, restored):
        parser.add_argument("tests", type=int, nargs="+", metavar="ID", help="ids of tests")
    original = actions.add_parser("original", parents=[common], help="get the file as it was sent")
    original.add_argument("test", type=int, metavar="ID", help="id of the test")
    original.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to put it")
    original.set_defaults(run=_original)


def _link(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        workspace.tests.link(
            arguments.tests, product=arguments.product, work_order=arguments.work_order
        )
    return _done("linked", arguments.tests)


def _unlink(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        workspace.tests.unlink(arguments.tests)
    return _done("unlinked", arguments.tests)


def _mark(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        for test_id in arguments.tests:
            if arguments.done == "deleted":
                workspace.tests.delete(test_id)
            else:
                workspace.tests.restore(test_id)
    return _done(arguments.done, arguments.tests)


def _original(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    check_writable(arguments.out)
    with open_workspace(application="command") as workspace:
        test = workspace.tests.get(arguments.test)
        data = workspace.tests.original(arguments.test)
    write_whole(arguments.out, data)
    document = {"test": test.id, "file": str(arguments.out), "sha256": test.sha256}
    return Answer(document, f"{arguments.out}: {len(data):,} bytes of {test.file_name}")


def _done(what: str, tests: list[int]) -> Answer:
    return Answer({what: tests}, f"{what}: {', '.join(map(str, tests))}")

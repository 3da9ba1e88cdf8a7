"""``mgg profiles``: answers to what layouts leave open, kept for the team."""

import argparse
from pathlib import Path
from typing import Any

from mgg_kernel.cli.answer import Answer, table
from mgg_kernel.cli.import_answers import load_profile

__all__ = ["add_verbs"]


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs of this module."""
    profiles = verbs.add_parser("profiles", help="answers kept for layouts of measured files")
    actions = profiles.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = actions.add_parser("list", parents=[common], help="list them, newest first")
    listed.set_defaults(run=_list)
    added = actions.add_parser("add", parents=[common], help="keep the profile of a file")
    added.add_argument("file", type=Path, metavar="FILE", help="made by --save-profile")
    added.set_defaults(run=_add)
    forgotten = actions.add_parser("forget", parents=[common], help="use one no more")
    forgotten.add_argument("name", metavar="NAME", help="what it is called")
    forgotten.set_defaults(run=_forget)


def _list(_: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        kept = workspace.profiles.list()
    rows = [
        {
            "name": one.profile.name,
            "layout": one.profile.layout.plain(),
            "choice": one.profile.choice.plain(),
            "created_by": one.created_by,
            "created_at": one.created_at.isoformat(),
        }
        for one in kept
    ]
    shown = table(
        ["profile", "sheet", "answers", "by", "kept"],
        [
            (
                one.profile.name,
                one.profile.layout.sheet,
                ", ".join(f"{name} {said}" for name, said in one.profile.choice.plain().items()),
                one.created_by,
                f"{one.created_at:%Y-%m-%d %H:%M}",
            )
            for one in kept
        ],
    )
    empty = "No profiles yet; keep one with 'mgg ingest FILE --time-unit ms … --remember NAME'."
    return Answer({"profiles": rows}, shown if kept else empty)


def _add(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    profile = load_profile(arguments.file)
    with open_workspace(application="command") as workspace:
        workspace.profiles.save(profile)
    return Answer({"name": profile.name}, f"kept: {profile.name}")


def _forget(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        workspace.profiles.forget(arguments.name)
    return Answer({"forgotten": arguments.name}, f"forgotten: {arguments.name}")

"""``mgg catalog``: the codes that recipes are made of."""

import argparse
from dataclasses import asdict
from typing import Any

from mgg_kernel.cli.answer import Answer, table

__all__ = ["add_verbs"]

# As in mgg_kernel.hot.catalog.KINDS, whose import would make every command slower.
KINDS = ("igniter_types", "nc_types", "gp_types", "vessels", "test_devices")


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs of this module."""
    catalog = verbs.add_parser("catalog", help="list and add the codes that recipes are made of")
    actions = catalog.add_subparsers(dest="action", metavar="ACTION", required=True)

    shown = actions.add_parser("list", parents=[common], help="list all codes")
    shown.set_defaults(run=_list)

    add = actions.add_parser("add", parents=[common], help="add a code")
    add.add_argument("kind", choices=KINDS)
    add.add_argument("code")
    add.add_argument("--description", default="", help="what it is")
    add.add_argument("--volume", type=float, metavar="ML", help="a vessel's volume [mL]")
    add.set_defaults(run=_add)


def _list(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        entries = {kind: workspace.catalog.list(kind) for kind in KINDS}
    document = {kind: [asdict(entry) for entry in known] for kind, known in entries.items()}
    rows = [
        (kind, entry.code, f"{entry.volume_ml:g} mL" if entry.volume_ml else "", entry.description)
        for kind, known in entries.items()
        for entry in known
    ]
    return Answer(document, table(["kind", "code", "volume", "description"], rows))


def _add(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        entry = workspace.catalog.add(
            arguments.kind,
            arguments.code,
            description=arguments.description,
            volume_ml=arguments.volume,
        )
    return Answer(
        {"kind": arguments.kind, **asdict(entry)}, f"{arguments.kind}: '{entry.code}' was added."
    )

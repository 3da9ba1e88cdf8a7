"""``mgg catalog list|add|edit|history``: the codes that recipes are made of."""

import argparse
from dataclasses import asdict
from typing import Any

from mgg_kernel.cli.answer import Answer, table
from mgg_kernel.cli.device_calibrations import add_actions

__all__ = ["add_verbs"]

# As in mgg_kernel.hot.catalog.KINDS, whose import would make every command slower.
KINDS = ("igniter_types", "nc_types", "gp_types", "vessels", "test_devices")


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs of this module."""
    catalog = verbs.add_parser(
        "catalog", help="the codes that recipes are made of, and calibrations"
    )
    actions = catalog.add_subparsers(dest="action", metavar="ACTION", required=True)

    shown = actions.add_parser("list", parents=[common], help="list all codes")
    shown.set_defaults(run=_list)

    add = actions.add_parser("add", parents=[common], help="add a code")
    add.add_argument("kind", choices=KINDS)
    add.add_argument("code")
    add.add_argument("--description", default="", help="what it is")
    add.add_argument("--volume", type=float, metavar="ML", help="a vessel's volume [mL]")
    add.set_defaults(run=_add)

    edit = actions.add_parser("edit", parents=[common], help="change what is said of a code")
    edit.add_argument("kind", choices=KINDS)
    edit.add_argument("code")
    edit.add_argument("--description", help="what it is")
    edit.add_argument("--volume", type=float, metavar="ML", help="a vessel's volume [mL]")
    edit.add_argument("--maker", help="who made a test device")
    edit.add_argument("--serial", metavar="NUMBER", help="serial number of a test device")
    edit.add_argument("--range", type=float, metavar="MPA", help="a device's sensor range [MPa]")
    edit.add_argument("--version", type=int, metavar="N", help="only if it still is version N")
    edit.set_defaults(run=_edit)

    history = actions.add_parser("history", parents=[common], help="who changed what, and when")
    history.add_argument("kind", nargs="?", choices=KINDS)
    history.add_argument("code", nargs="?")
    history.add_argument("--limit", type=int, default=50, metavar="N", help="at most N (50)")
    history.set_defaults(run=_history)

    add_actions(actions, common)


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


def _edit(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        entry = workspace.catalog.edit(
            arguments.kind,
            arguments.code,
            version=arguments.version,
            description=arguments.description,
            volume_ml=arguments.volume,
            maker=arguments.maker,
            serial_number=arguments.serial,
            sensor_range_mpa=arguments.range,
        )
    return Answer(
        {"kind": arguments.kind, **asdict(entry)},
        f"{arguments.kind}: '{entry.code}' is at version {entry.version}.",
    )


def _history(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        changes = workspace.catalog.history(
            arguments.kind, arguments.code, limit=max(arguments.limit, 0)
        )
    rows = [{**asdict(change), "recorded_at": change.recorded_at.isoformat()} for change in changes]
    shown = table(
        ["when", "who", "kind", "code", "what", "before and after"],
        [
            (
                f"{change.recorded_at:%Y-%m-%d %H:%M}",
                change.actor,
                change.kind,
                change.code,
                change.action,
                "; ".join(f"{name}: {a!r} → {b!r}" for name, (a, b) in change.differences.items())
                if change.action in ("changed", "withdrawn")
                else "",
            )
            for change in changes
        ],
    )
    return Answer({"changes": rows}, shown if changes else "No changes yet.")

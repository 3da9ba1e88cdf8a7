"""``mgg models``: versions of the simulation model."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mgg_kernel.cli.answer import Answer, table

if TYPE_CHECKING:
    from mgg_kernel.hot.models import ModelVersion

__all__ = ["add_verbs"]


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs of this module."""
    models = verbs.add_parser("models", help="versions of the simulation model")
    actions = models.add_subparsers(dest="action", metavar="ACTION", required=True)

    listed = actions.add_parser("list", parents=[common], help="list the versions")
    listed.set_defaults(run=_list)

    shown = actions.add_parser("show", parents=[common], help="show a version and its validation")
    shown.set_defaults(run=_show)
    exported = actions.add_parser("export", parents=[common], help="write a version to a file")
    exported.set_defaults(run=_export)
    proposed = actions.add_parser("propose", parents=[common], help="store a model as proposed")
    proposed.add_argument("file", type=Path, metavar="FILE", help="as mgg calibrate writes it")
    proposed.add_argument("--note", default="", help="a remark")
    proposed.set_defaults(run=_propose)
    activated = actions.add_parser(
        "activate", parents=[common], help="use a version for all simulations from now on"
    )
    activated.set_defaults(run=_activate)
    retired = actions.add_parser("retire", parents=[common], help="do not use a version any more")
    retired.set_defaults(run=_retire)
    for parser in (shown, exported, activated, retired):
        parser.add_argument("id", type=int, metavar="ID", help="number of the version")
    exported.add_argument("file", type=Path, metavar="FILE", help="where to")


def _list(arguments: argparse.Namespace) -> Answer:
    del arguments
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        versions = workspace.models.list()
    rows = [
        (
            one.id,
            one.state,
            one.name,
            f"{one.created_at:%Y-%m-%d %H:%M}",
            one.created_by,
            one.fingerprint[:12],
        )
        for one in versions
    ]
    shown = table(["id", "state", "name", "proposed", "by", "fingerprint"], rows)
    empty = "No versions yet; simulations use the program's own model."
    return Answer({"models": [_plain(one) for one in versions]}, shown if versions else empty)


def _show(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        return _answer(workspace.models.get(arguments.id))


def _export(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.cli.output import write_whole
    from mgg_kernel.workspace import open as open_workspace

    path: Path = arguments.file
    with open_workspace(application="command") as workspace:
        model = workspace.models.load(arguments.id)
    write_whole(path, model.to_json())
    document = {"id": arguments.id, "fingerprint": model.fingerprint, "file": str(path)}
    return Answer(document, f"Model version {arguments.id}: {path}")


def _propose(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.simulation import load_model
    from mgg_kernel.workspace import open as open_workspace

    model = load_model(arguments.file)
    with open_workspace(application="command") as workspace:
        return _answer(workspace.models.propose(model, note=arguments.note))


def _activate(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        return _answer(workspace.models.activate(arguments.id))


def _retire(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        return _answer(workspace.models.retire(arguments.id))


def _answer(version: "ModelVersion") -> Answer:
    lines = [
        f"model          {version.id}: {version.name}",
        f"state          {version.state}",
        f"proposed       {version.created_at:%Y-%m-%d %H:%M} by {version.created_by}",
        f"fingerprint    {version.fingerprint}",
        f"data           {version.data_fingerprint or 'not calibrated'}",
    ]
    if version.note:
        lines.append(f"note           {version.note}")
    scores = version.validation.get("left_out", version.validation)
    for quantity, score in scores.items():
        if isinstance(score, dict) and "mean_error_percent" in score:
            lines.append(
                f"{quantity}: {score['products']} products left out, mean error "
                f"{score['mean_error_percent']} %, median {score['median_error_percent']} %, "
                f"{score['covered_percent']} % inside their interval"
            )
    return Answer(_plain(version), "\n".join(lines))


def _plain(version: "ModelVersion") -> dict[str, Any]:
    times = ("created_at", "activated_at", "retired_at")
    plain = asdict(version)
    return plain | {key: plain[key].isoformat() if plain[key] else None for key in times}

"""``mgg corridor``: limits that shots are judged by."""

import argparse
import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mgg_kernel.cli.answer import Answer, table
from mgg_kernel.cli.corridor_files import corridor_of_file, corridor_text
from mgg_kernel.cli.export import add_export_options, check_export, export_many
from mgg_kernel.cli.output import check_writable, write_whole
from mgg_kernel.errors import LotError

if TYPE_CHECKING:
    from mgg_kernel.hot.corridors import StoredCorridor
    from mgg_kernel.lots import Verdict

__all__ = ["add_verbs"]

_ID = re.compile(r"(?:(test|simulation):)?([0-9]{1,18})", re.ASCII)


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs of this module."""
    corridor = verbs.add_parser("corridor", help="limits that shots are judged by")
    actions = corridor.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add_new(actions, common)
    listed = actions.add_parser("list", parents=[common], help="list the newest versions")
    listed.add_argument("--search", default="", metavar="TEXT", help="part of the name")
    listed.set_defaults(run=_list)
    versions = actions.add_parser("versions", parents=[common], help="list the versions of one")
    versions.set_defaults(run=_versions)
    shown = actions.add_parser("show", parents=[common], help="show one, or write it to a file")
    shown.add_argument("--out", type=Path, metavar="FILE", help="a .json or a .csv")
    shown.set_defaults(run=_show)
    judged = actions.add_parser("judge", parents=[common], help="judge curves by one")
    judged.set_defaults(run=_judge)
    deleted = actions.add_parser("delete", parents=[common], help="mark a version as deleted")
    deleted.set_defaults(run=_mark, deleted=True)
    restored = actions.add_parser("restore", parents=[common], help="take back a deletion")
    restored.set_defaults(run=_mark, deleted=False)
    for parser in (versions, shown, judged, deleted, restored):
        parser.add_argument("name", metavar="NAME", help="what it is called")
    for parser in (shown, judged):
        parser.add_argument("--version", type=int, metavar="N", help="the newest if not given")
    for parser in (deleted, restored):
        parser.add_argument("--version", type=int, metavar="N", required=True, help="which one")
    judged.add_argument(
        "curves",
        nargs="+",
        metavar="CURVE",
        help="ids of tests, simulation:ID, or files with one curve",
    )
    judged.add_argument(
        "--partly", action="store_true", help="judge short curves by the part that they cover"
    )
    add_export_options(
        judged, "verdicts, limits and provenance: .xlsx, .csv, .parquet, .html or .pdf"
    )


def _add_new(actions: Any, common: argparse.ArgumentParser) -> None:
    new = actions.add_parser("new", parents=[common], help="store one, or its next version")
    new.add_argument("name", metavar="NAME", help="what it is called")
    source = new.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--file",
        type=Path,
        metavar="FILE",
        help="a .json of a corridor, or a .csv with time_ms, low_mpa and high_mpa",
    )
    source.add_argument(
        "--tests", type=int, nargs="+", metavar="ID", help="draw it around these tests"
    )
    drawn = new.add_argument_group("drawing it around tests")
    drawn.add_argument("--k", type=float, help="mean ± k standard deviations")
    drawn.add_argument("--coverage", type=float, help="share of shots that it holds (0.95)")
    drawn.add_argument("--confidence", type=float, help="with which it does (0.95)")
    drawn.add_argument("--align", choices=("ignition", "peak", "none"), help="at what (ignition)")
    drawn.add_argument("--filter", metavar="NAME", help="such as cfc1000 (none)")
    drawn.add_argument("--least-half-width", type=float, metavar="MPA", help="at least so wide (0)")
    new.add_argument("--note", metavar="TEXT", help="what it is for")
    new.set_defaults(run=_new)


def _new(arguments: argparse.Namespace) -> Answer:
    from dataclasses import replace

    from mgg_kernel.workspace import open as open_workspace

    how = {
        "k": arguments.k,
        "coverage": arguments.coverage,
        "confidence": arguments.confidence,
        "align": arguments.align,
        "filter": arguments.filter,
        "least_half_width_mpa": arguments.least_half_width,
    }
    given = {name: value for name, value in how.items() if value is not None}
    if arguments.file is not None:
        if given:
            raise LotError(
                f"A corridor of a file takes no --{next(iter(given)).replace('_mpa', '')}; that is "
                "for drawing one around tests."
            )
        corridor = corridor_of_file(arguments.file, arguments.name)
        if arguments.note is not None:
            corridor = replace(corridor, note=arguments.note)
        with open_workspace(application="command") as workspace:
            stored = workspace.corridors.save(corridor, provenance={"file": arguments.file.name})
    else:
        with open_workspace(application="command") as workspace:
            stored = workspace.corridors.from_tests(
                arguments.tests, arguments.name, note=arguments.note or "", **given
            )
    name, version = stored.corridor.name, stored.corridor.version
    return Answer(_document(stored), f"{_told(stored)}\nstored as version {version} of '{name}'")


def _list(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        return _several(workspace.corridors.list(arguments.search))


def _versions(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        return _several(workspace.corridors.versions(arguments.name))


def _show(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    out = arguments.out
    if out is not None:
        check_writable(out)
        if out.suffix.lower() not in (".json", ".csv"):
            raise LotError(f"A corridor is written as .json or .csv; end '{out}' with one of them.")
    with open_workspace(application="command") as workspace:
        stored = workspace.corridors.get(arguments.name, arguments.version)
    if out is not None:
        write_whole(out, corridor_text(stored.corridor, out.suffix))
    return Answer(_document(stored), _told(stored))


def _judge(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    check_export(arguments)
    with open_workspace(application="command") as workspace:
        corridor = workspace.corridors.get(arguments.name, arguments.version).corridor
        author = workspace.user.username
        rows = [
            _judged(workspace, arguments, word, _ID.fullmatch(word)) for word in arguments.curves
        ]
    if arguments.out is not None:
        from functools import partial

        from mgg_kernel.exports import Judged, corridor_document

        judged = [Judged(*row) for row in rows]
        export_many(arguments, partial(corridor_document, corridor, judged), author)
    passed = sum(verdict is not None and verdict.passed for _, verdict, _ in rows)
    lines = [
        f"{word}: {reason if verdict is None else verdict.sentence}"
        for word, verdict, reason in rows
    ]
    document = {
        "corridor": arguments.name,
        "passed": passed,
        "of": len(rows),
        "curves": [
            {"curve": word, "verdict": None if v is None else asdict(v), "reason": reason}
            for word, v, reason in rows
        ],
        "out": str(arguments.out) if arguments.out else None,
    }
    return Answer(document, "\n".join([*lines, f"{passed} of {len(rows)} passed"]))


def _judged(
    workspace: Any, arguments: argparse.Namespace, word: str, stored: "re.Match[str] | None"
) -> "tuple[str, Verdict | None, str]":
    """Return the word, and the verdict on its curve or why there is none."""
    from mgg_kernel.cli.science import curve_of_file

    how = {"version": arguments.version, "partly": arguments.partly}
    if stored is None:
        how["curves"] = [curve_of_file(word)]
    else:
        how["simulations" if stored[1] == "simulation" else "tests"] = [int(stored[2])]
    (one,) = workspace.corridors.judge(arguments.name, **how)
    return word, one.verdict, one.reason


def _mark(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        desk = workspace.corridors
        (desk.delete if arguments.deleted else desk.restore)(arguments.name, arguments.version)
    done = "deleted" if arguments.deleted else "restored"
    document = {"name": arguments.name, "version": arguments.version, "deleted": arguments.deleted}
    return Answer(document, f"version {arguments.version} of '{arguments.name}' is {done}")


def _several(corridors: "list[StoredCorridor] | tuple[StoredCorridor, ...]") -> Answer:
    header = ["name", "version", "from [ms]", "to [ms]", "aligned at", "stored", "by", ""]
    rows = [
        [
            one.corridor.name,
            one.corridor.version,
            f"{one.corridor.from_ms:g}",
            f"{one.corridor.to_ms:g}",
            one.corridor.align,
            f"{one.created_at:%Y-%m-%d %H:%M}",
            one.created_by,
            "deleted" if one.is_deleted else "",
        ]
        for one in corridors
    ]
    told = table(header, rows) if rows else "No corridors yet; `mgg corridor new` stores one."
    return Answer({"corridors": [_document(one) for one in corridors]}, told)


def _document(stored: "StoredCorridor") -> dict[str, Any]:
    return {
        "id": stored.id,
        "corridor": stored.corridor.plain(),
        "provenance": stored.provenance,
        "code_version": stored.code_version,
        "created_at": stored.created_at.isoformat(),
        "created_by": stored.created_by,
        "deleted": stored.is_deleted,
    }


def _told(stored: "StoredCorridor") -> str:
    corridor = stored.corridor
    lines = [f"'{corridor.name}' version {corridor.version}: {corridor.note}".rstrip(": ")]
    if corridor.align_at_ms is not None:
        lines.append(f"aligned at {corridor.align}, which lies at {corridor.align_at_ms:.4g} ms")
    for side, corners in (("lower", corridor.lower), ("upper", corridor.upper)):
        told = ", ".join(f"{p:.3g} at {t:.4g}" for t, p in corners) or "none"
        lines.append(f"{side} limit [MPa at ms]: {told}")
    return "\n".join(lines)

"""``mgg similar``: which stored curves look like this one."""

import argparse
import re
from typing import TYPE_CHECKING, Any

from mgg_kernel.cli.answer import Answer, table

if TYPE_CHECKING:
    from mgg_kernel.workspace import Similar, SimilarCurves, Workspace

__all__ = ["add_verbs"]

_ID = re.compile(r"(?:(test|simulation):)?([0-9]{1,18})", re.ASCII)


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb of this module."""
    similar = verbs.add_parser(
        "similar", parents=[common], help="find stored curves that look like one"
    )
    similar.add_argument(
        "curve",
        metavar="FILE|ID",
        help="an .xlsx or .csv with one curve, the id of a test, or simulation:ID",
    )
    similar.add_argument("--count", type=int, default=10, metavar="N", help="so many (10)")
    kinds = similar.add_mutually_exclusive_group()
    kinds.add_argument("--tests", action="store_true", help="search tests only")
    kinds.add_argument("--simulations", action="store_true", help="search simulations only")
    similar.add_argument(
        "--shift-weight",
        type=float,
        default=0.0,
        metavar="MPA_PER_MS",
        help="what a millisecond between the ignition times counts; none unless given",
    )
    similar.set_defaults(run=_similar)


def _similar(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        result = _search(workspace, arguments)
    shown = table(
        ["", "id", "name", "distance [MPa]", "shift [ms]", "r", "peak [MPa]", "at [ms]", "recipe"],
        [_cells(one) for one in result.found],
    )
    lines = [shown] if result.found else ["No stored curve can be compared with this one."]
    lines.append(f"{result.searched:,} stored curves were searched.")
    lines += [f"warning: {warning}" for warning in result.warnings]
    return Answer(result.as_dict(), "\n".join(lines))


def _search(workspace: "Workspace", arguments: argparse.Namespace) -> "SimilarCurves":
    from mgg_kernel.cli.science import curve_of_file
    from mgg_kernel.hot.signatures import KINDS

    left_out = {"simulation"} if arguments.tests else {"test"} if arguments.simulations else set()
    method: dict[str, Any] = {
        "count": arguments.count,
        "kinds": [kind for kind in KINDS if kind not in left_out],
        "shift_weight_mpa_per_ms": arguments.shift_weight,
    }
    stored = _ID.fullmatch(arguments.curve)
    if stored is None:
        return workspace.tests.similar(curve_of_file(arguments.curve), **method)
    desk = workspace.simulations if stored[1] == "simulation" else workspace.tests
    return desk.similar(int(stored[2]), **method)


def _cells(one: "Similar") -> tuple[object, ...]:
    return (
        one.kind,
        one.id,
        one.name,
        f"{one.distance_mpa:.3f}",
        "" if one.shift_ms is None else f"{one.shift_ms:+.3f}",
        "" if one.correlation is None else f"{one.correlation:.4f}",
        f"{one.peak_pressure_diff_mpa:+.2f}",
        f"{one.peak_time_diff_ms:+.2f}",
        one.recipe or "",
    )

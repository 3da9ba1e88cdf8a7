"""``mgg matrix``: many simulations against many tests."""

import argparse
import sys
from time import monotonic
from typing import TYPE_CHECKING, Any

from mgg_kernel.cli.answer import Answer, table
from mgg_kernel.cli.export import (
    add_export_options,
    check_table_or_export,
    export_many,
    is_table,
)
from mgg_kernel.cli.interrupts import ctrl_c_heard
from mgg_kernel.cli.science import add_method_options, method_of
from mgg_kernel.cli.series import curves_of_file
from mgg_kernel.errors import ComparisonError

if TYPE_CHECKING:
    from mgg_kernel.comparison import Matrix, MatrixProgress
    from mgg_kernel.curve import PTCurve
    from mgg_kernel.workspace import Workspace

__all__ = ["add_verbs"]

MOST_SHOWN = 12
"""A table on a terminal has at most so many simulations and tests."""
TELL_EVERY_S = 0.2


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb of this module."""
    matrix = verbs.add_parser(
        "matrix", parents=[common], help="compare many simulations with many tests"
    )
    matrix.add_argument(
        "simulations", nargs="+", metavar="SIM", help="ids of simulations, or files"
    )
    matrix.add_argument(
        "--tests", nargs="+", required=True, metavar="TEST", help="the references: ids, or files"
    )
    add_method_options(matrix)
    matrix.add_argument(
        "--by",
        default="iso18571_overall",
        metavar="NUMBER",
        help="what is shown, and what the best is chosen by (iso18571_overall)",
    )
    add_export_options(
        matrix,
        "every number of every pair: .csv, .parquet; with the best, settings and provenance: "
        ".xlsx, .html or .pdf",
    )
    matrix.add_argument(
        "--save-best", action="store_true", help="store the best pair of each test (ids only)"
    )
    matrix.add_argument("--note", default="", help="a remark to store with them")
    matrix.set_defaults(run=_matrix)


def _matrix(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.comparison import NUMBERS

    check_table_or_export(arguments)
    if NUMBERS.get(arguments.by, "none") == "none":
        known = ", ".join(name for name, better in NUMBERS.items() if better != "none")
        raise ComparisonError(f"'{arguments.by}' tells no best match; choose {known}.")
    words = [*arguments.simulations, *arguments.tests]
    if arguments.save_best and not all(map(_is_id, words)):
        raise ComparisonError(
            "Only stored simulations and tests can be saved as comparisons; give their ids, or "
            "leave out --save-best."
        )
    if not any(map(_is_id, words)):
        found, _ = _compared(None, arguments)
        _write(found, arguments, None)
        return _answer(found, arguments, [])
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        found, pairs = _compared(workspace, arguments)
        stored = []
        if arguments.save_best:
            stored = workspace.comparisons.save_many(
                pairs, note=arguments.note, **method_of(arguments)
            )
        author = workspace.user.username
    _write(found, arguments, author)
    return _answer(found, arguments, [one.id for one in stored])


def _compared(
    workspace: "Workspace | None", arguments: argparse.Namespace
) -> "tuple[Matrix, list[tuple[int, int]]]":
    """Return the matrix, and the ids of the best pair of each test."""
    from mgg_kernel.comparison import matrix

    simulated = _curves(workspace, arguments.simulations, simulations=True)
    measured = _curves(workspace, arguments.tests, simulations=False)
    with ctrl_c_heard() as stop:
        found = matrix(
            [curve for _, _, curve in simulated],
            [curve for _, _, curve in measured],
            simulation_names=[name for name, _, _ in simulated],
            test_names=[name for name, _, _ in measured],
            progress=_Teller() if sys.stderr.isatty() else None,
            stop=stop,
            **method_of(arguments),
        )
    pairs = []
    for column, row in enumerate(found.best(arguments.by)):
        test_id = measured[column][1]
        simulation_id = None if row is None else simulated[row][1]
        if simulation_id is not None and test_id is not None:
            pairs.append((simulation_id, test_id))
    return found, pairs


def _curves(
    workspace: "Workspace | None", words: list[str], *, simulations: bool
) -> "list[tuple[str, int | None, PTCurve]]":
    """Return name, id where it is stored, and curve of each."""
    found: list[tuple[str, int | None, PTCurve]] = []
    for word in words:
        if words.count(word) > 1:
            raise ComparisonError(f"'{word}' is given more than once; give it once.")
        if workspace is not None and _is_id(word):
            desk = workspace.simulations if simulations else workspace.tests
            found.append((word, int(word), desk.curve(int(word))))
        else:
            found += [(name, None, curve) for name, curve in curves_of_file(word)]
    return found


def _write(found: "Matrix", arguments: argparse.Namespace, author: str | None) -> None:
    if is_table(arguments.out):
        from mgg_kernel.sweeps.files import write_table

        write_table(found.table(), arguments.out)
    elif arguments.out is not None:
        from functools import partial

        from mgg_kernel.exports import matrix_document

        export_many(arguments, partial(matrix_document, found), author)


def _answer(found: "Matrix", arguments: argparse.Namespace, stored: list[int]) -> Answer:
    from math import isnan

    by = arguments.by
    values = [[None if isnan(one) else one for one in row] for row in found.numbers[by].tolist()]
    best = [
        {
            "test": found.tests[column],
            "simulation": None if row is None else found.simulations[row],
            by: None if row is None else values[row][column],
        }
        for column, row in enumerate(found.best(by))
    ]
    errors = [
        {
            "simulation": found.simulations[row],
            "test": found.tests[column],
            "reason": why,
        }
        for (row, column), why in found.errors.items()
    ]
    document = {
        "simulations": list(found.simulations),
        "tests": list(found.tests),
        "by": by,
        "numbers": {by: values},
        "best": best,
        "errors": errors,
        "warnings": list(found.warnings),
        "settings": found.settings,
        "comparison_ids": stored,
        "out": str(arguments.out) if arguments.out else None,
    }
    return Answer(document, _told(found, document, values))


def _told(found: "Matrix", document: dict[str, Any], values: list[list[float | None]]) -> str:
    by = document["by"]
    lines = [f"{len(found.simulations)} simulations with {len(found.tests)} tests"]
    if len(found.simulations) <= MOST_SHOWN and len(found.tests) <= MOST_SHOWN:
        rows = [
            [name, *map(_number, row)] for name, row in zip(found.simulations, values, strict=True)
        ]
        lines += ["", table([by, *found.tests], rows)]
    told = [
        [one["test"], one["simulation"] or "none", _number(one[by])] for one in document["best"]
    ]
    lines += ["", table(["test", "best simulation", by], told)]
    errors = document["errors"]
    for one in errors[:MOST_SHOWN]:
        lines.append(f"{one['simulation']} with {one['test']}: {one['reason']}")
    if len(errors) > MOST_SHOWN:
        lines.append(f"… and {len(errors) - MOST_SHOWN} more pairs cannot be compared.")
    lines += [f"warning: {warning}" for warning in document["warnings"]]
    if document["comparison_ids"]:
        lines.append(f"stored as comparisons {', '.join(map(str, document['comparison_ids']))}")
    if document["out"]:
        lines.append(f"written to {document['out']}")
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _is_id(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= 18


class _Teller:
    """Tells a person at a terminal how many pairs are done."""

    def __init__(self) -> None:
        self._last = monotonic()

    def __call__(self, progress: "MatrixProgress") -> None:
        if progress.done == progress.total:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
        elif monotonic() - self._last > TELL_EVERY_S:
            self._last = monotonic()
            line = f"\r{progress.done} of {progress.total} pairs"
            print(line, end="", file=sys.stderr, flush=True)

"""``mgg ingest``, ``mgg inspect``, ``mgg tests``: measured curves."""

import argparse
import stat
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mgg_kernel.cli.answer import Answer, table
from mgg_kernel.cli.batch import BatchLine, files_of
from mgg_kernel.cli.import_answers import Answers, add_answers
from mgg_kernel.errors import IngestError, MggError

if TYPE_CHECKING:
    from mgg_kernel.ingest import ReadCurve
    from mgg_kernel.workspace import IngestResult, Workspace

__all__ = ["add_verbs", "read_file"]

LARGEST_FILE_BYTES = 1024**3


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs of this module."""
    inspect = verbs.add_parser(
        "inspect", parents=[common], help="show what a file holds, storing nothing"
    )
    inspect.add_argument("file", type=Path, metavar="FILE", help="an .xlsx workbook or a text")
    add_answers(inspect)
    inspect.set_defaults(run=_inspect)

    ingest = verbs.add_parser("ingest", parents=[common], help="store measured curves")
    ingest.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="workbooks, texts, or folders of them"
    )
    ingest.add_argument("--work-order", metavar="NUMBER", help="the work order they were fired for")
    add_answers(ingest)
    ingest.add_argument(
        "--temperature", type=float, metavar="C", help="what they were conditioned at [°C]"
    )
    ingest.add_argument(
        "--remember", metavar="NAME", help="keep the answers for all files of this layout"
    )
    ingest.add_argument(
        "--quarantine", action="store_true", help="keep files that are refused, to be looked at"
    )
    ingest.add_argument("--tested-on", metavar="DATE", help="when they were fired (YYYY-MM-DD)")
    ingest.set_defaults(run=_ingest)

    tests = verbs.add_parser("tests", parents=[common], help="list stored tests")
    tests.add_argument("--search", metavar="TEXT", help="only those whose names contain TEXT")
    tests.add_argument(
        "--unlinked", action="store_true", help="only those of which no recipe is known"
    )
    tests.add_argument("--limit", type=int, default=50, metavar="N", help="at most N (50)")
    tests.set_defaults(run=_tests)


def read_file(path: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        IngestError: it cannot be read, is no plain file, or is larger than any upload may be.
    """
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise IngestError(f"{path} is no file that can be read; give an .xlsx file.")
        if about.st_size > LARGEST_FILE_BYTES:
            raise IngestError(f"{path} is larger than 1 GiB; give a measured curve's workbook.")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise IngestError(f"{path} cannot be read: {reason}.") from None


def _inspect(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.ingest import read_workbook

    path: Path = arguments.file
    try:
        answers = Answers(arguments)
        curves = read_workbook(read_file(path), path.name, **answers.given)
        answers.save(curves)
    except IngestError as error:
        document: dict[str, Any] = {"curves": [], "refused": str(error)}
        return Answer(document, f"refused: {error}", done=False)
    rows = [_described(read) for read in curves]
    shown = table(
        ["curve", "sheet", "samples", "from [ms]", "to [ms]", "peak [MPa]", "at [ms]", "warnings"],
        [
            (
                row["name"],
                row["sheet"],
                row["samples"],
                f"{row['t_start_ms']:g}",
                f"{row['t_end_ms']:g}",
                f"{row['peak_pressure_mpa']:.4f}",
                f"{row['peak_time_ms']:g}",
                " ".join(row["warnings"]) or "none",
            )
            for row in rows
        ],
    )
    return Answer({"curves": rows, "refused": None}, shown)


def _described(read: "ReadCurve") -> dict[str, Any]:
    return {
        "name": read.name,
        "samples": len(read.curve),
        "time_unit": read.time_unit,
        "pressure_unit": read.pressure_unit,
        "t_start_ms": float(read.curve.time_ms[0]),
        "t_end_ms": float(read.curve.time_ms[-1]),
        "peak_pressure_mpa": read.curve.peak.pressure_mpa,
        "peak_time_ms": read.curve.peak.time_ms,
        "sheet": read.sheet,
        "warnings": list(read.warnings),
    }


def _ingest(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    answers = Answers(arguments)
    with open_workspace(application="command") as workspace:
        if arguments.remember is not None:
            path = arguments.files[0]
            read = workspace.tests.inspect(read_file(path), path.name, **answers.given)
            workspace.profiles.save(answers.profile(arguments.remember, read))
        if answers.saves:
            path = arguments.files[0]
            answers.save(workspace.tests.inspect(read_file(path), path.name, **answers.given))
        results = _ingested(workspace, arguments, answers)
    rows = [
        {
            "file": result.file,
            "test_result_id": result.test_result_id,
            "status": result.status,
            "reason": result.reason,
        }
        for result in results
    ]
    shown = table(
        ["file", "status", "test", "reason"],
        [(row["file"], row["status"], row["test_result_id"], row["reason"]) for row in rows],
    )
    return Answer({"results": rows}, shown, done=all(r.status != "refused" for r in results))


def _ingested(
    workspace: "Workspace", arguments: argparse.Namespace, answers: Answers
) -> "list[IngestResult]":
    """Ingest all files; where that ends early, the others are told as not tried."""
    from mgg_kernel.workspace import IngestResult

    paths = files_of(arguments.files)
    results: list[list[IngestResult]] = []
    line = BatchLine(len(paths))
    try:
        for of_file in workspace.tests.ingest_many(
            ((path.name, partial(read_file, path)) for path in paths),
            work_order=arguments.work_order,
            conditioning_temperature_c=arguments.temperature,
            tested_on=arguments.tested_on,
            quarantine=arguments.quarantine,
            **answers.given,
        ):
            results.append(of_file)
            line.say()
    except MggError as error:
        # What became of the files before is still told; the others failed for the same reason.
        left = paths[len(results) :]
        results += [[IngestResult(path.name, None, "refused", str(error))] for path in left]
    finally:
        line.end()
    return [result for of_file in results for result in of_file]


def _tests(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        tests = workspace.tests.list(
            arguments.search, unlinked=arguments.unlinked, limit=arguments.limit
        )
    rows = [
        {
            "id": test.id,
            "name": test.name,
            "product": test.product,
            "file": test.file_name,
            "samples": test.sample_count,
            "peak_pressure_mpa": test.peak_pressure_mpa,
            "peak_time_ms": test.peak_time_ms,
            "ignition_time_ms": test.ignition_time_ms,
            "recipe": str(test.recipe) if test.recipe else None,
            "recipe_source": test.recipe_source,
            "work_order": test.work_order,
            "quality": [flag.plain() for flag in test.flags],
            "conditioning_temperature_c": test.conditioning_temperature_c,
            "tested_on": test.tested_on and test.tested_on.isoformat(),
            "created_at": test.created_at.isoformat(),
            "created_by": test.created_by,
        }
        for test in tests
    ]
    shown = table(
        [
            "test",
            "name",
            "file",
            "peak [MPa]",
            "at [ms]",
            "fired at [°C]",
            "quality",
            "recipe by",
            "stored",
            "by",
        ],
        [
            (
                test.id,
                test.name,
                test.file_name,
                f"{test.peak_pressure_mpa:.2f}",
                f"{test.peak_time_ms:.2f}",
                ""
                if test.conditioning_temperature_c is None
                else f"{test.conditioning_temperature_c:g}",
                ", ".join(flag.code.replace("_", " ") for flag in test.flags),
                test.recipe_source or "",
                f"{test.created_at:%Y-%m-%d %H:%M}",
                test.created_by,
            )
            for test in tests
        ],
    )
    if arguments.unlinked and not tests and not arguments.search:
        return Answer({"tests": []}, "Every test has its recipe.")
    empty = (
        f"No test matches '{arguments.search}'."
        if arguments.search
        else "No tests yet; store some with 'mgg ingest FILE'."
    )
    return Answer({"tests": rows}, shown if tests else empty)

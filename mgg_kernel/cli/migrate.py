"""``mgg migrate sqlite``: bring in the database of the predecessor application."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mgg_kernel.cli.answer import Answer, table
from mgg_kernel.cli.output import write_whole
from mgg_kernel.errors import IngestError

if TYPE_CHECKING:
    from mgg_kernel.workspace.migrations import MigrationReport

__all__ = ["add_verbs"]

SHOWN_REASONS = 20


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs of this module."""
    migrate = verbs.add_parser("migrate", help="bring in what another program kept")
    actions = migrate.add_subparsers(dest="action", metavar="ACTION", required=True)
    sqlite = actions.add_parser(
        "sqlite", parents=[common], help="a SQLite database of the predecessor application"
    )
    sqlite.add_argument("file", type=Path, help="the database; nothing of it is changed")
    sqlite.add_argument("--dry-run", action="store_true", help="only tell what would be done")
    sqlite.add_argument("--source", metavar="NAME", help="its name in the books (the file's)")
    sqlite.add_argument(
        "--timezone", default="UTC", metavar="ZONE", help="where its clock stood (UTC)"
    )
    sqlite.add_argument(
        "--time-unit", default="ms", choices=("us", "ms", "s"), help="of its curves (ms)"
    )
    sqlite.add_argument(
        "--vessel",
        action="append",
        default=[],
        metavar="CODE=ML",
        help="volume of a vessel that the catalogue does not have [mL]",
    )
    sqlite.add_argument("--files", type=Path, metavar="FOLDER", help="where the uploads are")
    sqlite.add_argument(
        "--report", type=Path, metavar="FILE", help="write what became of every row, as JSON lines"
    )
    sqlite.set_defaults(run=_sqlite)


def _sqlite(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    vessels = dict(_volume(said) for said in arguments.vessel)
    line = _Line()
    with open_workspace(application="command") as workspace:
        report = workspace.migrations.sqlite(
            arguments.file,
            source=arguments.source,
            dry_run=arguments.dry_run,
            timezone=arguments.timezone,
            time_unit=arguments.time_unit,
            vessels_ml=vessels,
            files=arguments.files,
            progress=line.say,
        )
    line.end()
    if arguments.report is not None:
        lines = (json.dumps(asdict(row), ensure_ascii=False) for row in report.rows)
        write_whole(arguments.report, "".join(f"{one}\n" for one in lines))
    return Answer(_document(report), _text(report, arguments.report), done=not report.differing)


def _document(report: "MigrationReport") -> dict[str, Any]:
    return {
        "source": report.source,
        "shape": report.shape,
        "dry_run": report.dry_run,
        "counts": report.counts,
        "left": dict(report.left),
        "proved": report.proved,
        "differing": list(report.differing),
        "refused": [
            {"table": row.table, "key": row.key, "reason": row.reason} for row in report.refused
        ],
    }


def _text(report: "MigrationReport", written: Path | None) -> str:
    ends = ("moved", "merged", "known", "refused")
    rows = [(name, *(counted[end] for end in ends)) for name, counted in report.counts.items()]
    said = [table(("table", *ends), rows)]
    if report.left:
        left = ", ".join(f"{name} ({count:,} rows)" for name, count in report.left)
        said.append(f"Tables that nothing is brought in from: {left}.")
    refused = report.refused
    said += [
        f"{row.table} {row.key} is refused: {row.reason.rstrip('.')}."
        for row in refused[:SHOWN_REASONS]
    ]
    if len(refused) > SHOWN_REASONS:
        said.append(f"… and {len(refused) - SHOWN_REASONS:,} more; --report FILE has them all.")
    if written is not None:
        said.append(f"Every row stands in {written}.")
    if report.dry_run:
        said.append("Nothing was stored: this was a dry run.")
    else:
        said.append(f"{report.proved:,} curves were read again and are those of the old database.")
    said += [f"NOT EQUAL to the old database: {one}." for one in report.differing]
    return "\n".join(said)


def _volume(said: str) -> tuple[str, float]:
    code, _, volume = said.rpartition("=")
    try:
        return code.strip(), float(volume)
    except ValueError:
        raise IngestError(f"'{said}' is no vessel; write CODE=ML, such as 10-892=10.") from None


class _Line:
    """A line on a terminal: which table, and how many of its rows are done."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def say(self, name: str, done: int) -> None:
        if self._shown and done % 10 == 0:
            sys.stderr.write(f"\r{name}: {done:,} rows\033[K")
            sys.stderr.flush()

    def end(self) -> None:
        if self._shown:
            sys.stderr.write("\r\033[K")

"""Reading the command line, and turning what comes back into output and an exit status."""

import argparse
import io
import json
import os
import signal
import sys
from collections.abc import Sequence

from mgg_kernel._version import __version__
from mgg_kernel.cli import (
    accounts,
    archive,
    audit,
    backup,
    calibration,
    catalog,
    corridors,
    curves,
    database,
    log,
    lots,
    matrix,
    migrate,
    models,
    monitor,
    profiles,
    quarantine,
    recipes,
    reports,
    reverse,
    running,
    schedule,
    science,
    shots,
    similar,
    stored_tests,
    sweeps,
)
from mgg_kernel.cli.answer import Answer
from mgg_kernel.errors import MggError

__all__ = ["build_parser", "main"]

DONE, REFUSED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all verbs; each sets ``run``, a function of the parsed arguments."""
    parser = argparse.ArgumentParser(
        prog="mgg",
        description="MGG Workspace: PT curves of micro gas generators, measured and simulated.",
    )
    parser.add_argument("--version", action="version", version=f"mgg {__version__}")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print one JSON document on stdout")
    common.add_argument(
        "--debug", action="store_true", help="show where in the program an error was raised"
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    science_verbs = (
        science,
        matrix,
        shots,
        lots,
        corridors,
        reverse,
        similar,
        sweeps,
        calibration,
        models,
    )
    of_files = curves, stored_tests, profiles, quarantine, recipes
    books = catalog, accounts, log, audit, archive, backup, monitor, reports, schedule
    for module in (running, *of_files, *science_verbs, *books, database, migrate):
        module.add_verbs(verbs, common)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    0: done; 1: refused or failed, with one sentence on stderr; 2: wrong usage.

    Args:
        arguments: the words after ``mgg``; None: those of this process.
    """
    parsed = build_parser().parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        # As for Ctrl-C: what was started is stopped in order.
        signal.signal(number, signal.default_int_handler)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal without Chinese signs must not lose the answer.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        answer: Answer = parsed.run(parsed)
        _print(answer, as_json=parsed.json)
    except BrokenPipeError:
        # Whoever read our output has gone (mgg … | head); that is no error of ours, but the
        # interpreter must not try to flush again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return REFUSED
    except KeyboardInterrupt:
        print(f"mgg {parsed.verb}: interrupted.", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        if parsed.debug:
            raise
        print(f"mgg {parsed.verb}: {_sentence(error)}", file=sys.stderr)
        return REFUSED
    return DONE if answer.done else REFUSED


def _print(answer: Answer, *, as_json: bool) -> None:
    if as_json:
        json.dump(answer.document, sys.stdout, ensure_ascii=False, indent=2, allow_nan=False)
        print()
    elif answer.text:
        print(answer.text)
    sys.stdout.flush()


def _sentence(error: Exception) -> str:
    """Return what to tell a person of an error; one that nobody raised on purpose is ours."""
    if isinstance(error, MggError):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.strerror or error}."
    return (
        f"the program failed ({type(error).__name__}: {error}); run it again with --debug and hand "
        "the output to its developers."
    )

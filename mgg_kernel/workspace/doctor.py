"""``mgg doctor``: what is configured, reachable, outdated."""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mgg_kernel._paths import sql_dir
from mgg_kernel._version import __version__
from mgg_kernel.errors import MggError, NotFoundError
from mgg_kernel.files import FileStore
from mgg_kernel.hot import test_results
from mgg_kernel.hot.bootstrap import days_of_partitions_ahead
from mgg_kernel.hot.database import Caller
from mgg_kernel.settings import Settings
from mgg_kernel.workspace.foundation import Foundation, look_at_database

__all__ = ["Finding", "examine"]

State = Literal["ok", "warning", "problem"]

MIN_FREE_GIB = 5
MIN_DAYS_AHEAD = 60
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, and how it is."""

    what: str
    state: State
    text: str


def examine(settings: Settings) -> list[Finding]:
    """Look at everything that the workspace stands on, changing nothing."""
    findings = [
        Finding("program", "ok", f"mgg {__version__}, Python {sys.version.split()[0]}"),
        _data_folder(settings),
        _browser(),
        *_database(settings),
    ]
    if any(finding.what == "schema" and finding.state == "ok" for finding in findings):
        findings += _contents(settings)
    return findings


def _data_folder(settings: Settings) -> Finding:
    folder = settings.data_dir
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(existing, os.W_OK):
        return Finding(
            "data folder",
            "problem",
            f"{folder} cannot be written; choose another MGG_DATA_DIR or change its owner.",
        )
    free_gib = shutil.disk_usage(existing).free / 1024**3
    text = f"{folder}, {free_gib:.0f} GiB free"
    if free_gib < MIN_FREE_GIB:
        return Finding("data folder", "warning", f"{text}: make room before the disk is full.")
    return Finding("data folder", "ok", text)


def _browser() -> Finding:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        return Finding(
            "browser",
            "warning",
            "no Chromium here: the browser tests are skipped; install Debian's package chromium.",
        )
    return Finding("browser", "ok", found)


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        status = look_at_database(settings)
    except NotFoundError as error:
        yield Finding("database", "warning", str(error))
        return
    except MggError as error:
        yield Finding("database", "problem", str(error))
        return
    kind = "embedded PostgreSQL" if status["embedded"] else "PostgreSQL"
    yield Finding("database", "ok", f"{kind} {status['postgresql']}, {status['url']}")
    schema = f"version {status['schema']}, needed {status['needed']}"
    if status["is_current"]:
        yield Finding("schema", "ok", schema)
    else:
        yield Finding("schema", "problem", f"{schema}: run 'mgg db upgrade'.")


def _contents(settings: Settings) -> Iterator[Finding]:
    foundation = Foundation(settings, application="doctor")
    try:
        days = days_of_partitions_ahead(foundation.database, sql_dir())
        state: State = "ok" if days >= MIN_DAYS_AHEAD else "warning"
        hint = "" if state == "ok" else ": run 'mgg up' or 'mgg db upgrade', which make more."
        yield Finding("partitions", state, f"reach {days} days ahead{hint}")
        with foundation.database.begin(Caller("system")) as (connection, _):
            named = test_results.stored_hashes(connection)
        yield _files(foundation.files, named, settings.files_dir)
    finally:
        foundation.close()


def _files(files: FileStore, named: set[str], folder: Path) -> Finding:
    missing = sorted(sha256 for sha256 in named if sha256 not in files)
    if missing:
        return Finding(
            "files",
            "problem",
            f"{len(missing)} of {len(named)} uploaded files are missing in {folder}, the first "
            f"{missing[0]}: restore them from a backup.",
        )
    return Finding("files", "ok", f"all {len(named)} uploaded files are in {folder}")

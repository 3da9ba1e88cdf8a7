"""A backup of a lab of 2 GB and a restore that is checked, beside PostgreSQL's own programs."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from benchmarks.measure import Result
from benchmarks.reports import FILE_BYTES, fill_year
from mgg_kernel.backup.age import Identity
from mgg_kernel.hot.database import Caller
from mgg_kernel.hot.embedded.binaries import find_binaries
from mgg_kernel.settings import Settings
from mgg_kernel.workspace import Foundation, Workspace
from mgg_kernel.workspace.backups import check_backup

__all__ = ["measure"]

SAMPLES = 12_000_000
MORE_FILES = 7_000
"""Beside the one of each test: attachments, and workbooks that were refused."""
LIMIT_S = 300.0


def measure() -> Iterator[Result]:
    """Measure a backup with its verified restore, and what it is made of, one after the other."""
    with tempfile.TemporaryDirectory(prefix="mgg-bench-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        key = Identity.generate()
        identity = folder / "identity"
        identity.write_text(f"{key.secret()}\n")
        settings = Settings(
            data_dir=folder / "data",
            backup_dir=folder / "backups",
            backup_recipient=key.recipient,
        )
        foundation = Foundation(settings, application="bench", upgrade=True)
        try:
            yield from _measure(foundation, identity, folder)
        finally:
            foundation.close()


def _measure(foundation: Foundation, identity: Path, folder: Path) -> Iterator[Result]:
    samples, files = fill_year(foundation, SAMPLES)
    files += MORE_FILES
    for _ in range(MORE_FILES):
        foundation.files.put(os.urandom(FILE_BYTES))
    plain_s = _by_programs(foundation, folder / "plain")
    shutil.rmtree(folder / "plain")
    began = perf_counter()
    manifest = Workspace(foundation, Caller("admin")).backups.run()
    made = perf_counter()
    findings = check_backup(foundation.settings, restore=True, identity=identity)
    verified = perf_counter()
    if findings or manifest.problems:
        raise RuntimeError(f"{findings[:3]} {manifest.problems[:3]}")
    size = manifest.database_bytes + files * FILE_BYTES
    what = f"a backup of {size / 1e9:.1f} GB ({samples:,} samples, {files:,} files), encrypted"
    yield Result(what, "the five minutes that both may take", made - began, LIMIT_S, 1.0)
    what = "the same, restored into a scratch server and compared row by row by digests"
    yield Result(what, "the five minutes that both may take", verified - made, LIMIT_S, 1.0)
    names = "pg_dump, pg_restore and a copy of the files, neither encrypted nor checked"
    # Everything is read once more than by the programs, decrypted and hashed.
    yield Result("both together", names, verified - began, plain_s, 2.5)


def _by_programs(foundation: Foundation, folder: Path) -> float:
    assert foundation.server is not None, "it is embedded"
    folder.mkdir()
    server, programs = foundation.server, find_binaries().bin_dir
    url, again = server.owner_url("mgg_simulation"), server.owner_url("again")
    began = perf_counter()
    dump = folder / "database.dump"
    subprocess.run([programs / "pg_dump", "-Fc", "-Z1", f"--file={dump}", url], check=True)
    shutil.copytree(foundation.settings.files_dir, folder / "files")
    server.ensure_database("again")
    for section in ("pre-data", "data", "post-data"):
        restore = [programs / "pg_restore", "--jobs=2", f"--section={section}"]
        subprocess.run([*restore, f"--dbname={again}", dump], check=True, capture_output=True)
    took = perf_counter() - began
    subprocess.run(
        [programs / "psql", "-qc", "DROP DATABASE again", server.owner_url("postgres")], check=True
    )
    return took

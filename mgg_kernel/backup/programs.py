"""PostgreSQL's own programs: found, checked against the server, and run without a password seen."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from psycopg2.extensions import make_dsn
from sqlalchemy.engine import make_url

from mgg_kernel.errors import BackupError, StoreError
from mgg_kernel.hot.embedded.binaries import find_binaries

__all__ = ["MAY_NOT_READ", "DatabaseAddress", "dump_database", "find_pg_dump", "load_dump"]

MAY_NOT_READ = (
    "This login may not read every row, so it cannot make a backup; set MGG_BACKUP_DATABASE_URL to "
    "a login with pg_read_all_data and BYPASSRLS (docs/backup.md)."
)
READ_BYTES = 1024 * 1024
_DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class DatabaseAddress:
    """Where a database is, as a URL with the password of a login that may read everything."""

    url: str

    @property
    def without_password(self) -> str:
        """What libpq needs to find it, without what nobody may see in a list of processes."""
        url = make_url(self.url)
        parts = {
            "host": url.host,
            "port": None if url.port is None else str(url.port),
            "user": url.username,
            "dbname": url.database,
            **{name: str(value) for name, value in url.query.items() if name != "password"},
        }
        return str(make_dsn(None, **parts))

    @property
    def environment(self) -> dict[str, str]:
        """The environment for PostgreSQL's programs, with the password in it."""
        password = make_url(self.url).password
        kept = {**os.environ, "LC_ALL": "C", "PGAPPNAME": "mgg backup"}
        return kept if password is None else {**kept, "PGPASSWORD": str(password)}

    def __repr__(self) -> str:
        return f"DatabaseAddress({self.without_password!r})"


def find_pg_dump(server_version: int, *, embedded: bool) -> Path:
    """Return a ``pg_dump`` that is not older than the server.

    Args:
        server_version: number before the first dot.
        embedded: whether the server runs from the programs that the project installed.

    Raises:
        BackupError: there is none.
    """
    candidates: list[Path] = []
    if not embedded:
        found = shutil.which("pg_dump")
        candidates += [Path(found)] if found else []
        candidates += sorted(_DEBIAN.glob("*/bin/pg_dump"))
    try:
        candidates.append(find_binaries().bin_dir / "pg_dump")
    except StoreError:
        if embedded:
            raise
    for program in candidates:
        if _major(program) >= server_version:
            return program
    raise BackupError(
        f"The server is PostgreSQL {server_version}, and no pg_dump of that version or later was "
        f"found; install postgresql-client-{server_version} on this machine."
    )


def dump_database(program: Path, address: DatabaseAddress, snapshot: str) -> Iterator[bytes]:
    """Yield a dump in PostgreSQL's custom format.

    Args:
        program: ``pg_dump``.
        address: the database.
        snapshot: name of the exported snapshot that it is to be of.

    Raises:
        BackupError: pg_dump failed; the sentence says what it said.
    """
    arguments = [
        str(program),
        "--format=custom",
        "--compress=1",
        f"--snapshot={snapshot}",
        "--lock-wait-timeout=60s",
        "--no-password",
        f"--dbname={address.without_password}",
    ]
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=said, env=address.environment
        )
        assert child.stdout is not None
        try:
            while chunk := child.stdout.read(READ_BYTES):
                yield chunk
        finally:
            child.stdout.close()
            status = child.wait()
        if status:
            said.seek(0)
            raise BackupError(_dump_failure(said.read().decode("utf-8", "replace")))


def load_dump(dump: Path, address: DatabaseAddress, bin_dir: Path, jobs: int = 2) -> None:
    """Write a dump into an empty database whose roles are there.

    In three runs, because several jobs of one run may make a trigger of a partitioned table before
    all of its partitions have their rows: pg_restore knows no order between the two.  The log's
    trigger would then take its entries for new ones and cut them from the chain.

    Raises:
        BackupError: something in it could not be restored.
    """
    for section in ("pre-data", "data", "post-data"):
        arguments = [
            str(bin_dir / "pg_restore"),
            f"--section={section}",
            "--exit-on-error",
            f"--jobs={jobs}",
            "--no-password",
            f"--dbname={address.without_password}",
            str(dump),
        ]
        done = subprocess.run(
            arguments,
            capture_output=True,
            check=False,
            env=address.environment,
            encoding="utf-8",
            errors="replace",
        )
        if done.returncode:
            raise BackupError(f"The database could not be restored ({_reason(done.stderr)}).")


def _dump_failure(said: str) -> str:
    if "row-level security" in said or "row_security" in said or "permission denied" in said:
        return MAY_NOT_READ
    return f"The database could not be dumped ({_reason(said)}); see the server's log."


def _reason(said: str) -> str:
    lines = [one for one in said.strip().splitlines() if "error:" in one] or said.splitlines()
    return (lines or ["no reason was given"])[0].strip().rstrip(".")[:300]


def _major(program: Path) -> int:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    match = re.search(r"\b(\d+)(\.|\w|$)", done.stdout.partition(")")[2])
    return int(match[1]) if match else 0

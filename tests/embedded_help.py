"""What the tests of the embedded PostgreSQL share."""

import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2

from mgg_kernel.hot.embedded import EmbeddedServer

# Starts the server of a folder, says so, and uses it until its input ends.
CHILD = """
import sys
from pathlib import Path
from mgg_kernel.hot.embedded import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]), system_dir=Path(sys.argv[2]))
started = server.start()
print("joined" if started.already_running else "started", started.pid, flush=True)
sys.stdin.read()
print("stopped" if server.stop() else "left", flush=True)
"""


def open_folder() -> Iterator[Path]:
    """Give a temporary folder that everybody can reach, and remove it after use."""
    folder = Path(tempfile.mkdtemp(prefix="mgg-test-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def ready_folder(system_dir: Path) -> Iterator[Path]:
    """Give a data folder whose database is made and stopped, to be copied with `copy_folder`."""
    for folder in open_folder():
        with EmbeddedServer(folder, system_dir=system_dir):
            pass
        yield folder


def copy_folder(source: Path) -> Iterator[Path]:
    """Give a copy of a data folder, owners included: quicker than making another database."""
    for folder in open_folder():
        subprocess.run(["cp", "-a", f"{source}/.", folder], check=True)
        yield folder


def ask(url: str, question: str, *values: object) -> object:
    """Return the first value of the answer to a question, None if there is none."""
    connection = psycopg2.connect(url, connect_timeout=5)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(question, values or None)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None
    finally:
        connection.close()


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def wait_for_end(pid: int, limit_s: float = 10.0) -> None:
    """Wait until a process has ended, whether or not anybody has taken note."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        try:
            if "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text():
                return
        except OSError:
            return
        time.sleep(0.02)
    raise AssertionError(f"process {pid} is still there")


def child(data_dir: Path, system_dir: Path) -> "subprocess.Popen[str]":
    """Start a program that uses the server until its input ends (`CHILD`)."""
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, data_dir, system_dir],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

"""The server's processes: which are there, starting one, ending it, what it said last."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from mgg_kernel.errors import StoreError
from mgg_kernel.hot.embedded.account import Account
from mgg_kernel.hot.embedded.binaries import Binaries
from mgg_kernel.hot.embedded.location import PORT, Location

__all__ = [
    "clear_stale_files",
    "last_words",
    "live_processes",
    "running_pid",
    "shut_down",
    "spawn_server",
    "wait_until",
]

_POLL_S = 0.02
_PROC = Path("/proc")
_TAIL_BYTES = 16_384
_TAIL_LINES = 20


def running_pid(cluster: Path) -> int | None:
    """Return the process id of the server of `cluster`, or None if it does not run.

    A killed server leaves its pid file behind, and the number may by now be anybody's; so
    the process must also be a PostgreSQL that works in this folder.
    """
    pid = _recorded_pid(cluster)
    if pid is None:
        return None
    return pid if _is_alive(pid) and _works_in(pid, cluster) is not False else None


def live_processes(cluster: Path) -> list[int]:
    """Return all processes of the server of `cluster`, orphans of a killed one included.

    Where there is no /proc the list is empty, and PostgreSQL's own check has to do.
    """
    numbers = (int(entry.name) for entry in _PROC.glob("[0-9]*") if entry.name.isdigit())
    return sorted(pid for pid in numbers if _works_in(pid, cluster))


def clear_stale_files(location: Location, account: Account) -> None:
    """Remove a dead server's pid files where their number now belongs to another process.

    PostgreSQL would take that process for a server and refuse to start.  In all other cases
    the files stay, so that its own checks see them.  No process of the server may be alive.
    """
    pid = _recorded_pid(location.cluster)
    if pid is not None and _is_alive(pid) and _works_in(pid, location.cluster) is False:
        socket = location.socket_dir / f".s.PGSQL.{PORT}"
        lock = socket.with_name(f"{socket.name}.lock")
        account.remove(location.cluster / "postmaster.pid", socket, lock)


def spawn_server(
    location: Location, account: Account, binaries: Binaries
) -> subprocess.Popen[bytes]:
    """Start the server and return at once."""
    location.start_log.parent.mkdir(exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    log = os.open(location.start_log, flags, 0o600)
    try:
        return account.spawn([binaries.bin_dir / "postgres", "-D", location.cluster], log)
    finally:
        os.close(log)


def shut_down(cluster: Path, *, fast_s: float, immediate_s: float) -> None:
    """End the server of `cluster`: sessions are cut off, committed work is kept.

    Args:
        cluster: its folder.
        fast_s: how long an orderly shutdown may take before it is hurried [s].
        immediate_s: how long it may take after that [s].

    Raises:
        StoreError: it is still there after that time.
    """
    for number, limit_s in ((signal.SIGINT, fast_s), (signal.SIGQUIT, immediate_s)):
        pid = running_pid(cluster)
        if pid is None:
            return
        os.kill(pid, number)
        if wait_until(lambda: _is_gone(cluster), limit_s):
            return
    raise StoreError(
        f"PostgreSQL (process {pid}) did not stop within {fast_s + immediate_s:g} s; look whether "
        "the disk is full or very slow."
    )


def last_words(location: Location) -> str:
    """Return where the server's newest log is and its last complaint, for an error message."""
    best = ""
    newest = location.start_log
    for file in (location.start_log, *_by_age(location.log_dir)):
        lines = _tail(file)
        complaints = [line for line in lines if re.search(r"\b(?:FATAL|PANIC|ERROR):", line)]
        if lines:
            best, newest = (complaints or lines)[-1], file
        if complaints:
            break
    return f"its log {newest} ends with: {best}" if best else f"its log {newest} is empty"


def wait_until(condition: Callable[[], bool], limit_s: float) -> bool:
    """Ask again and again until `condition` holds; False if it does not within `limit_s`."""
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True


def _is_gone(cluster: Path) -> bool:
    return running_pid(cluster) is None and not live_processes(cluster)


def _recorded_pid(cluster: Path) -> int | None:
    try:
        lines = (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(
            f"The database in {cluster} cannot be looked at ({error.strerror}); "
            "run as the user who owns the workspace."
        ) from None
    # The server makes the file before it fills it.
    return int(lines[0]) if lines and lines[0].isdigit() else None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _works_in(pid: int, cluster: Path) -> bool | None:
    """Tell whether a process is a PostgreSQL at work in `cluster`; None if that cannot be seen."""
    if not _PROC.is_dir():
        return None
    try:
        if (_PROC / str(pid) / "comm").read_text(encoding="utf-8").strip() != "postgres":
            return False
        # A dead child that nobody has waited for has no folder any more.
        return os.path.samefile(_PROC / str(pid) / "cwd", cluster)  # noqa: PTH121
    except OSError:
        return False


def _by_age(folder: Path) -> list[Path]:
    try:
        files = [(file.stat().st_mtime, file) for file in folder.glob("*.log")]
    except OSError:
        return []
    return [file for _, file in sorted(files, reverse=True)][:1]


def _tail(file: Path) -> list[str]:
    try:
        with file.open("rb") as stream:
            stream.seek(max(0, file.stat().st_size - _TAIL_BYTES))
            text = stream.read().decode("utf-8", "replace")
    except OSError:
        return []
    return [line for line in text.splitlines() if line.strip()][-_TAIL_LINES:]

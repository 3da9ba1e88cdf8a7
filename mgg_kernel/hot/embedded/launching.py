"""Starting the server and waiting until it answers."""

import subprocess
import time

from mgg_kernel.errors import DatabaseDownError, StoreError
from mgg_kernel.hot.embedded.account import Account
from mgg_kernel.hot.embedded.binaries import Binaries
from mgg_kernel.hot.embedded.location import Location
from mgg_kernel.hot.embedded.process import (
    clear_stale_files,
    last_words,
    live_processes,
    running_pid,
    shut_down,
    spawn_server,
    wait_until,
)
from mgg_kernel.hot.embedded.readiness import is_ready

__all__ = ["launch", "reap", "wait_for_adopted"]

_RETRY_S = 0.2
_FAST_S = 60.0
_IMMEDIATE_S = 30.0

# Servers that this process started: they may outlive the object that did, and are waited for
# here so that none stays behind as a zombie.
_children: list[subprocess.Popen[bytes]] = []


def launch(
    location: Location, account: Account, binaries: Binaries, password: str, deadline: float
) -> int:
    """Start a configured cluster and return the server's process id once it answers.

    Args:
        location: where the cluster is.
        account: the user that the server runs as.
        binaries: PostgreSQL's programs.
        password: the superuser's, for asking whether the server answers.
        deadline: on the clock of `time.monotonic` [s].

    Raises:
        DatabaseDownError: it does not answer by then, and goes on recovering.
        StoreError: it ended; the message quotes its log.
    """
    while True:
        _wait_for_orphans(location, deadline)
        clear_stale_files(location, account)
        process = spawn_server(location, account, binaries)
        _children.append(process)
        if _wait_for_own(process, location, password, deadline):
            return process.pid
        reap()
        words = last_words(location)
        # Orphans of a killed server that /proc does not show still hold its memory.
        if "shared memory block" not in words or time.monotonic() > deadline:
            raise StoreError(f"PostgreSQL did not start; {words}")
        time.sleep(_RETRY_S)


def wait_for_adopted(location: Location, password: str, deadline: float) -> int | None:
    """Wait until a server that somebody else started answers; None if it ends instead.

    Returns:
        The server's process id.

    Raises:
        DatabaseDownError: it does neither by the deadline.
    """
    pid: int | None = None

    def settled() -> bool:
        nonlocal pid
        pid = running_pid(location.cluster)
        return pid is None or is_ready(location, password)

    if not wait_until(settled, deadline - time.monotonic()):
        raise DatabaseDownError(f"PostgreSQL runs and does not answer; {last_words(location)}")
    return pid


def reap() -> None:
    """Take note of the servers of this process that have ended."""
    for child in list(_children):
        if child.poll() is not None:
            _children.remove(child)


def _wait_for_orphans(location: Location, deadline: float) -> None:
    gone = wait_until(lambda: not live_processes(location.cluster), deadline - time.monotonic())
    if not gone:
        numbers = ", ".join(str(pid) for pid in live_processes(location.cluster))
        raise DatabaseDownError(
            f"Processes of a database server that was killed are still at work ({numbers}); "
            "wait for them to end, or end them with kill -TERM, and start again."
        )


def _wait_for_own(
    process: subprocess.Popen[bytes], location: Location, password: str, deadline: float
) -> bool:
    """Wait until the server that we started answers; False if it ended instead."""

    def settled() -> bool:
        return process.poll() is not None or is_ready(location, password)

    try:
        if wait_until(settled, deadline - time.monotonic()):
            return process.poll() is None
    except BaseException:
        # Ctrl-C or a wrong password: nobody would look after the server.
        shut_down(location.cluster, fast_s=_FAST_S, immediate_s=_IMMEDIATE_S)
        reap()
        raise
    raise DatabaseDownError(
        "PostgreSQL is not ready yet and goes on by itself, perhaps recovering from a crash; "
        f"start again later; {last_words(location)}"
    )

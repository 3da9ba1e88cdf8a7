"""How a server process lives: until a signal, or until whoever started it is gone."""

import os
import sys
from collections.abc import Callable

from tornado.ioloop import IOLoop, PeriodicCallback

from mgg_kernel.errors import MggError

__all__ = ["SUPERVISOR_VARIABLE", "run_server", "run_until_parent_ends", "stop_with_parent"]

SUPERVISOR_VARIABLE = "MGG_SUPERVISOR_PID"
PARENT_CHECK_MS = 2000


def run_server(serve: Callable[[], None]) -> None:
    """Run a server; what keeps it from serving is its log's last line, as one sentence."""
    try:
        serve()
    except MggError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None


def stop_with_parent(loop: IOLoop) -> None:
    """Stop the loop when the process that started this one has ended.

    A supervisor that was killed cannot stop its servers any more; without this they would
    stay, and keep their ports.
    """
    supervisor = os.environ.get(SUPERVISOR_VARIABLE)
    if supervisor is None:
        return

    def look() -> None:
        if os.getppid() != int(supervisor):
            loop.stop()

    PeriodicCallback(look, PARENT_CHECK_MS).start()


def run_until_parent_ends(loop: IOLoop) -> None:
    """Run the loop until a signal stops it, or until the parent process has ended."""
    stop_with_parent(loop)
    loop.start()

"""A process that has imported what a page needs, and that makes kernels by forking itself.

It is started with the number of a socket and the name of a module: its ``rehearse()`` imports and
tries what pages do, and its ``begin()`` is called in each kernel.  It has one thread, no connection
and no secret: a fork copies only the thread that forks, and what this process holds every viewer's
kernel would hold.  Each kernel gets, over the socket, its environment and a line of its own on
which it says when it listens, and whose end is its end: a kernel outlives neither its server nor a
server that gave it up.
"""

import gc
import importlib
import json
import os
import random
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["LISTENS", "MAX_ORDER_BYTES", "WARM", "Order", "main"]

WARM = b"warm"
LISTENS = b"listens"
MAX_ORDER_BYTES = 1 << 17


@dataclass(frozen=True)
class Order:
    """What a kernel is to be.

    Attributes:
        connection_file: where its ports and its key are written.
        environment: all of its environment variables.
        folder: where it works.
    """

    connection_file: str
    environment: dict[str, str]
    folder: str | None

    def to_bytes(self) -> bytes:
        """Return it as one message."""
        return json.dumps(asdict(self)).encode()

    @staticmethod
    def from_bytes(message: bytes) -> "Order":
        """Read a message."""
        return Order(**json.loads(message))


def main() -> None:
    """Become warm, then fork a kernel for each order, until the server is gone."""
    server = socket.socket(fileno=int(sys.argv[1]))
    # Without a debugger, which no viewer may use, a kernel is a quarter smaller.
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    importlib.import_module("ipykernel.kernelapp")
    rehearsal = importlib.import_module(sys.argv[2])
    rehearsal.rehearse()
    # Ctrl-C in a terminal reaches the whole group; the server tells when it is over.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # What is there now is never looked through again: looking would copy its pages.
    gc.collect()
    gc.freeze()
    server.sendall(WARM)
    asked = _fork_until_asked(server)
    if asked is not None:
        _be_kernel(*asked, rehearsal.begin)


def _fork_until_asked(server: socket.socket) -> tuple[Order, socket.socket] | None:
    """Return twice and more: None in the warm process at its end, an order in each kernel."""
    while True:
        message, descriptors, _, _ = socket.recv_fds(server, MAX_ORDER_BYTES, 1)
        if not message:
            return None
        (number,) = descriptors
        child = os.fork()
        if child == 0:
            server.close()
            return Order.from_bytes(message), socket.socket(fileno=number)
        os.close(number)
        # A number of a process may be another one's a moment later, a descriptor never is.
        process = os.pidfd_open(child)
        socket.send_fds(server, [str(child).encode()], [process])
        os.close(process)


def _be_kernel(order: Order, line: socket.socket, begin: Callable[[], None]) -> None:
    from ipykernel.kernelapp import IPKernelApp

    os.setsid()
    threading.Thread(target=_end_with, args=[line], name="line", daemon=True).start()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(order.environment)
    if order.folder:
        os.chdir(order.folder)
    _forget_chance()
    app: Any = IPKernelApp.instance()
    # Nobody types here; the history's thread and file serve nobody.
    app.config.HistoryManager.enabled = False
    # It tells somebody in a terminal how to connect; here there is none.
    app.log_connection_info = lambda: None
    app.initialize(["-f", order.connection_file])
    begin()
    line.sendall(LISTENS)
    app.start()


def _end_with(line: socket.socket) -> None:
    with suppress(OSError):
        line.recv(1)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _forget_chance() -> None:
    """Let no two kernels draw the same random numbers."""
    random.seed()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()


if __name__ == "__main__":
    main()

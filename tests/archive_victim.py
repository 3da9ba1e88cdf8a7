"""A program that archives and is killed at a point of the protocol; the crash tests drive it.

It reads lines ``POINT DEED DELAY_MS SERVER`` and forks for each, so that a kill costs no new start.
In the child, at POINT: ``client`` kills the child, ``postgres`` the process SERVER, ``both`` both;
``none`` runs to the end.  With a delay the blow falls that much later, wherever the protocol then
is.  It answers with a line: how the child ended, and what it last said.
"""

import os
import signal
import sys
import threading
import time

from mgg_kernel.cold import archiver, export, faults, reader, reading, recover, writing  # noqa: F401
from mgg_kernel.errors import MggError
from mgg_kernel.hot.database import Caller
from mgg_kernel.settings import load_settings
from mgg_kernel.workspace import Foundation, Workspace


def strike(deed: str, server_pid: int) -> None:
    if deed in ("postgres", "both"):
        os.kill(server_pid, signal.SIGKILL)
    if deed in ("client", "both"):
        os.kill(os.getpid(), signal.SIGKILL)


def archive(point: str, deed: str, delay_s: float, server_pid: int) -> str:
    """Run the archive, with a blow at a point."""
    struck = False

    def hook(reached: str) -> None:
        nonlocal struck
        if reached != point or struck or deed == "none":
            return
        struck = True
        if delay_s:
            threading.Timer(delay_s, strike, (deed, server_pid)).start()
        else:
            strike(deed, server_pid)

    faults.hook = hook
    try:
        foundation = Foundation(load_settings(), application="victim")
        batches = Workspace(foundation, Caller("admin")).archive.run()
    except MggError as error:
        return f"{type(error).__name__}: {error}"
    if delay_s:
        time.sleep(delay_s)  # a blow that is still to fall
    return f"archived {len(batches)}"


def main() -> None:
    """Fork for each line, and tell how it ended."""
    print("ready", flush=True)
    for line in sys.stdin:
        point, deed, delay_ms, server_pid = line.split()
        come_out, go_in = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(come_out)
            said = archive(point, deed, float(delay_ms) / 1000, int(server_pid))
            os.write(go_in, said.encode())
            os._exit(0)
        os.close(go_in)
        with os.fdopen(come_out) as pipe:
            said = pipe.read()
        _, status = os.waitpid(child, 0)
        end = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else "ended"
        print(f"{end}: {said}", flush=True)


if __name__ == "__main__":
    main()

"""Kernels that are forked from a warm process, instead of started from nothing.

A page's kernel imports some hundred megabytes of libraries.  Forked from a process that has
them already it is there in a third of a second, and shares their memory with all the others.
Where that cannot be done the kernel is started in the ordinary way, and counted as such.
"""

import asyncio
import os
import select
import signal
import socket
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import monotonic
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_server.services.kernels.kernelmanager import ServerKernelManager
from traitlets import Type
from traitlets.log import get_logger

from mgg_kernel.web.prompt_client import PromptClient
from mgg_kernel.web.warm import LISTENS, WARM, Order

__all__ = ["STARTED", "ForkedProcess", "ForkingKernelManager", "WarmProcess", "fork_kernels_from"]

WARMING_S = 60.0
FORK_S = 5.0
LISTEN_S = 20.0
REST_S = 30.0
"""So long after it was lost the warm process is not started again."""

# Its threads would not be in a fork, and what it must not know would be in each.
_ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
_SECRETS = ("MGG_", "PG", "AWS_")

STARTED: Counter[str] = Counter(forked=0, ordinary=0)
"""How many kernels this server has started in which way."""


class WarmthError(Exception):
    """The warm process cannot give a kernel now; why is in the message."""


class ForkedProcess:
    """A forked kernel, as far as a provisioner needs a :class:`subprocess.Popen`.

    Args:
        pid: its number, which is its process group's too.
        descriptor: its pidfd.
        line: ends with the kernel, and the kernel with it.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, descriptor: int, line: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._descriptor = descriptor
        self._line = line

    def poll(self) -> int | None:
        """Return None as long as it runs, then 0: only its parent could tell more."""
        if self.returncode is None:
            waiter = select.poll()
            waiter.register(self._descriptor, select.POLLIN)
            if waiter.poll(0):
                self._forget()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended.

        Raises:
            subprocess.TimeoutExpired: it has not, in `timeout` seconds.
        """
        if self.returncode is None:
            waiter = select.poll()
            waiter.register(self._descriptor, select.POLLIN)
            if not waiter.poll(None if timeout is None else timeout * 1000):
                raise subprocess.TimeoutExpired("a forked kernel", timeout or 0.0)
            self._forget()
        return 0

    def send_signal(self, number: int) -> None:
        """Send a signal to it alone."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    async def listening(self) -> None:
        """Wait until it has said that it listens.

        Raises:
            WarmthError: it has ended before, or took too long; it is then ended.
        """
        self._line.setblocking(False)
        loop = asyncio.get_running_loop()
        try:
            said = await asyncio.wait_for(loop.sock_recv(self._line, 64), LISTEN_S)
        except (TimeoutError, OSError):
            said = b""
        if said != LISTENS:
            self.kill()
            await asyncio.to_thread(self.wait)
            raise WarmthError("a forked kernel has ended, or did not listen in time")

    def _forget(self) -> None:
        self.returncode = 0
        os.close(self._descriptor)
        self._line.close()


class WarmProcess:
    """The process that kernels are forked from; it starts with the first call of :meth:`warm_up`.

    Args:
        rehearsal: name of the module whose ``rehearse()`` it calls.
    """

    def __init__(self, rehearsal: str) -> None:
        self._rehearsal = rehearsal
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._is_warm = False
        self._lost_at: float | None = None
        # Orders one after the other, and not in the threads that everything else waits for.
        self._one = ThreadPoolExecutor(1, "forking")

    @property
    def pid(self) -> int | None:
        """Number of the process; None as long as there is none."""
        return None if self._process is None else self._process.pid

    def warm_up(self) -> None:
        """Start the process, unless it runs; it becomes warm by itself."""
        if self._process is not None and self._process.poll() is None:
            return
        self._let_go()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {k: v for k, v in os.environ.items() if not k.startswith(_SECRETS)}
        command = [sys.executable, "-P", "-m", "mgg_kernel.web.warm", str(theirs.fileno())]
        with theirs:
            self._process = subprocess.Popen(
                [*command, self._rehearsal],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={**environment, **_ONE_THREAD},
            )
        self._socket, self._is_warm = ours, False

    async def fork(self, order: Order) -> ForkedProcess:
        """Return a new kernel that listens.

        Raises:
            WarmthError: there is none to be had.
        """
        loop = asyncio.get_running_loop()
        process = await loop.run_in_executor(self._one, self._fork, order)
        await process.listening()
        return process

    def stop(self) -> None:
        """End the process; its kernels go on."""
        self._one.shutdown(cancel_futures=True)
        self._let_go()

    def _fork(self, order: Order) -> ForkedProcess:
        if self._lost_at is not None and monotonic() - self._lost_at < REST_S:
            raise WarmthError("the warm process was lost a moment ago")
        self.warm_up()
        warm = self._socket
        assert warm is not None, "warm_up() has made it"
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                if not self._is_warm:
                    warm.settimeout(WARMING_S)
                    if warm.recv(len(WARM)) != WARM:
                        raise OSError("the warm process has ended before it was warm")
                    self._is_warm = True
                warm.settimeout(FORK_S)
                socket.send_fds(warm, [order.to_bytes()], [theirs.fileno()])
                answer, descriptors, _, _ = socket.recv_fds(warm, 64, 1)
            if not answer or not descriptors:
                raise OSError("the warm process has ended")
        except OSError as error:
            # A kernel that was forked all the same ends with its line.
            ours.close()
            self._lost_at = monotonic()
            self._let_go()
            raise WarmthError(str(error) or type(error).__name__) from error
        self._lost_at = None
        return ForkedProcess(int(answer), descriptors[0], ours)

    def _let_go(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class ForkedProvisioner(LocalProvisioner):
    """Starts a kernel by a fork of the warm process, or else in the ordinary way."""

    warm: WarmProcess

    async def launch_kernel(self, cmd: list[str], **arguments: Any) -> KernelConnectionInfo:
        """Start the kernel."""
        manager: Any = self.parent
        order = Order(
            connection_file=manager.connection_file,
            environment=dict(arguments.get("env") or os.environ),
            folder=arguments.get("cwd"),
        )
        try:
            forked = await self.warm.fork(order)
        except WarmthError as error:
            STARTED["ordinary"] += 1
            get_logger().warning("A kernel is started in the ordinary way: %s.", error)
            return await super().launch_kernel(cmd, **arguments)
        STARTED["forked"] += 1
        self.process = forked  # type: ignore[assignment]
        self.pid = self.pgid = forked.pid
        return self.connection_info


class ForkingKernelManager(ServerKernelManager):
    """A kernel's manager, whose kernel is forked from `warm` where there is one."""

    warm: WarmProcess | None = None
    client_factory = Type(PromptClient)

    async def _async_pre_start_kernel(
        self, *, transport_encryption: str | None = None, **arguments: Any
    ) -> tuple[list[str], dict[str, Any]]:
        # jupyter_client finds provisioners by the entry points of installed packages; this one
        # is of this server alone, and is set before it would look.
        if self.provisioner is None and self.warm is not None:
            forked = ForkedProvisioner(
                kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
            )
            forked.warm = self.warm
            self.provisioner = forked
        elif self.provisioner is None:
            STARTED["ordinary"] += 1
        return await super()._async_pre_start_kernel(
            transport_encryption=transport_encryption, **arguments
        )

    pre_start_kernel = _async_pre_start_kernel  # type: ignore[assignment]


def fork_kernels_from(warm: WarmProcess | None) -> None:
    """Let all kernels of this server that are started from now on be forked from a process."""
    ForkingKernelManager.warm = warm

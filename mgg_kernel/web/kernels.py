"""Kernels that know who they work for, and that end when nobody needs them."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.base.call_context import CallContext
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.ioloop import PeriodicCallback
from tornado.web import HTTPError
from traitlets import DottedObjectName, Integer

from mgg_kernel.errors import MggError
from mgg_kernel.web.identity import SESSION_COOKIE, Viewer

__all__ = ["ActorKernelManager", "PageKernelManager", "SessionBoundConnection"]

SESSION_CHECK_S = 5
SESSION_ENDED = 4001
"""Close code of a web socket whose session has ended; `page.js` knows it."""


class ActorKernelManager(AsyncMappingKernelManager):
    """Starts kernels whose ``MGG_ACTOR`` is whoever asked for them.

    The name comes from the request that is being answered.  That is right only because no
    kernel is ever started ahead of a request.
    """

    def actor(self) -> str:
        """Return whom a new kernel works for.

        Raises:
            HTTPError: 403, nobody asked for it.
        """
        handler = CallContext.get(CallContext.JUPYTER_HANDLER)
        viewer = getattr(handler, "current_user", None)
        if not isinstance(viewer, Viewer):
            raise HTTPError(403, "A kernel is started only for somebody who is logged in.")
        return viewer.username

    def more_environment(self) -> dict[str, str]:
        """Return variables that every kernel gets."""
        return {}

    async def start_kernel(self, **arguments: Any) -> str:  # type: ignore[override]
        """Start a kernel and return its id."""
        environment = {**(arguments.pop("env", None) or os.environ), **self.more_environment()}
        # Whoever started the server may have set it; it must never be whom a viewer acts as.
        environment["MGG_ACTOR"] = self.actor()
        kernel_id: str = await super().start_kernel(env=environment, **arguments)
        return kernel_id


class PageKernelManager(ActorKernelManager):
    """Kernels of dashboards: each belongs to one viewer, and none outlives its page for long."""

    kernel_manager_class = DottedObjectName(
        "mgg_kernel.web.forking.ForkingKernelManager", help="What manages one kernel."
    )
    orphan_timeout = Integer(120, config=True, help="Seconds that a kernel without a page lives.")

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)  # type: ignore[no-untyped-call]
        self.owners: dict[str, str] = {}

    async def start_kernel(self, **arguments: Any) -> str:  # type: ignore[override]
        """Start a kernel and return its id."""
        kernel_id = await super().start_kernel(**arguments)
        self.owners[kernel_id] = self.actor()
        return kernel_id

    def remove_kernel(self, kernel_id: str) -> Any:
        """Forget a kernel that has ended."""
        self.owners.pop(kernel_id, None)
        return super().remove_kernel(kernel_id)

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """End a kernel that nobody looks at soon, and one that nobody uses later."""
        kernel = self._kernels[kernel_id]
        idle = datetime.now(UTC) - kernel.last_activity
        alone = not self._kernel_connections.get(kernel_id, 0)
        resting = kernel.execution_state != "busy"
        if alone and resting and idle > timedelta(seconds=self.orphan_timeout):
            self.log.info("Kernel %s has no page any more, and ends.", kernel_id)
            await ensure_async(self.shutdown_kernel(kernel_id))  # type: ignore[no-untyped-call]
            return
        await super().cull_kernel_if_idle(kernel_id)  # type: ignore[no-untyped-call]


class SessionBoundConnection(ZMQChannelsWebsocketConnection):
    """A browser's line to a kernel, which is cut when the session behind it ends."""

    _watch: PeriodicCallback | None = None

    def connect(self) -> Any:
        """Open the line, and start to look after its session."""
        self._watch = PeriodicCallback(self._cut_if_ended, SESSION_CHECK_S * 1000)
        self._watch.start()
        return super().connect()

    def disconnect(self) -> Any:
        """Close the line."""
        if self._watch is not None:
            self._watch.stop()
        return super().disconnect()  # type: ignore[no-untyped-call]

    async def _cut_if_ended(self) -> None:
        handler: Any = self.websocket_handler
        gate = handler.identity_provider.gate
        token = handler.get_cookie(SESSION_COOKIE) or ""
        try:
            user = await asyncio.to_thread(gate.whoami, token)
        except MggError as error:
            # A database that is away for a moment ends no session.
            self.log.warning("Cannot tell whether a session goes on: %s", error)
            return
        if user is None or user.role in handler.identity_provider.refused_roles:
            handler.close(SESSION_ENDED, "session ended")

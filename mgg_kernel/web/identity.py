"""Who is looking: one identity provider and one authorizer for both servers."""

import asyncio
from dataclasses import dataclass
from typing import Any, Protocol

from jupyter_server.auth import Authorizer, IdentityProvider
from jupyter_server.auth import User as JupyterUser
from jupyter_server.base.handlers import APIHandler
from tornado.web import Finish, HTTPError
from tornado.websocket import WebSocketHandler
from traitlets import Any as AnyTrait
from traitlets import Dict, Unicode, default

from mgg_kernel.errors import MggError
from mgg_kernel.hot.database import User
from mgg_kernel.web.frame import render
from mgg_kernel.web.login import LoginPage, LogoutPage, OpenPage, public_files
from mgg_kernel.web.request import is_encrypted, language_of, scheme_of
from mgg_kernel.workspace import Workspace

__all__ = ["OWN_HEADERS", "SESSION_COOKIE", "Gate", "Viewer", "WorkspaceAuthorizer"]
__all__ += ["WorkspaceIdentity", "kernel_owner"]

SESSION_COOKIE = "mgg-session"
USER_HEADER = "X-Mgg-User"
ADDRESS_HEADER = "X-Mgg-Address"
LANGUAGE_HEADER = "X-Mgg-Lang"
THEME_HEADER = "X-Mgg-Theme"
OWN_HEADERS = (USER_HEADER, ADDRESS_HEADER, LANGUAGE_HEADER, THEME_HEADER)
"""Headers that only this server sets, and that it carries into the kernels of the pages."""


class Gate(Protocol):
    """What the servers ask of the accounts; `mgg_kernel.web.gate` has the real one."""

    session_hours: float

    def login(self, username: str, password: str, address: str, application: str) -> str:
        """Check a password and return a session's token, or raise LoginError."""

    def whoami(self, token: str) -> User | None:
        """Return whose session this is; None if it has ended."""

    def logout(self, token: str, address: str) -> None:
        """End a session."""

    def log_refusal(self, username: str, address: str, what: str) -> None:
        """Write into the operation log that somebody was turned away."""

    def workspace(self, username: str, address: str) -> Workspace:
        """Return the workspace of somebody who is logged in, or raise AccessError."""


@dataclass
class Viewer(JupyterUser):
    """Somebody who is logged in, as Jupyter and as the workspace know them."""

    role: str = "user"


class WorkspaceIdentity(IdentityProvider):
    """Finds out, at every request and from the database, whose session the cookie names."""

    open_gate: Any = AnyTrait(config=True, help="A function of nothing that returns the accounts.")
    application = Unicode("dashboards", config=True, help="This server's name in the log.")
    refused_roles: Any = Dict(
        config=True, help="Roles that may not use this server, with the key of the reason."
    )
    gate: Any = AnyTrait()

    @default("gate")
    def _open(self) -> Gate:
        gate: Gate = self.open_gate()
        return gate

    @default("token")
    def _token_default(self) -> str:
        return ""

    @property
    def auth_enabled(self) -> bool:
        """Tell Jupyter that nobody comes in without a name."""
        return True

    @property
    def login_available(self) -> bool:
        """Tell Jupyter that there is a page for logging in."""
        return True

    @property
    def logout_available(self) -> bool:
        """Tell Jupyter that there is a page for logging out."""
        return True

    def validate_security(self, app: Any, ssl_options: Any = None) -> None:
        """Say nothing about TLS at the start: a reverse proxy gives it."""

    def get_handlers(self) -> list[Any]:
        """Return the pages for logging in and out, and the files that need no login."""
        return [(r"/login", LoginPage), (r"/logout", LogoutPage), *public_files()]

    def is_token_authenticated(self, handler: Any) -> bool:
        """Tell that nobody comes in by a token in an address."""
        return False

    def should_check_origin(self, handler: Any) -> bool:
        """Tell that a page of another origin may not ask in the viewer's name."""
        return True

    async def get_user(self, handler: Any) -> Viewer | None:
        """Return who asks, or None; and put the name where only this server can put it.

        Raises:
            HTTPError: 503, the database does not answer; 403, this role may not be here.
            Finish: as 403, for a page, which has been answered.
        """
        headers = handler.request.headers
        for name in OWN_HEADERS:
            headers.pop(name, None)
        token = handler.get_cookie(SESSION_COOKIE)
        viewer = await self._ask(handler, token) if token else None
        if viewer is None:
            return None
        headers[USER_HEADER] = viewer.username
        headers[ADDRESS_HEADER] = handler.request.remote_ip
        headers[LANGUAGE_HEADER] = language_of(handler)
        headers[THEME_HEADER] = scheme_of(handler)
        if viewer.role in self.refused_roles and not isinstance(handler, OpenPage):
            await self._turn_away(handler, viewer)
        return viewer

    def start_session(self, handler: Any, token: str) -> None:
        """Give the browser its session."""
        handler.set_cookie(
            SESSION_COOKIE,
            token,
            path="/",
            httponly=True,
            samesite="Lax",
            secure=is_encrypted(handler),
            max_age=round(self.gate.session_hours * 3600),
        )

    async def end_session(self, handler: Any) -> None:
        """End the session, in the database and in the browser."""
        token = handler.get_cookie(SESSION_COOKIE)
        if token:
            await asyncio.to_thread(self.gate.logout, token, handler.request.remote_ip)
        handler.clear_cookie(SESSION_COOKIE, path="/")

    async def _ask(self, handler: Any, token: str) -> Viewer | None:
        # In a thread: a database that is slow to answer must not hold up everybody else.
        try:
            user = await asyncio.to_thread(self.gate.whoami, token)
        except MggError as error:
            self.log.error("Cannot tell who asks for %s: %s", handler.request.path, error)
            if isinstance(handler, OpenPage):
                return None
            handler.current_user = handler._jupyter_current_user = None
            raise HTTPError(503, "The database does not answer.") from None
        if user is None:
            return None
        return Viewer(user.username, user.display_name, user.display_name, role=user.role)

    async def _turn_away(self, handler: Any, viewer: Viewer) -> None:
        request = handler.request
        handler.current_user = handler._jupyter_current_user = viewer
        # One entry for a page, not one for each thing that a script then asks for.
        if isinstance(handler, APIHandler | WebSocketHandler):
            raise HTTPError(403, "This account may not use this server.")
        try:
            await asyncio.to_thread(
                self.gate.log_refusal,
                viewer.username,
                request.remote_ip,
                f"{self.application}{request.path}",
            )
        except MggError as error:
            self.log.error("A refusal could not be logged: %s", error)
        handler.set_status(403)
        handler.set_header("Content-Type", "text/html; charset=UTF-8")
        await handler.finish(
            render(handler, "error.html", sentence=self.refused_roles[viewer.role], leave=True)
        )
        raise Finish


class WorkspaceAuthorizer(Authorizer):
    """Lets a role in or not, and lets nobody but its owner reach the kernel of a page."""

    refused_roles: Any = Dict(
        config=True, help="Roles that may not use this server, with the key of the reason."
    )

    def is_authorized(self, handler: Any, user: JupyterUser, action: str, resource: str) -> bool:
        """Tell whether somebody who is logged in may do this."""
        if not isinstance(user, Viewer) or user.role in self.refused_roles:
            return False
        kernel_id = handler.path_kwargs.get("kernel_id")
        if kernel_id is None:
            return True
        return kernel_owner(handler.kernel_manager, kernel_id) in (None, user.username)


def kernel_owner(kernel_manager: Any, kernel_id: str) -> str | None:
    """Return whom a kernel belongs to; None where kernels belong to nobody in particular."""
    owners: dict[str, str] = getattr(kernel_manager, "owners", {})
    return owners.get(kernel_id)

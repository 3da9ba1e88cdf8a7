"""JupyterHub's door: the workspace's accounts, for analysts who have a server each.

Imported by ``docs/deploy/jupyterhub_config.py`` alone, in the hub's own process.  What the
servers of analysts are told is in :func:`server_environment`: no password and no key.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyterhub.auth import Authenticator
from jupyterhub.handlers import LogoutHandler
from sqlalchemy.engine import URL, make_url
from traitlets import Any as AnyTrait
from traitlets import default

from mgg_kernel.errors import AccessError, LoginError, MggError
from mgg_kernel.settings import Settings
from mgg_kernel.web.identity import Gate
from mgg_kernel.workspace.rights import RIGHTS

__all__ = ["WorkspaceAuthenticator", "WorkspaceLogout", "server_environment"]

APPLICATION = "JupyterHub"


class WorkspaceLogout(LogoutHandler):
    """Logging out of the hub, which ends the workspace's session too."""

    async def handle_logout(self) -> None:
        """End the session."""
        user = self.current_user
        if user is not None:
            await self.authenticator.end_session(user.name, self.request.remote_ip)


class WorkspaceAuthenticator(Authenticator):
    """Lets in whoever may use JupyterLab, with the workspace's passwords and sessions.

    Each login opens a session of the workspace.  It ends with that session, with the account, and
    with its right: the hub asks again every minute.  Sessions are kept in the hub's memory only, so
    a hub that was started anew asks everybody for the password once more.
    """

    open_gate: Any = AnyTrait(config=True, help="A function of nothing that returns the accounts.")
    gate: Any = AnyTrait()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._tokens: dict[str, str] = {}
        self._stopping: set[asyncio.Task[Any]] = set()

    @default("gate")
    def _open(self) -> Gate:
        gate: Gate = self.open_gate()
        return gate

    @default("allow_all")
    def _everybody_whom_the_accounts_let_in(self) -> bool:
        return True

    @default("auth_refresh_age")
    def _every_minute(self) -> int:
        return 60

    @default("refresh_pre_spawn")
    def _before_each_start(self) -> bool:
        return True

    def get_handlers(self, app: Any) -> list[Any]:
        """Return the pages of this authenticator beside the form for logging in."""
        return [("/logout", WorkspaceLogout)]

    async def authenticate(self, handler: Any, data: dict[str, str]) -> dict[str, Any] | None:
        """Check name and password; nobody becomes an administrator of the hub.

        Such a one could open everybody's notebooks, which no role of the workspace may.

        Returns:
            The name, or None: the page says that name or password is wrong, and the operation log
            says which of that, too many failures and a missing right it was.
        """
        address = handler.request.remote_ip
        name, password = data.get("username", ""), data.get("password", "")
        try:
            token = await asyncio.to_thread(self.gate.login, name, password, address, APPLICATION)
            viewer = await asyncio.to_thread(self.gate.whoami, token)
        except LoginError:
            return None
        except MggError as error:
            self.log.error("%s could not be checked: %s", name, error)
            return None
        if viewer is None or viewer.role not in RIGHTS["JupyterLab"]:
            if viewer is not None:
                await asyncio.to_thread(self.gate.log_refusal, viewer.username, address, "/hub")
            await asyncio.to_thread(self.gate.logout, token, address)
            return None
        self._tokens[viewer.username] = token
        return {"name": viewer.username, "admin": False}

    async def refresh_user(self, user: Any, handler: Any = None, **more: Any) -> bool:
        """Return whether somebody may stay; stop the servers of whoever lost the right to them."""
        try:
            may = await asyncio.to_thread(self._may, user.name)
            token = self._tokens.get(user.name)
            held = await asyncio.to_thread(self.gate.whoami, token) if token else None
        except MggError as error:
            self.log.error("%s could not be asked for: %s", user.name, error)
            return True  # the database is away for a moment: no reason to stop anybody's work
        if not may:
            self._stop_servers(user, handler)
        return bool(may and held is not None and held.username == user.name)

    async def end_session(self, username: str, address: str) -> None:
        """End the session of somebody who logs out."""
        token = self._tokens.pop(username, None)
        if token is not None:
            await asyncio.to_thread(self.gate.logout, token, address)

    def _may(self, username: str) -> bool:
        try:
            role = self.gate.workspace(username, "JupyterHub").user.role
        except AccessError:
            return False
        return role in RIGHTS["JupyterLab"]

    def _stop_servers(self, user: Any, handler: Any) -> None:
        if handler is None:
            return
        for name, spawner in list(user.spawners.items()):
            if spawner.active and not spawner.pending:
                self.log.warning("%s may not use JupyterLab any more: stopping", user.name)
                task = asyncio.ensure_future(user.stop(name))
                self._stopping.add(task)
                task.add_done_callback(self._stopping.discard)


def server_environment(settings: Settings) -> dict[str, str | Callable[[Any], str]]:
    """Return what an analyst's server is told: where things are, and no password or key.

    Args:
        settings: of the workspace that the hub belongs to.

    Returns:
        Variables; one is a function of the spawner.  The database's URL has neither login nor
        password: each analyst has a login of the own (``users.database_login``) in ``~/.pgpass``
        and ``PGUSER``.  An embedded database has no address for others.
    """
    told: dict[str, str | Callable[[Any], str]] = {
        "MGG_ACTOR": lambda spawner: str(spawner.user.name),
        "MGG_TIMEZONE": settings.timezone,
    }
    if settings.database_url is not None:
        url = make_url(settings.database_url.get_secret_value())
        kept = {name: text for name, text in url.query.items() if name not in _PRIVATE}
        # Made anew: to `URL.set`, None means that a part stays as it is.
        bare = URL.create(url.drivername, None, None, url.host, url.port, url.database, kept)
        told["MGG_DATABASE_URL"] = bare.render_as_string(hide_password=False)
    archive = settings.archive_url
    if archive is not None:
        is_bucket = archive.startswith("s3://")
        told["MGG_ARCHIVE_URL"] = archive if is_bucket else str(Path(archive).absolute())
    return told


_PRIVATE = ("user", "password", "passfile", "sslkey", "sslpassword", "service")

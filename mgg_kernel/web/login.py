"""The pages for logging in and out, and the files that need no login."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from tornado.web import HTTPError, StaticFileHandler

from mgg_kernel.errors import LoginError, MggError
from mgg_kernel.web.frame import HERE, SECURITY_HEADERS, render
from mgg_kernel.web.request import language_of, remember_language, safe_next
from mgg_kernel.web.words import words

__all__ = ["LoginPage", "LogoutPage", "OpenPage", "public_files"]

MAX_FIELD = 1000


class OpenPage(JupyterHandler):
    """A page for people who are not logged in, or whose role may see nothing else here."""

    @property
    def provider(self) -> Any:
        """The identity provider, which is ours."""
        return self.identity_provider

    def set_default_headers(self) -> None:
        """Forbid the browser other hosts, and to keep the page."""
        for name, value in SECURITY_HEADERS.items():
            self.set_header(name, value)
        self.set_header("Cache-Control", "no-store")

    def next_page(self) -> str:
        """Return where to go afterwards: a path on this server."""
        return safe_next(self.get_argument("next", "/"))


class LoginPage(OpenPage):
    """Asks for name and password."""

    def check_xsrf_cookie(self) -> None:
        """Leave the check to :meth:`post`, which can answer with the form itself."""

    @allow_unauthenticated
    def get(self) -> None:
        """Show the form, or go on if the browser is logged in."""
        remember_language(self)
        if self.current_user:
            self.redirect(self.next_page())
            return
        self._show()

    @allow_unauthenticated
    async def post(self) -> None:
        """Check name and password, and open a session."""
        name = self.get_body_argument("name", "")[:MAX_FIELD].strip()
        password = self.get_body_argument("password", "", strip=False)[:MAX_FIELD]
        known = words(language_of(self))
        try:
            super().check_xsrf_cookie()
        except HTTPError:
            self._show(403, name, known["stale_form"])
            return
        provider = self.provider
        address = self.request.remote_ip
        try:
            token = await asyncio.to_thread(
                provider.gate.login, name, password, address, provider.application
            )
        except LoginError as error:
            self._show(401, name, known["wrong_login"] or str(error))
            return
        except MggError as error:
            self.log.error("Nobody can log in: %s", error)
            self._show(503, name, known["no_store"])
            return
        provider.start_session(self, token)
        self.redirect(self.next_page(), status=303)

    def _show(self, status: int = 200, name: str = "", problem: str = "") -> None:
        target = self.next_page()
        self.set_status(status)
        self.finish(
            render(
                self,
                "login.html",
                name=name,
                problem=problem,
                next_page=target,
                switch=lambda language: "?" + urlencode({"lang": language, "next": target}),
            )
        )


class LogoutPage(OpenPage):
    """Ends the session."""

    @allow_unauthenticated
    def get(self) -> None:
        """Ask first: a link on some other page must not log anybody out."""
        if not self.current_user:
            self.redirect("/login")
            return
        self.finish(render(self, "logout.html"))

    @allow_unauthenticated
    async def post(self) -> None:
        """End the session, in the database too, so that a copy of the cookie is worth nothing."""
        try:
            await self.provider.end_session(self)
        except MggError as error:
            self.log.error("A session could not be ended: %s", error)
            raise HTTPError(503, "The database does not answer.") from None
        self.redirect("/login", status=303)


class PublicFile(StaticFileHandler):
    """A file with nothing secret in it, which the login page needs too."""

    def set_extra_headers(self, path: str) -> None:
        """Forbid guessing what a file is."""
        self.set_header("X-Content-Type-Options", "nosniff")

    @allow_unauthenticated
    async def get(self, path: str, include_body: bool = True) -> None:
        """Send the file."""
        await super().get(path, include_body)

    @allow_unauthenticated
    async def head(self, path: str) -> None:
        """Send what is to be known of the file."""
        await super().get(path, include_body=False)


def public_files() -> list[Any]:
    """Return the handlers of our own style and scripts, and of BokehJS as it is installed."""
    return [
        (r"/mgg-static/bokeh/([a-z-]+\.min\.js)", PublicFile, {"path": str(_bokeh_folder())}),
        (r"/mgg-static/(.*)", PublicFile, {"path": str(HERE / "static")}),
    ]


def _bokeh_folder() -> Path:
    from bokeh.settings import settings

    return Path(settings.bokehjs_path()) / "js"

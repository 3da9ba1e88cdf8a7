"""Answering for a dashboard: its frame, its errors, and what the template is told."""

import asyncio
import secrets
from asyncio import Future
from typing import Any

import tornado.web
from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import JupyterHandler
from tornado.httputil import url_concat
from tornado.websocket import WebSocketHandler
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from mgg_kernel.web.frame import asset, bokeh_scripts, render
from mgg_kernel.web.pages import Page
from mgg_kernel.web.request import language_of, remember_language, scheme_of, theme_of
from mgg_kernel.web.words import LANGUAGES, words

__all__ = ["EndKernel", "FirstPage", "KernelLine", "NoSuchPage", "PageHandler", "tell_template"]

LANGUAGE_NAMES = {"en": ("en", "English"), "zh": ("zh-CN", "中文")}


class FriendlyErrors(JupyterHandler):
    """Errors as a sentence, in the language of the one who asks."""

    def write_error(self, status_code: int, **arguments: Any) -> None:
        """Answer with an error page."""
        sentence = f"error_{status_code}" if status_code in (403, 404, 503) else "error"
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.finish(render(self, "error.html", sentence=sentence, leave=False))


class NoSuchPage(FriendlyErrors):
    """Any address that there is not."""

    async def prepare(self, **arguments: Any) -> None:
        """Let nobody find out without logging in."""
        await super().prepare(**arguments)
        if not self._finished:
            raise tornado.web.HTTPError(404)


class FirstPage(FriendlyErrors):
    """Leads on to the first dashboard."""

    def initialize(self, url: str) -> None:
        """Take the address to lead to."""
        self.url = url

    @tornado.web.authenticated
    def get(self) -> None:
        """Lead on, keeping the query."""
        self.redirect(self.url + (f"?{self.request.query}" if self.request.query else ""))


class KernelLine(VoilaKernelWebsocketHandler):
    """A page's web socket to its kernel."""

    def write_error(self, status_code: int, **arguments: Any) -> None:
        """Answer with the status alone: only a script sees it."""
        self.finish()

    def write_message(
        self, message: bytes | str | dict[str, Any], binary: bool = False
    ) -> Future[None]:
        """Send a message of the kernel.

        Voilà reads every one in bytes as if it were of the new protocol.  One of the old, which
        any script may ask for, then counts some 10¹⁷ parts and stops the whole server; the
        messages that Voilà looks for are never among those.
        """
        if isinstance(message, bytes) and self.selected_subprotocol is None:
            return WebSocketHandler.write_message(self, message, binary)
        sent: Future[None] = super().write_message(message, binary)
        return sent


class EndKernel(VoilaShutdownKernelHandler):
    """Ends a kernel whose page is being closed; Voilà's own lets anybody end any kernel."""

    auth_resource = "kernels"

    @tornado.web.authenticated
    @authorized
    async def post(self, kernel_id: str) -> None:
        """End the kernel, if it belongs to the one who asks."""
        if kernel_id in self.kernel_manager:
            await ensure_async(self.kernel_manager.shutdown_kernel(kernel_id))
        self.set_status(204)
        self.finish()


class PageHandler(FriendlyErrors, TornadoVoilaHandler):
    """Runs the notebook of a dashboard in a new kernel, and sends its page as it grows."""

    def initialize(self, page: Page, present: list[Page], **arguments: Any) -> None:
        """Take the page to answer with, and all pages for the rail."""
        super().initialize(**arguments)
        self.page = page
        self.present = present
        self.incident = secrets.token_hex(4)

    @tornado.web.authenticated
    async def get(self, path: str | None = None) -> None:
        """Send the page, or first settle the language that the address asks for."""
        if not self.page.is_for(self.current_user.role):
            await self._turn_away()
            return
        if remember_language(self):
            self.redirect(self._address_without_language())
            return
        failed = False
        async for html in self.get_generator(path=None):
            failed = failed or "data-mgg-error" in html
            self.write(html)
            await self.flush()
        if failed:
            self.log.error(
                "Incident %s: the page /%s failed for %s; the error stands above.",
                self.incident,
                self.page.name,
                self.current_user.username,
            )

    async def _turn_away(self) -> None:
        provider: Any = self.identity_provider
        await asyncio.to_thread(
            provider.gate.log_refusal,
            self.current_user.username,
            self.request.remote_ip or "",
            f"dashboards/{self.page.name}",
        )
        raise tornado.web.HTTPError(403)

    def _address_without_language(self) -> str:
        kept = [
            (name, value)
            for name in self.request.query_arguments
            for value in self.get_query_arguments(name)
            if name != "lang"
        ]
        return url_concat(f"/{self.page.name}", kept)


def tell_template(handler: PageHandler, notebook: Any, cwd: str) -> Any:
    """Put what the template shows around the page into the notebook that it is given.

    Args:
        handler: the request.
        notebook: the page's notebook, which Voilà has read for this request alone.
        cwd: not used.
    """
    language = language_of(handler)
    known = words(language)
    viewer = handler.current_user
    limit = handler.settings["mgg_upload_limit_mib"]
    notebook.metadata["mgg"] = {
        "name": handler.page.name,
        "title": handler.page.title(language),
        "language": language,
        "languages": [
            {
                "href": url_concat(handler.request.uri, {"lang": code}),
                "tag": LANGUAGE_NAMES[code][0],
                "label": LANGUAGE_NAMES[code][1],
                "current": code == language,
            }
            for code in LANGUAGES
        ],
        "theme": theme_of(handler),
        "scheme": scheme_of(handler),
        "words": known,
        "page_failed": known["page_failed"].format(incident=handler.incident),
        "too_large": known["too_large"].format(limit=limit),
        "pages": [
            {
                "name": page.name,
                "title": page.title(language),
                "icon": page.icon,
                "current": page is handler.page,
            }
            for page in handler.present
            if page.is_for(viewer.role)
        ],
        "username": viewer.username,
        "display_name": viewer.display_name,
        "role": known[f"role_{viewer.role}"],
        "xsrf": handler.xsrf_token.decode(),
        "facts": {"uploadLimitMib": limit},
        "assets": {
            "icon": asset("icon.svg"),
            "style": asset("mgg.css"),
            "theme": asset("theme.js"),
            "page": asset("page.js"),
            # Pictures need no widgets and no tables of Bokeh, which are heavy to read.
            "bokeh": bokeh_scripts()[:1],
        },
    }
    return notebook

"""Real servers for the tests of the web, started once, and a browser without a screen."""

import asyncio
import http.client
import json
import os
import re
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import nbformat
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from mgg_kernel.hot.database import Caller
from mgg_kernel.settings import Settings
from mgg_kernel.web import ServerProcess
from mgg_kernel.workspace import Foundation, Workspace

PROJECT = Path(__file__).parents[1]
PEOPLE = {"wang": "engineer", "li": "engineer", "boss": "user", "root": "admin"}
PASSWORD = "a long enough password"
KERNEL_ID = re.compile(r'"kernelId": ?"([\w-]+)"')

PAGE = """\
import os, ipywidgets
print("who=" + os.environ["MGG_ACTOR"], "header=" + os.environ["HTTP_X_MGG_USER"],
      "lang=" + os.environ["HTTP_X_MGG_LANG"], "theme=" + os.environ["HTTP_X_MGG_THEME"],
      "from=" + os.environ["HTTP_X_MGG_ADDRESS"], "ask=" + os.environ["QUERY_STRING"])
ipywidgets.Image(value=bytes(range(256)))
"""
BROKEN_PAGE = 'secret_of_the_page = 1\nraise RuntimeError("the reason for the log alone")'


@dataclass
class Answer:
    """What a server said."""

    status: int
    headers: http.client.HTTPMessage
    body: str

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def kernel_id(self) -> str:
        found = KERNEL_ID.search(self.body)
        assert found, self.body[:500]
        return found.group(1)


@dataclass
class Browser:
    """Keeps cookies and follows no redirect, so that a test sees each answer."""

    base: str
    cookies: dict[str, str] = field(default_factory=dict)
    set_cookies: list[str] = field(default_factory=list)

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        form: dict[str, str] | None = None,
        headers: list[tuple[str, str]] | None = None,
    ) -> Answer:
        parts = urlsplit(self.base)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        body = urlencode(form).encode() if form is not None else b""
        connection.putrequest(method, path)
        if self.cookies:
            connection.putheader("Cookie", self.cookie_header)
        if form is not None:
            connection.putheader("Content-Type", "application/x-www-form-urlencoded")
        connection.putheader("Content-Length", str(len(body)))
        # By hand, so that a header can be sent twice.
        for name, value in headers or []:
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read().decode())
        connection.close()
        self.set_cookies = answer.headers.get_all("Set-Cookie") or []
        for line in self.set_cookies:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        return answer

    @property
    def cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def log_in(self, name: str, password: str = PASSWORD, **form: str) -> Answer:
        self.ask("/login")
        fields = {"name": name, "password": password, "_xsrf": self.cookies["_xsrf"], **form}
        return self.ask("/login", method="POST", form=fields)

    def at(self, base: str) -> "Browser":
        """The same browser at another server of this machine; cookies know no ports."""
        return Browser(base, self.cookies)

    def handshake(self, kernel_id: str) -> int:
        """Ask for a web socket to a kernel, and return the status of the answer."""
        wish = [
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("Sec-WebSocket-Version", "13"),
        ]
        return self.ask(f"/api/kernels/{kernel_id}/channels", headers=wish).status

    @asynccontextmanager
    async def line(self, kernel_id: str) -> AsyncIterator[WebSocketClientConnection]:
        """A web socket to a kernel."""
        url = self.base.replace("http", "ws", 1)
        request = HTTPRequest(
            f"{url}/api/kernels/{kernel_id}/channels?session_id=test",
            headers={"Cookie": self.cookie_header},
        )
        line = await websocket_connect(request, max_message_size=2**26)
        try:
            yield line
        finally:
            # After the other side's goodbye nothing more can be read, not even another one.
            said_goodbye = line.close_code is not None
            line.close()
            if not said_goodbye:
                while await asyncio.wait_for(line.read_message(), 20) is not None:
                    pass


@dataclass
class Servers:
    """Both servers over an embedded database."""

    foundation: Foundation
    dashboards: ServerProcess
    lab: ServerProcess
    notebooks: Path

    def browser(self, name: str | None = None, *, lab: bool = False) -> Browser:
        browser = Browser((self.lab if lab else self.dashboards).url)
        if name is not None:
            assert browser.log_in(name).status == 303
        return browser

    def workspace(self, name: str = "root") -> Workspace:
        return Workspace(self.foundation, Caller(name))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def write_notebook(path: Path, source: str) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    notebook.metadata.kernelspec = {"name": "mgg", "display_name": "MGG", "language": "python"}
    nbformat.write(notebook, path)


def jupyter_environment(folder: Path) -> dict[str, str]:
    """A kernelspec of the tests' own, and the project to import from wherever it stands."""
    spec = folder / "jupyter" / "kernels" / "mgg"
    spec.mkdir(parents=True, exist_ok=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    text = json.dumps({"argv": argv, "display_name": "MGG", "language": "python"})
    (spec / "kernel.json").write_text(text)
    return {"JUPYTER_PATH": str(folder / "jupyter"), "PYTHONPATH": str(PROJECT)}


def start_servers(folder: Path) -> Servers:
    pages, notebooks = folder / "pages", folder / "notebooks"
    for made in (pages, notebooks):
        made.mkdir()
    write_notebook(pages / "ingest.ipynb", PAGE)
    write_notebook(pages / "compare.ipynb", BROKEN_PAGE)
    (pages / "picture.png").write_bytes(b"not for everybody")
    # As when an administrator starts the servers with an actor set for the command line.
    settings = Settings(
        data_dir=folder / "data",
        actor="root",
        dashboards_port=free_port(),
        lab_port=free_port(),
    )
    foundation = Foundation(settings, application="tests")
    admin = Workspace(foundation, Caller("admin"))
    for name, role in PEOPLE.items():
        admin.users.add(name, role, password=PASSWORD, display_name=name.title())
    more = jupyter_environment(folder)
    dashboards = ServerProcess("dashboards", settings, folder=pages, environment=more)
    lab = ServerProcess("lab", settings, folder=notebooks, environment=more)
    dashboards.start()
    lab.start()
    dashboards.wait_ready()
    lab.wait_ready()
    return Servers(foundation, dashboards, lab, notebooks)


def process_is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A process that has ended and was not waited for yet still has its number.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"

"""The reverse proxy of docs/deploy with a real nginx: TLS, who asks, and lines to kernels."""

import http.client
import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from pydantic import ValidationError
from web_help import KERNEL_ID, PASSWORD, PROJECT, Servers, free_port, jupyter_environment

from mgg_kernel.settings import Settings
from mgg_kernel.web import ServerProcess

pytest_plugins = ["web_fixtures"]

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")
OPENSSL = shutil.which("openssl")
CLIENT = "127.0.0.77"
CERTIFICATE = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
CERTIFICATE += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]


@dataclass
class Proxied:
    """Dashboards behind nginx."""

    port: int
    context: ssl.SSLContext
    servers: Servers

    def ask(
        self,
        path: str,
        cookies: dict[str, str],
        form: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[http.client.HTTPResponse, str]:
        connection = http.client.HTTPSConnection(
            "localhost", self.port, timeout=60, context=self.context, source_address=(CLIENT, 0)
        )
        sent = {"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items()), **(headers or {})}
        if form is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request("POST" if form else "GET", path, urlencode(form or {}), sent)
        answer = connection.getresponse()
        body = "" if answer.status == 101 else answer.read().decode()
        connection.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            cookies[name] = value.strip('"')
        return answer, body


@pytest.fixture(scope="module")
def proxied(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    """Dashboards of their own behind nginx with the configuration of the docs."""
    if NGINX is None or OPENSSL is None:
        pytest.skip("nginx or openssl is not installed here")
    folder = tmp_path_factory.mktemp("nginx")
    subprocess.run(
        [OPENSSL, *CERTIFICATE, "-keyout", folder / "server.key", "-out", folder / "server.crt"],
        check=True,
        capture_output=True,
    )
    known = servers.dashboards._settings
    settings = known.model_copy(update={"behind_proxy": True, "dashboards_port": free_port()})
    dashboards = ServerProcess(
        "dashboards",
        settings,
        folder=servers.notebooks.parent / "pages",
        environment=jupyter_environment(servers.notebooks.parent),
    )
    ports = {name: free_port() for name in ("80", "443 ssl", "8443 ssl")}
    text = (PROJECT / "docs" / "deploy" / "nginx.conf").read_text()
    for said, port in ports.items():
        own = said.replace(said.split()[0], f"127.0.0.1:{port}", 1)
        assert f"listen {said};" in text
        text = text.replace(f"listen {said};", f"listen {own};")
    text = text.replace("/etc/mgg/tls", str(folder))
    text = text.replace("127.0.0.1:8866", f"127.0.0.1:{settings.dashboards_port}")
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = (
        f"daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}{text}}}\n"
    )
    (folder / "nginx.conf").write_text(whole)
    command = [NGINX, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    dashboards.start()
    process = subprocess.Popen(command)
    try:
        dashboards.wait_ready()
        context = ssl.create_default_context(cafile=str(folder / "server.crt"))
        yield Proxied(ports["443 ssl"], context, servers)
    finally:
        process.terminate()
        process.wait(20)
        dashboards.stop()


def log_in(proxied: Proxied, name: str, password: str = PASSWORD, **headers: str) -> dict[str, str]:
    cookies: dict[str, str] = {}
    for _ in range(100):
        try:
            proxied.ask("/login", cookies)
            break
        except ConnectionRefusedError:
            time.sleep(0.1)
    form = {"name": name, "password": password, "_xsrf": cookies["_xsrf"]}
    answer, _ = proxied.ask("/login", cookies, form, headers)
    cookies["status"] = str(answer.status)
    cookies["set"] = " ".join(answer.headers.get_all("Set-Cookie") or [])
    return cookies


def test_a_login_through_tls_is_of_the_browsers_own_address(proxied: Proxied) -> None:
    cookies = log_in(
        proxied, "wang", **{"X-Real-IP": "6.6.6.6", "X-Forwarded-For": "6.6.6.6, 127.0.0.1"}
    )
    assert cookies.pop("status") == "303"
    # `Secure`, since the browser speaks TLS: the cookie never goes over the wire in the clear.
    assert re.search(r"mgg-session=[^ ]+;.*Secure", cookies.pop("set"))
    latest = proxied.servers.workspace().log.list(log_type="login", actor="wang", limit=1)
    assert [entry.address for entry in latest] == [CLIENT]


def test_a_page_and_its_line_to_the_kernel_come_through(proxied: Proxied) -> None:
    cookies = log_in(proxied, "li")
    answer, body = proxied.ask("/ingest", cookies)
    assert answer.status == 200
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert f"from={CLIENT}" in body
    found = KERNEL_ID.search(body)
    assert found
    wish = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
        "Origin": f"https://localhost:{proxied.port}",
    }
    path = f"/api/kernels/{found.group(1)}/channels"
    assert proxied.ask(path, cookies, headers=wish)[0].status == 101
    stranger = {**wish, "Origin": "https://elsewhere.invalid"}
    assert proxied.ask(path, cookies, headers=stranger)[0].status == 403


def test_headers_are_believed_of_a_neighbour_alone() -> None:
    with pytest.raises(ValidationError, match="MGG_BEHIND_PROXY needs MGG_BIND"):
        Settings(behind_proxy=True, bind="0.0.0.0")
    assert Settings(behind_proxy=True).behind_proxy

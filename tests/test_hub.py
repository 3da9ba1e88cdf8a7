"""JupyterHub: the workspace's accounts at its door, its configuration, servers without secrets."""

import asyncio
import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import PASSWORD, PROJECT

from mgg_kernel.hot.database import Caller
from mgg_kernel.settings import Settings
from mgg_kernel.web.gate import DatabaseGate
from mgg_kernel.workspace import Foundation, Workspace

pytest.importorskip("jupyterhub", reason="JupyterHub is not installed: make environment-dev")
from mgg_kernel.web.hub import WorkspaceAuthenticator, server_environment

CONFIG = PROJECT / "docs" / "deploy" / "jupyterhub_config.py"
PROXY = PROJECT / ".hub-proxy" / "node_modules" / ".bin" / "configurable-http-proxy"
HANDLER = SimpleNamespace(request=SimpleNamespace(remote_ip="192.0.2.7"))


class OfFoundation(DatabaseGate):
    """The accounts of the database that the tests share."""

    def __init__(self, foundation: Foundation) -> None:
        self.session_hours = foundation.settings.session_hours
        self._foundation = foundation
        self._accounts = foundation.accounts


class Person:
    """What the hub knows of somebody, with a server that can be stopped."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.spawners = {"": SimpleNamespace(active=True, pending=None)}
        self.stopped: list[str] = []

    async def stop(self, name: str) -> None:
        self.stopped.append(name)


@pytest.fixture
def door(foundation: Foundation) -> WorkspaceAuthenticator:
    admin = Workspace(foundation, Caller("admin"))
    known = {one.username for one in admin.users.list()}
    for name, role in {"hubert": "engineer", "hubboss": "user", "hubadmin": "admin"}.items():
        if name not in known:
            admin.users.add(name, role, password=PASSWORD)
    return WorkspaceAuthenticator(open_gate=lambda: OfFoundation(foundation))


def enter(door: WorkspaceAuthenticator, name: str, password: str = PASSWORD) -> Any:
    data = {"username": name, "password": password}
    return asyncio.run(door.get_authenticated_user(HANDLER, data))


def entries(foundation: Foundation, name: str) -> list[tuple[str, str, str]]:
    found = Workspace(foundation, Caller("admin")).log.list(actor=name, limit=20)
    return [(one.action, one.outcome, str(one.details.get("through", ""))) for one in found]


def test_those_who_may_use_jupyterlab_come_in(
    door: WorkspaceAuthenticator, foundation: Foundation
) -> None:
    for name in ("hubert", "hubadmin"):
        told = enter(door, name)
        assert told["name"] == name
        # Not even an administrator of the workspace may open other people's notebooks.
        assert told["admin"] is False
        assert not told.get("auth_state")
        assert ("log in", "done", "JupyterHub") in entries(foundation, name)
    assert enter(door, " Hubert ")["name"] == "hubert"


def test_others_stay_outside_and_the_log_says_why(
    door: WorkspaceAuthenticator, foundation: Foundation
) -> None:
    assert enter(door, "hubert", "not the password") is None
    assert ("log in", "refused", "JupyterHub") in entries(foundation, "hubert")
    assert enter(door, "hubboss") is None
    assert ("open a page", "refused", "") in entries(foundation, "hubboss")
    for name in ("", "nobody-here", "system", "x" * 500, "a\x00b", "hubert\n"):
        told = enter(door, name)
        assert told is None or told["name"] == "hubert"
    admin = Workspace(foundation, Caller("admin"))
    admin.users.deactivate("hubert")
    try:
        assert enter(door, "hubert") is None
    finally:
        admin.users.activate("hubert")


def test_it_ends_with_the_session_the_account_and_the_right(
    door: WorkspaceAuthenticator, foundation: Foundation
) -> None:
    admin, person = Workspace(foundation, Caller("admin")), Person("hubert")

    def stays() -> bool:
        async def ask() -> bool:
            may = await door.refresh_user(person, HANDLER)
            await asyncio.sleep(0)
            return may

        return asyncio.run(ask())

    assert enter(door, "hubert") is not None
    assert stays()
    # A session that ended asks for the password again, and leaves the work alone.
    admin.users.end_sessions("hubert")
    assert not stays()
    assert person.stopped == []
    assert enter(door, "hubert") is not None
    asyncio.run(door.end_session("hubert", "192.0.2.7"))
    assert not stays()
    assert ("log out", "done", "") in [(a, o, "") for a, o, _ in entries(foundation, "hubert")]
    # A hub that was started anew knows no session.
    assert enter(door, "hubert") is not None
    door._tokens.clear()
    assert not stays()
    # Without the right, or the account, the servers stop as well.
    assert enter(door, "hubert") is not None
    admin.users.set_role("hubert", "user")
    assert not stays()
    assert person.stopped == [""]
    admin.users.set_role("hubert", "engineer")
    admin.users.deactivate("hubert")
    assert not stays()
    assert person.stopped == ["", ""]
    admin.users.activate("hubert")


def test_a_server_is_told_where_and_no_secret(tmp_path: Path) -> None:
    url = "postgresql://mgg_app:pass%20word@db:5433/lab?sslmode=verify-full&password=other"
    told = server_environment(
        Settings(data_dir=tmp_path, database_url=url, archive_url="s3://cold/mgg")  # type: ignore[arg-type]
    )
    actor = told.pop("MGG_ACTOR")
    assert callable(actor)
    assert actor(SimpleNamespace(user=SimpleNamespace(name="hubert"))) == "hubert"
    assert told == {
        "MGG_TIMEZONE": "UTC",
        "MGG_DATABASE_URL": "postgresql://db:5433/lab?sslmode=verify-full",
        "MGG_ARCHIVE_URL": "s3://cold/mgg",
    }
    assert "MGG_DATABASE_URL" not in server_environment(Settings(data_dir=tmp_path))


def free_ports(number: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    try:
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


def hub_environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "MGG_DATA_DIR": str(folder / "hub"), **more}


def show_config(environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jupyterhub", "--config", str(CONFIG), "--show-config"]
    return subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=120
    )


def test_real_jupyterhub_reads_the_configuration(tmp_path: Path) -> None:
    url = "postgresql://mgg_app:very%20secret@127.0.0.1:1/lab"
    trial = hub_environment(tmp_path, MGG_HUB_TRIAL="true", MGG_DATABASE_URL=url)
    shown = show_config({**trial, "MGG_HUB_PORT": "8123"}, tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "http://127.0.0.1:8123" in shown.stdout
    assert "WorkspaceAuthenticator" in shown.stdout
    assert "very secret" not in shown.stdout
    assert "very%20secret" not in shown.stdout
    assert (tmp_path / "hub" / "hub").stat().st_mode & 0o777 == 0o700
    # Without the word that it is a trial each server gets an account of the machine.
    real = show_config(hub_environment(tmp_path, MGG_DATABASE_URL=url), tmp_path)
    if os.geteuid() == 0:
        assert "jupyterhub.spawner.LocalProcessSpawner" in real.stdout
        assert "--allow-root" not in real.stdout
    else:
        assert "must run as root" in real.stderr


@pytest.fixture
def hub(foundation: Foundation, door: object, tmp_path: Path) -> Iterator[tuple[str, int]]:
    """A hub that runs, with its address and the id of its process."""
    if not PROXY.is_file():
        pytest.skip("JupyterHub's proxy is not here: 'make hub' installs it")
    public, inner, api = free_ports(3)
    environment = hub_environment(
        tmp_path,
        MGG_HUB_TRIAL="true",
        MGG_HUB_PORT=str(public),
        MGG_DATABASE_URL=foundation._app_url() or _url_of(foundation),
        MGG_METRICS_TOKEN="a token of the workspace",
    )
    command = [sys.executable, "-m", "jupyterhub", "--config", str(CONFIG)]
    command += [
        f"--JupyterHub.hub_port={inner}",
        f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{api}",
    ]
    with (tmp_path / "hub.log").open("w") as log:
        process = subprocess.Popen(
            command, env=environment, cwd=tmp_path, stdout=log, stderr=log, start_new_session=True
        )
    url = f"http://127.0.0.1:{public}"
    try:
        _wait(lambda: _status(f"{url}/hub/health") == 200, tmp_path / "hub.log")
        yield url, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _url_of(foundation: Foundation) -> str:
    assert foundation.settings.database_url is not None
    return foundation.settings.database_url.get_secret_value()


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def _wait(done: Any, log: Path) -> None:
    end = time.monotonic() + 60
    while not done():
        assert time.monotonic() < end, log.read_text()[-3000:]
        time.sleep(0.2)


class Browser:
    """As much of a browser as a hub needs."""

    def __init__(self, url: str) -> None:
        self.url, self.jar = url, http.cookiejar.CookieJar()
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar)).open

    def get(self, path: str) -> tuple[int, str, str]:
        try:
            with self._open(self.url + path, timeout=30) as answer:
                return answer.status, answer.geturl(), answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.geturl(), error.read().decode()

    def post(self, path: str, **fields: str) -> tuple[int, str, str]:
        _, _, page = self.get(path)
        found = re.search(r'name="_xsrf" value="([^"]*)"', page)
        body = urllib.parse.urlencode({**fields, "_xsrf": found[1] if found else ""}).encode()
        try:
            with self._open(self.url + path, body, timeout=60) as answer:
                return answer.status, answer.geturl(), answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.geturl(), error.read().decode()


def _children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == pid:
                found += [int(entry.name), *_children(int(entry.name))]
    return found


def test_a_hub_that_runs(hub: tuple[str, int], foundation: Foundation, tmp_path: Path) -> None:
    # The whole way: refused, let in, a server that answers and knows no secret, and the end of it.
    url, pid = hub
    browser = Browser(url)
    assert browser.post("/hub/login", username="hubboss", password=PASSWORD)[0] == 403
    assert browser.post("/hub/login", username="hubert", password="wrong")[0] == 403
    status, _, _ = browser.post("/hub/login", username="hubert", password=PASSWORD)
    assert status == 200
    _wait(
        lambda: (
            "/user/hubert/lab" in browser.get("/user/hubert/lab")[1]
            and "jupyter-config-data" in browser.get("/user/hubert/lab")[2]
        ),
        tmp_path / "hub.log",
    )
    told = {
        pid: Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
        for pid in _children(pid)
        if b"singleuser" in Path(f"/proc/{pid}/cmdline").read_bytes()
    }
    assert told
    for lines in told.values():
        text = "\n".join(lines)
        assert "MGG_ACTOR=hubert" in lines
        assert "MGG_METRICS_TOKEN" not in text
        assert "MGG_DATA_DIR" not in text
        assert urllib.parse.quote(PASSWORD) not in text
        assert "mgg_app" not in text
        assert "CONFIGPROXY_AUTH_TOKEN" not in text
    # Another browser, without that login, is sent to the form.
    assert "/hub/login" in Browser(url).get("/user/hubert/lab")[1]

    # Logging out ends the workspace's session as well.
    before = Workspace(foundation, Caller("admin")).log.list(actor="hubert", limit=5)
    assert "log out" not in {one.action for one in before[:1]}
    browser.get("/hub/logout")
    after = Workspace(foundation, Caller("admin")).log.list(actor="hubert", limit=5)
    assert "log out" in {one.action for one in after[:1]}
    assert "/hub/login" in browser.get("/hub/home")[1]

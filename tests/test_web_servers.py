"""The servers as processes: starting, ending, and the check of every page."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from jupyter_server.base.websocket import WS_PING_INTERVAL
from web_help import (
    PROJECT,
    Browser,
    free_port,
    jupyter_environment,
    process_is_there,
    write_notebook,
)

from mgg_kernel.errors import StoreError
from mgg_kernel.settings import Settings
from mgg_kernel.web import ServerProcess, check_pages
from mgg_kernel.web.dashboards import dashboards_config
from mgg_kernel.web.lab import lab_config
from mgg_kernel.web.words import WORDS

pytest_plugins = ["web_fixtures"]

SUPERVISOR = """
import sys, time
from pathlib import Path
from mgg_kernel.settings import Settings
from mgg_kernel.web import ServerProcess

settings = Settings(data_dir=sys.argv[1], dashboards_port=int(sys.argv[2]))
server = ServerProcess("dashboards", settings, folder=Path(sys.argv[3]))
server.start()
server.wait_ready()
print(server.pid, flush=True)
time.sleep(600)
"""


def wait_until(condition, seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def test_every_page_is_asked_with_and_without_a_login(servers):
    token = servers.browser("wang").cookies["mgg-session"]
    checks = check_pages(
        servers.dashboards.url, servers.lab.url, token, pages=servers.notebooks.parent / "pages"
    )
    problems = {(check.url, check.who): check.problem for check in checks if not check.passed}
    broken = (f"{servers.dashboards.url}/compare", "logged in")
    assert problems == {broken: "Its notebook failed; the dashboards' log has the error."}
    assert {check.who for check in checks} == {"anonymous", "logged in"}
    assert len(checks) == 9


def test_the_check_sees_a_session_that_is_none_and_a_server_that_is_none(servers):
    checks = check_pages(servers.dashboards.url, servers.lab.url, "no session")
    refused = [check for check in checks if check.who == "logged in"]
    assert refused
    assert not any(check.passed for check in refused)
    nowhere = check_pages(f"http://127.0.0.1:{free_port()}", None, "no session")
    assert nowhere
    assert not any(check.passed for check in nowhere)
    assert all(check.problem.startswith("It did not answer") for check in nowhere)


def test_the_check_sees_a_page_that_shows_an_error_instead_of_its_content(servers):
    """A dashboard catches its errors, so that its notebook runs to its end all the same."""
    folder = servers.notebooks.parent / "pages"
    kept = (folder / "compare.ipynb").read_text()
    source = """import ipywidgets\nipywidgets.HTML('<div class="mgg-ui-trouble">No.</div>')"""
    write_notebook(folder / "compare.ipynb", source)
    try:
        token = servers.browser("wang").cookies["mgg-session"]
        checks = check_pages(servers.dashboards.url, None, token, pages=folder)
    finally:
        (folder / "compare.ipynb").write_text(kept)
    (failed,) = [check for check in checks if not check.passed]
    assert failed.url.endswith("/compare")
    assert failed.problem.startswith("It shows an error")


def test_the_check_sees_a_page_that_is_open_to_everybody(servers):
    """A server without a login must not pass: here one that serves a folder."""
    port = free_port()
    folder = servers.notebooks
    for name in ("login", "ingest", "compare"):
        (folder / name).write_text("<main data-mgg-page='x'>")
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    process = subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL)
    try:
        assert wait_until(lambda: _listens(port))
        checks = check_pages(f"http://127.0.0.1:{port}", None, "x")
        assert not any(check.passed for check in checks if check.who == "anonymous")
    finally:
        process.terminate()
        process.wait()


def test_a_port_that_is_taken_is_told_in_one_sentence(servers):
    again = ServerProcess("dashboards", servers.foundation.settings)
    with pytest.raises(StoreError, match=r"port \d+ of 127\.0\.0\.1 .*MGG_DASHBOARDS_PORT\.$"):
        again.start()
    assert not again.is_running
    again.stop()


def test_a_server_that_cannot_start_is_told_with_its_log(tmp_path):
    settings = _settings(tmp_path, database_url="postgresql://nobody@127.0.0.1:1/none")
    server = ServerProcess("lab", settings, environment={"PYTHONPATH": str(PROJECT)})
    server.start()
    with pytest.raises(StoreError, match=r"ended at once; see .*lab\.log"):
        server.wait_ready()
    log = server.log_file.read_text()
    assert "does not answer" in log
    assert "Traceback" not in log


@pytest.mark.crash
def test_while_the_database_is_down_nobody_comes_in_and_everybody_is_told(servers):
    inside, outside = servers.browser("wang"), servers.browser()
    database = servers.foundation.server
    assert database is not None
    database.stop(even_if_in_use=True)
    try:
        page = inside.ask("/ingest")
        assert page.status == 503
        assert WORDS["error_503"][0] in page.body
        assert inside.at(servers.lab.url).ask("/api/contents").status == 503
        form = outside.log_in("wang")
        assert form.status == 503
        assert WORDS["no_store"][0] in form.body
        assert 'value="wang"' in form.body
    finally:
        database.start()
    assert inside.ask("/ingest").status == 200, "the session is still good"


def test_servers_run_in_sessions_of_their_own(servers):
    """Ctrl-C in a terminal reaches its foreground process group, and these are not in it."""
    for server in (servers.dashboards, servers.lab):
        assert server.pid is not None
        assert os.getsid(server.pid) == server.pid != os.getsid(0)


def test_no_password_is_on_a_command_line(servers):
    for server in (servers.dashboards, servers.lab):
        line = Path(f"/proc/{server.pid}/cmdline").read_bytes().decode()
        assert "postgresql" not in line
        assert line.split("\0")[1:4] == ["-P", "-m", f"mgg_kernel.web.{server.name}"]


def test_a_foreign_voila_in_the_folder_is_not_run(servers, tmp_path):
    """Python looks in the folder that it starts in first, and Voilà for its configuration."""
    trap = "import pathlib; pathlib.Path(__file__).with_name('sprung').touch()\n"
    data_dir = servers.foundation.settings.data_dir
    assert Path(f"/proc/{servers.dashboards.pid}/cwd").resolve() == data_dir.resolve()
    settings = servers.foundation.settings.model_copy(update={"dashboards_port": free_port()})
    files = [data_dir / name for name in ("voila.py", "voila_config.py", "mgg_kernel.py")]
    for file in files:
        file.write_text(trap)
    more = jupyter_environment(data_dir.parent)
    server = ServerProcess("dashboards", settings, folder=servers.notebooks, environment=more)
    try:
        server.start()
        server.wait_ready()
        assert not (data_dir / "sprung").exists()
    finally:
        server.stop()
        for file in files:
            file.unlink()
    assert not server.is_running
    assert not _listens(settings.dashboards_port)


@pytest.mark.crash
def test_servers_end_when_their_supervisor_was_killed(servers, tmp_path):
    settings = servers.foundation.settings
    port = free_port()
    command = [sys.executable, "-c", SUPERVISOR, str(settings.data_dir), str(port), str(tmp_path)]
    environment = {**os.environ, **jupyter_environment(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as supervisor:
        assert supervisor.stdout is not None
        pid = int(supervisor.stdout.readline())
        assert process_is_there(pid)
        supervisor.send_signal(signal.SIGKILL)
    assert wait_until(lambda: not process_is_there(pid))
    assert not _listens(port)


def test_stopping_ends_the_kernels_too(servers, tmp_path):
    settings = servers.foundation.settings.model_copy(update={"lab_port": free_port()})
    more = jupyter_environment(tmp_path)
    server = ServerProcess("lab", settings, folder=tmp_path, environment=more)
    server.start()
    server.wait_ready()
    browser = Browser(server.url)
    assert browser.log_in("wang").status == 303
    token = [("X-XSRFToken", browser.cookies["_xsrf"])]
    assert browser.ask("/api/kernels", method="POST", headers=token).status == 201
    children = _children(server.pid)
    assert children
    server.stop()
    assert wait_until(lambda: not any(map(process_is_there, children)))
    server.stop()


def _settings(data_dir: Path, **more: object):
    from mgg_kernel.settings import Settings

    return Settings(data_dir=data_dir, lab_port=free_port(), **more)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _children(pid: int | None) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(word) for file in tasks for word in file.read_text().split()]


@pytest.mark.parametrize("make", [dashboards_config, lab_config])
def test_a_web_socket_that_answers_each_ping_is_never_cut(make, tmp_path):
    # The server asks every 30 s and counts from the last answer: with a limit of 30 s it cut all.
    config = make(Settings(data_dir=tmp_path), tmp_path, lambda: None)
    (told,) = [part["tornado_settings"] for part in config.values() if "tornado_settings" in part]
    assert told.get("ws_ping_interval", WS_PING_INTERVAL) * 2 < told["ws_ping_timeout"]

"""``mgg up``: everything starts, every page is asked, everything stops."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from web_help import free_port

from mgg_kernel.hot.embedded import EmbeddedServer

PAGES = (
    "home",
    "ingest",
    "simulate",
    "reverse",
    "compare",
    "orders",
    "archive",
    "reports",
    "log",
    "users",
)
CHECKED = {
    ("anonymous", "/login"),
    *(("anonymous", f"/{page}") for page in PAGES),
    *(("logged in", f"/{page}") for page in PAGES),
    ("anonymous", "/lab"),
    ("anonymous", "/api/contents"),
    ("logged in", "/lab"),
}


def start(data_dir: Path, *words: str, **ports: int) -> "subprocess.Popen[str]":
    environment = {**os.environ, "MGG_DATA_DIR": str(data_dir)}
    for name, port in ports.items():
        environment[f"MGG_{name.upper()}_PORT"] = str(port)
    return subprocess.Popen(
        [sys.executable, "-m", "mgg_kernel.cli", "up", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def read_until(process: "subprocess.Popen[str]", text: str) -> str:
    assert process.stderr is not None
    said = ""
    while text not in said:
        line = process.stderr.readline()
        assert line, f"mgg up ended: {said}"
        said += line
    return said


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_check_of_a_new_workspace(open_folder: Path) -> None:
    data_dir = open_folder / "up-check"
    # A taken port is what a workspace that runs already looks like; the check uses another.
    with socket.create_server(("127.0.0.1", 0)) as taken:
        checking = start(
            data_dir, "--check", "--json", dashboards=taken.getsockname()[1], lab=free_port()
        )
        out, said = checking.communicate(timeout=120)
    assert checking.returncode == 0, said + out
    answer = json.loads(out)
    assert answer["passed"] is True
    assert {(check["who"], urlsplit(check["url"]).path) for check in answer["checks"]} == CHECKED
    assert said.count("The account 'admin' was made, with the password ") == 1
    assert not EmbeddedServer(data_dir).status().running, "everything was stopped"

    again = start(data_dir, "--check", dashboards=free_port(), lab=free_port())
    out, said = again.communicate(timeout=120)
    assert again.returncode == 0, said + out
    assert "password" not in said, "the first password is told once"


def test_a_taken_port_is_one_sentence_and_stops_what_was_started(open_folder: Path) -> None:
    data_dir = open_folder / "up-taken"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        failed = start(data_dir, dashboards=port, lab=free_port())
        _, said = failed.communicate(timeout=60)
    assert failed.returncode == 1
    last = said.splitlines()[-1]
    assert last.startswith(f"mgg up: The dashboards server cannot listen on port {port}")
    assert "MGG_DASHBOARDS_PORT" in last
    assert "The account 'admin' was made, with the password " in said, "told whatever fails later"
    assert not EmbeddedServer(data_dir).status().running


@pytest.mark.crash
def test_a_database_that_dies_is_started_again(open_folder: Path) -> None:
    data_dir = open_folder / "up-database"
    up = start(data_dir, dashboards=free_port(), lab=free_port())
    read_until(up, "Ctrl-C stops everything")
    pid = EmbeddedServer(data_dir).status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    read_until(up, "The database has ended by itself; starting it again")
    deadline = time.monotonic() + 30
    while EmbeddedServer(data_dir).status().pid in (None, pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert EmbeddedServer(data_dir).status().pid not in (None, pid)
    up.send_signal(signal.SIGINT)
    up.communicate(timeout=60)
    assert up.returncode == 0
    assert not EmbeddedServer(data_dir).status().running


@pytest.mark.crash
def test_killed_it_leaves_no_server_that_listens_and_starts_again(open_folder: Path) -> None:
    data_dir, dashboards, lab = open_folder / "up-killed", free_port(), free_port()
    up = start(data_dir, dashboards=dashboards, lab=lab)
    read_until(up, "Ctrl-C stops everything")
    assert listens(dashboards)
    assert listens(lab)
    up.kill()
    up.wait()
    deadline = time.monotonic() + 20
    while (listens(dashboards) or listens(lab)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not listens(dashboards)
    assert not listens(lab)
    again = start(data_dir, dashboards=dashboards, lab=lab)
    read_until(again, "Ctrl-C stops everything")
    again.send_signal(signal.SIGTERM)
    assert again.wait(60) == 0
    assert not EmbeddedServer(data_dir).status().running
    for process in (up, again):
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()


def test_a_server_that_dies_is_told(open_folder: Path) -> None:
    data_dir, lab = open_folder / "up-dies", free_port()
    up = start(data_dir, dashboards=free_port(), lab=lab)
    read_until(up, "Ctrl-C stops everything")
    found = subprocess.run(
        ["pgrep", "-P", str(up.pid), "-f", "mgg_kernel.web.lab"],
        capture_output=True,
        text=True,
        check=True,
    )
    os.kill(int(found.stdout), signal.SIGKILL)
    _, said = up.communicate(timeout=60)
    assert up.returncode == 1
    assert "mgg up: The lab server ended by itself; see " in said
    assert not EmbeddedServer(data_dir).status().running

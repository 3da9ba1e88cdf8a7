"""The monitoring: states by thresholds, probes without a login, and alerts that are sent once."""

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from pydantic import SecretStr

from mgg_kernel.errors import AccessError, StoreError
from mgg_kernel.settings import Settings
from mgg_kernel.web.health import exposition
from mgg_kernel.workspace import Workspace
from mgg_kernel.workspace.alerts import send_alerts
from mgg_kernel.workspace.monitor import Check, MonitorReport, MonitorTable, _connections

posted: list[dict[str, object]] = []


class Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(500 if self.path == "/broken" else 204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


class Mailbox(socketserver.StreamRequestHandler):
    mails: list[str] = []  # noqa: RUF012

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            if line.upper().startswith(b"DATA"):
                self.wfile.write(b"354 go\r\n")
                text = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    text += part
                self.mails.append(text.decode())
            self.wfile.write(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 ok\r\n")


@pytest.fixture
def ports() -> Iterator[tuple[int, int]]:
    posted.clear()
    Mailbox.mails.clear()
    with (
        HTTPServer(("127.0.0.1", 0), Hook) as web,
        socketserver.TCPServer(("127.0.0.1", 0), Mailbox) as mail,
    ):
        threads = [threading.Thread(target=one.serve_forever, args=(0.05,)) for one in (web, mail)]
        for one in threads:
            one.start()
        yield web.server_address[1], mail.server_address[1]
        for server in (web, mail):
            server.shutdown()
        for one in threads:
            one.join()


def report(state: str) -> MonitorReport:
    check = Check("disk", state, f"It is {state}.", 1.5, "bytes")  # type: ignore[arg-type]
    return MonitorReport(datetime.now(UTC), [check, Check("cache", "ok", "Fine.")], {})


def test_an_alert_is_sent_once_when_a_state_changes(tmp_path: Path, ports: tuple[int, int]) -> None:
    web, mail = ports
    settings = Settings(
        data_dir=tmp_path,
        alert_webhook=SecretStr(f"http://127.0.0.1:{web}/"),
        alert_smtp=SecretStr(f"smtp://127.0.0.1:{mail}"),
        alert_to="lab@example.org",
    )
    assert send_alerts(settings, report("ok")) == []
    assert [one.name for one in send_alerts(settings, report("bad"))] == ["disk"]
    assert send_alerts(settings, report("bad")) == []
    assert [one.state for one in send_alerts(settings, report("ok"))] == ["ok"]
    assert [one["text"] for one in posted] == [
        "MGG: disk bad\nBAD disk: It is bad.",
        "MGG: disk ok\nOK disk: It is ok.",
    ]
    assert len(Mailbox.mails) == 2
    assert "Subject: MGG: disk bad" in Mailbox.mails[0]
    assert "To: lab@example.org" in Mailbox.mails[0]


def test_what_was_not_taken_is_sent_again_and_off_is_off(
    tmp_path: Path, ports: tuple[int, int]
) -> None:
    broken = Settings(
        data_dir=tmp_path, alert_webhook=SecretStr(f"http://127.0.0.1:{ports[0]}/broken")
    )
    for _ in range(2):
        with pytest.raises(StoreError, match="MGG_ALERT_WEBHOOK"):
            send_alerts(broken, report("bad"))
    assert len(posted) == 2
    posted.clear()
    assert send_alerts(Settings(data_dir=tmp_path), report("bad")) == []
    assert posted == []


def test_the_report_of_a_lab(open_as: Callable[[str], Workspace]) -> None:
    found = open_as("admin").monitor.report()
    states = {one.name: one for one in found.checks}
    assert states["backup"].state == "bad"
    assert found.state == "bad"
    assert states["partitions"].state == "ok"
    assert states["connections"].state == "ok"
    assert found.tables["archive_lag"].problem == ""
    assert {one["table_name"] for one in found.tables["archive_lag"].records()} >= {
        "test_time_series"
    }
    for who in ("wang", "boss"):
        with pytest.raises(AccessError):
            open_as(who).monitor.report()


@pytest.mark.parametrize(("used", "state"), [(70, "ok"), (71, "warn"), (90, "warn"), (91, "bad")])
def test_thresholds(used: int, state: str) -> None:
    table = MonitorTable("connections", ["connections", "connections_allowed"], [(used, 100)])
    assert [one.state for one in _connections(table)] == [state]


def test_the_text_that_prometheus_reads() -> None:
    from prometheus_client.parser import text_string_to_metric_families

    families = list(text_string_to_metric_families(exposition(report("warn"))))
    samples = {
        (s.name, s.labels["check"]): s.value
        for one in families
        for s in one.samples
        if "kernels" not in s.name
    }
    assert samples == {
        ("mgg_check_state", "disk"): 1,
        ("mgg_check_state", "cache"): 0,
        ("mgg_check_value", "disk"): 1.5,
    }

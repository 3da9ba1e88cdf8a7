"""What an attacker with a browser tries: messages by hand, guesses, false addresses."""

import asyncio
import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import PROJECT
from sqlalchemy import text
from test_web_dashboards import message
from tornado.websocket import WebSocketClientConnection
from web_help import PASSWORD, Browser, Servers, free_port, jupyter_environment

from mgg_kernel.errors import LoginError
from mgg_kernel.hot.database import owner_engine
from mgg_kernel.ingest import example_curve, write_lab_workbook
from mgg_kernel.web import ServerProcess

pytest_plugins = ["web_fixtures"]

WAIT_S = 40
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def pages(servers: Servers) -> Iterator[ServerProcess]:
    """The dashboards as they are, over the database of the tests' servers."""
    settings = servers.foundation.settings.model_copy(update={"dashboards_port": free_port()})
    folder = PROJECT / "dashboards"
    environment = jupyter_environment(settings.data_dir.parent)
    process = ServerProcess("dashboards", settings, folder=folder, environment=environment)
    process.start()
    process.wait_ready()
    yield process
    process.stop()


class Line:
    """A web socket to a page's kernel, spoken to by hand."""

    def __init__(self, socket: WebSocketClientConnection) -> None:
        self._socket = socket

    async def states(self) -> dict[str, Any]:
        """Ask for all widgets, as the page itself does: those that are hidden are among them."""
        comm = uuid.uuid4().hex
        target = {"comm_id": comm, "target_name": "jupyter.widget.control", "data": {}}
        await self.say("comm_open", target, metadata={"version": "1.0.0"})
        await self.say("comm_msg", {"comm_id": comm, "data": {"method": "request_states"}})
        while True:
            heard = await self.hear()
            data = heard["content"].get("data", {})
            if isinstance(data, dict) and data.get("method") == "update_states":
                states: dict[str, Any] = data["states"]
                return states

    async def click(self, model_id: str) -> None:
        data = {"method": "custom", "content": {"event": "click"}}
        await self.say("comm_msg", {"comm_id": model_id, "data": data})

    async def set(self, model_id: str, key: str, value: object) -> None:
        data = {"method": "update", "state": {key: value}, "buffer_paths": []}
        await self.say("comm_msg", {"comm_id": model_id, "data": data})

    async def upload(self, model_id: str, name: str, content: bytes) -> None:
        file = {"name": name, "type": XLSX, "size": len(content), "last_modified": 0}
        data = {
            "method": "update",
            "state": {"value": [file]},
            "buffer_paths": [["value", 0, "content"]],
        }
        await self.say("comm_msg", {"comm_id": model_id, "data": data}, buffers=(content,))

    async def say(
        self,
        kind: str,
        content: dict[str, Any],
        buffers: tuple[bytes, ...] = (),
        metadata: dict[str, str] | None = None,
    ) -> None:
        made = message(kind, content, buffers)
        if metadata is not None:
            # Widgets of another version are not answered.
            made = _with_metadata(kind, content, metadata)
        await self._socket.write_message(made, binary=True)

    async def hear(self) -> dict[str, Any]:
        heard = await asyncio.wait_for(self._socket.read_message(), WAIT_S)
        assert heard is not None, f"the line was cut ({self._socket.close_code})"
        if isinstance(heard, bytes):
            # The form with buffers: their places first, then the message itself.
            count = int.from_bytes(heard[:4], "big")
            places = [int.from_bytes(heard[4 * n : 4 * n + 4], "big") for n in range(1, count + 1)]
            heard = heard[places[0] : places[1] if count > 1 else len(heard)].decode()
        found: dict[str, Any] = json.loads(heard)
        return found


def _with_metadata(kind: str, content: dict[str, Any], metadata: dict[str, str]) -> bytes:
    made = message(kind, content)
    offset = int.from_bytes(made[4:8], "big")
    head = json.loads(made[offset:])
    head["metadata"] = metadata
    body = json.dumps(head).encode()
    return (1).to_bytes(4, "big") + (8).to_bytes(4, "big") + body


def widget(states: dict[str, Any], kind: str, **wanted: object) -> str:
    """Return the id of the one widget of a kind that has these properties."""
    found = [
        key
        for key, one in states.items()
        if one["model_name"] == kind
        and all(one["state"].get(name) == value for name, value in wanted.items())
    ]
    assert len(found) == 1, found
    return found[0]


def wait_for(look: Callable[[], Any]) -> Any:
    """Ask again until there is something, at most for a while."""
    end = time.monotonic() + WAIT_S
    while not (found := look()) and time.monotonic() < end:
        time.sleep(0.1)
    return found


def at_page(pages: ServerProcess, name: str, path: str) -> tuple[Browser, str]:
    browser = Browser(pages.url)
    assert browser.log_in(name).status == 303
    return browser, browser.ask(path).kernel_id


def press(pages: ServerProcess, name: str, title: str) -> None:
    """Press the button that opens a work order, wherever it is shown."""
    browser, kernel_id = at_page(pages, name, "/orders")

    async def by_hand() -> None:
        async with browser.line(kernel_id) as socket:
            line = Line(socket)
            states = await line.states()
            boxes = [key for key, one in states.items() if one["model_name"] == "TextModel"]
            for box in boxes:
                await line.set(box, "value", title)
            await line.click(widget(states, "ButtonModel", description="Open an order"))
            await line.states()  # answered after the click was

    asyncio.run(by_hand())


def test_a_hidden_button_that_is_pressed_by_hand_is_refused_and_logged(
    servers: Servers, pages: ServerProcess
) -> None:
    press(pages, "boss", "pressed by a viewer")
    root = servers.workspace()
    refused = wait_for(
        lambda: root.log.list(actor="boss", action="open a work order", outcome="refused")
    )
    assert "has the role 'user'" in refused[0].details["reason"]
    assert refused[0].address == "127.0.0.1"
    press(pages, "wang", "pressed by an engineer")
    titles = wait_for(lambda: {one.title for one in root.work_orders.list()})
    assert "pressed by an engineer" in titles, "the same message from an engineer is obeyed"
    assert "pressed by a viewer" not in titles


def upload(pages: ServerProcess, name: str, file_name: str, seed: int) -> None:
    """Send a file to the Ingest page and press Store, wherever these are shown."""
    browser, kernel_id = at_page(pages, name, "/ingest")
    content = write_lab_workbook(example_curve(seed=seed), file_name)

    async def by_hand() -> None:
        async with browser.line(kernel_id) as socket:
            line = Line(socket)
            states = await line.states()
            button = widget(states, "ButtonModel", description="Store")
            await line.upload(widget(states, "FileUploadModel"), f"{file_name}.xlsx", content)
            while (await line.states())[button]["state"]["disabled"]:
                await asyncio.sleep(0.2)
            await line.click(button)
            await line.states()
            if name == "boss":
                return
            while (await line.states())[button]["state"]["disabled"] is False:
                await asyncio.sleep(0.2)

    asyncio.run(by_hand())


def test_a_file_that_a_viewer_sends_by_hand_is_not_stored(
    servers: Servers, pages: ServerProcess
) -> None:
    root = servers.workspace()
    upload(pages, "wang", "sent by an engineer", 7001)
    assert wait_for(lambda: root.tests.list("sent by an engineer"))
    upload(pages, "boss", "sent by a viewer", 7002)
    assert wait_for(lambda: root.log.list(actor="boss", log_type="ingest", outcome="refused"))
    assert root.tests.list("sent by a viewer") == []


def test_a_session_whose_hour_has_come_is_cut_off_within_seconds(
    servers: Servers, pages: ServerProcess
) -> None:
    servers.workspace().users.add("late", "user", password=PASSWORD)
    assert cut_after(servers, pages, "late", expire) < 10


def test_a_forced_log_out_cuts_open_pages_off_within_seconds(
    servers: Servers, pages: ServerProcess
) -> None:
    servers.workspace().users.add("thrown-out", "user", password=PASSWORD)
    ended = cut_after(
        servers, pages, "thrown-out", lambda _, name: servers.workspace().users.end_sessions(name)
    )
    assert ended < 10


def expire(servers: Servers, name: str) -> None:
    server = servers.foundation.server
    assert server is not None
    engine = owner_engine(server.owner_url("mgg_simulation"))
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE user_sessions SET created_at = now() - interval '2 hours',"
                " expires_at = now() - interval '1 second'"
                " WHERE user_id = (SELECT id FROM users WHERE username = :name)"
            ),
            {"name": name},
        )
    engine.dispose()


def cut_after(
    servers: Servers, pages: ServerProcess, name: str, end: Callable[[Servers, str], object]
) -> float:
    """End somebody's session under an open page; return after how many seconds it is cut."""
    browser, kernel_id = at_page(pages, name, "/orders")

    async def wait_for_the_cut() -> float:
        async with browser.line(kernel_id) as socket:
            await Line(socket).states()
            await asyncio.to_thread(end, servers, name)
            began = time.monotonic()
            while await asyncio.wait_for(socket.read_message(), WAIT_S) is not None:
                pass
            assert socket.close_code == 4001
            return time.monotonic() - began

    took = asyncio.run(wait_for_the_cut())
    assert browser.ask("/orders").status == 302
    assert browser.handshake(kernel_id) == 403
    return took


def test_a_line_of_the_old_protocol_does_not_stop_the_server_with_bytes(servers: Servers) -> None:
    browser = servers.browser("li")
    kernel_id = browser.ask("/ingest").kernel_id

    async def by_hand() -> dict[str, Any]:
        async with browser.line(kernel_id) as socket:
            assert socket.selected_subprotocol is None
            return await Line(socket).states()

    states = asyncio.run(by_hand())
    assert "ImageModel" in {one["model_name"] for one in states.values()}
    assert browser.ask("/login").status == 302


def test_a_false_address_does_not_hide_who_guesses(servers: Servers, pages: ServerProcess) -> None:
    """Without a proxy no header is believed: the log and the limit see the real address."""
    browser = Browser(pages.url)
    browser.ask("/login")
    form = {"name": "nobody-there", "password": "guess", "_xsrf": browser.cookies["_xsrf"]}
    lies = [
        ("X-Forwarded-For", "198.51.100.7"),
        ("X-Real-IP", "198.51.100.7"),
        ("Forwarded", "for=198.51.100.7"),
        ("X-Mgg-Address", "198.51.100.7"),
    ]
    assert browser.ask("/login", method="POST", form=form, headers=lies).status == 401
    entry = servers.workspace().log.list(actor="nobody-there", log_type="login", limit=1)[0]
    assert entry.address == "127.0.0.1"


def test_many_accounts_from_one_address_are_stopped(servers: Servers) -> None:
    """One password each, on a hundred accounts: the address is stopped, other addresses are not."""
    accounts, address = servers.foundation.accounts, "192.0.2.200"
    server = servers.foundation.server
    assert server is not None
    fake = text(
        "SELECT count(log_operation('login', 'log in', NULL, NULL, 'refused', '{}'))"
        " FROM generate_series(1, 99)"
    )
    engine = owner_engine(server.owner_url("mgg_simulation"))
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL ROLE mgg_login"))
        connection.execute(text("SELECT set_config('mgg.actor', 'many', true)"))
        connection.execute(text("SELECT set_config('mgg.address', :at, true)"), {"at": address})
        connection.execute(fake)
    engine.dispose()
    with pytest.raises(LoginError, match="is wrong"):
        accounts.login("li", "guess", address, "tests")
    with pytest.raises(LoginError, match="too many failed logins"):
        accounts.login("li", PASSWORD, address, "tests")
    assert accounts.login("li", PASSWORD, "192.0.2.201", "tests")

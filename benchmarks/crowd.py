"""Viewers without a browser: each has a page and its kernel, and compares every few seconds.

They speak the same messages over the same web sockets as a browser does; what a browser spends on
drawing is on the viewers' own machines, and is measured elsewhere.
"""

import asyncio
import json
import random
import re
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from jupyter_server.services.kernels.connection.base import (
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.websocket import WebSocketClientConnection, websocket_connect

from benchmarks.pages_lab import PASSWORD, PagesLab

__all__ = ["CrowdFigures", "crowd"]

EVERY_S = 5.0
ANSWER_S = 30.0
OPENING_AT_ONCE = 4
PROTOCOL = "v1.kernel.websocket.jupyter.org"
_KERNEL_ID = re.compile(r'"kernelId": ?"([\w-]+)"')


@dataclass(frozen=True)
class CrowdFigures:
    """What a crowd met with.

    Attributes:
        opened_s: from asking for a page to its widgets, for each viewer.
        compared_s: from a choice to the last message of its answer, for each comparison.
        failures: what went wrong, in words.
        pss_mib: memory of each viewer's kernel, shared pages divided by who shares them.
        private_mib: memory of each kernel that it shares with nobody.
    """

    opened_s: list[float] = field(default_factory=list)
    compared_s: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    pss_mib: list[float] = field(default_factory=list)
    private_mib: list[float] = field(default_factory=list)


async def crowd(lab: PagesLab, count: int, seconds: float) -> CrowdFigures:
    """Let so many viewers compare for so long."""
    figures = CrowdFigures()
    gate = asyncio.Semaphore(OPENING_AT_ONCE)
    viewers = [_Viewer(lab, lab.viewers[n % len(lab.viewers)], n) for n in range(count)]

    async def open_one(viewer: "_Viewer") -> None:
        async with gate:
            began = perf_counter()
            await viewer.open()
            figures.opened_s.append(perf_counter() - began)

    await asyncio.gather(*(open_one(viewer) for viewer in viewers))
    end = perf_counter() + seconds
    await asyncio.gather(*(viewer.compare_until(end, figures) for viewer in viewers))
    for pid in _kernels(lab.server.pid or 0):
        sizes = _smaps(pid)
        figures.pss_mib.append(sizes["Pss"])
        figures.private_mib.append(sizes["Private_Clean"] + sizes["Private_Dirty"])
    for viewer in viewers:
        viewer.leave()
    return figures


class _Viewer:
    def __init__(self, lab: PagesLab, name: str, number: int) -> None:
        self._lab, self._name = lab, name
        self._chance = random.Random(number)
        self._client = AsyncHTTPClient(force_instance=True)
        self._cookies: dict[str, str] = {}
        self._line: WebSocketClientConnection | None = None
        self._heard: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self._listening: asyncio.Task[None] | None = None
        self._lists: list[str] = []
        self._counts: list[int] = []
        self._chosen = [-1, -1]

    async def open(self) -> None:
        await self._ask("/login")
        fields = {"name": self._name, "password": PASSWORD, "_xsrf": self._cookies["_xsrf"]}
        await self._ask("/login", urlencode(fields).encode())
        page = await self._ask("/compare")
        found = _KERNEL_ID.search(page.body.decode())
        if found is None:
            raise RuntimeError(f"no page for {self._name}: {page.body[:300]!r}")
        url = self._lab.url.replace("http", "ws", 1)
        address = f"{url}/api/kernels/{found.group(1)}/channels?session_id={uuid.uuid4().hex}"
        self._line = await websocket_connect(
            HTTPRequest(address, headers={"Cookie": self._cookie}),
            max_message_size=2**28,
            subprotocols=[PROTOCOL],
        )
        self._listening = asyncio.create_task(self._listen())
        comm = uuid.uuid4().hex
        target = {"comm_id": comm, "target_name": "jupyter.widget.control", "data": {}}
        await self._say("comm_open", target, {"version": "1.0.0"})
        asked = {"comm_id": comm, "data": {"method": "request_states"}}
        await self._say("comm_msg", asked)
        while True:
            data = (await self._hear())["content"].get("data", {})
            if isinstance(data, dict) and data.get("method") == "update_states":
                break
        selects = {
            k: one for k, one in data["states"].items() if one["model_name"] == "SelectModel"
        }
        self._lists = list(selects)
        self._counts = [len(one["state"]["_options_labels"]) for one in selects.values()]
        for place in range(2):
            await self._choose(place)

    async def compare_until(self, end: float, figures: CrowdFigures) -> None:
        await asyncio.sleep(self._chance.uniform(0.0, EVERY_S))
        while perf_counter() < end:
            began = perf_counter()
            try:
                heard = await self._choose(0)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is counted
                figures.failures.append(f"{self._name}: {error!r}")
                return
            took = perf_counter() - began
            if not heard:
                figures.failures.append(f"{self._name}: no picture came")
            figures.compared_s.append(took)
            await asyncio.sleep(max(0.0, EVERY_S - took))

    def leave(self) -> None:
        if self._line is not None:
            self._line.close()
        self._client.close()

    async def _choose(self, place: int) -> bool:
        """Choose another one of a list; return whether a picture came."""
        index = self._chosen[place]
        while index == self._chosen[place]:
            index = self._chance.randrange(self._counts[place])
        self._chosen[place] = index
        data = {"method": "update", "state": {"index": index}, "buffer_paths": []}
        asked = await self._say("comm_msg", {"comm_id": self._lists[place], "data": data})
        pictured = False
        while True:
            heard = await self._hear()
            if heard["parent_header"].get("msg_id") != asked:
                continue
            content = heard["content"]
            kind = heard["header"]["msg_type"]
            pictured = pictured or _is_picture(kind, content.get("data", {}))
            if kind == "status" and content["execution_state"] == "idle":
                return pictured

    @property
    def _cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    async def _ask(self, path: str, form: bytes | None = None) -> HTTPResponse:
        answer = await self._client.fetch(
            HTTPRequest(
                f"{self._lab.url}{path}",
                method="GET" if form is None else "POST",
                body=form,
                headers={"Cookie": self._cookie},
                follow_redirects=False,
                request_timeout=ANSWER_S,
            ),
            raise_error=False,
        )
        if answer.code >= 400:
            raise RuntimeError(f"{path} answers {answer.code}")
        for line in answer.headers.get_list("Set-Cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value.strip('"')
        return answer

    async def _say(
        self, kind: str, content: dict[str, Any], metadata: dict[str, str] | None = None
    ) -> str:
        number = uuid.uuid4().hex
        header = {
            "msg_id": number,
            "msg_type": kind,
            "username": "",
            "session": "crowd",
            "date": "2026-01-01T00:00:00Z",
            "version": "5.3",
        }
        parts = [json.dumps(one).encode() for one in (header, {}, metadata or {}, content)]
        assert self._line is not None, "open() has made it"
        await self._line.write_message(serialize_msg_to_ws_v1(parts, "shell"), binary=True)
        return number

    async def _listen(self) -> None:
        """Take in what comes, as a browser does: pings are answered while nobody hears."""
        assert self._line is not None, "open() has made it"
        heard: str | bytes | None = ""
        while heard is not None:
            heard = await self._line.read_message()
            self._heard.put_nowait(heard)

    async def _hear(self) -> dict[str, Any]:
        assert self._line is not None, "open() has made it"
        heard = await asyncio.wait_for(self._heard.get(), ANSWER_S)
        if heard is None:
            raise RuntimeError(f"the line was cut ({self._line.close_code})")
        assert isinstance(heard, bytes), "it is the protocol of browsers"
        _, parts = deserialize_msg_from_ws_v1(heard)
        header, parent, _, content = (json.loads(part) for part in parts[:4])
        return {"header": header, "parent_header": parent, "content": content}


def _is_picture(kind: str, data: dict[str, Any]) -> bool:
    """Tell whether a message brings a picture, or other numbers for one that is there."""
    if kind == "comm_open":
        return "render_bundle" in data["state"]
    return kind == "comm_msg" and data.get("content", {}).get("msg") == "patch"


def _kernels(server: int) -> list[int]:
    """Return the kernels that were forked for a server."""
    (warm,) = (pid for pid in _children(server) if b"mgg_kernel.web.warm" in _command(pid))
    return _children(warm)


def _children(parent: int) -> list[int]:
    return [int(n) for n in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def _smaps(pid: int) -> dict[str, float]:
    """Return sizes in MiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines}

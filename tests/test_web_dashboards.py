"""The dashboards: who sees what, and what a viewer cannot do."""

import asyncio
import json
import re
import uuid
from pathlib import Path

import pytest
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError

from mgg_kernel.web.words import WORDS

pytest_plugins = ["web_fixtures"]

FORBIDDEN = ("execute_request", "complete_request", "inspect_request", "debug_request")
PROJECT = Path(__file__).parents[1]
OUTSIDE = re.compile(
    r"""(?:src|href|action|url|@import)\s*[=(:]?\s*["'(]?\s*(?:https?:)?//[\w.-]+"""
)


def printed(body: str) -> str:
    (line,) = re.findall("who=[^\n<]*", body)
    return line.replace("\\n", "").replace("\\u0026", "&")


def message(kind: str, content: dict[str, object], buffers: tuple[bytes, ...] = ()) -> bytes:
    """A message of the kernel protocol as a browser sends it (the form with buffers)."""
    head = {
        "header": {
            "msg_id": uuid.uuid4().hex,
            "msg_type": kind,
            "username": "",
            "session": "test",
            "date": "",
            "version": "5.3",
        },
        "parent_header": {},
        "metadata": {},
        "content": content,
        "channel": "shell",
    }
    parts = [json.dumps(head).encode(), *buffers]
    start = 4 * (len(parts) + 1)
    offsets = [start + sum(map(len, parts[:index])) for index in range(len(parts))]
    numbers = [len(parts), *offsets]
    return b"".join(number.to_bytes(4, "big") for number in numbers) + b"".join(parts)


async def replies_until(line: WebSocketClientConnection, last: str) -> list[str]:
    kinds: list[str] = []
    while last not in kinds:
        text = await asyncio.wait_for(line.read_message(), 20)
        assert text is not None, f"the line was cut ({line.close_code})"
        if isinstance(text, str):
            kinds.append(json.loads(text)["header"]["msg_type"])
    return kinds


@pytest.mark.parametrize("path", ["/", "/ingest", "/compare", "/no-such-page"])
def test_without_a_login_every_page_leads_to_the_login(servers, path):
    answer = servers.browser().ask(path)
    assert answer.status == 302
    assert answer.location.startswith("/login?next=")
    assert "data-mgg-page" not in answer.body


def test_without_a_login_no_kernel_can_be_reached(servers):
    page = servers.browser("wang").ask("/ingest")
    nobody = servers.browser()
    assert nobody.ask(f"/api/kernels/{page.kernel_id}").status == 403
    assert nobody.ask(f"/api/kernels/{page.kernel_id}", method="DELETE").status == 403
    assert nobody.ask(f"/voila/api/shutdown/{page.kernel_id}", method="POST").status == 403
    assert nobody.handshake(page.kernel_id) == 403


@pytest.mark.parametrize(
    "path",
    [
        "/voila/files/picture.png",
        "/voila/files/ingest.ipynb",
        "/voila/tree",
        "/voila/render/ingest.ipynb",
        "/voila/api/contents/",
        "/api/contents",
        "/api/kernels",
        "/mgg-static/bokeh/../../../../../bokeh/settings.py",
        "/mgg-static/../words.py",
    ],
)
def test_nothing_is_served_but_the_pages(servers, path):
    nobody = servers.browser().ask(path)
    assert nobody.status in (302, 403, 404)
    assert "not for everybody" not in nobody.body
    somebody = servers.browser("boss").ask(path)
    assert somebody.status in (403, 404)
    assert "not for everybody" not in somebody.body


def test_a_page_is_run_for_the_one_who_looks(servers):
    browser = servers.browser("boss")
    page = browser.ask("/ingest?test=7")
    assert page.status == 200
    assert printed(page.body) == (
        "who=boss header=boss lang=en theme=light from=127.0.0.1 ask=test=7"
    )
    assert 'data-mgg-user="boss"' in page.body
    assert WORDS["role_user"][0] in page.body
    assert "voila_finish();</script>" in page.body


def test_the_language_and_the_theme_reach_the_kernel_and_the_frame(servers):
    browser = servers.browser("boss")
    switch = browser.ask("/ingest?lang=zh&test=7")
    assert (switch.status, switch.location) == (302, "/ingest?test=7")
    browser.cookies["mgg-theme"] = "dark"
    page = browser.ask("/ingest")
    assert "lang=zh theme=dark" in printed(page.body)
    assert "数据导入" in page.body
    assert 'data-theme="dark"' in page.body


@pytest.mark.parametrize(
    "headers",
    [
        [("X-Mgg-User", "root")],
        [("x-mgg-user", "root")],
        [("X_Mgg_User", "root")],
        [("X-Mgg-User", "root"), ("X-MGG-USER", "root")],
        [("HTTP_X_MGG_USER", "root"), ("MGG-ACTOR", "root"), ("MGG_ACTOR", "root")],
    ],
    ids=["plain", "small", "underscores", "twice", "variables"],
)
def test_a_viewer_cannot_say_who_they_are_in_a_header(servers, headers):
    page = servers.browser("boss").ask("/ingest", headers=headers)
    assert printed(page.body).startswith("who=boss header=boss ")


def test_a_header_alone_lets_nobody_in(servers):
    assert servers.browser().ask("/ingest", headers=[("X-Mgg-User", "root")]).status == 302


def test_a_viewer_cannot_run_code(servers, tmp_path):
    browser = servers.browser("boss")
    kernel_id = browser.ask("/ingest").kernel_id
    trace = tmp_path / "executed"
    code = {"code": f"open({str(trace)!r}, 'w')", "silent": False, "user_expressions": {}}

    async def try_it() -> list[str]:
        async with browser.line(kernel_id) as line:
            for kind in FORBIDDEN:
                await line.write_message(message(kind, code), binary=True)
            await line.write_message(message("kernel_info_request", {}), binary=True)
            return await replies_until(line, "kernel_info_reply")

    kinds = asyncio.run(try_it())
    assert not {"execute_reply", "complete_reply", "inspect_reply", "execute_input"} & set(kinds)
    assert not trace.exists()


def test_a_viewer_reaches_nobody_elses_kernel(servers):
    kernel_id = servers.browser("wang").ask("/ingest").kernel_id
    other = servers.browser("boss")
    token = [("X-XSRFToken", other.cookies["_xsrf"])]
    assert other.ask(f"/api/kernels/{kernel_id}").status == 403
    ended = [
        other.ask(f"/api/kernels/{kernel_id}", method="DELETE", headers=token),
        other.ask(f"/voila/api/shutdown/{kernel_id}", method="POST", headers=token),
    ]
    assert [answer.status for answer in ended] == [403, 403]
    assert other.handshake(kernel_id) == 403


def test_closing_a_page_ends_its_kernel(servers):
    browser = servers.browser("wang")
    kernel_id = browser.ask("/ingest").kernel_id
    assert browser.ask(f"/api/kernels/{kernel_id}").status == 200
    form = {"_xsrf": browser.cookies["_xsrf"]}
    answer = browser.ask(f"/voila/api/shutdown/{kernel_id}", method="POST", form=form)
    assert answer.status == 204
    assert browser.ask(f"/api/kernels/{kernel_id}").status == 404


def test_a_session_that_ends_cuts_an_open_page_off(servers):
    browser = servers.browser("wang")
    kernel_id = browser.ask("/ingest").kernel_id

    async def wait_for_the_cut() -> int | None:
        async with browser.line(kernel_id) as line:
            await line.write_message(message("kernel_info_request", {}), binary=True)
            await replies_until(line, "kernel_info_reply")
            form = {"_xsrf": browser.cookies["_xsrf"]}
            await asyncio.to_thread(browser.ask, "/logout", method="POST", form=form)
            while await asyncio.wait_for(line.read_message(), 20) is not None:
                pass
            return line.close_code

    assert asyncio.run(wait_for_the_cut()) == 4001


def test_a_file_below_the_limit_arrives_whole(servers):
    browser = servers.browser("wang")
    kernel_id = browser.ask("/ingest").kernel_id
    limit = servers.foundation.settings.upload_limit_mib

    async def send(mebibytes: int) -> None:
        content = {"comm_id": "none", "data": {}}
        payload = b"x" * (mebibytes * 1024 * 1024)
        async with browser.line(kernel_id) as line:
            await line.write_message(message("comm_msg", content, (payload,)), binary=True)
            await line.write_message(message("kernel_info_request", {}), binary=True)
            await replies_until(line, "kernel_info_reply")

    asyncio.run(send(limit))
    with pytest.raises((AssertionError, WebSocketClosedError)):
        asyncio.run(send(limit + 2))


def test_a_page_that_fails_tells_a_number_that_the_log_has_too(servers):
    page = servers.browser("boss").ask("/compare")
    assert page.status == 200
    assert "<p data-mgg-error" in page.body
    for inside in ("the reason for the log alone", "secret_of_the_page", "--debug", "Traceback"):
        assert inside not in page.body
    (incident,) = re.findall(r"administrator incident (\w{8})", page.body)
    log = servers.dashboards.log_file.read_text()
    assert f"Incident {incident}: the page /compare failed for boss" in log
    assert "the reason for the log alone" in log


def test_no_page_names_an_outside_host(servers):
    browser = servers.browser("wang")
    page = browser.ask("/ingest")
    own = re.findall(r'(?:src|href)="(/mgg-static/[^"]+|/voila/[^"]+)"', page.body)
    assert any("bokeh.min.js" in path for path in own)
    texts = {"/ingest": page.body, "/login": servers.browser().ask("/login").body}
    for path in own:
        answer = browser.ask(path)
        assert answer.status == 200, path
        if "bokeh" not in path and "/voila/" not in path:
            texts[path] = answer.body
    assert {path: found for path, text in texts.items() if (found := OUTSIDE.findall(text))} == {}
    assert re.search("cdn|googleapis|fontawesome|unpkg", page.body) is None


def test_the_browser_is_told_to_ask_no_other_host(servers):
    for answer in (servers.browser().ask("/login"), servers.browser("wang").ask("/ingest")):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "http" not in policy


def test_a_page_is_light(servers):
    assert len(servers.browser("wang").ask("/ingest").body) < 60_000


def test_a_browser_keeps_what_does_not_change(servers):
    browser = servers.browser("li")
    page = browser.ask("/ingest").body
    found = re.search(r'"load": "(static/remoteEntry[^"]*)", "name": "(@bokeh[^"]*)"', page)
    assert found is not None
    folder = f"/voila/labextensions/{found[2]}"
    assert "immutable" in browser.ask(f"{folder}/{found[1]}").headers["Cache-Control"]
    asked = browser.ask(f"{folder}/package.json")
    assert "immutable" not in (asked.headers["Cache-Control"] or "")
    assert "max-age=3600" in browser.ask("/voila/static/voila.js").headers["Cache-Control"]


def test_the_dashboards_of_the_project_are_three_cells_and_name_the_kernel():
    notebooks = sorted((PROJECT / "dashboards").glob("*.ipynb"))
    assert {"compare", "ingest"} <= {path.stem for path in notebooks}
    for path in notebooks:
        notebook = json.loads(path.read_text())
        assert len(notebook["cells"]) <= 3
        assert notebook["metadata"]["kernelspec"]["name"] == "mgg"
        assert all(not cell["outputs"] for cell in notebook["cells"])

"""JupyterLab: for engineers and administrators, with nothing but the kernel of the project."""

import asyncio
import json
import re

import pytest
from test_web_dashboards import OUTSIDE, message
from web_help import Browser

from mgg_kernel.web.words import WORDS

pytest_plugins = ["web_fixtures"]


def start_kernel(browser: Browser) -> str:
    token = [("X-XSRFToken", browser.cookies["_xsrf"])]
    answer = browser.ask("/api/kernels", method="POST", headers=token)
    assert answer.status == 201, answer.body
    kernel_id: str = json.loads(answer.body)["id"]
    return kernel_id


async def evaluate(browser: Browser, kernel_id: str, expression: str) -> str:
    content = {"code": "import os", "user_expressions": {"it": expression}, "silent": True}
    async with browser.line(kernel_id) as line:
        await line.write_message(message("execute_request", content), binary=True)
        while True:
            text = await asyncio.wait_for(line.read_message(), 30)
            assert isinstance(text, str), text
            reply = json.loads(text)
            if reply["header"]["msg_type"] == "execute_reply":
                value: str = reply["content"]["user_expressions"]["it"]["data"]["text/plain"]
                return value


@pytest.mark.parametrize("path", ["/", "/lab", "/lab/tree/x.ipynb", "/files/x", "/lab?token=x"])
def test_without_a_login_every_page_leads_to_the_login(servers, path):
    answer = servers.browser(lab=True).ask(path)
    if path == "/":
        assert answer.location == "/lab?"
        return
    assert answer.status == 302
    assert answer.location.startswith("/login?next=")
    assert "jupyter-config-data" not in answer.body


@pytest.mark.parametrize(
    "path", ["/api/contents", "/api/kernels", "/api/sessions", "/api/kernelspecs", "/api/me"]
)
def test_without_a_login_no_question_is_answered(servers, path):
    assert servers.browser(lab=True).ask(path).status == 403


@pytest.mark.parametrize("name", ["wang", "root"])
def test_engineers_and_administrators_come_in(servers, name):
    answer = servers.browser(name, lab=True).ask("/lab")
    assert answer.status == 200
    assert "jupyter-config-data" in answer.body


def test_a_viewer_is_told_why_not_and_it_is_logged(servers):
    browser = servers.browser("boss", lab=True)
    answer = browser.ask("/lab")
    assert answer.status == 403
    assert WORDS["no_lab"][0] in answer.body
    assert "jupyter-config-data" not in answer.body
    chinese = browser.ask("/lab", headers=[("Accept-Language", "zh")])
    assert WORDS["no_lab"][1] in chinese.body
    (newest, *_) = servers.workspace().log.list(limit=5)
    assert (newest.actor, newest.log_type, newest.outcome) == ("boss", "refusal", "refused")
    assert newest.object_id == "lab/lab"
    for path in ("/api/contents", "/api/kernels", "/api/kernelspecs", "/api/me"):
        assert browser.ask(path).status == 403
    token = [("X-XSRFToken", browser.cookies["_xsrf"])]
    assert browser.ask("/api/kernels", method="POST", headers=token).status == 403


def test_a_viewer_reaches_no_kernel_of_an_engineer(servers):
    kernel_id = start_kernel(servers.browser("wang", lab=True))
    viewer = servers.browser("boss", lab=True)
    assert viewer.handshake(kernel_id) == 403


def test_a_kernel_acts_as_the_one_who_started_it(servers):
    actors = []
    for name in ("wang", "li"):
        browser = servers.browser(name, lab=True)
        kernel_id = start_kernel(browser)
        actors.append(asyncio.run(evaluate(browser, kernel_id, "os.environ['MGG_ACTOR']")))
        assert asyncio.run(evaluate(browser, kernel_id, "os.environ['BOKEH_RESOURCES']"))
    assert actors == ["'wang'", "'li'"]


def test_only_the_kernel_of_the_project_is_offered(servers):
    specs = json.loads(servers.browser("wang", lab=True).ask("/api/kernelspecs").body)
    assert set(specs["kernelspecs"]) == {"mgg"}
    assert specs["default"] == "mgg"


@pytest.mark.parametrize(
    "path", ["/api/terminals", "/terminals/websocket/1", "/voila/render/x.ipynb", "/lsp/status"]
)
def test_there_are_no_terminals_and_no_second_voila(servers, path):
    assert servers.browser("wang", lab=True).ask(path).status == 404


def test_no_news_and_no_extensions_are_fetched(servers):
    browser = servers.browser("wang", lab=True)
    assert json.loads(browser.ask("/lab/api/news").body)["news"] == []
    assert json.loads(browser.ask("/lab/api/update").body)["notification"] is None
    assert browser.ask("/lab/api/extensions?query=x").status in (200, 404)
    body = browser.ask("/lab").body
    (text,) = re.findall(r'<script id="jupyter-config-data"[^>]*>(.*?)</script>', body, re.DOTALL)
    disabled = json.loads(text)["disabledExtensions"]
    assert "@jupyterlab/extensionmanager-extension:plugin" in disabled
    assert OUTSIDE.findall(body) == []
    assert "/mgg-static/bokeh/bokeh.min.js" in body
    assert "default-src 'self'" in browser.ask("/lab").headers["Content-Security-Policy"]

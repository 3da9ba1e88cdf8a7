"""Asking every page of the running servers, as ``mgg up --check`` does."""

import http.client
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from mgg_kernel.web.pages import pages_folder, present_pages

__all__ = ["PageCheck", "check_pages"]

ANSWER_TIMEOUT_S = 90.0
SESSION_COOKIE = "mgg-session"
# What a page of ours shows where it cannot open the workspace.
_TROUBLE = re.compile(r'class=\\*"mgg-ui-trouble')
_OUTPUT = re.compile(r"application/vnd\.jupyter\.widget-view\+json")


@dataclass(frozen=True)
class PageCheck:
    """What became of asking one page.

    Attributes:
        url: its address.
        who: ``anonymous`` or ``logged in``.
        problem: what is wrong, as a sentence; empty if nothing is.
    """

    url: str
    who: str
    problem: str = ""

    @property
    def passed(self) -> bool:
        """Whether the page behaved."""
        return not self.problem


@dataclass(frozen=True)
class _Answer:
    status: int
    location: str
    body: str


def check_pages(
    dashboards_url: str | None,
    lab_url: str | None,
    session_token: str,
    *,
    pages: Path | None = None,
) -> list[PageCheck]:
    """Ask every page without a session, which must be turned away, and with one.

    Args:
        dashboards_url: address of the dashboards, such as ``http://127.0.0.1:8866``; None: leave
            them out.
        lab_url: address of JupyterLab; None: leave it out.
        session_token: a session of an engineer or an administrator.
        pages: folder of the dashboards' notebooks; None: the one that this installation carries.
    """
    checks: list[PageCheck] = []
    if dashboards_url is not None:
        checks.append(_check_login(dashboards_url))
        for page in present_pages(pages or pages_folder()):
            url = f"{dashboards_url}/{page.name}"
            checks += [_check_turned_away(url), _check_dashboard(url, session_token)]
    if lab_url is not None:
        checks.append(_check_login(lab_url))
        checks.append(_check_turned_away(f"{lab_url}/lab"))
        checks.append(_check_turned_away(f"{lab_url}/api/contents"))
        checks.append(_check_lab(f"{lab_url}/lab", session_token))
    return checks


def _check_login(base_url: str) -> PageCheck:
    url = f"{base_url}/login"
    answer = _get(url)
    if isinstance(answer, str):
        return PageCheck(url, "anonymous", answer)
    good = answer.status == 200 and 'name="password"' in answer.body
    return PageCheck(url, "anonymous", "" if good else _odd(answer, "the form for logging in"))


def _check_turned_away(url: str) -> PageCheck:
    answer = _get(url)
    if isinstance(answer, str):
        return PageCheck(url, "anonymous", answer)
    to_login = answer.status == 302 and urlsplit(answer.location).path == "/login"
    empty = "data-mgg-page" not in answer.body and "jupyter-config-data" not in answer.body
    good = (to_login or answer.status == 403) and empty
    return PageCheck(url, "anonymous", "" if good else _odd(answer, "to be turned away"))


def _check_dashboard(url: str, token: str) -> PageCheck:
    answer = _get(url, token)
    if isinstance(answer, str):
        return PageCheck(url, "logged in", answer)
    problem = ""
    if answer.status != 200 or "data-mgg-page" not in answer.body:
        problem = _odd(answer, "the page")
    elif "<p data-mgg-error" in answer.body:
        problem = "Its notebook failed; the dashboards' log has the error."
    elif _TROUBLE.search(answer.body):
        problem = "It shows an error instead of its content; the workspace's logs have it."
    elif "voila_finish();</script>" not in answer.body:
        problem = "It broke off before its end; the dashboards' log may tell why."
    elif not _OUTPUT.search(answer.body):
        problem = "Its notebook shows nothing."
    return PageCheck(url, "logged in", problem)


def _check_lab(url: str, token: str) -> PageCheck:
    answer = _get(url, token)
    if isinstance(answer, str):
        return PageCheck(url, "logged in", answer)
    good = answer.status == 200 and "jupyter-config-data" in answer.body
    return PageCheck(url, "logged in", "" if good else _odd(answer, "JupyterLab"))


def _odd(answer: _Answer, expected: str) -> str:
    where = f" to {answer.location}" if answer.location else ""
    return f"Expected {expected}, but the answer was {answer.status}{where}."


def _get(url: str, token: str | None = None) -> _Answer | str:
    """Return the answer, following no redirect, or a sentence if there is none."""
    parts = urlsplit(url)
    assert parts.hostname is not None, "the caller gives whole addresses"
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=ANSWER_TIMEOUT_S)
    headers = {"Cookie": f"{SESSION_COOKIE}={token}"} if token else {}
    try:
        connection.request("GET", parts.path, headers=headers)
        response = connection.getresponse()
        body = response.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        return f"It did not answer: {str(error) or type(error).__name__}."
    finally:
        connection.close()
    return _Answer(response.status, response.getheader("Location", ""), body)

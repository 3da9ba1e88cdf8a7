"""Logging in and out: one session for both servers, asked of the database each time."""

import re

import pytest
from web_help import PASSWORD, Browser

from mgg_kernel.web.request import safe_next
from mgg_kernel.web.words import WORDS, best_language

pytest_plugins = ["web_fixtures"]


def cookie_line(browser: Browser, name: str) -> str:
    (line,) = [line for line in browser.set_cookies if line.startswith(f"{name}=")]
    return line


@pytest.mark.parametrize("lab", [False, True], ids=["dashboards", "lab"])
def test_the_login_page_is_in_the_browsers_language_and_can_be_switched(servers, lab):
    browser = servers.browser(lab=lab)
    english = browser.ask("/login")
    chinese = browser.ask("/login", headers=[("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.8")])
    assert english.status == chinese.status == 200
    assert "Password" in english.body
    assert "密码" not in english.body
    assert "密码" in chinese.body
    assert 'lang="zh-CN"' in chinese.body
    switched = browser.ask("/login?lang=zh")
    assert "密码" in switched.body
    assert "密码" in browser.ask("/login").body, "the choice is remembered"


def test_the_form_helps_password_managers_and_screen_readers(servers):
    body = servers.browser().ask("/login").body
    assert 'autocomplete="username"' in body
    assert 'autocomplete="current-password"' in body
    assert '<label for="name">' in body
    assert '<label for="password">' in body


def test_a_wrong_password_gives_one_sentence_and_keeps_the_name(servers):
    browser = servers.browser()
    answer = browser.log_in('wang"><script>', "wrong")
    assert answer.status == 401
    assert "The name or the password is wrong" in answer.body
    assert 'value="wang&#34;&gt;&lt;script&gt;"' in answer.body
    assert "mgg-session" not in browser.cookies
    browser.ask("/login?lang=zh")
    assert WORDS["wrong_login"][1] in browser.log_in("wang", "wrong").body


def test_a_login_without_the_forms_token_is_refused(servers):
    browser = servers.browser()
    form = {"name": "wang", "password": PASSWORD}
    for more in ({}, {"_xsrf": "2|12345678|" + "0" * 32 + "|1700000000"}):
        answer = browser.ask("/login", method="POST", form={**form, **more})
        assert answer.status == 403
        assert "mgg-session" not in browser.cookies


def test_the_session_cookie_is_closed_to_scripts_and_other_sites(servers):
    browser = servers.browser()
    assert browser.log_in("wang").status == 303
    line = cookie_line(browser, "mgg-session")
    attributes = {part.strip().lower() for part in line.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/", "max-age=43200"} <= attributes
    assert "secure" not in attributes


def test_behind_a_proxy_with_tls_the_cookie_is_secure(servers):
    browser = servers.browser()
    browser.ask("/login")
    form = {"name": "wang", "password": PASSWORD, "_xsrf": browser.cookies["_xsrf"]}
    browser.ask("/login", method="POST", form=form, headers=[("X-Forwarded-Proto", "https")])
    assert "secure" in cookie_line(browser, "mgg-session").lower()


def test_one_login_is_good_for_both_servers(servers):
    browser = servers.browser("wang")
    assert browser.at(servers.lab.url).ask("/lab").status == 200


def test_a_copied_cookie_is_worth_nothing_after_logging_out(servers):
    browser = servers.browser("wang", lab=True)
    copied = Browser(servers.lab.url, dict(browser.cookies))
    assert copied.ask("/api/contents").status == 200
    answer = browser.ask("/logout", method="POST", form={"_xsrf": browser.cookies["_xsrf"]})
    assert (answer.status, answer.location) == (303, "/login")
    assert copied.ask("/api/contents").status == 403
    assert copied.ask("/lab").status == 302
    assert Browser(servers.dashboards.url, copied.cookies).ask("/ingest").status == 302


def test_no_link_and_no_other_site_can_log_somebody_out(servers):
    browser = servers.browser("wang", lab=True)
    assert browser.ask("/logout").status == 200
    assert browser.ask("/logout", method="POST", form={}).status == 403
    assert browser.ask("/api/contents").status == 200


def test_an_account_that_is_ended_is_out_at_once(servers):
    admin = servers.workspace()
    admin.users.add("leaving", "engineer", password=PASSWORD)
    browser = servers.browser("leaving", lab=True)
    assert browser.ask("/api/contents").status == 200
    admin.users.deactivate("leaving")
    assert browser.ask("/api/contents").status == 403


def test_a_made_up_session_is_nobody(servers):
    browser = Browser(servers.dashboards.url, {"mgg-session": "x" * 43})
    assert browser.ask("/ingest").status == 302
    assert Browser(servers.dashboards.url, {"mgg-session": ""}).ask("/ingest").status == 302


def test_login_and_logout_are_in_the_operation_log(servers):
    admin = servers.workspace()
    browser = servers.browser("li")
    browser.ask("/logout", method="POST", form={"_xsrf": browser.cookies["_xsrf"]})
    newest = [entry for entry in admin.log.list(limit=20) if entry.actor == "li"][:2]
    assert [entry.log_type for entry in newest] == ["logout", "login"]
    assert {entry.address for entry in newest} == {"127.0.0.1"}


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "//[",
        "/login",
        "/logout",
        "",
    ],
)
def test_nobody_is_led_to_another_host_after_logging_in(servers, target):
    assert safe_next(target) == "/"
    if target:
        assert servers.browser().log_in("wang", next=target).location == "/"


def test_after_logging_in_the_wanted_page_opens(servers):
    browser = servers.browser()
    turned_away = browser.ask("/ingest?test=7&curve=A%201")
    assert turned_away.status == 302
    assert turned_away.location == "/login?next=%2Fingest%3Ftest%3D7%26curve%3DA%25201"
    form = browser.ask(turned_away.location)
    (target,) = re.findall(r'name="next" value="([^"]*)"', form.body)
    arrived = browser.log_in("wang", next=target.replace("&amp;", "&"))
    assert arrived.location == "/ingest?test=7&curve=A%201"
    assert browser.ask("/login").status == 302, "who is logged in needs no form"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de-DE,de;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,zh;q=0.9", "en"),
        ("en;q=0.2, zh-Hans;q=0.7", "zh"),
        ("zh;q=nonsense,en;q=0.1", "en"),
        (";;,,q=", "en"),
    ],
)
def test_the_language_follows_the_browsers_wish(header, language):
    assert best_language(header) == language


def test_every_word_is_there_in_both_languages():
    missing = {
        (key, column)
        for key, texts in WORDS.items()
        for column, text in enumerate(texts)
        if not text.strip()
    }
    assert missing == {("wrong_login", 0)}, "in English the accounts' own sentence is shown"
    assert all(
        set(re.findall(r"{\w+}", a)) == set(re.findall(r"{\w+}", b))
        for a, b in (texts for key, texts in WORDS.items() if key != "wrong_login")
    )

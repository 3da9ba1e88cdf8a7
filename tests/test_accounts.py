"""Logging in, and accounts."""

import pytest
from conftest import PASSWORD, OpenAs
from sqlalchemy import text

from mgg_kernel.errors import AccessError, ConflictError, LoginError, NotFoundError
from mgg_kernel.hot.accounts import Accounts
from mgg_kernel.hot.database import Caller
from mgg_kernel.workspace import Foundation

HERE = "192.0.2.1"


def test_a_session_belongs_to_who_logged_in(foundation: Foundation) -> None:
    token = foundation.accounts.login(" Wang ", PASSWORD, HERE, "tests")
    user = foundation.accounts.whoami(token)
    assert user is not None
    assert (user.username, user.role, user.team) == ("wang", "engineer", "lab")
    foundation.accounts.logout(token, HERE)
    assert foundation.accounts.whoami(token) is None, "a token is worth nothing after logging out"


def test_only_a_hash_of_the_token_and_of_the_password_is_stored(foundation: Foundation) -> None:
    token = foundation.accounts.login("wang", PASSWORD, HERE, "tests")
    with foundation.database.begin_login(Caller("wang")) as connection:
        stored = connection.execute(text("SELECT * FROM user_sessions")).all()
        hashed = connection.execute(
            text("SELECT password_hash FROM users WHERE username = 'wang'")
        ).scalar_one()
    assert token not in str(stored)
    assert token.encode() not in b"".join(bytes(row.token_sha256) for row in stored)
    assert hashed.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("wang", "wrong password"),
        ("nobody-here", PASSWORD),
        ("system", ""),
        ("", ""),
        ("wang\x00", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
        ("wang", "x" * 100_000),
    ],
)
def test_a_wrong_login_tells_nothing(foundation: Foundation, username: str, password: str) -> None:
    with pytest.raises(LoginError, match=r"^The name or the password is wrong"):
        foundation.accounts.login(username, password, "192.0.2.2", "tests")


def test_guessing_is_stopped_and_logged(foundation: Foundation, open_as: OpenAs) -> None:
    open_as("admin").users.add("guessed", "user", password=PASSWORD)
    for _ in range(10):
        with pytest.raises(LoginError, match="is wrong"):
            foundation.accounts.login("guessed", "not this one", "192.0.2.3", "tests")
    with pytest.raises(LoginError, match="too many failed logins"):
        foundation.accounts.login("guessed", PASSWORD, "192.0.2.4", "tests")
    refused = open_as("admin").log.list(actor="guessed", outcome="refused")
    assert len(refused) == 11
    assert {entry.address for entry in refused} == {"192.0.2.3", "192.0.2.4"}


def test_a_session_ends_at_its_hour(foundation: Foundation) -> None:
    short = Accounts(foundation.database, session_hours=1e-9)
    token = short.login("wang", PASSWORD, HERE, "tests")
    assert short.whoami(token) is None


def test_closing_an_account_ends_its_sessions(foundation: Foundation, open_as: OpenAs) -> None:
    users = open_as("admin").users
    users.add("closed", "engineer", password=PASSWORD)
    token = foundation.accounts.login("closed", PASSWORD, HERE, "tests")
    users.deactivate("closed")
    assert foundation.accounts.whoami(token) is None
    with pytest.raises(LoginError):
        foundation.accounts.login("closed", PASSWORD, HERE, "tests")
    users.activate("closed")
    assert foundation.accounts.whoami(token) is None, "old sessions stay ended"
    assert foundation.accounts.login("closed", PASSWORD, HERE, "tests")


def test_a_new_password_ends_the_sessions_of_the_old_one(
    foundation: Foundation, open_as: OpenAs
) -> None:
    users = open_as("admin").users
    users.add("renewed", "user", password=PASSWORD)
    token = foundation.accounts.login("renewed", PASSWORD, HERE, "tests")
    made_up = users.set_password("renewed")
    assert foundation.accounts.whoami(token) is None
    assert foundation.accounts.login("renewed", made_up, HERE, "tests")


def test_only_administrators_manage_accounts(open_as: OpenAs) -> None:
    for username in ("wang", "boss"):
        with pytest.raises(AccessError, match="this needs admin"):
            open_as(username).users.add("x", "admin")
        with pytest.raises(AccessError, match="this needs admin"):
            open_as(username).users.set_role(username, "admin")


def test_an_administrator_does_not_lock_the_own_account(open_as: OpenAs) -> None:
    users = open_as("admin").users
    for deed in (
        lambda: users.deactivate("admin"),
        lambda: users.set_role("admin", "user"),
        lambda: users.set_password("system"),
        lambda: users.deactivate("system"),
    ):
        with pytest.raises(AccessError):
            deed()


def test_names_and_passwords_follow_rules(open_as: OpenAs) -> None:
    users = open_as("admin").users
    for name in ("", "A", "../x", "a b", "ü", "x" * 41):
        with pytest.raises(AccessError, match="cannot be used"):
            users.add(name, "user")
    with pytest.raises(AccessError, match="at least 10"):
        users.add("short", "user", password="123456789")
    with pytest.raises(ConflictError, match="taken already"):
        users.add("wang", "user")
    with pytest.raises(NotFoundError, match="no account 'missing'"):
        users.set_password("missing")

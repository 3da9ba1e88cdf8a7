"""People's own PostgreSQL logins: made and ended with the account, and who they are is fixed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import PASSWORD, OpenAs
from debian_postgres import DebianCluster
from sqlalchemy import text

from mgg_kernel.errors import (
    AccessError,
    ConflictError,
    DatabaseDownError,
    MggError,
    NotFoundError,
)
from mgg_kernel.hot.database import Caller, owner_engine
from mgg_kernel.hot.embedded import EmbeddedServer
from mgg_kernel.recipe import Recipe
from mgg_kernel.settings import Settings
from mgg_kernel.workspace import Foundation, Workspace

Server = EmbeddedServer | DebianCluster
NAME, LOGIN = "zheng.l-1", "lab_zheng.l-1"


@pytest.fixture
def server(foundation: Foundation, request: pytest.FixtureRequest) -> Server:
    return foundation.server or request.getfixturevalue("debian")


@pytest.fixture
def zheng(foundation: Foundation, open_as: OpenAs) -> Iterator[str]:
    """An engineer without a login."""
    admin = open_as("admin")
    if NAME not in {one.username for one in admin.users.list()}:
        admin.users.add(NAME, "engineer", password=PASSWORD)
    yield NAME
    admin.users.end_database_login(NAME)
    admin.users.activate(NAME)
    admin.users.set_role(NAME, "engineer")


def url_of(server: Server, password: str, login: str = LOGIN) -> str:
    return server.connection_url(login, password, "mgg_simulation")


def ask(url: str, *statements: str) -> list[Any]:
    engine = owner_engine(url)
    try:
        with engine.begin() as connection:
            for statement in statements:
                result = connection.execute(text(statement))
            return list(result) if result.returns_rows else []
    finally:
        engine.dispose()


def test_a_login_is_that_person_and_nobody_else(
    zheng: str, server: Server, open_as: OpenAs, foundation: Foundation
) -> None:
    admin = open_as("admin")
    login, password = admin.users.make_database_login(zheng)
    assert login == LOGIN
    assert len(password) >= 16
    assert admin.users.personal(zheng).database_login == LOGIN
    url = url_of(server, password)
    claims = ("SELECT set_config('mgg.actor', 'admin', true)", "SELECT mgg_actor()")
    assert ask(url, *claims) == [(zheng,)]
    # An engineer's rights, and no more.
    assert ask(url, "SELECT count(*) > 0 FROM igniter_types") == [(True,)]
    for refused in (
        "SET ROLE mgg_admin",
        "SET ROLE mgg_app",
        "SET ROLE mgg_logins",
        "SET ROLE mgg_login",
        "SELECT password_hash FROM users",
        "SELECT email FROM users",
        "UPDATE users SET role = 'admin'",
        "UPDATE users SET database_login = 'lab_admin' WHERE username = 'admin'",
        f"SELECT database_login_make('{zheng}', 'x')",
        "SELECT database_login_end('admin')",
        "CREATE ROLE mine LOGIN",
        "CREATE TABLE mine (a integer)",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "DELETE FROM operation_logs",
    ):
        with pytest.raises(MggError, match=r"refuses|denied|permission"):
            ask(url, refused)
    # Another password, and the one before is none.
    _, second = admin.users.make_database_login(zheng)
    with pytest.raises(DatabaseDownError, match="password authentication failed"):
        ask(url, "SELECT 1")
    assert ask(url_of(server, second), "SELECT mgg_actor()") == [(zheng,)]
    told = [one for one in admin.log.list(limit=20) if one.action == "make a database login"]
    assert told[0].object_id == zheng
    assert password not in str(told)
    assert second not in str(told)


def test_an_analyst_works_with_it(zheng: str, server: Server, open_as: OpenAs, tmp_path: Path):
    _, password = open_as("admin").users.make_database_login(zheng)
    settings = Settings(data_dir=tmp_path, database_url=url_of(server, password))  # type: ignore[arg-type]
    own = Foundation(settings, application="tests")
    try:
        # Whoever it says it is: the login decides.
        for claimed in (zheng, "admin", "wang"):
            ws = Workspace(own, Caller(claimed))
            assert ws.user.username == zheng
            assert ws.user.role == "engineer"
        ws = Workspace(own, Caller("admin"))
        recipe = Recipe.parse(
            igniter="135", nc=["B:761"], shell="22", current="1.2", vessel="10-892", device="Y-H"
        )
        stored = ws.simulations.run(recipe)
        read = open_as("wang").simulations.curve(stored.id)
        assert read == ws.simulations.curve(stored.id)
        assert ws.tests.list(limit=1) is not None
        with pytest.raises(AccessError):
            ws.users.add("mine", "admin")
        (entry,) = [
            one
            for one in open_as("admin").log.list(actor=zheng, limit=50)
            if one.action == "simulate" or one.object_id == str(stored.id)
        ][:1]
        assert entry.session_actor == LOGIN
    finally:
        own.close()


@pytest.mark.parametrize("end", ["end", "close", "role", "viewer"])
def test_it_ends_with_the_account(end: str, zheng: str, server: Server, open_as: OpenAs) -> None:
    admin = open_as("admin")
    _, password = admin.users.make_database_login(zheng)
    engine = owner_engine(url_of(server, password))
    with engine.connect() as open_session:
        open_session.execute(text("SET ROLE mgg_engineer"))
        seen = open_session.execute(text("SELECT count(*) FROM users")).scalar_one()
        assert seen > 0
        open_session.commit()
        {
            "end": lambda: admin.users.end_database_login(zheng),
            "close": lambda: admin.users.deactivate(zheng),
            "role": lambda: admin.users.set_role(zheng, "admin"),
            "viewer": lambda: admin.users.set_role(zheng, "user"),
        }[end]()
        # What is connected already sees nothing and can log nothing, in anybody's name.
        open_session.execute(text("SELECT set_config('mgg.actor', 'admin', false)"))
        open_session.commit()
        for refused in (
            "SELECT count(*) FROM users",
            "SELECT mgg_actor_id()",
            "SELECT log_operation('ingest', 'try', NULL, NULL, 'done', '{}')",
        ):
            with pytest.raises(AccessError, match="refuses this to your role: invalid role"):
                open_session.execute(text(refused))
            open_session.rollback()
    engine.dispose()
    with pytest.raises(DatabaseDownError, match="password authentication failed"):
        ask(url_of(server, password), "SELECT 1")
    assert admin.users.personal(zheng).database_login is None
    gone = "SELECT count(*) FROM pg_roles WHERE rolname = 'lab_zheng.l-1'"
    assert ask(server.owner_url("mgg_simulation"), gone) == [(0,)]


def test_who_gets_none(zheng: str, server: Server, open_as: OpenAs) -> None:
    admin = open_as("admin")
    for name in ("boss", "system"):
        with pytest.raises(AccessError):
            admin.users.make_database_login(name)
    with pytest.raises(NotFoundError):
        admin.users.make_database_login("nobody-here")
    with pytest.raises(AccessError, match="at least 10 characters"):
        admin.users.make_database_login(zheng, "short")
    for name in ("wang", "boss"):
        with pytest.raises(AccessError):
            open_as(name).users.make_database_login(zheng)
        with pytest.raises(AccessError):
            open_as(name).users.end_database_login(zheng)
    # A login of that name which is somebody else's is left alone.
    owner = server.owner_url("mgg_simulation")
    ask(owner, f'CREATE ROLE "{LOGIN}" NOLOGIN')
    try:
        with pytest.raises(ConflictError, match=r"has a login 'lab_zheng\.l-1' already"):
            admin.users.make_database_login(zheng)
        assert admin.users.end_database_login(zheng) is False
    finally:
        ask(owner, f'DROP ROLE "{LOGIN}"')
    # Not even an administrator's SQL gives one that carries a password the server could log.
    with pytest.raises(MggError, match="no SCRAM verifier"):
        _as_admin(open_as, f"SELECT database_login_make('{zheng}', 'a plain password')")
    with pytest.raises(AccessError):
        _as_admin(open_as, "UPDATE users SET database_login = 'lab_x' WHERE username = 'wang'")


def _as_admin(open_as: OpenAs, statement: str) -> None:
    with open_as("admin")._office.transaction() as connection:
        connection.execute(text(statement))


def test_an_administrators_own_login(server: Server, open_as: OpenAs) -> None:
    admin = open_as("admin")
    if "zheng.boss" not in {one.username for one in admin.users.list()}:
        admin.users.add("zheng.boss", "admin", password=PASSWORD)
    login, password = admin.users.make_database_login("zheng.boss")
    try:
        url = url_of(server, password, login)
        assert ask(url, "SET ROLE mgg_admin", "SELECT mgg_is_admin()") == [(True,)]
        for refused in ("SET ROLE mgg_owner", "SET ROLE mgg_logins", "CREATE ROLE mine"):
            with pytest.raises(MggError, match=r"refuses|denied|permission"):
                ask(url, refused)
    finally:
        admin.users.end_database_login("zheng.boss")
        admin.users.deactivate("zheng.boss")

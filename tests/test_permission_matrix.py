"""Each right with each role, made from the one table: through the workspace and by direct SQL."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import OpenAs
from sqlalchemy import text

from mgg_kernel.errors import AccessError
from mgg_kernel.hot.database import Caller
from mgg_kernel.ingest import example_curve, write_lab_workbook
from mgg_kernel.web.lab import REFUSED_ROLES
from mgg_kernel.workspace import Foundation, Workspace
from mgg_kernel.workspace.rights import MEANING, RIGHTS, ROLES, Right, table

DOCS = Path(__file__).parents[1] / "docs" / "rights.md"
ACCOUNTS = {"admin": "matrix-admin", "engineer": "matrix-engineer", "user": "matrix-user"}
CELLS = [
    pytest.param(right, role, id=f"{right}-{role}".replace(" ", "_"))
    for right in RIGHTS
    for role in ROLES
]


class UndoneError(Exception):
    """Ends a transaction that has shown what it should."""


@dataclass(frozen=True)
class Things:
    """What the deeds are done to: a test of each account, one of somebody else, a model."""

    own: dict[str, int]
    others: int
    model: int


@pytest.fixture(scope="module")
def things(foundation: Foundation) -> Things:
    admin = Workspace(foundation, Caller("admin"))
    known = {one.username for one in admin.users.list()}
    for name in ACCOUNTS.values():
        if name not in known:
            admin.users.add(name, "engineer")  # so that each has a test of its own
        else:
            admin.users.set_role(name, "engineer")

    def stored(name: str, seed: int) -> int:
        workbook = write_lab_workbook(example_curve(seed=seed), name)
        ws = Workspace(foundation, Caller(name))
        (result,) = ws.tests.ingest(workbook, f"matrix {name}.xlsx")
        assert result.test_result_id is not None
        return result.test_result_id

    own = {name: stored(name, 900 + at) for at, name in enumerate(ACCOUNTS.values())}
    others = stored("wang", 910)
    model = admin.models.propose(admin.simulations.model()).id
    for role, name in ACCOUNTS.items():
        admin.users.set_role(name, role)  # type: ignore[arg-type]
    return Things(own, others, model)


def close_and_reopen(ws: Workspace, _: Things) -> None:
    ws.users.deactivate("stranger")
    ws.users.activate("stranger")


def put_and_release(ws: Workspace, _: Things) -> None:
    ws.archive.release(ws.archive.hold("2001-Q1", reason="matrix"))


def delete_own(ws: Workspace, things: Things) -> None:
    test_id = things.own[ws.user.username]
    ws.tests.delete(test_id)
    ws.tests.restore(test_id)


def delete_others(ws: Workspace, things: Things) -> None:
    ws.tests.delete(things.others)
    ws.tests.restore(things.others)


def choose(ws: Workspace, things: Things) -> None:
    before = ws.models.active()
    ws.models.activate(things.model)
    ws.models.retire(things.model)
    if before is not None:
        ws.models.activate(before.id)


def enter_lab(ws: Workspace, _: Things) -> None:
    if ws.user.role in REFUSED_ROLES:
        raise AccessError("The lab server lets this role not in.")


def keep_days(ws: Workspace, _: Things) -> None:
    ws.archive.set_hot_days("test_time_series", 365)


DEEDS: dict[Right, Callable[[Workspace, Things], object]] = {
    "look": lambda ws, _: ws.tests.list(),
    "work": lambda ws, _: ws.work_orders.create(title="matrix"),
    "JupyterLab": enter_lab,
    "delete own results": delete_own,
    "delete any result": delete_others,
    "restore": put_and_release,
    "choose models": choose,
    "manage accounts": close_and_reopen,
    "end sessions": lambda ws, _: ws.users.end_sessions("stranger"),
    "archive": lambda ws, _: ws.archive.plan(),
    "retention": keep_days,
    "back up": lambda ws, _: ws.backups.list(),
}

# Without a statement: what PostgreSQL has no part in.
STATEMENTS: dict[Right, tuple[str, ...]] = {
    "look": ("SELECT count(*) FROM v_test_results_summary",),
    "work": (
        "INSERT INTO nc_types (code) VALUES ('matrix')",
        "INSERT INTO work_orders (work_order_number, title) VALUES ('WO-20010101-000000', 'x')",
    ),
    "delete own results": (
        (
            "UPDATE test_results SET deleted_at = now(), deleted_by = mgg_actor_id()"
            " WHERE id = :own RETURNING id"
        ),
    ),
    "delete any result": (
        (
            "UPDATE test_results SET deleted_at = now(), deleted_by = mgg_actor_id()"
            " WHERE id = :others RETURNING id"
        ),
    ),
    "restore": (
        (
            "INSERT INTO archive_holds (period_start, period_end, reason)"
            " VALUES ('2001-01-01', '2001-04-01', 'matrix') RETURNING id"
        ),
        "SELECT count(*) FROM archive_holds",
    ),
    "choose models": ("UPDATE model_versions SET state = 'active' WHERE id = :model RETURNING id",),
    "manage accounts": (
        (
            "INSERT INTO users (username, display_name, role, team_id)"
            " VALUES ('matrix-new', 'x', 'user', 1) RETURNING id"
        ),
        "UPDATE users SET is_active = false WHERE username = 'stranger' RETURNING id",
        "INSERT INTO teams (name) VALUES ('matrix') RETURNING id",
    ),
    "end sessions": ("UPDATE user_sessions SET ended_at = now()",),
    "archive": ("SELECT count(*) FROM audit_seals",),
    "retention": ("UPDATE retention_policies SET hot_days = hot_days RETURNING table_name",),
}


def test_the_table_is_whole() -> None:
    assert list(RIGHTS) == list(MEANING) == list(DEEDS)
    assert set(RIGHTS) - set(STATEMENTS) == {"JupyterLab", "back up"}
    assert all(roles <= set(ROLES) for roles in RIGHTS.values())


@pytest.mark.parametrize(("right", "role"), CELLS)
def test_through_the_workspace(things: Things, open_as: OpenAs, right: Right, role: str) -> None:
    ws = open_as(ACCOUNTS[role])
    assert ws.user.role == role
    if role in RIGHTS[right]:
        DEEDS[right](ws, things)
    else:
        with pytest.raises(AccessError):
            DEEDS[right](ws, things)


@pytest.mark.parametrize(("right", "role"), CELLS)
def test_by_direct_sql(things: Things, foundation: Foundation, right: Right, role: str) -> None:
    name = ACCOUNTS[role]
    values = {"own": things.own[name], "others": things.others, "model": things.model}
    for statement in STATEMENTS.get(right, ()):
        needed = {key: value for key, value in values.items() if f":{key}" in statement}
        changed = attempt(foundation, name, statement, needed)
        assert changed == (role in RIGHTS[right]), statement


def attempt(foundation: Foundation, name: str, statement: str, values: dict[str, int]) -> bool:
    """Run a statement as somebody, undo it, and tell whether it did anything."""
    did = False
    try:
        with foundation.database.begin(Caller(name)) as (connection, user):
            now = connection.execute(text("SELECT current_user")).scalar_one()
            assert now == f"mgg_{user.role}"
            result = connection.execute(text(statement), values)
            # A statement that row-level security lets change nothing is refused too.
            did = "RETURNING" not in statement or len(result.all()) > 0
            raise UndoneError
    except UndoneError:
        return did
    except AccessError:
        return False


def test_the_document_prints_the_table() -> None:
    assert table() in DOCS.read_text("utf-8")

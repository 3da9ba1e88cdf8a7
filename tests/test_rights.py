"""Who may do what, held by PostgreSQL itself: every statement here goes past the workspace."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from conftest import OpenAs
from debian_postgres import DebianCluster
from sqlalchemy import text

from mgg_kernel.errors import AccessError, LoginError, StoreError
from mgg_kernel.hot.database import Caller, owner_engine
from mgg_kernel.hot.embedded import EmbeddedServer
from mgg_kernel.ingest import example_curve, write_lab_workbook
from mgg_kernel.workspace import Foundation, Workspace

ADD_TEST = (
    "INSERT INTO test_results (name, sample_count, time_unit, pressure_unit, baseline_mpa,"
    " peak_pressure_mpa, peak_time_ms) VALUES ('x', 2, 'ms', 'MPa', 0, 50, 10) RETURNING id"
)


def run(foundation: Foundation, username: str, statement: str) -> list[Any]:
    with foundation.database.begin(Caller(username)) as (connection, _):
        result = connection.execute(text(statement))
        return list(result) if result.returns_rows else []


@pytest.fixture(scope="module")
def wangs_test(foundation: Foundation) -> int:
    workbook = write_lab_workbook(example_curve(seed=77), "rights")
    wang = Workspace(foundation, Caller("wang"))
    (result,) = wang.tests.ingest(workbook, "rights.xlsx")
    assert result.test_result_id is not None
    return result.test_result_id


@pytest.mark.parametrize(
    "statement",
    [
        ADD_TEST,
        "INSERT INTO nc_types (code) VALUES ('Z')",
        "UPDATE test_results SET deleted_at = now()",
        "SELECT password_hash FROM users",
        "SELECT * FROM user_sessions",
        "SELECT * FROM test_time_series",
        "DELETE FROM operation_logs",
        "DROP TABLE test_results",
        "CREATE TABLE mine (x integer)",
        "SET ROLE mgg_owner",
    ],
)
def test_a_manager_changes_nothing_and_reads_no_secrets(
    foundation: Foundation, statement: str
) -> None:
    with pytest.raises(AccessError):
        run(foundation, "boss", statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE users SET role = 'admin' WHERE username = 'wang'",
        "INSERT INTO users (username, display_name, role, team_id) VALUES ('x', 'x', 'admin', 1)",
        "UPDATE retention_policies SET hot_days = 1",
        "INSERT INTO operation_logs (actor, log_type, action) VALUES ('boss', 'system', 'forged')",
        "DELETE FROM test_results",
        "UPDATE test_results SET peak_pressure_mpa = 1",
        "UPDATE pt_comparisons SET rmse_mpa = 0",
    ],
)
def test_an_engineer_adds_but_does_not_rewrite(foundation: Foundation, statement: str) -> None:
    with pytest.raises(AccessError):
        run(foundation, "wang", statement)


def test_a_row_cannot_be_filed_under_another_name(foundation: Foundation) -> None:
    forged = ADD_TEST.replace("(name,", "(created_by, name,").replace("('x',", "(1, 'x',")
    with pytest.raises(AccessError, match="row-level security"):
        run(foundation, "wang", forged)


def test_a_test_without_samples_is_refused_when_its_transaction_ends(
    foundation: Foundation,
) -> None:
    with pytest.raises(StoreError, match="has no samples"):
        run(foundation, "wang", ADD_TEST)


def test_samples_cannot_be_added_to_a_stored_curve(foundation: Foundation, wangs_test: int) -> None:
    add = (
        "INSERT INTO test_time_series SELECT id, 4000, 50, 1, recorded_at FROM test_results"
        f" WHERE id = {wangs_test}"
    )
    with pytest.raises(match="not one whole curve"):
        run(foundation, "wang", add)


@pytest.mark.parametrize(
    "samples",
    [
        pytest.param("(0, 0.0, 1.0), (1, 0.0, 2.0)", id="time stands still"),
        pytest.param("(0, 1.0, 1.0), (1, 0.5, 2.0)", id="time goes back"),
        pytest.param("(0, 0.0, 1.0)", id="one is missing"),
        pytest.param("(0, 0.0, 1.0), (2, 1.0, 2.0)", id="a number is left out"),
        pytest.param("(0, 0.0, 1.0), (1, 1.0, 'NaN')", id="not a number"),
        pytest.param("(0, 0.0, 1.0), (1, 'Infinity', 1.0)", id="not finite"),
    ],
)
def test_samples_that_are_no_curve_are_refused(foundation: Foundation, samples: str) -> None:
    with pytest.raises(StoreError):
        add_test_with(foundation, samples)


def test_the_same_samples_made_right_are_taken(foundation: Foundation) -> None:
    add_test_with(foundation, "(0, 0.0, 1.0), (1, 1.0, 2.0)")


def add_test_with(foundation: Foundation, samples: str) -> None:
    with foundation.database.begin(Caller("sun")) as (connection, _):
        row = connection.execute(text(ADD_TEST + ", recorded_at")).one()
        connection.execute(
            text(
                "INSERT INTO test_time_series SELECT :id, s.n, s.t, s.p, :at"
                f" FROM (VALUES {samples}) AS s (n, t, p)"
            ),
            {"id": row.id, "at": row.recorded_at},
        )


def test_another_team_sees_nothing(
    foundation: Foundation, open_as: OpenAs, wangs_test: int
) -> None:
    assert [test.id for test in open_as("sun").tests.list("rights")] == [wangs_test]
    assert [test.id for test in open_as("boss").tests.list("rights")] == [wangs_test]
    assert [test.id for test in open_as("admin").tests.list("rights")] == [wangs_test]
    assert open_as("stranger").tests.list() == []
    for table in ("test_results", "test_result_files", "test_curve_samples", "recipes"):
        assert run(foundation, "stranger", f"SELECT count(*) FROM {table}") == [(0,)], table


def test_a_colleague_cannot_delete_what_is_not_theirs(open_as: OpenAs, wangs_test: int) -> None:
    with pytest.raises(AccessError, match="is wang's"):
        open_as("sun").tests.delete(wangs_test)
    open_as("wang").tests.delete(wangs_test)
    assert open_as("boss").tests.list("rights") == []
    open_as("admin").tests.restore(wangs_test)
    assert len(open_as("boss").tests.list("rights")) == 1


def test_a_closed_account_cannot_act(open_as: OpenAs) -> None:
    open_as("admin").users.add("leaver", "engineer")
    leaver = open_as("leaver")
    assert leaver.user.role == "engineer"
    open_as("admin").users.deactivate("leaver")
    with pytest.raises(LoginError, match="no active account 'leaver'"):
        leaver.tests.list()


def test_a_role_counts_from_the_next_call(open_as: OpenAs) -> None:
    open_as("admin").users.add("riser", "user")
    riser = open_as("riser")
    with pytest.raises(AccessError, match="has the role 'user'"):
        riser.work_orders.create(title="x")
    open_as("admin").users.set_role("riser", "engineer")
    assert riser.work_orders.create(title="x").title == "x"


def test_the_pool_carries_no_actor_over(foundation: Foundation) -> None:
    with foundation.database.begin(Caller("wang", "192.0.2.7")):
        pass
    with foundation.database.engine.connect() as connection:
        carried = connection.execute(
            text(
                "SELECT current_setting('mgg.actor', true), current_setting('mgg.address', true),"
                " current_user = session_user"
            )
        ).one()
    assert tuple(value or None for value in carried) == (None, None, True)


def test_every_connection_says_who_it_is(foundation: Foundation) -> None:
    (shown,) = run(
        foundation,
        "wang",
        "SELECT current_setting('application_name'), current_setting('statement_timeout'),"
        " current_setting('lock_timeout'), current_user, mgg_actor()",
    )
    assert tuple(shown) == ("mgg tests", "30s", "10s", "mgg_engineer", "wang")


@pytest.fixture(scope="module")
def intruder(request: pytest.FixtureRequest, foundation: Foundation) -> Callable[[str], list[Any]]:
    """Runs SQL as a person's own PostgreSQL login: an engineer of another team."""
    owner: EmbeddedServer | DebianCluster = foundation.server or request.getfixturevalue("debian")
    engine = owner_engine(owner.owner_url("mgg_simulation"))
    with engine.begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS own_login"))
        connection.execute(text("CREATE ROLE own_login LOGIN PASSWORD 'x' IN ROLE mgg_engineer"))
        connection.execute(
            text("UPDATE users SET database_login = 'own_login' WHERE username = 'stranger'")
        )
    own = owner_engine(owner.connection_url("own_login", "x", "mgg_simulation"))

    def statement(sql: str) -> list[Any]:
        with own.begin() as connection:
            connection.execute(text("SELECT set_config('mgg.actor', 'admin', true)"))
            connection.execute(text("SELECT set_config('mgg.address', '192.0.2.9', true)"))
            result = connection.execute(text(sql))
            return list(result) if result.returns_rows else []

    return statement


def test_a_persons_own_login_cannot_claim_to_be_another(
    intruder: Callable[[str], list[Any]], wangs_test: int
) -> None:
    assert intruder("SELECT mgg_actor(), mgg_is_admin()") == [("stranger", False)]
    assert intruder(f"SELECT id FROM test_results WHERE id = {wangs_test}") == []
    intruder("SELECT log_operation('ingest', 'try', NULL, NULL, 'done', '{}')")
    (entry,) = intruder("SELECT actor, session_actor, address FROM operation_logs"
                        " WHERE action = 'try'")  # fmt: skip
    assert tuple(entry) == ("stranger", "own_login", None), "not the address it claims either"


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(
            "INSERT INTO model_versions (name, state, parameters, fingerprint, code_version)"
            " VALUES ('x', 'active', '{}', repeat('a', 64), '0')",
            id="a model in use for all",
        ),
        pytest.param(
            "INSERT INTO model_versions (name, parameters, fingerprint, code_version, created_by)"
            " VALUES ('x', '{}', repeat('a', 64), '0', 1)",
            id="a model in another's name",
        ),
        pytest.param(
            "SELECT log_operation('login', 'log in', NULL, NULL, 'refused', '{}')",
            id="failed logins that were none",
        ),
        pytest.param(
            "SELECT log_operation('archive', 'delete', NULL, NULL, 'done', '{}')",
            id="what only an archiver does",
        ),
        pytest.param(
            "INSERT INTO work_orders (work_order_number, recipe_id)"
            " VALUES ('WO-20000101-000000', (SELECT 1))",
            id="another team's recipe, or one that is not there",
        ),
        pytest.param(
            "INSERT INTO work_orders (work_order_number, created_at)"
            " VALUES ('WO-20000101-000000', '2001-01-01')",
            id="an order of the past",
        ),
        pytest.param(
            "INSERT INTO recipes (team_id, igniter_type, nc_type_1, nc_mass_1_mg, shell_height_mm,"
            " firing_current_a, vessel, test_device)"
            " VALUES (mgg_team_id(), '135', 'A', 'NaN', 22, 1.2, '10-892', 'Y-H')",
            id="a mass that is no number",
        ),
        pytest.param(
            "INSERT INTO report_runs (name, idempotency_key, state, created_by)"
            " VALUES ('x', 'x', 'running', 1)",
            id="a report in another's name",
        ),
        pytest.param("SELECT make_partitions('0044-01-01 BC', '0044-02-01 BC')", id="44 BC"),
        pytest.param("SELECT make_partitions('9999-01-01', '9999-02-01')", id="the year 9999"),
    ],
)
def test_what_an_intruder_tries_is_refused(
    intruder: Callable[[str], list[Any]], statement: str
) -> None:
    with pytest.raises((AccessError, StoreError)):
        intruder(statement)


def test_a_login_that_belongs_to_nobody_is_nobody(
    request: pytest.FixtureRequest, foundation: Foundation
) -> None:
    owner: EmbeddedServer | DebianCluster = foundation.server or request.getfixturevalue("debian")
    with owner_engine(owner.owner_url("mgg_simulation")).begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS nobodys"))
        connection.execute(text("CREATE ROLE nobodys LOGIN PASSWORD 'x' IN ROLE mgg_user"))
    own = owner_engine(owner.connection_url("nobodys", "x", "mgg_simulation"))
    with own.begin() as connection:
        connection.execute(text("SELECT set_config('mgg.actor', 'admin', true)"))
        assert connection.execute(text("SELECT mgg_actor(), mgg_is_admin()")).one() == (None, False)
        assert connection.execute(text("SELECT count(*) FROM test_results")).scalar_one() == 0


def test_nobody_empties_the_log_or_the_results(
    request: pytest.FixtureRequest, foundation: Foundation
) -> None:
    owner: EmbeddedServer | DebianCluster = foundation.server or request.getfixturevalue("debian")
    engine = owner_engine(owner.owner_url("mgg_simulation"))
    month = f"operation_logs_{datetime.now(UTC):%Y_%m}"
    for table in ("operation_logs", month, "test_results", "forward_simulations"):
        with pytest.raises(StoreError, match="is not emptied"), engine.begin() as connection:
            connection.execute(text(f"SET LOCAL ROLE mgg_owner; TRUNCATE {table} CASCADE"))

"""The schema: two ways to the same catalogue, and what the database itself refuses."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from debian_postgres import DebianCluster
from sqlalchemy import Connection, inspect, text

from mgg_kernel.errors import AccessError, SchemaError, StoreError
from mgg_kernel.hot.database import Caller, owner_engine
from mgg_kernel.hot.embedded import EmbeddedServer
from mgg_kernel.hot.schema import newest_version, schema_status, upgrade_schema
from mgg_kernel.hot.tables import metadata
from mgg_kernel.settings import Settings
from mgg_kernel.workspace import Foundation

SQL = Path(__file__).parents[1] / "sql"

TABLES = {
    "archive_batches",
    "archive_holds",
    "archived_curves",
    "audit_seals",
    "catalogue_history",
    "corridors",
    "curve_signatures",
    "device_calibrations",
    "forward_simulations",
    "gp_types",
    "igniter_types",
    "model_versions",
    "nc_types",
    "operation_logs",
    "pt_comparisons",
    "recipe_records",
    "recipes",
    "report_runs",
    "retention_policies",
    "reverse_simulations",
    "simulation_time_series",
    "teams",
    "test_devices",
    "test_result_files",
    "test_results",
    "test_time_series",
    "user_sessions",
    "users",
    "vessels",
    "work_orders",
}


@dataclass
class Server:
    """A server on which databases can be made, and the folder of its psql."""

    cluster: DebianCluster | EmbeddedServer
    bin_dir: Path

    def make(self, name: str) -> str:
        if isinstance(self.cluster, DebianCluster):
            self.cluster.create_database(name)
            return self.cluster.owner_url(name)
        self.cluster.ensure_database(name)
        return self.cluster.owner_url(name)

    def run(self, program: str, *arguments: str, stdin: str | None = None) -> str:
        done = subprocess.run(
            [self.bin_dir / program, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert not done.stderr, done.stderr
        return done.stdout


@pytest.fixture(scope="module", params=["embedded", "debian-15"])
def server(request: pytest.FixtureRequest, open_folder: Path) -> Iterator[Server]:
    if request.param == "embedded":
        with EmbeddedServer(open_folder / "schema") as embedded:
            yield Server(embedded, embedded.bin_dir)
    else:
        cluster: DebianCluster = request.getfixturevalue("debian")
        yield Server(cluster, cluster.bin_dir)


@pytest.fixture(scope="module")
def by_psql(server: Server) -> str:
    """A database made by ``psql mgg_simulation < sql/schema.sql``."""
    url = server.make("by_psql")
    printed = server.run("psql", "--quiet", url, stdin=(SQL / "schema.sql").read_text("utf-8"))
    assert printed == "", "schema.sql builds in silence"
    return url


@pytest.fixture(scope="module")
def by_migrations(server: Server) -> str:
    url = server.make("by_migrations")
    with owner_engine(url).begin() as connection:
        before = upgrade_schema(connection)
    assert before.current is None
    return url


def catalogue(server: Server, url: str) -> list[str]:
    lines = server.run("pg_dump", "--schema-only", url).splitlines()
    # pg_dump guards its output with a key of its own for each run.
    return [line for line in lines if not re.match(r"\\(un)?restrict ", line)]


@pytest.fixture
def connection(by_psql: str) -> Iterator[Connection]:
    """A transaction of the owner, undone afterwards."""
    engine = owner_engine(by_psql)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def test_both_ways_end_in_the_same_catalogue(
    server: Server, by_psql: str, by_migrations: str
) -> None:
    assert catalogue(server, by_psql) == catalogue(server, by_migrations)
    assert len(catalogue(server, by_psql)) > 1000


def test_both_ways_begin_with_the_same_rows(
    server: Server, by_psql: str, by_migrations: str
) -> None:
    tables = ("teams", "retention_policies", "alembic_version")
    rows = []
    for url in (by_psql, by_migrations):
        with owner_engine(url).connect() as connection:
            rows.append(
                [
                    {key: value for key, value in row._mapping.items() if not key.endswith("_at")}
                    for table in tables
                    for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY 1"))
                ]
            )
    assert rows[0] == rows[1]
    assert rows[0][-1] == {"version_num": newest_version()}


def test_all_tables_of_the_architecture_are_there(connection: Connection) -> None:
    assert set(inspect(connection).get_table_names()) >= TABLES
    assert set(inspect(connection).get_view_names()) >= {
        "v_active_simulations",
        "v_test_calibration",
        "v_test_results_summary",
        "v_tests_out_of_calibration",
    }


def test_the_stores_know_the_columns_as_they_are(connection: Connection) -> None:
    for table in metadata.tables.values():
        real = {column["name"] for column in inspect(connection).get_columns(table.name)}
        assert {column.name for column in table.columns} <= real, table.name


def test_every_foreign_key_has_an_index(connection: Connection) -> None:
    query = """
        SELECT c.conrelid::regclass || '.' || a.attname
        FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace
          AND NOT EXISTS (
              SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])
    """
    assert list(connection.execute(text(query)).scalars()) == []


def test_an_older_database_is_brought_to_the_same_catalogue(server: Server, by_psql: str) -> None:
    url = server.make("older")
    with owner_engine(url).begin() as connection:
        upgrade_schema(connection, to="0001")
        assert schema_status(connection).current == "0001"
        connection.execute(text("INSERT INTO nc_types (code) VALUES ('kept')"))
    with owner_engine(url).begin() as connection:
        assert upgrade_schema(connection).current == "0001"
        assert connection.execute(text("SELECT code FROM nc_types")).scalar_one() == "kept"
    assert catalogue(server, url) == catalogue(server, by_psql)


def test_an_upgrade_of_a_current_schema_changes_nothing(by_migrations: str) -> None:
    with owner_engine(by_migrations).begin() as connection:
        assert upgrade_schema(connection).is_current
        assert schema_status(connection).is_current


def test_a_newer_schema_is_refused(connection: Connection) -> None:
    connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaError, match=r"9999, newer than this program's"):
        upgrade_schema(connection)


def test_every_monitoring_query_runs(connection: Connection) -> None:
    connection.execute(text("CREATE EXTENSION pg_stat_statements"))
    files = sorted((SQL / "monitoring").glob("*.sql"))
    assert len(files) >= 7
    for file in files:
        rows = connection.exec_driver_sql(file.read_text("utf-8").replace("%", "%%"))
        assert rows.keys(), file.name


def test_partitions_reach_a_year_ahead_and_are_made_once(connection: Connection) -> None:
    reaches = connection.exec_driver_sql(
        (SQL / "monitoring" / "partitions_ahead.sql").read_text("utf-8")
    ).all()
    assert {row.table_name for row in reaches} == {
        "operation_logs",
        "simulation_time_series",
        "test_time_series",
    }
    assert {row.partitions for row in reaches} == {13}
    made = text("SELECT make_partitions('2020-02-10', '2020-04-01')")
    assert connection.execute(made).scalar_one() == 9
    assert connection.execute(made).scalar_one() == 0


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("INSERT INTO users (username, display_name, role, team_id) VALUES ('A b', 'x', 'user', 1)",
         "users_username_check"),
        ("INSERT INTO users (username, display_name, role, team_id) VALUES ('ab', 'x', 'king', 1)",
         "users_role_check"),
        ("UPDATE users SET password_hash = 'plain text'", "users_password_hash_check"),
        ("INSERT INTO vessels (code, volume_ml) VALUES ('v', -1)", "vessels_volume_ml_check"),
        ("INSERT INTO vessels (code, volume_ml) VALUES ('v', 'NaN')", "vessels_volume_ml_check"),
        ("INSERT INTO nc_types (code) VALUES ('a:b')", "code_check"),
        ("UPDATE retention_policies SET hot_days = 0", "retention_policies_hot_days_check"),
    ],
)  # fmt: skip
def test_impossible_values_are_refused(connection: Connection, statement: str, rule: str) -> None:
    with pytest.raises(StoreError, match=rule):
        connection.execute(text(statement))


def test_the_operation_log_takes_new_rows_only(connection: Connection) -> None:
    connection.execute(text("SELECT set_config('mgg.actor', 'system', true)"))
    log = text("SELECT log_operation('ingest', 'try', NULL, NULL, 'done', '{}')")
    assert connection.execute(log).scalar_one() >= 1
    for statement in (
        "UPDATE operation_logs SET actor = 'nobody'",
        "DELETE FROM operation_logs",
        "TRUNCATE operation_logs",
    ):
        with (
            pytest.raises(StoreError, match=r"takes new rows only|is not emptied"),
            connection.begin_nested(),
        ):
            connection.execute(text(statement))


def test_a_log_entry_without_an_actor_is_refused(connection: Connection) -> None:
    with pytest.raises(AccessError, match="does not say who acts"):
        connection.execute(text("SELECT log_operation('ingest', 'try', NULL, NULL, 'done', '{}')"))


def test_an_older_schema_is_told_to_people(
    request: pytest.FixtureRequest, foundation: Foundation
) -> None:
    owner: EmbeddedServer | DebianCluster = foundation.server or request.getfixturevalue("debian")
    stamp = text("UPDATE alembic_version SET version_num = :version")
    with owner_engine(owner.owner_url("mgg_simulation")).begin() as connection:
        connection.execute(stamp, {"version": "0000"})
    try:
        with pytest.raises(SchemaError, match="run 'mgg db upgrade'"):
            Foundation(foundation.settings, application="tests")
    finally:
        with owner_engine(owner.owner_url("mgg_simulation")).begin() as connection:
            connection.execute(stamp, {"version": newest_version()})


def test_an_owner_who_is_no_superuser_is_enough(debian: DebianCluster, tmp_path: Path) -> None:
    """As the head of schema.sql says: CREATEROLE and the database are what it takes."""
    with owner_engine(debian.owner_url()).connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text("CREATE ROLE labowner LOGIN CREATEROLE PASSWORD 'x'"))
        for name in ("owned", "owned_by_psql"):
            connection.execute(text(f"CREATE DATABASE {name} OWNER labowner"))
    url = debian.connection_url("labowner", "x", "owned")
    settings = Settings(data_dir=tmp_path, database_url=url)
    made = Foundation(settings, application="tests", upgrade=True)
    assert made.first_admin is not None
    with made.database.begin(Caller("admin")) as (connection, user):
        assert user.role == "admin"
        assert connection.execute(text("SELECT current_user")).scalar_one() == "mgg_admin"
    made.close()
    again = Foundation(settings, application="tests")
    assert again.first_admin is None
    again.close()

    by_psql = debian.connection_url("labowner", "x", "owned_by_psql")
    done = subprocess.run(
        [debian.bin_dir / "psql", "--quiet", by_psql],
        input=(SQL / "schema.sql").read_text("utf-8"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""

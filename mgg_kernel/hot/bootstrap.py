"""What a database needs before anybody can work with it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from psycopg2 import sql
from psycopg2.extensions import encrypt_password
from sqlalchemy import Connection, func, select, text

from mgg_kernel.hot import catalog, users
from mgg_kernel.hot.catalog import CatalogueEntry
from mgg_kernel.hot.database import Caller, Database
from mgg_kernel.hot.log import write_log

__all__ = [
    "FirstAdmin",
    "days_of_partitions_ahead",
    "make_first_admin",
    "make_partitions_ahead",
    "prepare_embedded",
]

SYSTEM = Caller("system")
_FIRST_ADMIN_LOCK = "mgg:first_admin"

_PARTITIONS = text("SELECT make_partitions(current_date, (current_date + interval '1 year')::date)")


@dataclass(frozen=True)
class FirstAdmin:
    """The account that the first run made, with the password that is told only now."""

    username: str
    password: str

    def __repr__(self) -> str:
        return f"FirstAdmin(username={self.username!r}, password=…)"


def prepare_embedded(connection: Connection, app_password: str) -> None:
    """Do what a database administrator does by hand on a server that is not embedded.

    Args:
        connection: a transaction of the superuser.
        app_password: password of the program's own login.
    """
    connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_stat_statements"))
    _give_app_login(connection, app_password)


def _give_app_login(connection: Connection, password: str) -> None:
    """Let the program's own role log in with this password.

    Args:
        connection: a transaction of a superuser.
        password: the password; only its SCRAM verifier is sent.
    """
    driver = connection.connection.driver_connection
    verifier = encrypt_password(password, "mgg_app", driver, "scram-sha-256")
    statement = sql.SQL("ALTER ROLE mgg_app LOGIN PASSWORD {}").format(sql.Literal(verifier))
    with driver.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute(statement)


def make_first_admin(
    connection: Connection,
    username: str,
    password: str,
    starter: Iterable[tuple[str, CatalogueEntry]],
) -> FirstAdmin | None:
    """Make the first administrator and the starter catalogue, if no administrator can log in.

    Args:
        connection: a transaction of the schema's owner, or of the program's own login.
        username: the account's name.
        password: its password.
        starter: kind and entry of what the catalogue begins with.

    Returns:
        The account, or None where there is an administrator already.
    """
    # Of two first runs at once, the second one waits here and then finds the account.
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(_FIRST_ADMIN_LOCK))))
    with _as_system(connection):
        if users.any_admin(connection):
            return None
        users.add_account(
            connection,
            username=username,
            display_name="Administrator",
            role="admin",
            team="lab",
            password=password,
        )
        for kind, entry in starter:
            if entry.code not in {known.code for known in catalog.list_entries(connection, kind)}:
                catalog.add_entry(connection, kind, entry)
        write_log(
            connection,
            "account",
            "make the first administrator",
            object_type="users",
            object_id=username,
        )
    return FirstAdmin(username, password)


def make_partitions_ahead(connection: Connection) -> int:
    """Make the monthly partitions of the coming year, and return how many were missing.

    Args:
        connection: a transaction of the schema's owner, or of the program's own login.
    """
    with _as_system(connection):
        return int(connection.execute(_PARTITIONS).scalar_one())


@contextmanager
def _as_system(connection: Connection) -> Iterator[None]:
    """Act as the program's own account for a while, in a transaction that has no actor."""
    connection.execute(text("SELECT set_config('mgg.actor', 'system', true)"))
    connection.execute(text("SET LOCAL ROLE mgg_admin"))
    yield
    connection.execute(text("RESET ROLE"))


def days_of_partitions_ahead(database: Database, sql_dir: Path) -> int:
    """Return for how many days from now there are partitions for all of the big tables.

    Args:
        database: a database with the schema.
        sql_dir: folder with ``monitoring/partitions_ahead.sql``.
    """
    query = (sql_dir / "monitoring" / "partitions_ahead.sql").read_text(encoding="utf-8")
    with database.begin(SYSTEM) as (connection, _):
        rows = connection.exec_driver_sql(query).all()
    now = datetime.now(UTC)
    return min((int((row.reaches_to - now).days) for row in rows), default=0)

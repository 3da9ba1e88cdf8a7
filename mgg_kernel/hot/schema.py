"""Bringing a database's schema to the one that this program needs."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, inspect, select, text

from mgg_kernel._paths import sql_dir
from mgg_kernel.errors import SchemaError, StoreError

if TYPE_CHECKING:
    from alembic.config import Config

    from mgg_kernel.hot.sealing import Sealer

__all__ = [
    "SchemaStatus",
    "newest_version",
    "run_migration_file",
    "schema_status",
    "upgrade_schema",
]

_VERSION = text("SELECT version_num FROM alembic_version")
_LOCK = "mgg:upgrade_schema"
MIN_POSTGRES = 150000


@dataclass(frozen=True)
class SchemaStatus:
    """The version of a database's schema (None: there is none), and the one that is needed."""

    current: str | None
    needed: str

    @property
    def is_current(self) -> bool:
        """Whether the database is what this program needs."""
        return self.current == self.needed


@cache
def newest_version() -> str:
    """Return the schema version that this program needs: that of the newest migration."""
    return max(path.name.split("_")[0] for path in (sql_dir() / "migrations").glob("*.sql"))


def schema_status(connection: Connection) -> SchemaStatus:
    """Return what schema a database has."""
    if not inspect(connection).has_table("alembic_version"):
        return SchemaStatus(None, newest_version())
    current = connection.execute(_VERSION).scalar_one_or_none()
    return SchemaStatus(current, newest_version())


def upgrade_schema(
    connection: Connection, *, to: str = "head", sealer: "Sealer | None" = None
) -> SchemaStatus:
    """Bring the schema to the newest version; two at once wait for each other.

    Args:
        connection: a transaction of the database's owner; all of it is done in this one.
        to: the version to stop at.
        sealer: seals the contact data of a database that is older than version 0019.

    Returns:
        The status as it was before.

    Raises:
        SchemaError: the database's schema is newer than this program.
        StoreError: PostgreSQL is older than 15.
    """
    from alembic import command

    version = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
    if version < MIN_POSTGRES:
        raise StoreError(
            f"PostgreSQL {version // 10000} is too old; the workspace needs 15 or later."
        )
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    connection.exec_driver_sql("SET LOCAL lock_timeout = '5min'")
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(_LOCK))))
    before = schema_status(connection)
    if before.current is not None and before.current > before.needed:
        raise SchemaError(
            f"The database's schema is of version {before.current}, newer than this program's "
            f"{before.needed}; install the newer program."
        )
    if not before.is_current:
        config = _config()
        config.attributes["connection"] = connection
        config.attributes["sealer"] = sealer
        command.upgrade(config, to)
    return before


def run_migration_file(revision: str) -> None:
    """Run ``sql/migrations/<revision>_….sql`` on the connection of the running migration."""
    from alembic import op

    (path,) = (sql_dir() / "migrations").glob(f"{revision}_*.sql")
    connection = op.get_bind()
    connection.exec_driver_sql(path.read_text(encoding="utf-8").replace("%", "%%"))
    connection.exec_driver_sql("RESET ROLE")


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "mgg_kernel:hot/migrations")
    return config

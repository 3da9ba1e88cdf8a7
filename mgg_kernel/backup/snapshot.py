"""One moment of the database, held still for a dump and for whoever counts beside it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg2 import errors, sql
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from mgg_kernel.backup import facts
from mgg_kernel.backup.manifest import DatabaseFacts
from mgg_kernel.errors import BackupError
from mgg_kernel.hot.database import owner_engine

__all__ = ["Snapshot", "hold_snapshot"]

WAIT_S = 60.0
"""How long the tables may be held by somebody else, such as the archive."""

_TABLES = text(
    "SELECT relname FROM pg_class c WHERE relkind IN ('r', 'p') AND NOT relispartition"
    " AND relnamespace = 'public'::regnamespace"
    " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"
    " ORDER BY relkind, relname"
)
_MOMENT = text("SELECT pg_export_snapshot() AS name, now() AS moment")
# Shorter than PostgreSQL waits before it ends one of two that wait for each other: that should
# never be the archive's transaction.
_PATIENCE = text("SET LOCAL lock_timeout = '400ms'")
_NO_PATIENCE = text("SET LOCAL lock_timeout = 0")


@dataclass(frozen=True)
class Snapshot:
    """One moment of the database.

    Attributes:
        connection: a transaction that sees that moment; no table goes away while it is open.
        name: what another session calls the moment.
        moment: when that was.
        facts: what the database held, without the digests of its tables.  The numbers that count
            up are of no snapshot: they are read before the dump can read them, so that those of
            the dump are never smaller.
    """

    connection: Connection
    name: str
    moment: datetime
    facts: DatabaseFacts


@contextmanager
def hold_snapshot(url: str) -> Iterator[Snapshot]:
    """Hold one moment of a database until the end of the block.

    The tables are locked (against being dropped, not against being written to) before the moment
    is taken: a partition that moves to the cold store meanwhile is in the snapshot or not there.

    Args:
        url: of a login that may read everything.

    Raises:
        BackupError: somebody else holds a table for a minute.
    """
    engine = owner_engine(url).execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )
    until = time.monotonic() + WAIT_S
    try:
        while True:
            with engine.connect() as connection, connection.begin():
                if not _lock(engine, connection, until):
                    continue
                row = connection.execute(_MOMENT).one()
                yield Snapshot(connection, row.name, row.moment, facts.read_facts(connection))
                return
    finally:
        engine.dispose()


def _lock(engine: Engine, connection: Connection, until: float) -> bool:
    with engine.connect() as other:
        names = [str(name) for (name,) in other.execute(_TABLES)]
    facts.steady_texts(connection)
    connection.execute(_PATIENCE)
    driver: Any = connection.connection.driver_connection
    tables = sql.SQL(", ").join(sql.Identifier("public", name) for name in names)
    statement = sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(tables).as_string(driver)
    try:
        connection.exec_driver_sql(statement)
    except DBAPIError as error:
        if not isinstance(error.orig, errors.LockNotAvailable | errors.UndefinedTable):
            raise
        if time.monotonic() > until:
            raise BackupError(
                "Somebody holds a table of the database for a minute, perhaps the archive or an "
                "upgrade; run the backup again when that has ended."
            ) from error
        connection.get_transaction().rollback()  # type: ignore[union-attr]
        time.sleep(0.2)
        return False
    connection.execute(_NO_PATIENCE)
    return True

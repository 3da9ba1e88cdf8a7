"""The archiver's connection: one, direct, with the lock on it until it ends.

Lock, export, deletion and commit share the session.  With the lock on a second connection a dead
client would free it while the server still works on the commit.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from psycopg2 import sql
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from mgg_kernel.cold.faults import reach
from mgg_kernel.errors import ArchiveError, ConflictError, MggError
from mgg_kernel.hot.database import Caller, Database, explained, set_actor

__all__ = ["ArchiveSession"]

# The same two numbers as in archive_require_lock(), sql/schema.sql.
_LOCK = text("SELECT pg_try_advisory_lock(7303, 1)")
_AS_ARCHIVER = text("SET LOCAL ROLE mgg_archiver")
_CHECK = text("SELECT archive_require_lock()")
_CHECK_RESTORING = text("SELECT archive_require_restorer()")


class ArchiveSession:
    """Opens the connection and takes the lock; used as a context, which ends both.

    Args:
        database: the database whose rows get old.
        caller: who acts.
        restoring: rows are written back, which engineers may do too; all else is for
            administrators.

    Raises:
        ConflictError: another archiver is at work.
        AccessError: the account may not.
    """

    def __init__(self, database: Database, caller: Caller, *, restoring: bool = False) -> None:
        self._check = _CHECK_RESTORING if restoring else _CHECK
        self._caller = caller
        self._engine = database.direct_engine("archive")
        self._connection = self._engine.connect()
        try:
            self._take_lock()
        except BaseException:
            self.close()
            raise
        reach("locked")

    @contextmanager
    def transaction(self, *, snapshot: bool = False) -> Iterator[Connection]:
        """Open a transaction of the archiver; it commits at the end of the block.

        Args:
            snapshot: all statements see one moment, that of the first query: locks that are taken
                before it are part of nothing that is seen too early.
        """
        level = "REPEATABLE READ" if snapshot else "READ COMMITTED"
        self._connection.execution_options(isolation_level=level)
        with explained(), self._connection.begin():
            set_actor(self._connection, self._caller, _AS_ARCHIVER)
            yield self._connection

    def lock_partitions(self, connection: Connection, names: list[str]) -> None:
        """Keep writers out of partitions until the transaction ends.

        Args:
            connection: a transaction in which nothing was asked yet.
            names: the partitions.
        """
        for name in names:
            statement = sql.SQL("LOCK TABLE ONLY {} IN SHARE MODE").format(
                sql.Identifier("public", name)
            )
            connection.exec_driver_sql(statement.as_string(_driver(connection)))

    def holds_lock(self) -> bool:
        """Return whether this session lives and still has the lock."""
        try:
            with self.transaction() as connection:
                connection.execute(self._check)
        except (MggError, SQLAlchemyError):
            return False
        return True

    def close(self) -> None:
        """End the session, and with it the lock."""
        self._connection.close()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _take_lock(self) -> None:
        with self.transaction() as connection:
            if not connection.execute(_LOCK).scalar_one():
                raise ConflictError(
                    "Another archiver is at work on this database; wait until it has finished."
                )
        with self.transaction() as connection:
            # A pooler that hands out another session for each transaction is found out here.
            try:
                connection.execute(self._check)
            except MggError as error:
                if getattr(error.__cause__, "pgcode", None) == "55000":
                    raise ArchiveError(
                        "The database is reached through a pooler that changes sessions; give the "
                        "archiver a direct address in MGG_DATABASE_URL."
                    ) from error
                raise


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection

"""Connections to PostgreSQL: the one place that opens them.

A transaction always says who acts: :meth:`Database.begin` looks the account up, takes on the
least role that the account has, and sets ``mgg.actor``, all of it for this transaction only, so
that a pooled connection carries nothing over to the next one.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from psycopg2 import Error as DriverError
from psycopg2 import OperationalError as DriverDown
from psycopg2 import sql
from sqlalchemy import URL, Connection, Engine, TextClause, create_engine, event, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from mgg_kernel.errors import (
    AccessError,
    ConflictError,
    DatabaseDownError,
    LoginError,
    MggError,
    SchemaError,
    SettingsError,
    StoreError,
)
from mgg_kernel.settings import Settings

__all__ = [
    "Caller",
    "Database",
    "Role",
    "User",
    "explain",
    "explained",
    "owner_engine",
    "set_actor",
]

Role = Literal["admin", "engineer", "user"]

CONNECT_TIMEOUT_S = 10
LOCK_TIMEOUT_S = 10
IDLE_IN_TRANSACTION_TIMEOUT_S = 60
# libpq repeats the whole address of a failed attempt; only its reason is wanted.
_LIBPQ_PREFIX = re.compile(r"^connection to server (at|on socket) .*? failed: ")
POOL_RECYCLE_S = 1800
_ACT_AS = text(
    "SELECT a.id, a.username, a.display_name, a.role, a.team,"
    " set_config('mgg.actor', a.username, true), set_config('mgg.address', :address, true)"
    " FROM mgg_account(:username) a"
)
# A role cannot be a bound parameter, so each statement stands here whole.
_SET_ROLE = {
    "admin": text("SET LOCAL ROLE mgg_admin"),
    "engineer": text("SET LOCAL ROLE mgg_engineer"),
    "user": text("SET LOCAL ROLE mgg_user"),
    "login": text("SET LOCAL ROLE mgg_login"),
}
_ROLE_NOW = text("SELECT role FROM users WHERE id = mgg_actor_id()")
_SET_ACTOR = text(
    "SELECT set_config('mgg.actor', :username, true), set_config('mgg.address', :address, true)"
)


@dataclass(frozen=True)
class User:
    """An account, as the database knew it when it was asked."""

    id: int
    username: str
    display_name: str
    role: Role
    team: str


@dataclass(frozen=True)
class Caller:
    """Who asks for something, and from which address (None: on this machine)."""

    username: str
    address: str | None = None


class Database:
    """A pool of connections to one PostgreSQL.

    Args:
        url: SQLAlchemy URL, ``postgresql://user:password@host:5432/mgg_simulation``.
        application: name of this program in ``pg_stat_activity`` and in the operation log.
        settings: pool size, statement timeout and time zone.

    Raises:
        SettingsError: the URL is none, or not one of PostgreSQL.
    """

    def __init__(self, url: str, *, application: str, settings: Settings) -> None:
        self.url = _driver_url(url)
        timeout_ms = round(settings.statement_timeout_s * 1000)
        self.engine = create_engine(
            self.url,
            pool_size=settings.pool_size,
            max_overflow=settings.pool_size,
            pool_pre_ping=True,
            pool_recycle=POOL_RECYCLE_S,
            connect_args={
                "application_name": f"mgg {application}",
                "connect_timeout": CONNECT_TIMEOUT_S,
                "options": (
                    f"-c statement_timeout={timeout_ms} -c lock_timeout={LOCK_TIMEOUT_S}s"
                    f" -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_TIMEOUT_S}s"
                    f" -c timezone={settings.timezone} -c search_path=public"
                ),
            },
        )
        event.listen(self.engine, "handle_error", _speak_plainly)

    def __repr__(self) -> str:
        return f"<Database {self.url.render_as_string(hide_password=True)}>"

    @contextmanager
    def begin(self, caller: Caller) -> Iterator[tuple[Connection, User]]:
        """Open a transaction in which `caller` acts, with the rights of that account.

        It commits at the end of the block, or rolls back if the block raises.

        Raises:
            LoginError: there is no active account of that name.
            DatabaseDownError: the database does not answer.
        """
        parameters = {"username": caller.username, "address": caller.address or ""}
        with explained(), self.engine.begin() as connection:
            row = connection.execute(_ACT_AS, parameters).one_or_none()
            if row is None:
                raise LoginError(
                    f"There is no active account '{caller.username}'; ask an administrator, or "
                    "set MGG_ACTOR to an account that 'mgg users list' shows."
                )
            user = User(row.id, row.username, row.display_name, row.role, row.team)
            connection.execute(_SET_ROLE[user.role])
            yield connection, user

    @contextmanager
    def begin_snapshot(self, caller: Caller, locks: Sequence[TextClause]) -> Iterator[Connection]:
        """Open a transaction that only reads, of which all statements see one moment.

        Args:
            caller: who acts.
            locks: ``LOCK`` statements; they are granted before that moment.

        Raises:
            LoginError: there is no active account of that name.
            ConflictError: the account's role was changed at this moment.
        """
        with self.begin(caller) as (_, user):
            pass
        with explained(), self.engine.connect() as connection:
            connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            with connection.begin():
                set_actor(connection, caller, _SET_ROLE[user.role])
                for lock in locks:
                    connection.execute(lock)
                # The first query, which takes the snapshot.
                if connection.execute(_ROLE_NOW).scalar_one_or_none() != user.role:
                    raise ConflictError("Your account was changed at this moment; try again.")
                yield connection

    @contextmanager
    def begin_login(self, claimed: Caller) -> Iterator[Connection]:
        """Open a transaction that may check passwords and sessions and nothing else.

        Args:
            claimed: who the other side says it is, for the log.
        """
        parameters = {"username": claimed.username, "address": claimed.address or ""}
        with explained(), self.engine.begin() as connection:
            connection.execute(_SET_ROLE["login"])
            connection.execute(_SET_ACTOR, parameters)
            yield connection

    def direct_engine(self, purpose: str) -> Engine:
        """Return an engine without a pool and without limits of time, for one long piece of work.

        Args:
            purpose: what the connection calls itself.
        """
        engine = create_engine(
            self.url,
            poolclass=NullPool,
            connect_args={
                "application_name": f"mgg {purpose}",
                "connect_timeout": CONNECT_TIMEOUT_S,
                "options": (
                    f"-c lock_timeout={LOCK_TIMEOUT_S}s -c timezone=UTC -c search_path=public"
                    " -c tcp_keepalives_idle=30 -c synchronous_commit=on"
                ),
            },
        )
        event.listen(engine, "handle_error", _speak_plainly)
        return engine

    def close(self) -> None:
        """Close all connections that are not in use."""
        self.engine.dispose()


def set_actor(connection: Connection, caller: Caller, role: TextClause) -> None:
    """Take on a role and say who acts without a query, which would take the snapshot too early.

    Args:
        connection: a transaction that has just begun.
        caller: who acts.
        role: ``SET LOCAL ROLE …``.
    """
    connection.execute(role)
    driver = connection.connection.driver_connection
    for name, value in (("actor", caller.username), ("address", caller.address or "")):
        statement = sql.SQL("SET LOCAL {} = {}").format(
            sql.Identifier("mgg", name), sql.Literal(value)
        )
        with driver.cursor() as cursor:  # type: ignore[union-attr]
            cursor.execute(statement)


def owner_engine(url: str) -> Engine:
    """Return an engine for the owner's work on the schema: no pool, no limits, no actor."""
    engine = create_engine(
        _driver_url(url),
        poolclass=NullPool,
        connect_args={"application_name": "mgg schema", "connect_timeout": CONNECT_TIMEOUT_S},
    )
    event.listen(engine, "handle_error", _speak_plainly)
    return engine


def _driver_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # Neither the URL nor the part of it that is wrong is told: they may hold a password.
        raise SettingsError(
            "MGG_DATABASE_URL is not a URL; write postgresql://user@host:5432/mgg_simulation."
        ) from None
    if parsed.get_backend_name() != "postgresql":
        raise SettingsError(
            f"MGG_DATABASE_URL names {parsed.get_backend_name()}, but only postgresql:// works."
        )
    return parsed.set(drivername="postgresql+psycopg2")


@contextmanager
def explained() -> Iterator[None]:
    """Explain also what goes past SQLAlchemy: COPY, and texts that PostgreSQL cannot hold."""
    try:
        yield
    except ValueError as error:
        # UnicodeEncodeError is one too: half of a pair, as an odd file name may hold it.
        if "NUL" not in str(error) and not isinstance(error, UnicodeEncodeError):
            raise
        raise StoreError(
            "A text holds a sign that cannot be stored; take it out and try again."
        ) from error
    except DriverError as error:
        explained = explain(error)
        if explained is None:
            raise
        raise explained from error


def _speak_plainly(context: ExceptionContext) -> None:
    """Turn what the driver raised into an error of the workspace, where it means something."""
    if context.is_pre_ping:
        return  # the pool has found out that the server was restarted, and connects anew
    explained = explain(context.original_exception, lost=context.is_disconnect)
    if explained is not None:
        raise explained from context.original_exception


def explain(error: BaseException, *, lost: bool = False) -> MggError | None:
    """Return the error of the workspace that a driver's error stands for, or None if it has none.

    Args:
        error: what psycopg2 raised.
        lost: the connection is known to be gone.
    """
    state = getattr(error, "pgcode", None) or ""
    reason = (str(error).strip().splitlines() or ["no reason told"])[0]
    if lost or state.startswith(("08", "57P")) or (isinstance(error, DriverDown) and not state):
        reason = _LIBPQ_PREFIX.sub("", reason).rstrip(".")
        return DatabaseDownError(f"The database does not answer ({reason}); see 'mgg doctor'.")
    if state == "42501" or "invalid role OID" in reason:  # a login that was ended meanwhile
        return AccessError(f"The database refuses this to your role: {reason}.")
    if state in ("42P01", "42883", "42703", "3F000"):
        return SchemaError(
            f"The database's schema does not fit this program ({reason}); run 'mgg db upgrade'."
        )
    if state == "57014":
        return StoreError(
            "The database ended a statement that took too long; ask for less, or raise "
            "MGG_STATEMENT_TIMEOUT_S."
        )
    if state.startswith("53"):
        return StoreError(f"The database is out of resources: {reason}; tell an administrator.")
    if state == "23505":
        return ConflictError(f"The same is there already ({reason}); nothing was stored.")
    if "no partition of relation" in reason:
        return StoreError(
            "The database has no partition for this month; run 'mgg up' or 'mgg db upgrade', which "
            "make the partitions of the coming year."
        )
    if state.startswith(("22", "23")):
        return StoreError(f"The database refused the data ({reason}); nothing was stored.")
    if "invalid dsn" in reason or "invalid connection option" in reason:
        return SettingsError(
            "MGG_DATABASE_URL has an option that PostgreSQL does not know; see its manual, "
            "'Connection Strings'."
        )
    if state in ("55000", "XX001"):
        return StoreError(f"The database refuses: {reason}; nothing was changed.")
    if state in ("55P03", "40P01", "40001"):
        return ConflictError(
            "Somebody else is changing the same thing; nothing was changed, so try again."
        )
    return None

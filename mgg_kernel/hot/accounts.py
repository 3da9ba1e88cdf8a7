"""Logging in: passwords, sessions, and who a session belongs to."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select, text

from mgg_kernel.errors import LoginError
from mgg_kernel.hot.database import Caller, Database, User
from mgg_kernel.hot.log import write_log
from mgg_kernel.hot.tables import teams, user_sessions, users

if TYPE_CHECKING:
    from argon2 import PasswordHasher

__all__ = ["Accounts", "hash_password"]

MAX_FAILURES = 10
# Behind one reverse proxy all people share an address.
MAX_FAILURES_FROM_ADDRESS = 100
FAILURE_WINDOW = timedelta(minutes=10)
MAX_NAME_LENGTH = 40
MAX_PASSWORD_LENGTH = 1000
TOKEN_BYTES = 32
BCRYPT = "$2"
BCRYPT_BYTES = 72
"""So many bytes of a password count in bcrypt."""

_FAILURES = text("SELECT of_account, from_address FROM recent_login_failures(:within)")
_WRONG = "The name or the password is wrong; try again, or ask an administrator for a new password."


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    return _hasher().hash(password)


class Accounts:
    """Passwords and sessions of one database.

    Args:
        database: where the accounts are.
        session_hours: how long a login lasts.
    """

    def __init__(self, database: Database, *, session_hours: float = 12.0) -> None:
        self._database = database
        self._session = timedelta(hours=session_hours)

    def login(self, username: str, password: str, address: str, application: str) -> str:
        """Check a password and open a session.

        Args:
            username: the account's name; case and blanks around it do not matter.
            password: the password as typed.
            address: where the request came from.
            application: the face that it was typed into, for the log.

        Returns:
            The session's token.  Only its hash is stored.

        Raises:
            LoginError: name or password is wrong (which of the two is not told), or there were
                too many failures of this account, or from this address, in the last minutes.
        """
        name = username.strip().lower()[:MAX_NAME_LENGTH]
        if not name.isprintable():
            name = ""  # nobody's, and the database could not hold it
        claimed = Caller(name or "nobody", address)
        refusal, token = _WRONG, secrets.token_urlsafe(TOKEN_BYTES)
        with self._database.begin_login(claimed) as connection:
            if self._too_many_failures(connection):
                refusal = (
                    f"There were too many failed logins in the last "
                    f"{FAILURE_WINDOW.seconds // 60} minutes; wait that long and try again."
                )
            else:
                typed = password[:MAX_PASSWORD_LENGTH].encode(errors="surrogatepass")
                user_id = self._check_password(connection, name, typed)
                if user_id is not None:
                    self._open_session(connection, user_id, token, address)
                    write_log(connection, "login", "log in", details={"through": application})
                    return token
            # Committed on purpose: the refusal must be in the log although it is raised below.
            write_log(
                connection,
                "login",
                "log in",
                outcome="refused",
                details={"through": application},
            )
        raise LoginError(refusal)

    def issue(self, username: str, address: str, application: str) -> str:
        """Open a session without a password, for the program's own checks of its pages.

        Raises:
            LoginError: there is no active account of that name.
        """
        token = secrets.token_urlsafe(TOKEN_BYTES)
        with self._database.begin_login(Caller(username, address)) as connection:
            query = select(users.c.id).where(users.c.username == username, users.c.is_active)
            user_id = connection.execute(query).scalar_one_or_none()
            if user_id is None:
                raise LoginError(f"There is no active account '{username}'.")
            self._open_session(connection, user_id, token, address)
            write_log(connection, "login", "open a session", details={"through": application})
        return token

    def whoami(self, token: str) -> User | None:
        """Return whose session this is, asked of the database each time; None if it has ended."""
        query = (
            select(users.c.id, users.c.username, users.c.display_name, users.c.role, teams.c.name)
            .select_from(
                user_sessions.join(users, users.c.id == user_sessions.c.user_id).join(
                    teams, teams.c.id == users.c.team_id
                )
            )
            .where(
                user_sessions.c.token_sha256 == _digest(token),
                user_sessions.c.ended_at.is_(None),
                user_sessions.c.expires_at > func.now(),
                users.c.is_active,
            )
        )
        with self._database.begin_login(Caller("nobody")) as connection:
            row = connection.execute(query).one_or_none()
        return User(*row) if row else None

    def logout(self, token: str, address: str) -> None:
        """End a session; a token of none is not an error."""
        user = self.whoami(token)
        if user is None:
            return
        with self._database.begin_login(Caller(user.username, address)) as connection:
            connection.execute(
                user_sessions.update()
                .where(user_sessions.c.token_sha256 == _digest(token))
                .values(ended_at=func.now())
            )
            write_log(connection, "logout", "log out")

    def _too_many_failures(self, connection: Connection) -> bool:
        failures = connection.execute(_FAILURES, {"within": FAILURE_WINDOW}).one()
        return bool(
            failures.of_account >= MAX_FAILURES
            or failures.from_address >= MAX_FAILURES_FROM_ADDRESS
        )

    def _check_password(self, connection: Connection, name: str, password: bytes) -> int | None:
        from argon2.exceptions import VerificationError

        query = select(users.c.id, users.c.password_hash).where(
            users.c.username == name, users.c.is_active, users.c.password_hash.is_not(None)
        )
        row = connection.execute(query).one_or_none()
        if row is not None and row.password_hash.startswith(BCRYPT):
            return self._check_bcrypt(connection, row.id, row.password_hash, password)
        # Without an account a hash is checked all the same, so that both answers take as long.
        stored = row.password_hash if row else _nobodys_hash()
        try:
            _hasher().verify(stored, password)
        except VerificationError:
            return None
        return row.id if row else None

    def _check_bcrypt(
        self, connection: Connection, user_id: int, stored: str, password: bytes
    ) -> int | None:
        """Check the password of an account that was brought in; argon2 takes over once it fits."""
        import bcrypt

        if b"\x00" in password or not bcrypt.checkpw(password[:BCRYPT_BYTES], stored.encode()):
            return None
        hashed = hash_password(password.decode(errors="surrogatepass"))
        connection.execute(
            users.update()
            .where(users.c.id == user_id, users.c.password_hash == stored)
            .values(password_hash=hashed)
        )
        return user_id

    def _open_session(self, connection: Connection, user_id: int, token: str, address: str) -> None:
        now = datetime.now(UTC)
        connection.execute(
            user_sessions.insert().values(
                token_sha256=_digest(token),
                user_id=user_id,
                address=address,
                created_at=now,
                expires_at=now + self._session,
            )
        )


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    return hash_password(secrets.token_urlsafe())

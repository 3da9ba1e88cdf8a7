"""What only administrators see of an account: contact data, sealed, and a database login."""

import re
from dataclasses import dataclass
from typing import Any

from psycopg2.extensions import encrypt_password
from sqlalchemy import Connection, or_, select, text

from mgg_kernel.errors import AccessError, ConflictError, NotFoundError
from mgg_kernel.hot.sealing import Sealer
from mgg_kernel.hot.tables import users
from mgg_kernel.hot.users import change_account

__all__ = [
    "Personal",
    "end_database_login",
    "make_database_login",
    "read_personal",
    "reseal_contacts",
    "seal_contact",
]

EMAIL = re.compile(r"[^@\s]{1,100}@[^@\s]{1,150}")
MAX_PHONE = 40
COLUMNS = ("email", "phone")
_MAKE = text("SELECT database_login_make(:username, :verifier)")
_END = text("SELECT database_login_end(:username)")


@dataclass(frozen=True)
class Personal:
    """Contact data of an account, and its database login; None where there is none."""

    email: str | None
    phone: str | None
    database_login: str | None

    def __repr__(self) -> str:
        return f"Personal(email=…, phone=…, database_login={self.database_login!r})"


def read_personal(connection: Connection, sealer: Sealer, username: str) -> Personal:
    """Return what is known of an account, opened.

    Raises:
        NotFoundError: there is no such account.
        StoreError: the key of what is sealed is not here.
    """
    query = select(users.c.email, users.c.phone, users.c.database_login).where(
        users.c.username == username
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no account '{username}'; 'mgg users list' shows all.")
    email, phone = (
        value and sealer.open(value, _place(username, column))
        for column, value in zip(COLUMNS, row, strict=False)
    )
    return Personal(email, phone, row.database_login)


def seal_contact(
    connection: Connection, sealer: Sealer, username: str, **contact: str | None
) -> dict[str, str | None]:
    """Check contact data and return them sealed, as they are stored; empty ones are None.

    Args:
        connection: a transaction of an administrator.
        sealer: has the keys.
        username: whose they are.
        contact: ``email`` or ``phone``.

    Raises:
        AccessError: an address or a number is none.
        StoreError: what is stored was sealed with a key that is not here.
    """
    sealed: dict[str, str | None] = {}
    for column, value in contact.items():
        given = (value or "").strip()
        if given and column == "email" and not EMAIL.fullmatch(given):
            raise AccessError(f"'{given}' is no e-mail address; write it as name@company.cn.")
        if given and column == "phone" and (len(given) > MAX_PHONE or not given.isprintable()):
            raise AccessError(f"A phone number has up to {MAX_PHONE} signs.")
        if given:
            _require_key(connection, sealer)
        sealed[column] = sealer.seal(given, _place(username, column)) if given else None
    return sealed


def reseal_contacts(connection: Connection, sealer: Sealer) -> tuple[int, int]:
    """Make another key and seal all contact data with it.

    Returns:
        The number of the key, and how many accounts were sealed anew.

    Raises:
        StoreError: a key that something was sealed with is not here; nothing was changed.
    """
    query = select(users.c.username, users.c.email, users.c.phone).where(_any_contact())
    rows = connection.execute(query.with_for_update()).all()
    # All of it is opened before the key is made.
    opened = [
        {
            column: value and sealer.open(value, _place(row.username, column))
            for column, value in zip(COLUMNS, row[1:], strict=True)
        }
        for row in rows
    ]
    number = sealer.add_key()
    for row, contact in zip(rows, opened, strict=True):
        sealed = {
            column: value and sealer.seal(value, _place(row.username, column))
            for column, value in contact.items()
        }
        change_account(connection, row.username, **sealed)
    return number, len(rows)


def make_database_login(connection: Connection, username: str, password: str) -> str:
    """Make an account's own PostgreSQL login, or give it another password; return its name.

    Args:
        connection: a transaction of an administrator.
        username: the account, of an engineer or administrator.
        password: only its SCRAM verifier is sent.

    Raises:
        AccessError: the account is closed, looks only, or there is none of that name.
        ConflictError: the server has a login of that name that is not this account's.
    """
    driver: Any = connection.connection.driver_connection
    verifier = encrypt_password(password, f"lab_{username}", driver, "scram-sha-256")
    try:
        made = connection.execute(_MAKE, {"username": username, "verifier": verifier})
    except ConflictError:
        raise ConflictError(
            f"The database server has a login 'lab_{username}' already, of another lab or made by "
            "hand; have its administrator remove that one first."
        ) from None
    return str(made.scalar_one())


def end_database_login(connection: Connection, username: str) -> bool:
    """End an account's own PostgreSQL login, and return whether there was one."""
    return bool(connection.execute(_END, {"username": username}).scalar_one())


def _any_contact() -> Any:
    return or_(users.c.email.is_not(None), users.c.phone.is_not(None))


def _require_key(connection: Connection, sealer: Sealer) -> None:
    """Open one that is stored: two servers of one lab must not seal with keys of their own."""
    query = select(users.c.username, users.c.email, users.c.phone).where(_any_contact()).limit(1)
    row = connection.execute(query).one_or_none()
    for column, value in zip(COLUMNS, row[1:] if row else (), strict=False):
        if value is not None:
            sealer.open(value, _place(row.username, column))  # type: ignore[union-attr]


def _place(username: str, column: str) -> str:
    return f"users.{username}.{column}"

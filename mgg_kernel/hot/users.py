"""Accounts as an administrator sees them."""

import re
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from mgg_kernel.errors import AccessError, ConflictError, NotFoundError
from mgg_kernel.hot.accounts import hash_password
from mgg_kernel.hot.database import Role
from mgg_kernel.hot.tables import teams, user_sessions, users

__all__ = [
    "Account",
    "add_account",
    "any_admin",
    "change_account",
    "check_password_rules",
    "end_sessions",
    "list_accounts",
    "require_account",
]

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
MIN_PASSWORD_LENGTH = 10


@dataclass(frozen=True)
class Account:
    """An account, without its password."""

    id: int
    username: str
    display_name: str
    role: Role
    team: str
    is_active: bool


def check_password_rules(password: str) -> None:
    """Refuse a password that is too easy to guess.

    Raises:
        AccessError: it is shorter than ten characters.
    """
    if len(password) < MIN_PASSWORD_LENGTH:
        raise AccessError(f"A password has at least {MIN_PASSWORD_LENGTH} characters.")


def any_admin(connection: Connection) -> bool:
    """Return whether there is an administrator who can log in."""
    query = (
        select(users.c.id)
        .where(users.c.role == "admin", users.c.is_active, users.c.password_hash.is_not(None))
        .limit(1)
    )
    return connection.execute(query).one_or_none() is not None


def list_accounts(connection: Connection) -> list[Account]:
    """Return the accounts that this user may see, by name."""
    query = (
        select(
            users.c.id,
            users.c.username,
            users.c.display_name,
            users.c.role,
            teams.c.name.label("team"),
            users.c.is_active,
        )
        .select_from(users.join(teams, teams.c.id == users.c.team_id))
        .order_by(users.c.username)
    )
    return [Account(**row._mapping) for row in connection.execute(query)]


def add_account(
    connection: Connection,
    *,
    username: str,
    display_name: str,
    role: Role,
    team: str,
    password: str,
    **contact: str | None,
) -> None:
    """Add an account, and its team where that is new.

    Args:
        connection: a transaction of an administrator.
        username: its name.
        display_name: the name that people read; empty means `username`.
        role: its role.
        team: the name of its team.
        password: at least ten characters.
        contact: ``email`` and ``phone``, sealed.

    Raises:
        AccessError: the name or the password breaks the rules.
        ConflictError: the name is taken.
    """
    for what, name in (("username", username), ("team", team)):
        if not USERNAME.fullmatch(name):
            raise AccessError(
                f"The {what} '{name}' cannot be used: up to 40 of a-z, 0-9, dot, dash and "
                "underscore, beginning with a letter or digit."
            )
    check_password_rules(password)
    team_id = connection.execute(select(teams.c.id).where(teams.c.name == team)).scalar()
    if team_id is None:
        team_id = connection.execute(
            teams.insert().values(name=team).returning(teams.c.id)
        ).scalar()
    try:
        connection.execute(
            users.insert().values(
                username=username,
                display_name=display_name.strip() or username,
                role=role,
                team_id=team_id,
                password_hash=hash_password(password),
                **contact,
            )
        )
    except ConflictError as error:
        raise ConflictError(
            f"The account '{username}' cannot be added: its name is taken already."
        ) from error


def change_account(connection: Connection, username: str, **changes: object) -> None:
    """Change columns of an account.

    Raises:
        NotFoundError: there is no such account.
    """
    changed = connection.execute(
        users.update().where(users.c.username == username).values(**changes)
    )
    if changed.rowcount != 1:
        raise NotFoundError(f"There is no account '{username}'; 'mgg users list' shows all.")


def require_account(connection: Connection, username: str) -> None:
    """Check that there is an account.

    Raises:
        NotFoundError: there is none of that name.
    """
    known = select(users.c.id).where(users.c.username == username)
    if connection.execute(known).one_or_none() is None:
        raise NotFoundError(f"There is no account '{username}'; 'mgg users list' shows all.")


def end_sessions(connection: Connection, username: str) -> int:
    """End all sessions of an account, and return how many there were."""
    user_id = select(users.c.id).where(users.c.username == username).scalar_subquery()
    ended = connection.execute(
        user_sessions.update()
        .where(user_sessions.c.user_id == user_id, user_sessions.c.ended_at.is_(None))
        .values(ended_at=func.now())
    )
    return int(ended.rowcount)

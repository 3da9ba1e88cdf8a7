"""``mgg users``: accounts."""

import argparse
import getpass
import sys
from dataclasses import asdict
from typing import Any

from mgg_kernel.cli.answer import Answer, table

__all__ = ["add_verbs"]

ROLES = ("admin", "engineer", "user")


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs of this module."""
    users = verbs.add_parser("users", help="list, add and change accounts")
    actions = users.add_subparsers(dest="action", metavar="ACTION", required=True)

    shown = actions.add_parser("list", parents=[common], help="list the accounts")
    shown.set_defaults(run=_list)

    add = actions.add_parser("add", parents=[common], help="add an account")
    add.add_argument("username", help="up to 40 of a-z, 0-9, dot, dash and underscore")
    add.add_argument("--role", choices=ROLES, default="user", help="what it may do (user)")
    add.add_argument("--name", default="", help="the name that people read")
    add.add_argument("--team", default="lab", help="whose work it sees (lab)")
    add.add_argument("--email", help="e-mail address; stored sealed")
    add.add_argument("--phone", help="phone number; stored sealed")
    _add_password_option(add)
    add.set_defaults(run=_add)

    password = actions.add_parser("set-password", parents=[common], help="give a new password")
    password.add_argument("username")
    _add_password_option(password)
    password.set_defaults(run=_set_password)

    role = actions.add_parser("set-role", parents=[common], help="change what an account may do")
    role.add_argument("username")
    role.add_argument("role", choices=ROLES)
    role.set_defaults(run=_set_role)

    for action, explained in (
        ("deactivate", "close an account and end its sessions"),
        ("activate", "open a closed account again"),
    ):
        switch = actions.add_parser(action, parents=[common], help=explained)
        switch.add_argument("username")
        switch.set_defaults(run=_switch)

    ending = actions.add_parser("end-sessions", parents=[common], help="log an account out")
    ending.add_argument("username")
    ending.set_defaults(run=_end_sessions)

    shown = actions.add_parser("show", parents=[common], help="show contact data and logins")
    shown.add_argument("username")
    shown.set_defaults(run=_show)

    contact = actions.add_parser("set-contact", parents=[common], help="replace contact data")
    contact.add_argument("username")
    contact.add_argument("--email", help="e-mail address; without it there is none")
    contact.add_argument("--phone", help="phone number; without it there is none")
    contact.set_defaults(run=_set_contact)

    rotate = actions.add_parser(
        "rotate-key", parents=[common], help="seal contact data with another key"
    )
    rotate.set_defaults(run=_rotate_key)

    login = actions.add_parser(
        "database-login", parents=[common], help="give an analyst a PostgreSQL login of the own"
    )
    login.add_argument("username")
    login.add_argument("--end", action="store_true", help="end it")
    _add_password_option(login)
    login.set_defaults(run=_database_login)


def _add_password_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--ask-password",
        action="store_true",
        help="ask for the password (a line on standard input) instead of making one up",
    )


def _asked_password(arguments: argparse.Namespace) -> str | None:
    if not arguments.ask_password:
        return None
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline().rstrip("\n")


def _list(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        accounts = workspace.users.list()
    rows = [
        (a.username, a.display_name, a.role, a.team, "active" if a.is_active else "closed")
        for a in accounts
    ]
    return Answer(
        {"users": [asdict(account) for account in accounts]},
        table(["username", "name", "role", "team", "state"], rows),
    )


def _add(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    asked = _asked_password(arguments)
    with open_workspace(application="command") as workspace:
        password = workspace.users.add(
            arguments.username,
            arguments.role,
            password=asked,
            display_name=arguments.name,
            team=arguments.team,
            email=arguments.email,
            phone=arguments.phone,
        )
    return _told(arguments.username, password, made_up=asked is None)


def _set_password(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    asked = _asked_password(arguments)
    with open_workspace(application="command") as workspace:
        password = workspace.users.set_password(arguments.username, asked)
    return _told(arguments.username, password, made_up=asked is None)


def _told(username: str, password: str, *, made_up: bool) -> Answer:
    if not made_up:
        return Answer({"username": username}, f"'{username}' can log in with that password.")
    return Answer(
        {"username": username, "password": password},
        f"'{username}' can log in with the password {password}\nIt is shown only now.",
    )


def _set_role(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        workspace.users.set_role(arguments.username, arguments.role)
    return Answer(
        {"username": arguments.username, "role": arguments.role},
        f"'{arguments.username}' has the role {arguments.role} now.",
    )


def _switch(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    active = arguments.action == "activate"
    with open_workspace(application="command") as workspace:
        change = workspace.users.activate if active else workspace.users.deactivate
        change(arguments.username)
    return Answer(
        {"username": arguments.username, "is_active": active},
        f"'{arguments.username}' is {'active' if active else 'closed'} now.",
    )


def _end_sessions(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        ended = workspace.users.end_sessions(arguments.username)
    return Answer(
        {"username": arguments.username, "ended": ended},
        f"'{arguments.username}' was logged out of {ended} sessions.",
    )


def _show(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        found = asdict(workspace.users.personal(arguments.username))
    lines = [f"{name.replace('_', ' '):16}{value or '-'}" for name, value in found.items()]
    return Answer({"username": arguments.username, **found}, "\n".join(lines))


def _set_contact(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        workspace.users.set_contact(
            arguments.username, email=arguments.email, phone=arguments.phone
        )
    return Answer(
        {"username": arguments.username}, f"The contact data of '{arguments.username}' are stored."
    )


def _rotate_key(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        number, count = workspace.users.rotate_key()
    return Answer(
        {"key": number, "accounts": count},
        f"Contact data of {count:,} accounts are sealed with key {number} now; make a backup, "
        "which holds it.",
    )


def _database_login(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    name = arguments.username
    asked = None if arguments.end else _asked_password(arguments)
    with open_workspace(application="command") as workspace:
        if arguments.end:
            there_was = workspace.users.end_database_login(name)
            text = f"The database login of '{name}' is ended." if there_was else "There was none."
            return Answer({"username": name, "ended": there_was}, text)
        login, password = workspace.users.make_database_login(name, asked)
    document = {"username": name, "login": login}
    if asked is not None:
        return Answer(document, f"'{name}' can log in to PostgreSQL as {login}.")
    return Answer(
        {**document, "password": password},
        f"'{name}' can log in to PostgreSQL as {login} with the password {password}\n"
        "It is shown only now.",
    )

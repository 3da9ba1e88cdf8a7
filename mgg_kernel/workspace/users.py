"""``ws.users``: accounts, for administrators."""

import secrets

from sqlalchemy import Connection

from mgg_kernel.errors import AccessError
from mgg_kernel.hot import personal, users
from mgg_kernel.hot.accounts import hash_password
from mgg_kernel.hot.database import Role
from mgg_kernel.hot.log import write_log
from mgg_kernel.hot.personal import Personal
from mgg_kernel.hot.sealing import Sealer
from mgg_kernel.hot.secrets_file import SecretsFolder
from mgg_kernel.hot.users import Account
from mgg_kernel.workspace.office import Office

__all__ = ["Users", "new_password"]

PASSWORD_BYTES = 12


def new_password() -> str:
    """Return a password that nobody guesses."""
    return secrets.token_urlsafe(PASSWORD_BYTES)


class Users:
    """Accounts.  Everybody sees the names of their team; only administrators change anything."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def list(self) -> list[Account]:
        """Return the accounts that the acting account may see, by name."""
        with self._office.transaction() as connection:
            return users.list_accounts(connection)

    def add(
        self,
        username: str,
        role: Role,
        *,
        password: str | None = None,
        display_name: str = "",
        team: str = "lab",
        email: str | None = None,
        phone: str | None = None,
    ) -> str:
        """Add an account.

        Args:
            username: up to 40 of a-z, 0-9, dot, dash and underscore.
            role: ``admin``, ``engineer`` or ``user``.
            password: at least ten characters; unset means that one is made up.
            display_name: the name that people read.
            team: the team whose work this account sees; made where it is new.
            email: the e-mail address; stored sealed.
            phone: the phone number; stored sealed.

        Returns:
            The password; it is stored as a hash only and never told again.

        Raises:
            AccessError: the acting account is no administrator, or a rule is broken.
            ConflictError: the name is taken.
        """
        chosen = new_password() if password is None else password
        with (
            self._office.doing("manage accounts", "account", "add an account", username),
            self._office.transaction() as connection,
        ):
            sealed = personal.seal_contact(
                connection, self._sealer(), username, email=email, phone=phone
            )
            users.add_account(
                connection,
                username=username,
                display_name=display_name,
                role=role,
                team=team,
                password=chosen,
                **sealed,
            )
            _log(connection, "add an account", username, role=role, team=team)
        return chosen

    def set_password(self, username: str, password: str | None = None) -> str:
        """Give an account a new password (a made-up one if unset) and end its sessions.

        Returns:
            The password.

        Raises:
            AccessError: the acting account is no administrator, or the password is too short.
            NotFoundError: there is no such account.
        """
        chosen = new_password() if password is None else password
        with (
            self._office.doing("manage accounts", "account", "set a password", username),
            self._office.transaction() as connection,
        ):
            _refuse_system(username)
            users.check_password_rules(chosen)
            users.change_account(connection, username, password_hash=hash_password(chosen))
            ended = users.end_sessions(connection, username)
            _log(connection, "set a password", username, sessions_ended=ended)
        return chosen

    def end_sessions(self, username: str) -> int:
        """Log an account out wherever it is logged in, and return of how many sessions.

        Raises:
            AccessError: the acting account is no administrator.
            NotFoundError: there is no such account.
        """
        with (
            self._office.doing("end sessions", "account", "end sessions", username),
            self._office.transaction() as connection,
        ):
            _refuse_system(username)
            users.require_account(connection, username)
            ended = users.end_sessions(connection, username)
            _log(connection, "end sessions", username, sessions_ended=ended)
        return ended

    def set_role(self, username: str, role: Role) -> None:
        """Give an account another role; it counts from the next click on.

        Raises:
            AccessError: the acting account is no administrator, or it is the acting account.
            NotFoundError: there is no such account.
        """
        with (
            self._office.doing("manage accounts", "account", "set a role", username),
            self._office.transaction() as connection,
        ):
            self._refuse_own(username)
            users.change_account(connection, username, role=role)
            _log(connection, "set a role", username, role=role)

    def deactivate(self, username: str) -> None:
        """Close an account and end its sessions; nothing that it made is lost.

        Raises:
            AccessError: the acting account is no administrator, or it is the acting account.
            NotFoundError: there is no such account.
        """
        with (
            self._office.doing("manage accounts", "account", "deactivate an account", username),
            self._office.transaction() as connection,
        ):
            self._refuse_own(username)
            users.change_account(connection, username, is_active=False)
            ended = users.end_sessions(connection, username)
            _log(connection, "deactivate an account", username, sessions_ended=ended)

    def activate(self, username: str) -> None:
        """Open a closed account again.

        Raises:
            AccessError: the acting account is no administrator.
            NotFoundError: there is no such account.
        """
        with (
            self._office.doing("manage accounts", "account", "activate an account", username),
            self._office.transaction() as connection,
        ):
            _refuse_system(username)
            users.change_account(connection, username, is_active=True)
            _log(connection, "activate an account", username)

    def personal(self, username: str) -> Personal:
        """Return an account's contact data and database login; that they were read is logged.

        Raises:
            AccessError: the acting account is no administrator.
            NotFoundError: there is no such account.
            StoreError: the key that they are sealed with is not here.
        """
        with (
            self._office.doing("manage accounts", "account", "read contact data", username),
            self._office.transaction() as connection,
        ):
            found = personal.read_personal(connection, self._sealer(), username)
            if found.email or found.phone:
                _log(connection, "read contact data", username)
        return found

    def set_contact(self, username: str, *, email: str | None, phone: str | None) -> None:
        """Replace an account's contact data; None or an empty text removes one.

        Raises:
            AccessError: the acting account is no administrator, or one of them is none.
            NotFoundError: there is no such account.
            StoreError: what is stored was sealed with a key that is not here.
        """
        with (
            self._office.doing("manage accounts", "account", "set contact data", username),
            self._office.transaction() as connection,
        ):
            _refuse_system(username)
            sealed = personal.seal_contact(
                connection, self._sealer(), username, email=email, phone=phone
            )
            users.change_account(connection, username, **sealed)
            # Which of them, never what they are: the log is read by more people, and for longer.
            given = [column for column, value in sealed.items() if value]
            _log(connection, "set contact data", username, given=given)

    def rotate_key(self) -> tuple[int, int]:
        """Make another key for contact data, and seal all of them with it.

        The keys before it stay, because backups need them.

        Returns:
            The number of the key, and how many accounts' data were sealed anew.

        Raises:
            AccessError: the acting account is no administrator.
            StoreError: a key that something is sealed with is not here; nothing was changed.
        """
        with (
            self._office.doing("manage accounts", "account", "change the key of contact data"),
            self._office.transaction() as connection,
        ):
            number, count = personal.reseal_contacts(connection, self._sealer())
            action = "change the key of contact data"
            details = {"key": number, "accounts": count}
            write_log(connection, "account", action, object_type="users", details=details)
        return number, count

    def make_database_login(self, username: str, password: str | None = None) -> tuple[str, str]:
        """Give an engineer or administrator a PostgreSQL login of the own, or it another password.

        Whoever connects with it is this account, whatever it claims.  It ends with the account,
        and when the account gets another role.

        Returns:
            The login's name and the password (a made-up one if unset), which is told only now.

        Raises:
            AccessError: the acting account is no administrator, the account is closed or looks
                only, or the password is too short.
            ConflictError: the server has another login of that name.
            NotFoundError: there is no such account.
        """
        chosen = new_password() if password is None else password
        with (
            self._office.doing("manage accounts", "account", "make a database login", username),
            self._office.transaction() as connection,
        ):
            _refuse_system(username)
            users.check_password_rules(chosen)
            users.require_account(connection, username)
            known = {one.username: one for one in users.list_accounts(connection)}[username]
            if known.role == "user" or not known.is_active:
                raise AccessError(
                    f"The account '{username}' gets no database login: only open accounts of "
                    "engineers and administrators do."
                )
            login = personal.make_database_login(connection, username, chosen)
            _log(connection, "make a database login", username, login=login)
        return login, chosen

    def end_database_login(self, username: str) -> bool:
        """End an account's own PostgreSQL login; what is connected as it is nobody from then on.

        Returns:
            Whether there was one.

        Raises:
            AccessError: the acting account is no administrator.
            NotFoundError: there is no such account.
        """
        with (
            self._office.doing("manage accounts", "account", "end a database login", username),
            self._office.transaction() as connection,
        ):
            users.require_account(connection, username)
            there_was = personal.end_database_login(connection, username)
            if there_was:
                _log(connection, "end a database login", username)
        return there_was

    def _sealer(self) -> Sealer:
        return Sealer(SecretsFolder(self._office.settings.secrets_dir))

    def _refuse_own(self, username: str) -> None:
        _refuse_system(username)
        if username == self._office.caller.username:
            raise AccessError(
                f"The account '{username}' cannot do this to itself; let another administrator."
            )


def _refuse_system(username: str) -> None:
    if username == "system":
        raise AccessError("The account 'system' is the program's own and stays as it is.")


def _log(connection: Connection, action: str, username: str, **details: object) -> None:
    write_log(
        connection, "account", action, object_type="users", object_id=username, details=details
    )

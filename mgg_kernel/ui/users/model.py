"""What the Users page knows and can do, without any widget."""

from collections.abc import Mapping

from traitlets import HasTraits, Instance, Int, Tuple, Unicode

from mgg_kernel.errors import NotFoundError
from mgg_kernel.hot.personal import Personal
from mgg_kernel.hot.users import Account
from mgg_kernel.workspace import Workspace

__all__ = ["UsersModel"]

SYSTEM = "system"
LOGINS = 12


class UsersModel(HasTraits):
    """The Users page: the accounts, and one that is looked at.

    Args:
        ws: the workspace of whoever looks.
    """

    accounts = Tuple()
    """The accounts that match the search, by name; the program's own is left out."""
    account = Instance(Account, allow_none=True)
    """The account that is looked at."""
    logins = Tuple()
    """Its latest entries of logging in and out: of the operation log."""
    personal = Instance(Personal, allow_none=True)
    """Its contact data and database login, for administrators."""
    login = Unicode()
    """A database login that was just given `password`; empty: the password is the account's."""
    password = Unicode()
    """A password that was just made; it is shown once and kept nowhere."""
    ended = Int(-1)
    """How many sessions were just ended; -1: none were asked to be."""

    def __init__(self, ws: Workspace) -> None:
        super().__init__()
        self._ws = ws
        self._searched = ""
        self.own, self._is_admin = "", False
        self.timezone = ws.settings.timezone

    def load(self, query: Mapping[str, str]) -> None:
        """Read what the page begins with, and what its address asks for.

        Raises:
            NotFoundError: there is no such account.
        """
        user = self._ws.user
        self.own, self._is_admin = user.username, user.role == "admin"
        self.search(query.get("search", ""))
        if "user" in query:
            self.open(query["user"])

    def search(self, text: str) -> None:
        """List the accounts whose name, display name, role or team contains a text."""
        self._searched = text.strip().casefold()
        self.refresh()

    def refresh(self) -> None:
        """Read the accounts again."""
        self.accounts = tuple(
            one
            for one in self._ws.users.list()
            if one.username != SYSTEM
            and self._searched
            in f"{one.username} {one.display_name} {one.role} {one.team}".casefold()
        )

    def open(self, username: str) -> None:
        """Look at an account.

        Raises:
            NotFoundError: there is none of that name.
        """
        known = {one.username: one for one in self._ws.users.list()}
        if username not in known or username == SYSTEM:
            raise NotFoundError(f"There is no account '{username}'; choose one of the list.")
        logins = self._ws.log.list(log_type="login", actor=username, limit=LOGINS)
        with self.hold_trait_notifications():
            self.password, self.login, self.ended = "", "", -1
            self.personal = self._ws.users.personal(username) if self._is_admin else None
            self.account, self.logins = known[username], tuple(logins)

    def add(self, username: str, display_name: str, role: str, team: str) -> None:
        """Add an account with a password that is made up, and look at it.

        Raises:
            AccessError: this account may not, or a rule is broken.
            ConflictError: the name is taken.
        """
        name = username.strip().lower()
        made = self._ws.users.add(
            name,
            role,  # type: ignore[arg-type]  # the database knows the three
            display_name=display_name.strip(),
            team=team.strip().lower() or "lab",
        )
        self._changed(name)
        self.password = made

    def set_role(self, role: str) -> None:
        """Give the account another role.

        Raises:
            AccessError: this account may not, or it is the own one.
        """
        if self.account is not None:
            self._ws.users.set_role(self.account.username, role)  # type: ignore[arg-type]
            self._changed(self.account.username)

    def close_or_reopen(self) -> None:
        """Close an open account, or open a closed one.

        Raises:
            AccessError: this account may not, or it is the own one.
        """
        if self.account is not None:
            users = self._ws.users
            change = users.deactivate if self.account.is_active else users.activate
            change(self.account.username)
            self._changed(self.account.username)

    def reset_password(self) -> None:
        """Give the account a password that is made up, and end its sessions.

        Raises:
            AccessError: this account may not.
        """
        if self.account is not None:
            made = self._ws.users.set_password(self.account.username)
            self._changed(self.account.username)
            self.password = made

    def end_sessions(self) -> None:
        """Log the account out wherever it is logged in.

        Raises:
            AccessError: this account may not.
        """
        if self.account is not None:
            ended = self._ws.users.end_sessions(self.account.username)
            self._changed(self.account.username)
            self.ended = ended

    def set_contact(self, email: str, phone: str) -> None:
        """Replace the account's contact data.

        Raises:
            AccessError: this account may not, or one of them is none.
        """
        if self.account is not None:
            self._ws.users.set_contact(self.account.username, email=email, phone=phone)
            self._changed(self.account.username)

    def make_database_login(self) -> None:
        """Give the account a PostgreSQL login of its own, or the login another password.

        Raises:
            AccessError: this account may not, or that one gets none.
            ConflictError: the server has another login of that name.
        """
        if self.account is not None:
            login, made = self._ws.users.make_database_login(self.account.username)
            self._changed(self.account.username)
            with self.hold_trait_notifications():
                self.login, self.password = login, made

    def end_database_login(self) -> None:
        """End the account's own PostgreSQL login.

        Raises:
            AccessError: this account may not.
        """
        if self.account is not None:
            self._ws.users.end_database_login(self.account.username)
            self._changed(self.account.username)

    def _changed(self, username: str) -> None:
        self.refresh()
        self.open(username)

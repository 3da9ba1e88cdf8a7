"""The accounts, as the two servers ask for them."""

from mgg_kernel.hot.database import Caller, User
from mgg_kernel.hot.log import write_log
from mgg_kernel.settings import Settings
from mgg_kernel.workspace import Foundation, Workspace
from mgg_kernel.workspace.monitor import MonitorReport

__all__ = ["DatabaseGate"]


class DatabaseGate:
    """Passwords, sessions and refusals in the workspace's database.

    Args:
        settings: where the database is.
        application: this server's name in the database.
    """

    def __init__(self, settings: Settings, application: str) -> None:
        self.session_hours = settings.session_hours
        self._foundation = Foundation(settings, application=application)
        self._accounts = self._foundation.accounts

    def login(self, username: str, password: str, address: str, application: str) -> str:
        """Check a password and return a session's token, or raise LoginError."""
        return self._accounts.login(username, password, address, application)

    def whoami(self, token: str) -> User | None:
        """Return whose session this is; None if it has ended."""
        return self._accounts.whoami(token)

    def logout(self, token: str, address: str) -> None:
        """End a session."""
        self._accounts.logout(token, address)

    def log_refusal(self, username: str, address: str, what: str) -> None:
        """Write into the operation log that somebody was turned away."""
        with self._foundation.database.begin(Caller(username, address)) as (connection, _):
            write_log(connection, "refusal", "open a page", object_id=what, outcome="refused")

    def workspace(self, username: str, address: str) -> Workspace:
        """Return the workspace of somebody who is logged in.

        Raises:
            AccessError: the account is gone or closed.
        """
        return Workspace(self._foundation, Caller(username, address))

    def ping(self) -> None:
        """Raise an error of the workspace if the database does not answer."""
        with self._foundation.database.begin_login(Caller("nobody")):
            pass

    def monitor(self) -> MonitorReport:
        """Return how everything is, as the program itself sees it."""
        return Workspace(self._foundation, Caller("system")).monitor.report()

    def close(self) -> None:
        """Close the connections."""
        self._foundation.close()

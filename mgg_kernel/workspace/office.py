"""What every desk of the workspace shares: who acts, on which database, with which files."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from mgg_kernel.cold.curves import read_curve
from mgg_kernel.cold.place import archive_place
from mgg_kernel.cold.stored import ArchivePlace
from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import MggError, StoreError
from mgg_kernel.files import FileStore
from mgg_kernel.hot.database import Caller, Database, User
from mgg_kernel.hot.log import Outcome, write_log
from mgg_kernel.hot.signatures import Kind
from mgg_kernel.settings import Settings
from mgg_kernel.workspace.rights import Right, require

__all__ = ["Office"]


@dataclass(frozen=True)
class Office:
    """Who acts, and on what."""

    database: Database
    caller: Caller
    files: FileStore
    settings: Settings

    @property
    def user(self) -> User:
        """The account that acts, as the database knows it now."""
        with self.database.begin(self.caller) as (_, user):
            return user

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a transaction in which the caller acts, with the rights of that account."""
        with self.database.begin(self.caller) as (connection, user):
            require(user, "look")
            yield connection

    @property
    def archive(self) -> ArchivePlace:
        """The folder of the cold store."""
        return archive_place(self.settings)

    def read_curve(self, connection: Connection, kind: Kind, owner_id: int) -> PTCurve:
        """Read a stored curve from whichever tier it is in.

        Raises:
            NotFoundError: there is none of that id, or this user may not see it.
        """
        return read_curve(connection, self.archive, kind, owner_id)

    @contextmanager
    def doing(
        self, right: Right, log_type: str, action: str, target: object = None
    ) -> Iterator[None]:
        """Check a right, and log it if what the block does is refused or fails.

        Nothing is open in the database while the block runs: it opens its own transaction, and
        logs its success in there, so that deed and log stand or fall together.

        Args:
            right: what the account must be allowed.
            log_type: kind of operation in the log.
            action: what is done, in a few words.
            target: what it is done to.

        Raises:
            AccessError: the account may not.
        """
        try:
            require(self.user, right)
            yield
        except MggError as error:
            outcome: Outcome = "failed" if isinstance(error, StoreError) else "refused"
            self._log_end(error, outcome, log_type, action, target)
            raise

    def _log_end(
        self, error: MggError, outcome: Outcome, log_type: str, action: str, target: object
    ) -> None:
        try:
            with self.database.begin(self.caller) as (connection, _):
                write_log(
                    connection,
                    log_type,
                    action,
                    object_id=target,
                    outcome=outcome,
                    details={"reason": str(error)},
                )
        except MggError as second:
            # The first error is the one to be told; that it is not in the log is said with it.
            error.add_note(f"This could not be written to the operation log: {second}")

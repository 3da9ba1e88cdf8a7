"""The embedded server as the rest of the workspace sees it."""

import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from mgg_kernel.errors import StoreError
from mgg_kernel.hot.embedded.binaries import find_binaries
from mgg_kernel.hot.embedded.cluster import SUPERUSER
from mgg_kernel.hot.embedded.launching import launch, reap, wait_for_adopted
from mgg_kernel.hot.embedded.location import Location, claim_home
from mgg_kernel.hot.embedded.locks import FileLock
from mgg_kernel.hot.embedded.preparing import PASSWORD, prepare
from mgg_kernel.hot.embedded.process import running_pid, shut_down
from mgg_kernel.hot.embedded.readiness import add_database, connection_url
from mgg_kernel.hot.secrets_file import SecretsFolder

__all__ = ["EmbeddedServer", "ServerStatus", "Started"]

START_LIMIT_S = 120.0
"""How long a start may take, recovery after a crash included."""

_FAST_S = 60.0
_IMMEDIATE_S = 30.0


@dataclass(frozen=True)
class Started:
    """What a start found.

    Attributes:
        pid: the server's process.
        already_running: True if the server was running before.
    """

    pid: int
    already_running: bool


@dataclass(frozen=True)
class ServerStatus:
    """How the server is.

    Attributes:
        pid: its process, None if it does not run.
        home: where the database lies, None if there is none yet.
        log_dir: folder of its log, None if there is none yet.
    """

    pid: int | None
    home: Path | None
    log_dir: Path | None

    @property
    def running(self) -> bool:
        """Whether the server's process is there."""
        return self.pid is not None


class EmbeddedServer:
    """PostgreSQL under the workspace's data folder, reached by a private Unix socket only.

    Several programs may start it: the first does, the others join it, and it is stopped by
    the last of them that stops using it.  A program that dies no longer uses it.

    Args:
        data_dir: the workspace's data folder.
        system_dir: folder for what PostgreSQL's user cannot reach where it is; root only.
    """

    def __init__(self, data_dir: Path, *, system_dir: Path = Path("/var/lib/mgg")) -> None:
        self.data_dir = data_dir.absolute()
        self.system_dir = system_dir
        self.secrets = SecretsFolder(self.data_dir / "secrets")
        self._changing = FileLock(self.data_dir / "postgres.lock")
        self._using = FileLock(self.data_dir / "postgres.users")

    @property
    def bin_dir(self) -> Path:
        """Folder of ``psql``, ``pg_dump`` and the other programs."""
        return find_binaries().bin_dir

    @property
    def version(self) -> str:
        """Version of the server's programs, such as ``18.6``."""
        return find_binaries().version

    def start(self, limit_s: float = START_LIMIT_S) -> Started:
        """Make the database if there is none, start the server if it is down, and wait for it.

        Args:
            limit_s: how long all of it may take [s].

        Raises:
            DatabaseDownError: the server did not answer in that time; it goes on recovering.
            StoreError: the server cannot be started; the message quotes its log.
        """
        deadline = time.monotonic() + limit_s
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"The data folder {self.data_dir} cannot be made ({error.strerror}); "
                "choose another MGG_DATA_DIR."
            ) from None
        with self._changing.exclusive(limit_s):
            started = self._join(deadline) or self._launch(deadline)
            self._using.take_shared()
        return started

    def stop(self, *, even_if_in_use: bool = False) -> bool:
        """Stop using the server, and stop the server if nobody else has started it.

        Args:
            even_if_in_use: stop it also if others use it, and cut them off.

        Returns:
            True if the server was stopped by this call.

        Raises:
            StoreError: it does not stop.
        """
        location = Location.recorded(self.data_dir)
        if location is None or not (self._using.is_held or even_if_in_use):
            return False
        try:
            with self._changing.exclusive(_FAST_S):
                is_last = self._using.take_exclusive()
                if not (is_last or even_if_in_use) or running_pid(location.cluster) is None:
                    return False
                shut_down(location.cluster, fast_s=_FAST_S, immediate_s=_IMMEDIATE_S)
        finally:
            self._using.release()
            reap()
        return True

    def status(self) -> ServerStatus:
        """Tell whether the server runs and where its database lies.

        Raises:
            StoreError: the database belongs to another user.
        """
        location = Location.recorded(self.data_dir)
        if location is None:
            return ServerStatus(None, None, None)
        return ServerStatus(running_pid(location.cluster), location.home, location.log_dir)

    def connection_url(self, user: str, password: str, database: str) -> str:
        """Return the URL by which a login reaches a database, as libpq and SQLAlchemy write it.

        SQLAlchemy 2.1 has to be told the driver: ``make_url(…).set(drivername=…)``.

        Raises:
            StoreError: no database was made yet.
        """
        return connection_url(self._location(), user, password, database)

    def owner_url(self, database: str) -> str:
        """Return the URL by which PostgreSQL's superuser, who owns everything, reaches a database.

        Raises:
            StoreError: no database was made yet, or its password is lost.
        """
        return connection_url(self._location(), SUPERUSER, self._password(), database)

    def ensure_database(self, name: str) -> bool:
        """Make the database `name`, owned by the superuser, unless it is there.

        Returns:
            True if this call made it.

        Raises:
            StoreError: the server does not run or refuses.
        """
        return add_database(self._location(), self._password(), name)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _location(self) -> Location:
        location = Location.recorded(self.data_dir)
        if location is None:
            raise StoreError(
                f"There is no database under {self.data_dir} yet; make one with 'mgg up'."
            )
        return location

    def _password(self) -> str:
        password = self.secrets.get(PASSWORD)
        if password is None:
            raise StoreError(
                f"The database's password {self.secrets.path / PASSWORD} is missing; "
                "restore it from a backup."
            )
        return password

    def _join(self, deadline: float) -> Started | None:
        """Wait for the server that is running; None if none is."""
        location = Location.recorded(self.data_dir)
        if location is None or running_pid(location.cluster) is None:
            return None
        claim_home(location)
        pid = wait_for_adopted(location, self._password(), deadline)
        return None if pid is None else Started(pid, already_running=True)

    def _launch(self, deadline: float) -> Started:
        ready = prepare(self.data_dir, self.system_dir, self.secrets)
        pid = launch(ready.location, ready.account, ready.binaries, self._password(), deadline)
        return Started(pid, already_running=False)

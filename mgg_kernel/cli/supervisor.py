"""Everything that ``mgg up`` runs on this machine, started in order and stopped in reverse."""

import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

from mgg_kernel.cli.lab_folder import lab_folder
from mgg_kernel.errors import MggError, StoreError
from mgg_kernel.hot.bootstrap import SYSTEM, make_partitions_ahead
from mgg_kernel.reports.scheduler import Scheduler, start_process
from mgg_kernel.settings import Settings
from mgg_kernel.web.checks import PageCheck, check_pages
from mgg_kernel.web.servers import ServerProcess
from mgg_kernel.workspace import Foundation, Workspace
from mgg_kernel.workspace.audit import seal_and_publish
from mgg_kernel.workspace.foundation import announce
from mgg_kernel.workspace.indexing import index_curves
from mgg_kernel.workspace.tidying import sweep_files

__all__ = ["Supervisor", "free_ports"]

WATCH_S = 0.5
LOOK_EVERY_S = 5.0
PARTITIONS_EVERY_S = 24 * 3600.0
SEAL_EVERY_S = 300.0
STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """The database, the dashboards and JupyterLab of one workspace.

    Args:
        settings: where everything is.
        tell: called with each step, in words.

    Attributes:
        foundation: the database.
        dashboards: the Voilà server.
        lab: the JupyterLab server.
    """

    def __init__(self, settings: Settings, tell: Callable[[str], None]) -> None:
        self._settings = settings
        self._tell = tell
        self._stack = ExitStack()
        self._asked_to_stop = False
        self._scheduler: Scheduler | None = None
        self._schedule_trouble = ""
        self._look_at = 0.0
        self.foundation: Foundation
        self.dashboards = ServerProcess("dashboards", settings)
        self.lab = ServerProcess("lab", settings, folder=lab_folder(settings))

    @contextmanager
    def running(self) -> Iterator["Supervisor"]:
        """Run everything for the length of the block; a signal to stop ends :meth:`watch`.

        Raises:
            MggError: something does not start; what was started is stopped again.
        """
        with ExitStack() as stack:
            for number in STOPPING_SIGNALS:
                stack.callback(signal.signal, number, signal.signal(number, self._on_signal))
            self._tell("Starting the database …")
            self.foundation = Foundation(self._settings, application="up", upgrade=True)
            stack.callback(self._stop_database)
            if self.foundation.first_admin is not None:
                # At once: whatever fails below, this is told only now.
                announce(self.foundation.first_admin)
            sweep_files(self.foundation)
            servers = (self.dashboards, self.lab)
            for server in servers:
                self._tell(f"Starting {server.name} on {server.url} …")
                server.start()
                stack.callback(server.stop)
            for server in servers:
                server.wait_ready()
            stack.callback(self._stop_scheduler)
            yield self
            self._tell("Stopping …")

    def watch(self) -> None:
        """Wait until a signal asks to stop; a database that has died is started again.

        Raises:
            StoreError: the database cannot be started, or one of the servers ended by itself.
        """
        partitions_at = time.monotonic() + PARTITIONS_EVERY_S
        seal_at = time.monotonic()
        indexing = index_curves(self.foundation)
        while not self._asked_to_stop:
            database = self.foundation.server
            if database is not None and not database.status().running:
                self._tell("The database has ended by itself; starting it again …")
                database.start()
            for server in (self.dashboards, self.lab):
                if not server.is_running:
                    raise StoreError(
                        f"The {server.name} server ended by itself; see {server.log_file}."
                    )
            if time.monotonic() > partitions_at:
                with self.foundation.database.begin(SYSTEM) as (connection, _):
                    make_partitions_ahead(connection)
                partitions_at = time.monotonic() + PARTITIONS_EVERY_S
            if time.monotonic() > seal_at:
                self._seal_log()
                seal_at = time.monotonic() + SEAL_EVERY_S
            self._run_what_is_due()
            # A few at each round: a large lab's curves must not keep it from watching.
            self._make_some_signatures(indexing)
            time.sleep(WATCH_S)

    def _seal_log(self) -> None:
        try:
            seal_and_publish(self.foundation.database, self._settings)
        except StoreError as error:
            self._tell(f"The operation log is sealed later: {error}")

    def _run_what_is_due(self) -> None:
        """Start the next scheduled report; where it cannot be, this is told once."""
        if not self._settings.scheduler or time.monotonic() < self._look_at:
            return
        try:
            if self._scheduler is None:
                self._scheduler = Scheduler(
                    Workspace(self.foundation, SYSTEM),
                    lambda due: start_process(self._settings, due),
                    self._tell,
                )
            self._scheduler.tick()
            self._schedule_trouble = ""
        except MggError as error:
            if str(error) != self._schedule_trouble:
                self._tell(f"What is due is not run: {error}")
            self._schedule_trouble = str(error)
        self._look_at = time.monotonic() + LOOK_EVERY_S

    def _stop_scheduler(self) -> None:
        if self._scheduler is not None:
            self._scheduler.stop()

    def _make_some_signatures(self, indexing: Iterator[int]) -> None:
        try:
            next(indexing, None)
        except StoreError as error:
            self._tell(f"Signatures of stored curves are made at the next start: {error}")

    def check(self) -> list[PageCheck]:
        """Ask every page, with a session of the program's own account and without one."""
        accounts = self.foundation.accounts
        token = accounts.issue("system", "127.0.0.1", "mgg up --check")
        try:
            return check_pages(self.dashboards.url, self.lab.url, token)
        finally:
            accounts.logout(token, "127.0.0.1")

    def _stop_database(self) -> None:
        self.foundation.close()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if not self._asked_to_stop:
            self._asked_to_stop = True
            return
        # Asked twice: whatever is waited for is broken off, and what runs is still stopped.
        raise KeyboardInterrupt


def free_ports(settings: Settings) -> Settings:
    """Return the settings with other ports in place of those that are taken."""
    taken = {}
    for name in ("dashboards_port", "lab_port"):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.bind, getattr(settings, name)))
            except OSError:
                with socket.socket() as other:
                    other.bind((settings.bind, 0))
                    taken[name] = other.getsockname()[1]
    return settings.model_copy(update=taken)

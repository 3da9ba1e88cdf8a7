"""What the Archive page knows and can do, without any widget."""

import threading
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from traitlets import HasTraits, Instance, Tuple, Unicode

from mgg_kernel.cold.progress import ArchiveProgress
from mgg_kernel.errors import ArchiveError
from mgg_kernel.ui.background import in_background
from mgg_kernel.workspace import Workspace
from mgg_kernel.workspace.rights import RIGHTS

if TYPE_CHECKING:
    from mgg_kernel.cold.verify import Finding

__all__ = ["TABLES", "ArchiveModel", "RunState"]

TABLES = ("test_time_series", "simulation_time_series", "operation_logs")
FAILURES = 8


@dataclass(frozen=True)
class RunState:
    """How far the archiver is: periods done of those due, and the one it is at."""

    done: int
    total: int
    at: ArchiveProgress | None


class ArchiveModel(HasTraits):
    """The Archive page.

    Args:
        ws: the workspace of whoever looks.
    """

    rows = Tuple()
    """Rows of each table by period, hot and cold."""
    checks = Tuple()
    """How the database does."""
    plan = Tuple()
    """Periods that are due or held; empty for those who may not archive."""
    policies = Tuple()
    holds = Tuple()
    failures = Tuple()
    """Log entries of archiving that failed."""
    table = Unicode(TABLES[0])
    """The table whose rows are drawn."""
    running = Instance(RunState, allow_none=True)
    findings = Instance(tuple, allow_none=True)
    """What verifying found; None: not verified here."""
    told = Unicode()
    """What was just done, a key of the words."""

    def __init__(self, ws: Workspace) -> None:
        super().__init__()
        self._ws = ws
        self.may_run = self.may_restore = False
        self.timezone = ws.settings.timezone

    def load(self) -> None:
        """Look, or look again."""
        role = self._ws.user.role
        self.may_run = role in RIGHTS["archive"]
        self.may_restore = role in RIGHTS["restore"]
        self.rows = tuple(self._ws.archive.rows())
        self.checks = tuple(self._ws.monitoring.look())
        if self.may_restore:
            self.holds = tuple(self._ws.archive.holds())
        if not self.may_run:
            return
        policies = self._ws.archive.policies()
        self.policies = tuple(one for one in policies if one.table in TABLES)
        self.plan = tuple(self._ws.archive.plan())
        failed = self._ws.log.list(log_type="archive", outcome="failed", limit=FAILURES)
        self.failures = tuple(failed)

    @property
    def due(self) -> int:
        """How many periods are due."""
        return sum(one.state == "due" for one in self.plan)

    @property
    def cold_share(self) -> float | None:
        """The share of all rows that is cold; None: there is no row."""
        total = sum(one.hot + one.cold for one in self.rows)
        return sum(one.cold for one in self.rows) / total if total else None

    def run(self) -> Generator[None, None, None]:
        """Archive what is due, in steps; ended early, the period under way stays hot."""
        cancel = threading.Event()
        total = self.due
        self.told, self.running = "", RunState(0, total, None)
        heard: list[ArchiveProgress] = []

        def listen(now: ArchiveProgress) -> None:
            heard.append(now)
            if cancel.is_set() and now.stage != "archived":
                raise ArchiveError(
                    f"The archiving of {now.table} {now.period} was stopped; its rows stay where "
                    "they were."
                )

        def work() -> None:
            # One table after the other, so that one that fails does not undo the others.
            for table in dict.fromkeys(one.table for one in self.plan if one.state == "due"):
                if not cancel.is_set():
                    self._ws.archive.run(table=table, progress=listen)

        try:
            for _ in in_background(work, cancel):
                done = sum(one.stage == "archived" for one in heard)
                self.running = RunState(done, total, heard[-1] if heard else None)
                yield
            self.told = "archive.ran"
        finally:
            self.running = None
            self.load()

    def verify(self) -> Generator[None, None, None]:
        """Read all cold files and hold them against the books."""
        found: list[Finding] = []
        self.told, self.findings = "", None
        work = threading.Event()
        yield from in_background(lambda: found.extend(self._ws.archive.verify()), work)
        self.findings = tuple(found)

    def hold(self, period: str, table: str, reason: str) -> None:
        """Keep a period where it is."""
        self._ws.archive.hold(period.strip(), table=table or None, reason=reason)
        self.told = "archive.held"
        self.load()

    def release(self, hold_id: int) -> None:
        """Release a hold."""
        self._ws.archive.release(hold_id)
        self.told = "archive.released"
        self.load()

    def restore(self, period: str, table: str, reason: str) -> Generator[None, None, None]:
        """Write a period back into PostgreSQL."""
        self.told = ""
        wanted = table or None

        def work() -> None:
            self._ws.archive.restore(period.strip(), table=wanted, reason=reason)

        yield from in_background(work, threading.Event())
        self.told = "archive.restored"
        self.load()

    def set_hot_days(self, table: str, days: int) -> None:
        """Change for how many days the rows of a table stay hot."""
        self._ws.archive.set_hot_days(table, days)
        self.told = "archive.policy_set"
        self.load()

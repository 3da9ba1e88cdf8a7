"""The scheduler: one due report at a time, each in a process of its own, none of them twice.

What was served stands in the database, so that a restart serves nothing again.  What was missed
while nothing ran is caught up with once: of each schedule only the last due moment counts.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import mgg_kernel
from mgg_kernel.errors import StoreError
from mgg_kernel.hot.report_runs import ReportRun
from mgg_kernel.reports.schedules import Schedule, schedules
from mgg_kernel.settings import Settings
from mgg_kernel.web.servers import settings_environment
from mgg_kernel.workspace import Workspace
from mgg_kernel.workspace.reports import INTERRUPTED, LOST

__all__ = ["ACTOR", "Due", "Job", "Scheduler", "start_process"]

ACTOR = "system"
"""Account that scheduled reports are made by."""
MOST_BROKEN = 3
"""A report that was killed so often is not started for the same moment again."""
STOP_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Due:
    """A schedule, a moment at which it was due, and what that run is about."""

    schedule: Schedule
    at: datetime
    period: str


class Job(Protocol):
    """A report that is being made."""

    def poll(self) -> int | None:
        """Return its exit status, or None while it runs."""

    def stop(self) -> None:
        """End it."""


class Scheduler:
    """Starts what is due.

    Args:
        ws: of the account that scheduled reports are made by.
        start: starts a report that is due.
        tell: called with what happens, in words.
    """

    def __init__(
        self, ws: Workspace, start: Callable[[Due], Job], tell: Callable[[str], None]
    ) -> None:
        self._ws, self._start, self._tell = ws, start, tell
        self._zone = ZoneInfo(ws.settings.timezone)
        self.schedules = schedules(ws.settings)
        self._served: dict[str, datetime] = {}
        self._job: Job | None = None
        self._doing: Due | None = None
        self._owed_since: datetime | None = None

    @property
    def doing(self) -> Due | None:
        """What is being made at this moment."""
        return self._doing

    def tick(self, now: datetime | None = None) -> None:
        """Look what has ended, and start the next one that is due.

        Args:
            now: the moment, for tests.

        Raises:
            StoreError: the database is out of reach; ask again later.
        """
        now = now or datetime.now(UTC)
        if self._job is not None:
            status = self._job.poll()
            if status is None:
                return
            assert self._doing is not None, "a job is of something"
            if status != 0:
                self._tell(f"{self._doing.schedule.name} for {self._doing.period} failed.")
            self._job = self._doing = None
        due = self._next(now)
        if due is not None:
            self._tell(f"Making {due.schedule.name} for {due.period} …")
            self._job, self._doing = self._start(due), due

    def stop(self) -> None:
        """End what is being made; it is made again when the scheduler runs again."""
        if self._job is not None:
            self._job.stop()
            self._job = self._doing = None

    def _next(self, now: datetime) -> Due | None:
        """Return what has waited longest of what is due and was not served."""
        waiting = []
        for one in self.schedules:
            at = one.rule.last_due(now, self._zone)
            if self._served.get(one.name) != at:
                waiting.append(Due(one, at, one.period(at, self._zone)))
        for due in sorted(waiting, key=lambda each: each.at):
            if due.at >= self._since() and not self._is_settled(due):
                # Asked again when it has ended: where it was killed, it is still due.
                return due
            self._served[due.schedule.name] = due.at
        return None

    def _since(self) -> datetime:
        if self._owed_since is None:
            self._ws.reports.end_lost()
            self._owed_since = self._ws.reports.first_account_at()
        return self._owed_since

    def _is_settled(self, due: Due) -> bool:
        runs = self._ws.reports.list(name=due.schedule.name, period=due.period, limit=50)
        own = [one for one in runs if one.created_by == ACTOR and one.period == due.period]
        broken = [one for one in own if _is_broken(one)]
        return len(own) > len(broken) or len(broken) >= MOST_BROKEN


def _is_broken(run: ReportRun) -> bool:
    return run.state == "failed" and run.error_name in (LOST, INTERRUPTED)


class _Process:
    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def poll(self) -> int | None:
        return self._process.poll()

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()


def start_process(settings: Settings, due: Due) -> Job:
    """Start ``mgg report run`` for what is due; what it says is in ``logs/scheduler.log``.

    Raises:
        StoreError: the log cannot be written.
    """
    file = settings.logs_dir / "scheduler.log"
    environment = settings_environment(settings)
    paths = (str(Path(mgg_kernel.__file__).parents[1]), environment.get("PYTHONPATH"))
    environment |= {"MGG_ACTOR": ACTOR, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab") as log:
            # A session of its own: Ctrl-C goes to the scheduler alone, which then stops this.
            return _Process(
                subprocess.Popen(
                    [sys.executable, "-P", "-m", "mgg_kernel.cli", *due.schedule.words(due.period)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=environment,
                    cwd=settings.data_dir,
                    start_new_session=True,
                )
            )
    except OSError as error:
        raise StoreError(
            f"The log {file} cannot be written ({error.strerror}); give this user the right to."
        ) from None

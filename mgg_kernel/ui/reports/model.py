"""What the Reports page knows and can do, without any widget."""

import subprocess
from collections.abc import Mapping

from traitlets import Bool, HasTraits, Instance, Tuple, Unicode

from mgg_kernel.errors import NotFoundError
from mgg_kernel.exports.document import Value
from mgg_kernel.hot.report_runs import ReportRun, RunState
from mgg_kernel.reports.background import start_report
from mgg_kernel.reports.catalogue import REPORTS
from mgg_kernel.reports.differing import differing_numbers
from mgg_kernel.reports.parameters import notebook_parameters
from mgg_kernel.reports.verifying import Verdict, verify_report
from mgg_kernel.workspace import Workspace
from mgg_kernel.workspace.rights import RIGHTS

__all__ = ["EVERYTHING", "ReportsModel"]

LISTED = 100
READ = tuple(one.name for one in REPORTS.values() if one.period != "moment")
"""What people read; the rest looks after the workspace, and some of it every hour."""
EVERYTHING = "everything"
STATES: tuple[RunState, ...] = ("running", "done", "failed")


class ReportsModel(HasTraits):
    """The Reports page: a report is chosen, read, checked, compared, and made.

    Args:
        ws: the workspace of whoever looks.
    """

    runs = Tuple()
    """The newest reports that are like what is asked for."""
    run = Instance(ReportRun, allow_none=True)
    """The report that is shown."""
    page = Unicode(allow_none=True)
    """Its page, as HTML."""
    verdict = Instance(Verdict, allow_none=True)
    """What the check of it found; None: not yet checked."""
    other = Instance(ReportRun, allow_none=True)
    """The report that its numbers are compared with."""
    differing = Instance(dict, allow_none=True)
    """The numbers that differ."""
    is_making = Bool(False)
    name, state, period = Unicode(), Unicode(), Unicode()
    """What is asked for; empty: in any state, of any period, and of the names that people read."""

    def __init__(self, ws: Workspace) -> None:
        super().__init__()
        self._ws = ws
        self._process: subprocess.Popen[bytes] | None = None
        self._making = ""
        self.may_work = False
        self.timezone = ws.settings.timezone
        self.kinds = tuple(REPORTS.values())

    def load(self) -> None:
        """Read from the database what the page begins with."""
        self.may_work = self._ws.user.role in RIGHTS["work"]
        self.refresh()

    def refresh(self) -> None:
        """Read the list again, and the report that is shown where it was being made."""
        state = next((one for one in STATES if one == self.state), None)
        self.runs = tuple(
            self._ws.reports.list(
                name=None if self.name in ("", EVERYTHING) else self.name,
                names=None if self.name else READ,
                state=state,
                period=self.period.strip() or None,
                limit=LISTED,
            )
        )
        if self.run is not None and self.run.state == "running":
            self.open(self.run.id)

    def ask(self, *, name: str = "", state: str = "", period: str = "") -> None:
        """List only the reports of a name, in a state, of periods that begin so."""
        self.name, self.state, self.period = name, state, period
        self.refresh()

    def open_query(self, query: Mapping[str, str]) -> None:
        """Show what an address asks for; without it, the newest report that is done.

        Raises:
            NotFoundError: there is no such report, or this account may not see it.
        """
        state = query.get("state", "")
        self.ask(
            name=query.get("name", ""),
            state=state if state in STATES else "",
            period=query.get("period", ""),
        )
        if "run" in query:
            text = query["run"]
            self.open(int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0)
        elif self.runs:
            finished = (one for one in self.runs if one.state == "done")
            self.open(next(finished, self.runs[0]).id)

    def open(self, run_id: int) -> None:
        """Show a report."""
        run = self._ws.reports.get(run_id)
        page = None
        if run.manifest is not None and "report.html" in run.manifest.get("outputs", ()):
            try:
                page = self._ws.reports.file(run.id, "html")[1].decode("utf-8")
            except NotFoundError:
                page = None  # the check says what is missing
        with self.hold_trait_notifications():
            self.run, self.page = run, page
            self.verdict = self.other = self.differing = None

    def check(self) -> None:
        """Check the report that is shown."""
        if self.run is not None:
            self.verdict = verify_report(self._ws, self.run.id)

    def others(self) -> list[ReportRun]:
        """Return the reports that the one shown can be compared with."""
        shown = self.run
        if shown is None or shown.numbers_digest is None:
            return []
        known = self._ws.reports.list(name=shown.name, state="done", limit=LISTED)
        return [one for one in known if one.id != shown.id and one.numbers_digest is not None]

    def compare(self, run_id: int | None) -> None:
        """Compare the numbers of the report that is shown with those of another one, or of none.

        Raises:
            ReportError: the two have no numbers in common.
        """
        if self.run is None or run_id is None:
            self.other = self.differing = None
            return
        other = self._ws.reports.get(run_id)
        found: dict[str, tuple[Value, Value]] = differing_numbers(self.run, other)
        self.other, self.differing = other, found

    def make(self, name: str, period: str, language: str) -> None:
        """Make a report in the background; :meth:`look` tells when it is there.

        Raises:
            AccessError: this account may not.
            ReportError: there is no such period.
        """
        kind = REPORTS[name]
        has_language = "language" in notebook_parameters(kind.notebook)
        self._begin(name, {"language": language} if has_language else {}, period.strip() or None)

    def again(self) -> None:
        """Make the report that is shown once more.

        Raises:
            AccessError: this account may not.
        """
        run = self.run
        if run is not None:
            given = {
                key: str(value)
                for key, value in run.parameters.items()
                if value is not None and key != "period"
            }
            self._begin(run.name, given, run.period, again=True)

    def look(self) -> bool:
        """Look whether what is being made is there, and show it then; False while it is not."""
        process = self._process
        if process is None:
            return True
        if process.poll() is None:
            return False
        self._process, self.is_making = None, False
        self.refresh()
        for newest in self._ws.reports.list(name=self._making, limit=1):
            self.open(newest.id)
        return True

    @property
    def shown(self) -> dict[str, str | int]:
        """What is shown, as an address names it: never to whom."""
        asked = {"name": self.name, "state": self.state, "period": self.period}
        found: dict[str, str | int] = {key: value for key, value in asked.items() if value}
        return found if self.run is None else {**found, "run": self.run.id}

    def _begin(
        self, name: str, parameters: dict[str, str], period: str | None, *, again: bool = False
    ) -> None:
        if self._process is not None:
            return
        self._process = start_report(self._ws, name, parameters, period=period, again=again)
        self._making = name
        self.is_making = True

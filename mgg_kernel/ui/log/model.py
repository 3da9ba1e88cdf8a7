"""What the Log page knows and can do, without any widget."""

import threading
from collections.abc import Generator, Mapping
from datetime import datetime

from traitlets import Bool, Dict, HasTraits, Instance, Int, Tuple

from mgg_kernel.hot.log import LogEntry
from mgg_kernel.ui.background import in_background
from mgg_kernel.workspace import Workspace
from mgg_kernel.workspace.audit import AuditState
from mgg_kernel.workspace.log import filter_of
from mgg_kernel.workspace.rights import RIGHTS

__all__ = ["FIELDS", "PAGE", "LogModel"]

PAGE = 25
FIELDS = ("type", "user", "outcome", "since", "until", "text")
"""What an address may ask for."""


class LogModel(HasTraits):
    """The Log page: filters, one page of entries, one entry in full, the state of the chain.

    Args:
        ws: the workspace of whoever looks.
    """

    asked = Dict()
    """The filters, as in an address; texts."""
    entries = Tuple()
    chosen = Instance(LogEntry, allow_none=True)
    page = Int(1)
    has_older = Bool()
    state = Instance(AuditState, allow_none=True)
    """How the chain stands, for administrators."""
    verifying = Bool()

    def __init__(self, ws: Workspace) -> None:
        super().__init__()
        self._ws = ws
        self._marks: list[tuple[datetime, int]] = []
        self.sees_all = False
        self.timezone = ws.settings.timezone

    def load(self, query: Mapping[str, str]) -> None:
        """Show what an address asks for."""
        self.sees_all = self._ws.user.role in RIGHTS["archive"]
        if self.sees_all:
            self.state = self._ws.audit.state()
        self.ask({name: query[name] for name in FIELDS if query.get(name)})

    def ask(self, asked: Mapping[str, str]) -> None:
        """Show the newest entries that fit other filters; empty ones leave a question open.

        Raises:
            SettingsError: a day is none; what was shown stays.
        """
        wanted = {name: value for name, value in asked.items() if value}
        self._show(wanted, [])

    def older(self) -> None:
        """Show the page before this one in time."""
        if self.has_older:
            last = self.entries[-1]
            self._show(self.asked, [*self._marks, (last.recorded_at, last.id)])

    def newer(self) -> None:
        """Show the page after this one in time."""
        if self._marks:
            self._show(self.asked, self._marks[:-1])

    def choose(self, entry: LogEntry) -> None:
        """Show one entry in full."""
        self.chosen = entry

    def verify(self) -> Generator[None, None, None]:
        """Follow the chain, as an administrator, and read its state anew."""
        self.verifying = True
        try:
            yield from in_background(lambda: (self._ws.audit.verify(), None)[1], threading.Event())
        finally:
            self.verifying = False
        self.state = self._ws.audit.state()

    def _show(self, asked: dict[str, str], marks: list[tuple[datetime, int]]) -> None:
        found = self._ws.log.list(
            **filter_of(asked, self.timezone),
            before=marks[-1] if marks else None,
            limit=PAGE + 1,
        )
        self._marks, self.asked, self.page = marks, asked, len(marks) + 1
        self.has_older = len(found) > PAGE
        self.chosen = None
        self.entries = tuple(found[:PAGE])

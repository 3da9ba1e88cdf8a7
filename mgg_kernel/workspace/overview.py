"""``ws.overview``: what needs attention, and what is new."""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import text

from mgg_kernel.audit.seals import chain_head
from mgg_kernel.cold import catalogue
from mgg_kernel.cold.plan import plan
from mgg_kernel.hot.comparisons import StoredComparison, list_comparisons
from mgg_kernel.hot.log import LogEntry, LogFilter, list_log
from mgg_kernel.hot.overview import Counts, count_attention
from mgg_kernel.hot.simulations import SimulationSummary, list_simulations
from mgg_kernel.hot.test_results import TestSummary, list_tests
from mgg_kernel.workspace.audit import VERIFIED
from mgg_kernel.workspace.office import Office
from mgg_kernel.workspace.rights import RIGHTS, require

__all__ = ["Keeping", "Overview", "OverviewDesk"]

BACKED_UP = "make a backup"
"""Under this name a backup is in the operation log."""

_AS_ARCHIVER = text("SET LOCAL ROLE mgg_archiver")


@dataclass(frozen=True)
class Keeping:
    """What an administrator looks after.

    Attributes:
        due: periods that should be in the cold store by now and are not.
        held: periods that only a hold keeps.
        backed_up_at: when the last backup was made, None: none is known.
        free_bytes: of the disk that the data are on.
        total_bytes: its size.
        chain_number: how far the operation log is sealed.
        sealed_at: when it was sealed last.
        verified_at: when its chain was followed last, None: not lately.
        findings: what was found then.
    """

    due: int
    held: int
    backed_up_at: datetime | None
    free_bytes: int
    total_bytes: int
    chain_number: int
    sealed_at: datetime
    verified_at: datetime | None
    findings: int | None


@dataclass(frozen=True)
class Overview:
    """What needs attention, of what the account may see.

    Attributes:
        counts: of tests, comparisons, devices, files, work under way.
        keeping: for administrators; None for others.
        tests: the newest.
        simulations: the newest.
        comparisons: the newest.
    """

    counts: Counts
    keeping: Keeping | None
    tests: list[TestSummary]
    simulations: list[SimulationSummary]
    comparisons: list[StoredComparison]


class OverviewDesk:
    """What the Home page shows."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def look(self, *, newest: int = 6) -> Overview:
        """Return what needs attention, and the newest of everything, all in one transaction.

        Args:
            newest: of tests, simulations and comparisons at most so many.
        """
        with self._office.database.begin(self._office.caller) as (connection, user):
            require(user, "look")
            counts = count_attention(connection)
            tests = list_tests(connection, limit=newest)
            simulations = list_simulations(connection, limit=newest)
            comparisons = list_comparisons(connection, limit=newest)
            if user.role not in RIGHTS["archive"]:
                return Overview(counts, None, tests, simulations, comparisons)
            head = chain_head(connection)
            verified, backed_up = (
                _last(list_log(connection, LogFilter(action=action, outcome="done"), limit=1))
                for action in (VERIFIED, BACKED_UP)
            )
            connection.execute(_AS_ARCHIVER)
            planned = plan(connection, catalogue.layouts_of(None))
        disk = shutil.disk_usage(_there(self._office.settings.data_dir))
        keeping = Keeping(
            sum(one.state == "due" for one in planned),
            sum(one.state == "held" for one in planned),
            backed_up.recorded_at if backed_up else None,
            disk.free,
            disk.total,
            head.number,
            head.sealed_at,
            verified.recorded_at if verified else None,
            int(verified.details.get("findings", 0)) if verified else None,
        )
        return Overview(counts, keeping, tests, simulations, comparisons)


def _last(entries: list[LogEntry]) -> LogEntry | None:
    return entries[0] if entries else None


def _there(folder: Path) -> Path:
    """Return the folder, or where it will be: beside a database elsewhere it may not be yet."""
    return next(one for one in (folder, *folder.parents) if one.exists())

"""``ws.overview()``: what needs attention, and what is new."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mgg_kernel.cold.plan import PlannedPeriod
from mgg_kernel.hot.attention import Attention, count_attention
from mgg_kernel.hot.comparisons import StoredComparison, list_comparisons
from mgg_kernel.hot.test_results import TestSummary, list_tests
from mgg_kernel.hot.work_orders import WorkOrder, list_work_orders
from mgg_kernel.workspace.office import Office

__all__ = ["Overview", "overview"]

RECENT = timedelta(days=30)
LATEST = 6
LOW_DISK = 0.1


@dataclass(frozen=True)
class Overview:
    """What a person should know in the morning.

    Attributes:
        attention: what there is to do, counted.
        since: from when tests with doubtful records and comparisons count.
        tests: the newest tests.
        orders: the newest open work orders.
        comparisons: the newest comparisons.
        due: periods that should be in the cold store; None for whoever may not archive.
        disk_free: free part of the data folder's disk, 0 … 1.
    """

    attention: Attention
    since: datetime
    tests: tuple[TestSummary, ...]
    orders: tuple[WorkOrder, ...]
    comparisons: tuple[StoredComparison, ...]
    due: tuple[PlannedPeriod, ...] | None
    disk_free: float

    @property
    def disk_is_low(self) -> bool:
        """Whether less than a tenth of the disk is free."""
        return self.disk_free < LOW_DISK


def overview(office: Office, due: Callable[[], Sequence[PlannedPeriod]] | None) -> Overview:
    """Return what the acting account should know.

    Args:
        office: whose.
        due: returns the periods that should be in the cold store; None for whoever may not ask.
    """
    since = datetime.now(UTC) - RECENT
    with office.transaction() as connection:
        attention = count_attention(connection, since)
        tests = tuple(list_tests(connection, limit=LATEST))
        orders = tuple(list_work_orders(connection, status="open", limit=LATEST))
        comparisons = tuple(list_comparisons(connection, limit=LATEST))
    periods = None
    if due is not None:
        periods = tuple(period for period in due() if period.state == "due")
    return Overview(
        attention, since, tests, orders, comparisons, periods, _free(office.settings.data_dir)
    )


def _free(folder: Path) -> float:
    # Beside a database elsewhere the folder may not have been made yet.
    there = next(one for one in (folder, *folder.parents) if one.exists())
    disk = shutil.disk_usage(there)
    return disk.free / max(disk.total, 1)

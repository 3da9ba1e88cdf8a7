"""``ws.archive``: what is old moves to the cold store, and back."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from mgg_kernel.cold import catalogue
from mgg_kernel.cold.catalogue import Batch, Policy
from mgg_kernel.cold.holds import Hold, add_hold, holds, release_hold
from mgg_kernel.cold.layouts import Layout, layout_of_curve
from mgg_kernel.cold.periods import parse_period
from mgg_kernel.cold.plan import PlannedPeriod, plan
from mgg_kernel.cold.tiers import TierRows, rows_by_month
from mgg_kernel.errors import ArchiveError
from mgg_kernel.hot.log import write_log
from mgg_kernel.workspace.office import Office

if TYPE_CHECKING:
    from mgg_kernel.cold.progress import ArchiveProgress
    from mgg_kernel.cold.verify import Finding

__all__ = ["Archive", "ArchiveStatus"]

_AS_ARCHIVER = text("SET LOCAL ROLE mgg_archiver")
MAX_REASON_LENGTH = 900


@dataclass(frozen=True)
class ArchiveStatus:
    """How the cold store stands: its books, its rules, and what keeps rows in place."""

    folder: str
    policies: list[Policy]
    batches: list[Batch]
    holds: list[Hold]


class Archive:
    """The cold store, of all teams; engineers restore from it, administrators do the rest."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def plan(
        self, *, as_of: date | datetime | None = None, table: str | None = None
    ) -> list[PlannedPeriod]:
        """Return the periods that are due, and those that only a hold keeps, changing nothing.

        Args:
            as_of: the moment to plan for; a date means its beginning in UTC; None: now.
            table: only this table.

        Raises:
            AccessError: the acting account is no administrator.
        """
        with (
            self._office.doing("archive", "archive", "plan the archive", table),
            self._archiving() as connection,
        ):
            return plan(connection, catalogue.layouts_of(table), _moment(as_of))

    def run(
        self,
        *,
        as_of: date | datetime | None = None,
        table: str | None = None,
        progress: Callable[["ArchiveProgress"], None] | None = None,
    ) -> list[Batch]:
        """Move every period that is due to the cold store, and return their batches.

        A period moves whole or not at all; what was moved before an error stays moved, and the
        next run goes on from there.  A period that is not over is never moved, whatever `as_of` is.

        Args:
            as_of: the moment by which periods must be old enough; None: now.
            table: only this table.
            progress: told how far it is.

        Raises:
            AccessError: the acting account is no administrator.
            ConflictError: another archiver is at work.
            ArchiveError: the disk or a file is not as it should be.
        """
        from mgg_kernel.cold.archiver import run_archive
        from mgg_kernel.cold.session import ArchiveSession

        layouts = catalogue.layouts_of(table)
        with (
            self._office.doing("archive", "archive", "run the archive", table),
            ArchiveSession(self._office.database, self._office.caller) as session,
        ):
            return run_archive(
                session, self._office.archive, layouts, as_of=_moment(as_of), progress=progress
            )

    def status(self) -> ArchiveStatus:
        """Return the books, the policies and the holds.

        Raises:
            AccessError: the acting account is no administrator.
        """
        with (
            self._office.doing("archive", "archive", "look at the archive"),
            self._archiving() as connection,
        ):
            return ArchiveStatus(
                str(self._office.archive),
                catalogue.policies(connection),
                catalogue.batches(connection),
                holds(connection),
            )

    def holds(self) -> list[Hold]:
        """Return the holds that are not released, oldest first.

        Raises:
            AccessError: the acting account may only look.
        """
        with (
            self._office.doing("restore", "archive", "look at the holds"),
            self._archiving() as connection,
        ):
            return holds(connection)

    def rows(self) -> list[TierRows]:
        """Return how much of each table is hot and cold by period, of what the account may see."""
        with self._office.transaction() as connection:
            return rows_by_month(connection)

    def verify(self) -> list["Finding"]:
        """Read all files and hold them against the books; an empty list means that all is well.

        Raises:
            AccessError: the acting account is no administrator.
        """
        from mgg_kernel.cold.session import ArchiveSession
        from mgg_kernel.cold.verify import verify_archive

        # With the lock: nothing is on its way meanwhile.
        with (
            self._office.doing("archive", "archive", "verify the archive"),
            ArchiveSession(self._office.database, self._office.caller) as session,
            session.transaction() as connection,
        ):
            findings = verify_archive(connection, self._office.archive)
            details = {"findings": len(findings)}
            write_log(connection, "archive", "verify the archive", details=details)
        return findings

    def restore(
        self,
        period: str | None = None,
        *,
        table: str | None = None,
        tests: Sequence[int] = (),
        simulations: Sequence[int] = (),
        reason: str,
    ) -> int:
        """Write samples back into PostgreSQL, and return how many rows that were.

        The files stay.  A hold keeps each period that is touched hot until it is released.

        Args:
            period: name of a period, such as ``2024-Q1``: all of it.
            table: of that period only this table; None: both kinds of samples.
            tests: ids of tests, to restore single curves.
            simulations: ids of simulations.
            reason: why; kept with the hold.

        Raises:
            AccessError: the acting account may only look.
            NotFoundError: what is asked for is not cold.
            ArchiveError: a file is not what was archived.
        """
        from mgg_kernel.cold.restore import restore_curves, restore_period
        from mgg_kernel.cold.session import ArchiveSession

        _require_reason(reason)
        with (
            self._office.doing("restore", "archive", "restore from the cold store", period),
            ArchiveSession(self._office.database, self._office.caller, restoring=True) as session,
        ):
            place, rows = self._office.archive, 0
            if period is not None:
                wanted = parse_period(period)
                rows += restore_period(session, place, _layouts(table), wanted, reason)
            if tests:
                rows += restore_curves(session, place, layout_of_curve("test"), tests, reason)
            if simulations:
                rows += restore_curves(
                    session, place, layout_of_curve("simulation"), simulations, reason
                )
            return rows

    def hold(self, period: str, *, table: str | None = None, reason: str) -> int:
        """Keep a period where it is until the hold is released, and return the hold's number.

        Args:
            period: name of a quarter or month.
            table: of this table only; None: of all.
            reason: why.

        Raises:
            AccessError: the acting account may only look.
        """
        _require_reason(reason)
        wanted = parse_period(period)
        if table is not None:
            catalogue.layouts_of(table)
        with (
            self._office.doing("restore", "archive", "hold a period", period),
            self._archiving() as connection,
        ):
            new = add_hold(connection, wanted, table, reason)
            write_log(
                connection,
                "archive",
                "hold a period",
                object_type="archive_holds",
                object_id=new,
                details={"period": wanted.name, "table": table, "reason": reason},
            )
        return new

    def release(self, hold_id: int) -> None:
        """Release a hold.

        Raises:
            AccessError: the acting account may only look.
            NotFoundError: there is no such hold.
        """
        with (
            self._office.doing("restore", "archive", "release a hold", hold_id),
            self._archiving() as connection,
        ):
            release_hold(connection, hold_id)
            write_log(
                connection,
                "archive",
                "release a hold",
                object_type="archive_holds",
                object_id=hold_id,
            )

    def policies(self) -> list[Policy]:
        """Return for how many days the rows of each table stay hot.

        Raises:
            AccessError: the acting account is no administrator.
        """
        return self.status().policies

    def set_hot_days(self, table: str, days: int) -> None:
        """Change for how many days the rows of a table stay hot.

        Raises:
            AccessError: the acting account is no administrator.
            StoreError: the number is not allowed, or it would call rows hot that are cold already.
        """
        with (
            self._office.doing("retention", "archive", "change a retention policy", table),
            self._office.transaction() as connection,
        ):
            before = catalogue.set_hot_days(connection, table, days)
            write_log(
                connection,
                "archive",
                "change a retention policy",
                object_type="retention_policies",
                object_id=table,
                details={"hot_days": days, "before": before},
            )

    @contextmanager
    def _archiving(self) -> Iterator[Connection]:
        """Open a transaction of the archiver, without its lock: for looking."""
        with self._office.transaction() as connection:
            connection.execute(_AS_ARCHIVER)
            yield connection


def _layouts(table: str | None) -> list[Layout]:
    """Return the layouts of one table, or of all that hold samples."""
    found = catalogue.layouts_of(table)
    return found if table is not None else [one for one in found if one.curve is not None]


def _moment(as_of: date | datetime | None) -> datetime | None:
    if as_of is None or isinstance(as_of, datetime):
        if as_of is not None and as_of.tzinfo is None:
            raise ArchiveError("A moment needs its time zone; give a date, or a datetime with one.")
        return as_of
    return datetime.combine(as_of, time(), tzinfo=UTC)


def _require_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > MAX_REASON_LENGTH:
        raise ArchiveError(
            f"Say why, in at most {MAX_REASON_LENGTH} characters: the reason is kept with the hold."
        )

"""``ws.migrations``: what the predecessor application kept, brought in row by row."""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from mgg_kernel.errors import IngestError, MggError
from mgg_kernel.hot.log import write_log
from mgg_kernel.hot.migrated_rows import booked
from mgg_kernel.hot.signatures import Kind
from mgg_kernel.predecessor import OldRow, open_predecessor
from mgg_kernel.workspace.bringing_in import BringingIn, Outcome, curve_digest
from mgg_kernel.workspace.office import Office

__all__ = ["MigrationReport", "Migrations", "RowOutcome"]

TIME_UNITS_MS = {"us": 1e-3, "ms": 1.0, "s": 1e3}
KINDS: dict[str, Kind] = {"test_results": "test", "forward_simulations": "simulation"}


@dataclass(frozen=True)
class RowOutcome:
    """What became of a row: where it is now, or why it was refused; remarks otherwise."""

    table: str
    key: str
    outcome: Outcome
    target: str = ""
    reason: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class MigrationReport:
    """What became of an old database.

    Attributes:
        source: the name that was given to it.
        shape: ``compact`` or ``normalised``.
        dry_run: whether nothing was stored.
        rows: what became of each row.
        left: tables that nothing is brought in from, with their numbers of rows.
        proved: curves whose samples were read again here and are those of the old database.
        differing: curves whose samples are not; there must be none.
    """

    source: str
    shape: str
    dry_run: bool
    rows: tuple[RowOutcome, ...]
    left: tuple[tuple[str, int], ...]
    proved: int
    differing: tuple[str, ...]

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """How many rows of each table came to which end."""
        counted = Counter((row.table, row.outcome) for row in self.rows)
        tables = dict.fromkeys(row.table for row in self.rows)
        ends: tuple[Outcome, ...] = ("moved", "merged", "known", "refused")
        return {table: {end: counted[table, end] for end in ends} for table in tables}

    @property
    def refused(self) -> tuple[RowOutcome, ...]:
        """The rows that were not brought in."""
        return tuple(row for row in self.rows if row.outcome == "refused")


class Migrations:
    """Brings in what another program kept; for administrators."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def sqlite(
        self,
        path: Path,
        *,
        source: str | None = None,
        dry_run: bool = False,
        timezone: str = "UTC",
        time_unit: str = "ms",
        vessels_ml: Mapping[str, float] | None = None,
        files: Path | None = None,
        progress: Callable[[str, int], None] | None = None,
    ) -> MigrationReport:
        """Bring in a SQLite database of the predecessor application, of either shape.

        Each row is brought in by a transaction of its own and written into the books there, so that
        a run that was cut off is simply started again, and a second run brings in what is new.
        Rows are filed under the people who made them, with the times that they had; what cannot be
        brought in is in the report, whole.

        Args:
            path: the database; it is read and not changed.
            source: a name for it, under which the books are kept; None: the file's name.
            dry_run: tell what would become of each row, and store nothing.
            timezone: where the clock stood whose times carry no zone.
            time_unit: unit of the times of curves: ``us``, ``ms`` or ``s``.
            vessels_ml: volumes of vessels that the catalogue does not have yet [mL].
            files: folder with the uploaded files, which are kept beside their tests.
            progress: told the table and how many of its rows are done.

        Raises:
            AccessError: the acting account is no administrator.
            IngestError: the file is none of the two, or an argument makes no sense.
        """
        if time_unit not in TIME_UNITS_MS:
            raise IngestError(f"'{time_unit}' is no unit of time here; give us, ms or s.")
        name = (source or path.stem).strip()[:80]
        try:
            zone = ZoneInfo(timezone)
        except (KeyError, ValueError, OSError):
            raise IngestError(
                f"'{timezone}' is no time zone; give one like Asia/Shanghai."
            ) from None
        tell = progress or (lambda *_: None)
        with (
            self._office.doing("manage accounts", "system", "bring in an old database", name),
            open_predecessor(path, zone=zone, time_unit_ms=TIME_UNITS_MS[time_unit]) as old,
        ):
            work = BringingIn(self._office, name, vessels_ml or {}, files, dry_run=dry_run)
            rows: list[RowOutcome] = []
            steps: tuple[tuple[Any, Callable[[Any], tuple[Outcome, str, str]]], ...] = (
                (old.users(), work.user),
                (old.orders(), work.order),
                (old.simulations(), work.simulation),
                (old.tests(), work.test),
            )
            for found, bring_in in steps:
                # Closed before the database is, also where something ends this loop early.
                with closing(found) as each:
                    for done, row in enumerate(each, start=1):
                        rows.append(_outcome(row, bring_in))
                        tell(row.table, done)
            work.finish()
            proved, differing = (0, ()) if dry_run else self._prove(name, tell)
            report = MigrationReport(
                name, old.shape, dry_run, tuple(rows), tuple(old.others()), proved, differing
            )
            if not dry_run:
                self._log(report)
            return report

    def _prove(self, source: str, tell: Callable[[str, int], None]) -> tuple[int, tuple[str, ...]]:
        with self._office.transaction() as connection:
            entries = [
                one for one in booked(connection, source).values() if one.curve_sha256 is not None
            ]
        differing = []
        for done, entry in enumerate(entries, start=1):
            with self._office.transaction() as connection:
                kind = KINDS[entry.target_table]
                curve = self._office.read_curve(connection, kind, int(entry.target_key))
            if curve_digest(curve) != entry.curve_sha256:
                differing.append(f"{kind} {entry.target_key}")
            tell("proof", done)
        return len(entries) - len(differing), tuple(differing)

    def _log(self, report: MigrationReport) -> None:
        with self._office.transaction() as connection:
            write_log(
                connection,
                "system",
                "bring in an old database",
                object_id=report.source,
                details={"counts": report.counts, "proved": report.proved},
            )


def _outcome(row: OldRow, bring_in: Callable[[Any], tuple[Outcome, str, str]]) -> RowOutcome:
    if row.problem:
        return RowOutcome(row.table, row.key, "refused", reason=row.problem, raw=row.raw)
    try:
        outcome, target, reason = bring_in(row)
    except MggError as error:
        return RowOutcome(row.table, row.key, "refused", reason=str(error), raw=row.raw)
    told = "; ".join(filter(None, (*row.remarks, reason)))
    return RowOutcome(row.table, row.key, outcome, target, told)

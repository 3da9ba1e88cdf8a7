"""Back from a file into PostgreSQL: a period, or single curves.

The rows are written as new ones are, past the same checks, and in the same transaction the books
let go of them.  The file stays.  A hold keeps the period hot until somebody releases it; when it is
archived again, it goes to a segment of its own.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select, text

from mgg_kernel.cold import catalogue
from mgg_kernel.cold.catalogue import Batch
from mgg_kernel.cold.export import ExportedCurve
from mgg_kernel.cold.holds import add_hold
from mgg_kernel.cold.layouts import LAYOUTS, Layout
from mgg_kernel.cold.periods import Period
from mgg_kernel.cold.proof import Sums, sums_of_table
from mgg_kernel.cold.recover import require_files
from mgg_kernel.cold.session import ArchiveSession
from mgg_kernel.cold.stored import ArchivePlace
from mgg_kernel.errors import ArchiveError, NotFoundError
from mgg_kernel.hot.log import write_log
from mgg_kernel.hot.samples import write_simulation_curve, write_test_curve
from mgg_kernel.hot.tables import forward_simulations, test_results

__all__ = ["restore_curves", "restore_period"]

_WRITE = {"test": write_test_curve, "simulation": write_simulation_curve}
_PARTITIONS = text("SELECT make_partitions(:first_day, :last_day)")


def restore_period(
    session: ArchiveSession,
    place: ArchivePlace,
    layouts: Sequence[Layout],
    period: Period,
    reason: str,
) -> int:
    """Write all curves of a period back, in one transaction, and return how many rows that were.

    Args:
        session: holds the archiver's lock.
        place: the folder of the cold store.
        layouts: which tables.
        period: which period.
        reason: why; kept with the hold.

    Raises:
        NotFoundError: nothing of that period is cold.
        ArchiveError: a file is not what was archived, or the rows would not be the same.
    """
    for layout in layouts:
        _refuse_log(layout)
    total = 0
    with session.transaction() as connection:
        for layout in layouts:
            found = [
                batch
                for batch in catalogue.batches(connection, table=layout.table, states=["archived"])
                if batch.period == period
            ]
            if found:
                require_files(place, found)
                rows = sum(_restore(connection, place, batch, None) for batch in found)
                _hold_and_log(connection, layout, period, reason, rows)
                total += rows
    if not total:
        raise NotFoundError(
            f"Nothing of {period.name} is in the cold store that could be restored; 'mgg archive "
            "status' shows what there is."
        )
    return total


def restore_curves(
    session: ArchiveSession,
    place: ArchivePlace,
    layout: Layout,
    ids: Sequence[int],
    reason: str,
) -> int:
    """Write single curves back, and return how many rows that were.

    Raises:
        NotFoundError: one of them is not cold.
        ArchiveError: a file is not what was archived, or the rows would not be the same.
    """
    _refuse_log(layout)
    left = set(ids)
    rows = 0
    with session.transaction() as connection:
        for batch in catalogue.batches(connection, table=layout.table, states=["archived"]):
            here = {one.id for one in catalogue.curves_of(connection, batch)} & left
            if here:
                require_files(place, [batch])
                restored = _restore(connection, place, batch, here)
                _hold_and_log(connection, layout, batch.period, reason, restored)
                left -= here
                rows += restored
        if left:
            raise NotFoundError(
                f"The {layout.curve} {min(left)} is not in the cold store; nothing was restored."
            )
    return rows


def _restore(
    connection: Connection, place: ArchivePlace, batch: Batch, wanted: set[int] | None
) -> int:
    from mgg_kernel.cold.reader import ColdCurve, read_cold_curve

    layout = LAYOUTS[batch.table_name]
    assert layout.curve is not None, "the log is refused before"
    curves = [
        one for one in catalogue.curves_of(connection, batch) if wanted is None or one.id in wanted
    ]
    moments = _moments(connection, layout, curves)
    catalogue.let_go(connection, batch.id, [one.id for one in curves])
    connection.execute(
        _PARTITIONS,
        {"first_day": min(moments.values()).date(), "last_day": max(moments.values()).date()},
    )
    key, file = layout.columns[0].name, place.file(batch.path)
    for one in curves:
        where = ColdCurve(key, one.id, file, batch.size_bytes or 0, one.first_row, one.sample_count)
        _WRITE[layout.curve](connection, one.id, read_cold_curve(where), moments[one.id])
    expected = _sums(place, batch, layout, curves)
    found, _ = sums_of_table(connection, layout, batch.period, curves=[one.id for one in curves])
    expected.require_equal(found, f"What was restored of {batch.path}")
    return expected.rows


def _sums(place: ArchivePlace, batch: Batch, layout: Layout, curves: list[ExportedCurve]) -> Sums:
    """Return the sums of some curves of a file."""
    from mgg_kernel.cold.reading import batches_of_rows

    sums = Sums()
    stretches = [(one.first_row, one.sample_count) for one in curves]
    for part in batches_of_rows(place.file(batch.path), layout, stretches):
        sums.add(layout, part)
    return sums


def _moments(
    connection: Connection, layout: Layout, curves: list[ExportedCurve]
) -> dict[int, datetime]:
    """Return the moment that a result's samples are filed under, by its id."""
    parent = test_results if layout.curve == "test" else forward_simulations
    query = select(parent.c.id, parent.c.recorded_at).where(
        parent.c.id.in_([one.id for one in curves])
    )
    return {row.id: row.recorded_at for row in connection.execute(query)}


def _hold_and_log(
    connection: Connection, layout: Layout, period: Period, reason: str, rows: int
) -> None:
    hold = add_hold(connection, period, layout.table, f"restored: {reason}")
    write_log(
        connection,
        "archive",
        "restore from the cold store",
        object_type=layout.table,
        object_id=period.name,
        details={"rows": rows, "hold": hold, "reason": reason},
    )


def _refuse_log(layout: Layout) -> None:
    if layout.curve is None:
        raise ArchiveError(
            "The operation log is never written back: nobody may add to it by hand; ask for its "
            "cold entries with ws.sql(…)."
        )

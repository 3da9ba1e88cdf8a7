"""Stored curves from whichever tier they are in: the one place that decides.

A curve that PostgreSQL answers with is whole, since samples come and go whole.  If it answers with
none, the curve may have been moved at this very moment.  So the samples are locked against the
archiver's switch first, and only then the books are asked, and once more PostgreSQL: while that
lock is held the curve cannot change its place.  Where the books say that a curve is cold, its file
holds it for ever, and no lock is needed.
"""

from sqlalchemy import Connection, Select, Table, bindparam, select, text

from mgg_kernel.cold.layouts import layout_of_curve
from mgg_kernel.cold.stored import ArchivePlace
from mgg_kernel.cold.tables import archive_batches, archived_curves
from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import NotFoundError
from mgg_kernel.hot.samples import read_simulation_curve, read_test_curve
from mgg_kernel.hot.signatures import Kind
from mgg_kernel.hot.tables import forward_simulations, test_results

__all__ = ["is_cold", "read_curve"]

_cold_until: dict[tuple[str, Kind], int] = {}
"""The newest curve of each place that was found cold: a hint where to look first, and no more."""

_HOT = {"test": read_test_curve, "simulation": read_simulation_curve}
_PARENTS: dict[Kind, Table] = {"test": test_results, "simulation": forward_simulations}
# The archiver's switch needs the table for itself; locking the view locks the table beneath it.
_HOLD_STILL = {
    "test": text("LOCK TABLE test_curve_samples IN ACCESS SHARE MODE"),
    "simulation": text("LOCK TABLE simulation_curve_samples IN ACCESS SHARE MODE"),
}


def read_curve(connection: Connection, place: ArchivePlace, kind: Kind, owner_id: int) -> PTCurve:
    """Read a stored curve, hot or cold.

    Args:
        connection: a transaction of the user who reads, which sees a new snapshot with each
            statement (READ COMMITTED, as :meth:`Database.begin` opens it).
        place: the folder of the cold store.
        kind: what it is the curve of.
        owner_id: id of the test or simulation.

    Raises:
        NotFoundError: there is none of that id, or this user may not see it.
        ArchiveError: its file is missing or damaged.
    """
    known = (place.key, kind)
    row = None
    if owner_id <= _cold_until.get(known, 0):
        # Probably cold: the books first, which for a hot curve would cost a question too many.
        row = connection.execute(_WHERE[kind], {"owner": owner_id}).one_or_none()
    if row is None:
        try:
            return _HOT[kind](connection, owner_id)
        except NotFoundError:
            connection.execute(_HOLD_STILL[kind])
        row = connection.execute(_WHERE[kind], {"owner": owner_id}).one_or_none()
        if row is None:
            return _HOT[kind](connection, owner_id)
        _cold_until[known] = max(owner_id, _cold_until.get(known, 0))
    # Only here: PyArrow takes a tenth of a second to import.
    from mgg_kernel.cold.reader import ColdCurve, read_cold_curve

    key = layout_of_curve(kind).columns[0].name
    where = ColdCurve(
        key, owner_id, place.file(row.path), row.size_bytes, row.first_row, row.sample_count
    )
    return read_cold_curve(where)


def is_cold(connection: Connection, kind: Kind, owner_id: int) -> bool:
    """Return whether a curve is in the cold store at this moment."""
    return connection.execute(_WHERE[kind], {"owner": owner_id}).one_or_none() is not None


def _where(kind: Kind) -> Select[tuple[str, int, int, int]]:
    """Return the question where a curve lies, if it is cold and this user may see it."""
    parent = _PARENTS[kind]
    key = archived_curves.c[layout_of_curve(kind).columns[0].name]
    return (
        select(
            archive_batches.c.path,
            archive_batches.c.size_bytes,
            archived_curves.c.first_row,
            archived_curves.c.sample_count,
        )
        # By way of the result, whose rows are guarded: another team's curve is not there.
        .select_from(
            parent.join(archived_curves, key == parent.c.id).join(
                archive_batches, archive_batches.c.id == archived_curves.c.batch_id
            )
        )
        .where(parent.c.id == bindparam("owner"))
    )


# Made once: putting one together takes as long as its answer.
_WHERE: dict[Kind, Select[tuple[str, int, int, int]]] = {kind: _where(kind) for kind in _PARENTS}

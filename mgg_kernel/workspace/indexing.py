"""Making the signatures of curves that were stored without one, or by an older definition."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from mgg_kernel.cold.curves import read_curve
from mgg_kernel.cold.place import archive_place
from mgg_kernel.cold.stored import ArchivePlace
from mgg_kernel.errors import ArchiveError, CurveError, NotFoundError
from mgg_kernel.hot import signatures
from mgg_kernel.hot.database import Caller
from mgg_kernel.hot.signatures import KINDS, Lacking
from mgg_kernel.workspace.foundation import Foundation

__all__ = ["index_curves", "make_signatures"]

AT_ONCE = 50
"""So many signatures are made in one transaction."""


def index_curves(foundation: Foundation) -> Iterator[int]:
    """Make the signatures that are missing or of an older definition, fifty at a time.

    Each fifty are a transaction of their own: what was made stays when it is interrupted.

    Yields:
        How many each transaction made.
    """
    place = archive_place(foundation.settings)
    for kind in KINDS:
        after = 0
        while True:
            with foundation.database.begin(Caller("system")) as (connection, _):
                missing = signatures.lacking_signatures(
                    connection, kind, limit=AT_ONCE, after=after
                )
                made = make_signatures(connection, place, missing, replace=True)
            if not missing:
                break
            after = missing[-1].id
            yield made


def make_signatures(
    connection: Connection,
    place: ArchivePlace,
    missing: Sequence[Lacking],
    *,
    replace: bool = False,
) -> int:
    """Make and store signatures, leaving out curves that cannot be read; return how many."""
    made = 0
    for one in missing:
        try:
            curve = read_curve(connection, place, one.kind, one.id)
        except (ArchiveError, CurveError, NotFoundError):
            continue  # it cannot be shown either; the others are found nevertheless
        signatures.write_signature(
            connection, one.kind, one.id, curve, team_id=one.team_id, replace=replace
        )
        made += 1
    return made

"""Making the signatures of curves that were stored without one, or by an older definition."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import CurveError, NotFoundError
from mgg_kernel.hot import signatures
from mgg_kernel.hot.database import Caller
from mgg_kernel.hot.samples import read_simulation_curve, read_test_curve
from mgg_kernel.hot.signatures import KINDS, Kind, Lacking
from mgg_kernel.workspace.foundation import Foundation

__all__ = ["index_curves", "make_signatures", "read_stored"]

AT_ONCE = 50
"""So many signatures are made in one transaction."""


def index_curves(foundation: Foundation) -> Iterator[int]:
    """Make the signatures that are missing or of an older definition, fifty at a time.

    Each fifty are a transaction of their own: what was made stays when it is interrupted.

    Yields:
        How many each transaction made.
    """
    for kind in KINDS:
        after = 0
        while True:
            with foundation.database.begin(Caller("system")) as (connection, _):
                missing = signatures.lacking_signatures(
                    connection, kind, limit=AT_ONCE, after=after
                )
                made = make_signatures(connection, missing, replace=True)
            if not missing:
                break
            after = missing[-1].id
            yield made


def make_signatures(
    connection: Connection, missing: Sequence[Lacking], *, replace: bool = False
) -> int:
    """Make and store signatures, leaving out curves that cannot be read; return how many."""
    made = 0
    for one in missing:
        try:
            curve = read_stored(connection, one.kind, one.id)
        except (CurveError, NotFoundError):
            continue  # it cannot be shown either; the others are found nevertheless
        signatures.write_signature(
            connection, one.kind, one.id, curve, team_id=one.team_id, replace=replace
        )
        made += 1
    return made


def read_stored(connection: Connection, kind: Kind, owner_id: int) -> PTCurve:
    """Read a stored curve of either kind.

    Raises:
        NotFoundError: there is none of that id, or this user may not see it.
    """
    if kind == "test":
        return read_test_curve(connection, owner_id)
    return read_simulation_curve(connection, owner_id)

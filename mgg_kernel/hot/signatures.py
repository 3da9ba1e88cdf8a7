"""Signatures of curves in the database: what a search for similar curves reads.

A signature is 256 pressures as little-endian float4 (:mod:`mgg_kernel.similarity.cells`), written
with its curve.  A row of an older definition counts as missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Table, and_, func, select
from sqlalchemy.dialects.postgresql import insert

from mgg_kernel.curve import PTCurve
from mgg_kernel.hot.samples import copy_rows
from mgg_kernel.hot.tables import curve_signatures, forward_simulations, test_results
from mgg_kernel.similarity.cells import CELLS, SIGNATURE_VERSION, signature

__all__ = [
    "KINDS",
    "Kind",
    "Lacking",
    "Searchable",
    "lacking_signatures",
    "read_signatures",
    "searchable",
    "write_signature",
]

Kind = Literal["test", "simulation"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_STORED = np.dtype("<f4")
_PARENTS: dict[Kind, Table] = {"test": test_results, "simulation": forward_simulations}
_KEYS = {
    "test": curve_signatures.c.test_result_id,
    "simulation": curve_signatures.c.simulation_id,
}
# By binary COPY: 10,000 signatures as SQL text would take longer than the search.
_READ_ROW = np.dtype(
    [
        ("fields", ">i2"),
        ("id_length", ">i4"),
        ("id", ">i8"),
        ("cells_length", ">i4"),
        ("cells", _STORED, (CELLS,)),
    ]
)
_READ: dict[Kind, str] = {
    "test": "COPY (SELECT test_result_id, cells_mpa FROM curve_signatures"
    " WHERE test_result_id = ANY(%s::bigint[]) AND version = %s ORDER BY test_result_id)"
    " TO STDOUT (FORMAT binary)",
    "simulation": "COPY (SELECT simulation_id, cells_mpa FROM curve_signatures"
    " WHERE simulation_id = ANY(%s::bigint[]) AND version = %s ORDER BY simulation_id)"
    " TO STDOUT (FORMAT binary)",
}


@dataclass(frozen=True, eq=False)
class Searchable:
    """The results of one kind that have a signature and are not deleted.

    Attributes:
        ids: shape (n,), int64, rising.
        ignition_ms: shape (n,); NaN for a curve that did not ignite.
        lacking: how many others have no signature yet.
    """

    ids: NDArray[np.int64]
    ignition_ms: NDArray[np.float64]
    lacking: int


@dataclass(frozen=True)
class Lacking:
    """A result without a signature of the present definition."""

    kind: Kind
    id: int
    team_id: int


def write_signature(
    connection: Connection,
    kind: Kind,
    owner_id: int,
    curve: PTCurve,
    *,
    team_id: int | None = None,
    replace: bool = False,
) -> None:
    """Write the signature of a curve, in the transaction that stores the curve or afterwards.

    One that is there already stays as it is.

    Args:
        connection: a transaction of somebody who may add results.
        kind: what it is the curve of.
        owner_id: id of the test or simulation.
        curve: the samples.
        team_id: the result's team; None: that of who acts.
        replace: replace one of an older definition, which only an administrator may.
    """
    values: dict[str, Any] = {
        _KEYS[kind].name: owner_id,
        "version": SIGNATURE_VERSION,
        "cells_mpa": signature(curve).astype(_STORED).tobytes(),
    }
    if team_id is not None:
        values["team_id"] = team_id
    statement = insert(curve_signatures).values(values)
    key = [_KEYS[kind].name]
    if replace:
        changed = {name: statement.excluded[name] for name in ("version", "cells_mpa")}
        connection.execute(statement.on_conflict_do_update(index_elements=key, set_=changed))
    else:
        connection.execute(statement.on_conflict_do_nothing(index_elements=key))


def searchable(connection: Connection, kind: Kind) -> Searchable:
    """Return what of one kind the acting account may search at this moment."""
    parent = _PARENTS[kind]
    has_one = _KEYS[kind].is_not(None)
    query = (
        select(parent.c.id, parent.c.ignition_time_ms, has_one.label("has_one"))
        .select_from(parent.outerjoin(curve_signatures, _of_parent(kind)))
        .where(parent.c.deleted_at.is_(None))
        .order_by(parent.c.id)
    )
    rows = connection.execute(query).all()
    found = [(row[0], np.nan if row[1] is None else row[1]) for row in rows if row[2]]
    return Searchable(
        np.array([row[0] for row in found], dtype=np.int64),
        np.array([row[1] for row in found], dtype=np.float64),
        len(rows) - len(found),
    )


def read_signatures(
    connection: Connection, kind: Kind, ids: Sequence[int]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return ids, rising, and the signatures of those of `ids` that this user may see.

    Args:
        connection: a transaction of the user who searches.
        kind: what the ids are of.
        ids: those wanted.

    Returns:
        Shapes (m,) and (m, 256), m ≤ the number of `ids`.
    """
    rows = copy_rows(connection, _READ[kind], (list(ids), SIGNATURE_VERSION), _READ_ROW)
    return rows["id"].astype(np.int64), rows["cells"].astype(np.float32)


def lacking_signatures(
    connection: Connection, kind: Kind, *, limit: int, after: int = 0, own_team: bool = False
) -> list[Lacking]:
    """Return results without a signature of the present definition, by rising id.

    Args:
        connection: a transaction of the user who looks.
        kind: which results.
        limit: at most so many.
        after: only ids above this one.
        own_team: only those of the user's own team, and only where there is no signature at all:
            what somebody who is no administrator may add.
    """
    parent = _PARENTS[kind]
    link = _KEYS[kind] == parent.c.id if own_team else _of_parent(kind)
    query = (
        select(parent.c.id, parent.c.team_id)
        .select_from(parent.outerjoin(curve_signatures, link))
        .where(_KEYS[kind].is_(None), parent.c.id > after)
        .order_by(parent.c.id)
        .limit(limit)
    )
    if own_team:
        query = query.where(parent.c.team_id == func.mgg_team_id())
    return [Lacking(kind, row[0], row[1]) for row in connection.execute(query)]


def _of_parent(kind: Kind) -> ColumnElement[bool]:
    return and_(_KEYS[kind] == _PARENTS[kind].c.id, curve_signatures.c.version == SIGNATURE_VERSION)

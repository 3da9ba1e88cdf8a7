"""Comparisons in the database: the numbers, and everything they depend on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from mgg_kernel.errors import NotFoundError
from mgg_kernel.hot.tables import pt_comparisons, test_results, users

__all__ = [
    "METRICS",
    "StoredComparison",
    "get_comparison",
    "list_comparisons",
    "store_comparison",
]

METRICS = (
    "peak_pressure_diff_mpa",
    "peak_pressure_diff_percent",
    "peak_time_diff_ms",
    "ignition_time_diff_ms",
    "impulse_diff_mpa_ms",
    "rmse_mpa",
    "mae_mpa",
    "correlation",
    "r_squared",
)
"""The metrics that have a column of their own."""

SCORES = "scores"
"""The key under which the other scores lie beside the settings that they depend on."""


@dataclass(frozen=True)
class StoredComparison:
    """A stored comparison; differences are simulation minus test.

    `scores` holds what has no column: the ratings, and the warnings.  It is empty in rows that an
    older version stored.
    """

    id: int
    simulation_id: int
    test_result_id: int
    test_name: str
    metrics: dict[str, float | None]
    scores: dict[str, Any]
    settings: dict[str, Any]
    note: str
    created_at: datetime
    created_by: str


def store_comparison(
    connection: Connection,
    *,
    simulation_id: int,
    test_id: int,
    metrics: Mapping[str, float | None],
    scores: Mapping[str, Any],
    settings: Mapping[str, Any],
    note: str,
) -> int:
    """Store a comparison, and return its id."""
    added = connection.execute(
        pt_comparisons.insert()
        .values(
            simulation_id=simulation_id,
            test_result_id=test_id,
            settings={**settings, SCORES: dict(scores)},
            note=note,
            **{name: metrics[name] for name in METRICS},
        )
        .returning(pt_comparisons.c.id)
    )
    return int(added.scalar_one())


def get_comparison(connection: Connection, comparison_id: int) -> StoredComparison:
    """Return a comparison.

    Raises:
        NotFoundError: there is none of that id, or this user may not see it.
    """
    row = connection.execute(_query().where(pt_comparisons.c.id == comparison_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no comparison {comparison_id}, or you may not see it.")
    return _stored(row)


def list_comparisons(
    connection: Connection,
    *,
    simulation_id: int | None = None,
    test_id: int | None = None,
    test_ids: Sequence[int] | None = None,
    limit: int = 200,
) -> list[StoredComparison]:
    """Return the newest comparisons, newest first, of one simulation or of tests where given."""
    query = _query().order_by(pt_comparisons.c.created_at.desc(), pt_comparisons.c.id.desc())
    if simulation_id is not None:
        query = query.where(pt_comparisons.c.simulation_id == simulation_id)
    if test_id is not None:
        query = query.where(pt_comparisons.c.test_result_id == test_id)
    if test_ids is not None:
        query = query.where(pt_comparisons.c.test_result_id.in_(test_ids))
    return [_stored(row) for row in connection.execute(query.limit(limit))]


def _query() -> "Select[tuple[object, ...]]":
    return select(
        pt_comparisons.c.id,
        pt_comparisons.c.simulation_id,
        pt_comparisons.c.test_result_id,
        test_results.c.name,
        *(pt_comparisons.c[name] for name in METRICS),
        pt_comparisons.c.settings,
        pt_comparisons.c.note,
        pt_comparisons.c.created_at,
        users.c.username,
    ).select_from(
        pt_comparisons.join(
            test_results, test_results.c.id == pt_comparisons.c.test_result_id
        ).join(users, users.c.id == pt_comparisons.c.created_by)
    )


def _stored(row: "Row[tuple[object, ...]]") -> StoredComparison:
    values = row._mapping
    settings = dict(values["settings"])
    scores = settings.pop(SCORES, {})
    return StoredComparison(
        id=values["id"],
        simulation_id=values["simulation_id"],
        test_result_id=values["test_result_id"],
        test_name=values["name"],
        metrics={name: values[name] for name in METRICS},
        scores=scores,
        settings=settings,
        note=values["note"],
        created_at=values["created_at"],
        created_by=values["username"],
    )

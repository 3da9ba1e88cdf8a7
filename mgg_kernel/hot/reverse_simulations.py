"""Reverse simulations in the database: what was wanted, from which model, and what was found."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select

from mgg_kernel._version import __version__
from mgg_kernel.errors import NotFoundError
from mgg_kernel.hot.packing import pack, unpack
from mgg_kernel.hot.search import contains
from mgg_kernel.hot.tables import model_versions, reverse_simulations, users, work_orders

__all__ = [
    "ReverseDocument",
    "ReverseSummary",
    "get_document",
    "get_reverse",
    "list_reverses",
    "store_reverse",
]


@dataclass(frozen=True)
class ReverseDocument:
    """Everything that a reverse simulation depends on, and what it found, as plain JSON values.

    Attributes:
        target: what was wanted.
        constraints: what had to be kept to.
        tested: the recipes that had been tested.
        candidates: the recipes that were found, the best first.
        outcome: what was found besides.
    """

    target: dict[str, Any]
    constraints: dict[str, Any]
    tested: list[Any]
    candidates: list[Any]
    outcome: dict[str, Any]


@dataclass(frozen=True)
class ReverseSummary:
    """A stored reverse simulation without what was wanted and found.

    Attributes:
        id: its number.
        title: what people call it.
        candidate_count: how many recipes were found.
        model_version_id: the version of the model that was asked.
        model_name: what people call that.
        work_order: number of the work order that it is for; None where it is for none.
        code_version: version of the program that made it.
        created_at: when it was stored.
        created_by: who made it.
    """

    id: int
    title: str
    candidate_count: int
    model_version_id: int
    model_name: str
    work_order: str | None
    code_version: str
    created_at: datetime
    created_by: str


def store_reverse(
    connection: Connection,
    document: ReverseDocument,
    *,
    title: str,
    model_version_id: int,
    work_order_id: int | None,
) -> int:
    """Store a reverse simulation with all its candidates, and return its id."""
    added = connection.execute(
        reverse_simulations.insert()
        .values(
            title=title,
            model_version_id=model_version_id,
            work_order_id=work_order_id,
            code_version=__version__,
            **{name: pack(getattr(document, name)) for name in _PARTS},
        )
        .returning(reverse_simulations.c.id)
    )
    return int(added.scalar_one())


def get_reverse(connection: Connection, reverse_id: int) -> ReverseSummary:
    """Return a reverse simulation.

    Raises:
        NotFoundError: there is none of that id, or this user may not see it.
    """
    query = _query().where(reverse_simulations.c.id == reverse_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise _missing(reverse_id)
    return _summary(row)


def get_document(connection: Connection, reverse_id: int) -> ReverseDocument:
    """Return what a reverse simulation depends on and what it found.

    Raises:
        NotFoundError: there is none of that id, or this user may not see it.
        StoreError: a curve in it is damaged.
    """
    columns = [reverse_simulations.c[name] for name in _PARTS]
    query = select(*columns).where(reverse_simulations.c.id == reverse_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise _missing(reverse_id)
    return ReverseDocument(**{name: unpack(part) for name, part in row._mapping.items()})


def list_reverses(
    connection: Connection, *, search: str | None = None, limit: int = 200
) -> list[ReverseSummary]:
    """Return the newest reverse simulations, newest first.

    Args:
        connection: a transaction of the user who looks.
        search: only those whose title, model, work order or maker contains this text.
        limit: at most so many.
    """
    query = _query().where(reverse_simulations.c.deleted_at.is_(None))
    if search and search.strip():
        texts = (
            reverse_simulations.c.title,
            model_versions.c.name,
            work_orders.c.work_order_number,
            users.c.username,
        )
        query = query.where(or_(*(contains(column, search) for column in texts)))
    newest = reverse_simulations.c.created_at.desc(), reverse_simulations.c.id.desc()
    return [_summary(row) for row in connection.execute(query.order_by(*newest).limit(limit))]


_PARTS = tuple(ReverseDocument.__dataclass_fields__)


def _missing(reverse_id: int) -> NotFoundError:
    return NotFoundError(
        f"There is no reverse simulation {reverse_id}, or you may not see it; "
        "ws.simulations.reverse.list() shows them."
    )


def _query() -> "Select[tuple[object, ...]]":
    columns = reverse_simulations.c
    return select(
        columns.id,
        columns.title,
        func.jsonb_array_length(columns.candidates).label("candidate_count"),
        columns.model_version_id,
        model_versions.c.name.label("model_name"),
        work_orders.c.work_order_number.label("work_order"),
        columns.code_version,
        columns.created_at,
        users.c.username.label("created_by"),
    ).select_from(
        reverse_simulations.join(model_versions, model_versions.c.id == columns.model_version_id)
        .outerjoin(work_orders, work_orders.c.id == columns.work_order_id)
        .join(users, users.c.id == columns.created_by)
    )


def _summary(row: "Row[tuple[object, ...]]") -> ReverseSummary:
    return ReverseSummary(**row._mapping)

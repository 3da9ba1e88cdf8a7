"""The books of the cold store: batches, holds, policies.  Readers trust them, never a listing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Connection, Integer, func, literal, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import bindparam

from mgg_kernel.cold.export import ExportedCurve
from mgg_kernel.cold.layouts import LAYOUTS, Layout
from mgg_kernel.cold.periods import Period, PeriodKind
from mgg_kernel.cold.tables import (
    archive_batches,
    archived_curves,
    retention_policies,
    source_tables,
)
from mgg_kernel.errors import ConflictError, NotFoundError

__all__ = [
    "Batch",
    "Policy",
    "abort",
    "batches",
    "intend",
    "let_go",
    "now",
    "partitions",
    "policies",
    "set_hot_days",
    "switch",
]

State = Literal["exporting", "archived", "restored", "aborted"]

_INTEND = text(
    "SELECT archive_intend(:table, :first, :behind, :segment, :path, :fingerprint, :run)"
)
_ABORT = text("SELECT archive_abort(:batch)")
_SWITCH = text(
    "SELECT archive_switch(:batch, :rows, :bytes, :digest, :proof, :curves, :counts, :first_rows)"
).bindparams(
    bindparam("proof", type_=JSONB),
    bindparam("curves", type_=ARRAY(BigInteger)),
    bindparam("counts", type_=ARRAY(Integer)),
    bindparam("first_rows", type_=ARRAY(BigInteger)),
)
_LET_GO = text("SELECT archive_let_go(:batch, :curves)").bindparams(
    bindparam("curves", type_=ARRAY(BigInteger))
)
_PARTITIONS = text("SELECT name, lower, upper FROM archive_partitions(:table)")


@dataclass(frozen=True)
class Batch:
    """A row of `archive_batches`: one file, or the attempt at one."""

    id: int
    table_name: str
    period_start: datetime
    period_end: datetime
    segment: str
    state: State
    path: str
    schema_fingerprint: str
    row_count: int | None
    size_bytes: int | None
    sha256: str | None
    aggregates: dict[str, Any] | None
    run_id: UUID
    created_at: datetime
    finished_at: datetime | None

    @property
    def period(self) -> Period:
        """The period that it is of."""
        return Period(self.period_start, self.period_end)


@dataclass(frozen=True)
class Policy:
    """How long a table's rows stay hot."""

    table: str
    hot_days: int
    period: PeriodKind | None
    updated_at: datetime


@dataclass(frozen=True)
class Partition:
    """A partition of a table; bounds that are infinite are None."""

    name: str
    lower: datetime | None
    upper: datetime | None

    def overlaps(self, period: Period) -> bool:
        """Return whether rows of the period may be in it."""
        return (self.lower is None or self.lower < period.end) and (
            self.upper is None or self.upper > period.start
        )


def now(connection: Connection) -> datetime:
    """Return the moment by the database's clock, the only one that the archiver asks."""
    moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return moment


def batches(
    connection: Connection, *, table: str | None = None, states: Sequence[State] | None = None
) -> list[Batch]:
    """Return batches by table, period and segment.

    Args:
        connection: a transaction of anybody.
        table: only those of this table.
        states: only those in one of these states.
    """
    columns = [archive_batches.c[name] for name in Batch.__dataclass_fields__]
    order = ("table_name", "period_start", "segment", "id")
    query = select(*columns).order_by(*(archive_batches.c[name] for name in order))
    if table is not None:
        query = query.where(archive_batches.c.table_name == table)
    if states is not None:
        query = query.where(archive_batches.c.state.in_(states))
    return [Batch(**row._mapping) for row in connection.execute(query)]


def policies(connection: Connection) -> list[Policy]:
    """Return the retention policies, by table."""
    c = retention_policies.c
    query = select(c.table_name, c.hot_days, c.archive_period, c.updated_at)
    return [Policy(*row) for row in connection.execute(query.order_by(c.table_name))]


def set_hot_days(connection: Connection, table: str, days: int) -> int:
    """Change how long a table's rows stay hot, and return how long it was.

    Raises:
        NotFoundError: there is no policy for that table.
        StoreError: the number is not allowed, or rows it would keep hot are cold already.
    """
    known = {policy.table: policy.hot_days for policy in policies(connection)}
    if table not in known:
        raise NotFoundError(f"There is no retention policy for '{table[:80]}'.")
    connection.execute(
        retention_policies.update()
        .where(retention_policies.c.table_name == table)
        .values(hot_days=days)
    )
    return known[table]


def partitions(connection: Connection, layout: Layout) -> list[Partition]:
    """Return the partitions of a table."""
    rows = connection.execute(_PARTITIONS, {"table": layout.table})
    return [
        Partition(row.name, *(None if _infinite(at) else at for at in (row.lower, row.upper)))
        for row in rows
    ]


def intend(
    connection: Connection, layout: Layout, period: Period, segment: str, run: UUID
) -> tuple[int, str]:
    """Write down what will be done, and return the batch's id and its file's path."""
    name = f"{period.name}.{segment}" if segment else period.name
    path = f"{layout.table}/{name}.parquet"
    values = {
        "table": layout.table,
        "first": period.start,
        "behind": period.end,
        "segment": segment,
        "path": path,
        "fingerprint": layout.fingerprint,
        "run": run,
    }
    return int(connection.execute(_INTEND, values).scalar_one()), path


def next_segment(connection: Connection, layout: Layout, period: Period) -> str:
    """Return the segment that comes next in a period: none, then ``late001`` and on."""
    taken = connection.execute(
        select(func.count())
        .select_from(archive_batches)
        .where(
            archive_batches.c.table_name == layout.table,
            archive_batches.c.period_start == period.start,
            archive_batches.c.state.in_(("archived", "restored")),
        )
    ).scalar_one()
    return f"late{taken:03d}" if taken else ""


def abort(connection: Connection, batch_id: int) -> None:
    """Say of a batch that nothing came of it."""
    connection.execute(_ABORT, {"batch": batch_id})


def switch(
    connection: Connection,
    batch_id: int,
    *,
    rows: int,
    size_bytes: int,
    sha256: str,
    proof: dict[str, Any],
    curves: Sequence[ExportedCurve],
) -> None:
    """Let the rows go and say where they are, in this transaction."""
    values = {
        "batch": batch_id,
        "rows": rows,
        "bytes": size_bytes,
        "digest": sha256,
        "proof": proof,
        "curves": [one.id for one in curves],
        "counts": [one.sample_count for one in curves],
        "first_rows": [one.first_row for one in curves],
    }
    connection.execute(_SWITCH, values)


def let_go(connection: Connection, batch_id: int, curves: Sequence[int] | None) -> int:
    """Take curves of a batch out of the books, before their samples are written back."""
    wanted = None if curves is None else list(curves)
    return int(connection.execute(_LET_GO, {"batch": batch_id, "curves": wanted}).scalar_one())


def curves_of(connection: Connection, batch: Batch) -> list[ExportedCurve]:
    """Return the curves of a batch that are cold, in the order of its file."""
    owner = func.coalesce(archived_curves.c.test_result_id, archived_curves.c.simulation_id)
    query = (
        select(owner, archived_curves.c.sample_count, archived_curves.c.first_row)
        .where(archived_curves.c.batch_id == batch.id)
        .order_by(archived_curves.c.first_row)
    )
    return [ExportedCurve(*row) for row in connection.execute(query)]


def hot_and_cold(connection: Connection, layout: Layout, period: Period) -> int | None:
    """Return a curve of the period that is in PostgreSQL and in the books, which none may be."""
    table = source_tables[layout.table]
    key = table.c[layout.columns[0].name]
    found = (
        select(archived_curves.c[key.name])
        .join(archive_batches, archive_batches.c.id == archived_curves.c.batch_id)
        .where(
            archive_batches.c.table_name == layout.table,
            archive_batches.c.period_start == period.start,
            select(literal(1))
            .where(
                key == archived_curves.c[key.name],
                table.c.recorded_at >= period.start,
                table.c.recorded_at < period.end,
            )
            .exists(),
        )
        .limit(1)
    )
    return connection.execute(found).scalar_one_or_none()


def has_rows(connection: Connection, layout: Layout, period: Period) -> bool:
    """Return whether PostgreSQL holds any row of a period."""
    table = source_tables[layout.table]
    rows = select(literal(1)).where(
        table.c.recorded_at >= period.start, table.c.recorded_at < period.end
    )
    return bool(connection.execute(select(rows.exists())).scalar_one())


def layouts_of(table: str | None) -> list[Layout]:
    """Return the layouts of one table, or of all.

    Raises:
        ConflictError: the table is not archived.
    """
    if table is None:
        return list(LAYOUTS.values())
    if table not in LAYOUTS:
        known = ", ".join(LAYOUTS)
        raise ConflictError(f"'{table[:80]}' is not archived; choose one of {known}.")
    return [LAYOUTS[table]]


def _infinite(at: datetime | None) -> bool:
    return at is None or at.year in (1, 9999)

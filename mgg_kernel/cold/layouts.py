"""What a file of each table looks like: columns, units, order, encodings.

A column is of one of four kinds, which decide how it is proven: ``integer``, ``float`` (by its 64
bits), ``time`` (microseconds, what PostgreSQL keeps) and ``text``.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mgg_kernel.hot.signatures import Kind

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["LAYOUTS", "SCHEMA_VERSION", "ColumnKind", "ColumnLayout", "Layout", "layout_of_curve"]

SCHEMA_VERSION = 1
ColumnKind = Literal["integer", "float", "time", "text"]


@dataclass(frozen=True)
class ColumnLayout:
    """A column: its Arrow type, how it is encoded, and the unit of its numbers.

    Attributes:
        name: the column's name.
        kind: how its values are proven.
        arrow: its Arrow type.
        unit: of its numbers; None: they have none.
        nullable: whether it may be NULL.
        may_repeat: numbers of a converter's few steps: kept as a dictionary where they do repeat.
    """

    name: str
    kind: ColumnKind
    arrow: str
    unit: str | None = None
    nullable: bool = False
    may_repeat: bool = False

    @property
    def encoding(self) -> str | None:
        """The Parquet encoding; None: a dictionary, for texts that repeat."""
        if self.kind == "float":
            return "BYTE_STREAM_SPLIT"
        return None if self.kind == "text" else "DELTA_BINARY_PACKED"


@dataclass(frozen=True)
class Layout:
    """The files of one table.

    Attributes:
        table: the table's name.
        columns: the columns, in order; the first is the first of the sort order.
        order: the columns that rows are sorted by, which are the key.
        curve: what the rows are samples of; None for the operation log.
    """

    table: str
    columns: tuple[ColumnLayout, ...]
    order: tuple[str, ...]
    curve: Kind | None

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what a file looks like."""
        told = [SCHEMA_VERSION, self.table, list(self.order)]
        told += [[c.name, c.kind, c.arrow, c.unit, c.nullable] for c in self.columns]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def schema(self) -> "pa.Schema":
        """Return the Arrow schema, units included."""
        import pyarrow as pa

        types = {
            "int32": pa.int32(),
            "int64": pa.int64(),
            "float64": pa.float64(),
            "timestamp": pa.timestamp("us", tz="UTC"),
            "string": pa.string(),
        }
        return pa.schema(
            [
                pa.field(
                    column.name,
                    types[column.arrow],
                    nullable=column.nullable,
                    metadata={"unit": column.unit} if column.unit else None,
                )
                for column in self.columns
            ]
        )


def _samples(table: str, key: str, curve: Kind) -> Layout:
    columns = (
        ColumnLayout(key, "integer", "int64"),
        ColumnLayout("sequence_number", "integer", "int32"),
        ColumnLayout("time_ms", "float", "float64", "ms"),
        ColumnLayout("pressure_mpa", "float", "float64", "MPa", may_repeat=True),
        ColumnLayout("recorded_at", "time", "timestamp"),
    )
    return Layout(table, columns, (key, "sequence_number"), curve)


LAYOUTS = {
    layout.table: layout
    for layout in (
        _samples("simulation_time_series", "simulation_id", "simulation"),
        _samples("test_time_series", "test_result_id", "test"),
        Layout(
            "operation_logs",
            (
                ColumnLayout("id", "integer", "int64"),
                ColumnLayout("recorded_at", "time", "timestamp"),
                ColumnLayout("actor", "text", "string"),
                ColumnLayout("user_id", "integer", "int32", nullable=True),
                ColumnLayout("session_actor", "text", "string"),
                ColumnLayout("log_type", "text", "string"),
                ColumnLayout("action", "text", "string"),
                ColumnLayout("object_type", "text", "string", nullable=True),
                ColumnLayout("object_id", "text", "string", nullable=True),
                ColumnLayout("outcome", "text", "string"),
                ColumnLayout("address", "text", "string", nullable=True),
                ColumnLayout("application", "text", "string"),
                ColumnLayout("details", "text", "string"),
            ),
            ("id",),
            None,
        ),
    )
}
"""The tables that are archived, and the layout of their files."""


def layout_of_curve(kind: Kind) -> Layout:
    """Return the layout of the samples of tests, or of simulations."""
    return next(layout for layout in LAYOUTS.values() if layout.curve == kind)

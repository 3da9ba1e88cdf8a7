"""What a file of each table looks like: columns, units, order, encodings.

A column is of one of four kinds, which decide how it is proven: ``integer``, ``float`` (by its 64
bits), ``time`` (microseconds, what PostgreSQL keeps) and ``text``.

**Versions.**  A file is never written again, so files of every version that there ever was are
read.  A later version of a table's layout may add columns, each with the version that brought it
(`since`), and may change nothing else: in files of before they are NULL.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from mgg_kernel.errors import ArchiveError
from mgg_kernel.hot.signatures import Kind

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["LAYOUTS", "ColumnKind", "ColumnLayout", "Layout", "layout_of_curve"]

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
        since: the version of the layout that brought it; above 1 it must be nullable.
    """

    name: str
    kind: ColumnKind
    arrow: str
    unit: str | None = None
    nullable: bool = False
    may_repeat: bool = False
    since: int = 1

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
    def version(self) -> int:
        """The version of the layout."""
        return max(column.since for column in self.columns)

    def at_version(self, version: int) -> "Layout":
        """Return the layout as it was in an earlier version.

        Raises:
            ArchiveError: there is no such version yet.
        """
        if not 1 <= version <= self.version:
            raise ArchiveError(
                f"A file of {self.table} has version {version} of its layout, but this program "
                f"knows {self.version}; install the version of the program that wrote it."
            )
        return replace(
            self, columns=tuple(column for column in self.columns if column.since <= version)
        )

    def of_fingerprint(self, fingerprint: str) -> "Layout":
        """Return the layout, of this version or an earlier one, that has a fingerprint.

        Raises:
            ArchiveError: none has.
        """
        for version in range(self.version, 0, -1):
            layout = self.at_version(version)
            if layout.fingerprint == fingerprint:
                return layout
        raise ArchiveError(
            f"A file of {self.table} has a layout that this program does not know; install the "
            "version of the program that wrote it."
        )

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what a file looks like."""
        told = [self.version, self.table, list(self.order)]
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
                ColumnLayout("digest", "text", "string", nullable=True, since=2),
                ColumnLayout("chain_number", "integer", "int64", nullable=True, since=2),
                ColumnLayout("previous_hash", "text", "string", nullable=True, since=2),
                ColumnLayout("hash", "text", "string", nullable=True, since=2),
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

"""The proof that a file holds exactly the rows of a period, bit for bit.

Three witnesses that know nothing of each other: sums that PostgreSQL makes of the table (read in
the order of the heap, not by the index that the export goes by), digests of the columns as they
came over the wire, and both again of the file as it is read back.

Sums are exact and do not depend on the order: integers as they are, floats as the 64-bit integers
of their IEEE 754 bits, times as microseconds since 2000, texts as the first 60 bits of their
SHA-256.
The digests depend on the order, so that no two values can have changed places.
"""

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, Connection, Text, cast, func, literal, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY, BIT
from sqlalchemy.sql.elements import ColumnElement

from mgg_kernel.cold.layouts import ColumnLayout, Layout
from mgg_kernel.cold.periods import Period
from mgg_kernel.cold.tables import source_tables
from mgg_kernel.errors import ArchiveError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Digests", "Sums", "sums_of_table"]

_EPOCH_2000_US = 946_684_800_000_000
_HASH_DIGITS = 15  # hexadecimal: 60 bits, which no sign bit can turn over
_LOW = np.int64(0xFFFFFFFF)
_BYTES_TO_INTEGER = 180000  # the version of PostgreSQL that casts bytea to bigint


@dataclass
class Sums:
    """Exact sums of rows: how many, and of each column how many are not NULL and their sum."""

    rows: int = 0
    columns: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, layout: Layout, batch: "pa.RecordBatch") -> None:
        """Add the rows of a batch."""
        self.rows += batch.num_rows
        for column in layout.columns:
            values = batch.column(column.name)
            filled, total = self.columns.get(column.name, (0, 0))
            count = batch.num_rows - values.null_count
            self.columns[column.name] = (filled + count, total + _sum(column, values))

    def plain(self) -> dict[str, Any]:
        """Return them as JSON values; sums as texts, since they may be of any size."""
        return {name: {"filled": n, "sum": str(total)} for name, (n, total) in self.columns.items()}

    def require_equal(self, other: "Sums", what: str) -> None:
        """Check that they are those of the same rows.

        Raises:
            ArchiveError: they are not; the message names the first column that differs.
        """
        if self.rows != other.rows:
            raise ArchiveError(
                f"{what} holds {other.rows:,} rows instead of {self.rows:,}; nothing was changed, "
                "so run the archive again."
            )
        for name, expected in self.columns.items():
            if other.columns.get(name) != expected:
                raise ArchiveError(
                    f"{what} differs from the database in the column {name}; nothing was changed: "
                    "check the disk and the memory of this machine."
                )


class Digests:
    """A running SHA-256 of each column's values in the order they come."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._digests = {column.name: hashlib.sha256() for column in layout.columns}

    def add(self, batch: "pa.RecordBatch") -> None:
        """Add the rows of a batch."""
        for column in self._layout.columns:
            values = batch.column(column.name)
            digest = self._digests[column.name]
            if column.kind == "text" or column.nullable:
                for value in values.to_pylist():
                    digest.update(repr(value).encode() + b"\n")
            else:
                digest.update(np.ascontiguousarray(_numbers(values)).data)

    def plain(self) -> dict[str, str]:
        """Return them in hexadecimal, by column."""
        return {name: digest.hexdigest() for name, digest in self._digests.items()}


def sums_of_table(
    connection: Connection, layout: Layout, period: Period, *, curves: list[int] | None = None
) -> tuple[Sums, dict[str, int]]:
    """Let PostgreSQL make the sums of a period's rows, and count them by partition.

    Args:
        connection: a transaction of the archiver.
        layout: which table.
        period: which rows.
        curves: only the samples of these; None: all.
    """
    table = source_tables[layout.table]
    version = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
    partition: ColumnElement[str] = literal_column("tableoid::regclass::text")
    wanted: list[ColumnElement[Any]] = [partition.label("partition"), func.count().label("rows")]
    for column in layout.columns:
        source = table.c[column.name]
        wanted.append(func.count(source))
        wanted.append(func.coalesce(func.sum(_number(column, source, version)), 0))
    query = (
        select(*wanted)
        .select_from(table)
        .where(table.c.recorded_at >= period.start, table.c.recorded_at < period.end)
        .group_by(partition)
    )
    if curves is not None:
        query = query.where(
            table.c[layout.columns[0].name] == func.any(literal(curves, ARRAY(BigInteger)))
        )
    sums = Sums(0, {column.name: (0, 0) for column in layout.columns})
    partitions: dict[str, int] = {}
    for row in connection.execute(query):
        partitions[row[0]] = row[1]
        sums.rows += row[1]
        for at, column in enumerate(layout.columns):
            filled, total = sums.columns[column.name]
            sums.columns[column.name] = (filled + row[2 + 2 * at], total + int(row[3 + 2 * at]))
    return sums, partitions


def _number(column: ColumnLayout, source: Any, version: int) -> ColumnElement[Any]:
    """Return the integer that stands for a value in the sums, made by PostgreSQL."""
    if column.kind == "integer":
        return cast(source, BigInteger)
    if column.kind == "text":
        digest = func.encode(func.sha256(func.convert_to(cast(source, Text), "UTF8")), "hex")
        return _from_hex(func.left(digest, _HASH_DIGITS), 4 * _HASH_DIGITS)
    sent = func.float8send(source) if column.kind == "float" else func.timestamptz_send(source)
    if version >= _BYTES_TO_INTEGER:
        return cast(sent, BigInteger)
    return _from_hex(func.encode(sent, "hex"), 64)


def _from_hex(digits: ColumnElement[Any], bits: int) -> ColumnElement[Any]:
    return cast(cast(literal("x").op("||")(digits), BIT(bits)), BigInteger)


def _sum(column: ColumnLayout, values: "pa.Array") -> int:
    """Return the sum of the integers that stand for these values, made by NumPy."""
    if column.kind == "text":
        return sum(
            int(hashlib.sha256(text.encode()).hexdigest()[:_HASH_DIGITS], 16)
            for text in values.to_pylist()
            if text is not None
        )
    numbers = _numbers(values.drop_null())
    if column.kind == "float":
        numbers = numbers.view(np.int64)
    elif column.kind == "time":
        numbers = numbers.view(np.int64) - _EPOCH_2000_US
    return _exact_sum(numbers.astype(np.int64, copy=False))


def _numbers(values: "pa.Array") -> NDArray[Any]:
    """Return fixed-width values as NumPy sees them, without a copy."""
    import pyarrow as pa

    if pa.types.is_timestamp(values.type):
        values = values.view(pa.int64())
    numbers: NDArray[Any] = values.to_numpy(zero_copy_only=True)
    return numbers


def _exact_sum(numbers: NDArray[np.int64]) -> int:
    """Return the sum of 64-bit integers without overflow, up to 2³¹ of them at a time."""
    return (int((numbers >> 32).sum()) << 32) + int((numbers & _LOW).sum())

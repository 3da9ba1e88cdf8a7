"""Rows of a period out of PostgreSQL, in order, as Arrow batches in bounded memory.

Of samples, PostgreSQL sends a row for each curve, whose columns it has strung together as they go
over the wire (``float8send`` …): a row for each sample would cost this side as much again as the
server.  Format: PostgreSQL documentation, *COPY*, "Binary Format".
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Connection, Text, cast, select

from mgg_kernel.cold.layouts import Layout
from mgg_kernel.cold.periods import Period
from mgg_kernel.cold.stored import StoredFile
from mgg_kernel.cold.tables import source_tables
from mgg_kernel.errors import ArchiveError
from mgg_kernel.hot.database import explained

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ExportedCurve", "archived_log_entry", "export_rows"]

BATCH_ROWS = 20_000
"""A batch is at least so many rows, and a whole number of curves."""
LOG_ROWS = 5_000

_HEADER_BYTES = 19
_EPOCH_2000_US = 946_684_800_000_000
_FIELDS = 6
# Grouped by curve as they come from the index; hashing them would hold the whole period.
_PLAN = ("SET LOCAL enable_hashagg = off", "SET LOCAL enable_seqscan = off")
_COPY = {
    "test_time_series": (
        "COPY (SELECT test_result_id, min(recorded_at), max(recorded_at),"
        " string_agg(int4send(sequence_number), ''::bytea),"
        " string_agg(float8send(time_ms), ''::bytea),"
        " string_agg(float8send(pressure_mpa), ''::bytea)"
        " FROM (SELECT * FROM test_time_series WHERE recorded_at >= %s AND recorded_at < %s"
        " ORDER BY test_result_id, sequence_number) ordered"
        " GROUP BY test_result_id ORDER BY test_result_id) TO STDOUT (FORMAT binary)"
    ),
    "simulation_time_series": (
        "COPY (SELECT simulation_id, min(recorded_at), max(recorded_at),"
        " string_agg(int4send(sequence_number), ''::bytea),"
        " string_agg(float8send(time_ms), ''::bytea),"
        " string_agg(float8send(pressure_mpa), ''::bytea)"
        " FROM (SELECT * FROM simulation_time_series WHERE recorded_at >= %s AND recorded_at < %s"
        " ORDER BY simulation_id, sequence_number) ordered"
        " GROUP BY simulation_id ORDER BY simulation_id) TO STDOUT (FORMAT binary)"
    ),
}


@dataclass(frozen=True)
class ExportedCurve:
    """A curve in the order of the export: how many samples, and in which row it begins."""

    id: int
    sample_count: int
    first_row: int


def export_rows(
    connection: Connection,
    layout: Layout,
    period: Period,
    write: Callable[["pa.RecordBatch"], None],
) -> list[ExportedCurve]:
    """Read the rows of a period in their order and hand them on.

    Args:
        connection: the transaction whose snapshot is read.
        layout: which table.
        period: which rows.
        write: takes each batch; it is called in this thread, between two reads.

    Returns:
        The curves; none for the operation log.

    Raises:
        ArchiveError: a curve lies in more than one moment, which the schema does not allow.
    """
    if layout.curve is None:
        for batch in _log_batches(connection, layout, period):
            write(batch)
        return []
    for setting in _PLAN:
        connection.exec_driver_sql(setting)
    sink = _CurveSink(layout, write)
    driver: Any = connection.connection.driver_connection
    with explained(), driver.cursor() as cursor:
        bounds = (period.start, period.end)
        statement = cursor.mogrify(_COPY[layout.table], bounds).decode()
        cursor.copy_expert(statement, sink)
    sink.flush()
    return sink.curves


class _CurveSink:
    """Takes what COPY sends, and makes a batch whenever enough curves have come."""

    def __init__(self, layout: Layout, write: Callable[["pa.RecordBatch"], None]) -> None:
        self.curves: list[ExportedCurve] = []
        self._write_batch = write
        self._schema = layout.schema()
        self._left = b""
        self._at_header = True
        self._waiting: list[tuple[int, int, list[bytes]]] = []
        self._rows_waiting = 0
        self._rows = 0

    def write(self, data: bytes) -> int:
        """Take the next bytes, wherever they are cut."""
        self._left = self._left + data if self._left else data
        at = 0
        if self._at_header:
            if len(self._left) < _HEADER_BYTES:
                return len(data)
            at, self._at_header = _HEADER_BYTES, False
        while (row := _fields(self._left, at)) is not None:
            fields, at = row
            self._take(fields)
        self._left = self._left[at:]
        return len(data)

    def flush(self) -> None:
        """Hand on what is waiting."""
        import pyarrow as pa

        if not self._waiting:
            return
        counts = [len(columns[0]) // 4 for _, _, columns in self._waiting]
        ids = np.repeat(np.array([one[0] for one in self._waiting], dtype=np.int64), counts)
        moments = np.repeat(np.array([one[1] for one in self._waiting], dtype=np.int64), counts)
        columns = [
            ids,
            *(
                np.frombuffer(b"".join(one[2][at] for one in self._waiting), kind).astype(
                    np.dtype(kind).newbyteorder("<")
                )
                for at, kind in enumerate((">i4", ">f8", ">f8"))
            ),
            moments,
        ]
        self._waiting, self._rows_waiting = [], 0
        arrays = [
            pa.array(values).cast(kind)
            for values, kind in zip(columns, self._schema.types, strict=True)
        ]
        self._write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema))

    def _take(self, fields: list[bytes]) -> None:
        owner, first, last = (int.from_bytes(one, "big", signed=True) for one in fields[:3])
        count = len(fields[3]) // 4
        if first != last or not len(fields[4]) == len(fields[5]) == 8 * count:
            raise ArchiveError(
                f"The samples of curve {owner} are not of one moment; nothing was changed: mend "
                "that curve by hand, or tell the developers of this program."
            )
        self.curves.append(ExportedCurve(owner, count, self._rows))
        self._waiting.append((owner, first + _EPOCH_2000_US, fields[3:]))
        self._rows += count
        self._rows_waiting += count
        if self._rows_waiting >= BATCH_ROWS:
            self.flush()


def _fields(data: bytes, at: int) -> tuple[list[bytes], int] | None:
    """Return the fields of the row that begins here and where the next one does, if it is whole."""
    if len(data) < at + 2:
        return None
    (count,) = struct.unpack_from(">h", data, at)
    if count == -1:
        return None  # the trailer
    assert count == _FIELDS, "the statement has six columns"
    at += 2
    fields = []
    for _ in range(_FIELDS):
        if len(data) < at + 4:
            return None
        (length,) = struct.unpack_from(">i", data, at)
        at += 4
        if len(data) < at + length:
            return None
        fields.append(data[at : at + length])
        at += length
    return fields, at


def _log_batches(
    connection: Connection, layout: Layout, period: Period
) -> Iterator["pa.RecordBatch"]:
    import pyarrow as pa

    table = source_tables[layout.table]
    columns = [
        cast(table.c[column.name], Text) if column.kind == "text" else table.c[column.name]
        for column in layout.columns
    ]
    query = (
        select(*columns)
        .where(table.c.recorded_at >= period.start, table.c.recorded_at < period.end)
        .order_by(table.c.id)
    )
    schema = layout.schema()
    options = {"stream_results": True, "yield_per": LOG_ROWS}
    for rows in connection.execute(query, execution_options=options).partitions():
        arrays = [
            pa.array(values, type=kind)
            for values, kind in zip(zip(*rows, strict=True), schema.types, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def archived_log_entry(connection: Connection, period: Period, stored: StoredFile) -> int | None:
    """Return the id of a log entry that is in PostgreSQL and in a file, None if there is none."""
    table = source_tables["operation_logs"]
    query = select(table.c.id).where(
        table.c.recorded_at >= period.start, table.c.recorded_at < period.end
    )
    with stored.parquet() as file:
        cold = file.read(columns=["id"], use_threads=False).column("id").to_numpy()
    hot = np.fromiter(connection.execute(query).scalars(), dtype=np.int64)
    both = np.intersect1d(hot, cold)
    return int(both[0]) if both.size else None

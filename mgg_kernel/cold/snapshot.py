"""What a query over both tiers reads: hot rows, cold files and the books, of one snapshot."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import ColumnClause, Connection, column, select, table, text

from mgg_kernel.cold.catalogue import batches
from mgg_kernel.cold.layouts import LAYOUTS, Layout
from mgg_kernel.cold.stored import ArchivePlace, StoredFile
from mgg_kernel.cold.tables import archived_curves
from mgg_kernel.errors import ArchiveError
from mgg_kernel.hot.database import Caller, Database, explained
from mgg_kernel.hot.tables import forward_simulations, test_results

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["PLAIN_TABLES", "TIERED_TABLES", "ColdFile", "Snapshot", "own_log_only", "take_snapshot"]

TIERED_TABLES = tuple(LAYOUTS)
PLAIN_TABLES = (
    "forward_simulations",
    "gp_types",
    "igniter_types",
    "model_versions",
    "nc_types",
    "pt_comparisons",
    "recipe_records",
    "recipes",
    "reverse_simulations",
    "test_devices",
    "test_result_files",
    "test_results",
    "v_active_simulations",
    "v_test_results_summary",
    "vessels",
    "work_orders",
)
"""Tables and views that are hot as a whole; a user sees of them what the team's rights show."""

_HEADER_BYTES, _TRAILER_BYTES = 19, 2
_EPOCH_2000_US = 946_684_800_000_000
_PART_BYTES = 8_000_000
_HOLD_STILL = text(
    "LOCK TABLE test_curve_samples, simulation_curve_samples, operation_logs IN ACCESS SHARE MODE"
)
_COPY = {
    "test_time_series": "COPY (SELECT test_result_id, sequence_number, time_ms, pressure_mpa,"
    " recorded_at FROM test_curve_samples) TO STDOUT (FORMAT binary)",
    "simulation_time_series": "COPY (SELECT simulation_id, sequence_number, time_ms, pressure_mpa,"
    " recorded_at FROM simulation_curve_samples) TO STDOUT (FORMAT binary)",
}
_ROW = np.dtype(
    [
        ("fields", ">i2"),
        ("l0", ">i4"),
        ("owner", ">i8"),
        ("l1", ">i4"),
        ("number", ">i4"),
        ("l2", ">i4"),
        ("time", ">f8"),
        ("l3", ">i4"),
        ("pressure", ">f8"),
        ("l4", ">i4"),
        ("recorded", ">i8"),
    ]
)


@dataclass(frozen=True)
class ColdFile:
    """A cold file, and which of its rows may be read: those where `column` is one of `values`."""

    file: StoredFile
    column: str | None = None
    values: tuple[int, ...] = ()


@dataclass
class Snapshot:
    """The tables of a query: in memory, spilled to Arrow files, and in cold files.

    Attributes:
        taken_at: the moment that they are of.
    """

    tables: dict[str, "pa.Table"] = field(default_factory=dict)
    spilled: dict[str, Path] = field(default_factory=dict)
    cold: dict[str, list[ColdFile]] = field(default_factory=dict)
    taken_at: datetime | None = None


def take_snapshot(
    database: Database,
    caller: Caller,
    place: ArchivePlace,
    wanted: Iterable[str],
    folder: Path,
) -> Snapshot:
    """Read what is hot and find what is cold of some tables, all of one moment.

    The archiver's switch needs a table for itself, and it is locked here before the snapshot is
    taken.  So a period is either hot in it or in the books, however the archiver is getting on.

    Args:
        database: the database.
        caller: who asks; only what that account may see is in the snapshot.
        place: the folder of the cold store.
        wanted: names out of `TIERED_TABLES` and `PLAIN_TABLES`.
        folder: takes the hot samples while the query runs.

    Raises:
        ArchiveError: a file of the books is missing or of another size.
    """
    names, taken = sorted(wanted), Snapshot()
    locks = [_HOLD_STILL] if any(name in LAYOUTS for name in names) else []
    with database.begin_snapshot(caller, locks) as connection:
        taken.taken_at = connection.execute(text("SELECT statement_timestamp()")).scalar_one()
        for name in names:
            layout = LAYOUTS.get(name)
            if layout is None:
                taken.tables[name] = _whole_table(connection, name)
                continue
            taken.cold[name] = _cold_files(connection, place, layout)
            if layout.curve is None:
                taken.tables[name] = _log_table(connection, layout)
            else:
                taken.spilled[name] = folder / f"{name}.arrow"
                _spill_samples(connection, layout, taken.spilled[name])
    return taken


def _cold_files(connection: Connection, place: ArchivePlace, layout: Layout) -> list[ColdFile]:
    found = []
    visible = _visible_curves(connection, layout)
    own = own_log_only(connection) if layout.curve is None else None
    for batch in batches(connection, table=layout.table, states=["archived"]):
        layout.of_fingerprint(batch.schema_fingerprint)
        file = place.file(batch.path)
        if not _has_size(file, batch.size_bytes):
            raise ArchiveError(
                f"The archived file {file} is missing or not what was archived; have an "
                "administrator run 'mgg archive verify'."
            )
        curves = visible.get(batch.id, [])
        if layout.curve is None:
            found.append(ColdFile(file) if own is None else ColdFile(file, "user_id", (own,)))
        elif sum(rows for _, rows in curves) == batch.row_count:
            found.append(ColdFile(file))
        elif curves:
            key = layout.columns[0].name
            found.append(ColdFile(file, key, tuple(number for number, _ in curves)))
    return found


def _has_size(file: StoredFile, size_bytes: int | None) -> bool:
    try:
        return file.size() == size_bytes
    except OSError:
        return False


def _visible_curves(connection: Connection, layout: Layout) -> dict[int, list[tuple[int, int]]]:
    """Return of each batch the curves that are cold and this user may see, with their rows."""
    found: dict[int, list[tuple[int, int]]] = {}
    if layout.curve is None:
        return found
    parent = test_results if layout.curve == "test" else forward_simulations
    key = archived_curves.c[layout.columns[0].name]
    query = select(archived_curves.c.batch_id, key, archived_curves.c.sample_count).select_from(
        archived_curves.join(parent, parent.c.id == key)
    )
    for batch_id, number, rows in connection.execute(query):
        found.setdefault(batch_id, []).append((number, rows))
    return found


def own_log_only(connection: Connection) -> int | None:
    """Return whose log entries may be read: None for an administrator, who sees all."""
    row = connection.execute(text("SELECT mgg_is_admin(), mgg_actor_id()")).one()
    return None if row[0] else int(row[1])


def _whole_table(connection: Connection, name: str) -> "pa.Table":
    import pyarrow as pa

    result = connection.execute(select(text("*")).select_from(table(name)))
    names, rows = list(result.keys()), result.all()
    columns = [[_plain(row[at]) for row in rows] for at in range(len(names))]
    return pa.table(dict(zip(names, (pa.array(values) for values in columns), strict=True)))


def _log_table(connection: Connection, layout: Layout) -> "pa.Table":
    import pyarrow as pa

    names = [one.name for one in layout.columns]
    wanted: list[ColumnClause[Any]] = [column(name) for name in names]
    query = select(*wanted).select_from(table(layout.table))
    rows = connection.execute(query).all()
    columns = [[_plain(row[at]) for row in rows] for at in range(len(names))]
    return pa.table(columns, schema=layout.schema())


def _plain(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _spill_samples(connection: Connection, layout: Layout, path: Path) -> None:
    """Write the hot samples to an Arrow file, in bounded memory."""
    import pyarrow as pa

    schema = layout.schema()
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        sink = _RowSink(schema, writer)
        driver: Any = connection.connection.driver_connection
        with explained(), driver.cursor() as cursor:
            cursor.copy_expert(_COPY[layout.table], sink)
        sink.finish()


class _RowSink:
    """Takes what COPY sends of rows of fixed width."""

    def __init__(self, schema: "pa.Schema", writer: Any) -> None:
        self._schema, self._writer = schema, writer
        self._parts: list[bytes] = []
        self._bytes = 0
        self._skip = _HEADER_BYTES

    def write(self, data: bytes) -> int:
        """Take the next bytes."""
        self._parts.append(data)
        self._bytes += len(data)
        if self._bytes >= _PART_BYTES:
            self._flush()
        return len(data)

    def finish(self) -> None:
        """Write what is waiting, but for the trailer."""
        self._flush()
        left = b"".join(self._parts)[self._skip :]
        assert len(left) == _TRAILER_BYTES, "PostgreSQL sends whole rows and a trailer"

    def _flush(self) -> None:
        import pyarrow as pa

        data = b"".join(self._parts)
        count = (len(data) - self._skip) // _ROW.itemsize
        rows = np.frombuffer(data, _ROW, count=max(count, 0), offset=self._skip)
        end = self._skip + rows.size * _ROW.itemsize
        self._parts, self._bytes, self._skip = [data[end:]], len(data) - end, 0
        columns: Sequence[Any] = (
            rows["owner"].astype("<i8"),
            rows["number"].astype("<i4"),
            rows["time"].astype("<f8"),
            rows["pressure"].astype("<f8"),
            rows["recorded"].astype("<i8") + _EPOCH_2000_US,
        )
        arrays = [
            pa.array(values).cast(kind)
            for values, kind in zip(columns, self._schema.types, strict=True)
        ]
        self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema))

"""The tables of the cold store's books and of what gets old, as far as expressions name them.

Keys, checks and rights live in ``sql/schema.sql``; a test holds these columns against a real
database.
"""

from sqlalchemy import BigInteger, DateTime, Float, Integer, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import Column, Table

from mgg_kernel.hot.tables import metadata, operation_logs

__all__ = [
    "archive_batches",
    "archive_holds",
    "archived_curves",
    "retention_policies",
    "source_tables",
]

_big, _int, _text, _float = BigInteger(), Integer(), Text(), Float()
_time = DateTime(timezone=True)

retention_policies = Table(
    "retention_policies",
    metadata,
    Column("table_name", _text),
    Column("hot_days", _int),
    Column("archive_period", _text),
    Column("updated_at", _time),
)

archive_batches = Table(
    "archive_batches",
    metadata,
    Column("id", _big),
    Column("table_name", _text),
    Column("period_start", _time),
    Column("period_end", _time),
    Column("segment", _text),
    Column("state", _text),
    Column("path", _text),
    Column("schema_fingerprint", _text),
    Column("row_count", _big),
    Column("size_bytes", _big),
    Column("sha256", _text),
    Column("aggregates", JSONB()),
    Column("run_id", Uuid()),
    Column("created_at", _time),
    Column("finished_at", _time),
    Column("created_by", _int),
)

archived_curves = Table(
    "archived_curves",
    metadata,
    Column("test_result_id", _big),
    Column("simulation_id", _big),
    Column("batch_id", _big),
    Column("sample_count", _int),
    Column("first_row", _big),
)

archive_holds = Table(
    "archive_holds",
    metadata,
    Column("id", _int),
    Column("table_name", _text),
    Column("period_start", _time),
    Column("period_end", _time),
    Column("reason", _text),
    Column("created_by", _int),
    Column("created_at", _time),
    Column("released_at", _time),
    Column("released_by", _int),
)

_samples = {
    table: Table(
        table,
        metadata,
        Column(key, _big),
        Column("sequence_number", _int),
        Column("time_ms", _float),
        Column("pressure_mpa", _float),
        Column("recorded_at", _time),
    )
    for table, key in (
        ("test_time_series", "test_result_id"),
        ("simulation_time_series", "simulation_id"),
    )
}

source_tables = {**_samples, "operation_logs": operation_logs}
"""The tables that get old, by name."""

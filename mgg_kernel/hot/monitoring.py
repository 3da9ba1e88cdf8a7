"""The queries of ``sql/monitoring``, as far as the one who asks may have them answered."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from mgg_kernel.errors import AccessError, SchemaError, StoreError

__all__ = ["QUERIES", "ask_monitoring"]

QUERIES = (
    "archive_lag",
    "cache_hit_rate",
    "connections",
    "partitions_ahead",
    "slow_queries",
    "table_sizes",
    "unused_indexes",
)


def ask_monitoring(connection: Connection, sql_dir: Path, name: str) -> list[dict[str, Any]] | None:
    """Return the rows of one of the queries; None where the account or the server does not answer.

    Args:
        connection: a transaction of whoever looks; it goes on whatever happens here.
        sql_dir: folder with ``monitoring/*.sql``.
        name: one of `QUERIES`.
    """
    query = (sql_dir / "monitoring" / f"{name}.sql").read_text(encoding="utf-8")
    savepoint = connection.begin_nested()
    try:
        rows = connection.exec_driver_sql(query.replace("%", "%%")).mappings().all()
    except (AccessError, SchemaError, StoreError):
        savepoint.rollback()  # not granted, or no pg_stat_statements on this server
        return None
    savepoint.commit()
    return [dict(row) for row in rows]

"""How much of each table is hot and how much is cold, by month."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from mgg_kernel.cold.catalogue import batches
from mgg_kernel.cold.tables import archived_curves
from mgg_kernel.hot.tables import forward_simulations, operation_logs, test_results

__all__ = ["TierRows", "rows_by_month"]


@dataclass(frozen=True)
class TierRows:
    """Rows of a table in one period.

    Attributes:
        table: whose.
        start: when the period begins: a month of hot rows, a month or quarter of cold ones.
        hot: rows in PostgreSQL.
        cold: rows in files.
        cold_bytes: size of those files.
    """

    table: str
    start: datetime
    hot: int
    cold: int
    cold_bytes: int


def rows_by_month(connection: Connection) -> list[TierRows]:
    """Return the rows of each table by period, of what the user may see; the books are open to all.

    Args:
        connection: a transaction of the user who looks.
    """
    hot: dict[tuple[str, datetime], int] = defaultdict(int)
    cold: dict[tuple[str, datetime], list[int]] = defaultdict(lambda: [0, 0])
    for batch in batches(connection, states=["archived"]):
        found = cold[batch.table_name, batch.period_start]
        found[0] += batch.row_count or 0
        found[1] += batch.size_bytes or 0
    for table, parent, key in (
        ("test_time_series", test_results, archived_curves.c.test_result_id),
        ("simulation_time_series", forward_simulations, archived_curves.c.simulation_id),
    ):
        month = func.date_trunc("month", parent.c.recorded_at, "UTC")
        query = (
            select(month, func.sum(parent.c.sample_count))
            .select_from(parent.outerjoin(archived_curves, key == parent.c.id))
            .where(key.is_(None))
            .group_by(month)
        )
        for start, rows in connection.execute(query):
            hot[table, start] += int(rows)
    month = func.date_trunc("month", operation_logs.c.recorded_at, "UTC")
    for start, rows in connection.execute(select(month, func.count()).group_by(month)):
        hot["operation_logs", start] += int(rows)
    return [
        TierRows(table, start, hot.get((table, start), 0), *cold.get((table, start), (0, 0)))
        for table, start in sorted(hot.keys() | cold.keys())
    ]

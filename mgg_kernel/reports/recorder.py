"""The questions that a report asks: each is kept with its text and a digest of what it found."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from mgg_kernel.errors import ReportError
from mgg_kernel.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

    from mgg_kernel.cold.query import Queries

__all__ = ["Query", "Questions", "ask", "rows_digest"]


@dataclass(frozen=True)
class Query:
    """A query and what it found.

    Attributes:
        sha256: of its rows, see :func:`rows_digest`.
    """

    sql: str
    parameters: dict[str, Any]
    rows: int
    sha256: str

    def plain(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


@dataclass
class Questions:
    """Asks of one moment, and keeps what was asked.

    Attributes:
        taken_at: that moment.
        asked: every query so far.
    """

    taken_at: datetime
    _queries: "Queries"
    asked: list[Query] = field(default_factory=list)

    def sql(self, statement: str, **parameters: str | float | None) -> "pd.DataFrame":
        """Answer a query.

        Args:
            statement: one ``SELECT`` with an ``ORDER BY`` that leaves no two rows in any order.
            parameters: values for ``$name`` in it.

        Raises:
            ReportError: the rows come in no order, so that no two runs would agree.
            ArchiveError: it cannot be answered.
        """
        if "order by" not in statement.lower():
            raise ReportError("A report's query needs an ORDER BY, so that its rows have an order.")
        text = "\n".join(line.strip() for line in statement.strip().splitlines())
        found = self._queries.run(text, parameters or None)
        self.asked.append(Query(text, parameters, len(found), rows_digest(found)))
        return found


@contextmanager
def ask(ws: Workspace, *tables: str) -> Iterator[Questions]:
    """Ask several questions of one moment for the length of the block.

    Args:
        ws: whose rights count.
        tables: what will be asked of.
    """
    with ws.snapshot(*tables) as queries:
        yield Questions(queries.taken_at, queries)


def rows_digest(frame: "pd.DataFrame") -> str:
    """Return the SHA-256 of a table's names and values, in the order of its rows.

    A number is what it is, whichever type it came in, and so is a missing one: the digest of the
    same rows is the same whether they are hot or cold.
    """
    digest = sha256(json.dumps([len(frame), *map(str, frame.columns)]).encode())
    for name in frame.columns:
        digest.update(_column_bytes(frame[name]))
    return digest.hexdigest()


def _column_bytes(column: "pd.Series[Any]") -> bytes:
    import numpy as np
    from pandas.api import types

    missing = column.isna().to_numpy()
    if missing.all():
        return b"missing"
    if types.is_numeric_dtype(column.dtype) or types.is_bool_dtype(column.dtype):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan) + 0.0
        values[missing] = np.nan
        return bytes(values.astype("<f8").tobytes())
    if types.is_datetime64_any_dtype(column.dtype):
        plain = column.dt.tz_convert("UTC") if column.dt.tz is not None else column
        moments = plain.dt.as_unit("us").astype("int64").to_numpy().copy()
        moments[missing] = np.iinfo(np.int64).min
        return bytes(moments.astype("<i8").tobytes())
    texts = [None if gone else str(one) for one, gone in zip(column, missing, strict=True)]
    return json.dumps(texts, ensure_ascii=False).encode("utf-8")

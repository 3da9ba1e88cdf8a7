"""SQL over both tiers, by DuckDB: the user names tables and does not know where their rows are."""

import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from mgg_kernel.cold.layouts import LAYOUTS
from mgg_kernel.cold.snapshot import PLAIN_TABLES, TIERED_TABLES, ColdFile, Snapshot, take_snapshot
from mgg_kernel.cold.stored import ArchivePlace, StoredFile
from mgg_kernel.errors import ArchiveError
from mgg_kernel.hot.database import Caller, Database

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Queries", "open_queries", "run_query"]

MEMORY_LIMIT = "2GB"


def run_query(
    database: Database,
    caller: Caller,
    place: ArchivePlace,
    statement: str,
    parameters: list[Any] | dict[str, Any] | None = None,
) -> "pd.DataFrame":
    """Run one SELECT and return what it finds.

    DuckDB gets the tables that are named, as one snapshot shows them to this account, and nothing
    else: no file, no network, no setting can be reached from the statement.

    Args:
        database: the database.
        caller: who asks.
        place: the folder of the cold store.
        statement: the query, in DuckDB's SQL.
        parameters: values for ``?`` or ``$name`` in it.

    Raises:
        ArchiveError: it is no single query, DuckDB refuses it, or a cold file is not in order.
    """
    with _explained(), duckdb.connect(":memory:") as parser:
        wanted = _tables_of(parser, statement)
    with open_queries(database, caller, place, wanted) as queries:
        return queries.run(statement, parameters)


class Queries:
    """Answers queries over tables of one moment.

    Attributes:
        taken_at: that moment.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, taken_at: datetime) -> None:
        self._connection = connection
        self.taken_at = taken_at

    def run(
        self, statement: str, parameters: list[Any] | dict[str, Any] | None = None
    ) -> "pd.DataFrame":
        """Answer a query; see :func:`run_query`."""
        with _explained():
            _tables_of(self._connection, statement)
            return self._connection.execute(statement, parameters).df()


@contextmanager
def open_queries(
    database: Database, caller: Caller, place: ArchivePlace, tables: Iterable[str]
) -> Iterator[Queries]:
    """Read tables as of one moment, and answer queries over them for the length of the block.

    Args:
        database: the database.
        caller: who asks.
        place: the folder of the cold store.
        tables: what the queries may name.

    Raises:
        ArchiveError: there is no such table, or a cold file is not in order.
    """
    wanted = sorted(set(tables))
    for name in wanted:
        if name not in (*TIERED_TABLES, *PLAIN_TABLES):
            raise ArchiveError(f"There is no table '{name}' that can be asked.")
    with (
        tempfile.TemporaryDirectory(prefix="mgg-sql-") as folder,
        duckdb.connect(":memory:") as connection,
    ):
        with _explained():
            taken = take_snapshot(database, caller, place, wanted, Path(folder))
            for name in wanted:
                _offer(connection, name, taken)
            _lock_up(connection, folder)
        assert taken.taken_at is not None, "set with the snapshot"
        yield Queries(connection, taken.taken_at)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        reason = str(error).strip().splitlines()[0].rstrip(".")
        raise ArchiveError(f"The query cannot be answered: {reason}.") from error


def _tables_of(connection: duckdb.DuckDBPyConnection, statement: str) -> list[str]:
    """Return which of our tables a query may name, and refuse what is no query."""
    statements = connection.extract_statements(statement)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise ArchiveError("Write one SELECT; nothing can be changed here.")
    # A name that stands in a text or a comment costs time and nothing else.
    words = set(re.findall(r"\w+", statement.lower()))
    return sorted(words & {*TIERED_TABLES, *PLAIN_TABLES})


def _offer(connection: duckdb.DuckDBPyConnection, name: str, taken: Snapshot) -> None:
    """Register a table under its name, put together of what is hot and what is cold of it."""
    import pyarrow.dataset as ds

    parts: list[Any] = []
    if name in taken.tables:
        parts.append(taken.tables[name])
    if name in taken.spilled:
        parts.append(ds.dataset(taken.spilled[name], format="ipc"))
    cold = taken.cold.get(name, [])
    whole = [one.file for one in cold if one.column is None]
    if whole:
        parts.append(_dataset(name, whole))
    parts += [_filtered(name, one) for one in cold if one.column is not None]
    if len(parts) == 1:
        connection.register(name, parts[0])
        return
    union = None
    for part in parts:
        relation = connection.from_arrow(part)
        union = relation if union is None else union.union(relation)
    assert union is not None, "a table has a hot part, if an empty one"
    union.create_view(name)


def _filtered(name: str, cold: ColdFile) -> Any:
    import pyarrow.dataset as ds

    wanted = ds.field(cold.column).isin(list(cold.values))
    return _dataset(name, [cold.file]).filter(wanted)


def _dataset(name: str, files: list[StoredFile]) -> Any:
    """Return cold files of one place, by today's schema: what a file of before lacks is NULL."""
    import pyarrow.dataset as ds

    checked = ds.ParquetFragmentScanOptions(page_checksum_verification=True)
    located = [file.located() for file in files]
    return ds.dataset(
        [path for path, _ in located],
        filesystem=located[0][1],
        schema=LAYOUTS[name].schema(),
        format=ds.ParquetFileFormat(default_fragment_scan_options=checked),
    )


def _lock_up(connection: duckdb.DuckDBPyConnection, folder: str) -> None:
    """Leave the statement nothing but the tables."""
    connection.execute("SET temp_directory = $folder", {"folder": folder})
    connection.execute("SET memory_limit = $limit", {"limit": MEMORY_LIMIT})
    for setting in (
        "SET python_enable_replacements = false",
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET TimeZone = 'UTC'",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        connection.execute(setting)

"""An old database file: a private copy of it is read, whoever writes into the file meanwhile."""

import hashlib
import json
import sqlite3
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from mgg_kernel.errors import IngestError
from mgg_kernel.predecessor import shapes
from mgg_kernel.predecessor.rows import OldCurve, OldOrder, OldUser

__all__ = ["Predecessor", "open_predecessor"]

HEADER = b"SQLite format 3\x00"
LONGEST_VALUE_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class Predecessor:
    """An old database.

    Attributes:
        connection: to a copy in memory or in a temporary file.
        shape: which of the two it has, ``compact`` or ``normalised``.
        tables: name of each table, with the names of its columns.
        zone: where the clock stood whose times carry no zone.
        time_unit_ms: milliseconds in a unit of its times of curves.
    """

    connection: sqlite3.Connection
    shape: str
    tables: Mapping[str, tuple[str, ...]]
    zone: ZoneInfo
    time_unit_ms: float

    def users(self) -> Generator[OldUser, None, None]:
        """Yield the accounts, by key."""
        table = self._table("user", "users")
        for row in self._rows(table) if table else ():
            yield shapes.user(table or "", *row)

    def orders(self) -> Generator[OldOrder, None, None]:
        """Yield the work orders: rows of their table, then numbers that only simulations name."""
        known: set[str] = set()
        table = self._table("work_orders", "work_order")
        for row in self._rows(table) if table else ():
            order = shapes.order(table or "", *row, self.zone)
            known.add(order.number)
            yield order
        for old in self.simulations(with_curves=False):
            if old.order and old.order not in known:
                known.add(old.order)
                digest = hashlib.sha256(old.order.encode("utf-8", "surrogatepass")).hexdigest()
                yield OldOrder(
                    "work order",
                    old.order,
                    digest,
                    {"work_order": old.order},
                    number=old.order,
                    owner=old.owner,
                    created_at=old.created_at,
                )

    def simulations(self, *, with_curves: bool = True) -> Generator[OldCurve, None, None]:
        """Yield the simulations, by key."""
        table = self._table("simulation", "forward_simulations")
        yield from self._curves(table, "simulation_time_series", "simulation_id", with_curves)

    def tests(self) -> Generator[OldCurve, None, None]:
        """Yield the tests, by key."""
        table = self._table("test_result", "test_results")
        yield from self._curves(table, "test_time_series", "test_result_id", True)

    def others(self) -> Iterator[tuple[str, int]]:
        """Yield the tables that nothing is brought in from, with how many rows each has."""
        for table in sorted(set(self.tables) - shapes.READ_TABLES):
            query = f"SELECT count(*) FROM {_quoted(table)}"  # noqa: S608 - quoted
            yield table, int(self.connection.execute(query).fetchone()[0])

    def _curves(
        self, table: str | None, series: str, owner_column: str, with_curves: bool
    ) -> Generator[OldCurve, None, None]:
        if table is None:
            return
        numbers = self._order_numbers()
        for key, digest, row in self._rows(table):
            samples = None
            if with_curves and series in self.tables:
                samples = self._samples(series, owner_column, key)
            if series in self.tables:
                files = self._file_of(key) if owner_column == "test_result_id" else {}
                row = {**files, **row}
            yield shapes.curve(
                table,
                key,
                digest,
                row,
                zone=self.zone,
                time_unit_ms=self.time_unit_ms,
                samples=samples,
                order_numbers=numbers,
                with_curve=with_curves,
            )

    def _order_numbers(self) -> dict[str, str]:
        table = self._table("work_orders", "work_order")
        return {
            key: shapes.order_number(row) for key, _, row in (self._rows(table) if table else ())
        }

    def _file_of(self, key: str) -> dict[str, Any]:
        if "test_result_files" not in self.tables:
            return {}
        found = self.connection.execute(
            "SELECT * FROM test_result_files WHERE test_result_id = ? LIMIT 1",
            (_bound(key),),
        ).fetchone()
        return {} if found is None else {name: found[name] for name in found.keys()}  # noqa: SIM118

    def _samples(
        self, series: str, owner_column: str, key: str
    ) -> tuple[list[object], list[object]]:
        columns = self.tables[series]
        time = shapes.column_of(columns, shapes.TIME_COLUMNS)
        pressure = shapes.column_of(columns, shapes.PRESSURE_COLUMNS)
        owner = shapes.column_of(columns, (owner_column, "simulation_id", "test_id", "result_id"))
        if time is None or pressure is None or owner is None:
            return [], []
        order = shapes.column_of(columns, ("sequence_number", "seq", "point_index", "id")) or time
        rows = self.connection.execute(
            f"SELECT {_quoted(time)}, {_quoted(pressure)} FROM {_quoted(series)} "  # noqa: S608 - quoted
            f"WHERE {_quoted(owner)} = ? ORDER BY {_quoted(order)}",
            (_bound(key),),
        ).fetchall()
        return [row[0] for row in rows], [row[1] for row in rows]

    def _table(self, *names: str) -> str | None:
        return next((name for name in names if name in self.tables), None)

    def _rows(self, table: str) -> Generator[tuple[str, str, dict[str, Any]], None, None]:
        key = "id" if "id" in self.tables[table] else "rowid"
        query = f"SELECT {key} AS mgg_key, * FROM {_quoted(table)} ORDER BY {key}"  # noqa: S608 - quoted
        with closing(self.connection.execute(query)) as cursor:
            names = [column[0] for column in cursor.description][1:]
            for found in cursor:
                row = dict(zip(names, tuple(found)[1:], strict=True))
                yield str(found[0]), _digest(row), row


@contextmanager
def open_predecessor(
    path: Path, *, zone: ZoneInfo, time_unit_ms: float = 1.0
) -> Iterator[Predecessor]:
    """Open an old database, of which nothing is changed.

    Args:
        path: the file.
        zone: where the clock stood whose times carry no zone.
        time_unit_ms: milliseconds in a unit of its times of curves.

    Raises:
        IngestError: it is no SQLite database, damaged, or none of the two shapes.
    """
    try:
        with path.open("rb") as file:
            head = file.read(len(HEADER))
    except OSError as error:
        raise IngestError(f"{path} cannot be read: {error.strerror}.") from None
    if head != HEADER:
        raise IngestError(f"{path} is no SQLite database; give the file of the old application.")
    try:
        with closing(_copy(path)) as connection:
            tables = _tables(connection)
            shape = _shape(tables)
            if shape is None:
                raise IngestError(
                    f"{path} has none of the tables of the old application (user, simulation, "
                    f"test_result, or users, forward_simulations, test_results); give its database."
                )
            yield Predecessor(connection, shape, tables, zone, time_unit_ms)
    except sqlite3.DatabaseError as error:
        raise IngestError(f"{path} cannot be read: {error}; restore it from a backup.") from None


def _copy(path: Path) -> sqlite3.Connection:
    # "" is a temporary file of SQLite's own, which goes with the connection.
    copy = sqlite3.connect("")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as source:
            source.backup(copy)
        copy.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE_BYTES)
        # What a hostile file may have put into its schema is not run.
        copy.execute("PRAGMA trusted_schema = OFF")
        copy.execute("PRAGMA query_only = ON")
        (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(str(found))
        copy.row_factory = sqlite3.Row
        copy.text_factory = lambda data: data.decode("utf-8", "replace")
    except BaseException:
        copy.close()
        raise
    return copy


def _tables(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    rows = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' "
        "ESCAPE '\\' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    ).fetchall()
    names = [str(row[0]) for row in rows]
    return {
        name: tuple(
            str(row[1]) for row in connection.execute(f"PRAGMA table_info({_quoted(name)})")
        )
        for name in names
    }


def _shape(tables: Mapping[str, tuple[str, ...]]) -> str | None:
    if {"simulation", "test_result"} & set(tables):
        return "compact"
    if {"forward_simulations", "test_results"} & set(tables):
        return "normalised"
    return None


def _bound(key: str) -> int | str:
    """Return a key as it is compared: a column without a type holds numbers as numbers."""
    return int(key) if key.isascii() and key.isdigit() and len(key) < 19 else key


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _digest(row: Mapping[str, Any]) -> str:
    def plain(value: object) -> object:
        return value.hex() if isinstance(value, bytes) else value

    document = json.dumps({name: plain(value) for name, value in row.items()}, sort_keys=True)
    return hashlib.sha256(document.encode("utf-8", "surrogatepass")).hexdigest()

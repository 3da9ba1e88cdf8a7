"""What a database holds, counted and digested so that another one can be held against it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from psycopg2 import sql
from sqlalchemy import Connection, Engine, text

from mgg_kernel.backup.manifest import DatabaseFacts

__all__ = [
    "compare",
    "digest_tables",
    "digest_with_two",
    "read_facts",
    "steady_texts",
    "table_names",
]

# How values are written must not depend on the server, the login or the time zone.
_STEADY = (
    "SET LOCAL timezone = 'UTC'",
    "SET LOCAL datestyle = 'ISO, YMD'",
    "SET LOCAL intervalstyle = 'postgres'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL bytea_output = 'hex'",
    "SET LOCAL row_security = off",
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
    "SET LOCAL max_parallel_workers_per_gather = 0",
)
_TABLES = text(
    "SELECT c.relname FROM pg_class c WHERE c.relkind = 'r'"
    " AND c.relnamespace = 'public'::regnamespace"
    " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"
    " ORDER BY pg_relation_size(c.oid) DESC, c.relname"
)
_SEQUENCES = text(
    "SELECT sequencename, coalesce(last_value, 0) FROM pg_sequences"
    " WHERE schemaname = 'public' ORDER BY 1"
)
_OBJECTS = text("""
SELECT 'constraints ' || contype::text AS kind, count(*) AS number FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'f', 'u', 'c', 'x')
  AND conparentid = 0 AND convalidated GROUP BY contype
UNION ALL SELECT 'policies', count(*) FROM pg_policies WHERE schemaname = 'public'
UNION ALL SELECT 'triggers', count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgparentid = 0
UNION ALL SELECT 'views', count(*) FROM pg_class c
WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
UNION ALL SELECT 'functions', count(*) FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
""")
_VERSION = text("SELECT version_num FROM alembic_version")


def steady_texts(connection: Connection) -> None:
    """Have the rest of a transaction write values the same way on every server."""
    for statement in _STEADY:
        connection.exec_driver_sql(statement)


def table_names(connection: Connection) -> list[str]:
    """Return the tables that hold rows, partitions among them, the largest first."""
    return [str(name) for (name,) in connection.execute(_TABLES)]


def digest_tables(
    connection: Connection, names: list[str], each: Callable[[], None]
) -> dict[str, tuple[int, str]]:
    """Count and digest the rows of tables, whatever order they lie in.

    Two sums of 64-bit hashes of the whole row as text: each value is in it, to the last bit.

    Args:
        connection: a transaction with :func:`steady_texts`.
        names: the tables.
        each: called after each table.
    """
    found = {}
    for name in names:
        statement = sql.SQL(
            "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0),"
            " coalesce(sum(hashtextextended(t::text, 7303)), 0) FROM {} t"
        ).format(sql.Identifier("public", name))
        driver: Any = connection.connection.driver_connection
        rows, first, second = connection.exec_driver_sql(statement.as_string(driver)).one()
        found[name] = (int(rows), f"{int(first)}:{int(second)}")
        each()
    return found


def read_facts(
    connection: Connection, tables: dict[str, tuple[int, str]] | None = None
) -> DatabaseFacts:
    """Return what a database holds, with digests that were taken already, or none."""
    return DatabaseFacts(
        schema_version=str(connection.execute(_VERSION).scalar_one()),
        tables=tables or {},
        sequences={str(name): int(last) for name, last in connection.execute(_SEQUENCES)},
        objects={str(kind): int(number) for kind, number in connection.execute(_OBJECTS)},
    )


def digest_with_two(engine: Engine, each: Callable[[], None]) -> DatabaseFacts:
    """Return what a database holds that nobody changes meanwhile, by two connections."""
    with engine.begin() as connection:
        facts, names = read_facts(connection), table_names(connection)

    def digest(mine: list[str]) -> dict[str, tuple[int, str]]:
        with engine.begin() as connection:
            steady_texts(connection)
            return digest_tables(connection, mine, each)

    with ThreadPoolExecutor(2) as pool:
        parts = list(pool.map(digest, (names[0::2], names[1::2])))
    return DatabaseFacts(
        facts.schema_version, {**parts[0], **parts[1]}, facts.sequences, facts.objects
    )


def compare(wanted: DatabaseFacts, found: DatabaseFacts) -> list[str]:
    """Return in sentences what differs; nothing if the database is what was backed up."""
    differ = []
    if wanted.schema_version != found.schema_version:
        differ.append(f"The schema is {found.schema_version}, not {wanted.schema_version}.")
    for name in sorted(wanted.tables.keys() | found.tables.keys()):
        had, has = wanted.tables.get(name), found.tables.get(name)
        if had is None or has is None:
            differ.append(f"The table {name} is {'new' if had is None else 'missing'}.")
        elif had[0] != has[0]:
            differ.append(f"The table {name} has {has[0]:,} rows, not {had[0]:,}.")
        elif had[1] != has[1]:
            differ.append(f"The table {name} has other values than were backed up.")
    for name, last in wanted.sequences.items():
        if found.sequences.get(name, -1) < last:
            differ.append(f"The numbers of {name} would be given out twice.")
    for kind in sorted(wanted.objects.keys() | found.objects.keys()):
        had_n, has_n = wanted.objects.get(kind, 0), found.objects.get(kind, 0)
        if had_n != has_n:
            differ.append(f"There are {has_n} {kind}, not {had_n}.")
    return differ

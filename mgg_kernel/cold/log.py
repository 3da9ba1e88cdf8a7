"""The operation log, whichever tier its entries are in: newest first.

Entries only ever move from PostgreSQL to a file.  So the books are asked first, and then
PostgreSQL, while the table is held still against the archiver's switch; the files, which never
change, are read when nothing is held any more.  Only those are opened that may hold an entry newer
than the oldest one that was found: whoever looks at what happened lately opens none.
"""

import json
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from mgg_kernel.cold.catalogue import Batch, batches
from mgg_kernel.cold.layouts import LAYOUTS
from mgg_kernel.cold.snapshot import own_log_only
from mgg_kernel.cold.stored import ArchivePlace, StoredFile
from mgg_kernel.errors import ArchiveError
from mgg_kernel.hot.log import SEARCHED, LogEntry, LogFilter, list_log

__all__ = ["LogLook", "look_at_log", "newest_entries"]

_LAYOUT = LAYOUTS["operation_logs"]
_HOLD_STILL = text("LOCK TABLE operation_logs IN ACCESS SHARE MODE")


@dataclass(frozen=True)
class LogLook:
    """What was found of the log at one moment.

    Attributes:
        hot: entries in PostgreSQL, newest first.
        files: what the books say of files that may hold more, the one that ends last first.
        user_id: whose entries of the files may be read; None: all.
    """

    hot: list[LogEntry]
    files: list[Batch]
    user_id: int | None


def look_at_log(connection: Connection, wanted: LogFilter, limit: int) -> LogLook:
    """Return the newest hot entries that the user may see, and where there are cold ones.

    Args:
        connection: a transaction of the user who looks, which sees a new snapshot with each
            statement (READ COMMITTED).
        wanted: which entries.
        limit: at most so many.
    """
    connection.execute(_HOLD_STILL)
    files = [
        batch
        for batch in batches(connection, table=_LAYOUT.table, states=["archived"])
        if (wanted.since is None or batch.period_end > wanted.since)
        and (wanted.until is None or batch.period_start < wanted.until)
        and (wanted.before is None or batch.period_start <= wanted.before[0])
    ]
    files.sort(key=lambda batch: batch.period_end, reverse=True)
    return LogLook(list_log(connection, wanted, limit=limit), files, own_log_only(connection))


def newest_entries(
    look: LogLook, place: ArchivePlace, wanted: LogFilter, limit: int, zone: ZoneInfo
) -> list[LogEntry]:
    """Return the newest entries of both tiers, newest first.

    Args:
        look: what :func:`look_at_log` found for the same filter and the same limit.
        place: where the cold files are.
        wanted: which entries.
        limit: at most so many.
        zone: the time zone that times are told in.

    Raises:
        ArchiveError: a file that is needed is missing, damaged or of a version that is not known.
    """
    found = list(look.hot)
    for batch in look.files:
        full = len(found) >= limit
        if full and (not found or batch.period_end <= found[-1].recorded_at):
            break  # the others end even earlier
        _LAYOUT.of_fingerprint(batch.schema_fingerprint)
        only = _condition(wanted, look.user_id, found[-1] if full else None)
        rows = _newest_rows(place.file(batch.path), only, limit)
        found += [_entry(row, zone) for row in rows]
        found.sort(key=lambda entry: (entry.recorded_at, entry.id), reverse=True)
        del found[limit:]
    return found


def _condition(wanted: LogFilter, user_id: int | None, oldest: LogEntry | None) -> Any:
    """Return which rows of a file are asked for; their statistics skip whole parts of the file."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    at, moment = ds.field("recorded_at"), pa.timestamp("us", tz="UTC")
    only = ds.scalar(True)
    for column, value in (*wanted.equal().items(), ("user_id", user_id)):
        if value is not None:
            only &= ds.field(column) == value
    if wanted.since is not None:
        only &= at >= pa.scalar(wanted.since, moment)
    if wanted.until is not None:
        only &= at < pa.scalar(wanted.until, moment)
    if wanted.before is not None:
        moment_of, number = wanted.before
        last = pa.scalar(moment_of, moment)
        only &= (at < last) | ((at == last) & (ds.field("id") < number))
    if wanted.words:
        found = ds.scalar(False)
        for column in SEARCHED:
            options = pc.MatchSubstringOptions(wanted.words, ignore_case=True)
            has = pc.Expression._call("match_substring", [ds.field(column)], options)
            found |= has.is_valid() & has
        only &= found
    if oldest is not None:
        only &= at >= pa.scalar(oldest.recorded_at, moment)
    return only


def _newest_rows(file: StoredFile, only: Any, limit: int) -> list[dict[str, Any]]:
    """Return the newest rows of a file that are wanted, in any order, in bounded memory."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    checked = ds.ParquetFragmentScanOptions(page_checksum_verification=True)
    parquet = ds.ParquetFileFormat(default_fragment_scan_options=checked)
    order = [("recorded_at", "descending"), ("id", "descending")]
    newest = _LAYOUT.schema().empty_table()
    try:
        path, filesystem = file.located()
        dataset = ds.dataset(path, filesystem=filesystem, schema=newest.schema, format=parquet)
        for batch in dataset.to_batches(filter=only, use_threads=False):
            if batch.num_rows:
                newest = pa.concat_tables([newest, pa.Table.from_batches([batch])])
            if newest.num_rows > limit:
                newest = newest.take(pc.select_k_unstable(newest, limit, order))
    except (OSError, pa.ArrowException) as error:
        state = "missing" if isinstance(error, FileNotFoundError) else "damaged"
        raise ArchiveError(
            f"The archived file {file} is {state}; have an administrator restore it from a backup."
        ) from error
    rows: list[dict[str, Any]] = newest.to_pylist()
    return rows


def _entry(row: dict[str, Any], zone: ZoneInfo) -> LogEntry:
    """Return a row of a file as PostgreSQL would have given it."""
    told = {name: row[name] for name in LogEntry.__dataclass_fields__}
    told["recorded_at"] = row["recorded_at"].astimezone(zone)
    told["details"] = json.loads(row["details"])
    return LogEntry(**told)

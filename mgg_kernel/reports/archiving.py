"""The archive's scheduled run: what is due moves, and a table tells what became of it."""

from datetime import date
from typing import TYPE_CHECKING

from mgg_kernel.errors import ArchiveError
from mgg_kernel.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["archive_table"]

COLUMNS = ["table", "period", "segment", "rows", "state", "file", "MiB"]
MIB = 1024 * 1024


def archive_table(
    ws: Workspace,
    *,
    as_of: str | None = None,
    table: str | None = None,
    dry_run: bool = False,
) -> "pd.DataFrame":
    """Move every period that is due to the cold store, or only tell which those are.

    The arguments are checked as they come from papermill, which hands on text where it was told
    ``-p`` and warns of nothing.

    Args:
        ws: of an administrator.
        as_of: a day such as ``2026-01-31``: plan for its beginning in UTC; None: now.
        table: only this table; None: all.
        dry_run: whether nothing is moved.

    Returns:
        A row for each period: those that were moved, or with `dry_run` those that are due or held.

    Raises:
        AccessError: the acting account is no administrator.
        ConflictError: another archiver is at work.
        ArchiveError: an argument makes no sense, or the disk or a file is not as it should be.
    """
    import pandas as pd

    if not isinstance(dry_run, bool):
        raise ArchiveError(
            f"dry_run must be true or false, not the text {dry_run!r}; with papermill write "
            "-y 'dry_run: true'."
        )
    day = None
    if as_of is not None:
        try:
            day = date.fromisoformat(as_of)
        except (TypeError, ValueError):
            raise ArchiveError(f"as_of is no day: {as_of!r}; write it as 2026-01-31.") from None
    rows: list[tuple[str | int | float | None, ...]]
    if dry_run:
        rows = [
            (one.table, one.period.name, one.segment, one.rows, one.state, "", None)
            for one in ws.archive.plan(as_of=day, table=table)
        ]
    else:
        rows = [
            (
                batch.table_name,
                batch.period.name,
                batch.segment,
                batch.row_count,
                batch.state,
                batch.path,
                None if batch.size_bytes is None else round(batch.size_bytes / MIB, 3),
            )
            for batch in ws.archive.run(as_of=day, table=table)
        ]
    return pd.DataFrame(rows, columns=COLUMNS)

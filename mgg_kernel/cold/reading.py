"""Reading files of the cold store whole: what they say of themselves, and all their rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mgg_kernel.cold.layouts import Layout
from mgg_kernel.cold.proof import Digests, Sums
from mgg_kernel.cold.stored import StoredFile
from mgg_kernel.errors import ArchiveError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["LABEL_PREFIX", "FileLabel", "batches_of_rows", "read_back", "read_label"]

LABEL_PREFIX = "mgg."


@dataclass(frozen=True)
class FileLabel:
    """What a file says of itself, besides its columns and units."""

    table: str
    batch: int
    run: str
    period_start: str
    period_end: str
    segment: str
    schema_version: int

    def metadata(self) -> dict[str, str]:
        """Return it as Parquet metadata."""
        return {f"{LABEL_PREFIX}{name}": str(value) for name, value in vars(self).items()}


def read_back(
    stored: StoredFile, layout: Layout, label: FileLabel | None = None
) -> tuple[Sums, Digests]:
    """Read every column of a file, with its checksums, and prove what it is.

    Args:
        stored: the file.
        layout: what it must look like.
        label: what it must say of itself; None: not looked at.

    Returns:
        The sums and digests of what is in it.

    Raises:
        ArchiveError: it cannot be read, looks different, or its rows are not in order.
    """
    import pyarrow as pa

    sums, digests, order = Sums(), Digests(layout), _Order(layout)
    try:
        with stored.parquet() as file:
            _require_schema(file.schema_arrow, stored, layout, label)
            for batch in _batches(file, stored.remote):
                sums.add(layout, batch)
                digests.add(batch)
                if not order.rises(batch):
                    raise ArchiveError(
                        f"The rows of {stored} are not in order, or one is there twice; nothing "
                        "was changed: tell the developers of this program."
                    )
    except (OSError, pa.ArrowException) as error:
        reason = str(error).strip().splitlines()[0].rstrip(".")
        raise ArchiveError(f"{stored} cannot be read back ({reason}); check the disk.") from error
    if not sums.columns:
        sums.columns = {column.name: (0, 0) for column in layout.columns}
    return sums, digests


def read_label(stored: StoredFile) -> dict[str, str]:
    """Return what a file says of itself; nothing if it is none of ours.

    Raises:
        ArchiveError: it is no Parquet file.
    """
    import pyarrow as pa

    try:
        with stored.parquet() as file:
            metadata = file.schema_arrow.metadata or {}
    except (OSError, pa.ArrowException) as error:
        raise ArchiveError(f"{stored} is no Parquet file, or a damaged one; see docs.") from error
    prefix = LABEL_PREFIX.encode()
    return {
        name.removeprefix(prefix).decode(): value.decode()
        for name, value in metadata.items()
        if name.startswith(prefix)
    }


def _batches(file: Any, remote: bool) -> Iterator["pa.RecordBatch"]:
    """Yield all rows; over the network one row group after another, each by one question."""
    if not remote:
        yield from file.iter_batches(batch_size=100_000, use_threads=False)
        return
    for at in range(file.metadata.num_row_groups):
        yield from file.iter_batches(batch_size=100_000, row_groups=[at], use_threads=False)


class _Order:
    """Whether rows rise strictly by their key, from one batch to the next."""

    def __init__(self, layout: Layout) -> None:
        self._names = layout.order
        self._last: tuple[int, ...] | None = None

    def rises(self, batch: "pa.RecordBatch") -> bool:
        if batch.num_rows == 0:
            return True
        columns = [batch.column(name).to_numpy() for name in self._names]
        first = tuple(int(column[0]) for column in columns)
        follows = self._last is None or self._last < first
        self._last = tuple(int(column[-1]) for column in columns)
        # From one row to the next the last column rises, or one before it does.
        rising: Any = np.zeros(batch.num_rows - 1, dtype=bool)
        for column in reversed(columns):
            rising = (column[1:] > column[:-1]) | ((column[1:] == column[:-1]) & rising)
        return follows and bool(rising.all())


def _require_schema(
    schema: "pa.Schema", stored: StoredFile, layout: Layout, label: FileLabel | None
) -> None:
    if not schema.equals(layout.schema(), check_metadata=False):
        raise ArchiveError(f"{stored} does not have the columns of {layout.table}; see docs.")
    if label is not None:
        told = schema.metadata or {}
        for name, value in label.metadata().items():
            if told.get(name.encode()) != value.encode():
                raise ArchiveError(f"{stored} does not say that its {name} is {value}; see docs.")


def batches_of_rows(
    stored: StoredFile, layout: Layout, stretches: Sequence[tuple[int, int]]
) -> Iterator["pa.RecordBatch"]:
    """Yield stretches of rows of a file, with all columns that the layout has today.

    Args:
        stored: the file.
        layout: the table's; columns that the file does not have yet are NULL.
        stretches: first row and number of rows of each, rising.

    Raises:
        ArchiveError: the file cannot be read.
    """
    import pyarrow as pa

    left = list(stretches)
    try:
        with stored.parquet() as file:
            begin = 0
            for at in range(file.metadata.num_row_groups):
                end = begin + file.metadata.row_group(at).num_rows
                inside = [
                    (max(first, begin), min(first + count, end))
                    for first, count in left
                    if first < end and first + count > begin
                ]
                table = None
                if inside:
                    table = _widened(file.read_row_group(at, use_threads=False), layout)
                for first, behind in inside:
                    assert table is not None, "read where there is something inside"
                    yield from table.slice(first - begin, behind - first).to_batches()
                begin = end
    except (OSError, pa.ArrowException) as error:
        raise ArchiveError(f"{stored} cannot be read; check the disk.") from error


def _widened(table: "pa.Table", layout: Layout) -> "pa.Table":
    """Return a table with the columns of a layout; those that it lacks are NULL."""
    import pyarrow as pa

    schema = layout.schema()
    columns = [
        table.column(field.name)
        if field.name in table.column_names
        else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)

"""Parquet files of the cold store: writing one, and reading all of it back.

Sorted, integers and times as differences, floats split into streams of bytes (or as a dictionary,
where they repeat), zstd level 3, a checksum on every page.  Row groups of some 20,000 rows, in
which no curve is cut that fits.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self

import numpy as np

from mgg_kernel.cold.layouts import SCHEMA_VERSION, Layout
from mgg_kernel.cold.proof import Digests, Sums
from mgg_kernel.errors import ArchiveError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ColdFileWriter", "FileLabel", "batches_of_rows", "read_back", "read_label"]

MOST_GROUP_ROWS = 200_000
LEAST_REPEATS = 3
_COMPRESSION_LEVEL = 3
_PREFIX = "mgg."


@dataclass(frozen=True)
class FileLabel:
    """What a file says of itself, besides its columns and units."""

    table: str
    batch: int
    run: str
    period_start: str
    period_end: str
    segment: str
    schema_version: int = SCHEMA_VERSION

    def metadata(self) -> dict[str, str]:
        """Return it as Parquet metadata."""
        return {f"{_PREFIX}{name}": str(value) for name, value in vars(self).items()}


class ColdFileWriter:
    """Writes one file: batches in, the file complete and on the disk when the block ends.

    A thread compresses and writes while the next batch is read; at most two batches are in memory.

    Args:
        path: the file, which must not be there.
        layout: what it looks like.
        label: what it says of itself.
    """

    def __init__(self, path: Path, layout: Layout, label: FileLabel) -> None:
        units = {column.name: column.unit for column in layout.columns if column.unit}
        metadata = {**label.metadata(), f"{_PREFIX}units": json.dumps(units)}
        schema = layout.schema().with_metadata(metadata)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        self._file = _HashedFile(os.fdopen(descriptor, "wb"))
        self._layout = layout
        self._schema = schema
        self._writer: Any = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="mgg-archive-write")
        self._under_way: Future[None] | None = None

    def write(self, batch: "pa.RecordBatch") -> None:
        """Take a batch; waits until the one before it is written."""
        self._wait()
        if self._writer is None:
            self._writer = self._open(_repeating(self._layout, batch))
        self._under_way = self._thread.submit(
            self._writer.write_batch, batch, row_group_size=MOST_GROUP_ROWS
        )

    def finish(self) -> str:
        """Write the footer and bring everything to the disk; a failed attempt is not repeated.

        Returns:
            SHA-256 of the bytes as they were written.
        """
        self._wait()
        if self._writer is None:
            self._writer = self._open(frozenset())
        self._writer.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        # What is read back should come from the disk, as far as the system lets us.
        os.posix_fadvise(self._file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        self._file.close()
        return self._file.sha256.hexdigest()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)
        if not self._file.closed:
            self._abandon()

    def _abandon(self) -> None:
        """Close what will be thrown away, whatever the disk says of it."""
        for one in (self._writer, self._file):
            with suppress(OSError):
                if one is not None:
                    one.close()

    def _open(self, repeating: frozenset[str]) -> Any:
        import pyarrow.parquet as pq

        encodings = {
            column.name: column.encoding
            for column in self._layout.columns
            if column.encoding is not None and column.name not in repeating
        }
        return pq.ParquetWriter(
            self._file,
            self._schema,
            compression="zstd",
            compression_level=_COMPRESSION_LEVEL,
            use_dictionary=[name for name in self._schema.names if name not in encodings],
            column_encoding=encodings,
            write_page_checksum=True,
            sorting_columns=pq.SortingColumn.from_ordering(
                self._schema, [(name, "ascending") for name in self._layout.order]
            ),
        )

    def _wait(self) -> None:
        if self._under_way is not None:
            self._under_way.result()
            self._under_way = None


def _repeating(layout: Layout, batch: "pa.RecordBatch") -> frozenset[str]:
    """Return the columns that repeat so much in a file's first rows that a dictionary is smaller.

    Of a converter's steps a record of 20,000 samples has a few thousand; a mean of several records,
    or a simulation, has nearly as many values as samples.
    """
    return frozenset(
        column.name
        for column in layout.columns
        if column.may_repeat
        and np.unique(batch.column(column.name).to_numpy()).size < batch.num_rows / LEAST_REPEATS
    )


def read_back(path: Path, layout: Layout, label: FileLabel | None = None) -> tuple[Sums, Digests]:
    """Read every column of a file, with its checksums, and prove what it is.

    Args:
        path: the file.
        layout: what it must look like.
        label: what it must say of itself; None: not looked at.

    Returns:
        The sums and digests of what is in it.

    Raises:
        ArchiveError: it cannot be read, looks different, or its rows are not in order.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    sums, digests, order = Sums(), Digests(layout), _Order(layout)
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            _require_schema(file.schema_arrow, path, layout, label)
            for batch in file.iter_batches(batch_size=100_000, use_threads=False):
                sums.add(layout, batch)
                digests.add(batch)
                if not order.rises(batch):
                    raise ArchiveError(
                        f"The rows of {path} are not in order, or one is there twice; nothing was "
                        "changed: tell the developers of this program."
                    )
    except (OSError, pa.ArrowException) as error:
        reason = str(error).strip().splitlines()[0].rstrip(".")
        raise ArchiveError(f"{path} cannot be read back ({reason}); check the disk.") from error
    if not sums.columns:
        sums.columns = {column.name: (0, 0) for column in layout.columns}
    return sums, digests


def read_label(path: Path) -> dict[str, str]:
    """Return what a file says of itself; nothing if it is none of ours.

    Raises:
        ArchiveError: it is no Parquet file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_schema(path).metadata or {}
    except (OSError, pa.ArrowException) as error:
        raise ArchiveError(f"{path} is no Parquet file, or a damaged one; see docs.") from error
    prefix = _PREFIX.encode()
    return {
        name.removeprefix(prefix).decode(): value.decode()
        for name, value in metadata.items()
        if name.startswith(prefix)
    }


class _HashedFile:
    """A file that knows the SHA-256 of what was written to it, from the first byte on."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    @property
    def closed(self) -> bool:
        return self._file.closed

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        return self._file.write(data)

    def tell(self) -> int:
        return self._file.tell()

    def flush(self) -> None:
        self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()


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
    schema: "pa.Schema", path: Path, layout: Layout, label: FileLabel | None
) -> None:
    if not schema.equals(layout.schema(), check_metadata=False):
        raise ArchiveError(f"{path} does not have the columns of {layout.table}; see docs.")
    if label is not None:
        told = schema.metadata or {}
        for name, value in label.metadata().items():
            if told.get(name.encode()) != value.encode():
                raise ArchiveError(f"{path} does not say that its {name} is {value}; see docs.")


def batches_of_rows(path: Path, stretches: Sequence[tuple[int, int]]) -> Iterator["pa.RecordBatch"]:
    """Yield stretches of rows of a file, all columns.

    Args:
        path: the file.
        stretches: first row and number of rows of each, rising.

    Raises:
        ArchiveError: the file cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    left = list(stretches)
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            begin = 0
            for at in range(file.metadata.num_row_groups):
                end = begin + file.metadata.row_group(at).num_rows
                inside = [
                    (max(first, begin), min(first + count, end))
                    for first, count in left
                    if first < end and first + count > begin
                ]
                table = file.read_row_group(at, use_threads=False) if inside else None
                for first, behind in inside:
                    assert table is not None, "read where there is something inside"
                    yield from table.slice(first - begin, behind - first).to_batches()
                begin = end
    except (OSError, pa.ArrowException) as error:
        raise ArchiveError(f"{path} cannot be read; check the disk.") from error

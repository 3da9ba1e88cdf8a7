"""Writing a file of the cold store.

Sorted, integers and times as differences, floats split into streams of bytes (or as a dictionary,
where they repeat), zstd level 3, a checksum on every page.  Row groups of some 20,000 rows, in
which no curve is cut that fits.
"""

import hashlib
import json
import os
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self

import numpy as np

from mgg_kernel.cold.layouts import Layout
from mgg_kernel.cold.reading import LABEL_PREFIX, FileLabel

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ColdFileWriter"]

MOST_GROUP_ROWS = 200_000
LEAST_REPEATS = 3
_COMPRESSION_LEVEL = 3


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
        metadata = {**label.metadata(), f"{LABEL_PREFIX}units": json.dumps(units)}
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

"""Single curves out of cold files: files are kept open, and the row groups read last are kept."""

import threading
from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from mgg_kernel.cold.stored import StoredFile
from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import ArchiveError

__all__ = ["ColdCurve", "read_cold_curve"]

OPEN_FILES = 32
KEPT_GROUPS = 32
"""Of each file some 15 MB of row groups, as they are unpacked."""


@dataclass(frozen=True)
class ColdCurve:
    """Where a cold curve lies.

    Attributes:
        key: name of the column with its id.
        id: the test's or simulation's id.
        file: the file.
        size_bytes: how long the file must be.
        first_row: in which row of the file it begins.
        sample_count: how many rows it has.
    """

    key: str
    id: int
    file: StoredFile
    size_bytes: int
    first_row: int
    sample_count: int


def read_cold_curve(where: ColdCurve) -> PTCurve:
    """Read a curve from its file; every page that is read is held against its checksum.

    Raises:
        ArchiveError: the file is missing, damaged, or not the one that was archived.
    """
    try:
        if where.file.size() != where.size_bytes:
            raise ArchiveError(
                f"The archived file {where.file} is not what was archived; have an administrator "
                "run 'mgg archive verify'."
            )
        file = _open(where.file, where.key, where.file.version())
        ids, time_ms, pressure_mpa = file.rows(where.first_row, where.sample_count)
    except (OSError, pa.ArrowException) as error:
        missing = "missing" if isinstance(error, FileNotFoundError) else "damaged"
        raise ArchiveError(
            f"The archived file {where.file} is {missing}; have an administrator restore it from "
            "a backup."
        ) from error
    if ids.size != where.sample_count or not (ids == where.id).all():
        raise ArchiveError(
            f"The archived file {where.file} does not hold curve {where.id} where the catalogue "
            "says; have an administrator run 'mgg archive verify'."
        )
    return PTCurve(time_ms, pressure_mpa)


class _OpenFile:
    """A file that is kept open, and where its row groups begin."""

    def __init__(self, file: StoredFile, key: str) -> None:
        self._file = file.parquet(keep=True)
        self._columns = [key, "time_ms", "pressure_mpa"]
        metadata = self._file.metadata
        counts = [metadata.row_group(at).num_rows for at in range(metadata.num_row_groups)]
        self._starts = np.concatenate([[0], np.cumsum(counts)])
        self._lock = threading.Lock()
        self._group = lru_cache(maxsize=KEPT_GROUPS)(self._read_group)

    def rows(self, first: int, count: int) -> list[Any]:
        """Return ids, times and pressures of these rows, each a NumPy array."""
        begin = int(np.searchsorted(self._starts, first, side="right")) - 1
        end = int(np.searchsorted(self._starts, first + count, side="left"))
        with self._lock:
            groups = [self._group(at) for at in range(begin, min(end, len(self._starts) - 1))]
        offset = first - int(self._starts[begin])
        return [
            np.concatenate([group[at] for group in groups])[offset : offset + count]
            if len(groups) > 1
            else groups[0][at][offset : offset + count]
            for at in range(len(self._columns))
        ]

    def _read_group(self, at: int) -> list[Any]:
        table = self._file.read_row_group(at, columns=self._columns, use_threads=False)
        return [table.column(name).to_numpy() for name in self._columns]


@lru_cache(maxsize=OPEN_FILES)
def _open(file: StoredFile, key: str, version: Hashable) -> _OpenFile:
    """Open a file; one that was put in its place meanwhile is another one."""
    del version
    return _OpenFile(file, key)

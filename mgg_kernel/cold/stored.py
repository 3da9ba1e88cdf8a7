"""What the archiver and the readers need of a cold store, whether a folder or a bucket keeps it."""

import hashlib
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

__all__ = ["ArchivePlace", "FolderFile", "StoredFile", "file_sha256"]

_BLOCK = 1 << 20


class StoredFile(Protocol):
    """A published file.

    What is asked of it raises FileNotFoundError if it is not there, another OSError if it cannot
    be read, and ArchiveDownError if the store that keeps it is out of reach.
    """

    @property
    def remote(self) -> bool:
        """Whether each read is a question over the network."""

    def __hash__(self) -> int:
        """Files of one place and one name are the same key of a cache."""

    def size(self) -> int:
        """Return how many bytes it has."""

    def version(self) -> Hashable:
        """Return what changes when another file takes its place, its size included."""

    def sha256(self) -> str:
        """Return the SHA-256 of its bytes, in hexadecimal, read in small pieces."""

    def parquet(self, *, keep: bool = False) -> Any:
        """Open it as a ``pyarrow.parquet.ParquetFile`` that checks every page.

        Args:
            keep: it stays open, and single row groups are read from it.
        """

    def located(self) -> tuple[str, Any]:
        """Return its path and PyArrow's filesystem (None: this machine's), for a dataset."""


class ArchivePlace(Protocol):
    """Where the cold files are; `name` is always what the catalogue calls a file."""

    @property
    def key(self) -> str:
        """What tells this place from others."""

    def file(self, name: str) -> StoredFile:
        """Return the file that the catalogue calls `name`, there or not."""

    def names(self) -> Iterator[str]:
        """Yield all that is published, known or foreign, in order."""

    def leftovers(self) -> Iterator[Path]:
        """Yield the files, on this machine, that batches were written to and not yet published."""

    def temporary(self, name: str, batch_id: int) -> Path:
        """Return where, on this machine, a batch is written and proved."""

    def make_folder(self, name: str) -> None:
        """Make what must be there before a file is written, and try to write."""

    def require_room(self, needed_bytes: int) -> None:
        """Check that a file of this size can be written."""

    def publish(self, temporary: Path, name: str, sha256: str) -> None:
        """Give a finished file its name, which no other file may have, in one step."""

    def remove_temporary(self, temporary: Path) -> None:
        """Remove a file that was not published, if it is there."""

    def remove(self, name: str) -> None:
        """Remove a published file that no batch names; the caller holds the archiver's lock."""

    def failure(self, deed: str, error: OSError) -> Exception:
        """Return what to say of an error of the disk."""


@dataclass(frozen=True)
class FolderFile:
    """A file on this machine."""

    path: Path
    remote = False

    def size(self) -> int:
        """Return how many bytes it has."""
        return self.path.stat().st_size

    def version(self) -> Hashable:
        """Return inode, moment of the last change and size."""
        stat = self.path.stat()
        return stat.st_ino, stat.st_mtime_ns, stat.st_size

    def sha256(self) -> str:
        """Return the SHA-256 of its bytes, in hexadecimal."""
        return file_sha256(self.path)

    def parquet(self, *, keep: bool = False) -> Any:
        """Open it; what stays open is mapped into memory."""
        import pyarrow.parquet as pq

        return pq.ParquetFile(
            self.path, memory_map=keep, pre_buffer=False, page_checksum_verification=True
        )

    def located(self) -> tuple[str, Any]:
        """Return its path; no filesystem is needed."""
        return str(self.path), None

    def __str__(self) -> str:
        return str(self.path)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal, read in small pieces."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()

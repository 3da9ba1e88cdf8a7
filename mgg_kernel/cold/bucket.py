"""A bucket of an object store as cold store: a file is proved here, and published by one request.

That request is a conditional put (``If-None-Match: *``): the server takes it only if no object has
that name.  What it then holds is read back before the books are switched.
"""

import hashlib
import io
import mmap
import os
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mgg_kernel.cold.bucket_access import BucketAccess, bucket_access
from mgg_kernel.cold.faults import reach
from mgg_kernel.cold.place import FolderPlace
from mgg_kernel.errors import ArchiveDownError, ArchiveError
from mgg_kernel.settings import Settings

__all__ = ["BucketFile", "BucketPlace", "bucket_place"]

SPOOL = "archive_spool"
_PIECE = 8 << 20


@dataclass(frozen=True)
class BucketFile:
    """An object."""

    access: BucketAccess
    name: str
    remote = True

    def size(self) -> int:
        """Return how many bytes it has."""
        return int(self.head()["size"])

    def version(self) -> Hashable:
        """Return the entity tag and the size."""
        head = self.head()
        return head["e_tag"], head["size"]

    def sha256(self) -> str:
        """Return the SHA-256 of its bytes, in hexadecimal, fetched in pieces."""
        digest = hashlib.sha256()
        with self.reader() as reader:
            while piece := reader.read(_PIECE):
                digest.update(piece)
        return digest.hexdigest()

    def reader(self) -> "_RangeReader":
        """Open it; only what is read is fetched."""
        return _RangeReader(self)

    def parquet(self, *, keep: bool = False) -> Any:
        """Open it; the columns of a row group are fetched together."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        del keep
        source = pa.PythonFile(self.reader(), mode="r")
        return pq.ParquetFile(source, pre_buffer=True, page_checksum_verification=True)

    def located(self) -> tuple[str, Any]:
        """Return its name and the filesystem of its place."""
        from pyarrow.fs import FSSpecHandler, PyFileSystem

        return self.name, PyFileSystem(FSSpecHandler(_ReadOnly(self.access)))

    def head(self) -> Any:
        """Ask the store for size and entity tag."""
        store = self.access.store()
        import obstore

        with self.access.explained(self.name):
            return obstore.head(store, self.name)

    def __str__(self) -> str:
        return f"{self.access}/{self.name}"


class _RangeReader(io.RawIOBase):
    """Reads ranges of an object, all of the one version that it had when it was opened."""

    def __init__(self, file: BucketFile) -> None:
        super().__init__()
        self._file = file
        head = file.head()
        self._tag, self._size = head["e_tag"], head["size"]
        self._at = 0

    def read(self, count: int | None = -1) -> bytes:
        """Fetch the next bytes."""
        import obstore

        left = max(self._size - self._at, 0)
        count = left if count is None or count < 0 else min(count, left)
        if not count:
            return b""
        access, name = self._file.access, self._file.name
        with access.explained(name):
            wanted: Any = {"range": (self._at, self._at + count), "if_match": self._tag}
            data = bytes(obstore.get(access.store(), name, options=wanted).bytes())
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to another place."""
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = begin + offset
        return self._at

    def tell(self) -> int:
        """Return the place of the next byte."""
        return self._at

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be read from anywhere."""
        return True


class _ReadOnly:
    """As much of fsspec's interface as PyArrow needs to read objects by name."""

    protocol = "s3"

    def __init__(self, access: BucketAccess) -> None:
        self._access = access

    def info(self, name: str) -> dict[str, Any]:
        """Tell PyArrow that there is a file, and how long it is."""
        return {"name": name, "size": BucketFile(self._access, name).size(), "type": "file"}

    def isfile(self, name: str) -> bool:
        """The catalogue names nothing else."""
        del name
        return True

    def open(self, name: str, mode: str = "rb") -> _RangeReader:
        """Open an object for reading."""
        assert mode == "rb", "nothing is written this way"
        return BucketFile(self._access, name).reader()


@dataclass(frozen=True)
class BucketPlace:
    """A bucket that keeps the cold files, and the folder here in which they are made."""

    access: BucketAccess
    spool: FolderPlace

    @property
    def key(self) -> str:
        """What tells this bucket from others."""
        return f"{self.access.server} {self.access}"

    def __str__(self) -> str:
        return str(self.access)

    def file(self, name: str) -> BucketFile:
        """Return the object that the catalogue calls `name`, there or not."""
        return BucketFile(self.access, name)

    def names(self) -> Iterator[str]:
        """Yield all objects under the prefix.

        Raises:
            ArchiveDownError: the store is out of reach.
        """
        store = self.access.store()
        import obstore

        with self.access.explained():
            found = [one["path"] for page in obstore.list(store) for one in page]
        yield from sorted(found)

    def leftovers(self) -> Iterator[Path]:
        """Yield the temporary files of batches in the folder here."""
        return self.spool.leftovers()

    def temporary(self, name: str, batch_id: int) -> Path:
        """Return where a batch is written and proved before it is sent."""
        return self.spool.temporary(name, batch_id)

    def make_folder(self, name: str) -> None:
        """Make the folder here, and see that it can be written to."""
        self.spool.make_folder(name)

    def require_room(self, needed_bytes: int) -> None:
        """Check that the disk here has room for the file that will be sent."""
        self.spool.require_room(needed_bytes)

    def publish(self, temporary: Path, name: str, sha256: str) -> None:
        """Send a finished file by one conditional put, and read back what the store then holds.

        Raises:
            ArchiveError: another object has that name, or what came back is not what was sent.
            ArchiveDownError: the store is out of reach, or refuses.
        """
        from obstore.exceptions import AlreadyExistsError

        file = self.file(name)
        try:
            self._put(temporary, name, sha256)
        except AlreadyExistsError:
            # Ours if an earlier try came through and its answer was lost: the bytes hold the run.
            if file.size() != temporary.stat().st_size or file.sha256() != sha256:
                raise ArchiveError(
                    f"{file} is there already, and no batch of this database made it; find out "
                    "whose it is and move it away."
                ) from None
        except ArchiveDownError:
            if not self._came_through(file, sha256):
                raise
        reach("linked")
        if file.sha256() != sha256:
            raise ArchiveError(
                f"The object store does not give back of {file} what was sent; nothing was "
                "changed: check the store."
            )
        self.remove_temporary(temporary)

    def remove_temporary(self, temporary: Path) -> None:
        """Remove a file that was made here, if it is there."""
        self.spool.remove_temporary(temporary)

    def remove(self, name: str) -> None:
        """Remove an object that no batch names; the caller holds the archiver's lock.

        Raises:
            ArchiveDownError: the store is out of reach.
        """
        store = self.access.store()
        import obstore

        with self.access.explained(name):
            obstore.delete(store, name)

    def failure(self, deed: str, error: OSError) -> ArchiveError:
        """Return what to say of an error of the disk here, or of an object that cannot be read."""
        return ArchiveError(
            f"The cold store {self.access} could not be {deed} ({os.strerror(error.errno or 0)}); "
            f"check the store and the disk of {self.spool.root}, and run the archive again."
        )

    def _put(self, temporary: Path, name: str, sha256: str) -> None:
        import obstore

        # Mapped and not read: a file of any size takes no memory of this program's own.
        with (
            temporary.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        ):
            store = self.access.store(upload_bytes=len(data))
            with self.access.explained(name):
                obstore.put(store, name, data, mode="create", attributes={"sha256": sha256})

    def _came_through(self, file: BucketFile, sha256: str) -> bool:
        """Return whether a put, of which no good answer came, was done nevertheless."""
        try:
            return file.sha256() == sha256
        except (ArchiveError, OSError):
            return False


def bucket_place(settings: Settings, url: str) -> BucketPlace:
    """Return the bucket that a URL names.

    Raises:
        SettingsError: it is no bucket's, or something is missing to reach it.
    """
    access = bucket_access(settings, url)
    access.store()  # says at once that the library is missing
    return BucketPlace(access, FolderPlace(settings.data_dir / SPOOL))

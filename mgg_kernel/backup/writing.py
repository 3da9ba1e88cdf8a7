"""Bringing content encrypted to the disk, and back, with checksums of both on the way."""

import errno
import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from mgg_kernel.backup.age import AgeWriter, Identity, decrypt
from mgg_kernel.backup.manifest import Entry
from mgg_kernel.errors import BackupError

__all__ = ["decrypt_entry", "encrypt", "link_entry", "open_chunks", "sha256_of"]

READ_BYTES = 1024 * 1024
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class _Counted:
    """A file that is written, and its checksum."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self.size += len(data)
        return self._file.write(data)


def encrypt(
    chunks: Iterable[bytes],
    folder: Path,
    path: str,
    kind: str,
    recipients: Sequence[X25519PublicKey],
) -> Entry:
    """Write content into a backup, encrypted and flushed to the disk.

    Args:
        chunks: the content.
        folder: of the backup that is being made.
        path: its name in the lab.
        kind: as in :class:`Entry`.
        recipients: who may read it.

    Raises:
        BackupError: the disk refuses.
    """
    plain, plain_size = hashlib.sha256(), 0
    target = folder / f"{path}.age"
    with _disk(target):
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with target.open("xb") as file:
            counted = _Counted(file)
            writer = AgeWriter(cast(BinaryIO, counted), recipients)
            for chunk in chunks:
                plain.update(chunk)
                plain_size += len(chunk)
                writer.write(chunk)
            writer.finish()
            file.flush()
            os.fchmod(file.fileno(), 0o400)
            os.fsync(file.fileno())
    return Entry(
        path, kind, plain_size, plain.hexdigest(), counted.size, counted.digest.hexdigest()
    )


def link_entry(entry: Entry, earlier: Path, folder: Path, path: str, kind: str) -> Entry | None:
    """Give a file of an earlier backup a second name in this one; None if that cannot be done."""
    source, target = earlier / entry.stored, folder / f"{path}.age"
    try:
        if source.stat().st_size != entry.size_bytes:
            return None
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.link(source, target)
    except OSError:
        return None  # another file system, or one without links: it is encrypted once more
    return Entry(path, kind, entry.plain_bytes, entry.plain_sha256, entry.size_bytes, entry.sha256)


def decrypt_entry(folder: Path, entry: Entry, identity: Identity) -> Iterator[bytes]:
    """Yield what a file of a backup held, and prove at its end that it is what was backed up.

    Raises:
        BackupError: it is damaged, missing, or for other keys.
    """
    path, digest = folder / entry.stored, hashlib.sha256()
    try:
        file = path.open("rb")
    except OSError as error:
        raise BackupError(
            f"{path} cannot be read ({error.strerror}); take another copy of the backup."
        ) from None
    with file:
        for chunk in decrypt(file, identity, str(path)):
            digest.update(chunk)
            yield chunk
    if digest.hexdigest() != entry.plain_sha256:
        raise BackupError(f"{path} holds something else than was backed up; take another copy.")


def open_chunks(path: Path) -> Iterator[bytes]:
    """Open a file of the lab, never through a symbolic link, and return its bytes in chunks.

    Raises:
        FileNotFoundError: it is not there.
        BackupError: it cannot be read.
    """
    try:
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise BackupError(
            f"{path} cannot be read ({error.strerror}); see whose file it is, and run the backup "
            "again."
        ) from None
    return _chunks(file)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(READ_BYTES):
            yield chunk


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _disk(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = "is full" if error.errno in _FULL else f"refuses ({error.strerror})"
        raise BackupError(
            f"The backup could not be written because the disk of {path.parent} {what}; nothing "
            "of it counts as a backup: free some space or mend the disk, and run it again."
        ) from error

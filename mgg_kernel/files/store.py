"""The file store: bytes kept under the name of their SHA-256, written once.

A file lies at ``<root>/<first two digits>/<sha256>``; nothing that a person typed becomes part
of a path.  It is there completely and on the disk before `put` returns, or not at all.
"""

import errno
import fcntl
import hashlib
import os
import re
import secrets
import time
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from mgg_kernel.errors import StoreError

__all__ = ["FileStore", "StoredFile"]

_SHA256 = re.compile(r"[0-9a-f]{64}")
_TEMPORARY = ".tmp-"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True)
class StoredFile:
    """A file in the store.

    Attributes:
        sha256: hash of its bytes, in hexadecimal.
        size_bytes: number of its bytes.
        path: where it lies.
        created: True if these bytes were not in the store before.
    """

    sha256: str
    size_bytes: int
    path: Path
    created: bool


class FileStore:
    """Files under one folder, which is made when the first one is stored.

    Any number of threads and processes may use one folder at the same time.

    Args:
        root: the folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, data: bytes) -> StoredFile:
        """Store bytes; the same bytes again are recognised and not stored twice.

        A stored file that was damaged meanwhile is replaced by the good bytes.

        Args:
            data: the file's bytes.

        Raises:
            StoreError: the bytes could not be brought to the disk; nothing of them is left.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._path(sha256)
        try:
            self._make_folder(path.parent)
            created = self._put(data, sha256, path)
        except OSError as error:
            raise self._failure("stored", error) from error
        return StoredFile(sha256, len(data), path, created)

    def get(self, sha256: str) -> bytes:
        """Return the bytes of a file, checked against its hash.

        Raises:
            StoreError: it is not there, or no longer what was stored.
        """
        path = self._path(sha256)
        try:
            data = _read(path)
        except FileNotFoundError:
            raise StoreError(
                f"The stored file {path} is missing; restore it from a backup."
            ) from None
        except OSError as error:
            raise self._failure("read", error) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise StoreError(
                f"The stored file {path} is damaged, its bytes no longer match its name; "
                "restore it from a backup."
            )
        return data

    def __contains__(self, sha256: str) -> bool:
        """Whether the file is there; its content is not looked at."""
        return self._path(sha256).is_file()

    def remove(self, sha256: str, *, older_than_s: float = 0.0) -> bool:
        """Remove a file, and return whether one was removed.

        Args:
            sha256: the file.
            older_than_s: leave it if it was stored, or stored again, since so many seconds.

        Raises:
            StoreError: it could not be removed.
        """
        path = self._path(sha256)
        try:
            with _locked(path.parent):
                if older_than_s > 0 and _age_s(path) < older_than_s:
                    return False
                path.unlink()
                _sync_folder(path.parent)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._failure("removed", error) from error
        return True

    def orphans(self, known: Container[str], *, older_than_s: float = 3600.0) -> Iterator[str]:
        """Yield the hashes of stored files that nobody knows.

        A file is stored before the row that names it, so a young one may only be waiting for its
        row.  Hand the same age to :meth:`remove`, which looks again under the lock.

        Args:
            known: the hashes that are named somewhere.
            older_than_s: leave out files that were stored, or stored again, since then.

        Raises:
            StoreError: the store cannot be read.
        """
        for path in self._files():
            named = _SHA256.fullmatch(path.name) is not None
            if named and path.name not in known and self._is_older(path, older_than_s):
                yield path.name

    def sweep_temporary(self, *, older_than_s: float = 3600.0) -> int:
        """Remove what writers that were killed left behind, and return how many files it was.

        Args:
            older_than_s: leave files of writers that may still be at work.

        Raises:
            StoreError: the store cannot be read or changed.
        """
        swept = 0
        for path in self._files():
            if path.name.startswith(_TEMPORARY) and self._is_older(path, older_than_s):
                try:
                    path.unlink(missing_ok=True)
                except OSError as error:
                    raise self._failure("removed", error) from error
                swept += 1
        return swept

    def _path(self, sha256: str) -> Path:
        if _SHA256.fullmatch(sha256) is None:
            raise StoreError(
                "A stored file is named by the 64 lower-case hexadecimal digits of its SHA-256, "
                f"not by {sha256[:80]!r}."
            )
        return self._root / sha256[:2] / sha256

    def _put(self, data: bytes, sha256: str, path: Path) -> bool:
        temporary = path.parent / f"{_TEMPORARY}{os.getpid()}-{secrets.token_hex(8)}"
        try:
            _write(temporary, data)
            with _locked(path.parent):
                return _link(temporary, path, sha256)
        finally:
            temporary.unlink(missing_ok=True)

    def _make_folder(self, folder: Path) -> None:
        missing = []
        while not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for new in reversed(missing):
            with suppress(FileExistsError):  # somebody else made it at this moment
                new.mkdir(mode=0o700)
            _sync_folder(new.parent)

    def _files(self) -> Iterator[Path]:
        try:
            for folder in sorted(self._root.glob("[0-9a-f][0-9a-f]")):
                yield from sorted(folder.iterdir())
        except OSError as error:
            raise self._failure("read", error) from error

    def _is_older(self, path: Path, age_s: float) -> bool:
        try:
            return _age_s(path) >= age_s
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._failure("read", error) from error

    def _failure(self, deed: str, error: OSError) -> StoreError:
        if error.errno in _FULL:
            return StoreError(
                f"The file could not be {deed} because the disk of {self._root} is full; "
                "free some space and try again."
            )
        return StoreError(
            f"The file could not be {deed} in {self._root} ({os.strerror(error.errno or 0)}); "
            "check the disk and the rights of that folder."
        )


def _link(temporary: Path, path: Path, sha256: str) -> bool:
    """Give a written file its name, and return whether it is new; the folder is locked."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        if hashlib.sha256(_read(path)).hexdigest() == sha256:
            os.utime(path)  # young again, so that no sweep takes it before its new row is there
        else:
            temporary.replace(path)
        _sync_folder(path.parent)
        return False
    try:
        _sync_folder(path.parent)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return True


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fchmod(descriptor, 0o444)
        os.fsync(descriptor)


def _read(path: Path) -> bytes:
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        return file.read()


def _age_s(path: Path) -> float:
    return time.time() - path.stat().st_mtime


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder; it ends with the process, however that ends."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)

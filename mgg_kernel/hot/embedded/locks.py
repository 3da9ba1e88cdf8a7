"""Locks between processes, which the kernel drops when their holder dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mgg_kernel.errors import DatabaseDownError, StoreError

__all__ = ["FileLock"]

_POLL_S = 0.05


class FileLock:
    """A lock on a file, held by one exclusively or by several together.

    Args:
        path: the file; it is made if missing and left behind.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    @property
    def is_held(self) -> bool:
        """Whether this object holds the lock, alone or together with others."""
        return self._descriptor is not None

    def take_shared(self) -> bool:
        """Hold the lock together with others; False if one holds it exclusively."""
        return self._take(fcntl.LOCK_SH)

    def take_exclusive(self) -> bool:
        """Hold the lock alone; False if anybody else holds it."""
        return self._take(fcntl.LOCK_EX)

    def release(self) -> None:
        """Let go of the lock, if it is held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    @contextmanager
    def exclusive(self, limit_s: float) -> Iterator[None]:
        """Hold the lock alone for the length of a ``with`` block.

        Args:
            limit_s: how long to wait for others to let go [s].

        Raises:
            DatabaseDownError: others held it for all that time.
        """
        deadline = time.monotonic() + limit_s
        while not self.take_exclusive():
            if time.monotonic() > deadline:
                raise DatabaseDownError(
                    f"Another process has been starting or stopping the database for {limit_s:g} s "
                    f"(it holds {self.path}); wait for it or end it."
                )
            time.sleep(_POLL_S)
        try:
            yield
        finally:
            self.release()

    def _take(self, kind: int) -> bool:
        if self._descriptor is None:
            self._descriptor = self._open()
        try:
            fcntl.flock(self._descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            return False
        return True

    def _open(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            return os.open(self.path, flags, 0o600)
        except OSError as error:
            raise StoreError(
                f"The lock file {self.path} cannot be opened ({error.strerror}); "
                "run as the user who owns the workspace."
            ) from None

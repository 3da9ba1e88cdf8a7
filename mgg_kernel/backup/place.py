"""The folder of the backups: which are there, which is being made, and who is at work in it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from mgg_kernel.backup.manifest import MANIFEST
from mgg_kernel.errors import BackupError, ConflictError
from mgg_kernel.hot.embedded.locks import FileLock
from mgg_kernel.hot.secrets_file import sync_folder

__all__ = ["BackupPlace"]

PARTIAL = ".partial-"
_LOCK = ".lock"


class BackupPlace:
    """A folder with a folder for each backup.

    Args:
        root: the folder; it is made when it is first written to.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def names(self) -> list[str]:
        """Return the names of the backups, oldest first; one that did not end is none."""
        if not self.root.is_dir():
            return []
        return sorted(
            one.name
            for one in self.root.iterdir()
            if not one.name.startswith(".") and (one / MANIFEST).is_file()
        )

    def folder(self, name: str) -> Path:
        """Return the folder of a backup; ``latest`` is the newest one.

        Raises:
            BackupError: there is none of that name.
        """
        names = self.names()
        wanted = names[-1] if name == "latest" and names else name
        if wanted not in names:
            raise BackupError(
                f"There is no backup '{name}' in {self.root}; 'mgg backup list' shows them."
            )
        return self.root / wanted

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep everybody else from changing this folder; the lock ends with the process.

        Raises:
            ConflictError: somebody else is at work.
            BackupError: the folder cannot be made.
        """
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise self.failure("made", error) from error
        lock = FileLock(self.root / _LOCK)
        if not lock.take_exclusive():
            raise ConflictError(
                f"Another backup, restore drill or clean-up is at work in {self.root}; wait until "
                "it has finished."
            )
        try:
            yield
        finally:
            lock.release()

    def clean(self) -> list[str]:
        """Remove what backups that were broken off left behind; the caller holds the lock."""
        left = sorted(one for one in self.root.iterdir() if one.name.startswith(PARTIAL))
        for one in left:
            self.remove(one)
        return [one.name for one in left]

    def begin(self, now: datetime) -> Path:
        """Make the folder of a new backup, which nobody takes for one yet."""
        name, number = f"{now.astimezone(UTC):%Y-%m-%dT%H%M%SZ}", 1
        while (self.root / name).exists():
            number += 1
            name = f"{name[:18]}-{number}"
        partial = self.root / f"{PARTIAL}{name}"
        partial.mkdir(mode=0o700)
        return partial

    def publish(self, partial: Path) -> Path:
        """Give a whole backup its name: from this moment it exists."""
        final = self.root / partial.name.removeprefix(PARTIAL)
        sync_folder(partial)
        partial.rename(final)
        sync_folder(self.root)
        return final

    def remove(self, folder: Path) -> None:
        """Remove a backup: first it is no backup any more, then its files go."""
        try:
            if not folder.name.startswith(PARTIAL):
                hidden = folder.with_name(PARTIAL + folder.name)
                folder.rename(hidden)
                sync_folder(self.root)
                folder = hidden
            shutil.rmtree(folder)
        except OSError as error:
            raise self.failure("cleaned", error) from error

    def require_room(self, needed_bytes: int) -> None:
        """Check that so much would fit.

        Raises:
            BackupError: it would not.
        """
        free = shutil.disk_usage(self.root).free
        if free < needed_bytes:
            raise BackupError(
                f"The disk of {self.root} has {free / 1e6:,.0f} MB left, but this may need "
                f"{needed_bytes / 1e6:,.0f} MB; free some space, or run 'mgg backup prune'."
            )

    def failure(self, deed: str, error: OSError) -> BackupError:
        """Return what to say of an error of the disk."""
        return BackupError(
            f"The backup folder {self.root} could not be {deed} "
            f"({os.strerror(error.errno or 0)}); check the disk and the rights of that folder."
        )

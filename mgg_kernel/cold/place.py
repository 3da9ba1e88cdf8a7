"""A folder as cold store: names, room on the disk, and publishing a file in one step."""

import errno
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mgg_kernel.cold.faults import reach
from mgg_kernel.cold.stored import ArchivePlace, FolderFile
from mgg_kernel.errors import ArchiveError
from mgg_kernel.settings import Settings

__all__ = ["FolderPlace", "archive_place", "batch_of_temporary", "require_disk"]

SUFFIX = ".parquet"
_PROBE = ".probe-"
_NO_NAMELESS_FILES = {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL}
_TEMPORARY = re.compile(r"\.(.+\.parquet)\.(\d+)\.tmp")


@dataclass(frozen=True)
class FolderPlace:
    """A folder that keeps the cold files."""

    root: Path

    @property
    def key(self) -> str:
        """What tells this folder from others."""
        return str(self.root)

    def __str__(self) -> str:
        return str(self.root)

    def file(self, name: str) -> FolderFile:
        """Return the file that the catalogue calls `name`, there or not."""
        return FolderFile(self.final(name))

    def names(self) -> Iterator[str]:
        """Yield what the catalogue would call each file that is no batch's temporary one."""
        return (
            self.named(path)
            for path in self.files()
            if batch_of_temporary(path) is None and not path.name.startswith(_PROBE)
        )

    def leftovers(self) -> Iterator[Path]:
        """Yield the temporary files of batches."""
        return (path for path in self.files() if batch_of_temporary(path) is not None)

    def final(self, path: str) -> Path:
        """Return where a file lies that the catalogue calls `path`."""
        return self.root / path

    def temporary(self, path: str, batch_id: int) -> Path:
        """Return where a batch is written before it is published: beside its place, hidden."""
        final = self.final(path)
        return final.with_name(f".{final.name}.{batch_id}.tmp")

    def make_folder(self, path: str) -> None:
        """Make the folder of a file, and what is above it.

        Raises:
            ArchiveError: it cannot be made, or not be written to.
        """
        folder = self.final(path).parent
        try:
            missing = [one for one in (folder, *folder.parents) if not one.is_dir()]
            for one in reversed(missing):
                one.mkdir(mode=0o700, exist_ok=True)
                sync_folder(one.parent)
            # Not asked with access(): that says yes to root on a disk that is mounted read-only.
            _try_to_write(folder)
        except OSError as error:
            raise self.failure("written", error) from error

    def require_room(self, needed_bytes: int) -> None:
        """Check that a file of this size would fit.

        Raises:
            ArchiveError: it would not.
        """
        require_disk(self.root, needed_bytes)

    def publish(self, temporary: Path, path: str, sha256: str) -> None:
        """Give a finished file its name, which no other file may have, for reading only.

        Raises:
            ArchiveError: a file of that name is there, or the disk refuses.
        """
        del sha256  # the file was read back already, and a link does not touch its bytes
        final = self.final(path)
        try:
            temporary.chmod(0o444)
            os.link(temporary, final)
            reach("linked")
            temporary.unlink()
            sync_folder(final.parent)
        except FileExistsError:
            raise ArchiveError(
                f"{final} is there already, and no batch of this database made it; find out whose "
                "it is and move it away."
            ) from None
        except OSError as error:
            raise self.failure("published", error) from error

    def remove(self, name: str) -> None:
        """Remove a published file that no batch names; the caller holds the archiver's lock.

        Raises:
            ArchiveError: the disk refuses.
        """
        self.remove_temporary(self.final(name))

    def remove_temporary(self, path: Path) -> None:
        """Remove a file by its path, if it is there; the caller holds the archiver's lock.

        Raises:
            ArchiveError: the disk refuses.
        """
        try:
            path.unlink(missing_ok=True)
            if path.parent.is_dir():
                sync_folder(path.parent)
        except OSError as error:
            raise self.failure("removed", error) from error

    def files(self) -> Iterator[Path]:
        """Yield every file under the folder, in order.

        Raises:
            ArchiveError: the folder cannot be read.
        """
        try:
            for folder, folders, names in os.walk(self.root, onerror=_raise):
                folders.sort()
                for name in sorted(names):
                    yield Path(folder) / name
        except FileNotFoundError:
            return  # nothing was archived yet
        except OSError as error:
            raise self.failure("read", error) from error

    def named(self, path: Path) -> str:
        """Return what the catalogue would call a file."""
        return path.relative_to(self.root).as_posix()

    def failure(self, deed: str, error: OSError) -> ArchiveError:
        """Return what to say of an error of the disk."""
        return ArchiveError(
            f"The cold store {self.root} could not be {deed} ({os.strerror(error.errno or 0)}); "
            "check the disk and the rights of that folder, and run the archive again."
        )


def _try_to_write(folder: Path) -> None:
    """Make a file in a folder that is gone at once, even if this process is killed meanwhile."""
    try:
        os.close(os.open(folder, os.O_TMPFILE | os.O_WRONLY, 0o600))
    except OSError as error:
        if error.errno not in _NO_NAMELESS_FILES:
            raise
        # A network's filesystem may not know files without a name.
        probe = folder / f"{_PROBE}{os.getpid()}.tmp"
        os.close(os.open(probe, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        probe.unlink()


def batch_of_temporary(path: Path) -> tuple[str, int] | None:
    """Return the final name and the batch that a temporary file says it is of."""
    match = _TEMPORARY.fullmatch(path.name)
    return (match[1], int(match[2])) if match else None


def archive_place(settings: Settings) -> ArchivePlace:
    """Return the folder or bucket that ``MGG_ARCHIVE_URL`` names, else the data folder's own.

    Raises:
        SettingsError: it names neither, or a bucket without all that is needed to reach it.
    """
    url = settings.archive_url
    if url is None:
        return FolderPlace(settings.data_dir / "parquet_archive")
    if "://" in url and not url.startswith("file://"):
        from mgg_kernel.cold.bucket import bucket_place

        return bucket_place(settings, url)
    return FolderPlace(Path(url.removeprefix("file://")).expanduser().absolute())


def require_disk(folder: Path, needed_bytes: int) -> None:
    """Check that a file of this size would fit on the disk of a folder.

    Raises:
        ArchiveError: it would not.
    """
    free = shutil.disk_usage(folder).free
    if free < needed_bytes:
        raise ArchiveError(
            f"The disk of {folder} has {free / 1e6:,.0f} MB left, but this period may need "
            f"{needed_bytes / 1e6:,.0f} MB; free some space and run the archive again."
        )


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _raise(error: OSError) -> None:
    raise error

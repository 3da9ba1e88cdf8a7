"""The folder of the cold store: names, room on the disk, and publishing a file in one step."""

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mgg_kernel.cold.faults import reach
from mgg_kernel.errors import ArchiveError, SettingsError
from mgg_kernel.settings import Settings

__all__ = ["ArchivePlace", "archive_place", "file_sha256"]

SUFFIX = ".parquet"
_BLOCK = 1 << 20
_TEMPORARY = re.compile(r"\.(.+\.parquet)\.(\d+)\.tmp")


@dataclass(frozen=True)
class ArchivePlace:
    """The folder of the cold store."""

    root: Path

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
            probe = folder / f".probe-{os.getpid()}.tmp"
            os.close(os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            probe.unlink()
        except OSError as error:
            raise self.failure("written", error) from error

    def require_room(self, needed_bytes: int) -> None:
        """Check that a file of this size would fit.

        Raises:
            ArchiveError: it would not.
        """
        free = shutil.disk_usage(self.root).free
        if free < needed_bytes:
            raise ArchiveError(
                f"The disk of {self.root} has {free / 1e6:,.0f} MB left, but this period may need "
                f"{needed_bytes / 1e6:,.0f} MB; free some space and run the archive again."
            )

    def publish(self, temporary: Path, path: str) -> None:
        """Give a finished file its name, which no other file may have, for reading only.

        Raises:
            ArchiveError: a file of that name is there, or the disk refuses.
        """
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

    def remove(self, path: Path) -> None:
        """Remove a file that no batch names; the caller holds the archiver's lock.

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


def batch_of_temporary(path: Path) -> tuple[str, int] | None:
    """Return the final name and the batch that a temporary file says it is of."""
    match = _TEMPORARY.fullmatch(path.name)
    return (match[1], int(match[2])) if match else None


def archive_place(settings: Settings) -> ArchivePlace:
    """Return the folder that ``MGG_ARCHIVE_URL`` names, or ``parquet_archive`` in the data folder.

    Raises:
        SettingsError: it names an object store, which is not supported yet.
    """
    url = settings.archive_url
    if url is None:
        return ArchivePlace(settings.data_dir / "parquet_archive")
    if "://" in url and not url.startswith("file://"):
        raise SettingsError(
            f"MGG_ARCHIVE_URL names {url.split('://')[0]}, but only folders work so far; write a "
            "path such as /srv/mgg/parquet_archive."
        )
    return ArchivePlace(Path(url.removeprefix("file://")).expanduser().absolute())


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal, read in small pieces."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _raise(error: OSError) -> None:
    raise error

"""What belongs into a backup besides the database: every file that cannot be made again."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mgg_kernel.cold.place import FolderPlace
from mgg_kernel.cold.stored import ArchivePlace
from mgg_kernel.settings import Settings

__all__ = ["BUNDLE", "DUMP", "LabFile", "list_files", "read_heads", "read_secrets"]

DUMP, BUNDLE = "database.dump", "secrets-and-roles.json"
ARCHIVE_FOLDER = "parquet_archive"
# What the machine makes anew, or what another part of the backup holds.
_LEFT_OUT = {
    "archive_spool",
    "backups",
    "files",
    "hub",
    "logs",
    ARCHIVE_FOLDER,
    "postgres",
    "postgres.location",
    "postgres.lock",
    "postgres.users",
    "runtime",
    "secrets",
    "workspace-id",
}
PRIVATE_KEYS = "backup-identity"


@dataclass(frozen=True)
class LabFile:
    """A file of the lab.

    Attributes:
        path: its name in the backup.
        kind: as in ``manifest.Entry``.
        source: where it lies.
        sha256: what its bytes must have; None: whatever they are.
        content: its bytes, where they were read already; None: they are at `source`.
    """

    path: str
    kind: str
    source: Path
    sha256: str | None
    content: bytes | None = None


def list_files(
    settings: Settings, place: ArchivePlace, archived: dict[str, str], backups: Path
) -> list[LabFile]:
    """Return the files to back up.

    Args:
        settings: where the lab is.
        place: the cold store.
        archived: name and SHA-256 of each file that the database's books name.
        backups: the folder of the backups, which is never part of one.
    """
    files = [
        LabFile(f"files/{path.parent.name}/{path.name}", "file", path, path.name)
        for path in sorted(settings.files_dir.glob("[0-9a-f][0-9a-f]/*"))
        if len(path.name) == 64
    ]
    if isinstance(place, FolderPlace):
        files += [
            LabFile(f"{ARCHIVE_FOLDER}/{name}", "archive", place.final(name), sha256)
            for name, sha256 in sorted(archived.items())
        ]
    known = {settings.files_dir, backups, settings.audit_heads}
    if isinstance(place, FolderPlace):
        known.add(place.root)
    files += [
        LabFile(path.relative_to(settings.data_dir).as_posix(), "other", path, None)
        for path in _others(settings.data_dir, known)
    ]
    return files


def read_heads(settings: Settings) -> list[LabFile]:
    """Return the heads of the log's chain that were published until now.

    They are none of the lab's files, and no backup has them, where ``MGG_AUDIT_HEAD_FILE`` is
    outside the data folder.
    """
    path = settings.audit_heads
    if not path.is_relative_to(settings.data_dir) or path.is_symlink():
        return []
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    name = path.relative_to(settings.data_dir).as_posix()
    return [LabFile(name, "other", path, None, content)]


def read_secrets(folder: Path) -> dict[str, str]:
    """Return the lab's secrets, but for the keys that open backups."""
    if not folder.is_dir():
        return {}
    return {
        one.name: one.read_text("utf-8")
        for one in sorted(folder.iterdir())
        if one.is_file() and not one.name.startswith((".", PRIVATE_KEYS))
    }


def _others(data_dir: Path, known: set[Path]) -> Iterator[Path]:
    for top in sorted(data_dir.iterdir()):
        if top.name in _LEFT_OUT or top in known or top.name.startswith(".") or top.is_symlink():
            continue
        if top.is_file():
            yield top
        for folder, folders, names in os.walk(top):
            folders[:] = sorted(one for one in folders if Path(folder, one) not in known)
            for name in sorted(names):
                path = Path(folder, name)
                if path in known or path.is_symlink() or name.startswith("."):
                    continue
                if path.is_file():
                    yield path

"""Holding a backup against its manifest, byte for byte."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mgg_kernel.backup.age import Identity
from mgg_kernel.backup.manifest import MANIFEST, Manifest, read_manifest
from mgg_kernel.backup.progress import BackupProgress, Listener, silent
from mgg_kernel.backup.writing import decrypt_entry, sha256_of
from mgg_kernel.errors import BackupError

__all__ = ["BackupFinding", "check_files", "looks_whole"]


@dataclass(frozen=True)
class BackupFinding:
    """Something that is not as it should be.

    Attributes:
        kind: ``missing``, ``changed`` or ``foreign`` (files), ``manifest``, ``lab`` (it was wrong
            in the lab already), ``restore`` (the restored lab differs).
        path: the file or part.
        text: what is wrong, for a person.
    """

    kind: Literal["missing", "changed", "foreign", "manifest", "lab", "restore"]
    path: str
    text: str


def check_files(
    folder: Path,
    seal_key: str | None = None,
    identity: Identity | None = None,
    progress: Listener = silent,
) -> list[BackupFinding]:
    """Read every byte of a backup.

    Args:
        folder: of the backup.
        seal_key: the lab's key, to prove the manifest; None: not proved.
        identity: the private key, to decrypt as well; None: only what is encrypted is checked.
        progress: told how far it is.
    """
    try:
        manifest = read_manifest(folder, seal_key)
    except BackupError as error:
        return [BackupFinding("manifest", MANIFEST, str(error))]
    findings = [BackupFinding("lab", folder.name, one) for one in manifest.problems]
    for at, entry in enumerate(manifest.files):
        path = folder / entry.stored
        if not path.is_file():
            findings.append(BackupFinding("missing", entry.stored, "the file is not there"))
        elif path.stat().st_size != entry.size_bytes or sha256_of(path) != entry.sha256:
            text = "the file is not what was written (size or SHA-256)"
            findings.append(BackupFinding("changed", entry.stored, text))
        elif identity is not None:
            try:
                for _ in decrypt_entry(folder, entry, identity):
                    pass
            except BackupError as error:
                findings.append(BackupFinding("changed", entry.stored, str(error)))
        progress(BackupProgress("check", at + 1, len(manifest.files), "files"))
    known = {entry.stored for entry in manifest.files} | {MANIFEST}
    there = {one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()}
    findings += [
        BackupFinding("foreign", one, "the manifest does not name it")
        for one in sorted(there - known)
    ]
    return findings


def looks_whole(folder: Path, manifest: Manifest) -> bool:
    """Tell quickly whether all files of a backup are there with their sizes."""
    try:
        return all((folder / one.stored).stat().st_size == one.size_bytes for one in manifest.files)
    except OSError:
        return False

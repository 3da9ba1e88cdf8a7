"""The folder of reports: each run's files appear there whole, signed, and once.

``reports/2026/01/17/`` holds what run 17 left: the notebook as it was run and as it was before, the
report as HTML and PDF, the log, ``manifest.json`` with the SHA-256 of each of them, and
``manifest.sig``, the signature of the manifest's bytes.
"""

import json
import os
import secrets
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from mgg_kernel.errors import NotFoundError, StoreError
from mgg_kernel.files.signing import Signer, is_signed, read_public_key
from mgg_kernel.hot.secrets_file import SecretsFolder, sync_folder
from mgg_kernel.settings import Settings

__all__ = ["MANIFEST", "SIGNATURE", "ReportStore", "Sealed", "file_sha256", "plain_bytes"]

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
_DRAFTS = ".drafts"
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Sealed:
    """What was written: where, and the SHA-256 of its manifest."""

    folder: str
    manifest_sha256: str


class ReportStore:
    """The folder of reports.

    Args:
        settings: where it is.
    """

    def __init__(self, settings: Settings) -> None:
        self.root = settings.data_dir / "reports"
        self._signer = Signer(SecretsFolder(settings.secrets_dir))

    def draft(self, run_id: int) -> Path:
        """Return a new folder for what a run writes before it has ended.

        Raises:
            StoreError: it cannot be made.
        """
        try:
            drafts = self.root / _DRAFTS
            drafts.mkdir(mode=0o700, parents=True, exist_ok=True)
            made = drafts / f"{run_id}-{secrets.token_hex(4)}"
            made.mkdir(mode=0o700)
        except OSError as error:
            raise StoreError(
                f"The folder of reports {self.root} cannot be written ({error.strerror}); make "
                "room there, or give this user the right to."
            ) from None
        return made

    def drop_drafts(self, run_id: int) -> None:
        """Take away what a run left that was killed."""
        for left in (self.root / _DRAFTS).glob(f"{run_id}-*"):
            shutil.rmtree(left, ignore_errors=True)

    def folder_of(self, run_id: int, created_at: datetime) -> str:
        """Return where a run's files come to be, below the folder of reports."""
        return f"{created_at.astimezone(UTC):%Y/%m}/{run_id}"

    def seal(self, draft: Path, folder: str, manifest: dict[str, Any]) -> Sealed:
        """Write the manifest and its signature, and give the draft its name for good.

        Everything is on the disk before the name is; after that nothing is written there again.

        Args:
            draft: holds the run's files.
            folder: what :meth:`folder_of` said.
            manifest: plain values.

        Raises:
            StoreError: the disk is full, or the name is taken.
        """
        data = plain_bytes(manifest)
        final = self.root / folder
        try:
            self._signer.publish(self.root)
            (draft / MANIFEST).write_bytes(data)
            (draft / SIGNATURE).write_bytes(self._signer.sign(data))
            for path in sorted(draft.iterdir()):
                path.chmod(0o444)
                _sync(path)
            draft.chmod(0o755)
            sync_folder(draft)
            final.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            if final.exists():
                raise StoreError(f"The folder {final} is there already; nothing was written over.")
            draft.rename(final)
            for above in (final.parent, final.parent.parent, self.root):
                sync_folder(above)
        except OSError as error:
            raise StoreError(
                f"The report cannot be kept in {final} ({error.strerror}); make room on the disk "
                "and run it again."
            ) from None
        return Sealed(folder, sha256(data).hexdigest())

    def read(self, folder: str, name: str) -> bytes:
        """Return a file of a run.

        Raises:
            NotFoundError: there is none.
        """
        try:
            return (self.root / folder / name).read_bytes()
        except OSError as error:
            raise NotFoundError(
                f"The file {name} of this report cannot be read from {self.root / folder} "
                f"({error.strerror}); 'mgg report verify' tells what is missing."
            ) from None

    def signed_manifest(self, folder: str) -> dict[str, Any] | None:
        """Return a run's manifest if it is there whole and signed by this workspace, else None."""
        place = self.root / folder
        try:
            data, signature = (place / MANIFEST).read_bytes(), (place / SIGNATURE).read_bytes()
            if not is_signed(self._signer.public_key(), data, signature):
                return None
            found: dict[str, Any] = json.loads(data)
        except (OSError, ValueError):
            return None
        return found

    def has_signature(self, folder: str) -> bool:
        """Tell whether the manifest's signature is that of the public key beside the reports.

        Raises:
            NotFoundError: the manifest or its signature is not there.
            StoreError: the public key is not there.
        """
        public = read_public_key(self.root)
        return is_signed(public, self.read(folder, MANIFEST), self.read(folder, SIGNATURE))


def plain_bytes(values: dict[str, Any]) -> bytes:
    """Return plain values as JSON that is the same wherever it is written."""
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return (text + "\n").encode("utf-8")


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Passwords and keys that the workspace makes for itself, one private file each."""

import os
import re
import secrets
import stat
from pathlib import Path

from mgg_kernel.errors import StoreError

__all__ = ["SecretsFolder", "sync_folder", "write_once"]

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


class SecretsFolder:
    """A folder of secrets that only its owner can read (folder 0700, files 0600).

    Args:
        path: the folder; it is made when the first secret is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def get(self, name: str) -> str | None:
        """Return the secret called `name`, or None if it was never made.

        Raises:
            StoreError: the file cannot be read, is empty, or `name` cannot be a file name.
        """
        file = self._file(name)
        try:
            return _read(file)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(
                f"The secret {file} cannot be read ({error.strerror}); "
                "run as the user who owns the workspace."
            ) from None

    def get_or_create(self, name: str, nbytes: int = 32) -> str:
        """Return the secret called `name`; make it from `nbytes` random bytes if there is none.

        Two processes that ask at once get the same secret.

        Args:
            name: lower-case letters, digits, ``_`` and ``-``.
            nbytes: randomness of a new secret [bytes]; the text is URL-safe base64 of it.

        Raises:
            StoreError: the folder or the file cannot be made or read.
        """
        known = self.get(name)
        if known is not None:
            return known
        file = self._file(name)
        try:
            self._make_private()
            return write_once(file, secrets.token_urlsafe(nbytes))
        except OSError as error:
            raise StoreError(
                f"The secret {file} cannot be made ({error.strerror}); "
                "give this user the right to write there or choose another MGG_DATA_DIR."
            ) from None

    def _file(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise StoreError(f"'{name}' cannot name a secret; use a-z, 0-9, '_' and '-'.")
        return self.path / name

    def _make_private(self) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if stat.S_IMODE(self.path.stat().st_mode) & 0o077:
            self.path.chmod(0o700)


def write_once(path: Path, text: str, mode: int = 0o600) -> str:
    """Write `text` to `path` unless that file exists, and return what the file then holds.

    The file appears whole or not at all, also for another process and after a power cut: it
    is written under another name, flushed, and linked, and a link fails if the name is taken.

    Args:
        path: the file; its folder exists.
        text: one line without its end.
        mode: permissions of a new file.

    Raises:
        OSError: the file cannot be written or read.
        StoreError: the file that is there is empty.
    """
    if path.exists():
        return _read(path)
    draft = path.with_name(f".new-{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return _read(path)
    finally:
        draft.unlink()
    sync_folder(path.parent)
    return _read(path)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> str:
    text = path.read_text(encoding="utf-8").strip()
    if not text:
        raise StoreError(f"The file {path} is empty; restore it from a backup.")
    return text

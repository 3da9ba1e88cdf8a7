"""Where a workspace's database lies, and where its socket does.

Normally that is ``<data folder>/postgres``.  When root runs the workspace and the server's
user cannot reach the data folder (a checkout in root's home), no parent folder is opened to
the world: the database goes to ``/var/lib/mgg/<workspace id>/postgres`` instead.  The file
``postgres.location`` in the data folder says which it is.
"""

import hashlib
import os
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from mgg_kernel.errors import StoreError
from mgg_kernel.hot.embedded.account import Account
from mgg_kernel.hot.secrets_file import write_once

__all__ = [
    "PORT",
    "Location",
    "choose_home",
    "claim_home",
    "make_home",
    "make_socket_dir",
    "open_system_dir",
    "workspace_id",
]

PORT = 5432
"""Number in the socket's name; nothing listens on a port."""

_SOCKET_PATH_BYTES = 100
# libpq splits its host setting at commas, SQLAlchemy at colons; the rest would need escapes.
_AWKWARD = re.compile(r"[,:;\"'\\%?#&+\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Location:
    """Where the database of one workspace lies.

    Attributes:
        data_dir: the workspace's data folder.
        home: folder that belongs to the server's user; it holds the three folders below.
    """

    data_dir: Path
    home: Path

    @classmethod
    def recorded(cls, data_dir: Path) -> "Location | None":
        """Return where the database of this workspace lies, or None if none was made yet."""
        try:
            text = _record(data_dir).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(
                f"{_record(data_dir)} cannot be read ({error.strerror}); "
                "run as the user who owns the workspace."
            ) from None
        return cls(data_dir, data_dir / text)

    def record(self) -> None:
        """Write down where the database lies; relative if inside, so that folders can be moved."""
        inside = self.home.is_relative_to(self.data_dir)
        text = str(self.home.relative_to(self.data_dir) if inside else self.home)
        write_once(_record(self.data_dir), text)

    @property
    def cluster(self) -> Path:
        """Folder of PostgreSQL's own files."""
        return self.home / "data"

    @property
    def log_dir(self) -> Path:
        """Folder of the server's log, a file for each day of the week."""
        return self.home / "log"

    @property
    def start_log(self) -> Path:
        """File with what the server said before its log was open."""
        return self.data_dir / "logs" / "postgres-start.log"

    @property
    def socket_dir(self) -> Path:
        """Folder of the Unix socket: in `home`, or under /tmp where that path is too long."""
        inside = self.home / "socket"
        path = str(inside / f".s.PGSQL.{PORT}")
        if len(os.fsencode(path)) < _SOCKET_PATH_BYTES and not _AWKWARD.search(path):
            return inside
        # The id keeps the name from being guessed, the path keeps a copied workspace apart.
        key = f"{workspace_id(self.data_dir)} {self.home}"
        return Path("/tmp", f"mgg-{hashlib.sha256(os.fsencode(key)).hexdigest()[:20]}")  # noqa: S108


def workspace_id(data_dir: Path) -> str:
    """Return the random name of this workspace, made when first asked for."""
    file = data_dir / "workspace-id"
    try:
        text = write_once(file, secrets.token_hex(8))
    except OSError as error:
        raise StoreError(
            f"{file} cannot be made ({error.strerror}); give this user the right to write there "
            "or choose another MGG_DATA_DIR."
        ) from None
    if not re.fullmatch(r"[0-9a-f]{16}", text):
        raise StoreError(f"{file} does not hold a workspace's id; restore it from a backup.")
    return text


def choose_home(data_dir: Path, account: Account, system_dir: Path) -> Path:
    """Choose where a new database is to lie.

    Raises:
        StoreError: the data folder is a copy whose database would be that of the original.
    """
    if not account.is_other or account.can_enter(data_dir):
        return data_dir / "postgres"
    open_system_dir(system_dir)
    folder = system_dir / workspace_id(data_dir)
    folder.mkdir(mode=0o755, exist_ok=True)
    folder.chmod(0o755)
    return folder / "postgres"


def claim_home(location: Location) -> None:
    """Refuse a database outside the data folder that belongs to another copy of that folder.

    Raises:
        StoreError: the data folder is a copy, and the original is still there.
    """
    if location.home.is_relative_to(location.data_dir):
        return
    marker = location.home.parent / "workspace"
    here = str(location.data_dir.resolve())
    there = write_once(marker, here)
    if there == here:
        return
    original = Path(there, "workspace-id")
    own = workspace_id(location.data_dir)
    if original.is_file() and original.read_text(encoding="utf-8").strip() == own:
        raise StoreError(
            f"{location.data_dir} is a copy of {there} and would use that one's database; remove "
            "workspace-id, postgres.location and secrets from the copy to give it its own."
        )
    marker.unlink()
    write_once(marker, here)


def make_home(home: Path, account: Account) -> None:
    """Make the folder that belongs to the server's user, and its parts."""
    if account.is_other:
        _make_own_folder(home, account)
    for folder in (home, home / "log"):
        account.make_folder(folder)


def make_socket_dir(location: Location, account: Account) -> None:
    """Make the socket's folder, which only the server's user can enter.

    Raises:
        StoreError: somebody else made a folder of that name under /tmp.
    """
    folder = location.socket_dir
    if folder.parent == location.home:
        account.make_folder(folder)
    else:
        _make_own_folder(folder, account)


def open_system_dir(system_dir: Path) -> None:
    """Make root's own folder outside the workspace, where everybody may look.

    Raises:
        StoreError: it cannot be made, or others than root can write there.
    """
    try:
        if not system_dir.is_dir():
            system_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
            system_dir.chmod(0o755)
        found = system_dir.lstat()
    except OSError as error:
        raise StoreError(
            f"{system_dir} cannot be made ({error.strerror}); the database has to lie there "
            "because PostgreSQL's user cannot reach the data folder, so choose an MGG_DATA_DIR "
            "that everybody may pass through."
        ) from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0 or found.st_mode & 0o022:
        raise StoreError(
            f"{system_dir} is not a folder that only root can write to; make it one (chown root, "
            "chmod 755) or remove it."
        )


def _make_own_folder(folder: Path, account: Account) -> None:
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be made ({error.strerror}); give this user the right to write there "
            "or choose another MGG_DATA_DIR."
        ) from None
    found = folder.lstat()
    is_folder = stat.S_ISDIR(found.st_mode)
    if is_folder and account.is_other and found.st_uid == 0:
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)
        found = folder.lstat()
    if not is_folder or found.st_uid != account.uid or stat.S_IMODE(found.st_mode) & 0o077:
        raise StoreError(
            f"{folder} is not a folder that only the user {account.name} can enter; find out who "
            "made it and remove it."
        )


def _record(data_dir: Path) -> Path:
    return data_dir / "postgres.location"

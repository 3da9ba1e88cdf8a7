"""The operating-system user that PostgreSQL runs as, and what is done as that user.

PostgreSQL refuses to run as root.  Root therefore runs it as the unprivileged user
``mgg-postgres``, and everything inside that user's folders is written by a child that has
dropped its rights: whoever breaks into the server must not be able to lead root astray.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mgg_kernel.errors import StoreError

__all__ = ["SERVER_USER", "Account", "account_of_owner", "server_account"]

SERVER_USER = "mgg-postgres"

_WRITE = 'umask 077 && cat >"$1.new" && mv -f -- "$1.new" "$1"'
_KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


@dataclass(frozen=True)
class Account:
    """An operating-system user.

    Attributes:
        name: its name.
        uid: its number.
        gid: its group's number.
        is_other: True if this process is root and children have to become that user.
    """

    name: str
    uid: int
    gid: int
    is_other: bool

    def run(
        self, arguments: list[str | Path], *, text: str = "", limit_s: float = 60.0
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end as this user, in the root folder, without our environment.

        Args:
            arguments: program and arguments.
            text: what it reads on standard input.
            limit_s: how long it may take [s].

        Raises:
            StoreError: it cannot be started as that user, or takes too long.
        """
        try:
            return subprocess.run(
                arguments,
                input=text,
                capture_output=True,
                check=False,
                encoding="utf-8",
                errors="replace",
                timeout=limit_s,
                start_new_session=True,
                **self._options(),
            )
        except subprocess.TimeoutExpired:
            raise StoreError(
                f"{Path(arguments[0]).name} did not end within {limit_s:g} s; "
                "look whether the disk is full or very slow."
            ) from None
        except OSError as error:
            raise self._cannot_start(arguments[0], error) from None

    def spawn(self, arguments: list[str | Path], log: int) -> subprocess.Popen[bytes]:
        """Start a program as this user in a session of its own, which Ctrl-C does not reach.

        Args:
            arguments: program and arguments.
            log: open file descriptor that takes its output.

        Raises:
            StoreError: it cannot be started as that user.
        """
        try:
            return subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                umask=0o077,
                **self._options(),
            )
        except OSError as error:
            raise self._cannot_start(arguments[0], error) from None

    def can_enter(self, folder: Path) -> bool:
        """Tell whether this user can reach `folder`, found by trying."""
        return self.run(["/bin/sh", "-c", 'cd -- "$1"', "sh", folder]).returncode == 0

    def can_read(self, file: Path) -> bool:
        """Tell whether this user can read `file`, found by trying."""
        return self.run(["/bin/sh", "-c", ': <"$1"', "sh", file]).returncode == 0

    def make_folder(self, folder: Path) -> None:
        """Make a folder that only this user can enter, inside one that is this user's."""
        self._must(["/bin/sh", "-c", 'umask 077 && mkdir -p -- "$1"', "sh", folder])

    def write(self, file: Path, text: str) -> None:
        """Write a private file whole, or leave the one that was there."""
        self._must(["/bin/sh", "-c", _WRITE, "sh", file], text)

    def remove(self, *paths: Path) -> None:
        """Remove files and whole folders, those that exist."""
        if paths:
            self._must(["/bin/sh", "-c", 'rm -rf -- "$@"', "sh", *paths])

    def _must(self, arguments: list[str | Path], text: str = "") -> None:
        done = self.run(arguments, text=text)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no reason was given"])[-1]
            raise StoreError(
                f"The user {self.name} could not change the database's folder ({reason}); "
                "look at its owner and at the free space."
            )

    def _options(self) -> dict[str, Any]:
        kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        kept.setdefault("PATH", os.defpath)
        options: dict[str, Any] = {"cwd": "/", "env": kept | {"LC_ALL": "C"}}
        if self.is_other:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options

    def _cannot_start(self, program: str | Path, error: OSError) -> StoreError:
        return StoreError(
            f"{program} cannot be run as the user {self.name} ({error.strerror}); "
            "install the project anew, or set MGG_DATABASE_URL to a PostgreSQL that runs elsewhere."
        )


def server_account() -> Account:
    """Return the user that a new database is to belong to: this one, or for root `SERVER_USER`.

    Raises:
        StoreError: this is root and the user cannot be made.
    """
    if os.geteuid() != 0:
        return _account(os.geteuid())
    try:
        entry = pwd.getpwnam(SERVER_USER)
    except KeyError:
        entry = _make_server_user()
    if entry.pw_uid == 0:
        raise StoreError(
            f"The user {SERVER_USER} has root's number, and PostgreSQL refuses to run as root; "
            "give it another number or remove it."
        )
    return _account(entry.pw_uid)


def account_of_owner(folder: Path) -> Account:
    """Return the user that an existing database belongs to.

    Raises:
        StoreError: it belongs to root, or to another user and this one is not root.
    """
    owner = _account(folder.stat().st_uid)
    if owner.uid == 0:
        raise StoreError(
            f"The database in {folder} belongs to root and PostgreSQL refuses to run as root; give "
            f"it to an ordinary user with chown -R, {SERVER_USER} for instance."
        )
    if os.geteuid() not in (0, owner.uid):
        raise StoreError(
            f"The database in {folder} belongs to the user {owner.name}; "
            f"run as {owner.name} or as root."
        )
    return owner


def _account(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        # Containers may run as a number that has no name.
        return Account(str(uid), uid, os.getegid(), is_other=uid != os.geteuid())
    return Account(entry.pw_name, uid, entry.pw_gid, is_other=uid != os.geteuid())


def _make_server_user() -> pwd.struct_passwd:
    program = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if program is None:
        raise StoreError(
            f"PostgreSQL refuses to run as root and useradd is missing; make an ordinary user "
            f"called {SERVER_USER}, or run as an ordinary user."
        )
    command = [
        program,
        "--system",
        "--user-group",
        "--no-create-home",
        "--home-dir",
        "/nonexistent",
    ]
    command += ["--shell", "/usr/sbin/nologin", SERVER_USER]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        # Also when useradd failed: another process may have made the user meanwhile.
        return pwd.getpwnam(SERVER_USER)
    except KeyError:
        raise StoreError(
            f"The user {SERVER_USER}, as which root runs PostgreSQL, cannot be made "
            f"({done.stderr.strip() or 'useradd gave no reason'}); make it by hand, or run as an "
            "ordinary user."
        ) from None

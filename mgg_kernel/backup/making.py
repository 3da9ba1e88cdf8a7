"""Making a backup: the database first, in one snapshot, then the files, which are only added."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from sqlalchemy import text

from mgg_kernel._version import __version__
from mgg_kernel.backup import facts
from mgg_kernel.backup.age import recipient_text
from mgg_kernel.backup.contents import BUNDLE, DUMP, LabFile, list_files, read_heads, read_secrets
from mgg_kernel.backup.faults import reach
from mgg_kernel.backup.manifest import (
    MANIFEST,
    DatabaseFacts,
    Entry,
    Manifest,
    read_manifest,
)
from mgg_kernel.backup.place import BackupPlace
from mgg_kernel.backup.programs import MAY_NOT_READ, DatabaseAddress, dump_database, find_pg_dump
from mgg_kernel.backup.progress import BackupProgress, Listener, silent
from mgg_kernel.backup.roles import read_roles
from mgg_kernel.backup.snapshot import hold_snapshot
from mgg_kernel.backup.writing import encrypt, link_entry, open_chunks
from mgg_kernel.cold import catalogue
from mgg_kernel.cold.place import FolderPlace
from mgg_kernel.cold.stored import ArchivePlace
from mgg_kernel.errors import AccessError, BackupError
from mgg_kernel.hot import test_results
from mgg_kernel.settings import Settings

__all__ = ["Lab", "make_backup"]

_SERVER = text(
    "SELECT current_setting('server_version_num')::integer / 10000 AS major,"
    " current_setting('server_version') AS version,"
    " pg_database_size(current_database()) AS size"
)
SPARE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Lab:
    """What is backed up.

    Attributes:
        settings: where its files are.
        address: its database, by a login that may read everything.
        embedded: whether the database runs from the project's own programs.
        archive: its cold store.
        seal_key: its key for sealing manifests.
    """

    settings: Settings
    address: DatabaseAddress
    embedded: bool
    archive: ArchivePlace
    seal_key: str


@dataclass(frozen=True)
class _Database:
    entry: Entry
    facts: DatabaseFacts
    moment: datetime
    version: str
    size: int
    archived: dict[str, str]
    named: set[str]
    roles: "dict[str, object]"


def make_backup(
    lab: Lab,
    place: BackupPlace,
    recipients: list[X25519PublicKey],
    *,
    full: bool = False,
    progress: Listener = silent,
) -> Manifest:
    """Make a backup and return its manifest; until its last moment there is none of it.

    Args:
        lab: what to back up.
        place: where to.
        recipients: who may read it.
        full: encrypt every file anew instead of linking what an earlier backup holds.
        progress: told how far it is.

    Raises:
        ConflictError: another backup is at work.
        BackupError: the database, the disk or a file is not as it should be.
    """
    with place.locked():
        reach("locked")
        place.clean()
        reach("cleaned")
        begun = datetime.now(UTC)
        partial = place.begin(begun)
        try:
            try:
                manifest = _fill(lab, place, partial, recipients, begun, full, progress)
            except AccessError:
                raise BackupError(MAY_NOT_READ) from None
            reach("manifest")
            place.publish(partial)
            reach("published")
        except BaseException:
            if partial.is_dir():
                place.remove(partial)
            raise
    return manifest


def _fill(
    lab: Lab,
    place: BackupPlace,
    partial: Path,
    recipients: list[X25519PublicKey],
    begun: datetime,
    full: bool,
    progress: Listener,
) -> Manifest:
    earlier = {} if full else _earlier(place, recipients)
    # Before the snapshot: a head that is published later is none of its chain.
    heads = read_heads(lab.settings)
    database = _dump(lab, place, partial, recipients, progress)
    wanted = list_files(lab.settings, lab.archive, database.archived, place.root)
    wanted += heads
    new = [one for one in wanted if one.sha256 is None or one.sha256 not in earlier]
    place.require_room(SPARE_BYTES + sum(_size(one.source) for one in new))
    problems, entries = [], [database.entry]
    for at, one in enumerate(wanted):
        entry, problem = _copy(one, partial, recipients, earlier)
        entries += [entry] if entry else []
        problems += [problem] if problem else []
        progress(BackupProgress("files", at + 1, len(wanted), "files"))
    there = {one.plain_sha256 for one in entries if one.kind == "file"}
    lost = sorted(database.named - there)
    problems += [f"The uploaded file {one} is named in the database and lost." for one in lost]
    reach("copied")
    bundle = {"secrets": read_secrets(lab.settings.secrets_dir), "roles": database.roles}
    content = [json.dumps(bundle).encode()]
    entries.append(encrypt(content, partial, BUNDLE, "bundle", recipients))
    reach("bundled")
    manifest = Manifest(
        name=partial.name.removeprefix(".partial-"),
        created_at=begun.isoformat(timespec="seconds"),
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        snapshot_at=database.moment.astimezone(UTC).isoformat(),
        code_version=__version__,
        postgres=database.version,
        database_bytes=database.size,
        recipients=[recipient_text(one) for one in recipients],
        archive="folder" if isinstance(lab.archive, FolderPlace) else "bucket",
        archive_url=str(lab.archive),
        database=database.facts,
        files=entries,
        problems=problems,
    )
    _write(partial / MANIFEST, manifest.text(lab.seal_key))
    return manifest


def _dump(
    lab: Lab,
    place: BackupPlace,
    partial: Path,
    recipients: list[X25519PublicKey],
    progress: Listener,
) -> _Database:
    with hold_snapshot(lab.address.url) as held:
        reach("snapshot")
        connection = held.connection
        server = connection.execute(_SERVER).one()
        # A dump is compressed and holds no indexes: it was never more than half of the database.
        place.require_room(SPARE_BYTES + int(server.size) // 2)
        program = find_pg_dump(server.major, embedded=lab.embedded)
        tables = facts.table_names(connection)
        done = 0

        def tell() -> None:
            nonlocal done
            done += 1
            progress(BackupProgress("database", done, len(tables), "tables"))

        with ThreadPoolExecutor(1) as pool:
            chunks = _watched(dump_database(program, lab.address, held.name))
            dump = pool.submit(encrypt, chunks, partial, DUMP, "database", recipients)
            digests = facts.digest_tables(connection, tables, tell)
            entry = dump.result()
        reach("dumped")
        return _Database(
            entry=entry,
            facts=replace(held.facts, tables=digests),
            moment=held.moment,
            version=server.version,
            size=server.size,
            archived={
                one.path: str(one.sha256)
                for one in catalogue.batches(connection)
                if one.state in ("archived", "restored")
            },
            named=test_results.stored_hashes(connection),
            roles=read_roles(connection),
        )


def _watched(chunks: Iterator[bytes]) -> Iterator[bytes]:
    for at, chunk in enumerate(chunks):
        if at == 0:
            reach("dumping")
        yield chunk


def _copy(
    file: LabFile,
    partial: Path,
    recipients: list[X25519PublicKey],
    earlier: dict[str, tuple[Path, Entry]],
) -> tuple[Entry | None, str | None]:
    if file.sha256 in earlier and file.sha256 is not None:
        folder, known = earlier[file.sha256]
        linked = link_entry(known, folder, partial, file.path, file.kind)
        if linked is not None:
            return linked, None if file.source.is_file() else f"The file {file.path} is lost."
    try:
        content = open_chunks(file.source) if file.content is None else [file.content]
    except FileNotFoundError:
        # One that nothing names may go at any time, such as a draft that was given its name.
        return None, None if file.sha256 is None else f"The file {file.path} is lost."
    entry = encrypt(content, partial, file.path, file.kind, recipients)
    if file.sha256 is not None and entry.plain_sha256 != file.sha256:
        return entry, f"The file {file.path} is not what was stored: its SHA-256 is another one."
    return entry, None


def _earlier(
    place: BackupPlace, recipients: list[X25519PublicKey]
) -> dict[str, tuple[Path, Entry]]:
    """Return what the newest backup for the same recipients holds, by content."""
    wanted = sorted(recipient_text(one) for one in recipients)
    for name in reversed(place.names()):
        folder = place.folder(name)
        try:
            manifest = read_manifest(folder)
        except BackupError:
            continue
        if sorted(manifest.recipients) == wanted:
            kinds = ("file", "archive")
            return {one.plain_sha256: (folder, one) for one in manifest.files if one.kind in kinds}
    return {}


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _write(path: Path, content: str) -> None:
    with path.open("x", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fchmod(file.fileno(), 0o400)
        os.fsync(file.fileno())

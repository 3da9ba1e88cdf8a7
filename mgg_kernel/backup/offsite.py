"""Backups in a bucket: each encrypted file once under its SHA-256, and a manifest for each backup.

The manifest is sent last, so that a backup is there whole or not at all; what was sent already is
not sent again.  Nothing is ever removed or written over, and everything is checked by size and
SHA-256 on its way back.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mgg_kernel.backup.checking import check_files
from mgg_kernel.backup.manifest import MANIFEST, Entry, read_manifest
from mgg_kernel.backup.place import PARTIAL, BackupPlace
from mgg_kernel.backup.progress import BackupProgress, Listener, silent
from mgg_kernel.cold.bucket_access import BucketAccess
from mgg_kernel.errors import BackupError

if TYPE_CHECKING:
    from obstore.store import S3Store

__all__ = ["fetch_backup", "send_backup", "sent_backups"]

MANIFESTS, OBJECTS = "manifests", "objects"


def sent_backups(access: BucketAccess) -> list[str]:
    """Return the names of the backups in a bucket, oldest first."""
    import obstore

    with access.explained():
        found = [
            one["path"]
            for page in obstore.list(access.store(), f"{MANIFESTS}/")
            for one in page
            if one["path"].endswith(".json")
        ]
    return sorted(Path(one).stem for one in found)


def send_backup(
    place: BackupPlace, name: str, access: BucketAccess, progress: Listener = silent
) -> int:
    """Send a backup to a bucket, and return how many files were not there yet.

    Args:
        place: the folder of the backups.
        name: of the backup; ``latest`` is the newest one.
        access: the bucket.
        progress: told how far it is.

    Raises:
        BackupError: a file of it is missing or changed: what is damaged is not sent.
        ArchiveDownError: the bucket does not take it.
    """
    import obstore
    from obstore.exceptions import AlreadyExistsError

    folder = place.folder(name)
    damage = [one for one in check_files(folder) if one.kind not in ("lab", "foreign")]
    if damage:
        raise BackupError(
            f"The backup {folder.name} is damaged ({damage[0].path}: {damage[0].text}), so it is "
            "not sent; make another one."
        )
    manifest, sent = read_manifest(folder), 0
    for at, entry in enumerate(manifest.files):
        if not _is_there(access, entry):
            # By its content: whoever sends the same at the same time sends the same bytes.
            with access.explained(_key(entry)):
                obstore.put(access.store(entry.size_bytes), _key(entry), folder / entry.stored)
            sent += 1
        progress(BackupProgress("send", at + 1, len(manifest.files), "files"))
    lost = [entry for entry in manifest.files if not _is_there(access, entry)]
    if lost:
        raise BackupError(
            f"{access} does not hold {lost[0].stored} as it was sent; see to the bucket, and send "
            "the backup again."
        )
    text = (folder / MANIFEST).read_bytes()
    with access.explained(MANIFESTS):
        try:
            obstore.put(access.store(), f"{MANIFESTS}/{folder.name}.json", text, mode="create")
        except AlreadyExistsError:
            _require_same(access.store(), folder.name, text, access)
    return sent


def fetch_backup(
    place: BackupPlace, name: str, access: BucketAccess, progress: Listener = silent
) -> Path:
    """Bring a backup back from a bucket, and return its folder.

    Args:
        place: the folder of the backups, which need not exist.
        name: of the backup; ``latest`` is the newest one in the bucket.
        access: the bucket.
        progress: told how far it is.

    Raises:
        BackupError: it is not in the bucket, is here already, or something of it is damaged.
        ConflictError: another backup is at work in that folder.
    """
    names = sent_backups(access)
    wanted = names[-1] if name == "latest" and names else name
    if wanted not in names:
        raise BackupError(f"There is no backup '{name}' in {access}; it holds {len(names)}.")
    with place.locked():
        place.clean()
        if (place.root / wanted).exists():
            raise BackupError(f"The backup {wanted} is in {place.root} already; nothing was done.")
        partial = place.root / f"{PARTIAL}{wanted}"
        partial.mkdir(mode=0o700)
        try:
            _fill(partial, f"{MANIFESTS}/{wanted}.json", access, progress)
            return place.publish(partial)
        except BaseException:
            if partial.is_dir():
                place.remove(partial)
            raise


def _fill(partial: Path, key: str, access: BucketAccess, progress: Listener) -> None:
    path = partial / MANIFEST
    _write(path, _bytes(access, key))
    manifest = read_manifest(partial)
    for at, entry in enumerate(manifest.files):
        target = partial / entry.stored
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            _write(target, _bytes(access, _key(entry)))
        except FileNotFoundError:
            raise BackupError(f"{access} has lost {entry.stored}; try an older backup.") from None
        progress(BackupProgress("fetch", at + 1, len(manifest.files), "files"))
    for one in check_files(partial):
        if one.kind != "lab":
            raise BackupError(f"{one.path} of {access} is damaged: {one.text}.")


def _bytes(access: BucketAccess, key: str) -> Iterator[bytes]:
    import obstore

    with access.explained(key):
        for chunk in obstore.get(access.store(), key).stream():
            yield bytes(chunk)


def _write(path: Path, chunks: Iterator[bytes]) -> None:
    with path.open("xb") as file:
        for chunk in chunks:
            file.write(chunk)
    path.chmod(0o400)


def _key(entry: Entry) -> str:
    return f"{OBJECTS}/{entry.sha256}"


def _is_there(access: BucketAccess, entry: Entry) -> bool:
    import obstore

    try:
        with access.explained(_key(entry)):
            return int(obstore.head(access.store(), _key(entry))["size"]) == entry.size_bytes
    except FileNotFoundError:
        return False


def _require_same(store: "S3Store", name: str, text: bytes, access: BucketAccess) -> None:
    import obstore

    if bytes(obstore.get(store, f"{MANIFESTS}/{name}.json").bytes()) != text:
        raise BackupError(
            f"{access} holds another backup called {name}; give each lab a prefix of its own in "
            "MGG_BACKUP_BUCKET."
        )

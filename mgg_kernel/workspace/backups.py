"""``ws.backups``: everything of the lab, encrypted, as one set; for administrators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mgg_kernel.backup.manifest import Manifest, read_manifest
from mgg_kernel.backup.place import BackupPlace
from mgg_kernel.backup.progress import Listener, silent
from mgg_kernel.errors import BackupError, MggError, SettingsError
from mgg_kernel.hot.log import write_log
from mgg_kernel.hot.secrets_file import SecretsFolder
from mgg_kernel.settings import Settings
from mgg_kernel.workspace.foundation import DATABASE_NAME, Foundation
from mgg_kernel.workspace.office import Office

if TYPE_CHECKING:
    from mgg_kernel.backup.age import Identity
    from mgg_kernel.backup.checking import BackupFinding
    from mgg_kernel.backup.restoring import Restored
    from mgg_kernel.cold.bucket_access import BucketAccess

__all__ = [
    "BackupFolder",
    "Backups",
    "Drill",
    "check_backup",
    "fetch_from_bucket",
    "last_drill",
    "list_backups",
    "read_identity",
    "restore_lab",
    "send_to_bucket",
]

SEAL = "backup-seal"
APP_PASSWORD = "database-app"  # noqa: S105 - the name of the secret
LAST_DRILL = "last-drill"


@dataclass(frozen=True)
class BackupFolder:
    """A backup in the list.

    Attributes:
        name: of its folder.
        manifest: what it says of itself; None if that cannot be read.
        is_whole: whether all its files are there with their sizes.
        problem: why not, as a sentence; empty if nothing is wrong.
    """

    name: str
    manifest: Manifest | None
    is_whole: bool
    problem: str = ""


@dataclass(frozen=True)
class Drill:
    """A restore drill that was made.

    Attributes:
        at: when.
        backup: of which.
        findings: how many; None: the backup could not be restored at all.
    """

    at: datetime
    backup: str
    findings: int | None


class Backups:
    """The backups of this lab, of all teams; only an administrator may use it."""

    def __init__(self, office: Office, foundation: Foundation) -> None:
        self._office = office
        self._foundation = foundation

    def run(self, *, full: bool = False, progress: Listener = silent) -> Manifest:
        """Make a backup now.

        Args:
            full: encrypt every file anew instead of linking what an earlier backup holds.
            progress: told how far it is.

        Returns:
            The manifest; its `problems` say what was wrong in the lab.

        Raises:
            AccessError: the acting account is no administrator.
            ConflictError: another backup is at work.
            BackupError: no recipient is set, or the disk or the database refuses.
        """
        from mgg_kernel.backup.age import parse_recipients
        from mgg_kernel.backup.making import Lab, make_backup
        from mgg_kernel.backup.programs import DatabaseAddress

        settings = self._office.settings
        with self._office.doing("back up", "system", "make a backup"):
            if settings.backup_recipient is None:
                raise BackupError(
                    "No key to encrypt to is set: make a pair with 'mgg backup keygen' and set "
                    "MGG_BACKUP_RECIPIENT to the public one."
                )
            other = settings.backup_database_url
            url = self._foundation.owner_url if other is None else other.get_secret_value()
            lab = Lab(
                settings=settings,
                address=DatabaseAddress(url),
                embedded=self._foundation.server is not None,
                archive=self._office.archive,
                seal_key=SecretsFolder(settings.secrets_dir).get_or_create(SEAL),
            )
            recipients = parse_recipients(settings.backup_recipient)
            manifest = make_backup(lab, self._place, recipients, full=full, progress=progress)
            details = {"bytes": manifest.size_bytes, "problems": len(manifest.problems)}
            self._log("make a backup", manifest.name, details)
        return manifest

    def list(self) -> list[BackupFolder]:
        """Return the backups, newest first.

        Raises:
            AccessError: the acting account is no administrator.
        """
        with self._office.doing("back up", "system", "look at the backups"):
            return list_backups(self._office.settings)

    def verify(
        self,
        name: str = "latest",
        *,
        restore: bool = False,
        identity: Path | None = None,
        progress: Listener = silent,
    ) -> "Sequence[BackupFinding]":
        """Return what is wrong with a backup; nothing if all is well.

        Args:
            name: of the backup.
            restore: really restore it, into a scratch server, and compare everything.
            identity: file of the private key; None: ``MGG_BACKUP_IDENTITY``.
            progress: told how far it is.

        Raises:
            AccessError: the acting account is no administrator.
            BackupError: there is no such backup, or it cannot be restored at all.
        """
        action = "restore drill" if restore else "verify a backup"
        with self._office.doing("back up", "system", action, name):
            findings = check_backup(
                self._office.settings, name, restore=restore, identity=identity, progress=progress
            )
            self._log(action, name, {"findings": len(findings)})
        return findings

    def prune(self, *, dry_run: bool = False, now: datetime | None = None) -> Sequence[str]:
        """Remove the backups that the retention settings let go, and return their names.

        A backup that is damaged is neither counted nor removed; the last good one always stays.

        Args:
            dry_run: only tell.
            now: the moment that ages count from; None: now.

        Raises:
            AccessError: the acting account is no administrator.
            ConflictError: a backup is being made.
        """
        from mgg_kernel.backup.pruning import Retention, choose

        settings = self._office.settings
        rule = Retention(
            last=settings.backup_keep_last,
            daily=settings.backup_keep_daily,
            weekly=settings.backup_keep_weekly,
            monthly=settings.backup_keep_monthly,
            max_age_days=settings.backup_max_age_days,
        )
        with (
            self._office.doing("back up", "system", "prune the backups"),
            self._place.locked(),
        ):
            made = {
                one.name: datetime.fromisoformat(one.manifest.created_at)
                for one in list_backups(settings)
                if one.is_whole and one.manifest is not None and not one.problem
            }
            gone = choose(made, rule, now or datetime.now(UTC))
            if not dry_run:
                for name in gone:
                    self._place.remove(self._place.folder(name))
                self._log("prune the backups", None, {"removed": gone})
        return gone

    @property
    def _place(self) -> BackupPlace:
        return BackupPlace(self._office.settings.backups)

    def _log(self, action: str, name: str | None, details: Mapping[str, object]) -> None:
        with self._office.transaction() as connection:
            write_log(
                connection,
                "system",
                action,
                object_type="backup",
                object_id=name,
                details=details,
            )


def list_backups(settings: Settings) -> list[BackupFolder]:
    """Return the backups of a folder, newest first, without a database."""
    from mgg_kernel.backup.checking import looks_whole

    place, found = BackupPlace(settings.backups), []
    for name in reversed(place.names()):
        try:
            manifest = read_manifest(place.folder(name))
        except MggError as error:
            found.append(BackupFolder(name, None, False, str(error)))
            continue
        whole = looks_whole(place.folder(name), manifest)
        problem = "" if whole else "A file is missing or has another size; verify tells which."
        problem = problem or " ".join(manifest.problems[:1])
        found.append(BackupFolder(name, manifest, whole, problem))
    return found


def check_backup(
    settings: Settings,
    name: str = "latest",
    *,
    restore: bool = False,
    identity: Path | None = None,
    progress: Listener = silent,
) -> "list[BackupFinding]":
    """Check a backup, without a database; the arguments are those of :meth:`Backups.verify`."""
    from mgg_kernel.backup.checking import check_files
    from mgg_kernel.backup.restoring import drill

    place = BackupPlace(settings.backups)
    folder = place.folder(name)
    seal = SecretsFolder(settings.secrets_dir).get(SEAL)
    key = read_identity(settings, identity) if restore or identity is not None else None
    if not restore or key is None:
        return check_files(folder, seal, key, progress)
    try:
        findings = drill(
            place,
            folder,
            key,
            seal_key=seal,
            database_name=DATABASE_NAME,
            app_login=APP_PASSWORD,
            progress=progress,
        )
    except BackupError:
        _record_drill(place, folder.name, "failed")
        raise
    _record_drill(place, folder.name, str(len(findings)))
    return findings


def last_drill(settings: Settings) -> Drill | None:
    """Return the last restore drill in the folder of the backups; None: none is recorded there."""
    try:
        words = (settings.backups / f".{LAST_DRILL}").read_text("utf-8").split()
        found = None if words[2] == "failed" else int(words[2])
        return Drill(datetime.fromisoformat(words[0]), words[1], found)
    except (OSError, ValueError, IndexError):
        return None


def _record_drill(place: BackupPlace, backup: str, findings: str) -> None:
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    draft = place.root / f".{LAST_DRILL}.new"
    draft.write_text(f"{moment} {backup} {findings}\n", "utf-8")
    draft.replace(place.root / f".{LAST_DRILL}")


def restore_lab(
    settings: Settings,
    target: Path,
    name: str = "latest",
    *,
    identity: Path | None = None,
    progress: Listener = silent,
) -> "Restored":
    """Bring a lab back into an empty data folder, on a machine that may know nothing of it yet.

    Args:
        settings: where the backups and the private key are.
        target: the data folder to be.
        name: of the backup.
        identity: file of the private key; None: ``MGG_BACKUP_IDENTITY``.
        progress: told how far it is.

    Raises:
        BackupError: the target is not empty, or the backup or the key is not in order.
    """
    from mgg_kernel.backup.restoring import restore_backup

    folder = BackupPlace(settings.backups).folder(name)
    return restore_backup(
        folder,
        target.expanduser().absolute(),
        read_identity(settings, identity),
        database_name=DATABASE_NAME,
        app_login=APP_PASSWORD,
        progress=progress,
    )


def send_to_bucket(settings: Settings, name: str = "latest", progress: Listener = silent) -> int:
    """Send a backup to ``MGG_BACKUP_BUCKET``; return how many of its files were not there yet.

    Raises:
        SettingsError: no bucket is set, or it cannot be reached as it is set.
        BackupError: the backup is damaged, or the bucket has another one of that name.
    """
    from mgg_kernel.backup.offsite import send_backup

    return send_backup(BackupPlace(settings.backups), name, _bucket(settings), progress)


def fetch_from_bucket(
    settings: Settings, name: str = "latest", progress: Listener = silent
) -> Path:
    """Bring a backup back from ``MGG_BACKUP_BUCKET`` and return its folder, checked.

    Raises:
        SettingsError: no bucket is set, or it cannot be reached as it is set.
        BackupError: it is not there, is here already, or something of it is damaged.
    """
    from mgg_kernel.backup.offsite import fetch_backup

    return fetch_backup(BackupPlace(settings.backups), name, _bucket(settings), progress)


def _bucket(settings: Settings) -> "BucketAccess":
    from mgg_kernel.cold.bucket_access import bucket_access

    if settings.backup_bucket is None:
        raise SettingsError(
            "No bucket for copies of backups is set; set MGG_BACKUP_BUCKET=s3://bucket/prefix."
        )
    return bucket_access(settings, settings.backup_bucket, "MGG_BACKUP_BUCKET")


def read_identity(settings: Settings, given: Path | None) -> "Identity":
    """Read the private key from the file that was given, or that the settings name.

    Raises:
        BackupError: none is named, or it cannot be read.
    """
    from mgg_kernel.backup.age import Identity

    path = given or settings.backup_identity
    if path is None:
        raise BackupError(
            "The private key is needed: give its file with --identity or MGG_BACKUP_IDENTITY."
        )
    try:
        return Identity.parse(path.read_text("utf-8"))
    except (OSError, UnicodeError) as error:
        raise BackupError(
            f"The identity file {path} cannot be read ({getattr(error, 'strerror', 'no text')}); "
            "bring it from where it is kept."
        ) from None

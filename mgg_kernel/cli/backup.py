"""``mgg backup``: everything, encrypted, and back."""

import argparse
import os
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mgg_kernel.cli.answer import Answer, table

if TYPE_CHECKING:
    from mgg_kernel.backup.manifest import Manifest
    from mgg_kernel.backup.progress import BackupProgress

__all__ = ["add_verbs"]

TELL_EVERY_S = 2.0
MIB = 1024 * 1024


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs of this module."""
    backup = verbs.add_parser("backup", help="keep everything, encrypted, and bring it back")
    actions = backup.add_subparsers(dest="action", metavar="ACTION", required=True)

    keygen = actions.add_parser("keygen", parents=[common], help="make a pair of keys")
    keygen.add_argument("file", type=Path, metavar="FILE", help="new file for the private key")
    keygen.set_defaults(run=_keygen)
    run = actions.add_parser("run", parents=[common], help="make a backup now")
    run.add_argument("--full", action="store_true", help="link no file of an earlier backup")
    run.set_defaults(run=_run)
    listed = actions.add_parser("list", parents=[common], help="show the backups")
    listed.set_defaults(run=_list)

    verify = actions.add_parser("verify", parents=[common], help="hold a backup against itself")
    verify.add_argument(
        "--restore", action="store_true", help="restore it into a scratch server and compare all"
    )
    restore = actions.add_parser("restore", parents=[common], help="bring a lab back")
    restore.add_argument("target", type=Path, metavar="FOLDER", help="empty data folder to be")
    for parser in (verify, restore):
        parser.add_argument("name", nargs="?", default="latest", help="of the backup")
        parser.add_argument("--identity", type=Path, metavar="FILE", help="the private key")
    verify.set_defaults(run=_verify)
    restore.set_defaults(run=_restore)

    send = actions.add_parser("send", parents=[common], help="send a backup to the bucket")
    send.set_defaults(run=_send)
    fetch = actions.add_parser("fetch", parents=[common], help="bring one back from the bucket")
    fetch.set_defaults(run=_fetch)
    for parser in (send, fetch):
        parser.add_argument("name", nargs="?", default="latest", help="of the backup")

    prune = actions.add_parser("prune", parents=[common], help="remove what need not be kept")
    prune.add_argument("--dry-run", action="store_true", help="only show what would go")
    prune.set_defaults(run=_prune)


def _keygen(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.backup.age import Identity
    from mgg_kernel.errors import BackupError

    identity = Identity.generate()
    lines = [
        f"# created: {datetime.now(UTC).isoformat(timespec='seconds')}",
        f"# public key: {identity.recipient}",
        identity.secret(),
    ]
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(arguments.file, flags, 0o600), "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise BackupError(
            f"{arguments.file} cannot be made ({error.strerror}); name a new file, best on a disk "
            "that you can take away."
        ) from None
    text = (
        f"MGG_BACKUP_RECIPIENT={identity.recipient}\n"
        f"The private key is in {arguments.file}. Keep two copies away from this machine: without "
        "it no backup can be read, by nobody."
    )
    return Answer({"recipient": identity.recipient, "identity": str(arguments.file)}, text)


def _run(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        manifest = workspace.backups.run(full=arguments.full, progress=_teller())
    kept = (
        f"Backup {manifest.name}: {manifest.database.rows:,} rows in "
        f"{len(manifest.database.tables)} tables, {len(manifest.files):,} files, "
        f"{manifest.size_bytes / MIB:,.1f} MiB."
    )
    lines = [kept]
    if manifest.archive == "bucket":
        lines.append(f"The cold files stay in {manifest.archive_url}; they are not in the backup.")
    lines += [f"wrong in the lab: {one}" for one in manifest.problems]
    return Answer(_plain(manifest), "\n".join(lines), done=not manifest.problems)


def _list(arguments: argparse.Namespace) -> Answer:
    del arguments
    from mgg_kernel.settings import load_settings
    from mgg_kernel.workspace.backups import list_backups

    found = list_backups(load_settings())
    rows = [
        (
            one.name,
            "" if one.manifest is None else one.manifest.snapshot_at[:19],
            "" if one.manifest is None else f"{one.manifest.database.rows:,}",
            "" if one.manifest is None else f"{len(one.manifest.files):,}",
            "" if one.manifest is None else f"{one.manifest.size_bytes / MIB:,.1f}",
            one.problem or "whole",
        )
        for one in found
    ]
    document = [
        {
            "name": one.name,
            "is_whole": one.is_whole,
            "problem": one.problem,
            "backup": None if one.manifest is None else _plain(one.manifest),
        }
        for one in found
    ]
    shown = table(["backup", "of (UTC)", "rows", "files", "MiB", "state"], rows)
    return Answer(
        {"backups": document}, shown if found else "There is no backup yet: 'mgg backup run'."
    )


def _verify(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.settings import load_settings
    from mgg_kernel.workspace.backups import check_backup

    findings = check_backup(
        load_settings(),
        arguments.name,
        restore=arguments.restore,
        identity=arguments.identity,
        progress=_teller(),
    )
    good = "Every file is there and is what was written."
    if arguments.restore:
        good = "It was restored: schema, rows, values, foreign keys and files are what they were."
    lines = [f"{one.kind}: {one.path}: {one.text}" for one in findings]
    return Answer(
        {"findings": [asdict(one) for one in findings]},
        "\n".join(lines) if lines else good,
        done=not findings,
    )


def _restore(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.settings import load_settings
    from mgg_kernel.workspace.backups import restore_lab

    restored = restore_lab(
        load_settings(),
        arguments.target,
        arguments.name,
        identity=arguments.identity,
        progress=_teller(),
    )
    lines = [f"{one.kind}: {one.path}: {one.text}" for one in restored.findings]
    lines.append(
        f"The backup {restored.manifest.name} is in {restored.data_dir}; start it with "
        f"MGG_DATA_DIR={restored.data_dir} mgg up"
    )
    if restored.manifest.archive == "bucket":
        lines.append(f"Its cold files are in {restored.manifest.archive_url}: MGG_ARCHIVE_URL.")
    document = {
        "backup": restored.manifest.name,
        "data_dir": str(restored.data_dir),
        "findings": [asdict(one) for one in restored.findings],
    }
    return Answer(document, "\n".join(lines), done=not restored.findings)


def _send(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.settings import load_settings
    from mgg_kernel.workspace.backups import send_to_bucket

    settings = load_settings()
    sent = send_to_bucket(settings, arguments.name, _teller())
    text = f"It is in {settings.backup_bucket}; {sent:,} files were not there yet."
    return Answer({"bucket": settings.backup_bucket, "sent": sent}, text)


def _fetch(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.settings import load_settings
    from mgg_kernel.workspace.backups import fetch_from_bucket

    folder = fetch_from_bucket(load_settings(), arguments.name, _teller())
    text = f"Every file of {folder.name} is in {folder} and is what was sent."
    return Answer({"name": folder.name, "folder": str(folder)}, text)


def _prune(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        gone = workspace.backups.prune(dry_run=arguments.dry_run)
    verb = "would go" if arguments.dry_run else "removed"
    return Answer(
        {"removed": [] if arguments.dry_run else list(gone), "chosen": list(gone)},
        "\n".join(f"{verb}: {one}" for one in gone) if gone else "Every backup is still wanted.",
    )


def _plain(manifest: "Manifest") -> dict[str, Any]:
    return {
        "name": manifest.name,
        "snapshot_at": manifest.snapshot_at,
        "finished_at": manifest.finished_at,
        "schema_version": manifest.database.schema_version,
        "rows": manifest.database.rows,
        "files": len(manifest.files),
        "size_bytes": manifest.size_bytes,
        "archive": manifest.archive,
        "recipients": manifest.recipients,
        "problems": manifest.problems,
    }


def _teller() -> Any:
    """Return a listener that tells on stderr, now and then and when a stage is done."""
    last = time.monotonic()

    def tell(progress: "BackupProgress") -> None:
        nonlocal last
        now = time.monotonic()
        if progress.done != progress.total and now - last < TELL_EVERY_S:
            return
        last = now
        print(
            f"{progress.stage}: {progress.done:,} of {progress.total:,} {progress.unit}",
            file=sys.stderr,
        )

    return tell

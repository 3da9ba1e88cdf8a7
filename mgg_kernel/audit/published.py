"""Heads of the chain in a file outside the database, which who rewrites the database forgets."""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mgg_kernel.audit.seals import Head
from mgg_kernel.errors import StoreError

__all__ = ["Published", "publish_head", "published_heads"]


@dataclass(frozen=True)
class Published:
    """A head that was published.

    Attributes:
        genesis: the beginning of the chain that it belongs to.
        number: of the last entry that was linked then.
        hash: of that entry.
        published_at: when.
    """

    genesis: str
    number: int
    hash: str
    published_at: datetime


def publish_head(file: Path, genesis: str, head: Head) -> Published:
    """Append a head to a file, which only its owner may read, and wait until it is on the disk.

    Raises:
        StoreError: the file cannot be written.
    """
    told = Published(genesis, head.number, head.hash, datetime.now(UTC))
    line = json.dumps(
        {
            "genesis": told.genesis,
            "number": told.number,
            "hash": told.hash,
            "published_at": told.published_at.isoformat(),
        }
    )
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        is_new = not file.exists()
        opened = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # One write of one line: two that publish at once do not tear each other's.
            os.write(opened, line.encode() + b"\n")
            os.fsync(opened)
        finally:
            os.close(opened)
        if is_new:
            _sync_folder(file.parent)
    except OSError as error:
        raise StoreError(
            f"The head of the log could not be published to {file} ({error.strerror}); check the "
            "folder, or set MGG_AUDIT_HEAD_FILE."
        ) from error
    return told


def published_heads(file: Path) -> tuple[list[Published], list[int]]:
    """Return the heads that were published, oldest first, and the lines that are none.

    Raises:
        StoreError: the file is there and cannot be read.
    """
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return [], []
    except OSError as error:
        raise StoreError(
            f"The published heads in {file} cannot be read ({error.strerror}); check its rights."
        ) from error
    found: list[Published] = []
    bad: list[int] = []
    for number, line in enumerate(lines, 1):
        try:
            told = json.loads(line)
            found.append(
                Published(
                    str(told["genesis"]),
                    int(told["number"]),
                    str(told["hash"]),
                    datetime.fromisoformat(told["published_at"]),
                )
            )
        except (ValueError, KeyError, TypeError):
            bad.append(number)
    return found, bad


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)

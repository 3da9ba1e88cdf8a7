"""What a backup says of itself: its files with their checksums, and what the database held."""

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mgg_kernel.errors import BackupError

__all__ = ["MANIFEST", "DatabaseFacts", "Entry", "Manifest", "read_manifest"]

MANIFEST = "manifest.json"
FORMAT = 1


@dataclass(frozen=True)
class Entry:
    """A file of a backup.

    Attributes:
        path: where it lies in the lab: ``files/ab/…``, ``parquet_archive/…``; in the backup the
            same with ``.age`` behind it.
        kind: ``database``, ``bundle`` (secrets and roles), ``file``, ``archive`` or ``other``.
        plain_bytes: its size before encryption.
        plain_sha256: SHA-256 before encryption.
        size_bytes: size of the encrypted file.
        sha256: SHA-256 of the encrypted file.
    """

    path: str
    kind: str
    plain_bytes: int
    plain_sha256: str
    size_bytes: int
    sha256: str

    @property
    def stored(self) -> str:
        """Where the encrypted file lies in the backup."""
        return f"{self.path}.age"


@dataclass(frozen=True)
class DatabaseFacts:
    """What a database held at one moment, to be found again after a restore.

    Attributes:
        schema_version: of its schema.
        tables: rows and digest of each table; the digest is that of the rows in any order.
        sequences: where each number that counts up stood at least.
        objects: how many constraints, policies, triggers and functions there are.
    """

    schema_version: str
    tables: dict[str, tuple[int, str]]
    sequences: dict[str, int]
    objects: dict[str, int]

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(rows for rows, _ in self.tables.values())


@dataclass(frozen=True)
class Manifest:
    """A backup.

    Attributes:
        name: of its folder: the moment it was begun, in UTC.
        created_at: when it was begun (ISO 8601, UTC).
        finished_at: when it was whole.
        snapshot_at: the moment that the database is of.
        code_version: of the program.
        postgres: version of the server.
        database_bytes: size of the database on the server.
        recipients: public keys that can read it.
        archive: where the cold store is: ``folder`` (its files are here) or ``bucket`` (they stay
            there and are only referred to).
        archive_url: of the cold store.
        database: what the database held.
        files: every file of the backup.
        problems: what was wrong in the lab, such as a file that was lost before the backup.
    """

    name: str
    created_at: str
    finished_at: str
    snapshot_at: str
    code_version: str
    postgres: str
    database_bytes: int
    recipients: list[str]
    archive: str
    archive_url: str
    database: DatabaseFacts
    files: list[Entry]
    problems: list[str] = field(default_factory=list)

    @property
    def size_bytes(self) -> int:
        """Size of all encrypted files."""
        return sum(one.size_bytes for one in self.files)

    def of_kind(self, kind: str) -> list[Entry]:
        """Return the files of one kind."""
        return [one for one in self.files if one.kind == kind]

    def only(self, kind: str) -> Entry:
        """Return the file of a kind of which there is one.

        Raises:
            BackupError: there is not.
        """
        found = self.of_kind(kind)
        if len(found) != 1:
            raise BackupError(f"The manifest of {self.name} names no {kind}; take another backup.")
        return found[0]

    def text(self, seal_key: str) -> str:
        """Return the manifest as JSON, sealed: whoever lacks the lab's key cannot change it."""
        document = {"format": FORMAT, **asdict(self)}
        return json.dumps({**document, "seal": _seal(document, seal_key)}, indent=1) + "\n"


def read_manifest(folder: Path, seal_key: str | None = None) -> Manifest:
    """Read the manifest of a backup.

    Args:
        folder: of the backup.
        seal_key: the lab's key; None: the seal is not looked at.

    Raises:
        BackupError: there is none, it cannot be read, or it was changed.
    """
    path = folder / MANIFEST
    try:
        document: dict[str, Any] = json.loads(path.read_text("utf-8"))
        seal, version = document.pop("seal"), document.get("format")
        if version != FORMAT:
            raise BackupError(f"{path} is of format {version}, not {FORMAT}; update this program.")
        fields = {name: value for name, value in document.items() if name != "format"}
        facts = fields.pop("database")
        facts["tables"] = {name: (rows, sha) for name, (rows, sha) in facts["tables"].items()}
        files = [_entry(one, path) for one in fields.pop("files")]
        manifest = Manifest(**fields, database=DatabaseFacts(**facts), files=files)
    except OSError as error:
        raise BackupError(f"{path} cannot be read ({error.strerror}); take another copy.") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BackupError(f"{path} is damaged; take another copy of the backup.") from None
    if seal_key is not None and not hmac.compare_digest(seal, _seal(document, seal_key)):
        raise BackupError(f"{path} was changed after the backup was made; do not trust it.")
    return manifest


def _entry(document: dict[str, Any], path: Path) -> Entry:
    entry = Entry(**document)
    parts = Path(entry.path).parts
    if Path(entry.path).is_absolute() or ".." in parts or not parts:
        raise BackupError(f"{path} names the file {entry.path!r} outside the backup; distrust it.")
    return entry


def _seal(document: dict[str, Any], key: str) -> str:
    plain = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    return hmac.new(key.encode(), plain, hashlib.sha256).hexdigest()

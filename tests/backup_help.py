"""A lab with backups, for the tests of backups."""

import os
from datetime import datetime
from pathlib import Path

from archive_help import ArchiveLab, day

from mgg_kernel.backup.age import Identity
from mgg_kernel.backup.place import BackupPlace
from mgg_kernel.hot.database import Caller
from mgg_kernel.workspace import Workspace

KEY = Identity.generate()


class BackupLab:
    """A lab with hot and cold curves, uploaded files and a secret, and its backups."""

    def __init__(self, lab: ArchiveLab, folder: Path) -> None:
        self.lab = lab
        self.backups = folder / "backups"
        self.settings = lab.settings.model_copy(
            update={
                "backup_dir": self.backups,
                "backup_recipient": KEY.recipient,
                "backup_database_url": type(lab.settings.database_url)(lab.owner_url),  # type: ignore[misc]
            }
        )
        self.identity = folder / "identity"
        self.identity.write_text(f"# public key: {KEY.recipient}\n{KEY.secret()}\n")
        lab.foundation.settings = self.settings

    def open_as(self, username: str = "admin") -> Workspace:
        return Workspace(self.lab.foundation, Caller(username))

    @property
    def newest(self) -> Path:
        return BackupPlace(self.backups).folder("latest")

    def add_test(self, at: datetime) -> int:
        """Store a test of another time, and the file that it came from."""
        sha256 = self.lab.foundation.files.put(os.urandom(8) * 20_000).sha256
        return self.lab.add_test(at, sha256=sha256)

    def fill(self) -> None:
        """Store hot and cold curves, with the files that they came from."""
        self.add_test(day(2024, 2, 1))
        self.lab.add_simulation(day(2026, 9, 1))
        self.lab.open_as().archive.run()
        self.add_test(day(2026, 10, 1))

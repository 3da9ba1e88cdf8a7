"""The scheduled backup and the restore drill: each fails loudly where something is not in order."""

from typing import TYPE_CHECKING

from mgg_kernel.errors import BackupError
from mgg_kernel.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["backup_table", "drill_table"]

MIB = 1024 * 1024


def backup_table(ws: Workspace, *, prune: bool = True) -> "pd.DataFrame":
    """Make a backup, remove those that need not be kept, and return the ones that are there.

    Args:
        ws: of an administrator.
        prune: whether old backups are removed.

    Raises:
        AccessError: the acting account is no administrator.
        BackupError: none could be made, or the lab has lost something.
    """
    import pandas as pd

    if not isinstance(prune, bool):
        raise BackupError(f"prune must be true or false, not {prune!r}; write -y 'prune: true'.")
    made = ws.backups.run()
    if made.problems:
        raise BackupError(f"{made.name} was made, but the lab is damaged: {made.problems[0]}")
    if prune:
        ws.backups.prune()
    rows = [
        (
            one.name,
            one.problem or "whole",
            None if one.manifest is None else one.manifest.database.rows,
            None if one.manifest is None else round(one.manifest.size_bytes / MIB, 1),
        )
        for one in ws.backups.list()
    ]
    return pd.DataFrame(rows, columns=["backup", "state", "rows", "MiB"])


def drill_table(ws: Workspace, *, backup: str = "latest") -> "pd.DataFrame":
    """Restore a backup into a scratch server, compare everything, and return what was proved.

    Args:
        ws: of an administrator; the settings name the private key.
        backup: name of the backup.

    Raises:
        AccessError: the acting account is no administrator.
        BackupError: it cannot be restored, or something differs.
    """
    import pandas as pd

    findings = ws.backups.verify(backup, restore=True)
    if findings:
        first = findings[0]
        raise BackupError(
            f"The drill of {backup} found {len(findings)} things, first {first.path}: {first.text}"
        )
    return pd.DataFrame([(backup, "restored and equal")], columns=["backup", "result"])

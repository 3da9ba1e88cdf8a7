"""What a crash may leave behind in the file store, and taking it away."""

from mgg_kernel.hot import test_results
from mgg_kernel.hot.database import Caller
from mgg_kernel.workspace.foundation import Foundation

__all__ = ["sweep_files"]

AGE_S = 3600.0
"""Younger files are left alone: their rows may be about to be committed."""


def sweep_files(foundation: Foundation) -> int:
    """Remove files that neither a test nor a recipe names, and return how many there were.

    A file is stored before the row that names it, so a crash in between leaves a file and no
    row.
    """
    with foundation.database.begin(Caller("system")) as (connection, _):
        named = test_results.stored_hashes(connection)
    swept = foundation.files.sweep_temporary(older_than_s=AGE_S)
    for sha256 in list(foundation.files.orphans(named, older_than_s=AGE_S)):
        swept += foundation.files.remove(sha256, older_than_s=AGE_S)
    return swept

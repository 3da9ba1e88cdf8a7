"""The SQLite database of the predecessor application, read and never written.

Two shapes of it exist in the field: one with a table for each thing, and a compact one that keeps
curves as JSON.  Both come out as the same rows.
"""

from mgg_kernel.predecessor.database import Predecessor, open_predecessor
from mgg_kernel.predecessor.rows import OldCurve, OldOrder, OldRow, OldUser

__all__ = ["OldCurve", "OldOrder", "OldRow", "OldUser", "Predecessor", "open_predecessor"]

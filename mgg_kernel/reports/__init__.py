"""What the scheduled notebooks call: one function each, whose result the notebook shows."""

from mgg_kernel.reports.archiving import archive_table

__all__ = ["archive_table"]

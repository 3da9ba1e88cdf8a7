"""Ingest: from an untrusted workbook to checked PT curves."""

from mgg_kernel.ingest.example import example_curve
from mgg_kernel.ingest.limits import Limits
from mgg_kernel.ingest.names import display_name
from mgg_kernel.ingest.workbook import ReadCurve, read_workbook
from mgg_kernel.ingest.writer import write_lab_workbook

__all__ = [
    "Limits",
    "ReadCurve",
    "display_name",
    "example_curve",
    "read_workbook",
    "write_lab_workbook",
]

"""Ingest: from an untrusted workbook to checked PT curves."""

from mgg_kernel.ingest.example import example_curve
from mgg_kernel.ingest.layouts import ImportChoice, ImportProfile, UnclearError
from mgg_kernel.ingest.limits import Limits
from mgg_kernel.ingest.names import display_name
from mgg_kernel.ingest.preview import ColumnPreview, SheetPreview, preview_sheets
from mgg_kernel.ingest.recipes import (
    RecipeBook,
    RecipeRow,
    Reported,
    read_recipe_workbook,
    vessel_volume_ml,
)
from mgg_kernel.ingest.text import CHANNEL_NAME, TEXT_ENDINGS
from mgg_kernel.ingest.workbook import ReadCurve, read_workbook
from mgg_kernel.ingest.writer import write_lab_workbook

__all__ = [
    "CHANNEL_NAME",
    "TEXT_ENDINGS",
    "ColumnPreview",
    "ImportChoice",
    "ImportProfile",
    "Limits",
    "ReadCurve",
    "RecipeBook",
    "RecipeRow",
    "Reported",
    "SheetPreview",
    "UnclearError",
    "display_name",
    "example_curve",
    "preview_sheets",
    "read_recipe_workbook",
    "read_workbook",
    "vessel_volume_ml",
    "write_lab_workbook",
]

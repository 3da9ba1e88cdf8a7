"""Layouts: where the curves stand in a grid of cells, told by its header or by a person."""

from mgg_kernel.ingest.layouts.asking import UnclearError
from mgg_kernel.ingest.layouts.choice import ImportChoice
from mgg_kernel.ingest.layouts.detect import (
    BadCellError,
    SheetTables,
    Table,
    find_tables,
    layout_of,
    records_of,
)
from mgg_kernel.ingest.layouts.profile import ImportProfile, SheetLayout

__all__ = [
    "BadCellError",
    "ImportChoice",
    "ImportProfile",
    "SheetLayout",
    "SheetTables",
    "Table",
    "UnclearError",
    "find_tables",
    "layout_of",
    "records_of",
]

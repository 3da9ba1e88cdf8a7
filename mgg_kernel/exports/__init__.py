"""Results as files for other programs and people: XLSX, CSV, Parquet, HTML, PDF and SVG."""

from mgg_kernel.exports.document import Document, Origin, Provenance, Table
from mgg_kernel.exports.of_comparison import comparison_document
from mgg_kernel.exports.of_lots import Judged, corridor_document, lot_document
from mgg_kernel.exports.of_many import matrix_document, overlay_document
from mgg_kernel.exports.words import LANGUAGES, Language, said_in
from mgg_kernel.exports.writing import FORMATS, Format, check_place, format_of, write_document

__all__ = [
    "FORMATS",
    "LANGUAGES",
    "Document",
    "Format",
    "Judged",
    "Language",
    "Origin",
    "Provenance",
    "Table",
    "check_place",
    "comparison_document",
    "corridor_document",
    "format_of",
    "lot_document",
    "matrix_document",
    "overlay_document",
    "said_in",
    "write_document",
]

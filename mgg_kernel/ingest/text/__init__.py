"""Tables in text files: CSV, TXT and what recorders export."""

from mgg_kernel.ingest.text.table import TEXT_ENDINGS, read_text

__all__ = ["TEXT_ENDINGS", "read_text"]

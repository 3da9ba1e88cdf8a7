"""Tables in text files: CSV, TXT, what recorders export, and ISO/TS 13499 channels."""

from mgg_kernel.ingest.text.channel import CHANNEL_NAME, read_channel
from mgg_kernel.ingest.text.table import TEXT_ENDINGS, read_text

__all__ = ["CHANNEL_NAME", "TEXT_ENDINGS", "read_channel", "read_text"]

"""Files: the uploaded workbooks, kept as they came."""

from mgg_kernel.files.store import FileStore, StoredFile

__all__ = ["FileStore", "StoredFile"]

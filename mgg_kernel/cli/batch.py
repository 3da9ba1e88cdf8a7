"""Many files on one command line: which they are, and how far they are."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from mgg_kernel.errors import IngestError
from mgg_kernel.ingest import CHANNEL_NAME, TEXT_ENDINGS

__all__ = ["BatchLine", "files_of"]

ENDINGS = (".xlsx", ".tdms", *TEXT_ENDINGS)


def files_of(paths: Sequence[Path]) -> list[Path]:
    """Return the files that a person named; a folder stands for the measured files in it, by name.

    Raises:
        IngestError: a folder holds none, or cannot be read.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        try:
            inside = sorted(
                one
                for one in path.iterdir()
                # A spreadsheet program's lock file begins with ~$.
                if (one.name.lower().endswith(ENDINGS) or CHANNEL_NAME.search(one.name))
                and not one.name.startswith((".", "~$"))
            )
        except OSError as error:
            raise IngestError(f"{path} cannot be read: {error.strerror}.") from None
        if not inside:
            raise IngestError(f"The folder {path} holds no file that ends with .xlsx or .csv.")
        found += inside
    return found


class BatchLine:
    """A line on a terminal: how many of how many files are done, how fast, and what is left.

    Args:
        total: how many files there are.
    """

    def __init__(self, total: int) -> None:
        self._total, self._done = total, 0
        self._began = time.monotonic()
        self._shown = sys.stderr.isatty() and total > 1

    def say(self) -> None:
        """One more file is done."""
        self._done += 1
        if not self._shown:
            return
        speed = self._done / max(time.monotonic() - self._began, 1e-3)
        left_s = (self._total - self._done) / speed
        sys.stderr.write(
            f"\r{self._done}/{self._total} files, {speed:.1f} files/s, {left_s:.0f} s left \033[K"
        )
        sys.stderr.flush()

    def end(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()

"""Writing a document where it is wanted: whole or not at all, and over nothing unasked."""

import errno
import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Literal, get_args

from mgg_kernel.errors import ExportError
from mgg_kernel.exports.csv_text import write_csv
from mgg_kernel.exports.document import Document
from mgg_kernel.exports.page import write_html
from mgg_kernel.exports.parquet import write_parquet
from mgg_kernel.exports.pdf import write_pdf
from mgg_kernel.exports.svg import write_svg
from mgg_kernel.exports.xlsx import write_xlsx

__all__ = ["FORMATS", "Format", "check_place", "format_of", "write_document"]

Format = Literal["xlsx", "csv", "parquet", "html", "pdf", "svg"]
FORMATS: tuple[Format, ...] = get_args(Format)

_WRITERS: dict[Format, Callable[[Document, IO[bytes]], None]] = {
    "xlsx": write_xlsx,
    "csv": write_csv,
    "parquet": write_parquet,
    "html": write_html,
    "pdf": write_pdf,
    "svg": write_svg,
}


def format_of(path: Path, format: str | None = None) -> Format:  # noqa: A002
    """Return the format that a name ends with, or the one that is asked for.

    Raises:
        ExportError: there is no such format.
    """
    word = (format or path.suffix.removeprefix(".")).lower()
    for known in FORMATS:
        if word == known:
            return known
    ends = ", ".join(f".{known}" for known in FORMATS)
    raise ExportError(f"{path} has no format that can be written; let its name end with {ends}.")


def check_place(path: Path, *, force: bool = False) -> None:
    """Refuse a place that cannot be written, before long work is done for it.

    Raises:
        ExportError: there is no such folder, it may not be written, or there is a file already.
    """
    try:
        if path.is_dir():
            raise ExportError(f"{path} is a folder; give the name of a file.")
        if not path.parent.is_dir():
            raise ExportError(f"{path} cannot be written: there is no folder {path.parent}.")
        if not force and os.path.lexists(path):
            raise ExportError(f"{path} is there already; choose another name, or --force.")
        if not os.access(path.parent, os.W_OK):
            raise ExportError(f"{path} cannot be written: its folder may not be written to.")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ExportError(f"{str(path)!r} cannot be written: {reason}.") from None


def write_document(
    document: Document,
    target: str | Path | IO[bytes],
    *,
    format: str | None = None,  # noqa: A002
    force: bool = False,
) -> None:
    """Write a document to a file, or into a buffer.

    Args:
        document: what to write.
        target: a path, or something open for writing bytes.
        format: one of :data:`FORMATS`; for a path, None means what its name ends with.
        force: whether a file that is there already is replaced.

    Raises:
        ExportError: the format is not known, or the place cannot be written.
    """
    if not isinstance(target, str | Path):
        _WRITERS[format_of(Path("buffer"), format)](document, target)
        return
    path = Path(target)
    chosen = format_of(path, format)
    check_place(path, force=force)
    made = io.BytesIO()
    _WRITERS[chosen](document, made)
    _put(path.resolve() if force else path, made.getvalue(), force=force)


# What a file system without hard links answers: exFAT, FAT, and many folders of a network.
_NO_LINKS = {
    errno.EPERM,
    errno.EACCES,
    errno.ENOTSUP,
    errno.EOPNOTSUPP,
    errno.ENOSYS,
    errno.EINVAL,
    errno.EMLINK,
}


def _put_new(part: Path, path: Path, data: bytes) -> None:
    """Put what is written in its place; unlike a rename, refuse a file that has come meanwhile."""
    try:
        path.hardlink_to(part)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
    else:
        return
    with path.open("xb") as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            path.unlink(missing_ok=True)  # it is ours: nobody else could make it
            raise


def _put(path: Path, data: bytes, *, force: bool) -> None:
    """Write beside the place, then put it there in one step."""
    part: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=".mgg-", suffix=".part", delete=False
        ) as file:
            part = Path(file.name)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        part.chmod(0o666 & ~mask)
        if force:
            part.replace(path)
        else:
            _put_new(part, path, data)
    except FileExistsError:
        raise ExportError(f"{path} is there already; choose another name, or --force.") from None
    except (OSError, ValueError) as error:  # a name with NUL is a ValueError
        reason = getattr(error, "strerror", None) or error
        shown = str(path).replace("\0", "\\0")
        raise ExportError(f"{shown} cannot be written: {reason}.") from None
    finally:
        if part is not None:
            part.unlink(missing_ok=True)

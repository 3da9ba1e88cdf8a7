"""Holding the cold store against its books: nothing missing, nothing changed, nothing foreign."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from mgg_kernel.cold import catalogue
from mgg_kernel.cold.catalogue import Batch
from mgg_kernel.cold.layouts import LAYOUTS
from mgg_kernel.cold.reading import FileLabel, read_back
from mgg_kernel.cold.stored import ArchivePlace, StoredFile
from mgg_kernel.errors import ArchiveDownError, ArchiveError

__all__ = ["Finding", "verify_archive"]


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be.

    Attributes:
        kind: ``missing`` or ``changed`` (a file of the books), ``foreign`` (a file that the books
            do not name), ``twice`` (rows hot and cold at once), ``books`` (the books contradict
            themselves).
        path: the file, as the books name it.
        text: what is wrong, for a person.
    """

    kind: Literal["missing", "changed", "foreign", "twice", "books"]
    path: str
    text: str


def verify_archive(connection: Connection, place: ArchivePlace) -> list[Finding]:
    """Read every byte of the cold store and hold it against the books.

    Args:
        connection: a transaction of the archiver.
        place: the folder of the cold store.

    Returns:
        What is wrong; nothing if all is well.
    """
    known = catalogue.batches(connection)
    findings = [
        finding
        for batch in known
        if batch.state in ("archived", "restored")
        for finding in (*_file_findings(place, batch), *_book_findings(connection, batch))
    ]
    named = {one.path for one in known if one.state != "aborted"}
    under_way = {place.temporary(one.path, one.id) for one in known if one.state == "exporting"}
    foreign = [name for name in place.names() if name not in named]
    foreign += [
        f"{path.parent.name}/{path.name}" for path in place.leftovers() if path not in under_way
    ]
    text = "no batch of this database names it"
    findings += [Finding("foreign", name, text) for name in sorted(foreign)]
    return findings


def _file_findings(place: ArchivePlace, batch: Batch) -> Iterator[Finding]:
    file = place.file(batch.path)
    try:
        size, sha256 = file.size(), file.sha256()
    except FileNotFoundError:
        yield Finding("missing", batch.path, "the file is not there")
        return
    except OSError as error:
        yield Finding("missing", batch.path, f"the file cannot be read ({error.strerror})")
        return
    if size != batch.size_bytes:
        text = f"the file has {size:,} bytes, not {batch.size_bytes:,}"
        yield Finding("changed", batch.path, text)
    elif sha256 != batch.sha256:
        yield Finding("changed", batch.path, "the file's SHA-256 is another one")
    else:
        yield from _content_findings(file, batch)


def _content_findings(file: StoredFile, batch: Batch) -> Iterator[Finding]:
    """The file is the one that was archived; its rows must still be what the books prove."""
    try:
        layout = LAYOUTS[batch.table_name].of_fingerprint(batch.schema_fingerprint)
    except ArchiveError as error:
        yield Finding("books", batch.path, str(error))
        return
    label = FileLabel(
        table=batch.table_name,
        batch=batch.id,
        run=str(batch.run_id),
        period_start=batch.period_start.isoformat(),
        period_end=batch.period_end.isoformat(),
        segment=batch.segment,
        schema_version=layout.version,
    )
    try:
        sums, digests = read_back(file, layout, label)
    except ArchiveDownError:
        raise
    except ArchiveError as error:
        yield Finding("changed", batch.path, str(error))
        return
    proof = batch.aggregates or {}
    if sums.rows != batch.row_count or sums.plain() != proof.get("columns"):
        yield Finding("books", batch.path, "the file's sums are not those in the catalogue")
    elif digests.plain() != proof.get("digests"):
        yield Finding("books", batch.path, "the file's digests are not those in the catalogue")


def _book_findings(connection: Connection, batch: Batch) -> Iterator[Finding]:
    layout = LAYOUTS[batch.table_name]
    if layout.curve is None or batch.state != "archived":
        return
    cold = sum(one.sample_count for one in catalogue.curves_of(connection, batch))
    # Fewer is right: single curves may have been restored.
    if cold > (batch.row_count or 0):
        text = f"the catalogue's curves have {cold:,} rows, the file {batch.row_count:,}"
        yield Finding("books", batch.path, text)
    twice = catalogue.hot_and_cold(connection, layout, batch.period)
    if twice is not None:
        yield Finding("twice", batch.path, f"{layout.curve} {twice} is in PostgreSQL as well")

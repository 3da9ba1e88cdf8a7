"""The archiver's first act: to find everything as the books say, and to clear up after a crash.

Only files are removed that this database's books know to be of an attempt that came to nothing: by
their batch number, and where they have been published also by the run that they name.  A file of
anybody else is left alone.
"""

from sqlalchemy import Connection

from mgg_kernel.cold import catalogue
from mgg_kernel.cold.catalogue import Batch
from mgg_kernel.cold.place import SUFFIX, batch_of_temporary
from mgg_kernel.cold.reading import read_label
from mgg_kernel.cold.session import ArchiveSession
from mgg_kernel.cold.stored import ArchivePlace, StoredFile
from mgg_kernel.errors import ArchiveDownError, ArchiveError

__all__ = ["recover", "require_files"]


def recover(session: ArchiveSession, place: ArchivePlace) -> list[Batch]:
    """Check all files of the books, and take back what a crash left half done.

    Args:
        session: holds the archiver's lock.
        place: the folder of the cold store.

    Returns:
        The attempts that were still under way when their program ended.

    Raises:
        ArchiveError: a file is missing or was changed.
    """
    with session.transaction() as connection:
        known = catalogue.batches(connection)
    require_files(place, known)
    _remove_leftovers(place, known)
    broken_off = [batch for batch in known if batch.state == "exporting"]
    with session.transaction() as connection:
        _abort_all(connection, broken_off)
    return broken_off


def require_files(place: ArchivePlace, known: list[Batch]) -> None:
    """Check that every archived file is there with its size and its SHA-256.

    Raises:
        ArchiveError: one is not.
    """
    for batch in known:
        if batch.state != "archived":
            continue
        file = place.file(batch.path)
        try:
            fits = file.size() == batch.size_bytes and file.sha256() == batch.sha256
        except FileNotFoundError:
            raise ArchiveError(
                f"The archived file {file} is missing; restore it from a backup before anything "
                "else is archived."
            ) from None
        except OSError as error:
            raise place.failure("read", error) from error
        if not fits:
            raise ArchiveError(
                f"The archived file {file} is not what was archived (size or SHA-256 differ); "
                "restore it from a backup before anything else is archived."
            )


def _remove_leftovers(place: ArchivePlace, known: list[Batch]) -> None:
    by_id = {batch.id: batch for batch in known}
    named = {batch.path for batch in known if batch.state in ("archived", "restored")}
    attempts = {batch.path for batch in known if batch.state in ("exporting", "aborted")}
    for path in list(place.leftovers()):
        temporary = batch_of_temporary(path)
        batch = by_id.get(temporary[1]) if temporary is not None else None
        if batch is not None and place.temporary(batch.path, batch.id) == path:
            place.remove_temporary(path)
    for name in list(place.names()):
        is_attempt = name.endswith(SUFFIX) and name not in named and name in attempts
        if is_attempt and _is_of(place.file(name), by_id):
            place.remove(name)


def _is_of(file: StoredFile, by_id: dict[int, Batch]) -> bool:
    """Return whether a published file is of an attempt of this database."""
    try:
        label = read_label(file)
    except ArchiveDownError:
        raise
    except ArchiveError:
        return False  # not ours, or damaged: its place is taken, which publishing will tell
    batch = by_id.get(int(label.get("batch", -1)))
    return batch is not None and label.get("run") == str(batch.run_id)


def _abort_all(connection: Connection, broken_off: list[Batch]) -> None:
    for batch in broken_off:
        catalogue.abort(connection, batch.id)

"""``ws.quarantine``: files that were refused and kept, to be looked at and tried again."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from mgg_kernel.errors import ConflictError
from mgg_kernel.hot import quarantine
from mgg_kernel.hot.log import write_log
from mgg_kernel.hot.quarantine import Outcome, QuarantinedFile
from mgg_kernel.workspace.office import Office

if TYPE_CHECKING:
    from mgg_kernel.workspace.tests import IngestResult, Tests

__all__ = ["Quarantine", "keep_refused"]

DISCARD = "discard a file in quarantine"


def keep_refused(office: Office, data: bytes, shown: str, reason: str) -> None:
    """Keep the bytes of a file that was refused.

    Args:
        office: whose.
        data: the file's bytes, as they were sent; nobody reads them but who asks for them.
        shown: the file's name, fit to be shown.
        reason: the sentence that it was refused with.

    Raises:
        StoreError: the disk refuses.
    """
    # The row is made with the file on the disk: what is left by a crash in between is swept.
    with office.transaction() as connection:
        kept = office.files.put(data)
        quarantine.keep_file(
            connection,
            sha256=kept.sha256,
            size_bytes=kept.size_bytes,
            file_name=shown,
            reason=reason,
        )
        _log(connection, "put a file in quarantine", shown, kept.sha256)


class Quarantine:
    """The files of the acting account's team that were refused and kept."""

    def __init__(self, office: Office, tests: "Tests") -> None:
        self._office, self._tests = office, tests

    def original(self, file_id: int) -> bytes:
        """Return the bytes of a file, as they were sent.

        Raises:
            NotFoundError: there is no such file, or this account may not see it.
            StoreError: the bytes are gone: a discarded file's are removed.
        """
        with self._office.transaction() as connection:
            found = quarantine.get_file(connection, file_id)
        return self._office.files.get(found.sha256)

    def retry(self, file_id: int, **how: Any) -> "list[IngestResult]":
        """Ingest a file after all, as ``ws.tests.ingest`` does.

        Args:
            file_id: of the file.
            **how: what is known of it now, such as ``choice``: the arguments of ``ingest``.

        Raises:
            IngestError: it is refused once more, and stays where it is.
            ConflictError: it was settled before.
            NotFoundError: there is no such file, or this account may not see it.
        """
        with self._office.transaction() as connection:
            found = quarantine.get_file(connection, file_id)
        if found.outcome is not None:
            raise ConflictError(f"The file {file_id} of the quarantine is {found.outcome} already.")
        results = self._tests.ingest(self._office.files.get(found.sha256), found.file_name, **how)
        # Not in one transaction with the tests: cut off here, trying again finds duplicates.
        self._settle(found, "ingested", "ingest a file of the quarantine")
        return results

    def discard(self, file_id: int) -> None:
        """Give a file up; its bytes are removed when files are swept next.

        Raises:
            AccessError: the acting account may not.
            ConflictError: it was settled before.
            NotFoundError: there is no such file, or this account may not see it.
        """
        with self._office.doing("work", "ingest", DISCARD, file_id):
            with self._office.transaction() as connection:
                found = quarantine.get_file(connection, file_id)
            self._settle(found, "discarded", DISCARD)

    def _settle(self, found: QuarantinedFile, outcome: Outcome, action: str) -> None:
        with self._office.transaction() as connection:
            quarantine.settle(connection, found.id, outcome)
            _log(connection, action, found.file_name, found.sha256)

    # Last in the class: below it, list would be this method and not the type.
    def list(self, *, settled: bool = False) -> list[QuarantinedFile]:
        """Return the files that wait, newest first; or those that are settled."""
        with self._office.transaction() as connection:
            return quarantine.list_files(connection, settled=settled)


def _log(connection: Connection, action: str, file_name: str, sha256: str) -> None:
    write_log(
        connection,
        "ingest",
        action,
        object_type="quarantined_files",
        object_id=file_name,
        details={"sha256": sha256},
    )

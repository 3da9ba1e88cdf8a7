"""``ws.audit``: whether somebody has rewritten the operation log."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from mgg_kernel.audit.published import Published, publish_head, published_heads
from mgg_kernel.audit.seals import Head, chain_head, genesis, open_entries, seal
from mgg_kernel.errors import StoreError
from mgg_kernel.hot.bootstrap import SYSTEM
from mgg_kernel.hot.database import Caller, Database
from mgg_kernel.hot.log import LogFilter, list_log, write_log
from mgg_kernel.settings import Settings
from mgg_kernel.workspace.office import Office

if TYPE_CHECKING:
    from mgg_kernel.audit.verify import AuditReport

__all__ = ["Audit", "AuditState", "seal_and_publish"]

VERIFIED = "verify the operation log"


@dataclass(frozen=True)
class AuditState:
    """How the chain stands, without following it.

    Attributes:
        head: how far it reaches.
        open_entries: how many entries are not sealed yet.
        published: the last head that was published, None if there is none.
        verified_at: when the chain was followed last, None: never, as far as PostgreSQL knows.
        findings: how much was found then.
    """

    head: Head
    open_entries: int
    published: Published | None
    verified_at: datetime | None
    findings: int | None


class Audit:
    """The chain of the operation log; only an administrator may ask for it."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def verify(self, progress: Callable[[int], object] = lambda rows: None) -> "AuditReport":
        """Follow the chain over all entries, hot and cold, and hold it against published heads.

        Nothing is changed by it; afterwards the outcome is added to the log.

        Args:
            progress: told how many entries were read.

        Raises:
            AccessError: the acting account is no administrator.
        """
        from mgg_kernel.audit.verify import verify_log

        office = self._office
        with office.doing("archive", "system", VERIFIED):
            report = verify_log(
                office.database,
                office.caller,
                office.archive,
                office.settings.audit_heads,
                progress,
            )
            details = {
                "entries": report.entries,
                "findings": report.finding_count,
                "head": report.head.number if report.head else None,
            }
            with office.transaction() as connection:
                write_log(connection, "system", VERIFIED, details=details)
        return report

    def seal(self) -> int:
        """Link all entries that are committed, and return how many that were.

        Raises:
            AccessError: the acting account is no administrator.
        """
        with self._office.doing("archive", "system", "seal the operation log"):
            return _seal_all(self._office.database, self._office.caller)

    def head(self) -> Head:
        """Return how far the chain reaches.

        Raises:
            AccessError: the acting account is no administrator.
        """
        with (
            self._office.doing("archive", "system", "look at the log's chain"),
            self._office.transaction() as connection,
        ):
            return chain_head(connection)

    def publish(self) -> Published:
        """Seal, and append the head to the file of ``MGG_AUDIT_HEAD_FILE``.

        Raises:
            AccessError: the acting account is no administrator.
            StoreError: the file cannot be written.
        """
        with self._office.doing("archive", "system", "publish the log's head"):
            _seal_all(self._office.database, self._office.caller)
            return _publish(self._office.database, self._office.caller, self._office.settings)

    def state(self) -> AuditState:
        """Return how the chain stands, and when it was followed last.

        Raises:
            AccessError: the acting account is no administrator.
        """
        with (
            self._office.doing("archive", "system", "look at the log's chain"),
            self._office.transaction() as connection,
        ):
            head, unsealed = chain_head(connection), open_entries(connection)
            wanted = LogFilter(log_type="system", action=VERIFIED, outcome="done")
            last = list_log(connection, wanted, limit=1)
        published, _ = published_heads(self._office.settings.audit_heads)
        return AuditState(
            head,
            unsealed,
            published[-1] if published else None,
            last[0].recorded_at if last else None,
            int(last[0].details.get("findings", 0)) if last else None,
        )


def seal_and_publish(database: Database, settings: Settings) -> int:
    """Seal the log as the program's own account; if anything was sealed, publish the head.

    Returns:
        How many entries were sealed.

    Raises:
        StoreError: the database or the file of the heads refuses.
    """
    sealed = _seal_all(database, SYSTEM)
    if sealed:
        _publish(database, SYSTEM, settings)
    return sealed


def _seal_all(database: Database, caller: Caller) -> int:
    total = 0
    while True:
        with database.begin(caller) as (connection, _):
            sealed = seal(connection)
        if not sealed:
            return total
        total += sealed


def _publish(database: Database, caller: Caller, settings: Settings) -> Published:
    with database.begin(caller) as (connection, _):
        beginning, head = genesis(connection), chain_head(connection)
    if beginning is None:
        raise StoreError(
            "The beginning of the operation log's chain was removed from the database; run "
            "'mgg audit verify'."
        )
    return publish_head(settings.audit_heads, beginning.hash, head)

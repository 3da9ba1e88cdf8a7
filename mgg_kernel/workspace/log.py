"""``ws.log``: the operation log."""

from mgg_kernel.hot import log
from mgg_kernel.hot.log import LogEntry, Outcome
from mgg_kernel.workspace.office import Office

__all__ = ["Log"]


class Log:
    """The operation log: administrators see all of it, others what they did themselves."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def list(
        self,
        *,
        log_type: str | None = None,
        actor: str | None = None,
        outcome: Outcome | None = None,
        limit: int = 200,
    ) -> list[LogEntry]:
        """Return the newest entries, newest first.

        Args:
            log_type: only this kind, such as ``ingest`` or ``login``.
            actor: only what this account did.
            outcome: only what ended so: ``done``, ``refused`` or ``failed``.
            limit: at most so many.
        """
        with self._office.transaction() as connection:
            return log.list_log(
                connection, log_type=log_type, actor=actor, outcome=outcome, limit=limit
            )

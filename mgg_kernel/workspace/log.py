"""``ws.log``: the operation log."""

from datetime import datetime
from zoneinfo import ZoneInfo

from mgg_kernel.cold.log import look_at_log, newest_entries
from mgg_kernel.errors import SettingsError
from mgg_kernel.hot.log import LogEntry, LogFilter, Outcome
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
        action: str | None = None,
        outcome: Outcome | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 200,
    ) -> list[LogEntry]:
        """Return the newest entries, newest first, whether they are archived or not.

        Args:
            log_type: only this kind, such as ``ingest`` or ``login``.
            actor: only what this account did.
            action: only what was called just so, such as ``archive a period``.
            outcome: only what ended so: ``done``, ``refused`` or ``failed``.
            since: only what was done at this moment or later.
            until: only what was done before this moment.
            limit: at most so many.

        Raises:
            ArchiveError: an archived file that is needed is missing or damaged.
            SettingsError: a moment has no time zone, or the limit is negative.
        """
        if limit < 0:
            raise SettingsError(f"A limit of {limit} entries is not possible; give 0 or more.")
        if any(at is not None and at.tzinfo is None for at in (since, until)):
            raise SettingsError("A moment needs its time zone; give a datetime with one.")
        wanted = LogFilter(log_type, actor, action, outcome, since, until)
        with self._office.transaction() as connection:
            look = look_at_log(connection, wanted, limit)
        zone = ZoneInfo(self._office.settings.timezone)
        return newest_entries(look, self._office.archive, wanted, limit, zone)

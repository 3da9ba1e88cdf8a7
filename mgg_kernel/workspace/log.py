"""``ws.log``: the operation log."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import IO, Any, Literal
from zoneinfo import ZoneInfo

from mgg_kernel.cold.log import look_at_log, newest_entries
from mgg_kernel.errors import SettingsError
from mgg_kernel.exports import Document, Table, write_document
from mgg_kernel.hot.log import LogEntry, LogFilter, Outcome, write_log
from mgg_kernel.workspace.office import Office

__all__ = ["Log", "filter_of"]


EXPORTED = 50_000
"""Entries that one file holds at most; the newest."""
_HEADER: tuple[str, ...] = (
    "id",
    "recorded_at",
    "actor",
    "session_actor",
    "log_type",
    "action",
    "object_type",
)
_HEADER += ("object_id", "outcome", "address", "application", "details")


class Log:
    """The operation log: administrators see all of it, others what they did themselves."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def export(
        self,
        file: IO[bytes],
        *,
        format: Literal["csv", "xlsx"],  # noqa: A002
        **wanted: Any,
    ) -> int:
        """Write the newest entries, some ten thousands at most, and return how many those were.

        Args:
            file: open for writing bytes.
            format: ``csv`` or ``xlsx``.
            **wanted: which entries, as for :meth:`list`.

        Raises:
            SettingsError: there is no such format.
        """
        if format not in ("csv", "xlsx"):
            raise SettingsError(f"The log is not written as '{format}'; ask for csv or xlsx.")
        entries = self.list(**{**wanted, "limit": EXPORTED})
        rows = tuple(tuple(_plain(getattr(entry, name)) for name in _HEADER) for entry in entries)
        table = Table("entries", "Operation log", _HEADER, rows)
        said = {name: str(value) for name, value in wanted.items() if value is not None}
        document = Document(
            kind="operation_log",
            title="Operation log",
            answer=f"{len(rows):,} entries",
            data=table,
            tables=(table,),
            metadata={
                **said,
                "exported_by": self._office.caller.username,
                "exported_at_utc": datetime.now(UTC).isoformat(timespec="seconds"),
            },
        )
        write_document(document, file, format=format)
        with self._office.transaction() as connection:
            write_log(
                connection,
                "export",
                "export the operation log",
                object_type="operation_logs",
                details={"entries": len(rows), "format": format, **said},
            )
        return len(rows)

    # Last in the class: below it, list would be this method and not the type.
    def list(
        self,
        *,
        log_type: str | None = None,
        actor: str | None = None,
        action: str | None = None,
        outcome: Outcome | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        words: str | None = None,
        before: tuple[datetime, int] | None = None,
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
            words: only what has this text in its action, object, actor or details.
            before: only what comes behind the entry of this moment and number: an older page.
            limit: at most so many.

        Raises:
            ArchiveError: an archived file that is needed is missing or damaged.
            SettingsError: a moment has no time zone, or the limit is negative.
        """
        if limit < 0:
            raise SettingsError(f"A limit of {limit} entries is not possible; give 0 or more.")
        if any(
            at is not None and at.tzinfo is None
            for at in (since, until, before[0] if before else None)
        ):
            raise SettingsError("A moment needs its time zone; give a datetime with one.")
        wanted = LogFilter(log_type, actor, action, outcome, since, until, words, before)
        with self._office.transaction() as connection:
            look = look_at_log(connection, wanted, limit)
        zone = ZoneInfo(self._office.settings.timezone)
        return newest_entries(look, self._office.archive, wanted, limit, zone)


def filter_of(asked: Mapping[str, str], timezone: str) -> dict[str, Any]:
    """Return the arguments of :meth:`Log.list` that an address asks for; days are of the lab.

    Args:
        asked: ``type``, ``user``, ``outcome``, ``since``, ``until`` (the last day), ``text``.
        timezone: the lab's.

    Raises:
        SettingsError: a day is none.
    """
    zone = ZoneInfo(timezone)
    names = {"log_type": "type", "actor": "user", "outcome": "outcome", "words": "text"}
    found: dict[str, Any] = {name: asked.get(key) or None for name, key in names.items()}
    for name, more in (("since", timedelta()), ("until", timedelta(days=1))):
        day = asked.get(name)
        try:
            first = date.fromisoformat(day) if day else None
        except ValueError:
            raise SettingsError(f"'{day}' is no day; write it as 2026-11-23.") from None
        found[name] = None if first is None else datetime.combine(first + more, time(), zone)
    return found


def _plain(value: Any) -> Any:
    """Return a value as a cell: moments in ISO form, details as JSON."""
    if isinstance(value, datetime):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value

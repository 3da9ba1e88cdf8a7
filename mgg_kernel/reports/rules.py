"""When something is due: every hour, day, week or month, by the clock on the lab's wall."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from mgg_kernel.errors import SettingsError

__all__ = ["Rule", "parse_rule"]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = r"(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)"
_FORMS = {
    "hourly": re.compile(r"hourly :(?P<minute>[0-5]\d)"),
    "daily": re.compile(rf"daily {_CLOCK}"),
    "weekly": re.compile(rf"weekly (?P<weekday>{'|'.join(WEEKDAYS)}) {_CLOCK}"),
    "monthly": re.compile(rf"monthly (?P<day>[1-9]|1\d|2[0-8]) {_CLOCK}"),
}


@dataclass(frozen=True)
class Rule:
    """When something is due.

    Attributes:
        every: how often.
        at: by the clock on the wall; of an hourly rule only the minute counts.
        weekday: 0 for Monday, of a weekly rule.
        day: of the month, of a monthly rule, 28 at most.
    """

    every: Literal["hourly", "daily", "weekly", "monthly"]
    at: time
    weekday: int = 0
    day: int = 1

    def last_due(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Return the last moment at which it was due, `now` included, in UTC.

        Where the clocks are put forward over it, it is due when they have been; where they are put
        back over it, it is due once, the first time.  Each day has just one such moment.

        Args:
            now: with a time zone.
            zone: of the lab.
        """
        if self.every == "hourly":
            due = now.astimezone(UTC).replace(minute=self.at.minute, second=0, microsecond=0)
            return due if due <= now else due - timedelta(hours=1)
        day = now.astimezone(zone).date() + timedelta(days=1)
        while True:
            if self._is_on(day):
                due = self._moment(day, zone)
                if due <= now:
                    return due
            day -= timedelta(days=1)

    def next_due(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Return the first moment after `now` at which it is due, in UTC."""
        if self.every == "hourly":
            return self.last_due(now, zone) + timedelta(hours=1)
        day = now.astimezone(zone).date() - timedelta(days=1)
        while True:
            if self._is_on(day):
                due = self._moment(day, zone)
                if due > now:
                    return due
            day += timedelta(days=1)

    def __str__(self) -> str:
        clock = f"{self.at:%H:%M}"
        return {
            "hourly": f"hourly :{self.at:%M}",
            "daily": f"daily {clock}",
            "weekly": f"weekly {WEEKDAYS[self.weekday]} {clock}",
            "monthly": f"monthly {self.day} {clock}",
        }[self.every]

    def on_calendar(self, zone: ZoneInfo) -> str:
        """Return it as systemd writes it, after ``OnCalendar=``."""
        clock = f"{self.at:%H:%M}:00 {zone.key}"
        return {
            "hourly": f"*-*-* *:{self.at:%M}:00",
            "daily": f"*-*-* {clock}",
            "weekly": f"{WEEKDAYS[self.weekday].capitalize()} *-*-* {clock}",
            "monthly": f"*-*-{self.day:02d} {clock}",
        }[self.every]

    def cron(self) -> str:
        """Return it as the five fields of a crontab."""
        minute, hour = str(self.at.minute), str(self.at.hour)
        return {
            "hourly": f"{minute} * * * *",
            "daily": f"{minute} {hour} * * *",
            "weekly": f"{minute} {hour} * * {WEEKDAYS[self.weekday]}",
            "monthly": f"{minute} {hour} {self.day} * *",
        }[self.every]

    def _is_on(self, day: date) -> bool:
        if self.every == "weekly":
            return day.weekday() == self.weekday
        return self.every != "monthly" or day.day == self.day

    def _moment(self, day: date, zone: ZoneInfo) -> datetime:
        return datetime.combine(day, self.at, zone).astimezone(UTC)


def parse_rule(text: str) -> Rule:
    """Return the rule of a text.

    Args:
        text: ``hourly :05``, ``daily 07:30``, ``weekly mon 07:30`` or ``monthly 1 07:30``.

    Raises:
        SettingsError: it is none.
    """
    words = " ".join(text.lower().split())
    for every, form in _FORMS.items():
        found = form.fullmatch(words)
        if found is None:
            continue
        parts = found.groupdict()
        return Rule(
            every,  # type: ignore[arg-type]
            time(int(parts.get("hour") or 0), int(parts["minute"])),
            WEEKDAYS.index(parts["weekday"]) if "weekday" in parts else 0,
            int(parts.get("day") or 1),
        )
    raise SettingsError(
        f"'{text}' is no schedule; write 'hourly :05', 'daily 07:30', 'weekly mon 07:30' or "
        "'monthly 1 07:30', with a day of the month up to 28."
    )

"""What a report is about: a day, a week, a month or a year of the lab's time zone, or a moment."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from mgg_kernel.errors import ReportError

__all__ = ["Period", "PeriodKind", "closed_before", "parse_period"]

PeriodKind = Literal["day", "week", "month", "moment"]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_YEAR = re.compile(r"\d{4}")


@dataclass(frozen=True)
class Period:
    """From a moment up to another one, which is no part of it.

    Attributes:
        name: ``2026-01-31``, ``2026-W05``, ``2026-01`` or ``2026``.
    """

    name: str
    start: datetime
    end: datetime

    def days(self, zone: ZoneInfo) -> list[date]:
        """Return the days of it in a time zone."""
        first, last = self.start.astimezone(zone).date(), self.end.astimezone(zone).date()
        return [first + timedelta(days=n) for n in range((last - first).days)]


def parse_period(name: str, zone: ZoneInfo) -> Period:
    """Return the period of a name.

    Args:
        name: a day ``2026-01-31``, an ISO week ``2026-W05``, a month ``2026-01`` or a year.
        zone: of the lab, in which days begin at midnight.

    Raises:
        ReportError: it names none.
    """
    try:
        first, after = _days(name.strip())
        return Period(name.strip(), _midnight(first, zone), _midnight(after, zone))
    except (ValueError, OverflowError):
        raise ReportError(
            f"'{name}' is no period; write a day 2026-01-31, a week 2026-W05, a month 2026-01 or a "
            "year 2026."
        ) from None


def closed_before(kind: PeriodKind, now: datetime, zone: ZoneInfo) -> str:
    """Return the name of the last period that is over, or of this moment.

    Args:
        kind: of the period.
        now: with a time zone.
        zone: of the lab.
    """
    today = now.astimezone(zone).date()
    if kind == "day":
        return (today - timedelta(days=1)).isoformat()
    if kind == "week":
        year, week, _ = (today - timedelta(days=7)).isocalendar()
        return f"{year:04d}-W{week:02d}"
    if kind == "month":
        before = today.replace(day=1) - timedelta(days=1)
        return f"{before:%Y-%m}"
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _days(name: str) -> tuple[date, date]:
    if _DAY.fullmatch(name):
        first = date.fromisoformat(name)
        return first, first + timedelta(days=1)
    if found := _WEEK.fullmatch(name):
        first = date.fromisocalendar(int(found[1]), int(found[2]), 1)
        return first, first + timedelta(days=7)
    if found := _MONTH.fullmatch(name):
        first = date(int(found[1]), int(found[2]), 1)
        return first, (first + timedelta(days=31)).replace(day=1)
    if _YEAR.fullmatch(name):
        return date(int(name), 1, 1), date(int(name) + 1, 1, 1)
    raise ValueError(name)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    # Where midnight is skipped, the day begins when the clocks have been put forward.
    return datetime.combine(day, time(), zone).astimezone(UTC)

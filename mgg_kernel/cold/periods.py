"""Months and quarters: half-open stretches of UTC, so that no change of clocks moves a bound."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from mgg_kernel.errors import ArchiveError

__all__ = ["Period", "PeriodKind", "parse_period", "period_of", "periods_between"]

PeriodKind = Literal["month", "quarter"]
_NAME = re.compile(r"(\d{4})-(?:Q([1-4])|(0[1-9]|1[0-2]))")
_MONTHS = {"month": 1, "quarter": 3}


@dataclass(frozen=True, order=True)
class Period:
    """A month or quarter, `start` ≤ t < `end`."""

    start: datetime
    end: datetime

    @property
    def name(self) -> str:
        """``2024-Q1`` or ``2024-01``."""
        if _month_number(self.end) - _month_number(self.start) == 1:
            return f"{self.start:%Y-%m}"
        return f"{self.start:%Y}-Q{(self.start.month + 2) // 3}"


def period_of(at: datetime, kind: PeriodKind) -> Period:
    """Return the period in which a moment lies.

    Args:
        at: a moment, with its zone.
        kind: how long periods are.
    """
    months = _MONTHS[kind]
    first = _month_number(at.astimezone(UTC)) // months * months
    return Period(_month_start(first), _month_start(first + months))


def periods_between(first: datetime, last: datetime, kind: PeriodKind) -> list[Period]:
    """Return the periods from the one of `first` to the one of `last`, in order."""
    periods, at = [], first
    while at <= last:
        periods.append(period_of(at, kind))
        at = periods[-1].end
    return periods


def parse_period(text: str) -> Period:
    """Read the name of a period.

    Raises:
        ArchiveError: it is no quarter ``2024-Q1`` and no month ``2024-01``.
    """
    match = _NAME.fullmatch(text.strip())
    if match is None or match[1] == "0000":
        raise ArchiveError(f"'{text[:40]}' is no period; write 2024-Q1 or 2024-01.")
    if match[2]:
        month, kind = 3 * int(match[2]) - 2, "quarter"
    else:
        month, kind = int(match[3]), "month"
    return period_of(datetime(int(match[1]), month, 1, tzinfo=UTC), kind)  # type: ignore[arg-type]


def _month_number(at: datetime) -> int:
    return at.year * 12 + at.month - 1


def _month_start(number: int) -> datetime:
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)

"""Which backups may go: the last good ones stay, and one for each day, week and month."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

__all__ = ["Retention", "choose"]


@dataclass(frozen=True)
class Retention:
    """How many backups are kept.

    Attributes:
        last: the newest ones, whenever they were made.
        daily: days of which the newest backup stays.
        weekly: weeks (of ISO 8601) of which the newest backup stays.
        monthly: months of which the newest backup stays.
        max_age_days: older ones go in any case, but for the newest good one; None: no limit.
    """

    last: int
    daily: int
    weekly: int
    monthly: int
    max_age_days: int | None = None


def choose(made: dict[str, datetime], rule: Retention, now: datetime) -> list[str]:
    """Return the names that may go, oldest first; never all of them.

    Args:
        made: when each good backup was made.
        rule: what stays.
        now: the moment to count ages from.
    """
    newest_first = sorted(made, key=lambda name: (made[name], name), reverse=True)
    kept = set(newest_first[: max(rule.last, 1)])
    kinds: list[tuple[int, Callable[[datetime], object]]] = [
        (rule.daily, lambda at: at.date()),
        (rule.weekly, lambda at: at.isocalendar()[:2]),
        (rule.monthly, lambda at: (at.year, at.month)),
    ]
    for number, period_of in kinds:
        periods: dict[object, str] = {}
        for name in newest_first:
            periods.setdefault(period_of(made[name].astimezone(UTC)), name)
        kept |= set(list(periods.values())[:number])
    if rule.max_age_days is not None:
        oldest = now - timedelta(days=rule.max_age_days)
        kept = {one for one in kept if made[one] >= oldest} | set(newest_first[:1])
    return [name for name in reversed(newest_first) if name not in kept]

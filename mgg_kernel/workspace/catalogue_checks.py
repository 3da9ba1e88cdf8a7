"""What may stand in the catalogue: checked before the database is asked, and told in a sentence."""

import math
import unicodedata
from datetime import date

from mgg_kernel.errors import MggError, SettingsError

__all__ = ["LONGEST", "checked_day", "checked_period", "checked_size", "checked_text"]

LONGEST = {
    "description": 1000,
    "maker": 200,
    "serial number": 200,
    "certificate": 200,
    "note": 1000,
    "reason": 1000,
}
"""Characters that a text of each kind may have, as ``sql/schema.sql`` has it."""

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
LARGEST = 10_000.0


def checked_text(text: object, what: str, *, blank: bool = False) -> str:
    """Return a text without white space around it.

    Args:
        text: as it was typed.
        what: a key of :data:`LONGEST`.
        blank: whether it may be empty.

    Raises:
        SettingsError: it is none, blank, too long, or holds signs that nobody sees.
    """
    if not isinstance(text, str):
        raise SettingsError(f"The {what} is no text; write it in words.")
    kept = text.strip()
    if not kept and not blank:
        raise SettingsError(f"The {what} is blank; write it in words, or leave it as it is.")
    if len(kept) > LONGEST[what]:
        raise SettingsError(
            f"The {what} has {len(kept)} characters; shorten it to at most {LONGEST[what]}."
        )
    # Controls, marks that turn the direction of writing, halves of pairs, line separators.
    unseen = next(
        (sign for sign in kept if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp")),
        None,
    )
    if unseen is not None:
        raise SettingsError(
            f"The {what} holds the sign U+{ord(unseen):04X}, which nobody sees; take it out."
        )
    return kept


def checked_size(value: float, what: str, unit: str) -> float:
    """Return a volume or a range.

    Raises:
        SettingsError: it is no number above 0 and up to 10000.
    """
    if not (math.isfinite(value) and 0 < value <= LARGEST):
        raise SettingsError(
            f"'{value}' is no {what}; give a number of {unit} above 0 and up to {LARGEST:g}."
        )
    return float(value)


def checked_day(
    day: date | str,
    what: str,
    *,
    today: date | None = None,
    error: type[MggError] = SettingsError,
) -> date:
    """Return a day.

    Args:
        day: a day, or the text ``YYYY-MM-DD``.
        what: what happened on it, for messages.
        today: the last day that it can be; None: it may be to come.
        error: what is raised.

    Raises:
        SettingsError: (or `error`) it is no day of the calendar, or one that cannot be.
    """
    try:
        read = (
            date.fromisoformat(day) if isinstance(day, str) else date(day.year, day.month, day.day)
        )
    except (ValueError, AttributeError):
        raise error(f"'{day}' is no {what}; write it as YYYY-MM-DD.") from None
    if not FIRST_DAY <= read <= LAST_DAY:
        raise error(f"{read} is no {what}; give one from {FIRST_DAY:%Y} to {LAST_DAY:%Y}.")
    if today is not None and read > today:
        raise error(f"{read} is still to come, so it is no {what}; today is {today}.")
    return read


def checked_period(
    calibrated_on: date | str, valid_until: date | str, today: date
) -> tuple[date, date]:
    """Return the day of a calibration and the last day on which it holds.

    Raises:
        SettingsError: one is no day, the first is still to come, or the last is not after it.
    """
    first = checked_day(calibrated_on, "day of a calibration", today=today)
    last = checked_day(valid_until, "last day of a calibration")
    if last <= first:
        raise SettingsError(f"A calibration of {first} cannot hold until {last}; give a later day.")
    return first, last

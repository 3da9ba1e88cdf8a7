"""Whether a test device was in calibration on a day.

The database answers the same question in ``device_calibration_state`` (``sql/schema.sql``); a test
holds the two against each other.
"""

from collections.abc import Iterable
from datetime import date
from typing import Literal

__all__ = ["CalibrationState", "calibration_state"]

CalibrationState = Literal["calibrated", "expired", "not yet", "unknown"]
"""``expired``: the last calibration before the day had ended; ``not yet``: the first came later."""


def calibration_state(periods: Iterable[tuple[date, date]], day: date | None) -> CalibrationState:
    """Return whether a device was in calibration on a day.

    Args:
        periods: day of each calibration that was not withdrawn, and the last day on which it holds.
        day: the day; None: not known.
    """
    known = list(periods)
    if day is None or not known:
        return "unknown"
    if any(first <= day <= last for first, last in known):
        return "calibrated"
    return "not yet" if day < min(first for first, _ in known) else "expired"

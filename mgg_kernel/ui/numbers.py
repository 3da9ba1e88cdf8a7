"""The one place that turns numbers into text for people: units, signs and sensible digits.

A hyphen is no minus sign and a breaking blank tears a number from its unit, so both are replaced.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

__all__ = [
    "MISSING",
    "celsius",
    "count",
    "day_and_minute",
    "impulse",
    "mebibytes",
    "milliseconds",
    "percent",
    "pressure",
    "ratio",
    "score",
    "with_unit",
]

MISSING = "—"
"""What stands where a number is not known."""

MIB = 1024 * 1024
BLANK = "\u00a0"
MINUS = "\u2212"


def pressure(value_mpa: float | None, *, signed: bool = False) -> str:
    """Return a pressure [MPa] with two decimals: ``54.47 MPa``."""
    return _with_unit(value_mpa, 2, "MPa", signed)


def milliseconds(value_ms: float | None, *, signed: bool = False) -> str:
    """Return a time [ms] with two decimals: ``11.04 ms``."""
    return _with_unit(value_ms, 2, "ms", signed)


def impulse(value_mpa_ms: float | None, *, signed: bool = False) -> str:
    """Return an impulse [MPa·ms] with one decimal: ``1,583.2 MPa·ms``."""
    return _with_unit(value_mpa_ms, 1, "MPa·ms", signed)


def percent(value: float | None, *, signed: bool = False) -> str:
    """Return a percentage with one decimal: ``2.1 %``."""
    return _with_unit(value, 1, "%", signed)


def ratio(value: float | None, *, signed: bool = False) -> str:
    """Return a number without unit with four decimals: ``0.9987``."""
    return MISSING if value is None else _digits(value, 4, signed=signed)


def score(value: float | None) -> str:
    """Return a score from 0 to 1 with three decimals, as the standards give it: ``0.938``."""
    return MISSING if value is None else _digits(value, 3, signed=False)


def celsius(value_c: float | None) -> str:
    """Return a temperature [°C] with one decimal: ``23.0 °C``."""
    return _with_unit(value_c, 1, "°C", signed=False)


def with_unit(value: float, unit: str) -> str:
    """Return a number with two decimals and its unit: ``12.34 ms``."""
    return _with_unit(value, 2, unit, signed=False)


def count(value: int) -> str:
    """Return a whole number in groups of three: ``4,000``."""
    return f"{value:,}"


def mebibytes(size_bytes: int) -> str:
    """Return a size in MiB with a decimal, or in KiB below a tenth of one."""
    if size_bytes < MIB // 10:
        return f"{size_bytes / 1024:.0f}{BLANK}KiB"
    return f"{size_bytes / MIB:.1f}{BLANK}MiB"


def day_and_minute(moment: datetime, timezone: str) -> str:
    """Return a moment in the lab's time zone: ``2026-01-31 14:05``."""
    return moment.astimezone(ZoneInfo(timezone)).strftime(f"%Y-%m-%d{BLANK}%H:%M")


def _with_unit(value: float | None, decimals: int, unit: str, signed: bool) -> str:
    if value is None:
        return MISSING
    return f"{_digits(value, decimals, signed=signed)}{BLANK}{unit}"


def _digits(value: float, decimals: int, *, signed: bool) -> str:
    rounded = round(value, decimals) + 0.0  # never minus nought
    sign = MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
    return f"{sign}{abs(rounded):,.{decimals}f}"

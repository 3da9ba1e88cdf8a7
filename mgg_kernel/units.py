"""Units of time and pressure, and the factors between them.

Inside the workspace time is in milliseconds and pressure in megapascals; this table is the
only place where other units are turned into those.  Factors: BIPM, *The International System
of Units*, 9th ed. (2019); the pound-force per square inch follows from the avoirdupois pound
(0.45359237 kg), the inch (0.0254 m) and standard gravity (9.80665 m/s²).
"""

from mgg_kernel.errors import UnitError

__all__ = [
    "PRESSURE_UNITS_MPA",
    "TIME_UNITS_MS",
    "canonical_unit",
    "pressure_factor",
    "time_factor",
]

TIME_UNITS_MS = {"s": 1e3, "ms": 1.0, "us": 1e-3}
"""Milliseconds in one of each unit."""

PRESSURE_UNITS_MPA = {
    "Pa": 1e-6,
    "kPa": 1e-3,
    "MPa": 1.0,
    "bar": 0.1,
    "mbar": 1e-4,
    "psi": 0.45359237 * 9.80665 / 0.0254**2 * 1e-6,
}
"""Megapascals in one of each unit."""

# Only case-insensitive where no other unit is meant by another case: "mPa" is a millipascal.
_SPELLINGS = {
    "s": "s",
    "sec": "s",
    "Sec": "s",
    "second": "s",
    "seconds": "s",
    "秒": "s",
    "ms": "ms",
    "msec": "ms",
    "millisecond": "ms",
    "milliseconds": "ms",
    "毫秒": "ms",
    "us": "us",
    "µs": "us",  # U+00B5, micro sign
    "μs": "us",  # U+03BC, Greek mu
    "usec": "us",
    "µsec": "us",
    "μsec": "us",
    "microsecond": "us",
    "microseconds": "us",
    "微秒": "us",
    "Pa": "Pa",
    "帕": "Pa",
    "kPa": "kPa",
    "KPa": "kPa",
    "千帕": "kPa",
    "MPa": "MPa",
    "Mpa": "MPa",
    "MPA": "MPa",
    "兆帕": "MPa",
    "bar": "bar",
    "Bar": "bar",
    "巴": "bar",
    "mbar": "mbar",
    "毫巴": "mbar",
    "psi": "psi",
    "PSI": "psi",
}


def canonical_unit(text: str) -> str | None:
    """Return the canonical name of a unit as people write it, or None if it is not known.

    ``[ms]``, ``(MPa)`` and ``毫秒`` are read; ``mPa`` (a millipascal) is not taken for ``MPa``.
    """
    bare = text.strip().strip("[]()（）【】").strip()
    return _SPELLINGS.get(bare)


def time_factor(unit: str) -> float:
    """Return the milliseconds in one `unit`.

    Raises:
        UnitError: the unit is not a known unit of time.
    """
    return _factor(unit, TIME_UNITS_MS, "time")


def pressure_factor(unit: str) -> float:
    """Return the megapascals in one `unit`.

    Raises:
        UnitError: the unit is not a known unit of pressure.
    """
    return _factor(unit, PRESSURE_UNITS_MPA, "pressure")


def _factor(unit: str, table: dict[str, float], quantity: str) -> float:
    name = canonical_unit(unit)
    if name is None or name not in table:
        known = ", ".join(table)
        raise UnitError(f"'{unit}' is not a unit of {quantity}; known units are {known}.")
    return table[name]

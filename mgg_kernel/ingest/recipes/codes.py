"""The codes above the columns of a recipe database: ``60`` or ``'60'``, ``10-892``, ``27ml``."""

import re
from dataclasses import dataclass

from mgg_kernel.ingest.recipes.words import TITLES, UNITS, Choice, Mass
from mgg_kernel.recipe import MAX_CODE_LENGTH

__all__ = ["Column", "read_code", "vessel_volume_ml"]

_NUMBER = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*([A-Za-z]*)")
_VESSEL = re.compile(r"(\d{1,5}(?:\.\d{1,3})?)(?:\s*ml)?-[0-9A-Za-z]+", re.IGNORECASE)
MAX_VOLUME_ML = 10_000


@dataclass(frozen=True)
class Column:
    """A column of a group, and the code above it.

    Attributes:
        column: column of the grid.
        code: the code in its one form; a shell height, current or sensor range as a number.
        fault: why the code cannot be used, as part of a sentence; None where it can.
    """

    column: int
    code: str
    fault: str | None = None


def read_code(group: Choice | Mass, column: int, text: str) -> Column:
    """Read the code above a column.

    Args:
        group: the group that the column belongs to.
        column: column of the grid.
        text: the text of the code's cell, made plain; empty where there is none.
    """
    if not text:
        return Column(column, "", "has no code above it")
    if group in ("shell", "current", "sensor"):
        number = _number(text, UNITS[group])
        if number is None:
            wanted = f"is no {TITLES[group]} in {UNITS[group]}"
            return Column(column, text, f"has '{text}' above it, which {wanted}")
        return Column(column, number)
    if group == "vessel":
        # A volume alone is the same vessel whether its unit is written behind it or not.
        code = _number(text, "mL") or text
        if vessel_volume_ml(code) is None:
            return Column(column, text, f"has '{text}' above it, which does not tell its volume")
        return Column(column, code)
    if len(text) > MAX_CODE_LENGTH or re.search(r"[:,;|]", text):
        return Column(column, text[:MAX_CODE_LENGTH], f"has '{text}' above it, which is no code")
    return Column(column, text)


def vessel_volume_ml(code: str) -> float | None:
    """Return the volume that a vessel's code begins with [mL]; None where it tells none.

    ``10-892`` has 10 mL, ``11.5-6056`` has 11.5 mL; ``27`` and ``27ml`` are volumes alone.
    """
    text = code.strip()
    body = _VESSEL.fullmatch(text)
    number = body[1] if body else _number(text, "mL")
    volume = float(number) if number else 0.0
    return volume if 0 < volume <= MAX_VOLUME_ML else None


def _number(text: str, unit: str) -> str | None:
    """Return a number without its unit and without trailing zeros; None if the text is none."""
    match = _NUMBER.fullmatch(text)
    if match is None or match[2].casefold() not in ("", unit.casefold()):
        return None
    return f"{float(match[1]):.12g}"

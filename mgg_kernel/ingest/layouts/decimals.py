"""Numbers that a sheet holds as text: which mark their decimals have, if that is certain."""

import math
import re
from collections.abc import Iterable
from typing import Literal

from mgg_kernel.errors import IngestError

__all__ = ["DecimalMark", "decimal_mark", "looks_like_number", "number_of"]

DecimalMark = Literal[".", ","]

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*|,[0-9]+)?|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")
_ERROR = re.compile(r"#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|SPILL!|CALC!|#+)")
# What programs and people write where a number is missing.
_SPELLED = frozenset({"nan", "inf", "infinity", "-inf", "+inf", "-nan", "1.#inf", "1.#qnan"})
_SPELLED |= {"n/a", "na", "none", "null", "nil", "missing", "overflow", "ovf", "无", "缺"}


def looks_like_number(text: str) -> bool:
    """Tell whether a text stands where a number was meant: ``0,01``, ``1e3``, ``inf``, ``#N/A``."""
    bare = text.strip()
    return (
        _NUMBER.fullmatch(bare) is not None
        or _ERROR.fullmatch(bare) is not None
        or bare.lower() in _SPELLED
    )


def decimal_mark(texts: Iterable[str]) -> DecimalMark:
    """Return the decimal mark of numbers that are written as texts.

    Raises:
        IngestError: both marks occur, or every comma may as well part thousands; the message
            says nothing of the place.
    """
    comma = point = certain = False
    for text in texts:
        if "," in text:
            comma = True
            certain = certain or _GROUPED.fullmatch(text.strip()) is None
        elif "." in text:
            point = True
        if comma and point:
            raise IngestError(
                "some numbers that are written as text have a decimal comma and others a decimal "
                "point; save them all as numbers"
            )
    if comma and not certain:
        raise IngestError(
            "whether the commas in the numbers that are written as text mark decimals or part "
            "thousands is not certain; save them as numbers"
        )
    return "," if comma else "."


def number_of(text: str, mark: DecimalMark) -> float:
    """Return the number that a text writes with this decimal mark; NaN if it is none."""
    bare = text.strip()
    if _NUMBER.fullmatch(bare) is None or ("," if mark == "." else ".") in bare:
        return math.nan
    return float(bare.replace(",", "."))

"""The words above a column: its name, its unit, and whether they speak of time or pressure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from mgg_kernel.units import PRESSURE_UNITS_MPA, TIME_UNITS_MS, canonical_unit

__all__ = ["REMARK_LABELS", "ColumnHeader", "looks_like_number", "read_header"]

Quantity = Literal["time", "pressure"]

REMARK_LABELS = frozenset({"注释", "备注", "remark", "remarks", "comment", "product", "产品"})
"""What the lab writes beside the product's name, in small letters."""

_TIME_NAMES = frozenset({"time", "t", "时间"})
_PRESSURE_NAMES = frozenset({"pressure", "p", "p_c", "压力", "压强"})
_BRACKETS = {"]": "[", ")": "(", "）": "（", "】": "【"}


@dataclass(frozen=True)
class ColumnHeader:
    """What the header says of one column.

    Attributes:
        words: the header's texts, in their order.
        units: the known units named there, each once.
        named: the quantities that its names speak of.
    """

    words: tuple[str, ...]
    units: tuple[str, ...]
    named: frozenset[Quantity]

    @property
    def unit(self) -> str | None:
        """The unit, if exactly one is named."""
        return self.units[0] if len(self.units) == 1 else None

    @property
    def quantity(self) -> Quantity | None:
        """What the unit measures; None without one, or where the names speak against it."""
        if self.unit in TIME_UNITS_MS:
            found: Quantity = "time"
        elif self.unit in PRESSURE_UNITS_MPA:
            found = "pressure"
        else:
            return None
        return found if self.named <= {found} else None


def read_header(words: Iterable[str]) -> ColumnHeader:
    """Read the header cells of one column, such as ``Pressure`` over ``MPa``, or ``时间/ms``."""
    texts = tuple(word for word in words if word)
    units: dict[str, None] = {}
    named: set[Quantity] = set()
    for text in texts:
        name, unit = _split(text)
        if unit is not None:
            units[unit] = None
        if name.lower() in _TIME_NAMES:
            named.add("time")
        elif name.lower() in _PRESSURE_NAMES:
            named.add("pressure")
    return ColumnHeader(texts, tuple(units), frozenset(named))


def looks_like_number(text: str) -> bool:
    """Tell whether a text stands where a number was meant: ``0,01``, ``1e3``, ``inf``, ``#N/A``."""
    if text.startswith("#"):
        return True
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True


def _split(text: str) -> tuple[str, str | None]:
    """Return the name and the canonical unit in one header cell; either may be missing."""
    whole = canonical_unit(text)
    if whole is not None:
        return "", whole
    opening = _BRACKETS.get(text[-1:])
    if opening is not None and opening in text:
        name, _, rest = text.rpartition(opening)
        return name.strip(), canonical_unit(rest[:-1])
    for separator in ("/", ",", "，", " "):
        name, found, rest = text.rpartition(separator)
        if found and canonical_unit(rest) is not None:
            return name.strip(), canonical_unit(rest)
    return text, None

"""A corridor: a piecewise linear lower and upper limit of P(t)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.errors import LotError
from mgg_kernel.lots.overlays import Align

__all__ = ["Corner", "Corridor"]

FloatArray = NDArray[np.float64]
Corner = tuple[float, float]
"""A time [ms] and a pressure [MPa]."""

_ALIGNS = ("ignition", "peak", "none")
_MAX_NAME = 120


@dataclass(frozen=True)
class Corridor:
    """A lower and an upper limit of the pressure over time; each may span other times.

    Attributes:
        name: what it is called.
        lower: corners (time [ms], pressure [MPa]) joined by straight lines; empty: no lower limit.
        upper: the same for the upper limit.
        align: what a curve is aligned at before it is judged; ``none``: times as recorded.
        align_at_ms: where that moment lies on the corridor's axis; None for ``none``.
        note: where it comes from and what it is for.
        version: 1, 2, … of the corridors of this name.

    Raises:
        LotError: it has no limit, a limit has fewer than two corners, a number is not finite, times
            do not increase strictly, the lower limit lies above the upper one somewhere, or the
            moment to align at is missing or too many.
    """

    name: str
    lower: tuple[Corner, ...]
    upper: tuple[Corner, ...]
    align: Align = "none"
    align_at_ms: float | None = None
    note: str = ""
    version: int = 1

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > _MAX_NAME:
            raise LotError(f"A corridor needs a name of 1 … {_MAX_NAME} letters.")
        if isinstance(self.version, bool) or self.version != int(self.version) or self.version < 1:
            raise LotError(f"The version of a corridor is 1, 2, …, but is {self.version}.")
        if self.align not in _ALIGNS:
            raise LotError(f"A corridor is aligned at ignition, peak or none, not {self.align!r}.")
        if (self.align == "none") != (self.align_at_ms is None):
            raise LotError(
                "A corridor aligned at ignition or peak says where that lies on its axis "
                "(align_at_ms), and one that is not aligned says nothing."
            )
        if self.align_at_ms is not None and not isfinite(self.align_at_ms):
            raise LotError(f"align_at_ms must be finite, but is {self.align_at_ms}.")
        for side in ("lower", "upper"):
            corners = _corners(getattr(self, side), f"the {side} limit of '{self.name}'")
            object.__setattr__(self, side, corners)
        if not self.lower and not self.upper:
            raise LotError(
                f"The corridor '{self.name}' has no limit; give a lower or an upper one."
            )
        self._check_order()

    @property
    def from_ms(self) -> float:
        """Its first time [ms]."""
        return min(side[0][0] for side in (self.lower, self.upper) if side)

    @property
    def to_ms(self) -> float:
        """Its last time [ms]."""
        return max(side[-1][0] for side in (self.lower, self.upper) if side)

    def plain(self) -> dict[str, Any]:
        """Return it as plain values, fit for JSON; :meth:`from_plain` takes them back."""
        return {
            "name": self.name,
            "lower": [list(corner) for corner in self.lower],
            "upper": [list(corner) for corner in self.upper],
            "align": self.align,
            "align_at_ms": self.align_at_ms,
            "note": self.note,
            "version": self.version,
            "quantity": "pressure_mpa over time_ms",
        }

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> "Corridor":
        """Return the corridor of plain values, as typed in or stored.

        Args:
            values: with ``name``, and at least one of ``lower`` and ``upper``, each a list of
                [time in ms, pressure in MPa].

        Raises:
            LotError: they are not the values of a corridor.
        """
        known = {"name", "lower", "upper", "align", "align_at_ms", "note", "version", "quantity"}
        if not isinstance(values.get("name"), str):
            raise LotError("A corridor is written as a table with a name and limits; give those.")
        if unknown := sorted(map(str, values.keys() - known)):
            raise LotError(f"A corridor has no '{unknown[0]}'; it has {', '.join(sorted(known))}.")
        try:
            return cls(
                name=values["name"],
                lower=values.get("lower") or (),
                upper=values.get("upper") or (),
                align=values.get("align", "none"),
                align_at_ms=values.get("align_at_ms"),
                note=str(values.get("note", "")),
                version=values.get("version", 1),
            )
        except (TypeError, ValueError) as error:
            raise LotError(f"These are not the values of a corridor: {error}.") from None

    def _check_order(self) -> None:
        """Between two neighbouring corners both limits are straight: corners are enough."""
        if not self.lower or not self.upper:
            return
        low, high = np.array(self.lower), np.array(self.upper)
        first, last = max(low[0, 0], high[0, 0]), min(low[-1, 0], high[-1, 0])
        times = np.union1d(low[:, 0], high[:, 0])
        times = times[(times >= first) & (times <= last)]
        above = np.interp(times, *low.T) - np.interp(times, *high.T)
        if above.size and above.max() > 0.0:
            at = int(np.argmax(above))
            raise LotError(
                f"The lower limit of '{self.name}' lies {above[at]:.3g} MPa above the upper one at "
                f"{times[at]:g} ms; move a corner."
            )


def _corners(points: Sequence[Sequence[float]], which: str) -> tuple[Corner, ...]:
    corners = []
    for point in points:
        if len(point) != 2:
            raise LotError(f"A corner of {which} is a time in ms and a pressure in MPa.")
        corners.append((float(point[0]), float(point[1])))
    if len(corners) == 1:
        raise LotError(f"There must be at least two corners in {which}, but there is one.")
    for number, corner in enumerate(corners, 1):
        if not all(map(isfinite, corner)):
            raise LotError(f"Corner {number} of {which} is {corner}; give finite numbers.")
    for (before, _), (after, _) in pairwise(corners):
        if after <= before:
            raise LotError(
                f"The times of {which} must increase, but {after:g} ms comes after {before:g} ms."
            )
    return tuple(corners)

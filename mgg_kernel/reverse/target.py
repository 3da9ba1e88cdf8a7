"""What a reverse simulation is to reach: a curve, read-outs, or a corridor."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import CurveError, LotError, ReverseError
from mgg_kernel.lots import Corridor

__all__ = ["READ_OUTS", "Target"]

READ_OUTS = ("peak_pressure_mpa", "peak_time_ms", "ignition_time_ms")
WIDEST_SHIFT_MS, LAST_MS = 5.0, 39.9
UNITS = {"peak_pressure_mpa": "MPa", "peak_time_ms": "ms", "ignition_time_ms": "ms"}
NAMES = {
    "peak_pressure_mpa": "peak pressure",
    "peak_time_ms": "peak time",
    "ignition_time_ms": "ignition time",
}
LIMITS = {"peak_pressure_mpa": 2000.0, "peak_time_ms": LAST_MS, "ignition_time_ms": LAST_MS}


@dataclass(frozen=True)
class Target:
    """What is wanted: a curve, or a corridor, or one to three read-outs.

    Args:
        curve: the wanted curve, from the moment the current flows; only its part between 0 and
            39.9 ms counts.
        shift_ms: how far its time zero may be moved to either side for the best match [ms].
        peak_pressure_mpa: the wanted peak pressure.
        peak_time_ms: its time.
        ignition_time_ms: the time of the first rise.
        corridor: limits of P(t) that the curve has to keep, with times as recorded.
        pressure_tolerance_percent: how far the peak may lie off and still be what was wanted.
        time_tolerance_percent: the same for times.

    Raises:
        ReverseError: nothing is wanted, or two of curve, corridor and read-outs at once, or a
            number is out of its range.
    """

    curve: PTCurve | None = None
    shift_ms: float = 0.0
    peak_pressure_mpa: float | None = None
    peak_time_ms: float | None = None
    ignition_time_ms: float | None = None
    corridor: Corridor | None = None
    pressure_tolerance_percent: float = 5.0
    time_tolerance_percent: float = 15.0

    def __post_init__(self) -> None:
        kinds = [self.curve is not None, self.corridor is not None, bool(self.read_outs)]
        if sum(kinds) != 1:
            raise ReverseError(
                "A reverse simulation needs one target: a curve, or a corridor, or read-outs such "
                f"as the peak pressure; {'several' if any(kinds) else 'none'} was given."
            )
        for name, value in self.read_outs.items():
            if not (isfinite(value) and 0 < value <= LIMITS[name]):
                raise ReverseError(
                    f"The wanted {NAMES[name]} must be above 0 and at most {LIMITS[name]:g} "
                    f"{UNITS[name]}, but is {value:g}."
                )
        if not 0 <= self.shift_ms <= WIDEST_SHIFT_MS:
            raise ReverseError(
                f"Time zero may be moved by 0 to {WIDEST_SHIFT_MS:g} ms, but {self.shift_ms:g} ms "
                "was given."
            )
        for percent in (self.pressure_tolerance_percent, self.time_tolerance_percent):
            if not 0 < percent <= 50:
                raise ReverseError(
                    f"A tolerance must be above 0 and at most 50 %, but is {percent:g} %."
                )
        if self.corridor is not None and self.corridor.align != "none":
            raise ReverseError(
                f"The corridor '{self.corridor.name}' is aligned at {self.corridor.align}; a "
                "search needs one whose times are as recorded."
            )
        if self.curve is not None:
            self._check_curve(self.curve)

    @property
    def read_outs(self) -> dict[str, float]:
        """The wanted read-outs by name."""
        return {
            name: float(value) for name in READ_OUTS if (value := getattr(self, name)) is not None
        }

    def wanted(self, times_ms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the wanted curve at the times [ms], nan where it tells nothing [MPa]."""
        assert self.curve is not None
        found: NDArray[np.float64] = np.interp(
            times_ms, self.curve.time_ms, self.curve.pressure_mpa, left=np.nan, right=np.nan
        )
        return found

    def plain(self) -> dict[str, Any]:
        """Return it as plain values, fit for JSON; :meth:`from_plain` takes them back."""
        curve = None
        if self.curve is not None:
            curve = {
                "time_ms": self.curve.time_ms.tolist(),
                "pressure_mpa": self.curve.pressure_mpa.tolist(),
            }
        return {
            "curve": curve,
            "shift_ms": self.shift_ms,
            **{name: getattr(self, name) for name in READ_OUTS},
            "corridor": self.corridor.plain() if self.corridor else None,
            "pressure_tolerance_percent": self.pressure_tolerance_percent,
            "time_tolerance_percent": self.time_tolerance_percent,
        }

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> "Target":
        """Return the target of plain values, as :meth:`plain` gives them.

        Raises:
            ReverseError: they are not those of a target.
        """
        given = dict(values)
        try:
            if given.get("curve") is not None:
                given["curve"] = PTCurve(given["curve"]["time_ms"], given["curve"]["pressure_mpa"])
            if given.get("corridor") is not None:
                given["corridor"] = Corridor.from_plain(given["corridor"])
            return cls(**given)
        except (TypeError, KeyError, AttributeError, CurveError, LotError) as error:
            raise ReverseError(f"These are not the values of a target ({error}).") from None

    def _check_curve(self, curve: PTCurve) -> None:
        inside = curve.time_ms[(curve.time_ms >= 0) & (curve.time_ms <= LAST_MS)]
        if inside.size < 10 or inside[-1] - inside[0] < 1.0:
            raise ReverseError(
                f"The wanted curve has {inside.size} samples between 0 and {LAST_MS:g} ms; it "
                "needs at least 10, over at least 1 ms."
            )
        if curve.peak.pressure_mpa <= 0.5:
            raise ReverseError(
                f"The wanted curve does not rise above {curve.peak.pressure_mpa:.3g} MPa; give "
                "one with a peak above 0.5 MPa."
            )

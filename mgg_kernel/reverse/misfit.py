"""How far a trial is from what is wanted, as numbers whose squares a search makes small."""

from math import log

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.lots import Corridor
from mgg_kernel.reverse.target import Target
from mgg_kernel.reverse.trials import TIMES_MS, Fired
from mgg_kernel.simulation import Model

__all__ = ["CURVE_SAMPLES", "CURVE_SHARE", "Misfit", "limits_at"]

Floats = NDArray[np.float64]

CURVE_SHARE, CURVE_SAMPLES = 0.01, 20.0
"""A curve counts as so many samples, each known to this share of the peak, as in calibrations."""
PEAK_SPREAD, TIME_SPREAD = 0.002, 0.02
"""How exactly amounts give a wanted peak, and a time where nothing is known of its spread."""
LIMIT_SPREAD = 1e-4
"""How far above its limit a peak may be drawn by a target beyond it, before it is lowered."""
CORRIDOR_SHARE = 0.001
"""A corridor counts as kept where a curve leaves it by no more than this share of the peak."""
OUTSIDE, CENTER = 100.0, 0.05
"""How much a search is drawn into a corridor, and inside of it to its middle."""


class Misfit:
    """The misfit of trials from a target.

    Args:
        target: what is wanted.
        model: tells how far times of single products spread.
        most_mpa: the peak may not be above this; None for no limit.
    """

    def __init__(self, target: Target, model: Model, most_mpa: float | None = None) -> None:
        self.target, self.most_mpa = target, most_mpa
        known = model.document.calibration
        self._time_spread = known.peak_time.scale if known else TIME_SPREAD
        self.moves = target.curve is not None and target.shift_ms > 0
        if target.curve is not None:
            self._start_curve()
        if target.corridor is not None:
            self._start_corridor()

    @property
    def height_mpa(self) -> float:
        """About the peak that is wanted."""
        target = self.target
        if target.curve is not None:
            return target.curve.peak.pressure_mpa
        if target.corridor is not None:
            return self._height
        return target.peak_pressure_mpa or 60.0

    def residuals(self, fired: Fired, shift_ms: Floats) -> Floats:
        """Return what is to become small, shape (trials, rows).

        Args:
            fired: what the trials give.
            shift_ms: shape (trials,), by how much later the wanted curve is taken.
        """
        wanted = self._of_target(fired, shift_ms)
        if self.most_mpa is None:
            return wanted
        over = np.maximum(np.log(fired.peak_pressure_mpa / self.most_mpa), 0.0)
        return np.column_stack([wanted, over / LIMIT_SPREAD])

    def _of_target(self, fired: Fired, shift_ms: Floats) -> Floats:
        if self.target.curve is not None:
            wanted = self._wanted(shift_ms)
            apart = (fired.pressure_mpa - wanted) * self._scale
            return np.where(np.isfinite(apart), apart, 0.0)
        if self.target.corridor is not None:
            p = fired.pressure_mpa
            outside = np.maximum(p - self._upper, 0) + np.minimum(p - self._lower, 0)
            middle = CENTER * np.nan_to_num((p - self._middle) / self._half)
            drawn: Floats = (OUTSIDE * outside + middle * self._half_or_0) * self._scale
            return drawn
        wants, rows = self.target.read_outs, []
        if "peak_pressure_mpa" in wants:
            ratio = fired.peak_pressure_mpa / wants["peak_pressure_mpa"]
            rows.append(np.log(ratio) / PEAK_SPREAD)
        if "peak_time_ms" in wants:
            rows.append(np.log(fired.peak_time_ms / wants["peak_time_ms"]) / self._time_spread)
        return np.stack(rows, axis=1) if rows else np.zeros((len(fired.peak_time_ms), 1))

    def slope_of_shift(self, shift_ms: Floats) -> Floats:
        """Return d(residuals)/d(shift), shape (trials, rows)."""
        step = 1e-3
        later, sooner = self._wanted(shift_ms + step), self._wanted(shift_ms - step)
        slope = -(later - sooner) / (2 * step) * self._scale
        slope = np.where(np.isfinite(slope), slope, 0.0)
        return slope if self.most_mpa is None else np.pad(slope, ((0, 0), (0, 1)))

    def distances(self, fired: Fired, shift_ms: Floats) -> Floats:
        """Return the misfit in units of what counts as met, shape (trials,)."""
        if self.target.curve is not None or self.target.corridor is not None:
            if self.target.corridor is not None:
                p = fired.pressure_mpa
                outside = np.maximum(p - self._upper, 0) + np.minimum(p - self._lower, 0)
                return np.asarray(np.abs(outside).max(axis=1) / self.height_mpa / CORRIDOR_SHARE)
            rmse: Floats = self.rmse_mpa(fired, shift_ms)
            return rmse / self.height_mpa / CURVE_SHARE
        wants = self.target.read_outs
        found = [
            np.abs(np.log(getattr(fired, name) / value)) / log(1 + self.percent(name) / 100)
            for name, value in wants.items()
        ]
        return np.asarray(np.max(found, axis=0))

    def rmse_mpa(self, fired: Fired, shift_ms: Floats) -> Floats:
        """Return the root mean square distance to the wanted curve, shape (trials,) [MPa]."""
        apart = fired.pressure_mpa - self._wanted(shift_ms)
        return np.asarray(np.sqrt(np.nanmean(apart**2, axis=1)))

    def percent(self, quantity: str) -> float:
        """Return the tolerance of a read-out [%]."""
        if quantity == "peak_pressure_mpa":
            return self.target.pressure_tolerance_percent
        return self.target.time_tolerance_percent

    def _wanted(self, shift_ms: Floats) -> Floats:
        if not self.moves:
            return self._curve[None]
        return np.stack([self.target.wanted(TIMES_MS - shift) for shift in shift_ms.tolist()])

    def _start_curve(self) -> None:
        self._curve = self.target.wanted(TIMES_MS)
        known = np.isfinite(self._curve).sum()
        self._scale = (CURVE_SAMPLES / known) ** 0.5 / (CURVE_SHARE * self.height_mpa)

    def _start_corridor(self) -> None:
        corridor = self.target.corridor
        assert corridor is not None
        self._lower, self._upper = limits_at(corridor, TIMES_MS)
        with np.errstate(invalid="ignore"):  # of −∞ and ∞, where there is no limit
            self._middle = (self._lower + self._upper) / 2
            self._half = (self._upper - self._lower) / 2
        self._half_or_0 = np.where(np.isfinite(self._half), np.abs(self._half), 0.0)
        self._middle, self._half = (
            np.where(np.isfinite(x), x, np.nan) for x in (self._middle, self._half)
        )
        tops = [side[np.isfinite(side)] for side in (self._lower, self._upper)]
        self._height = float(np.mean([side.max() for side in tops if side.size]))
        inside = np.isfinite(self._lower) | np.isfinite(self._upper)
        self._scale = (CURVE_SAMPLES / inside.sum()) ** 0.5 / (CURVE_SHARE * self._height)


def limits_at(corridor: Corridor, times_ms: Floats) -> tuple[Floats, Floats]:
    """Return a corridor's limits at times, infinite where it has none [MPa]."""
    found = []
    for side, none in ((corridor.lower, -np.inf), (corridor.upper, np.inf)):
        if not side:
            found.append(np.full(times_ms.size, none))
            continue
        at, limit = np.array(side).T
        found.append(np.interp(times_ms, at, limit, left=none, right=none))
    return found[0], found[1]

"""A curve made ready to be compared again and again: filtered, read and resampled once."""

from collections.abc import Callable
from functools import cached_property
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.comparison.grid import on_grid, span
from mgg_kernel.comparison.method import through_filter
from mgg_kernel.comparison.phases import PhaseShot, phase_shot
from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import ComparisonError
from mgg_kernel.features import FeatureDefinitions, Features

__all__ = ["Prepared"]

FloatArray = NDArray[np.float64]
Window = tuple[float, float]
T = TypeVar("T")

# Curves of one recorder share one window; those of several have a few.
_KEPT = 32


class Prepared:
    """A curve behind its filter, and what comparisons read off it, kept for the next one.

    Args:
        curve: as recorded or simulated.
        which: ``simulated`` or ``measured``, for messages.
        filter_name: of :func:`mgg_kernel.comparison.method.filter_name`.
        definitions: of the read-outs.

    Raises:
        ComparisonError: the curve cannot go through the filter.
    """

    def __init__(
        self,
        curve: PTCurve,
        which: Literal["simulated", "measured"],
        filter_name: str | None,
        definitions: FeatureDefinitions,
    ) -> None:
        self.curve = through_filter(curve, filter_name, which)
        self.which = which
        self.definitions = definitions
        self._kept: dict[tuple[str, Window, float], object] = {}

    @cached_property
    def features(self) -> Features:
        """The read-outs of the whole curve."""
        return self.curve.features(self.definitions)

    def values(self, grid: FloatArray, window: Window, rate_hz: float | None) -> FloatArray:
        """Return the pressures at the points of a grid, which the window and the rate make."""
        if rate_hz is None:  # the grid is the other curve's own
            return on_grid(self.curve, grid)
        return self._once("values", window, rate_hz, lambda: on_grid(self.curve, grid))

    def peak(self, window: Window) -> tuple[float, float]:
        """Return time and pressure of the highest sample in a window; the earliest of equals.

        Raises:
            ComparisonError: there is no sample in it.
        """
        return self._once("peak", window, 0.0, lambda: self._peak(window))

    def impulse(self, window: Window) -> float:
        """Return ∫ p dt over a window [MPa·ms], with its ends interpolated."""
        return self._once("impulse", window, 0.0, lambda: self._impulse(window))

    def shot(self, window: Window) -> PhaseShot:
        """Return what the ratings of the phases read inside a window that has samples."""
        return self._once(
            "shot", window, 0.0, lambda: phase_shot(self.curve, self.features, window)
        )

    def _once(self, what: str, window: Window, rate_hz: float, make: Callable[[], T]) -> T:
        """Return what was made before.  Two threads may make it at once, and equally."""
        key = (what, window, rate_hz)
        found = self._kept.get(key)
        if found is None:
            found = make()
            if len(self._kept) >= _KEPT:
                self._kept = {}
            self._kept[key] = found
        return found  # type: ignore[return-value]  # the key tells the type

    def _peak(self, window: Window) -> tuple[float, float]:
        time, pressure = self._inside(window)
        if not time.size:
            raise ComparisonError(
                f"The {self.which} curve has no sample from {span(window)}; choose a wider window."
            )
        at = int(np.argmax(pressure))
        return float(time[at]), float(pressure[at])

    def _impulse(self, window: Window) -> float:
        curve = self.curve
        inside = curve.time_ms[(curve.time_ms > window[0]) & (curve.time_ms < window[1])]
        times = np.concatenate(((window[0],), inside, (window[1],)))
        return float(np.trapezoid(np.interp(times, curve.time_ms, curve.pressure_mpa), times))

    def _inside(self, window: Window) -> tuple[FloatArray, FloatArray]:
        time = self.curve.time_ms
        first = np.searchsorted(time, window[0], side="left")
        last = np.searchsorted(time, window[1], side="right")
        return time[first:last], self.curve.pressure_mpa[first:last]

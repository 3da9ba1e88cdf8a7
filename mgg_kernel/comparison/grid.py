"""Where two curves are compared: the window that both cover, and the points in it."""

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import ComparisonError

__all__ = ["MAX_POINTS", "MIN_POINTS", "common_grid", "common_window", "on_grid", "span"]

FloatArray = NDArray[np.float64]

MIN_POINTS = 10
MAX_POINTS = 2_000_000


def common_window(
    simulated: PTCurve, measured: PTCurve, window_ms: tuple[float, float] | None
) -> tuple[float, float]:
    """Return from and to [ms] of what both curves cover, cut to `window_ms` where given.

    Raises:
        ComparisonError: nothing is left, or the window makes no sense.
    """
    start = float(max(simulated.time_ms[0], measured.time_ms[0]))
    end = float(min(simulated.time_ms[-1], measured.time_ms[-1]))
    if start >= end:
        raise ComparisonError(
            f"The simulated curve spans {_reach(simulated)} and the measured one "
            f"{_reach(measured)}: they do not overlap; shift one of them."
        )
    if window_ms is None:
        return start, end
    first, last = float(window_ms[0]), float(window_ms[1])
    if not (np.isfinite((first, last)).all() and first < last):
        raise ComparisonError(
            f"A window runs from an earlier to a later time, not from {first:g} to {last:g} ms."
        )
    if first >= end or last <= start:
        raise ComparisonError(
            f"The window of {span((first, last))} lies outside of {span((start, end))}, which "
            "both curves cover; choose another window."
        )
    return max(start, first), min(end, last)


def common_grid(
    measured: PTCurve, window: tuple[float, float], rate_hz: float | None
) -> FloatArray:
    """Return the times [ms] at which both curves are read.

    Args:
        measured: the reference, whose own times are taken without a rate.
        window: from and to [ms].
        rate_hz: rate from the window's start on [Hz], or None.

    Raises:
        ComparisonError: there are too few or too many points, or the rate makes no sense.
    """
    start, end = window
    if rate_hz is None:
        grid = measured.time_ms[(measured.time_ms >= start) & (measured.time_ms <= end)]
    else:
        if not (np.isfinite(rate_hz) and rate_hz > 0):
            raise ComparisonError(f"The rate must be a positive number of Hz, not {rate_hz:g}.")
        # The small addition keeps a last point that round-off would put just behind the end.
        steps = int(min((end - start) * rate_hz / 1_000.0 + 1e-6, float(MAX_POINTS)))
        grid = np.minimum(start + np.arange(steps + 1) * (1_000.0 / rate_hz), end)
    if not MIN_POINTS <= grid.size <= MAX_POINTS:
        count = "too many" if grid.size > MAX_POINTS else str(grid.size)
        rate = "the measured curve's own times" if rate_hz is None else f"{rate_hz:g} Hz"
        raise ComparisonError(
            f"From {span(window)} there are {count} points at {rate}, but a comparison needs "
            f"{MIN_POINTS} … {MAX_POINTS:,}; choose another window or rate."
        )
    return grid


def on_grid(curve: PTCurve, grid: FloatArray) -> FloatArray:
    """Return the pressures [MPa] of a curve at the times of a grid that it covers."""
    return curve.resample(grid).pressure_mpa


def span(window: tuple[float, float]) -> str:
    """Return a window as people read it."""
    return f"{window[0]:g} to {window[1]:g} ms"


def _reach(curve: PTCurve) -> str:
    return f"{curve.time_ms[0]:g} … {curve.time_ms[-1]:g} ms"

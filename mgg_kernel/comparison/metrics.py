"""How far a simulated PT curve is from a measured one, in the numbers an engineer thinks in.

The reference is always the measured curve, and every difference is simulated minus measured.
Read-outs (peak, times, impulse) come from the curves at their full rate; point metrics (RMSE,
MAE, correlation, R²) from both on one common grid.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mgg_kernel._version import __version__
from mgg_kernel.comparison.grid import common_grid, common_window, on_grid, span
from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import ComparisonError

__all__ = [
    "DEFAULT_RATE_HZ",
    "Comparison",
    "ComparisonSettings",
    "compare",
    "residual_curve",
]

FloatArray = NDArray[np.float64]

DEFAULT_RATE_HZ = 10_000.0
TIME_ZERO_RULE = "as recorded"

# A curve whose pressures differ by less than a millipascal is constant but for round-off, and a
# correlation with it would be a correlation with nothing.
_CONSTANT_MPA = 1e-9


@dataclass(frozen=True)
class ComparisonSettings:
    """Everything that the numbers of a comparison depend on besides the two curves.

    Attributes:
        rate_hz: rate of the common grid; None: the measured curve's own times.
        filter: filter put on both curves; None.
        window_ms: window that was asked for; None: all that both curves cover.
        used_window_ms: from and to of what was compared.
        points: number of points on the common grid.
        time_zero: rule that put the two time axes together: both as recorded.
        code_version: version of this program.
    """

    rate_hz: float | None
    filter: None
    window_ms: tuple[float, float] | None
    used_window_ms: tuple[float, float]
    points: int
    time_zero: str
    code_version: str


@dataclass(frozen=True)
class Comparison:
    """Differences, simulated minus measured; :func:`compare` says how each is defined."""

    peak_pressure_diff_mpa: float
    peak_pressure_diff_percent: float
    peak_time_diff_ms: float
    ignition_time_diff_ms: float | None
    impulse_diff_mpa_ms: float
    rmse_mpa: float
    mae_mpa: float
    correlation: float
    r_squared: float
    settings: ComparisonSettings

    def as_dict(self) -> dict[str, Any]:
        """Return all numbers and settings as plain values, fit for JSON."""
        return asdict(self)


def compare(
    simulated: PTCurve,
    measured: PTCurve,
    *,
    rate_hz: float | None = DEFAULT_RATE_HZ,
    window_ms: tuple[float, float] | None = None,
) -> Comparison:
    """Compare a simulated curve with a measured one.

    The time window is what both curves cover, cut to `window_ms` where given.

    - *peak pressure, peak time*: of each curve's highest sample inside the window, at its full
      rate; the percentage is of the measured peak.
    - *ignition time*: :meth:`PTCurve.features` of each whole curve, since its baseline lies at
      the beginning; None where a curve did not ignite, or not inside the window.
    - *impulse*: ∫ p dt over the window by the trapezoidal rule at each curve's full rate, with
      the ends of the window interpolated.
    - *RMSE, MAE*: root of the mean square, and mean magnitude, of the residual on the grid.
    - *correlation*: Pearson's r on the grid.  It is blind to scale and no acceptance metric.
    - *R²*: 1 − Σ(residual²) / Σ((measured − its mean)²) on the grid; below 0 where the mean of
      the measured curve would be the better model.

    The grid begins at the window's start and runs at `rate_hz`; both curves are interpolated
    linearly.

    Args:
        simulated: the curve that is judged.
        measured: the reference.
        rate_hz: rate of the grid [Hz]; None: the measured curve's own times in the window.
        window_ms: from and to [ms]; None: all that both cover.

    Raises:
        ComparisonError: the curves do not overlap, too few points are left, a curve is constant
            there, the measured peak is not positive, or an argument makes no sense.
    """
    window = common_window(simulated, measured, window_ms)
    grid = common_grid(measured, window, rate_hz)
    of_simulated = on_grid(simulated, grid)
    of_measured = on_grid(measured, grid)
    for values, which in ((of_simulated, "simulated"), (of_measured, "measured")):
        if np.ptp(values) < _CONSTANT_MPA:
            raise ComparisonError(
                f"The {which} curve is constant from {span(window)}, so that it has no peak and "
                "no correlation; choose another window or another curve."
            )
    simulated_at, simulated_peak = _peak(simulated, window, "simulated")
    measured_at, measured_peak = _peak(measured, window, "measured")
    if measured_peak < _CONSTANT_MPA:
        raise ComparisonError(
            f"The measured curve peaks at {measured_peak:g} MPa from {span(window)}, and a "
            "difference in percent needs a positive peak; choose another window."
        )
    residual = of_simulated - of_measured
    peak_diff = simulated_peak - measured_peak
    mae = float(np.mean(np.abs(residual)))
    return Comparison(
        peak_pressure_diff_mpa=peak_diff,
        peak_pressure_diff_percent=100.0 * peak_diff / measured_peak,
        peak_time_diff_ms=simulated_at - measured_at,
        ignition_time_diff_ms=_ignition_diff(simulated, measured, window),
        impulse_diff_mpa_ms=_impulse(simulated, window) - _impulse(measured, window),
        rmse_mpa=max(float(np.sqrt(np.mean(residual**2))), mae),  # never less but by underflow
        mae_mpa=mae,
        correlation=_correlation(of_simulated, of_measured),
        r_squared=_r_squared(residual, of_measured),
        settings=ComparisonSettings(
            rate_hz=None if rate_hz is None else float(rate_hz),
            filter=None,
            window_ms=None if window_ms is None else (float(window_ms[0]), float(window_ms[1])),
            used_window_ms=window,
            points=grid.size,
            time_zero=TIME_ZERO_RULE,
            code_version=__version__,
        ),
    )


def residual_curve(
    simulated: PTCurve,
    measured: PTCurve,
    *,
    rate_hz: float | None = DEFAULT_RATE_HZ,
    window_ms: tuple[float, float] | None = None,
) -> PTCurve:
    """Return simulated minus measured on the grid of :func:`compare`, for a plot.

    Args:
        simulated: the curve that is judged.
        measured: the reference.
        rate_hz: as for :func:`compare`.
        window_ms: as for :func:`compare`.

    Raises:
        ComparisonError: the curves do not overlap, too few points are left, or an argument
            makes no sense.
    """
    grid = common_grid(measured, common_window(simulated, measured, window_ms), rate_hz)
    return PTCurve(grid, on_grid(simulated, grid) - on_grid(measured, grid))


def _peak(curve: PTCurve, window: tuple[float, float], which: str) -> tuple[float, float]:
    """Return time and pressure of the highest sample in the window; the earliest of equals."""
    inside = np.flatnonzero((curve.time_ms >= window[0]) & (curve.time_ms <= window[1]))
    if not inside.size:
        raise ComparisonError(
            f"The {which} curve has no sample from {span(window)}; choose a wider window."
        )
    at = inside[int(np.argmax(curve.pressure_mpa[inside]))]
    return float(curve.time_ms[at]), float(curve.pressure_mpa[at])


def _ignition_diff(
    simulated: PTCurve, measured: PTCurve, window: tuple[float, float]
) -> float | None:
    of_simulated = simulated.features().ignition_time_ms
    of_measured = measured.features().ignition_time_ms
    if of_simulated is None or of_measured is None:
        return None
    if not all(window[0] <= time <= window[1] for time in (of_simulated, of_measured)):
        return None
    return of_simulated - of_measured


def _impulse(curve: PTCurve, window: tuple[float, float]) -> float:
    inside = curve.time_ms[(curve.time_ms > window[0]) & (curve.time_ms < window[1])]
    times = np.concatenate(((window[0],), inside, (window[1],)))
    return float(np.trapezoid(np.interp(times, curve.time_ms, curve.pressure_mpa), times))


def _correlation(simulated: FloatArray, measured: FloatArray) -> float:
    if np.array_equal(simulated, measured):
        return 1.0  # and not 0.9999999999999999
    a, b = simulated - simulated.mean(), measured - measured.mean()
    r = float(np.dot(a / np.linalg.norm(a), b / np.linalg.norm(b)))
    return max(-1.0, min(1.0, r))


def _r_squared(residual: FloatArray, measured: FloatArray) -> float:
    spread = measured - measured.mean()
    return 1.0 - float(np.dot(residual, residual)) / float(np.dot(spread, spread))

"""How far a simulated PT curve is from a measured one, in the numbers an engineer thinks in.

The reference is always the measured curve, and every difference is simulated minus measured.
Read-outs (peak, times, impulse, phases) come from the curves at their full rate; point metrics
(RMSE, MAE, correlation, R², ISO/TS 18571, Sprague and Geers) from both on one common grid.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mgg_kernel._version import __version__
from mgg_kernel.comparison.geers import SpragueGeers, sprague_geers
from mgg_kernel.comparison.grid import common_grid, common_window, on_grid, span
from mgg_kernel.comparison.method import ComparisonSettings, filter_name
from mgg_kernel.comparison.phases import PhaseRatings, rate_phases
from mgg_kernel.comparison.prepared import Prepared
from mgg_kernel.comparison.rating import DEFAULT_WEIGHTS, Iso18571, checked_weights, iso18571
from mgg_kernel.curve import PTCurve, even_rate_hz
from mgg_kernel.errors import ComparisonError
from mgg_kernel.features import FeatureDefinitions, Features

__all__ = ["DEFAULT_RATE_HZ", "Comparison", "compare", "compare_prepared", "residual_curve"]

FloatArray = NDArray[np.float64]

DEFAULT_RATE_HZ = 10_000.0
TIME_ZERO_RULE = "as recorded"

# A curve whose pressures differ by less than a millipascal is constant but for round-off, and a
# correlation with it would be a correlation with nothing.
_CONSTANT_MPA = 1e-9

# ISO/TS 18571 takes time and memory that grow with the square of the points.
_MAX_RATED_POINTS = 20_000
_STRONG_FILTERS = ("cfc60", "cfc180")


@dataclass(frozen=True)
class Comparison:
    """Differences, simulated minus measured; :func:`compare` says how each is defined.

    `warnings` are sentences about what the numbers do not tell.
    """

    peak_pressure_diff_mpa: float
    peak_pressure_diff_percent: float
    peak_time_diff_ms: float
    ignition_time_diff_ms: float | None
    impulse_diff_mpa_ms: float
    rmse_mpa: float
    rmse_percent: float
    mae_mpa: float
    mae_percent: float
    correlation: float
    r_squared: float
    iso18571: Iso18571 | None
    sprague_geers: SpragueGeers
    phases: PhaseRatings
    warnings: tuple[str, ...]
    settings: ComparisonSettings

    def as_dict(self) -> dict[str, Any]:
        """Return all numbers and settings as plain values, fit for JSON."""
        return asdict(self)


def compare(
    simulated: PTCurve,
    measured: PTCurve,
    *,
    rate_hz: float | None = DEFAULT_RATE_HZ,
    filter: str | None = None,  # noqa: A002
    window_ms: tuple[float, float] | None = None,
    weights: tuple[float, float, float, float] = DEFAULT_WEIGHTS,
    definitions: FeatureDefinitions | None = None,
) -> Comparison:
    """Compare a simulated curve with a measured one.

    The time window is what both curves cover, cut to `window_ms` where given.  A filter is put on
    both curves at their own rate before anything is read off them.

    - *peak pressure, peak time*: of each curve's highest sample inside the window, at its full
      rate; the percentage is of the measured peak.
    - *ignition time*: :meth:`PTCurve.features` of each whole curve, since its baseline lies at
      the beginning; None where a curve did not ignite, or not inside the window.
    - *impulse*: ∫ p dt over the window by the trapezoidal rule at each curve's full rate, with
      the ends of the window interpolated.
    - *RMSE, MAE*: root of the mean square, and mean magnitude, of the residual on the grid; the
      percentages are of the measured peak.
    - *correlation*: Pearson's r on the grid.  It is blind to scale and no acceptance metric.
    - *R²*: 1 − Σ(residual²) / Σ((measured − its mean)²) on the grid; below 0 where the mean of
      the measured curve would be the better model.
    - *ISO/TS 18571*: :func:`iso18571` on the grid; None where the grid is not even or has more
      than 20,000 points.
    - *Sprague and Geers*: :func:`sprague_geers` on the grid.
    - *phases*: :func:`rate_phases` at each curve's full rate.

    The grid begins at the window's start and runs at `rate_hz`; both curves are interpolated
    linearly.

    Args:
        simulated: the curve that is judged.
        measured: the reference.
        rate_hz: rate of the grid [Hz]; None: the measured curve's own times in the window.
        filter: such as ``cfc1000``; :func:`filter_name` says which there are.  None: none.
        window_ms: from and to [ms]; None: all that both cover.
        weights: of corridor, phase, magnitude and slope in ISO/TS 18571.
        definitions: of ignition and baseline; None: the defaults.

    Raises:
        ComparisonError: the curves do not overlap, too few points are left, a curve is constant
            there, the measured peak is not positive, a curve cannot go through the filter, or an
            argument makes no sense.
    """
    chosen = FeatureDefinitions() if definitions is None else definitions
    of_weights, name = checked_weights(weights), filter_name(filter)
    return compare_prepared(
        Prepared(simulated, "simulated", name, chosen),
        Prepared(measured, "measured", name, chosen),
        rate_hz=rate_hz,
        filter_name=name,
        window_ms=window_ms,
        weights=of_weights,
    )


def compare_prepared(
    simulated: Prepared,
    measured: Prepared,
    *,
    rate_hz: float | None,
    filter_name: str | None,
    window_ms: tuple[float, float] | None,
    weights: tuple[float, float, float, float],
) -> Comparison:
    """Do as :func:`compare`, with curves that are ready for it.

    Args:
        simulated: the curve that is judged, behind the filter.
        measured: the reference, behind the same filter, read by the same definitions.
        rate_hz: as for :func:`compare`.
        filter_name: the filter's one name.
        window_ms: as for :func:`compare`.
        weights: checked ones.

    Raises:
        ComparisonError: as for :func:`compare`.
    """
    window = common_window(simulated.curve, measured.curve, window_ms)
    grid = common_grid(measured.curve, window, rate_hz)
    of_simulated = simulated.values(grid, window, rate_hz)
    of_measured = measured.values(grid, window, rate_hz)
    for values, which in ((of_simulated, "simulated"), (of_measured, "measured")):
        if np.ptp(values) < _CONSTANT_MPA:
            raise ComparisonError(
                f"The {which} curve is constant from {span(window)}, so that it has no peak and "
                "no correlation; choose another window or another curve."
            )
    simulated_at, simulated_peak = simulated.peak(window)
    measured_at, measured_peak = measured.peak(window)
    if measured_peak < _CONSTANT_MPA:
        raise ComparisonError(
            f"The measured curve peaks at {measured_peak:g} MPa from {span(window)}, and a "
            "difference in percent needs a positive peak; choose another window."
        )
    residual = of_simulated - of_measured
    peak_diff = simulated_peak - measured_peak
    mae = float(np.mean(np.abs(residual)))
    rmse = max(float(np.sqrt(np.mean(residual**2))), mae)  # never less but by underflow
    not_rated = _why_not_rated(grid, rate_hz)
    return Comparison(
        peak_pressure_diff_mpa=peak_diff,
        peak_pressure_diff_percent=100.0 * peak_diff / measured_peak,
        peak_time_diff_ms=simulated_at - measured_at,
        ignition_time_diff_ms=_ignition_diff(simulated.features, measured.features, window),
        impulse_diff_mpa_ms=simulated.impulse(window) - measured.impulse(window),
        rmse_mpa=rmse,
        rmse_percent=100.0 * rmse / measured_peak,
        mae_mpa=mae,
        mae_percent=100.0 * mae / measured_peak,
        correlation=_correlation(of_simulated, of_measured),
        r_squared=_r_squared(residual, of_measured),
        iso18571=None if not_rated else iso18571(of_simulated, of_measured, weights=weights),
        sprague_geers=sprague_geers(of_simulated, of_measured),
        phases=rate_phases(simulated.shot(window), measured.shot(window)),
        warnings=tuple(told for told in (not_rated, _about_filter(filter_name)) if told),
        settings=ComparisonSettings(
            rate_hz=None if rate_hz is None else float(rate_hz),
            filter=filter_name,
            window_ms=None if window_ms is None else (float(window_ms[0]), float(window_ms[1])),
            used_window_ms=window,
            points=grid.size,
            time_zero=TIME_ZERO_RULE,
            weights=weights,
            definitions=measured.definitions,
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


def _why_not_rated(grid: FloatArray, rate_hz: float | None) -> str | None:
    """Return a sentence that says why there is no score of ISO/TS 18571, or None."""
    if grid.size > _MAX_RATED_POINTS:
        return (
            f"There is no ISO/TS 18571 score: it takes at most {_MAX_RATED_POINTS:,} points, but "
            f"there are {grid.size:,}; choose a lower rate."
        )
    if rate_hz is None and even_rate_hz(grid) is None:
        return (
            "There is no ISO/TS 18571 score: it needs evenly spaced points, but the measured "
            "curve's own times are not; choose a rate."
        )
    return None


def _about_filter(name: str | None) -> str | None:
    if name is None or name.partition("-")[0] not in _STRONG_FILTERS:
        return None
    return (
        f"{name.upper()} takes away more than noise: it can flatten the steepest part of the rise "
        "to a third or a quarter; use CFC 1000 or none to judge the rise."
    )


def _ignition_diff(
    simulated: Features, measured: Features, window: tuple[float, float]
) -> float | None:
    first, second = simulated.ignition_time_ms, measured.ignition_time_ms
    if first is None or second is None:
        return None
    if not all(window[0] <= time <= window[1] for time in (first, second)):
        return None
    return first - second


def _correlation(simulated: FloatArray, measured: FloatArray) -> float:
    if np.array_equal(simulated, measured):
        return 1.0  # and not 0.9999999999999999
    a, b = simulated - simulated.mean(), measured - measured.mean()
    r = float(np.dot(a / np.linalg.norm(a), b / np.linalg.norm(b)))
    return max(-1.0, min(1.0, r))


def _r_squared(residual: FloatArray, measured: FloatArray) -> float:
    spread = measured - measured.mean()
    return 1.0 - float(np.dot(residual, residual)) / float(np.dot(spread, spread))

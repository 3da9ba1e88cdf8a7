"""Laying several shots of one recipe over each other."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mgg_kernel._version import __version__
from mgg_kernel.comparison.grid import MAX_POINTS
from mgg_kernel.comparison.method import filter_name, through_filter
from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import LotError
from mgg_kernel.features import FeatureDefinitions, Features
from mgg_kernel.lots.overlays import Align, Overlay
from mgg_kernel.lots.runs import Run, fired, statistics_of_runs
from mgg_kernel.lots.statistics import CONFIDENCE

__all__ = ["overlay"]

FloatArray = NDArray[np.float64]

# Where shots are not evenly sampled: the rate that curves are compared at.
OTHER_RATE_HZ = 10_000.0

# So much of a step outside is inside: round-off would lose the first point or the last.
_SLACK = 1e-6


def overlay(
    curves: Sequence[PTCurve],
    *,
    names: Sequence[str] | None = None,
    align: Align = "ignition",
    rate_hz: float | None = None,
    filter: str | None = None,  # noqa: A002
    definitions: FeatureDefinitions | None = None,
    confidence: float = CONFIDENCE,
) -> Overlay:
    """Lay shots over each other.

    Read-outs are taken from each shot at its full rate, behind the filter where there is one, and
    with its times as recorded.  Then each shot is moved along the time axis until its ignition (or
    its peak) lies at the median of those of the shots, and is read at the common times by linear
    interpolation; nothing is extrapolated.

    A shot that has not fired (:data:`FIRED_SHARE`) is shown where it was recorded and counts
    neither for the mean nor for the statistics.  One that has fired but has no ignition in its
    record counts for the statistics and, when shots are aligned there, not for the mean.  Both are
    told in `notes`.

    Args:
        curves: at least one shot.
        names: one for each; None: ``shot 1``, ``shot 2``, …
        align: ``ignition``, ``peak`` or ``none``.
        rate_hz: of the common times [Hz]; None: the highest of the shots' own ones.  At a lower one
            the igniter's jump is cut short, and a corridor drawn from it is too narrow there.
        filter: such as ``cfc1000``; None: none.
        definitions: of ignition and the other read-outs; None: the defaults.
        confidence: of the intervals of the means.

    Raises:
        LotError: there is no shot, the names do not fit, or an argument is outside its range.
        ComparisonError: a shot cannot go through the filter.
    """
    labels = _names(curves, names)
    if align not in ("ignition", "peak", "none"):
        raise LotError(f"Shots are aligned at ignition, peak or none, not {align!r}.")
    chosen = FeatureDefinitions() if definitions is None else definitions
    wanted = filter_name(filter)
    shots = [
        through_filter(curve, wanted, label) for curve, label in zip(curves, labels, strict=True)
    ]
    features = [shot.features(chosen) for shot in shots]
    runs, at = _placed(shots, labels, features, align)
    rate = _own_rate(shots) if rate_hz is None else float(rate_hz)
    times = _common_times(runs, rate)
    slack = _SLACK * 1000.0 / rate
    pressures = np.full((len(shots), times.size), np.nan)
    for row, shot, run in zip(pressures, shots, runs, strict=True):
        inside = (times >= run.from_ms - slack) & (times <= run.to_ms + slack)
        row[inside] = np.interp(times[inside], shot.time_ms + run.shift_ms, shot.pressure_mpa)
    mean, sd, count = _moments(pressures[[run.counted for run in runs]])
    return Overlay(
        time_ms=times,
        pressures_mpa=pressures,
        runs=runs,
        align=align,
        align_at_ms=at,
        mean_mpa=mean,
        sd_mpa=sd,
        count=count,
        statistics=statistics_of_runs(runs, confidence=confidence),
        notes=tuple(_notes(runs, align)),
        rate_hz=rate,
        filter=wanted,
        definitions=chosen,
        code_version=__version__,
    )


def _names(curves: Sequence[PTCurve], names: Sequence[str] | None) -> tuple[str, ...]:
    if not curves:
        raise LotError("There is no shot to lay over another; give at least one.")
    if names is None:
        return tuple(f"shot {number}" for number in range(1, len(curves) + 1))
    if len(names) != len(curves):
        raise LotError(f"There are {len(curves)} shots but {len(names)} names; give one for each.")
    return tuple(map(str, names))


def _placed(
    shots: Sequence[PTCurve], labels: Sequence[str], features: Sequence[Features], align: Align
) -> tuple[tuple[Run, ...], float | None]:
    """Return where each shot lies on the common axis, and where the moment to align at lies."""
    has_fired = fired(features)
    moments = [
        _moment(read, align) if went else None
        for read, went in zip(features, has_fired, strict=True)
    ]
    known = [moment for moment in moments if moment is not None]
    at = float(np.median(known)) if known else None
    runs = []
    for shot, label, read, went, moment in zip(
        shots, labels, features, has_fired, moments, strict=True
    ):
        aligned = moment is not None and at is not None
        shift = at - moment if moment is not None and at is not None else 0.0
        runs.append(
            Run(
                name=label,
                features=read,
                fired=went,
                shift_ms=shift,
                aligned=aligned,
                counted=went and (aligned or align == "none"),
                from_ms=float(shot.time_ms[0]) + shift,
                to_ms=float(shot.time_ms[-1]) + shift,
            )
        )
    return tuple(runs), at


def _moment(read: Features, align: Align) -> float | None:
    if align == "ignition":
        return read.ignition_time_ms
    return read.peak_time_ms if align == "peak" else None


def _own_rate(shots: Sequence[PTCurve]) -> float:
    rates = [shot.rate_hz for shot in shots]
    return max((rate for rate in rates if rate is not None), default=OTHER_RATE_HZ)


def _common_times(runs: Sequence[Run], rate_hz: float) -> FloatArray:
    """Return the whole multiples of 1 / rate from the first sample to the last."""
    if not (np.isfinite(rate_hz) and rate_hz > 0):
        raise LotError(f"The rate must be a positive number of Hz, not {rate_hz:g}.")
    per_ms = rate_hz / 1000.0
    first = np.ceil(min(run.from_ms for run in runs) * per_ms - _SLACK)
    last = np.floor(max(run.to_ms for run in runs) * per_ms + _SLACK)
    if not 2 <= last - first + 1 <= MAX_POINTS:
        raise LotError(
            f"At {rate_hz:g} Hz there are {max(last - first + 1, 0):,.0f} common times, but 2 … "
            f"{MAX_POINTS:,} are possible; choose another rate."
        )
    times: FloatArray = np.arange(first, last + 1) / per_ms + 0.0  # never −0
    return times


def _moments(counted: FloatArray) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Return mean, standard deviation and count of the rows at each time."""
    present = np.isfinite(counted)
    count = present.sum(axis=0)
    divisor = np.where(count > 0, count, np.nan)
    mean = np.where(present, counted, 0.0).sum(axis=0) / divisor
    away = np.where(present, counted - mean, 0.0)
    sd = np.sqrt((away**2).sum(axis=0) / np.where(count > 1, count - 1, np.nan))
    return mean, sd, count.astype(np.int64)


def _notes(runs: Sequence[Run], align: Align) -> list[str]:
    told = []
    for run in runs:
        if not run.fired:
            told.append(
                f"{run.name} has not fired (it reaches {run.features.peak_pressure_mpa:.3g} MPa): "
                "it is shown as recorded and counts neither for the mean nor for the statistics."
            )
        elif not run.counted:
            told.append(
                f"{run.name} has no {align} in its record and cannot be aligned: it is shown as "
                "recorded and does not count for the mean curve."
            )
    if not any(run.counted for run in runs):
        told.append("No shot counts for a mean curve.")
    elif sum(run.counted for run in runs) == 1:
        told.append("One shot alone has no spread: there is no band.")
    return told

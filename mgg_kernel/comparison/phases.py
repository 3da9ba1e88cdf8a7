"""Ratings of the four phases of a shot: ignition delay, rise, peak, decay.

Each phase has a relative error e and the score max(0, 1 − e / ½), so that the grades mean the same
in all of them: excellent within 3 %, good within 10 %, fair within 21 %.  `docs/comparison.md`
argues for each definition.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.comparison.rating import grade_of
from mgg_kernel.curve import PTCurve
from mgg_kernel.features import Features, crossing_before

__all__ = ["RISE_SHARES", "ZERO_AT", "PhaseRating", "PhaseRatings", "PhaseShot", "phase_shot"]
__all__ += ["rate_phases"]

FloatArray = NDArray[np.float64]

ZERO_AT = 0.5
"""The relative error at which a score is 0: as in the magnitude score of ISO/TS 18571."""
RISE_SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Shares of the peak at which the times of the rise are compared."""


@dataclass(frozen=True)
class PhaseRating:
    """How far off a phase is, as a share, and the score and grade of it."""

    error: float
    score: float
    grade: str


@dataclass(frozen=True)
class PhaseRatings:
    """A rating for each phase; None where a curve does not show that phase inside the window."""

    ignition_delay: PhaseRating | None
    rise: PhaseRating | None
    peak: PhaseRating
    decay: PhaseRating | None


@dataclass(frozen=True)
class PhaseShot:
    """What the ratings read from a curve inside a window."""

    time: FloatArray
    pressure: FloatArray
    top: int
    ignition_ms: float | None
    rise_ms: tuple[float | None, ...]

    @property
    def peak_mpa(self) -> float:
        """The highest pressure inside the window [MPa]."""
        return float(self.pressure[self.top])


def rate_phases(s: PhaseShot, m: PhaseShot) -> PhaseRatings:
    """Rate the phases of a curve against a reference.

    With t_i the ignition, t_f the time at which a curve passes the level of the share f for the
    last time before its peak (:class:`mgg_kernel.features.Features`), p̂ the peak, and
    T = t_0.9 − t_i of the reference, the errors are:

    - *ignition delay*: |Δt_i| / T.
    - *rise*: mean over f = 0.1, 0.2 … 0.9 of |Δ(t_f − t_i)| / T: each curve from its own ignition
      to its own peak's share, so that neither a late ignition nor a wrong peak counts again.
    - *peak*: |Δp̂| / p̂ of the reference.
    - *decay*: ∫ |Δq| dτ / ∫ q_reference dτ of q(τ) = p(t_peak + τ) / p̂ over what both curves show
      after their peak: the share of the peak that is left.

    Args:
        s: what :func:`phase_shot` reads from the curve that is judged.
        m: from the reference, in the same window; its highest pressure there is positive.
    """
    peak = _rating(abs(s.peak_mpa - m.peak_mpa) / m.peak_mpa)
    end = m.rise_ms[-1]
    if s.ignition_ms is None or m.ignition_ms is None or end is None or end <= m.ignition_ms:
        return PhaseRatings(None, None, peak, _decay(s, m))
    duration = end - m.ignition_ms
    delay = abs(s.ignition_ms - m.ignition_ms) / duration
    apart = [
        abs((of_s - s.ignition_ms) - (of_m - m.ignition_ms))
        for of_s, of_m in zip(s.rise_ms, m.rise_ms, strict=True)
        if of_s is not None and of_m is not None
    ]
    whole = len(apart) == len(RISE_SHARES)
    rise = _rating(float(np.mean(apart)) / duration) if whole else None
    return PhaseRatings(_rating(delay), rise, peak, _decay(s, m))


def phase_shot(curve: PTCurve, read: Features, window: tuple[float, float]) -> PhaseShot:
    """Return what the ratings read from a curve.

    Args:
        curve: any curve.
        read: its ignition and baseline.
        window: from and to [ms], which the curve has samples in.
    """
    first = np.searchsorted(curve.time_ms, window[0], side="left")
    last = np.searchsorted(curve.time_ms, window[1], side="right")
    time, pressure = curve.time_ms[first:last], curve.pressure_mpa[first:last]
    top = int(np.argmax(pressure))
    ignition = read.ignition_time_ms
    rise = float(pressure[top]) - read.baseline_mpa
    return PhaseShot(
        time=time,
        pressure=pressure,
        top=top,
        ignition_ms=None if ignition is None or not time[0] <= ignition <= time[top] else ignition,
        rise_ms=tuple(
            crossing_before(time, pressure, top, read.baseline_mpa + share * rise)
            for share in RISE_SHARES
        ),
    )


def _decay(s: PhaseShot, m: PhaseShot) -> PhaseRating | None:
    since_s, since_m = (shot.time[shot.top :] - shot.time[shot.top] for shot in (s, m))
    last = min(since_s[-1], since_m[-1])
    if last <= 0.0 or s.peak_mpa <= 0.0:
        return None
    both = np.concatenate((since_s[since_s <= last], since_m[since_m <= last]))
    times = np.sort(both, kind="stable")  # which merges two rising halves; twice a time is no harm
    of_s = np.interp(times, since_s, s.pressure[s.top :]) / s.peak_mpa
    of_m = np.interp(times, since_m, m.pressure[m.top :]) / m.peak_mpa
    left = float(np.trapezoid(of_m, times))
    if left <= 0.0:
        return None
    return _rating(float(np.trapezoid(np.abs(of_s - of_m), times)) / left)


def _rating(error: float) -> PhaseRating:
    score = max(0.0, 1.0 - error / ZERO_AT)
    return PhaseRating(float(error), score, grade_of(score))

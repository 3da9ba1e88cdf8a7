"""A shot whose whole curve differs from the others, though no single read-out may."""

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.errors import LotError
from mgg_kernel.lots.outliers import ALPHA, Outlier, OutlierTest
from mgg_kernel.lots.overlays import Overlay
from mgg_kernel.lots.statistics import checked_share

__all__ = ["unusual_curves"]

FloatArray = NDArray[np.float64]

LEAST = 4


def unusual_curves(shots: Overlay, *, alpha: float = ALPHA) -> OutlierTest:
    """Test for each shot whether its whole curve differs from those of the others.

    Each shot is left out in turn.  With D² the mean square of its distance from the mean of the
    n − 1 others over all times that every shot has, and S² the mean of their variance about it,
    F = (n − 1) / n · D² / S² is compared with the F distribution of κ and κ (n − 2) degrees of
    freedom, and α with n · its tail (Bonferroni).  κ = (tr Γ)² / tr(Γ²) of the others' covariance Γ
    tells in how many ways curves vary: 1 where they differ by one number only, and then the test is
    Grubbs'.  Source of the F test of curves: Q. Shen and J. Faraway, *Statistica Sinica* 14 (2004)
    1239–1257.  κ is estimated, so that α is about right and not exact.  Two shots that are unusual
    in the same way hide each other.

    Args:
        shots: at least 4 of them count.
        alpha: the chance of a false alarm over all shots, between 0 and 1.

    Returns:
        All shots that count, the most distant first; `statistic` and `critical` are square roots
        of F, and `value` is D [MPa].  The indices are places in ``shots.runs``.

    Raises:
        LotError: fewer than 4 shots count, they have no time in common, or all are equal.
    """
    level = checked_share(alpha, "alpha")
    places = [place for place, run in enumerate(shots.runs) if run.counted]
    if len(places) < LEAST:
        raise LotError(
            f"To tell an unusual curve there must be at least {LEAST} shots that count, but there "
            f"are {len(places)}; add shots."
        )
    common = shots.count == len(places)
    if not common.any():
        raise LotError("There is no time at which all shots have samples; leave out the short one.")
    curves, times = shots.pressures_mpa[places][:, common], shots.time_ms[common]
    found = []
    for row, place in enumerate(places):
        others = np.delete(curves, row, axis=0)
        found.append(_tested(place, curves[row], others, level))
    found.sort(key=lambda one: (one.p_value, -one.statistic / one.critical))
    outliers = tuple(one.index for one in found if one.is_outlier)
    farthest = found[0]
    row = places.index(farthest.index)
    apart = curves[row] - np.delete(curves, row, axis=0).mean(axis=0)
    at = int(np.argmax(np.abs(apart)))
    told = (
        f"{shots.runs[farthest.index].name}, {farthest.value:.3g} MPa (root mean square) from the "
        f"mean of the others, most at {times[at]:.4g} ms ({apart[at]:+.3g} MPa)"
    )
    words = (
        f"{len(outliers)} of {len(places)} curves unusual at α = {level:g}; first {told}."
        if outliers
        else f"No unusual curve among {len(places)} at α = {level:g}; the most distant is {told}."
    )
    return OutlierTest(tuple(found), outliers, level, "curve", words)


def _tested(place: int, curve: FloatArray, others: FloatArray, level: float) -> Outlier:
    from scipy.special import fdtrc, fdtri

    n, points = others.shape[0] + 1, others.shape[1]
    mean = others.mean(axis=0)
    apart, away = curve - mean, others - mean
    inner = away @ away.T / points
    variance = float(np.trace(inner)) / (n - 2)
    if variance <= 0.0:
        raise LotError("The other shots are all equal, so that no distance from them is usual.")
    ways = max(1.0, float(np.trace(inner)) ** 2 / float((inner**2).sum()))
    square = float(apart @ apart) / points
    f = (n - 1) / n * square / variance
    critical = float(fdtri(ways, ways * (n - 2), 1.0 - level / n))
    return Outlier(
        index=place,
        value=square**0.5,
        statistic=f**0.5,
        critical=critical**0.5,
        p_value=min(1.0, n * float(fdtrc(ways, ways * (n - 2), f))),
        is_outlier=f > critical,
    )

"""The ignition time: a product of effects of device, vessel, igniter in device, and current.

The delay is made by electricity and the igniter's bridge, not by interior ballistics, so it is
fitted apart: the logarithm as a sum of effects with normal priors, robust by Student's t.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.calibration.observations import Observation
from mgg_kernel.simulation.coordinates import kind_of
from mgg_kernel.simulation.intervals import ignition_contributions

__all__ = ["IgnitionFit", "fit_ignition"]

Floats = NDArray[np.float64]

ITERATIONS, SMALL_CHANGE = 50, 1e-6
CENTER_MS = 0.7


@dataclass(frozen=True, eq=False)
class IgnitionFit:
    """The fitted effects.

    Args:
        names: the parameters.
        effects: value of each, of the logarithm of the time.
        factor: lower triangle F, shape (n, n), with the covariance F·Fᵀ of standardised values.
        left_out: shape (observations, 2): for each the logarithm expected without it [ln ms] and
            the variance of that; nan where it has no ignition time.
    """

    names: list[str]
    effects: dict[str, float]
    factor: Floats
    left_out: Floats


def fit_ignition(observations: Sequence[Observation], structure: dict[str, float]) -> IgnitionFit:
    """Fit the effects to all ignition times."""
    weights = [ignition_contributions(one.recipe, structure) for one in observations]
    names = sorted({name for each in weights for name, _ in each})
    index = {name: i for i, name in enumerate(names)}
    design = np.zeros((len(observations), len(names)))
    for row, each in zip(design, weights, strict=True):
        for name, weight in each:
            row[index[name]] += weight
    target = np.array(
        [
            np.nan if o.ignition_time_ms is None else log(o.ignition_time_ms / CENTER_MS)
            for o in observations
        ]
    )
    given = np.isfinite(target)
    scale, freedom = structure["noise.ignition_time"], structure["noise.ignition_time_freedom"]
    a, b = design[given] / scale, target[given] / scale
    x, covariance = _robust(a, b, freedom)
    left_out = np.full((len(observations), 2), np.nan)
    which = np.flatnonzero(given)
    for n, i in enumerate(which.tolist()):
        without, spread = _robust(np.delete(a, n, axis=0), np.delete(b, n), freedom)
        left_out[i] = log(CENTER_MS) + design[i] @ without, design[i] @ spread @ design[i]
    effects = {name: float(x[i]) * structure[kind_of(name)] for name, i in index.items()}
    factor = np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)
    return IgnitionFit(names, effects, factor, left_out)


def _robust(a: Floats, b: Floats, freedom: float) -> tuple[Floats, Floats]:
    """Return the most probable x of a·x ≈ b with Student's t and x ~ N(0, 1); its covariance."""
    x: Floats = np.zeros(a.shape[1])
    prior = np.eye(a.shape[1])
    for _ in range(ITERATIONS):
        trust = (freedom + 1) / (freedom + (b - a @ x) ** 2)
        before, weighted = x, a.T * trust
        x = np.asarray(np.linalg.solve(weighted @ a + prior, weighted @ b), dtype=np.float64)
        if np.abs(x - before).max(initial=0) < SMALL_CHANGE:
            break
    trust = (freedom + 1) / (freedom + (b - a @ x) ** 2)
    return x, np.asarray(np.linalg.inv((a.T * trust) @ a + prior), dtype=np.float64)

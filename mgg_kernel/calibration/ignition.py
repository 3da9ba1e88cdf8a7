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

ITERATIONS = 50
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
    x = np.zeros(len(names))
    a, b = design[given] / scale, target[given] / scale
    trust = np.ones(len(b))
    for _ in range(ITERATIONS):
        trust = (freedom + 1) / (freedom + (b - a @ x) ** 2)
        before, x = x, np.linalg.solve((a.T * trust) @ a + np.eye(len(x)), (a.T * trust) @ b)
        if np.abs(x - before).max(initial=0) < 1e-9:
            break
    covariance = np.linalg.inv((a.T * trust) @ a + np.eye(len(x)))
    left_out = np.full((len(observations), 2), np.nan)
    left_out[:, 0] = log(CENTER_MS) + design @ x
    left_out[:, 1] = np.einsum("ij,jk,ik->i", design, covariance, design)
    # Without row i the expectation moves by the leverage of that row (Sherman and Morrison).
    leverage = left_out[given, 1] / scale**2 * trust
    left_out[given, 0] -= leverage / (1 - leverage) * (target[given] - design[given] @ x)
    left_out[given, 1] /= 1 - leverage
    effects = {name: float(x[i]) * structure[kind_of(name)] for name, i in index.items()}
    return IgnitionFit(names, effects, np.linalg.cholesky(covariance), left_out)

"""The most probable parameters: robust, damped Gauss–Newton steps with normal priors."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.calibration.problem import Problem, Slopes, State
from mgg_kernel.errors import CalibrationError, SimulationError

__all__ = ["Fit", "Targets", "cost", "fit", "system"]

Floats = NDArray[np.float64]

ITERATIONS, NEAR_ITERATIONS, ITERATIONS_WITHOUT_CURVES = 25, 3, 4
STEPS_PER_SLOPES = 3
LONGEST_STEP = 2.5
DAMPINGS = (0.0, 1.0, 5.0, 25.0, 125.0, 625.0)
ENOUGH = 0.02
"""A step that lowers the cost by less than this is the last."""


@dataclass(frozen=True, eq=False)
class Targets:
    """The measured logarithms and how much each counts.

    Args:
        ln_pressure: shape (rows,), nan where not given.
        ln_time: shape (rows,), nan where not given.
        counts: shape (rows,), 1, or 0 for rows that are left out.
        counted_curves: shape (curves,), True for those that count.
    """

    ln_pressure: Floats
    ln_time: Floats
    counts: Floats
    counted_curves: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Fit:
    """The most probable parameters and what they predict.

    Args:
        x: shape (parameters,).
        state: what x predicts.
        slopes: how that bends with x.
        cost: twice the negative logarithm of the posterior, but for a constant.
        covariance: shape (parameters, parameters), of x.
    """

    x: Floats
    state: State
    slopes: Slopes
    cost: float
    covariance: Floats


def fit(
    problem: Problem,
    targets: Targets,
    *,
    step: Callable[[int, int], None],
    near: Fit | None = None,
    most: int | None = None,
) -> Fit:
    """Fit all parameters.

    Args:
        problem: what predicts.
        targets: what to fit.
        step: called before each iteration with its number and the most there can be.
        near: a fit to almost the same data, to start from; the prior's middle if not given.
        most: so many iterations at most; what has proved enough if not given.
    """
    most = most or (ITERATIONS if near is None else NEAR_ITERATIONS)
    if near is None and targets.counted_curves.any():
        # Far from the truth the curves, which count most, lead into a wrong valley: the read-outs
        # alone find the right one.
        near = fit(
            problem,
            replace(targets, counted_curves=np.zeros_like(targets.counted_curves)),
            step=lambda n, total: step(0, most),
            most=ITERATIONS_WITHOUT_CURVES,
        )
    here = np.zeros(problem.size) if near is None else near.x
    state = problem.predict(here) if near is None else near.state
    slopes = problem.slopes(here, state) if near is None else near.slopes
    lowest = cost(problem, targets, here, state)
    if not isfinite(lowest):
        raise CalibrationError(
            "The start model cannot be compared with the data; look for a product or a curve that "
            "is far from anything that can be fired."
        )
    for n in range(most):
        step(n, most)
        if n:
            slopes = problem.slopes(here, state)
        before, fresh = lowest, n > 0 or near is None
        # The slopes serve for more than one step: a new state costs a tenth of new slopes.
        for _ in range(STEPS_PER_SLOPES):
            found = _descend(problem, targets, here, state, slopes, lowest)
            if found is None:
                break
            gained, (here, state, lowest) = lowest - found[2], found
            if gained < ENOUGH:
                break
        # Slopes of another fit may lead nowhere, which those of this one need not.
        if fresh and before - lowest < ENOUGH:
            break
    a, _ = system(problem, targets, state, slopes)
    covariance = np.asarray(np.linalg.inv(a.T @ a + np.eye(problem.size)), dtype=np.float64)
    return Fit(here, state, slopes, lowest, covariance)


def _descend(
    problem: Problem, targets: Targets, x: Floats, state: State, slopes: Slopes, lowest: float
) -> tuple[Floats, State, float] | None:
    """Return a lower point, its state and its cost; None where none was found."""
    a, b = system(problem, targets, state, slopes)
    for damping in DAMPINGS:
        tried = x + _step(a, b, x, damping)
        try:
            new_state = problem.predict(tried)
        except SimulationError:
            # So far off nothing can be fired, such as a charge larger than its vessel.
            continue
        new_cost = cost(problem, targets, tried, new_state)
        if new_cost < lowest:
            return tried, new_state, new_cost
    return None


def cost(problem: Problem, targets: Targets, x: Floats, state: State) -> float:
    """Return twice the negative logarithm of the posterior, but for a constant."""
    total = float(x @ x)
    for residual, freedom in _residuals(problem, targets, state):
        total += float((freedom + 1) * (targets.counts * np.log1p(residual**2 / freedom)).sum())
    for _, residual in _curve_residuals(problem, targets, state):
        freedom, samples = _curve_freedom(problem)
        total += (freedom + samples) * float(np.log1p((residual**2).sum() / freedom))
    return total


def system(
    problem: Problem, targets: Targets, state: State, slopes: Slopes
) -> tuple[Floats, Floats]:
    """Return A and b of the weighted linear least squares ‖A·Δx − b‖² around the state."""
    rows, sides = [], []
    noise = problem.structure
    both = (
        (slopes.ln_pressure, noise["noise.peak_pressure"]),
        (slopes.ln_time, noise["noise.peak_time"]),
    )
    measured = (targets.ln_pressure, targets.ln_time)
    for (residual, freedom), (slope, scale), given in zip(
        _residuals(problem, targets, state), both, measured, strict=True
    ):
        # What was not measured tells nothing: its slopes must not count either.
        counts = np.where(np.isfinite(given), targets.counts, 0.0)
        trust = np.sqrt(counts * (freedom + 1) / (freedom + residual**2))
        rows.append(slope / scale * trust[:, None])
        sides.append(residual * trust)
    for k, residual in _curve_residuals(problem, targets, state):
        # A curve is trusted as a whole: one of a misfire lies off everywhere.
        freedom, samples = _curve_freedom(problem)
        trust = np.sqrt((freedom + samples) / (freedom + (residual**2).sum()))
        rows.append(slopes.curves[k] * (trust * _curve_weight(problem, k))[:, None])
        sides.append(residual * trust)
    return np.vstack(rows), np.concatenate(sides)


def _residuals(problem: Problem, targets: Targets, state: State) -> list[tuple[Floats, float]]:
    noise, found = problem.structure, []
    for name, measured, expected in (
        ("noise.peak_pressure", targets.ln_pressure, state.ln_pressure),
        ("noise.peak_time", targets.ln_time, state.ln_time),
    ):
        found.append((np.nan_to_num(measured - expected) / noise[name], noise[name + "_freedom"]))
    return found


def _curve_residuals(problem: Problem, targets: Targets, state: State) -> list[tuple[int, Floats]]:
    return [
        (k, (target.pressure_mpa - state.curves_mpa[k]) * _curve_weight(problem, k))
        for k, target in enumerate(problem.targets)
        if targets.counted_curves[k]
    ]


def _curve_weight(problem: Problem, k: int) -> Floats:
    target, noise = problem.targets[k], problem.structure
    weight: Floats = np.sqrt(noise["noise.curve_samples"] * target.share)
    return weight / (noise["noise.curve"] * target.peak_mpa)


def _curve_freedom(problem: Problem) -> tuple[float, float]:
    """Return the degrees of freedom of a curve's t distribution, and its dimensions."""
    noise = problem.structure
    return noise["noise.curve_freedom"], noise["noise.curve_samples"]


def _step(a: Floats, b: Floats, x: Floats, damping: float) -> Floats:
    curvature = a.T @ a + (1 + damping) * np.eye(len(x))
    change = np.asarray(np.linalg.solve(curvature, a.T @ b - x), dtype=np.float64)
    longest = float(np.abs(change).max(initial=0))
    return change * min(1.0, LONGEST_STEP / longest) if longest else change

"""One model per product that is left out: what a search may know of a product it never saw."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.calibration.document import model_of, with_delays
from mgg_kernel.calibration.fit import Fit, Targets, fit
from mgg_kernel.calibration.ignition import IgnitionFit, fit_ignition
from mgg_kernel.calibration.observations import (
    MeasuredCurve,
    Observation,
    fingerprint,
    require_enough,
)
from mgg_kernel.calibration.problem import Problem
from mgg_kernel.calibration.start import STRUCTURE, start_model
from mgg_kernel.calibration.validation import (
    LeftOut,
    Validation,
    expected_of,
    fit_without,
    scored,
    validate,
)
from mgg_kernel.simulation import Model

__all__ = ["Without", "eligible", "models_without"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Without:
    """A model that never saw one product, and how well it predicts that product.

    Args:
        row: the product's index among the observations.
        model: fitted to all the others; its intervals come of the others, too.
        left_out: the product's read-outs, as this model expects them.
    """

    row: int
    model: Model
    left_out: tuple[LeftOut, ...]


def eligible(observations: Sequence[Observation]) -> list[int]:
    """Return the rows whose charge types each occur in at least two other products."""
    return [i for i, counts in enumerate(scored(observations)) if counts]


def models_without(
    observations: Sequence[Observation],
    curves: Sequence[MeasuredCurve] = (),
    *,
    rows: Sequence[int] | None = None,
) -> Iterator[Without]:
    """Yield a model for each row, fitted anew without it from the fit to all.

    Every row is left out once before the first is yielded, since the intervals of each model need
    to know how far the others lie off; that takes about as long as a calibration.

    Args:
        observations: the products of a recipe database.
        curves: measured curves of some of these products.
        rows: which to yield; :func:`eligible` ones if not given.

    Raises:
        CalibrationError: there are too few products, or a curve's product is not among them.
        SimulationError: a recipe cannot be simulated.
    """
    require_enough(observations, curves)
    structure = dict(STRUCTURE)
    ignition = fit_ignition(observations, structure)
    start = with_delays(start_model(), [one.recipe for one in observations], ignition)
    problem = Problem(observations, curves, start, structure)
    targets = Targets(
        _logarithms([one.peak_pressure_mpa for one in observations]),
        _logarithms([one.peak_time_ms for one in observations]),
        np.ones(len(observations)),
        np.ones(len(problem.targets), dtype=bool),
    )
    full = fit(problem, targets, step=_silent)
    fits = [fit_without(problem, targets, full, [i]) for i in range(len(observations))]
    expected = np.array([expected_of(one, i) for i, one in enumerate(fits)])
    everything = validate(observations, structure, expected, ignition)
    for i in eligible(observations) if rows is None else rows:
        yield Without(
            i,
            _model(observations, curves, problem, fits[i], i, expected, structure),
            _of(observations[i], everything),
        )


def _model(
    observations: Sequence[Observation],
    curves: Sequence[MeasuredCurve],
    problem: Problem,
    other: Fit,
    i: int,
    expected: Floats,
    structure: dict[str, float],
) -> Model:
    others = [*observations[:i], *observations[i + 1 :]]
    kept = [curve for curve in curves if curve.product != observations[i].product]
    ignition: IgnitionFit = fit_ignition(others, structure)
    start = with_delays(start_model(), [one.recipe for one in others], ignition)
    return model_of(
        "without one product",
        others,
        start,
        structure,
        problem.names,
        problem.lots,
        other,
        ignition,
        validate(others, structure, np.delete(expected, i, axis=0), ignition),
        fingerprint(others, kept),
    )


def _of(observation: Observation, validation: Validation) -> tuple[LeftOut, ...]:
    return tuple(
        one
        for one in validation.left_out
        if (one.sheet, one.product) == (observation.sheet, observation.product)
    )


def _silent(done: int, total: int) -> None:
    """Whoever asks for all models sees them come."""


def _logarithms(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else log(value) for value in values])

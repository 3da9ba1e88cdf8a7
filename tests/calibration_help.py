"""Calibrations without their leave-one-out, for tests that only need the model."""

from collections.abc import Sequence
from math import log

import numpy as np

from mgg_kernel.calibration import STRUCTURE, MeasuredCurve, Observation, start_model
from mgg_kernel.calibration.document import model_of, with_delays
from mgg_kernel.calibration.fit import Fit, Targets, fit
from mgg_kernel.calibration.ignition import fit_ignition
from mgg_kernel.calibration.problem import Problem
from mgg_kernel.calibration.validation import validate
from mgg_kernel.simulation import Model


def fitted(
    observations: Sequence[Observation], curves: Sequence[MeasuredCurve] = (), **changes: float
) -> tuple[Problem, Fit, Model]:
    """Fit once to everything; the intervals come of the fit's own errors, which are too small."""
    structure = STRUCTURE | changes
    ignition = fit_ignition(observations, structure)
    start = with_delays(start_model(), [one.recipe for one in observations], ignition)
    problem = Problem(observations, curves, start, structure)
    targets = Targets(
        np.array([_ln(one.peak_pressure_mpa) for one in observations]),
        np.array([_ln(one.peak_time_ms) for one in observations]),
        np.ones(len(observations)),
        np.ones(len(problem.targets), dtype=bool),
    )
    full = fit(problem, targets, step=lambda done, total: None)
    expected = np.zeros((len(observations), 4))
    expected[:, 0], expected[:, 2] = full.state.ln_pressure, full.state.ln_time
    validation = validate(observations, structure, expected, ignition)
    fitted_parts = (problem.names, problem.lots, full, ignition, validation)
    model = model_of("quick", observations, start, structure, *fitted_parts, "0" * 64)
    return problem, full, model


def _ln(value: float | None) -> float:
    return float("nan") if value is None else log(value)

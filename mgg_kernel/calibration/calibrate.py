"""The whole calibration: fit, leave every product out once, tell what is odd, make the model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log
from time import perf_counter
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from mgg_kernel.calibration.document import model_of, with_delays
from mgg_kernel.calibration.fit import Targets, fit
from mgg_kernel.calibration.ignition import fit_ignition
from mgg_kernel.calibration.observations import (
    MeasuredCurve,
    Observation,
    fingerprint,
    require_enough,
)
from mgg_kernel.calibration.problem import Problem
from mgg_kernel.calibration.progress import Progress, Reporter
from mgg_kernel.calibration.start import STRUCTURE, start_model
from mgg_kernel.calibration.suspicious import Suspicious, suspicious_rows
from mgg_kernel.calibration.validation import Validation, leave_out, validate
from mgg_kernel.errors import CalibrationError
from mgg_kernel.simulation import Model

__all__ = ["Calibration", "CurveFit", "calibrate"]


MOST_GROUPS = 120
"""Of more products several leave together, so that the time does not grow with their square."""
LONGEST_NAME = 120
ODD_CURVE = 0.04
"""A curve is told if it is missed by more than this share of its peak."""


@dataclass(frozen=True)
class CurveFit:
    """How well a measured curve is met, with what its product differs by from the recipe."""

    product: str
    rmse_mpa: float


@dataclass(frozen=True)
class Calibration:
    """A calibrated model and what is to be known of it.

    Args:
        model: the model; its section `calibration` holds what the intervals need.
        validation: every product predicted without it.
        suspicious: read-outs that the other products do not explain.
        curves: how well each curve is met.
        data_fingerprint: SHA-256 of the data.
        seconds: how long it took.
    """

    model: Model
    validation: Validation
    suspicious: tuple[Suspicious, ...]
    curves: tuple[CurveFit, ...]
    data_fingerprint: str
    seconds: float

    def plain(self) -> dict[str, Any]:
        """Return the report as plain values for JSON."""
        return {
            "model": self.model.name,
            "fingerprint": self.model.fingerprint,
            "data_fingerprint": self.data_fingerprint,
            "seconds": round(self.seconds, 2),
            "left_out": self.validation.plain(),
            "curves": [
                {"product": one.product, "rmse_mpa": round(one.rmse_mpa, 4)} for one in self.curves
            ],
            "suspicious": [
                {
                    "sheet": one.sheet,
                    "product": one.product,
                    "quantity": one.quantity,
                    "measured": one.measured,
                    "expected": round(one.expected, 4),
                    "reason": one.reason,
                }
                for one in self.suspicious
            ],
        }


def calibrate(
    observations: Sequence[Observation],
    curves: Sequence[MeasuredCurve] = (),
    *,
    name: str = "calibrated",
    start: Model | None = None,
    structure: dict[str, float] | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Calibration:
    """Fit the physics to all products and curves together.

    Args:
        observations: the products of a recipe database.
        curves: measured curves of some of these products.
        name: what to call the model.
        start: the model to deviate from; :func:`start_model` if not given.
        structure: spreads of the parameters and noise; :data:`STRUCTURE` if not given.
        progress: told each step.
        stop: asked at each step; True ends the calibration and keeps nothing.

    Raises:
        CalibrationError: there are too few products, a curve's product is not among them, or it
            was stopped.
        SimulationError: a recipe cannot be simulated, such as a vessel of unknown volume.
    """
    _check_name(name)
    # Matrices of some hundred rows: a second BLAS thread costs more than it gives.
    with threadpool_limits(limits=1, user_api="blas"):
        return _calibrated(
            observations,
            curves,
            name,
            start or start_model(),
            dict(STRUCTURE if structure is None else structure),
            Reporter(progress, stop),
        )


def _calibrated(
    observations: Sequence[Observation],
    curves: Sequence[MeasuredCurve],
    name: str,
    start: Model,
    structure: dict[str, float],
    report: Reporter,
) -> Calibration:
    began = perf_counter()
    curves = _different(curves)
    require_enough(observations, curves)
    report.step("ignition times", 0, 1)
    ignition = fit_ignition(observations, structure)
    recipes = [one.recipe for one in observations]
    start = with_delays(start, recipes, ignition)
    problem = Problem(observations, curves, start, structure)
    targets = Targets(
        _logarithms([one.peak_pressure_mpa for one in observations]),
        _logarithms([one.peak_time_ms for one in observations]),
        np.ones(len(observations)),
        np.ones(len(problem.targets), dtype=bool),
    )
    full = fit(problem, targets, step=lambda n, total: report.step("fit", n, total))
    count = min(len(observations), MOST_GROUPS)
    groups = [list(range(i, len(observations), count)) for i in range(count)]
    left_out = leave_out(
        problem,
        targets,
        full,
        groups,
        step=lambda n, total: report.step("leave one product out", n, total),
    )
    validation = validate(observations, structure, left_out, ignition)
    data = fingerprint(observations, curves)
    model = model_of(
        name,
        observations,
        start,
        structure,
        problem.names,
        problem.lots,
        full,
        ignition,
        validation,
        data,
    )
    met = [
        CurveFit(
            observations[target.row].product,
            float(np.sqrt((target.share * (pressure - target.pressure_mpa) ** 2).sum())),
        )
        for target, pressure in zip(problem.targets, full.state.curves_mpa, strict=True)
    ]
    report.step("done", 1, 1)
    return Calibration(
        model,
        validation,
        (*suspicious_rows(observations, validation), *_odd_curves(observations, problem, met)),
        tuple(met),
        data,
        perf_counter() - began,
    )


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise CalibrationError(
            f"The name of a model has 1 to {LONGEST_NAME} characters that can be printed; choose "
            "another one."
        )


def _different(curves: Sequence[MeasuredCurve]) -> list[MeasuredCurve]:
    """Return the curves without those that are there already: a copied file tells nothing new."""
    found: list[MeasuredCurve] = []
    for curve in curves:
        if not any(one.product == curve.product and one.curve == curve.curve for one in found):
            found.append(curve)
    return found


def _odd_curves(
    observations: Sequence[Observation], problem: Problem, met: Sequence[CurveFit]
) -> list[Suspicious]:
    """Return the curves that neither the physics nor a lot's difference explains."""
    found = []
    for target, one in zip(problem.targets, met, strict=True):
        if one.rmse_mpa < ODD_CURVE * target.peak_mpa:
            continue
        observation = observations[target.row]
        found.append(
            Suspicious(
                observation.sheet,
                one.product,
                "curve",
                target.peak_mpa,
                observation.peak_pressure_mpa or target.peak_mpa,
                f"Its curve with a peak of {target.peak_mpa:.3g} MPa is missed by "
                f"{one.rmse_mpa:.2g} MPa on average and counts little: check that it is the curve "
                "of this product, and its unit.",
            )
        )
    return found


def _logarithms(values: Sequence[float | None]) -> "np.ndarray[Any, np.dtype[np.float64]]":
    return np.array([np.nan if value is None else log(value) for value in values])

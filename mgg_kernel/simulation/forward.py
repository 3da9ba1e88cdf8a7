"""Forward simulation: from a recipe and a model to the curve that a sensor would show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isnan

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.curve import Features, PTCurve
from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation.closed_vessel import sample_times_ms
from mgg_kernel.simulation.intervals import Intervals, Knowledge
from mgg_kernel.simulation.model import Model
from mgg_kernel.simulation.shot import BuiltParts, Shot, prepare
from mgg_kernel.simulation.solver import SolvedShots, solve_shots

__all__ = ["Simulation", "simulate", "simulate_many"]

T_END_MS, DT_MS = 39.99, 0.01

FloatArray = NDArray[np.float64]

AT_ONCE = 64
"""So many recipes are worked on together, which bounds the memory."""

RANGED = {"firing_current_a": ("firing current", "A"), "shell_height_mm": ("shell height", "mm")}


@dataclass(frozen=True)
class Simulation:
    """A simulated curve, what it was simulated from, and what to know about it.

    Args:
        curve: pressure above that of the air at the start, as a piezoelectric sensor shows it,
            at 0 … 39.99 ms in steps of 0.01 ms.
        recipe: what was fired.
        model_name: the model's name.
        model_fingerprint: SHA-256 of the model's canonical JSON.
        warnings: plain sentences; empty if there is nothing to say.
        expected_ignition_ms: the time of the first rise that the model expects, as recipe databases
            give it; the read-out in `features` comes a little later, at 2 % of the peak.
        intervals: how sure the model is; None where it is not calibrated, or not asked.
    """

    curve: PTCurve
    recipe: Recipe
    model_name: str
    model_fingerprint: str
    warnings: tuple[str, ...]
    expected_ignition_ms: float
    intervals: Intervals | None = None

    @cached_property
    def features(self) -> Features:
        """Numbers read off the curve."""
        return self.curve.features()


def simulate(recipe: Recipe, model: Model) -> Simulation:
    """Simulate the pressure that a recipe makes, with intervals where the model is calibrated.

    Args:
        recipe: what is fired, and in what.
        model: the parameters.

    Raises:
        SimulationError: the vessel's volume cannot be known, the charges do not fit it, or the
            equations cannot be integrated.
    """
    return simulate_many([recipe], model)[0]


def simulate_many(
    recipes: Iterable[Recipe], model: Model, *, intervals: bool = True, threads: int | None = None
) -> list[Simulation]:
    """Simulate many recipes, in threads; each as :func:`simulate` does, to the last bit.

    Args:
        recipes: what is fired, and in what.
        model: the parameters.
        intervals: False leaves them out, which takes a twentieth of the time.
        threads: how many at most; as many as there are processors if not given.

    Raises:
        SimulationError: as for :func:`simulate`, for any of the recipes.
    """
    built: BuiltParts = {}
    fired = [(recipe, prepare(recipe, model, built)) for recipe in recipes]
    known = Knowledge(model) if intervals and model.document.calibration else None
    found: list[Simulation] = []
    for first in range(0, len(fired), AT_ONCE):
        found += _simulated(fired[first : first + AT_ONCE], model, known, threads)
    return found


def _simulated(
    fired: Sequence[tuple[Recipe, Shot]],
    model: Model,
    known: Knowledge | None,
    threads: int | None,
) -> list[Simulation]:
    times = sample_times_ms(T_END_MS, DT_MS)
    parts = [(shot.charges, shot.igniter, shot.vessel) for _, shot in fired]
    solved = solve_shots(parts, times, threads=threads)
    sure: list[Intervals] | list[None] = [None] * len(fired)
    if known:
        shots = [shot for _, shot in fired]
        sure = known.intervals([recipe for recipe, _ in fired], shots, times, threads)
    results = []
    for i, (recipe, shot) in enumerate(fired):
        above = solved.pressure_mpa[i] - shot.vessel.initial_air_pressure_mpa
        curve = PTCurve(times, above * shot.pressure_factor)
        warnings = (
            *shot.warnings,
            *outside_calibration(recipe, model),
            *_unburnt(shot, solved, i),
            *_over_range(recipe, curve),
        )
        results.append(
            Simulation(
                curve=curve,
                recipe=recipe,
                model_name=model.name,
                model_fingerprint=model.fingerprint,
                warnings=warnings,
                expected_ignition_ms=shot.igniter.delay_ms,
                intervals=sure[i],
            )
        )
    return results


def outside_calibration(recipe: Recipe, model: Model) -> list[str]:
    """Return a sentence for all that lies outside what the model was fitted to."""
    calibration = model.document.calibration
    if calibration is None:
        return []
    found = []
    charges = [("NC", amount) for amount in recipe.nc] + ([("GP", recipe.gp)] if recipe.gp else [])
    for kind, amount in charges:
        seen = calibration.seen.get(f"{kind} {amount.type_code}")
        if seen and not seen.mass_mg[0] <= float(amount.mass_mg) <= seen.mass_mg[1]:
            found.append(
                f"{float(amount.mass_mg):g} mg of {kind} {amount.type_code} is outside the "
                f"{seen.mass_mg[0]:g} to {seen.mass_mg[1]:g} mg that the model was calibrated on."
            )
    for name, (low, high) in calibration.ranges.items():
        value, (what, unit) = float(getattr(recipe, name)), RANGED[name]
        if not low <= value <= high:
            found.append(
                f"A {what} of {value:g} {unit} is outside the {low:g} to {high:g} {unit} that the "
                "model was calibrated on."
            )
    return found


def _unburnt(shot: Shot, solved: SolvedShots, i: int) -> list[str]:
    found = []
    for k, name in enumerate(shot.names):
        if isnan(solved.ignition_ms[i, k]):
            found.append(f"The {name} is not lit within {T_END_MS:g} ms.")
        elif isnan(solved.burnout_ms[i, k]):
            share = min(100 * float(solved.burnt_at_end[i, k]), 99.9)
            found.append(
                f"The {name} does not burn out within {T_END_MS:g} ms: {share:.1f} % of it has "
                "burnt by then."
            )
    return found


def _over_range(recipe: Recipe, curve: PTCurve) -> list[str]:
    if recipe.sensor_range_mpa is None:
        return []
    limit, peak = float(recipe.sensor_range_mpa), curve.peak.pressure_mpa
    if peak <= limit:
        return []
    sentence = (
        f"The simulated peak of {peak:.1f} MPa is above the sensor's range of {limit:g} MPa; the "
        "sensor could not show it."
    )
    return [sentence]

"""Forward simulation: from a recipe and a model to the curve that a sensor would show."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.curve import Features, PTCurve
from mgg_kernel.errors import SimulationError
from mgg_kernel.recipe import ChargeAmount, Recipe
from mgg_kernel.simulation.closed_vessel import sample_times_ms
from mgg_kernel.simulation.gas import squat_cylinder_area_cm2
from mgg_kernel.simulation.grain import Grain
from mgg_kernel.simulation.model import Model
from mgg_kernel.simulation.propellant import Propellant
from mgg_kernel.simulation.solver import SolvedShots, solve_shots
from mgg_kernel.simulation.vessel import Charge, Igniter, Vessel

__all__ = ["Shot", "Simulation", "prepare", "simulate", "simulate_many"]

T_END_MS, DT_MS = 39.99, 0.01

FloatArray = NDArray[np.float64]
BuiltParts = dict[tuple[str, str], tuple[Propellant, Grain]]

_VOLUME_CODE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:-.*|ml)?", re.IGNORECASE)
_MASS_CODE = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Simulation:
    """A simulated curve, what it was simulated from, and what to know about it.

    Args:
        curve: pressure above that of the air at the start, as a piezoelectric sensor shows it,
            at 0 … 39.99 ms in steps of 0.01 ms.
        recipe: what was fired.
        model_name: the model's name.
        model_fingerprint: SHA-256 of the model's canonical JSON.
        features: numbers read off the curve.
        warnings: plain sentences; empty if there is nothing to say.
    """

    curve: PTCurve
    recipe: Recipe
    model_name: str
    model_fingerprint: str
    features: Features
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Shot:
    """A recipe in the terms of the physics.

    Args:
        charges: the charges in the order of the recipe, NC before GP.
        names: what to call each charge in a warning.
        igniter: the igniter.
        vessel: the vessel.
        warnings: what the model did not know.
    """

    charges: tuple[Charge, ...]
    names: tuple[str, ...]
    igniter: Igniter
    vessel: Vessel
    warnings: tuple[str, ...]


def simulate(recipe: Recipe, model: Model) -> Simulation:
    """Simulate the pressure that a recipe makes.

    Args:
        recipe: what is fired, and in what.
        model: the parameters.

    Raises:
        SimulationError: the vessel's volume cannot be known, the charges do not fit it, or the
            equations cannot be integrated.
    """
    return simulate_many([recipe], model)[0]


def simulate_many(
    recipes: Iterable[Recipe], model: Model, *, threads: int | None = None
) -> list[Simulation]:
    """Simulate many recipes, in threads; each as :func:`simulate` does, to the last bit.

    Args:
        recipes: what is fired, and in what.
        model: the parameters.
        threads: how many at most; as many as there are processors if not given.

    Raises:
        SimulationError: as for :func:`simulate`, for any of the recipes.
    """
    built: BuiltParts = {}
    fired = [(recipe, prepare(recipe, model, built)) for recipe in recipes]
    times = sample_times_ms(T_END_MS, DT_MS)
    parts = [(shot.charges, shot.igniter, shot.vessel) for _, shot in fired]
    solved = solve_shots(parts, times, threads=threads)
    return [
        _simulation(recipe, model, shot, times, solved, i) for i, (recipe, shot) in enumerate(fired)
    ]


def _simulation(
    recipe: Recipe, model: Model, shot: Shot, times: FloatArray, solved: SolvedShots, i: int
) -> Simulation:
    curve = PTCurve(times, solved.pressure_mpa[i] - shot.vessel.initial_air_pressure_mpa)
    return Simulation(
        curve=curve,
        recipe=recipe,
        model_name=model.name,
        model_fingerprint=model.fingerprint,
        features=curve.features(),
        warnings=(
            *shot.warnings,
            *_unburnt(shot, solved, i),
            *_over_range(recipe, curve),
        ),
    )


def prepare(recipe: Recipe, model: Model, built: BuiltParts | None = None) -> Shot:
    """Turn a recipe into charges, igniter and vessel.

    Args:
        recipe: what is fired, and in what.
        model: the parameters.
        built: propellants and grains of this model that were already built; more are added.

    Raises:
        SimulationError: the vessel's volume cannot be known, or a number is out of bounds.
    """
    warnings: list[str] = []
    built = {} if built is None else built
    named = [("NC", amount) for amount in recipe.nc]
    named += [("GP", recipe.gp)] if recipe.gp else []
    charges = tuple(_charge(kind, amount, model, warnings, built) for kind, amount in named)
    igniter = _igniter(recipe, model, warnings)
    vessel = _vessel(recipe, model, warnings)
    names = tuple(f"{kind} charge {amount.type_code}" for kind, amount in named)
    return Shot(charges, names, igniter, vessel, tuple(warnings))


def _charge(
    kind: str, amount: ChargeAmount, model: Model, warnings: list[str], built: BuiltParts
) -> Charge:
    known = model.document.nc if kind == "NC" else model.document.gp
    entry = known.types.get(amount.type_code)
    if entry is None:
        entry = known.generic
        warnings.append(
            f"{kind} type {amount.type_code} is not in the model '{model.name}'; its generic "
            f"{kind} was used."
        )
    key = (kind, amount.type_code)
    if key not in built:
        built[key] = entry.propellant.build(), entry.grain.build()
    return Charge(
        *built[key],
        float(amount.mass_mg),
        entry.ignition_pressure_mpa,
    )


def _igniter(recipe: Recipe, model: Model, warnings: list[str]) -> Igniter:
    firing = model.document.firing_current
    factor = (firing.reference_a / float(recipe.firing_current_a)) ** firing.delay_exponent
    code = recipe.igniter_type
    entry = model.document.igniters.types.get(code)
    if entry is not None:
        return entry.build(delay_factor=factor)
    entry = model.document.igniters.generic
    mass = float(code) if _MASS_CODE.fullmatch(code) else entry.mass_mg
    origin = "read from its code" if _MASS_CODE.fullmatch(code) else "assumed"
    warnings.append(
        f"Igniter type {code} is not in the model '{model.name}'; its generic igniter was used, "
        f"with a mass of {mass:g} mg {origin}."
    )
    return entry.build(mass_mg=mass, delay_factor=factor)


def _vessel(recipe: Recipe, model: Model, warnings: list[str]) -> Vessel:
    document, code = model.document, recipe.vessel
    body = document.vessels.get(code)
    vent = (0.0, 1.0)
    if body is not None:
        volume_ml, area_cm2 = body.volume_ml, body.wall_area_cm2
        vent = body.vent_area_mm2, body.vent_discharge_coefficient
    else:
        volume_ml, area_cm2 = _volume_of_code(code, model), None
        warnings.append(
            f"Vessel {code} is not in the model '{model.name}'; its volume of {volume_ml:g} mL was "
            "read from its code."
        )
    device = document.devices.get(recipe.test_device)
    if device is None:
        warnings.append(
            f"Test device {recipe.test_device} is not in the model '{model.name}'; it was taken to "
            "have no influence."
        )
    added_ml = device.added_volume_ml if device else 0.0
    added_ml += document.shell.free_area_cm2 * float(recipe.shell_height_mm) * 0.1
    return Vessel(
        volume_ml=volume_ml + added_ml,
        wall_area_cm2=squat_cylinder_area_cm2(volume_ml) if area_cm2 is None else area_cm2,
        vent_area_mm2=vent[0],
        vent_discharge_coefficient=vent[1],
        **document.surroundings.model_dump(exclude={"note"}),
    )


def _volume_of_code(code: str, model: Model) -> float:
    match = _VOLUME_CODE.fullmatch(code)
    volume = float(match.group(1)) if match else 0.0
    if not volume > 0:
        raise SimulationError(
            f"The volume of vessel {code} is not known; add the vessel to the model '{model.name}' "
            "or use a code that begins with its volume in mL, such as 10-892."
        )
    return volume


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

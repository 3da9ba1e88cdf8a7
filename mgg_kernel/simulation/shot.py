"""From a recipe and a model to a shot: the recipe in the terms of the physics."""

import re
from dataclasses import dataclass, replace
from math import exp

from mgg_kernel.errors import SimulationError
from mgg_kernel.recipe import ChargeAmount, Recipe
from mgg_kernel.simulation.gas import squat_cylinder_area_cm2
from mgg_kernel.simulation.grain import Grain
from mgg_kernel.simulation.lots import LOT_KINDS, lot_weights
from mgg_kernel.simulation.model import Model
from mgg_kernel.simulation.parameters import DeviceEntry, IgniterEntry, VesselEntry
from mgg_kernel.simulation.propellant import Propellant
from mgg_kernel.simulation.vessel import Charge, Igniter, Vessel

__all__ = ["MASS_CODE", "BuiltParts", "Shot", "nominal_body", "prepare", "sensor_code"]

BuiltParts = dict[tuple[str, str, float], tuple[Propellant, Grain]]

_VOLUME_CODE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:ml)?(?:-.*)?", re.IGNORECASE)
MASS_CODE = re.compile(r"\d+(?:\.\d+)?")
"""An igniter's code that tells its mass [mg]."""


@dataclass(frozen=True)
class Shot:
    """A recipe in the terms of the physics.

    Args:
        charges: the charges in the order of the recipe, NC before GP.
        names: what to call each charge in a warning.
        igniter: the igniter.
        vessel: the vessel.
        pressure_factor: what the sensor shows over the pressure above that of the air.
        warnings: what the model did not know.
    """

    charges: tuple[Charge, ...]
    names: tuple[str, ...]
    igniter: Igniter
    vessel: Vessel
    pressure_factor: float
    warnings: tuple[str, ...]


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
    device = _device(recipe, model, warnings)
    differs = _differences(recipe, model)
    rate_factor = device.rate_factor * exp(differs["rate"])
    named = [("NC", amount) for amount in recipe.nc]
    named += [("GP", recipe.gp)] if recipe.gp else []
    charges = tuple(
        _charge(kind, amount, model, rate_factor, warnings, built) for kind, amount in named
    )
    body = nominal_body(recipe, model, warnings)
    entry, mass_mg = _igniter_entry(recipe, model, warnings)
    sensor = model.document.sensors.get(sensor_code(recipe) or "")
    igniter = entry.build(mass_mg=mass_mg, delay_factor=_delay_factor(recipe, model, device, body))
    vessel = _vessel(recipe, model, body, device.added_volume_ml + entry.added_volume_ml)
    return Shot(
        charges=charges,
        names=tuple(f"{kind} charge {amount.type_code}" for kind, amount in named),
        igniter=replace(
            igniter, impetus_j_per_kg=igniter.impetus_j_per_kg * exp(differs["energy"])
        ),
        vessel=replace(
            vessel,
            heat_transfer_w_per_m2k=vessel.heat_transfer_w_per_m2k * exp(differs["loss"]),
        ),
        pressure_factor=(
            device.pressure_factor
            * (sensor.pressure_factor if sensor else 1.0)
            * exp(differs["gain"])
        ),
        warnings=tuple(warnings),
    )


def _differences(recipe: Recipe, model: Model) -> dict[str, float]:
    """Return by how much measured products that are alike let this one differ, by coordinate."""
    differs = dict.fromkeys(LOT_KINDS, 0.0)
    calibration = model.document.calibration
    if calibration is None or not calibration.lots:
        return differs
    weights = lot_weights(recipe, calibration.lots, calibration.structure)
    values = dict(zip(calibration.parameters, calibration.values, strict=True)) if weights else {}
    for coordinate, kind in LOT_KINDS.items():
        spread = calibration.structure.get(kind + "[]", 0.0)
        for product, weight in weights:
            differs[coordinate] += weight * spread * values.get(f"{kind}[{product}]", 0.0)
    return differs


def sensor_code(recipe: Recipe) -> str | None:
    """Return the range of the recipe's sensor as a code, or None where it is not known."""
    return None if recipe.sensor_range_mpa is None else f"{recipe.sensor_range_mpa:f}"


def _charge(
    kind: str,
    amount: ChargeAmount,
    model: Model,
    rate_factor: float,
    warnings: list[str],
    built: BuiltParts,
) -> Charge:
    known = model.document.nc if kind == "NC" else model.document.gp
    entry = known.types.get(amount.type_code)
    if entry is None:
        entry = known.generic
        warnings.append(
            f"{kind} type {amount.type_code} is not in the model '{model.name}'; its generic "
            f"{kind} was used."
        )
    key = (kind, amount.type_code, rate_factor)
    if key not in built:
        propellant = entry.propellant.build()
        if rate_factor != 1:
            propellant = _faster(propellant, rate_factor)
        built[key] = propellant, entry.grain.build()
    return Charge(*built[key], float(amount.mass_mg), entry.ignition_pressure_mpa)


def _faster(propellant: Propellant, factor: float) -> Propellant:
    pieces = tuple((p, a * factor, n) for p, a, n in propellant.burn_rate_pieces)
    return replace(
        propellant,
        burn_rate_coefficient=propellant.burn_rate_coefficient * factor,
        burn_rate_pieces=pieces,
    )


def _igniter_entry(
    recipe: Recipe, model: Model, warnings: list[str]
) -> tuple[IgniterEntry, float | None]:
    code = recipe.igniter_type
    entry = model.document.igniters.types.get(code)
    if entry is not None:
        return entry, None
    entry = model.document.igniters.generic
    mass = float(code) if MASS_CODE.fullmatch(code) else entry.mass_mg
    origin = "read from its code" if MASS_CODE.fullmatch(code) else "assumed"
    warnings.append(
        f"Igniter type {code} is not in the model '{model.name}'; its generic igniter was used, "
        f"with a mass of {mass:g} mg {origin}."
    )
    return entry, mass


def _delay_factor(recipe: Recipe, model: Model, device: DeviceEntry, body: VesselEntry) -> float:
    firing = model.document.firing_current
    factor: float = (firing.reference_a / float(recipe.firing_current_a)) ** firing.delay_exponent
    for pair in firing.pairs:
        if (pair.igniter, pair.device) == (recipe.igniter_type, recipe.test_device):
            factor *= pair.factor
    return factor * device.delay_factor * body.delay_factor


def _device(recipe: Recipe, model: Model, warnings: list[str]) -> DeviceEntry:
    device = model.document.devices.get(recipe.test_device)
    if device is None:
        warnings.append(
            f"Test device {recipe.test_device} is not in the model '{model.name}'; it was taken to "
            "have no influence."
        )
    return device or DeviceEntry()


def nominal_body(recipe: Recipe, model: Model, warnings: list[str]) -> VesselEntry:
    """Return the vessel's entry; else one with the volume of its code, and a warning."""
    body = model.document.vessels.get(recipe.vessel)
    if body is not None:
        return body
    volume_ml = _volume_of_code(recipe.vessel, model)
    warnings.append(
        f"Vessel {recipe.vessel} is not in the model '{model.name}'; its volume of {volume_ml:g} "
        "mL was read from its code."
    )
    return VesselEntry(volume_ml=volume_ml)


def _vessel(recipe: Recipe, model: Model, body: VesselEntry, added_ml: float) -> Vessel:
    document, area_cm2 = model.document, body.wall_area_cm2
    added_ml += document.shell.free_area_cm2 * float(recipe.shell_height_mm) * 0.1
    return Vessel(
        volume_ml=body.volume_ml + added_ml,
        wall_area_cm2=squat_cylinder_area_cm2(body.volume_ml) if area_cm2 is None else area_cm2,
        vent_area_mm2=body.vent_area_mm2,
        vent_discharge_coefficient=body.vent_discharge_coefficient,
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

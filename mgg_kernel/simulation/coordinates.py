"""The coordinates in which a calibration moves a shot, and the parameters behind each.

A shot is moved by shifts that are natural for each number: of the logarithm where it is a scale
(impetus, burning rate, heat loss), of the number itself where it is not (exponent, volume).  Each
shift is a weighted sum of a few parameters: what all NC have in common, what the type adds, what
the test device adds.  Weights hold the prior standard deviation, so every parameter has the
prior N(0, 1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation.grain import Grain
from mgg_kernel.simulation.lots import LOT_KINDS
from mgg_kernel.simulation.shot import sensor_code
from mgg_kernel.simulation.vessel import Charge

__all__ = [
    "CHARGE",
    "SHOT",
    "Weights",
    "contributions",
    "cubic_of_surfaces",
    "kind_of",
    "moved_charge",
]

CHARGE = ("impetus", "rate", "exponent", "start", "end")
"""Per charge: ln f; ln of the rate at 30 MPa; n; ln of the relative burning surface at the start
and at the end of the web."""
SHOT = (
    "energy",
    "release_time",
    "release_exponent",
    "volume",
    "loss",
    "late",
    "decay",
    "gain",
    "delay",
)
"""Of the igniter: ln of its energy, ln τ, k.  Volume [mL]; ln of the heat transfer, the logit of
its late share, ln of its decay time; ln of what the sensor shows; delay [ms]."""

REFERENCE_PRESSURE_PA = 3e7
LEAST_VOLUME_SHARE = 0.2

Floats = NDArray[np.float64]
Weights = Sequence[tuple[str, float]]


def kind_of(parameter: str) -> str:
    """Return the kind of a parameter: ``nc.rate[A]`` is of the kind ``nc.rate[]``."""
    head, bracket, _ = parameter.partition("[")
    return head + "[]" if bracket else head


def contributions(
    recipe: Recipe, spreads: Mapping[str, float], lots: Weights = ()
) -> list[Weights]:
    """Return for each coordinate of a recipe's shot its parameters and their weights.

    Args:
        recipe: what is fired; its coordinates stand in the order of SHOT, then charge by charge
            in the order of CHARGE.
        spreads: the prior standard deviation of each kind of parameter; a kind that is missing
            or 0 does not move.
        lots: how much of the differences of which products this recipe shares, see :mod:`.lots`.
    """
    device, vessel, igniter = recipe.test_device, recipe.vessel, recipe.igniter_type
    of_lots = {
        coordinate: [(f"{kind}[{product}]", weight) for product, weight in lots]
        for coordinate, kind in LOT_KINDS.items()
    }
    of_shot: dict[str, list[tuple[str, float]]] = {
        "energy": [("igniter.energy", 1.0), (f"igniter.energy[{igniter}]", 1.0)],
        "release_time": [("igniter.release_time", 1.0)],
        "release_exponent": [("igniter.release_exponent", 1.0)],
        "volume": [
            ("shell.area", 0.1 * float(recipe.shell_height_mm)),
            (f"vessel.volume[{vessel}]", 1.0),
            (f"igniter.volume[{igniter}]", 1.0),
        ],
        "loss": [("wall.loss", 1.0), (f"vessel.loss[{vessel}]", 1.0)],
        "late": [("wall.late", 1.0)],
        "decay": [("wall.decay", 1.0)],
        "gain": [(f"device.gain[{device}]", 1.0)],
        "delay": [],
    }
    sensor = sensor_code(recipe)
    if sensor is not None:
        of_shot["gain"].append((f"sensor.gain[{sensor}]", 1.0))
    named = [of_shot[coordinate] + of_lots.get(coordinate, []) for coordinate in SHOT]
    kinds = [("nc", amount) for amount in recipe.nc] + ([("gp", recipe.gp)] if recipe.gp else [])
    for kind, amount in kinds:
        for coordinate in CHARGE:
            names = [f"{kind}.{coordinate}", f"{kind}.{coordinate}[{amount.type_code}]"]
            each = [(name, 1.0) for name in names]
            if coordinate == "rate":
                each.append((f"device.rate[{device}]", 1.0))
                each += of_lots["rate"]
            named.append(each)
    return [
        [
            (name, weight * spreads[kind_of(name)])
            for name, weight in names
            if spreads.get(kind_of(name), 0.0) > 0
        ]
        for names in named
    ]


def moved_charge(charge: Charge, shifts: Sequence[float]) -> Charge:
    """Return a charge moved along its coordinates, one shift for each of :data:`CHARGE`."""
    impetus, rate, exponent, start, end = shifts
    propellant, grain = charge.propellant, charge.grain
    n = min(max(propellant.burn_rate_exponent + exponent, 0.05), 2.0)
    turned = rate - (n - propellant.burn_rate_exponent) * log(REFERENCE_PRESSURE_PA)
    moved = replace(
        propellant,
        impetus_j_per_kg=propellant.impetus_j_per_kg * exp(impetus),
        burn_rate_coefficient=propellant.burn_rate_coefficient * exp(turned),
        burn_rate_exponent=n,
    )
    if (start or end) and grain.shape == "cubic":
        first, last = _surfaces(grain)
        grain = cubic_of_surfaces(2e3 * grain.half_web_m, first * exp(start), last * exp(end))
    return Charge(moved, grain, charge.mass_mg, charge.ignition_pressure_mpa)


def _surfaces(grain: Grain) -> tuple[float, float]:
    """Return the relative burning surface dψ/dz at the start and at the end of the web."""
    return grain.chi, grain.chi * (1 + 2 * grain.lambda_ + 3 * grain.mu)


def cubic_of_surfaces(web_mm: float, start: float, end: float) -> Grain:
    """Return the cubic grain with these relative burning surfaces, or the nearest towards 1 and 1.

    dψ/dz is a parabola of mean 1; both ends large would let it fall below 0 between them.

    Args:
        web_mm: the web [mm].
        start: dψ/dz at z = 0, above 0.
        end: dψ/dz at z = 1, above 0.
    """
    share = 1.0
    if _least_surface(start, end) < 0:
        low, high = 0.0, 1.0
        for _ in range(40):
            share = 0.5 * (low + high)
            valid = _least_surface(1 + share * (start - 1), 1 + share * (end - 1)) >= 0
            low, high = (share, high) if valid else (low, share)
        share = low
    chi, last = 1 + share * (start - 1), 1 + share * (end - 1)
    mu = (last - 2) / chi + 1
    return Grain.cubic(web_mm, chi, 1 / chi - 1 - mu, mu)


def _least_surface(start: float, end: float) -> float:
    bend, slope = 3 * start + 3 * end - 6, 6 - 4 * start - 2 * end
    if bend > 0 and 0 < -slope < 2 * bend:
        return start - slope * slope / (4 * bend)
    return min(start, end)

"""From charges, igniter and vessel to the arrays that compiled code reads."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, inf, log

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.simulation.compiled import layout as at
from mgg_kernel.simulation.gas import GasBudget, Share
from mgg_kernel.simulation.vessel import Charge, Igniter, Vessel

__all__ = ["PackedShots", "joined_laws", "pack"]

Floats = NDArray[np.float64]

TRACE_OF_AIR_MPA = 1e-6
LARGEST_MISFIT = 1e-9
"""Pieces of a burning law whose rates differ by more at their border do not meet there."""
HALF_JOIN = 1e-7
"""How far to either side of such a border the rate goes from one to the other, in ln p."""
AIR_GAS_CONSTANT_J_PER_KG_K = 287.05

ShotParts = tuple[Sequence[Charge], Igniter, Vessel]


@dataclass(frozen=True)
class PackedShots:
    """Shots as arrays, see :mod:`mgg_kernel.simulation.compiled.layout`.

    Args:
        shots: shape (shots, SHOT_SIZE).
        counts: shape (shots,), charges of each.
        charges: shape (shots, most charges, CHARGE_SIZE).
        laws: shape (shots, most charges, most pieces, 3).
    """

    shots: Floats
    counts: NDArray[np.int64]
    charges: Floats
    laws: Floats


def pack(parts: Sequence[ShotParts]) -> PackedShots:
    """Pack shots.

    Raises:
        SimulationError: the charges of a shot and their gases leave no free volume.
    """
    counts = np.array([len(charges) for charges, _, _ in parts], dtype=np.int64)
    most = int(counts.max(initial=0))
    pieces = [len(c.propellant.burn_rate_pieces) for charges, _, _ in parts for c in charges]
    packed = PackedShots(
        np.zeros((len(parts), at.SHOT_SIZE)),
        counts,
        np.zeros((len(parts), most, at.CHARGE_SIZE)),
        np.full((len(parts), most, 1 + max(pieces, default=0), 3), inf),
    )
    for i, (charges, igniter, vessel) in enumerate(parts):
        _pack_one(charges, igniter, vessel, packed, i)
    return packed


def _pack_one(
    charges: Sequence[Charge], igniter: Igniter, vessel: Vessel, packed: PackedShots, i: int
) -> None:
    vessel = _with_some_air(vessel, igniter)
    gas = GasBudget(charges, igniter, vessel)
    mass_kg = igniter.mass_mg * 1e-6
    air_mass = gas.air_constant / AIR_GAS_CONSTANT_J_PER_KG_K
    first = gas.igniter
    mass, covolume = air_mass + mass_kg, first.volume_taken_m3
    constant = gas.air_constant + first.gas_constant
    capacity = gas.air_capacity + first.heat_capacity
    for k, (charge, share) in enumerate(zip(charges, gas.charges, strict=True)):
        numbers = _charge(charge, share)
        packed.charges[i, k] = numbers
        _pack_law(charge, vessel, packed.laws[i, k])
        mass += numbers[at.GAS_MASS]
        covolume += numbers[at.GAS_COVOLUME]
        constant += share.gas_constant
        capacity += share.heat_capacity
    packed.shots[i] = (
        gas.volume_m3,
        vessel.volume_ml * 1e-9,
        *(gas.air_constant, gas.air_capacity, gas.air_energy, air_mass),
        *(first.gas_constant, first.heat_capacity, first.energy, mass_kg, first.volume_taken_m3),
        igniter.delay_ms * 1e-3,
        igniter.time_constant_ms * 1e-3,
        vessel.heat_transfer_w_per_m2k * vessel.wall_area_cm2 * 1e-4,
        vessel.wall_temperature_k,
        vessel.heat_transfer_density_exponent,
        vessel.reference_gas_density_kg_per_m3,
        gas.chemical_energy_j or 1.0,
        vessel.vent_area_mm2 * 1e-6 * vessel.vent_discharge_coefficient,
        vessel.outside_pressure_mpa * 1e6,
        *(mass or 1.0, constant or 1.0, capacity or 1.0, covolume or 1.0),
        vessel.heat_transfer_late_share,
        vessel.heat_transfer_decay_ms * 1e-3,
        igniter.release_exponent,
    )


def _charge(charge: Charge, share: Share) -> tuple[float, ...]:
    propellant, grain = charge.propellant, charge.grain
    mass = charge.mass_mg * 1e-6 * propellant.gas_yield
    half_web, slivers = grain.half_web_m, grain.slivers
    breaks = (1.0, 1.0, half_web, 0.0, 0.0, 0.0, 0.0)
    if slivers is not None:
        breaks = (
            min(slivers.begin_m / half_web, 1.0),
            min(slivers.inner_end_m / half_web, 1.0),
            half_web,
            *(slivers.pitch_m, slivers.begin_m, slivers.length_m, slivers.initial_volume_m3),
        )
    return (
        *(share.gas_constant, share.heat_capacity, share.energy, mass),
        *(mass * propellant.covolume_m3_per_kg, share.volume_taken_m3),
        *(grain.chi, grain.lambda_, grain.mu),
        charge.ignition_pressure_mpa * 1e6,
        *breaks,
    )


def _pack_law(charge: Charge, vessel: Vessel, law: Floats) -> None:
    propellant = charge.propellant
    faster = propellant.rate_factor_at(vessel.initial_temperature_k) / charge.grain.half_web_m
    first = (0.0, propellant.burn_rate_coefficient, propellant.burn_rate_exponent)
    for j, (start_mpa, a, n) in enumerate((first, *propellant.burn_rate_pieces)):
        law[j] = (start_mpa * 1e6, log(a * faster), n)


def joined_laws(laws: Floats) -> Floats:
    """Return burning laws whose pieces meet: where they do not, a steep piece joins them.

    Without it the rate would jump, and where a fall of the rate makes the pressure fall there
    would be no solution: the pressure would have to stay at the border, with no rate to keep it.

    Args:
        laws: shape (shots, charges, pieces, 3), as in `PackedShots`; pieces are not nearer to
            each other than `Propellant` allows.

    Returns:
        The same array where all pieces meet, else one of shape (shots, charges, 2·pieces − 1, 3).
    """
    below, above = laws[:, :, :-1], laws[:, :, 1:]
    start = above[..., 0]
    used = np.isfinite(start)
    border = np.log(np.where(used, start, 1.0))
    with np.errstate(invalid="ignore"):  # what is not used is infinite
        low = below[..., 1] + below[..., 2] * (border - HALF_JOIN)
        high = above[..., 1] + above[..., 2] * (border + HALF_JOIN)
        misfit = above[..., 1] - below[..., 1] + (above[..., 2] - below[..., 2]) * border
        apart = used & (np.abs(misfit) > LARGEST_MISFIT)
        if not apart.any():
            return laws
        steep = (high - low) / (2 * HALF_JOIN)
    # Of each border two copies of the piece above it: the first becomes the join.
    joined = np.ascontiguousarray(np.repeat(laws, 2, axis=2)[:, :, 1:])
    joins, ends = joined[:, :, 1::2], joined[:, :, 2::2]
    joins[apart, 0] = start[apart] * exp(-HALF_JOIN)
    joins[apart, 1] = (low - steep * (border - HALF_JOIN))[apart]
    joins[apart, 2] = steep[apart]
    ends[apart, 0] = start[apart] * exp(HALF_JOIN)
    return joined


def _with_some_air(vessel: Vessel, igniter: Igniter) -> Vessel:
    """Return the vessel with a trace of air where there must be one.

    The first gas of a slow igniter in an empty vessel has no heat capacity yet, so a wall would
    set its temperature infinitely fast; one pascal of air makes that regular.
    """
    loses = vessel.heat_transfer_w_per_m2k * vessel.wall_area_cm2 > 0
    slow = igniter.mass_mg and igniter.time_constant_ms
    if (loses or vessel.vent_area_mm2) and slow and not vessel.initial_air_pressure_mpa:
        return replace(vessel, initial_air_pressure_mpa=TRACE_OF_AIR_MPA)
    return vessel

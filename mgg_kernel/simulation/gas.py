"""The gas in the vessel: pressure and temperature from what has burnt and what the wall took.

Everything is in SI here.  The gas is a Noble–Abel mixture, p·V_f = T·Σ mᵢRᵢ, with constant
specific heats, so its energy is T·Σ mᵢc_vᵢ with c_v = f/((γ−1)·T_v) (Corner, *Theory of the
Interior Ballistics of Guns*, 1950).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cbrt, pi
from typing import TypeVar

import numpy as np

from mgg_kernel.errors import SimulationError
from mgg_kernel.simulation.vessel import AIR_GAMMA, Charge, Igniter, Vessel

__all__ = ["GasBudget", "Share", "squat_cylinder_area_cm2"]

FloatOrArray = TypeVar("FloatOrArray", float, np.ndarray)


@dataclass(frozen=True)
class Share:
    """What one component gives when all of it is gas: ΣmR [J/K], Σmc_v [J/K], energy [J]."""

    gas_constant: float
    heat_capacity: float
    energy: float
    volume_taken_m3: float

    @classmethod
    def of(cls, mass_kg: float, source: Charge | Igniter, volume_taken_m3_per_kg: float) -> "Share":
        """Return the share of a mass of gas; 1 kg of it takes so much of the free volume."""
        gas = source.propellant if isinstance(source, Charge) else source
        constant = mass_kg * gas.impetus_j_per_kg / gas.flame_temperature_k
        capacity = constant / (gas.gamma - 1)
        energy = capacity * gas.flame_temperature_k
        return cls(constant, capacity, energy, mass_kg * volume_taken_m3_per_kg)


class GasBudget:
    """The sums of the Noble–Abel and energy equations for one shot.

    Args:
        charges: what burns.
        igniter: what lights it.
        vessel: where.

    Raises:
        SimulationError: the charges and gases leave no free volume.
    """

    def __init__(self, charges: Sequence[Charge], igniter: Igniter, vessel: Vessel) -> None:
        self.igniter = Share.of(igniter.mass_mg * 1e-6, igniter, igniter.covolume_m3_per_kg)
        self.charges = []
        solid = 0.0
        for charge in charges:
            propellant, mass = charge.propellant, charge.mass_mg * 1e-6
            solid += mass / propellant.density_kg_per_m3
            # Burning 1 kg frees 1/ρ and takes y·η for the gas and (1−y)/ρ for what stays condensed.
            grown = propellant.covolume_m3_per_kg - 1 / propellant.density_kg_per_m3
            self.charges.append(Share.of(mass * propellant.gas_yield, charge, grown))
        self.volume_m3 = vessel.volume_ml * 1e-6 - solid
        self._require_room(solid, vessel)
        self._air_temperature = vessel.initial_temperature_k
        air_constant = (
            vessel.initial_air_pressure_mpa * 1e6 * self.volume_m3 / self._air_temperature
        )
        self.air_constant = air_constant
        self.air_capacity = air_constant / (AIR_GAMMA - 1)
        self.air_energy = self.air_capacity * self._air_temperature

    @property
    def chemical_energy_j(self) -> float:
        """Energy of all charges, the igniter and the air together [J], counted from 0 K."""
        charges = sum(share.energy for share in self.charges)
        return charges + self.igniter.energy + self.air_energy

    def sums(
        self, burnt: Sequence[FloatOrArray], igniter_share: FloatOrArray
    ) -> tuple[FloatOrArray, FloatOrArray, FloatOrArray, FloatOrArray]:
        """Return ΣmR [J/K], Σmc_v [J/K], energy before any loss [J] and free volume [m³].

        Args:
            burnt: the burnt fraction ψ of each charge, a number or an array each.
            igniter_share: the released fraction of the igniter's charge.
        """
        first = self.igniter
        constant = self.air_constant + first.gas_constant * igniter_share
        capacity = self.air_capacity + first.heat_capacity * igniter_share
        energy = self.air_energy + first.energy * igniter_share
        volume = self.volume_m3 - first.volume_taken_m3 * igniter_share
        for share, psi in zip(self.charges, burnt, strict=True):
            constant = constant + share.gas_constant * psi
            capacity = capacity + share.heat_capacity * psi
            energy = energy + share.energy * psi
            volume = volume - share.volume_taken_m3 * psi
        return constant, capacity, energy, volume

    def _require_room(self, solid_m3: float, vessel: Vessel) -> None:
        # The free volume is linear in each burnt fraction, so its least value is at a corner.
        worst = self.volume_m3 - self.igniter.volume_taken_m3
        worst -= sum(max(share.volume_taken_m3, 0.0) for share in self.charges)
        if not worst > 1e-3 * vessel.volume_ml * 1e-6:
            raise SimulationError(
                f"The charges ({solid_m3 * 1e6:.4g} mL solid) and their gas leave no room in a "
                f"vessel of {vessel.volume_ml:g} mL; check the masses in mg and the volume in mL."
            )


def squat_cylinder_area_cm2(volume_ml: float) -> float:
    """Return the inner surface [cm²] of a cylinder as long as it is wide, by its volume [mL]."""
    diameter_cm = cbrt(4 * volume_ml / pi)
    return 1.5 * pi * diameter_cm * diameter_cm

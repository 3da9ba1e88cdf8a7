"""What is fired: the vessel, the igniter and the charges."""

from dataclasses import dataclass

from mgg_kernel.errors import SimulationError
from mgg_kernel.simulation.checks import checked_number
from mgg_kernel.simulation.grain import Grain
from mgg_kernel.simulation.propellant import Propellant, check_gas

__all__ = ["Charge", "Igniter", "Vessel"]

AIR_GAMMA = 1.4
MIN_MASS_MG, MAX_MASS_MG = 1e-3, 1e6
MIN_TIME_MS, MAX_TIME_MS = 1e-6, 1e6
MAY_BE_ZERO = {
    "wall_area_cm2",
    "heat_transfer_w_per_m2k",
    "initial_air_pressure_mpa",
    "vent_area_mm2",
}
"""What may be left out of a vessel; a trace of it would only strain the arithmetic."""


@dataclass(frozen=True)
class Vessel:
    """A closed vessel, the air in it, and what its wall takes from the gas.

    Args:
        volume_ml: inner volume with nothing in it [mL].
        wall_area_cm2: inner surface that takes heat [cm²].
        heat_transfer_w_per_m2k: h of dQ/dt = h·A_w·(T − T_w) [W/m²K]; 0 for no loss.
        wall_temperature_k: T_w, constant [K].
        initial_temperature_k: temperature of the air and of the charges before firing [K].
        initial_air_pressure_mpa: absolute pressure of the air before firing [MPa]; may be 0, but
            with a wall loss and an igniter that takes its time 0 is taken as 1 Pa.
        heat_transfer_density_exponent: b where h grows with the density of the gas as (ρ/ρ_ref)^b;
            0 for a constant h.
        reference_gas_density_kg_per_m3: ρ_ref, at which h is what is given above [kg/m³].
        vent_area_mm2: cross-section of an orifice that is open from the start [mm²]; 0 for none.
        vent_discharge_coefficient: C_d of the orifice.
        outside_pressure_mpa: absolute pressure behind the orifice [MPa].
        heat_transfer_late_share: c where h falls after the igniter fires, as the gas comes to rest,
            by c + (1 − c)·exp(−t/τ_h); 1 for a constant h.
        heat_transfer_decay_ms: τ_h [ms].

    Raises:
        SimulationError: a number is not finite or outside what can exist.
    """

    volume_ml: float
    wall_area_cm2: float = 0.0
    heat_transfer_w_per_m2k: float = 0.0
    wall_temperature_k: float = 293.15
    initial_temperature_k: float = 293.15
    initial_air_pressure_mpa: float = 0.101325
    heat_transfer_density_exponent: float = 0.0
    reference_gas_density_kg_per_m3: float = 50.0
    vent_area_mm2: float = 0.0
    vent_discharge_coefficient: float = 1.0
    outside_pressure_mpa: float = 0.101325
    heat_transfer_late_share: float = 1.0
    heat_transfer_decay_ms: float = 10.0

    def __post_init__(self) -> None:
        bounds: tuple[tuple[str, str, str, float, float], ...] = (
            ("volume_ml", "volume", "mL", 1e-3, 1e6),
            ("wall_area_cm2", "wall area", "cm²", 1e-3, 1e6),
            ("heat_transfer_w_per_m2k", "heat transfer coefficient", "W/m²K", 1e-3, 1e6),
            ("wall_temperature_k", "wall temperature", "K", 150, 2000),
            ("initial_temperature_k", "initial temperature", "K", 150, 500),
            ("initial_air_pressure_mpa", "initial air pressure", "MPa", 1e-6, 10),
            ("heat_transfer_density_exponent", "exponent of the heat transfer", "", 0, 2),
            ("reference_gas_density_kg_per_m3", "reference density", "kg/m³", 1e-3, 1e4),
            ("vent_area_mm2", "vent area", "mm²", 1e-6, 1e4),
            ("vent_discharge_coefficient", "discharge coefficient", "", 1e-3, 1),
            ("outside_pressure_mpa", "outside pressure", "MPa", 0, 100),
            ("heat_transfer_late_share", "late share of the heat transfer", "", 1e-3, 1),
            ("heat_transfer_decay_ms", "decay time of the heat transfer", "ms", 1e-3, 1e6),
        )
        for name, words, unit, low, high in bounds:
            what = f"The {words} of the vessel"
            value = checked_number(
                getattr(self, name),
                what,
                unit,
                at_least=low,
                at_most=high,
                unless_zero=name in MAY_BE_ZERO,
            )
            object.__setattr__(self, name, value)


@dataclass(frozen=True)
class Igniter:
    """An igniter that turns its charge into gas, at once or as 1 − exp(−(t/τ)^k) after a delay.

    Args:
        mass_mg: mass of its charge [mg]; may be 0.
        impetus_j_per_kg: f = R·T of its gas [J/kg].
        flame_temperature_k: T of its gas [K].
        gamma: ratio of specific heats of its gas.
        covolume_m3_per_kg: η of its gas [m³/kg].
        delay_ms: time from the firing current to the first gas [ms].
        time_constant_ms: τ [ms]; 0 releases all of it at once.
        release_exponent: k; above 1 the release begins gently.

    Raises:
        SimulationError: a number is not finite or outside what can exist.
    """

    mass_mg: float
    impetus_j_per_kg: float
    flame_temperature_k: float
    gamma: float
    covolume_m3_per_kg: float = 1e-3
    delay_ms: float = 0.0
    time_constant_ms: float = 0.0
    release_exponent: float = 1.0

    def __post_init__(self) -> None:
        check_gas(self, "igniter")
        bounds: tuple[tuple[str, str, str, float, float], ...] = (
            ("mass_mg", "mass", "mg", MIN_MASS_MG, MAX_MASS_MG),
            ("delay_ms", "delay", "ms", MIN_TIME_MS, MAX_TIME_MS),
            ("time_constant_ms", "time constant", "ms", MIN_TIME_MS, MAX_TIME_MS),
        )
        for name, words, unit, low, high in bounds:
            what, value = f"The {words} of the igniter", getattr(self, name)
            value = checked_number(value, what, unit, at_least=low, at_most=high, unless_zero=True)
            object.__setattr__(self, name, value)
        exponent = checked_number(
            self.release_exponent, "The release exponent of the igniter", at_least=1, at_most=5
        )
        object.__setattr__(self, "release_exponent", exponent)


@dataclass(frozen=True)
class Charge:
    """A mass of equal grains of one propellant.

    Args:
        propellant: what the grains are made of.
        grain: their shape.
        mass_mg: mass of all grains together [mg].
        ignition_pressure_mpa: absolute pressure from which on the grains burn, all of their
            surface at once [MPa]; never before the igniter gives gas.

    Raises:
        SimulationError: a number is not finite or outside what can exist, or the propellant or
            grain is something else.
    """

    propellant: Propellant
    grain: Grain
    mass_mg: float
    ignition_pressure_mpa: float = 0.0

    def __post_init__(self) -> None:
        parts: tuple[object, object] = (self.propellant, self.grain)
        if not isinstance(parts[0], Propellant) or not isinstance(parts[1], Grain):
            raise SimulationError(
                "A charge needs a Propellant and a Grain, but got "
                f"{type(parts[0]).__name__} and {type(parts[1]).__name__}."
            )
        mass = checked_number(
            self.mass_mg,
            "The mass of the charge",
            "mg",
            at_least=MIN_MASS_MG,
            at_most=MAX_MASS_MG,
        )
        object.__setattr__(self, "mass_mg", mass)
        threshold = checked_number(
            self.ignition_pressure_mpa,
            "The ignition pressure of the charge",
            "MPa",
            at_least=0,
            at_most=1e4,
        )
        object.__setattr__(self, "ignition_pressure_mpa", threshold)

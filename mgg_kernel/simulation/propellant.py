"""A propellant as far as a closed vessel can tell: its gas, its energy and its burning law."""

from dataclasses import dataclass
from math import exp, log10

from mgg_kernel.errors import SimulationError
from mgg_kernel.simulation.checks import checked_number

__all__ = ["Propellant", "check_gas"]

MAX_BURN_RATE_AT_100_MPA = 1e3
"""A propellant that regresses by more metres per second at 100 MPa is a mistake of units."""

MAX_PIECES = 8
LEAST_RATIO = 1.001
"""Each further piece of a law begins at a pressure at least so many times that of the last."""


@dataclass(frozen=True)
class Propellant:
    """A propellant: thermochemistry of its gas, density, and Vieille's burning law.

    The gas is of the Noble–Abel kind with constant specific heats (Corner, *Theory of the
    Interior Ballistics of Guns*, 1950); the surface regresses at
    dx/dt = a·exp[σ(T0 − T_ref)]·pⁿ, p in pascals.

    Args:
        impetus_j_per_kg: f = R·T_v of the gas [J per kg of gas].
        flame_temperature_k: T_v, adiabatic flame temperature at constant volume [K].
        gamma: ratio of specific heats of the gas.
        covolume_m3_per_kg: η of the gas [m³/kg].
        density_kg_per_m3: density of the solid [kg/m³].
        burn_rate_coefficient: a [m/s/Paⁿ] at the reference temperature.
        burn_rate_exponent: n.
        temperature_sensitivity_per_k: σ [1/K].
        reference_temperature_k: T_ref [K].
        gas_yield: mass of gas per mass burnt; the rest stays condensed, keeps the density of
            the solid and takes no part in the heat of the gas.
        burn_rate_pieces: where the law changes with pressure, triples (from which pressure on
            [MPa], a, n) in rising order; below the first the two numbers above hold.

    Raises:
        SimulationError: a number is not finite or cannot be right in its unit.
    """

    impetus_j_per_kg: float
    flame_temperature_k: float
    gamma: float
    covolume_m3_per_kg: float
    density_kg_per_m3: float
    burn_rate_coefficient: float
    burn_rate_exponent: float
    temperature_sensitivity_per_k: float = 0.0
    reference_temperature_k: float = 293.15
    gas_yield: float = 1.0
    burn_rate_pieces: tuple[tuple[float, float, float], ...] = ()

    def __post_init__(self) -> None:
        check_gas(self, "propellant")
        fix, what = object.__setattr__, "of the propellant"
        density = checked_number(
            self.density_kg_per_m3, f"The density {what}", "kg/m³", at_least=100, at_most=20_000
        )
        fix(self, "density_kg_per_m3", density)
        coefficient, exponent = _checked_law(
            self.burn_rate_coefficient, self.burn_rate_exponent, what
        )
        fix(self, "burn_rate_coefficient", coefficient)
        fix(self, "burn_rate_exponent", exponent)
        fix(self, "burn_rate_pieces", _checked_pieces(self.burn_rate_pieces))
        sensitivity = checked_number(
            self.temperature_sensitivity_per_k,
            f"The temperature sensitivity {what}",
            "1/K",
            at_least=0,
            at_most=0.05,
        )
        fix(self, "temperature_sensitivity_per_k", sensitivity)
        reference = checked_number(
            self.reference_temperature_k,
            f"The reference temperature {what}",
            "K",
            at_least=150,
            at_most=500,
        )
        fix(self, "reference_temperature_k", reference)
        share = checked_number(self.gas_yield, f"The gas yield {what}", above=0, at_most=1)
        fix(self, "gas_yield", share)

    def burn_rate_coefficient_at(self, temperature_k: float) -> float:
        """Return a [m/s/Paⁿ] for a propellant that is at `temperature_k` before it is lit."""
        return self.burn_rate_coefficient * self.rate_factor_at(temperature_k)

    def rate_factor_at(self, temperature_k: float) -> float:
        """Return by which factor a propellant at `temperature_k` burns faster."""
        warmer = temperature_k - self.reference_temperature_k
        return exp(self.temperature_sensitivity_per_k * warmer)


def _checked_law(coefficient: object, exponent: object, what: str) -> tuple[float, float]:
    n = checked_number(exponent, f"The burn rate exponent {what}", above=0, at_most=2)
    a = checked_number(coefficient, f"The burn rate coefficient {what}", "m/s/Pa^n", above=0)
    if log10(a) + 8 * n > log10(MAX_BURN_RATE_AT_100_MPA):
        raise SimulationError(
            f"The propellant would burn faster than {MAX_BURN_RATE_AT_100_MPA:g} m/s at "
            "100 MPa; give the burn rate coefficient in m/s/Pa^n."
        )
    return a, n


def _checked_pieces(pieces: object) -> tuple[tuple[float, float, float], ...]:
    what = "The burn rate pieces of the propellant"
    if not isinstance(pieces, list | tuple) or len(pieces) > MAX_PIECES:
        raise SimulationError(
            f"{what} must be a list of at most {MAX_PIECES} triples (pressure in MPa, a, n)."
        )
    checked: list[tuple[float, float, float]] = []
    for piece in pieces:
        if not isinstance(piece, list | tuple) or len(piece) != 3:
            raise SimulationError(f"{what} must be triples (pressure in MPa, a, n), not {piece!r}.")
        least = checked[-1][0] if checked else 0.0
        start = checked_number(piece[0], f"{what}: each pressure", "MPa", above=least, at_most=1e4)
        a, n = _checked_law(piece[1], piece[2], f"of the piece from {start:g} MPa on")
        if start < LEAST_RATIO * least:
            raise SimulationError(
                f"{what}: the pressures {least!r} and {start!r} MPa are too near to each other; "
                f"give each at least {LEAST_RATIO - 1:.1%} above the one before."
            )
        checked.append((start, a, n))
    return tuple(checked)


def check_gas(owner: object, name: str) -> None:
    """Check the four numbers that describe a gas, and make them floats in a frozen `owner`.

    Args:
        owner: has the attributes impetus_j_per_kg, flame_temperature_k, gamma and
            covolume_m3_per_kg.
        name: what to call it in a refusal.

    Raises:
        SimulationError: a number is not finite or cannot be right in its unit.
    """
    bounds: tuple[tuple[str, str, str, float, float], ...] = (
        ("impetus_j_per_kg", "impetus", "J/kg", 1e3, 1e7),
        ("flame_temperature_k", "flame temperature", "K", 300, 10_000),
        ("gamma", "ratio of specific heats", "", 1.01, 5 / 3),
        ("covolume_m3_per_kg", "covolume", "m³/kg", 0, 0.01),
    )
    for attribute, words, unit, low, high in bounds:
        what = f"The {words} of the {name}"
        value = checked_number(getattr(owner, attribute), what, unit, at_least=low, at_most=high)
        object.__setattr__(owner, attribute, value)

"""The shape of a propellant grain: which fraction has burnt when the surface has regressed so far.

A grain burns normal to all of its surface (Piobert's law), so the fraction burnt follows from
geometry alone: ψ(x) = 1 − V(x)/V0 with x the regressed depth.  For every shape here the volume
left is a product of three lengths that shrink in proportion to x; with z = x/e1, e1 being half
the web, that is ψ = 1 − (1−b₁z)(1−b₂z)(1−b₃z), a cubic in z.  It is kept in Serebryakov's form
ψ = χz(1 + λz + μz²) (Corner, *Theory of the Interior Ballistics of Guns*, 1950, treats the form
functions).
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from mgg_kernel.errors import SimulationError
from mgg_kernel.simulation.checks import checked_number

__all__ = ["Grain"]

FloatOrArray = TypeVar("FloatOrArray", float, np.ndarray)

MIN_LENGTH_MM, MAX_LENGTH_MM = 1e-3, 1e3
CLOSURE_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Grain:
    """A grain by its half web and form coefficients; make one with a class method.

    Args:
        shape: name of the shape, for people.
        half_web_m: the regressed depth at which nothing is left (e1) [m].
        chi: χ, the first form coefficient.
        lambda_: λ, the second.
        mu: μ, the third.

    Raises:
        SimulationError: a number is not finite, ψ(1) = χ(1+λ+μ) is not 1, or ψ falls anywhere
            on the way.
    """

    shape: str
    half_web_m: float
    chi: float
    lambda_: float
    mu: float

    def __post_init__(self) -> None:
        top = MAX_LENGTH_MM * 1e-3
        half_web = checked_number(self.half_web_m, "Half the web", "m", above=0, at_most=top)
        object.__setattr__(self, "half_web_m", half_web)
        for name in ("chi", "lambda_", "mu"):
            value = checked_number(getattr(self, name), f"The form coefficient {name.strip('_')}")
            object.__setattr__(self, name, value)
        end = self.chi * (1 + self.lambda_ + self.mu)
        if not abs(end - 1) <= CLOSURE_TOLERANCE:
            raise SimulationError(
                f"The form coefficients burn a fraction of {end:.9g} at the end of the web instead "
                "of 1; choose chi = 1 / (1 + lambda + mu)."
            )
        if self._least_slope() < -CLOSURE_TOLERANCE:
            raise SimulationError(
                "The form coefficients let the burnt fraction fall somewhere between the start and "
                "the end of the web; choose coefficients of a grain that exists."
            )

    @classmethod
    def sphere(cls, diameter_mm: float) -> "Grain":
        """Return a ball: ψ = 1 − (1 − 2x/D)³.

        Raises:
            SimulationError: the diameter is not a length from 0.001 to 1000 mm.
        """
        diameter = _length(diameter_mm, "The diameter of the sphere")
        return cls._shrinking("sphere", (diameter, diameter, diameter))

    @classmethod
    def cylinder(cls, diameter_mm: float, length_mm: float) -> "Grain":
        """Return a solid cylinder or cord: V(x) = π/4·(D−2x)²(L−2x).

        Raises:
            SimulationError: a length is not from 0.001 to 1000 mm.
        """
        diameter = _length(diameter_mm, "The diameter of the cylinder")
        length = _length(length_mm, "The length of the cylinder")
        return cls._shrinking("cylinder", (diameter, diameter, length))

    @classmethod
    def slab(cls, length_mm: float, width_mm: float, thickness_mm: float) -> "Grain":
        """Return a rectangular block: V(x) = (L−2x)(W−2x)(H−2x).

        Raises:
            SimulationError: a length is not from 0.001 to 1000 mm.
        """
        sides = (("length", length_mm), ("width", width_mm), ("thickness", thickness_mm))
        lengths = [_length(value, f"The {name} of the slab") for name, value in sides]
        return cls._shrinking("slab", (lengths[0], lengths[1], lengths[2]))

    @classmethod
    def perforated(
        cls,
        outer_diameter_mm: float,
        inner_diameter_mm: float,
        length_mm: float,
        perforations: int = 1,
    ) -> "Grain":
        """Return a cylinder with one hole: V(x) = π/4·[(D−2x)² − (d+2x)²](L−2x).

        Args:
            outer_diameter_mm: D [mm].
            inner_diameter_mm: diameter d of the hole [mm], less than D.
            length_mm: L [mm].
            perforations: 1; grains with more holes leave slivers and are not modelled.

        Raises:
            SimulationError: a length is not from 0.001 to 1000 mm, the hole is not narrower than
                the grain, or the number of perforations is not 1.
        """
        if perforations != 1:
            raise SimulationError(
                f"Grains with {perforations} perforations are not modelled, because their slivers "
                "are not; use 1 perforation or the cubic form."
            )
        outer = _length(outer_diameter_mm, "The outer diameter of the perforated grain")
        inner = _length(inner_diameter_mm, "The inner diameter of the perforated grain")
        length = _length(length_mm, "The length of the perforated grain")
        if not inner < outer:
            raise SimulationError(
                f"The hole of the perforated grain ({inner:g} mm) must be narrower than the grain "
                f"({outer:g} mm)."
            )
        # (D−2x)² − (d+2x)² = (D+d)(D−d−4x): the wall burns from both sides, ends as well.
        return cls._shrinking("perforated", ((outer - inner) / 2, length, None))

    @classmethod
    def cubic(cls, web_mm: float, chi: float, lambda_: float, mu: float) -> "Grain":
        """Return a grain by Serebryakov's cubic ψ = χz(1+λz+μz²), z = x/e1, e1 half the web.

        Raises:
            SimulationError: the web is not a length from 0.001 to 1000 mm, or as for the class.
        """
        web = _length(web_mm, "The web of the cubic form")
        return cls("cubic", web / 2 * 1e-3, chi, lambda_, mu)

    @classmethod
    def _shrinking(cls, shape: str, widths_mm: tuple[float, float, float | None]) -> "Grain":
        """Return the grain whose volume left is ∏(wᵢ − 2x); None stands for an endless width."""
        web = min(width for width in widths_mm if width is not None)
        b1, b2, b3 = (web / width if width is not None else 0.0 for width in widths_mm)
        chi = b1 + b2 + b3
        pairs = b1 * b2 + b1 * b3 + b2 * b3
        return cls(shape, web / 2 * 1e-3, chi, -pairs / chi, b1 * b2 * b3 / chi)

    def burnt_fraction(self, depth_m: FloatOrArray) -> FloatOrArray:
        """Return ψ at a regressed depth [m] from 0 to the half web; arrays go element by element.

        The polynomial is not cut off past the half web, so that an integrator may look ahead.
        """
        z = depth_m / self.half_web_m
        return self.chi * z * (1 + z * (self.lambda_ + z * self.mu))

    def burnt_fraction_slope_per_m(self, depth_m: FloatOrArray) -> FloatOrArray:
        """Return dψ/dx [1/m] at a regressed depth [m]: burning surface over initial volume."""
        z = depth_m / self.half_web_m
        slope = 1 + z * (2 * self.lambda_ + z * 3 * self.mu)
        return self.chi / self.half_web_m * slope

    def _least_slope(self) -> float:
        def slope(z: float) -> float:
            return self.chi * (1 + z * (2 * self.lambda_ + z * 3 * self.mu))

        turning = -self.lambda_ / (3 * self.mu) if self.mu else 0.0
        return min(slope(z) for z in (0.0, 1.0, min(max(turning, 0.0), 1.0)))


def _length(value_mm: float, what: str) -> float:
    return checked_number(value_mm, what, "mm", at_least=MIN_LENGTH_MM, at_most=MAX_LENGTH_MM)

"""The shape of a propellant grain: which fraction has burnt when the surface has regressed so far.

A grain burns normal to all of its surface (Piobert's law), so the fraction burnt follows from
geometry alone: ψ(x) = 1 − V(x)/V0 with x the regressed depth.  For most shapes the volume
left is a product of three lengths that shrink in proportion to x; with z = x/e1, e1 being half
the web, that is ψ = 1 − (1−b₁z)(1−b₂z)(1−b₃z), a cubic in z.  It is kept in Serebryakov's form
ψ = χz(1 + λz + μz²) (Corner, *Theory of the Interior Ballistics of Guns*, 1950, treats the form
functions).  Seven holes burn by such a cubic until slivers are left; :mod:`.slivers` goes on.
"""

from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numpy as np

from mgg_kernel.errors import SimulationError
from mgg_kernel.simulation.checks import checked_number
from mgg_kernel.simulation.slivers import Slivers

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
        slivers: of a grain with seven holes what is left when its webs have burnt through; the
            cubic holds up to there, and half_web_m is where the last sliver has burnt.

    Raises:
        SimulationError: a number is not finite, ψ(1) = χ(1+λ+μ) is not 1, or ψ falls anywhere
            on the way.
    """

    shape: str
    half_web_m: float
    chi: float
    lambda_: float
    mu: float
    slivers: Slivers | None = None

    def __post_init__(self) -> None:
        top = MAX_LENGTH_MM * 1e-3
        half_web = checked_number(self.half_web_m, "Half the web", "m", above=0, at_most=top)
        object.__setattr__(self, "half_web_m", half_web)
        for name in ("chi", "lambda_", "mu"):
            value = checked_number(getattr(self, name), f"The form coefficient {name.strip('_')}")
            object.__setattr__(self, name, value)
        if self.slivers is not None:
            return
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
        """Return a cylinder with one hole or seven.

        One hole: V(x) = π/4·[(D−2x)² − (d+2x)²](L−2x).  Seven holes of the same diameter stand
        so that all webs are equal; slivers are included (:mod:`.slivers`).

        Args:
            outer_diameter_mm: D [mm].
            inner_diameter_mm: diameter d of each hole [mm].
            length_mm: L [mm].
            perforations: 1 or 7.

        Raises:
            SimulationError: a length is not from 0.001 to 1000 mm, the holes do not fit the
                grain, or their number is neither 1 nor 7.
        """
        if perforations not in (1, 7):
            raise SimulationError(
                f"Grains with {perforations} perforations are not modelled; use 1 or 7 "
                "perforations, or the cubic form."
            )
        outer = _length(outer_diameter_mm, "The outer diameter of the perforated grain")
        inner = _length(inner_diameter_mm, "The inner diameter of the perforated grain")
        length = _length(length_mm, "The length of the perforated grain")
        if perforations == 7:
            return cls._seven(outer, inner, length)
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

    @classmethod
    def _seven(cls, outer_mm: float, hole_mm: float, length_mm: float) -> "Grain":
        if not 3 * hole_mm < outer_mm * (1 - 1e-6):
            raise SimulationError(
                f"Seven holes of {hole_mm:g} mm do not fit a grain of {outer_mm:g} mm; three of "
                "them side by side must be narrower than the grain."
            )
        d_out, d, length = outer_mm * 1e-3, hole_mm * 1e-3, length_mm * 1e-3
        slivers = Slivers(d_out, d, length)
        web = min(slivers.end_m, length / 2)
        # V/V0 = (1 − αx − βx²)(1 − δx), from A = π/4·[(D−2x)² − 7(d+2x)²].
        area = d_out * d_out - 7 * d * d
        alpha, beta, delta = 4 * (d_out + 7 * d) / area, 24 / area, 2 / length
        chi = (alpha + delta) * web
        lambda_ = (beta - alpha * delta) * web * web / chi
        mu = -beta * delta * web**3 / chi
        left = slivers if slivers.begin_m < web else None
        return cls("perforated-7", web, chi, lambda_, mu, left)

    def burnt_fraction(self, depth_m: FloatOrArray) -> FloatOrArray:
        """Return ψ at a regressed depth [m] from 0 to the half web; arrays go element by element.

        The polynomial is not cut off past the half web, so that an integrator may look ahead.
        """
        z = depth_m / self.half_web_m
        psi = self.chi * z * (1 + z * (self.lambda_ + z * self.mu))
        if self.slivers is None:
            return psi
        x = np.asarray(depth_m, dtype=float)
        rest = self.slivers.area_m2(np.maximum(x, self.slivers.begin_m))
        late = 1 - rest * (self.slivers.length_m - 2 * x) / self.slivers.initial_volume_m3
        return _joined(x < self.slivers.begin_m, psi, late)

    def burnt_fraction_slope_per_m(self, depth_m: FloatOrArray) -> FloatOrArray:
        """Return dψ/dx [1/m] at a regressed depth [m]: burning surface over initial volume."""
        z = depth_m / self.half_web_m
        slope = 1 + z * (2 * self.lambda_ + z * 3 * self.mu)
        slope = self.chi / self.half_web_m * slope
        if self.slivers is None:
            return slope
        x, rest = np.asarray(depth_m, dtype=float), self.slivers
        beyond = np.maximum(x, rest.begin_m)
        burning = rest.perimeter_m(beyond) * (rest.length_m - 2 * x) + 2 * rest.area_m2(beyond)
        return _joined(x < rest.begin_m, slope, burning / rest.initial_volume_m3)

    def _least_slope(self) -> float:
        def slope(z: float) -> float:
            return self.chi * (1 + z * (2 * self.lambda_ + z * 3 * self.mu))

        turning = -self.lambda_ / (3 * self.mu) if self.mu else 0.0
        return min(slope(z) for z in (0.0, 1.0, min(max(turning, 0.0), 1.0)))


def _length(value_mm: float, what: str) -> float:
    return checked_number(value_mm, what, "mm", at_least=MIN_LENGTH_MM, at_most=MAX_LENGTH_MM)


def _joined(whole: np.ndarray, before: FloatOrArray, after: np.ndarray) -> FloatOrArray:
    """Return `before` where the grain is whole, else `after`; a number for a number."""
    joined = np.where(whole, before, after)
    result: Any = joined if np.ndim(before) else joined.item()
    return cast("FloatOrArray", result)

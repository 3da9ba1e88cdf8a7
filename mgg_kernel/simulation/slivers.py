"""A cylinder with seven holes, slivers included.

One hole lies in the middle and six around it, so that all webs are equal: with hole diameter d and
outer diameter D the web is w = (D − 3d)/4 and neighbouring holes stand c = d + w apart.  After a
regression x the holes have the radius r = d/2 + x and the grain the radius R = D/2 − x.

*Up to x = w/2* nothing touches: A = π(R² − 7r²), a quadratic in x.

*Beyond, by e = x − w/2*, r = c/2 + e and R = 3c/2 − e, and twelve slivers are left:

- Six inner ones, each the equilateral triangle over three hole centres less three sixths of a disc,
  plus the three half lenses in which these overlap (tip angle α = arccos(c/2r)):
  A_i = √3/4·c² − π/2·r² + 3r²α − 3/4·c·√(4r² − c²).  It vanishes at r = c/√3.
- Six outer ones, bounded by two holes and the outside.  In polar coordinates about the axis,
  θ = 0 through a hole's centre and θ = π/6 between two holes, the far side of the hole is
  ρ = c·cos θ + √(r² − c²·sin² θ).  It meets the outside at 1 − cos θ₂ = e/R (law of cosines), so
  half of one is ½∫(R² − ρ²)dθ from θ₂ to π/6, and with s = c·sin θ
  ∫ρ²dθ = ½c²·sin 2θ + r²θ + s√(r² − s²) + r²·arcsin(s/r).
  It vanishes where θ₂ = π/6: e = c·(3 − 3√3/2)/(4 − √3).

The burning perimeter is what is left of the arcs; at e = 0 it is 2π(R + 7r), as before.
"""

from dataclasses import dataclass
from math import pi, sqrt

import numpy as np
from numpy.typing import NDArray

__all__ = ["Slivers"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Slivers:
    """The cross-section of a grain with seven holes once its webs have burnt through.

    Args:
        outer_diameter_m: D [m].
        hole_diameter_m: d [m].
        length_m: L of the grain [m].
    """

    outer_diameter_m: float
    hole_diameter_m: float
    length_m: float

    @property
    def web_m(self) -> float:
        """The web w, between holes as well as between holes and outside [m]."""
        return (self.outer_diameter_m - 3 * self.hole_diameter_m) / 4

    @property
    def pitch_m(self) -> float:
        """Distance c of neighbouring holes [m]."""
        return self.hole_diameter_m + self.web_m

    @property
    def begin_m(self) -> float:
        """Regressed depth at which the slivers come apart [m]."""
        return self.web_m / 2

    @property
    def inner_end_m(self) -> float:
        """Regressed depth at which the inner ones have burnt [m]."""
        return self.begin_m + self.pitch_m * (1 / sqrt(3) - 0.5)

    @property
    def end_m(self) -> float:
        """Regressed depth at which the outer ones have burnt [m]."""
        return self.begin_m + self.pitch_m * (3 - 1.5 * sqrt(3)) / (4 - sqrt(3))

    @property
    def initial_volume_m3(self) -> float:
        """Volume of the grain before it burns [m³]."""
        area = pi / 4 * (self.outer_diameter_m**2 - 7 * self.hole_diameter_m**2)
        return area * self.length_m

    def area_m2(self, depth_m: Floats) -> Floats:
        """Return the area of all slivers at depths from `begin_m` on [m²]."""
        c, r, outer, tip, theta, _ = self._angles(depth_m)
        inner = sqrt(3) / 4 * c * c - pi / 2 * r * r + 3 * r * r * tip
        inner -= 0.75 * c * np.sqrt(np.maximum(4 * r * r - c * c, 0))
        inner = np.where(depth_m < self.inner_end_m, inner, 0.0)

        def swept(angle: Floats | float) -> Floats:
            s = c * np.sin(angle)
            sector = r * r * (angle + np.arcsin(np.minimum(s / r, 1)))
            root = np.sqrt(np.maximum(r * r - s * s, 0))
            return np.asarray(0.5 * c * c * np.sin(2 * angle) + sector + s * root)

        outer_ones = outer * outer * (pi / 6 - theta) - (swept(pi / 6) - swept(theta))
        outer_ones = np.where(depth_m < self.end_m, outer_ones, 0.0)
        return np.asarray(6 * (inner + outer_ones))

    def perimeter_m(self, depth_m: Floats) -> Floats:
        """Return the burning edge of all slivers at depths from `begin_m` on [m]."""
        _, r, outer, tip, theta, phi = self._angles(depth_m)
        inner = np.where(depth_m < self.inner_end_m, 3 * r * (pi / 3 - 2 * tip), 0.0)
        outer_ones = 2 * outer * (pi / 6 - theta) + 2 * r * (2 * pi / 3 - tip - phi)
        outer_ones = np.where(depth_m < self.end_m, outer_ones, 0.0)
        return np.asarray(6 * (inner + outer_ones))

    def _angles(self, depth_m: Floats) -> tuple[float, Floats, Floats, Floats, Floats, Floats]:
        """Return c, r, R, α, θ₂, and where the outside meets the hole as seen from its centre."""
        c, e = self.pitch_m, np.maximum(depth_m - self.begin_m, 0)
        r, outer = 0.5 * c + e, 1.5 * c - e
        tip = np.arctan2(np.sqrt(2 * e * (2 * r + c)), c)
        theta = 2 * np.arcsin(np.sqrt(np.clip(0.5 * e / outer, 0, 1)))
        phi = np.arctan2(outer * np.sin(theta), outer * np.cos(theta) - c)
        return c, r, outer, tip, theta, phi

"""Cases 13 and 14: burnt fractions of every shape, and how long each burns."""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from itertools import combinations, pairwise

import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy.integrate import quad

from exact_cases.case import Case, Outcome, agreement
from exact_cases.shots import FREE_M3, IGNITER_KG, MASS_KG, RHO, F, burnout_ms, fire, propellant
from mgg_kernel.simulation import Charge, Grain

__all__ = ["CASES"]

Volume = Callable[[Fraction], Fraction]

D, D_IN, LENGTH, WIDTH = Fraction(3), Fraction(2, 5), Fraction(5), Fraction(2)
SEVEN_D, SEVEN_HOLE, SEVEN_LENGTH = 5.0, 0.6, 9.0
SEVEN = Grain.perforated(SEVEN_D, SEVEN_HOLE, SEVEN_LENGTH, 7)
DEFINITION = "ψ = 1 − V(x)/V(0), the definition; V(x) in exact fractions"


def by_volume(grain: Grain, volume: Volume, half_web_mm: Fraction) -> Outcome:
    """Compare ψ at 41 depths with volumes in exact arithmetic."""
    depths = [half_web_mm * i / 40 for i in range(41)]
    exact = [float(1 - volume(x) / volume(Fraction(0))) for x in depths]
    assert abs(grain.half_web_m / (float(half_web_mm) * 1e-3) - 1) < 1e-14
    ours = grain.burnt_fraction(np.array([float(x) for x in depths]) * 1e-3)
    return agreement(ours, exact, scale=1.0)


def chord_area(outer: float, hole: float, pitch: float) -> float:
    """Return the area of a disc less seven discs by adding up its chords.

    A chord at x is what the holes leave of it; between the abscissae where circles end or cross,
    its length is smooth but for roots at the ends, which x = middle + half·sin θ takes away.

    Args:
        outer: radius of the disc about the origin.
        hole: radius of the holes, one there and six around it.
        pitch: distance of their centres.
    """
    around = np.arange(6) * np.pi / 3 + 0.1  # turned, so that no two breaks coincide
    centres = [0j, *(pitch * np.exp(1j * around))]
    circles = [(0j, outer), *((centre, hole) for centre in centres)]
    breaks = [z.real + s * radius for z, radius in circles for s in (-1, 1)]
    for (z1, r1), (z2, r2) in combinations(circles, 2):
        apart = abs(z2 - z1)
        if apart > 0 and abs(r1 - r2) < apart < r1 + r2:
            along = (apart**2 + r1**2 - r2**2) / (2 * apart)
            across = np.sqrt(r1**2 - along**2)
            breaks += [(z1 + (z2 - z1) / apart * (along + s * 1j * across)).real for s in (-1, 1)]
    edges = np.unique(np.clip(breaks, -outer, outer))
    nodes, weights = leggauss(40)
    angle = nodes * np.pi / 2
    total = 0.0
    for low, high in pairwise(edges):
        middle, half = (low + high) / 2, (high - low) / 2
        lengths = [_chord(x, outer, hole, centres) for x in middle + half * np.sin(angle)]
        total += half * float(np.sum(weights * np.pi / 2 * np.cos(angle) * lengths))
    return total


def _chord(x: float, outer: float, hole: float, centres: list[complex]) -> float:
    top = np.sqrt(max(outer**2 - x**2, 0.0))
    holes = []
    for z in centres:
        reach = np.sqrt(max(hole**2 - (x - z.real) ** 2, 0.0))
        low, high = max(z.imag - reach, -top), min(z.imag + reach, top)
        if high > low:
            holes.append((low, high))
    left, covered = 2 * top, -top
    for low, high in sorted(holes):
        left -= max(0.0, high - max(low, covered))
        covered = max(covered, high)
    return float(left)


def seven_holes() -> Outcome:
    slivers = SEVEN.slivers
    assert slivers is not None
    pitch = SEVEN_HOLE + (SEVEN_D - 3 * SEVEN_HOLE) / 4
    ends = (slivers.begin_m, slivers.inner_end_m, slivers.end_m)
    # Not where circles just touch: there the chords, not the slivers, lose digits.
    stretches = [(0.0, ends[0]), *pairwise(ends)]
    depths = np.concatenate([np.linspace(a, b, 10)[1:-1] for a, b in stretches]) * 1e3
    whole = np.pi / 4 * (SEVEN_D**2 - 7 * SEVEN_HOLE**2) * SEVEN_LENGTH
    left = [
        chord_area(SEVEN_D / 2 - x, SEVEN_HOLE / 2 + x, pitch) * (SEVEN_LENGTH - 2 * x)
        for x in depths.tolist()
    ]
    exact = 1 - np.array(left) / whole
    return agreement(SEVEN.burnt_fraction(depths * 1e-3), exact, scale=1.0)


SHAPES = (
    ("sphere 1 mm", Grain.sphere(1)),
    ("cylinder 1 mm × 2 mm", Grain.cylinder(1, 2)),
    ("disc 2 mm × 0.9 mm", Grain.cylinder(2, 0.9)),
    ("slab 3 mm × 2 mm × 0.8 mm", Grain.slab(3, 2, 0.8)),
    ("one hole, 1.2 mm / 0.3 mm × 2 mm", Grain.perforated(1.2, 0.3, 2)),
    ("one hole, 3 mm / 0.3 mm × 0.9 mm", Grain.perforated(3, 0.3, 0.9)),
    ("seven holes, 5 mm / 0.6 mm × 9 mm", SEVEN),
    ("seven holes, 5 mm / 0.6 mm × 0.95 mm", Grain.perforated(5, 0.6, 0.95, 7)),
    ("cubic, web 1 mm, χ 1.25, λ −0.3, μ 0.1", Grain.cubic(1, 1.25, -0.3, 0.1)),
)


def burning_times() -> Outcome:
    a, n = 5e-8, 0.8
    ours, exact = [], []
    table = [("grain", "ours [ms]", "quadrature [ms]", "relative error")]
    for name, grain in SHAPES:

        def slowness(x: float, grain: Grain = grain) -> float:
            psi = grain.burnt_fraction(x)
            free = FREE_M3 - MASS_KG * (1e-3 - 1 / RHO) * psi
            return 1 / (a * (F * (IGNITER_KG + MASS_KG * psi) / free) ** n)

        web, cut = grain.half_web_m, grain.slivers
        kinks = [0.0, web, *((cut.begin_m, min(cut.inner_end_m, web)) if cut else ())]
        parts = pairwise(sorted(set(kinks)))
        seconds = sum(quad(slowness, *p, epsabs=0, epsrel=1e-12, limit=400)[0] for p in parts)
        exact.append(seconds * 1e3)
        ours.append(burnout_ms(fire(Charge(propellant(1e-3, a, n), grain, 500), [0.0, 90.0])))
        one = agreement(ours[-1], exact[-1])
        table.append((name, f"{one.ours:.7f}", f"{one.exact:.7f}", f"{one.error:.0e}"))
    return agreement(ours, exact, table=tuple(table))


def _sphere(x: Fraction) -> Fraction:
    return (D - 2 * x) ** 3


def _cylinder(x: Fraction) -> Fraction:
    return (D - 2 * x) ** 2 * (LENGTH - 2 * x)


def _slab(x: Fraction) -> Fraction:
    return (LENGTH - 2 * x) * (WIDTH - 2 * x) * (D - 2 * x)


def _one_hole(x: Fraction) -> Fraction:
    return ((D - 2 * x) ** 2 - (D_IN + 2 * x) ** 2) * (LENGTH - 2 * x)


def _cubic(x: Fraction) -> Fraction:
    z = x  # half the web is 1 mm
    return 1 - Fraction(5, 4) * z * (1 - Fraction(3, 10) * z + Fraction(1, 10) * z**2)


def _shape(
    letter: str, title: str, equation: str, inputs: str, run: Callable[[], Outcome], source: str
) -> Case:
    return Case(f"13{letter}", title, "ψ", equation, inputs, source, 1e-12, run)


CASES = (
    _shape(
        "a",
        "Burnt fraction of a sphere",
        "ψ = 1 − (1−2x/D)³",
        "D = 3 mm, 41 depths",
        partial(by_volume, Grain.sphere(3), _sphere, D / 2),
        DEFINITION,
    ),
    _shape(
        "b",
        "Burnt fraction of a cylinder",
        "V(x) = π/4·(D−2x)²(L−2x)",
        "D = 3 mm, L = 5 mm, 41 depths",
        partial(by_volume, Grain.cylinder(3, 5), _cylinder, D / 2),
        DEFINITION,
    ),
    _shape(
        "c",
        "Burnt fraction of a slab",
        "V(x) = (L−2x)(W−2x)(H−2x)",
        "5 mm × 2 mm × 3 mm, 41 depths",
        partial(by_volume, Grain.slab(5, 2, 3), _slab, WIDTH / 2),
        DEFINITION,
    ),
    _shape(
        "d",
        "Burnt fraction of a cylinder with one hole",
        "V(x) = π/4·[(D−2x)² − (d+2x)²](L−2x)",
        "D = 3 mm, d = 0.4 mm, L = 5 mm, 41 depths",
        partial(by_volume, Grain.perforated(3, 0.4, 5), _one_hole, (D - D_IN) / 4),
        DEFINITION,
    ),
    _shape(
        "e",
        "Serebryakov's cubic",
        "ψ = χz(1+λz+μz²), z = x/e1",
        "web 2 mm, χ = 1.25, λ = −0.3, μ = 0.1, 41 depths",
        partial(by_volume, Grain.cubic(2, 1.25, -0.3, 0.1), _cubic, Fraction(1)),
        "the definition, in exact fractions",
    ),
    _shape(
        "f",
        "Burnt fraction of a cylinder with seven holes, slivers included",
        "V(x) = (L−2x)·(area of a disc of radius D/2−x less seven discs of radius d/2+x)",
        "D = 5 mm, d = 0.6 mm, L = 9 mm; 8 depths before the webs burn through, 8 with all "
        "twelve slivers, 8 with the outer six",
        seven_holes,
        "the area as an integral of chord lengths by Gauss–Legendre quadrature, in which no "
        "formula for slivers occurs",
    ),
    Case(
        "14",
        "Burn-out time of every shape",
        "t_b [ms]",
        "t_b = ∫₀^e1 dx / (a·p(ψ(x))ⁿ), p(ψ) of case 2",
        "a = 5e-8 m/s/Pa^0.8, n = 0.8, η = 1e-3 m³/kg, 0.5 g in 10 mL, igniter 10 mg at t = 0, no "
        "air, no loss",
        "without loss p depends on the depth alone; adaptive quadrature (QUADPACK)",
        1e-9,
        burning_times,
    ),
)

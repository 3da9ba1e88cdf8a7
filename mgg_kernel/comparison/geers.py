"""The metric of Sprague and Geers: how far curves are apart in size (M), in phase (P), in both."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["SpragueGeers", "sprague_geers"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class SpragueGeers:
    """0 where the curves agree: magnitude `m` (signed), phase `p` (0 … 1), both together `c`."""

    m: float
    p: float
    c: float


def sprague_geers(simulated: FloatArray, measured: FloatArray) -> SpragueGeers:
    """Return the errors of a curve against a reference, both sampled evenly at the same times.

    - M = √(Σ s² / Σ m²) − 1: the share by which the simulated curve is too large.
    - P = arccos(Σ s·m / √(Σ s² · Σ m²)) / π: 0 where the shapes agree, ½ where they have nothing
      in common.
    - C = √(M² + P²).

    Source: M. A. Sprague and T. L. Geers, A spectral-element method for modelling cavitation in
    transient fluid–structure interaction, Int. J. Numer. Meth. Engng 60 (2004) 2467–2499.

    Args:
        simulated: shape (n,), not all 0.
        measured: shape (n,), not all 0, the reference.
    """
    size_s, size_m = float(np.linalg.norm(simulated)), float(np.linalg.norm(measured))
    unit_s, unit_m = simulated / size_s, measured / size_m
    # The angle between the two; unlike arccos this is exact also where it is small.
    angle = 2.0 * math.atan2(
        float(np.linalg.norm(unit_s - unit_m)), float(np.linalg.norm(unit_s + unit_m))
    )
    m, p = size_s / size_m - 1.0, angle / math.pi
    return SpragueGeers(m, p, math.hypot(m, p))

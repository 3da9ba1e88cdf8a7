"""What the integration of a shot leaves behind."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["VesselHistory"]

FloatArray = NDArray[np.float64]


@dataclass
class VesselHistory:
    """What happened in the vessel.

    Args:
        time_ms: shape (n,).
        pressure_mpa: shape (n,), absolute.
        temperature_k: shape (n,), of the gas; that of the wall while there is none.
        wall_loss_j: shape (n,), heat that the wall has taken since time 0.
        burnt_fraction: shape (charges, n).
        ignition_ms: for each charge when it was lit, or None.
        burnout_ms: for each charge when nothing of it was left, or None.
    """

    time_ms: FloatArray
    pressure_mpa: FloatArray
    temperature_k: FloatArray
    wall_loss_j: FloatArray
    burnt_fraction: FloatArray
    ignition_ms: list[float | None]
    burnout_ms: list[float | None]

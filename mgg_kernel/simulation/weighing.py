"""Packed shots with other masses: of a shot that is there only what depends on them is changed.

Everything that a charge gives is proportional to its mass, and the air is to the volume that the
charges leave; so a search over masses need not build its shots one by one.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.errors import SimulationError
from mgg_kernel.simulation.compiled import layout as at
from mgg_kernel.simulation.moving import AIR, ShotTable, table_of
from mgg_kernel.simulation.packing import PackedShots
from mgg_kernel.simulation.shot import Shot

__all__ = ["Weighable"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

OF_MASS = slice(at.GAS_R, at.VOLUME_TAKEN + 1)
LEAST_ROOM = 1e-3
SUMS = (
    (at.TOTAL_MASS, at.AIR_MASS, at.IGNITER_MASS, at.GAS_MASS),
    (at.TOTAL_R, at.AIR_R, at.IGNITER_R, at.GAS_R),
    (at.TOTAL_CV, at.AIR_CV, at.IGNITER_CV, at.GAS_CV),
    (at.ENERGY_SCALE, at.AIR_ENERGY, at.IGNITER_ENERGY, at.GAS_ENERGY),
)
"""Where a sum stands, and where what the air, the igniter and each charge add to it."""


class Weighable:
    """Shots whose charges can be given other masses, many at a time.

    Args:
        shots: the shots, each with any masses.
    """

    def __init__(self, shots: Sequence[Shot]) -> None:
        self._table = table_of(shots)
        packed = self._table.packed
        most = packed.charges.shape[1]
        masses, solid = np.ones((2, len(shots), most))
        for i, shot in enumerate(shots):
            for k, charge in enumerate(shot.charges):
                masses[i, k] = charge.mass_mg
                solid[i, k] = 1e-6 / charge.propellant.density_kg_per_m3
        self._per_mg = packed.charges[:, :, OF_MASS] / masses[:, :, None]
        self._solid_m3_per_mg = solid
        self._air = packed.shots[:, AIR] / packed.shots[:, [at.VOLUME]]

    def weighed(self, rows: Ints, masses_mg: Floats) -> ShotTable:
        """Return these shots with other masses.

        Args:
            rows: shape (m,), which shots; a row may come several times.
            masses_mg: shape (m, most charges), in the order of each shot's charges; what a shot
                has no charge for is not read [mg].

        Raises:
            SimulationError: a shot's charges and their gas leave no room in the vessel.
        """
        source = self._table.packed
        counts = source.counts[rows]
        has = np.arange(source.charges.shape[1]) < counts[:, None]
        masses = np.where(has, masses_mg[:, : has.shape[1]], 0.0)
        charges, shots = source.charges[rows], source.shots[rows]
        charges[:, :, OF_MASS] = self._per_mg[rows] * masses[:, :, None]
        solid = (self._solid_m3_per_mg[rows] * masses).sum(axis=1)
        # The least clearance is with every charge whole or burnt, whichever takes more.
        whole = shots[:, at.CLEARANCE] * 1e3
        shots[:, at.VOLUME] = whole - solid
        taken = np.maximum(charges[:, :, at.VOLUME_TAKEN], 0.0).sum(axis=1)
        room = shots[:, at.VOLUME] - shots[:, at.IGNITER_COVOLUME] - taken
        tight = np.flatnonzero(room <= LEAST_ROOM * whole)
        if tight.size:
            one = tight[0]
            raise SimulationError(
                f"Charges of {masses[one].sum():.6g} mg and their gas leave no room in a vessel of "
                f"{whole[one] * 1e6:.4g} mL; lower the masses."
            )
        shots[:, AIR] = self._air[rows] * shots[:, [at.VOLUME]]
        for total, air, igniter, gas in SUMS:
            shots[:, total] = shots[:, air] + shots[:, igniter] + charges[:, :, gas].sum(axis=1)
        covolume = charges[:, :, at.GAS_COVOLUME].sum(axis=1)
        shots[:, at.TOTAL_COVOLUME] = shots[:, at.IGNITER_COVOLUME] + covolume
        packed = PackedShots(shots, counts, charges, source.laws[rows])
        return ShotTable(packed, self._table.air_mpa[rows], self._table.factor[rows])

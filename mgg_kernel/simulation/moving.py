"""Many packed shots moved along their coordinates at once (:mod:`.coordinates` names these)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.simulation.compiled import layout as at
from mgg_kernel.simulation.coordinates import (
    CHARGE,
    LEAST_VOLUME_SHARE,
    REFERENCE_PRESSURE_PA,
    SHOT,
    cubic_of_surfaces,
)
from mgg_kernel.simulation.packing import PackedShots, pack
from mgg_kernel.simulation.shot import Shot
from mgg_kernel.simulation.solver import run_packed

__all__ = ["ShotTable", "table_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GASES = (at.GAS_R, at.GAS_CV, at.GAS_ENERGY)
IGNITER_GASES = (at.IGNITER_R, at.IGNITER_CV, at.IGNITER_ENERGY)
AIR = (at.AIR_R, at.AIR_CV, at.AIR_ENERGY, at.AIR_MASS)


@dataclass(frozen=True, eq=False)
class ShotTable:
    """Shots ready to be solved, and how a sensor would show their pressure.

    Args:
        packed: the shots.
        air_mpa: shape (shots,), the pressure of the air at the start.
        factor: shape (shots,), what is shown over the pressure above that of the air.
    """

    packed: PackedShots
    air_mpa: Floats
    factor: Floats

    def pressure_mpa(
        self, times_ms: Floats, tolerance: float, threads: int | None = None
    ) -> Floats:
        """Return what sensors would show, shape (shots, n) [MPa]; as :meth:`shown` does."""
        return self.shown(times_ms, tolerance, threads)[0]

    def shown(
        self, times_ms: Floats, tolerance: float, threads: int | None = None
    ) -> tuple[Floats, Floats]:
        """Return what sensors would show, and when each charge has burnt out.

        The first is of shape (shots, n) [MPa], the second of (shots, most charges) [ms], with nan
        where a charge does not burn out.

        Args:
            times_ms: shape (n,), increasing [ms].
            tolerance: relative error allowed in a step.
            threads: how many at most; as many as there are processors if not given.

        Raises:
            SimulationError: an integration fails.
        """
        solved = run_packed(self.packed, times_ms, tolerance, threads=threads)
        pressure = solved.pressure_mpa
        pressure -= self.air_mpa[:, None]
        pressure *= self.factor[:, None]
        return pressure, solved.burnout_ms

    def moved(self, rows: Ints, shifts: Floats) -> "ShotTable":
        """Return these rows, each moved by its shifts.

        Forms move only where the grain is Serebryakov's cubic, and shifts beyond what can exist
        stop at its border.  Must be used only on shots without a vent.

        Args:
            rows: shape (m,), which shots; a row may come several times.
            shifts: shape (m, width): first those of the shot in the order of SHOT, then those of
                each charge in the order of CHARGE; what a shot has no charge for is not read.
        """
        packed = PackedShots(
            *(self.packed.shots[rows], self.packed.counts[rows]),
            *(self.packed.charges[rows], self.packed.laws[rows]),
        )
        for k in range(packed.charges.shape[1]):
            has = np.flatnonzero(packed.counts > k)
            first = len(SHOT) + k * len(CHARGE)
            _move_charge(packed, has, k, shifts[has, first : first + len(CHARGE)])
        _move_shot(packed, shifts)
        gain = np.exp(shifts[:, SHOT.index("gain")])
        return ShotTable(packed, self.air_mpa[rows], self.factor[rows] * gain)


def table_of(shots: Sequence[Shot]) -> ShotTable:
    """Pack shots.

    Raises:
        SimulationError: the charges of a shot and their gases leave no free volume.
    """
    return ShotTable(
        pack([(shot.charges, shot.igniter, shot.vessel) for shot in shots]),
        np.array([shot.vessel.initial_air_pressure_mpa for shot in shots]),
        np.array([shot.pressure_factor for shot in shots]),
    )


def _move_charge(packed: PackedShots, rows: Ints, k: int, shifts: Floats) -> None:
    impetus, rate, exponent, start, end = shifts.T
    for gas in GASES:
        packed.charges[rows, k, gas] *= np.exp(impetus)
    laws = packed.laws[rows, k]
    before = laws[:, :, 2]
    used = np.isfinite(laws[:, :, 0])
    bend = np.clip(before + exponent[:, None], 0.05, 2.0, where=used, out=before.copy())
    bend = np.subtract(bend, before, where=used, out=np.zeros_like(before))
    turned = np.where(used, rate[:, None], 0.0) - bend * log(REFERENCE_PRESSURE_PA)
    packed.laws[rows, k, :, 1] = laws[:, :, 1] + turned
    packed.laws[rows, k, :, 2] = before + bend
    for i in np.flatnonzero((start != 0) | (end != 0)).tolist():
        row = packed.charges[rows[i], k]
        chi, lambda_, mu = row[[at.CHI, at.LAMBDA, at.MU]].tolist()
        last = chi * (1 + 2 * lambda_ + 3 * mu)
        if row[at.FIRST_BREAK] < 1 or last <= 0:
            continue
        grain = cubic_of_surfaces(1.0, chi * float(np.exp(start[i])), last * float(np.exp(end[i])))
        row[[at.CHI, at.LAMBDA, at.MU]] = grain.chi, grain.lambda_, grain.mu


def _move_shot(packed: PackedShots, shifts: Floats) -> None:
    shot = packed.shots
    move = dict(zip(SHOT, shifts.T, strict=False))
    shot[:, IGNITER_GASES] *= np.exp(move["energy"])[:, None]
    shot[:, at.TIME_CONSTANT] *= np.exp(move["release_time"])
    shot[:, at.RELEASE_EXPONENT] = np.clip(
        shot[:, at.RELEASE_EXPONENT] + move["release_exponent"], 1.0, 5.0
    )
    shot[:, at.START] = np.maximum(shot[:, at.START] + 1e-3 * move["delay"], 0.0)
    whole = shot[:, at.CLEARANCE] * 1e3
    larger = np.maximum(1e-6 * move["volume"], (LEAST_VOLUME_SHARE - 1) * whole)
    free = shot[:, at.VOLUME] + larger
    shot[:, AIR] *= (free / shot[:, at.VOLUME])[:, None]
    shot[:, at.VOLUME] = free
    shot[:, at.CLEARANCE] = (whole + larger) * 1e-3
    shot[:, at.CONDUCTANCE] *= np.exp(move["loss"])
    late = np.clip(shot[:, at.LATE_SHARE], 1e-3, 1 - 1e-9)
    logit = np.log(late / (1 - late)) + move["late"]
    shot[:, at.LATE_SHARE] = np.where(
        move["late"] != 0, np.clip(1 / (1 + np.exp(-logit)), 1e-3, 1.0), shot[:, at.LATE_SHARE]
    )
    shot[:, at.DECAY_TIME] *= np.exp(move["decay"])
    energy = packed.charges[:, :, at.GAS_ENERGY].sum(axis=1)
    energy += shot[:, at.IGNITER_ENERGY] + shot[:, at.AIR_ENERGY]
    shot[:, at.ENERGY_SCALE] = np.where(energy > 0, energy, 1.0)

"""From shots to what happened in the vessel: compiled code, and the implicit way where it fails."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from os import cpu_count

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.errors import SimulationError
from mgg_kernel.simulation.history import VesselHistory
from mgg_kernel.simulation.packing import PackedShots, ShotParts, pack
from mgg_kernel.simulation.stiff import follow_stiffly
from mgg_kernel.simulation.vessel import Charge, Igniter, Vessel

__all__ = ["RELATIVE_TOLERANCE", "SolvedShots", "solve_shots", "solve_vessel"]

FloatArray = NDArray[np.float64]

RELATIVE_TOLERANCE = 1e-10
"""On depths as a share of the half web and on the wall loss as a share of all energy."""


@dataclass(frozen=True)
class SolvedShots:
    """What happened in many vessels, row by row.

    Args:
        pressure_mpa: shape (shots, n), absolute.
        ignition_ms: shape (shots, most charges); nan where a charge was not lit.
        burnout_ms: as `ignition_ms`.
        burnt_at_end: as `ignition_ms`: the burnt fraction at the last time.
        temperature_k: shape (shots, n), or (shots, 0) where it was not asked for.
        wall_loss_j: as `temperature_k`.
        burnt_fraction: shape (shots, most charges, n or 0).
    """

    pressure_mpa: FloatArray
    ignition_ms: FloatArray
    burnout_ms: FloatArray
    burnt_at_end: FloatArray
    temperature_k: FloatArray
    wall_loss_j: FloatArray
    burnt_fraction: FloatArray


def solve_vessel(
    charges: Sequence[Charge], igniter: Igniter, vessel: Vessel, time_ms: FloatArray
) -> VesselHistory:
    """Follow a shot from time 0 and return its state at the given times.

    Args:
        charges: what burns; may be empty.
        igniter: what lights it.
        vessel: where.
        time_ms: shape (n,), n ≥ 1, increasing, not negative [ms].

    Raises:
        SimulationError: the times are not as they must be, the charges do not fit the vessel, or
            the integration fails.
    """
    solved = solve_shots([(charges, igniter, vessel)], time_ms, everything=True)
    return VesselHistory(
        time_ms,
        solved.pressure_mpa[0],
        solved.temperature_k[0],
        solved.wall_loss_j[0],
        solved.burnt_fraction[0],
        [None if np.isnan(t) else float(t) for t in solved.ignition_ms[0]],
        [None if np.isnan(t) else float(t) for t in solved.burnout_ms[0]],
    )


def solve_shots(
    parts: Sequence[ShotParts],
    time_ms: FloatArray,
    *,
    tolerance: float = RELATIVE_TOLERANCE,
    everything: bool = False,
    threads: int | None = None,
) -> SolvedShots:
    """Follow many shots, in threads; each result is the same as if it were followed alone.

    Args:
        parts: charges, igniter and vessel of each shot.
        time_ms: shape (n,), n ≥ 1, increasing, not negative [ms].
        tolerance: relative error allowed in a step.
        everything: also return temperature, wall loss and burnt fractions over time.
        threads: how many at most; as many as there are processors if not given.

    Raises:
        SimulationError: the times are not as they must be, charges do not fit their vessel, or
            an integration fails.
    """
    times = np.asarray(time_ms, dtype=np.float64)
    increasing = times.ndim == 1 and times.size > 0 and bool((np.diff(times) > 0).all())
    if not (increasing and times[0] >= 0 and np.isfinite(times).all()):
        raise SimulationError(
            "The times of a simulation must be finite, increasing and not negative, in ms."
        )
    packed = pack(parts)
    return run_packed(packed, times * 1e-3, tolerance, everything=everything, threads=threads)


def run_packed(
    packed: PackedShots,
    times_s: FloatArray,
    tolerance: float = RELATIVE_TOLERANCE,
    *,
    everything: bool = False,
    threads: int | None = None,
) -> SolvedShots:
    """Follow packed shots; the arguments are else those of :func:`solve_shots`."""
    from mgg_kernel.simulation.compiled.follow import follow_shots

    count, most, size = len(packed.counts), packed.charges.shape[1], times_s.size
    kept = size if everything else 0
    solved = SolvedShots(
        pressure_mpa=np.empty((count, size)),
        ignition_ms=np.full((count, most), np.nan),
        burnout_ms=np.full((count, most), np.nan),
        burnt_at_end=np.zeros((count, most)),
        temperature_k=np.empty((count, kept)),
        wall_loss_j=np.empty((count, kept)),
        burnt_fraction=np.zeros((count, most, kept)),
    )
    tries = np.zeros(count, dtype=np.int64)
    outputs = (
        *(solved.pressure_mpa, solved.ignition_ms, solved.burnout_ms, solved.burnt_at_end),
        *(solved.temperature_k, solved.wall_loss_j, solved.burnt_fraction, tries),
    )
    inputs = (times_s, packed.shots, packed.counts, packed.charges, packed.laws, tolerance)
    workers = min(threads or cpu_count() or 1, count)
    if workers > 1:
        # Several portions per thread, because some shots take longer than others.
        bounds = np.linspace(0, count, min(count, 4 * workers) + 1).astype(int).tolist()
        with ThreadPoolExecutor(workers) as pool:
            portions = pairwise(bounds)
            for done in [pool.submit(follow_shots, a, b, *inputs, *outputs) for a, b in portions]:
                done.result()
    else:
        follow_shots(0, count, *inputs, *outputs)
    for i in np.flatnonzero(tries < 0):
        _follow_stiff_shot(packed, int(i), times_s, tolerance, solved)
    solved.pressure_mpa[:] *= 1e-6
    solved.ignition_ms[:] *= 1e3
    solved.burnout_ms[:] *= 1e3
    return solved


def _follow_stiff_shot(
    packed: PackedShots, i: int, times_s: FloatArray, tolerance: float, solved: SolvedShots
) -> None:
    c, size = int(packed.counts[i]), times_s.size
    one = (packed.shots[i], packed.charges[i, :c], packed.laws[i, :c])
    temperature, loss, burnt = np.empty(size), np.empty(size), np.zeros((c, size))
    outputs = (solved.pressure_mpa[i], temperature, loss, burnt)
    solved.ignition_ms[i, :c], solved.burnout_ms[i, :c] = follow_stiffly(
        times_s, one, tolerance, outputs
    )
    solved.burnt_at_end[i, :c] = burnt[:, -1]
    if solved.temperature_k.size:
        solved.temperature_k[i], solved.wall_loss_j[i] = temperature, loss
        solved.burnt_fraction[i, :c] = burnt

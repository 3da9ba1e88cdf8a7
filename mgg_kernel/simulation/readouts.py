"""The lean way for fits and searches: many shots, three numbers each, no curve in between."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import SimulationError
from mgg_kernel.simulation.packing import PackedShots, ShotParts, pack
from mgg_kernel.simulation.solver import RELATIVE_TOLERANCE, Run

__all__ = ["ReadOuts", "read_out_packed", "solve_read_outs"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class ReadOuts:
    """What is read off many curves, as `PTCurve.features` does.

    Args:
        ignition_time_ms: shape (shots,); nan where the curve never rises so.
        peak_time_ms: shape (shots,).
        peak_pressure_mpa: shape (shots,), above the pressure of the air at the start.
    """

    ignition_time_ms: FloatArray
    peak_time_ms: FloatArray
    peak_pressure_mpa: FloatArray


def solve_read_outs(
    parts: Sequence[ShotParts],
    time_ms: ArrayLike,
    *,
    factor: ArrayLike = 1.0,
    tolerance: float = RELATIVE_TOLERANCE,
    ignition_fraction: float = 0.02,
    sustain_ms: float = 0.1,
    threads: int | None = None,
) -> ReadOuts:
    """Follow many shots and read three numbers off each, to the bit as off its curve.

    Args:
        parts: charges, igniter and vessel of each shot.
        time_ms: shape (n,), n ≥ 2, the samples of the curves [ms].
        factor: what the sensor shows over the pressure above that of the air; one number, or
            shape (shots,), positive.
        tolerance: relative error allowed in a step.
        ignition_fraction: as for `PTCurve.features`.
        sustain_ms: as for `PTCurve.features`.
        threads: how many at most; as many as there are processors if not given.

    Raises:
        SimulationError: as for :func:`~mgg_kernel.simulation.solve_shots`, or an argument is
            outside its range.
    """
    air = np.array([vessel.initial_air_pressure_mpa for _, _, vessel in parts], dtype=np.float64)
    return read_out_packed(
        pack(parts),
        time_ms,
        air_mpa=air,
        factor=factor,
        tolerance=tolerance,
        ignition=(ignition_fraction, sustain_ms),
        threads=threads,
    )


def read_out_packed(
    packed: PackedShots,
    time_ms: ArrayLike,
    *,
    air_mpa: ArrayLike,
    factor: ArrayLike = 1.0,
    tolerance: float = RELATIVE_TOLERANCE,
    ignition: tuple[float, float] = (0.02, 0.1),
    threads: int | None = None,
) -> ReadOuts:
    """Do as :func:`solve_read_outs` for shots that are packed, whose numbers may be changed there.

    Args:
        packed: the shots.
        time_ms: shape (n,), n ≥ 2, the samples of the curves [ms].
        air_mpa: pressure of the air at the start, to be taken off; one or shape (shots,) [MPa].
        factor: as for :func:`solve_read_outs`.
        tolerance: relative error allowed in a step.
        ignition: share of the peak that counts as ignition, and how long it must last [ms].
        threads: how many at most; as many as there are processors if not given.

    Raises:
        SimulationError: as for :func:`solve_read_outs`.
    """
    fraction, sustain_ms = ignition
    if not (0 < fraction < 1 and sustain_ms >= 0):
        raise SimulationError(
            "The share of the peak that counts as ignition must lie between 0 and 1 and its "
            f"duration must not be negative, but are {fraction:g} and {sustain_ms:g} ms."
        )
    run = Run(packed, time_ms, tolerance, rows=0, ignition=ignition)
    if run.samples < 2:
        raise SimulationError("Reading a curve takes at least two times.")
    run.features[:, 0], run.features[:, 1] = air_mpa, factor
    given = run.features.copy()
    run.all_shots(threads)
    for i in np.flatnonzero(run.tries < 0).tolist():
        _read_stiff(run, i, given[i])
    return ReadOuts(run.features[:, 0], run.features[:, 1], run.features[:, 2])


def _read_stiff(run: Run, i: int, given: FloatArray) -> None:
    pressure = np.empty(run.samples)
    run.stiffly(i, pressure)
    curve = PTCurve(run.times[1], (pressure - given[0]) * given[1])
    fraction, sustain_ms = run.ignition
    read = curve.features(ignition_fraction=fraction, sustain_ms=sustain_ms)
    ignition = np.nan if read.ignition_time_ms is None else read.ignition_time_ms
    run.features[i] = ignition, read.peak_time_ms, read.peak_pressure_mpa

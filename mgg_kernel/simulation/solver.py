"""From shots to what happened in the vessel: compiled code, and the implicit way where it fails."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from ctypes import addressof, c_char
from dataclasses import dataclass
from itertools import pairwise
from os import cpu_count
from threading import Lock, local

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mgg_kernel.errors import SimulationError
from mgg_kernel.simulation.compiled.layout import room_size
from mgg_kernel.simulation.compiled.loader import entry
from mgg_kernel.simulation.history import VesselHistory
from mgg_kernel.simulation.packing import PackedShots, ShotParts, joined_laws, pack
from mgg_kernel.simulation.stiff import follow_stiffly
from mgg_kernel.simulation.vessel import Charge, Igniter, Vessel

__all__ = ["RELATIVE_TOLERANCE", "SolvedShots", "run_packed", "solve_shots", "solve_vessel"]

FloatArray = NDArray[np.float64]

RELATIVE_TOLERANCE = 1e-10
"""On depths as a share of the half web and on the wall loss as a share of all energy."""

FEW = 4
"""So few shots are done sooner than another thread has started."""
MOST_ROOM = 100_000
"""More numbers than this are given back after a call."""

_LAST: list[FloatArray] = []
_LOCK = Lock()
_ROOMS = local()
_NO_BYTES = c_char * 0


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
    return run_packed(pack(parts), time_ms, tolerance, everything=everything, threads=threads)


def run_packed(
    packed: PackedShots,
    time_ms: ArrayLike,
    tolerance: float = RELATIVE_TOLERANCE,
    *,
    everything: bool = False,
    threads: int | None = None,
) -> SolvedShots:
    """Follow packed shots; the arguments are else those of :func:`solve_shots`."""
    run = Run(packed, time_ms, tolerance, rows=len(packed.counts), everything=everything)
    run.all_shots(threads)
    events, history = run.events, run.history
    for i in np.flatnonzero(run.tries < 0).tolist():
        run.stiffly(i, run.pressure[i])
    return SolvedShots(
        *(run.pressure, events[:, 0], events[:, 1], events[:, 2]),
        *(history[:, 0], history[:, 1], history[:, 2:]),
    )


class Run:
    """One call of compiled code: its arrays, and how the shots go to threads.

    Args:
        packed: the shots.
        time_ms: shape (n,), n ≥ 1, increasing, not negative [ms].
        tolerance: relative error allowed in a step.
        rows: how many curves to keep: one per shot, or 0 for none.
        everything: also keep temperature, wall loss and burnt fractions over time.
        ignition: which share of the peak counts as ignition, and how long it must last [ms].

    Raises:
        SimulationError: the times are not as they must be.
    """

    def __init__(
        self,
        packed: PackedShots,
        time_ms: ArrayLike,
        tolerance: float,
        *,
        rows: int,
        everything: bool = False,
        ignition: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        self.packed, self.tolerance, self.rows, self.ignition = packed, tolerance, rows, ignition
        self.times = _checked_times(time_ms)
        self.count, self.most = len(packed.counts), packed.charges.shape[1]
        self.samples = self.times.shape[1]
        self.kept = self.samples if everything else 0
        self.pressure = np.empty((rows, self.samples))
        self.events = np.full((self.count, 3, self.most), np.nan)
        self.events[:, 2] = 0.0
        self.history = np.zeros((self.count, 2 + self.most, self.kept))
        self.features = np.empty((self.count, 3))
        self.tries = np.zeros(self.count, dtype=np.int64)
        self.laws = joined_laws(packed.laws)
        self._numbers = (self.samples, self.most, self.laws.shape[2], rows, self.kept)
        inputs = (self.times, packed.shots, packed.counts, packed.charges, self.laws)
        outputs = (self.events, self.history, self.features, self.tries)
        self._inputs, self._outputs = _addresses(*inputs), _addresses(*outputs)

    def all_shots(self, threads: int | None) -> None:
        """Follow all shots, in threads where there are enough of them."""
        workers = min(threads or cpu_count() or 1, self.count // FEW)
        if workers < 2:
            self.portion(0, self.count)
            return
        # Several portions per thread, because some shots take longer than others.
        bounds = np.linspace(0, self.count, min(self.count, 4 * workers) + 1).astype(int).tolist()
        with ThreadPoolExecutor(workers) as pool:
            for done in [pool.submit(self.portion, *at) for at in pairwise(bounds)]:
                done.result()

    def portion(self, first: int, past: int) -> None:
        """Follow the shots from `first` up to before `past`, without the interpreter lock."""
        room, modes = _room(self.samples, self.most)
        curves = self.pressure if self.rows else np.empty(self.samples)
        entry("follow_shots")(
            *(first, past, *self._numbers, self.tolerance, *self.ignition),
            *(*self._inputs, *_addresses(curves), *self._outputs, *_addresses(room, modes)),
        )

    def stiffly(self, i: int, pressure: FloatArray) -> None:
        """Follow shot i by the implicit way; write its curve [MPa] and all else that is kept."""
        packed, c, size = self.packed, int(self.packed.counts[i]), self.samples
        one = (packed.shots[i], packed.charges[i, :c], self.laws[i, :c])
        temperature, loss, burnt = np.empty(size), np.empty(size), np.zeros((c, size))
        outputs = (pressure, temperature, loss, burnt)
        lit, out = follow_stiffly(self.times[0], one, self.tolerance, outputs)
        pressure *= 1e-6
        self.events[i, :, :c] = lit * 1e3, out * 1e3, burnt[:, -1]
        if self.kept:
            self.history[i, 0], self.history[i, 1] = temperature, loss
            self.history[i, 2 : 2 + c] = burnt


def _room(samples: int, most: int) -> tuple[FloatArray, NDArray[np.int64]]:
    """Return room to work in; each thread keeps its own, for the next call."""
    size = room_size(samples, most)
    room, modes = getattr(_ROOMS, "kept", (None, None))
    if room is None or modes is None or room.size < size or modes.size < most:
        room, modes = np.empty(size), np.zeros(most, dtype=np.int64)
        if size <= MOST_ROOM:
            _ROOMS.kept = room, modes
    return room, modes


def _addresses(*arrays: NDArray[np.float64] | NDArray[np.int64]) -> list[int]:
    """Return where the arrays begin; that they are in one piece is checked on the way."""
    # Arrays are buffers in the eyes of mypy only from Python 3.12 on.
    return [addressof(_NO_BYTES.from_buffer(array)) for array in arrays]  # type: ignore[arg-type]


def _checked_times(time_ms: ArrayLike) -> FloatArray:
    """Return the times in s and in ms; those of an array that cannot change are looked at once."""
    given = np.asarray(time_ms, dtype=np.float64)
    constant = given is time_ms and given.base is None and not given.flags.writeable
    with _LOCK:
        if constant and _LAST and _LAST[0] is given:
            return _LAST[1]
    # The difference of two infinite times would be a warning.
    finite = given.ndim == 1 and given.size > 0 and bool(np.isfinite(given).all())
    if not (finite and given[0] >= 0 and (np.diff(given) > 0).all()):
        raise SimulationError(
            "The times of a simulation must be finite, increasing and not negative, in ms."
        )
    times = np.stack([given * 1e-3, given])
    if constant:
        with _LOCK:
            _LAST[:] = given, times
    return times

"""Where Python enters compiled code: plain numbers and addresses of arrays in, nothing out."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.simulation.compiled import layout as at
from mgg_kernel.simulation.compiled.equations import (
    burnt_fraction,
    contents,
    gas,
    igniter_share,
    rates,
)
from mgg_kernel.simulation.compiled.features import read_features, shown
from mgg_kernel.simulation.compiled.follow import follow_one
from mgg_kernel.simulation.compiled.jit import array_at

__all__ = ["FUNCTIONS"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def follow_shots(
    first: int,
    past: int,
    samples: int,
    most: int,
    pieces: int,
    rows: int,
    kept: int,
    tolerance: float,
    fraction: float,
    sustain: float,
    times: Floats,
    shots: Floats,
    counts: Ints,
    charges: Floats,
    laws: Floats,
    pressure: Floats,
    events: Floats,
    history: Floats,
    features: Floats,
    tries: Ints,
    room: Floats,
    modes: Ints,
) -> None:
    """Follow the shots from `first` up to before `past`.

    Args:
        first: index of the first shot.
        past: index after the last.
        samples: m.
        most: how many charges there is room for.
        pieces: and for how many pieces of their burning laws.
        rows: how many curves are kept: all, or 0 for one that each shot overwrites and leaves its
            features.
        kept: m to record temperature, wall loss and burnt fractions, else 0.
        tolerance: relative error allowed in a step.
        fraction: which share of the peak counts as ignition.
        sustain: how long that must last [ms].
        times: shape (2, m), increasing: in s, and the same in ms.
        shots: shape (shots, SHOT_SIZE), see :mod:`.layout`.
        counts: shape (shots,), how many charges each has.
        charges: shape (shots, most, CHARGE_SIZE).
        laws: shape (shots, most, pieces, 3).
        pressure: out, shape (rows, or at least 1, m) [MPa].
        events: out, shape (shots, 3, most): when each charge was lit and had burnt out [ms], nan
            for never, and which fraction of it has burnt at the end.
        history: out, shape (shots, 2 + most, kept): temperature [K], the wall's heat [J], burnt
            fractions.
        features: used where `rows` is 0; shape (shots, 3).  In: the pressure to take off [MPa] and
            by what to multiply the rest.  Out: ignition time, peak time [ms], peak pressure [MPa].
        tries: out, shape (shots,): steps tried; −1 where too many were needed.
        room: of `room_size(samples, most)` numbers, see :mod:`.layout`.
        modes: room of `most` numbers.
    """
    t, shot = array_at(times, 0, (2, samples)), array_at(shots, 0, (past, at.SHOT_SIZE))
    charge = array_at(charges, 0, (past, most, at.CHARGE_SIZE))
    law, count = array_at(laws, 0, (past, most, pieces, 3)), array_at(counts, 0, (past,))
    curve, event = array_at(pressure, 0, (past, samples)), array_at(events, 0, (past, 3, most))
    whole, found = array_at(history, 0, (past, 2 + most, kept)), array_at(features, 0, (past, 3))
    tried, scratch = array_at(tries, 0, (past,)), array_at(room, 0, (at.SCRATCH_ROWS, at.CHUNK))
    begin = at.SCRATCH_ROWS * at.CHUNK
    spare, ahead = array_at(room, begin, (samples,)), begin + samples
    for i in range(first, past):
        c, row = count[i], i if rows > 0 else 0
        n = at.VENTED_STATES if shot[i, at.VENT_AREA] > 0 else 0
        n = (c + 1 + n + 3) // 4 * 4  # padded with zeros, see runge_kutta
        states = array_at(room, ahead, (3, n))
        slopes = array_at(room, ahead + 3 * n, (at.STAGES, n))
        f = array_at(room, ahead + (3 + at.STAGES) * n, (at.DENSE_TERMS, n))
        tried[i] = follow_one(
            *(t[0], shot[i], charge[i, :c], law[i, :c], tolerance, states, slopes, f),
            *(array_at(modes, 0, (c,)), scratch, curve[row]),
            *(event[i, 0, :c], event[i, 1, :c], event[i, 2, :c]),
            *(whole[i, 0], whole[i, 1], whole[i, 2 : 2 + c]),
        )
        if rows > 0:
            found[i, 0], found[i, 1] = 0.0, 1.0
        shown(curve[row], found[i, 0], found[i, 1])
        for k in range(c):
            event[i, 0, k], event[i, 1, k] = event[i, 0, k] * 1e3, event[i, 1, k] * 1e3
        if rows == 0 and tried[i] >= 0:
            read_features(t[1], curve[row], fraction, sustain, spare, found[i])


def evaluate(
    time: float,
    fired: int,
    count: int,
    size: int,
    pieces: int,
    y: Floats,
    slopes: Floats,
    mode: Ints,
    shot: Floats,
    charge: Floats,
    law: Floats,
    found: Floats,
) -> None:
    """Write dy/dt for other integrators; into `found` pressure [Pa], temperature [K], ψ of each."""
    shot_at, charge_at = (
        array_at(shot, 0, (at.SHOT_SIZE,)),
        array_at(charge, 0, (count, at.CHARGE_SIZE)),
    )
    law_at, y_at = array_at(law, 0, (count, pieces, 3)), array_at(y, 0, (size,))
    slopes_at, mode_at = array_at(slopes, 0, (1, size)), array_at(mode, 0, (count,))
    rates(0, time, fired != 0, y_at, slopes_at, mode_at, shot_at, charge_at, law_at)
    share = igniter_share(time, fired != 0, shot_at)
    r, cv, energy, volume = contents(share, y_at, mode_at, shot_at, charge_at)
    out = array_at(found, 0, (2 + count,))
    out[0], out[1] = gas(r, cv, energy, volume, shot_at)
    for k in range(count):
        waits = mode_at[k] == at.WAITING
        out[2 + k] = 0.0 if waits else burnt_fraction(y_at[k], mode_at[k], charge_at, k)


FUNCTIONS: dict[str, Callable[..., Any]] = {"follow_shots": follow_shots, "evaluate": evaluate}

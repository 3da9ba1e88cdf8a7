"""The fit as a problem of least squares: what a vector of parameters predicts, and how it bends.

The vector x holds standardised parameters (prior N(0, 1)).  Each shot's coordinates are linear
in x, so only the way from coordinates to read-outs is simulated: its slopes come from differences
along each coordinate, those by x from the chain rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.calibration.observations import MeasuredCurve, Observation
from mgg_kernel.curve import PTCurve
from mgg_kernel.simulation import Model, solve_shots
from mgg_kernel.simulation.coordinates import (
    CHARGE,
    SHOT,
    Weights,
    contributions,
)
from mgg_kernel.simulation.intervals import STEPS, fine_peaks
from mgg_kernel.simulation.lots import lot_of, lot_weights, own_weights
from mgg_kernel.simulation.moving import ShotTable, table_of
from mgg_kernel.simulation.shot import BuiltParts, Shot, prepare

__all__ = ["CurveTarget", "Problem", "Slopes", "State"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TIMES_MS: Floats = np.arange(0.0, 40.0, 0.02)
CURVE_TIMES_MS: Floats = np.concatenate([np.arange(0.0, 16.0, 0.1), np.arange(16.0, 40.0, 0.5)])
TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class CurveTarget:
    """A measured curve on the times of the fit.

    Args:
        row: the index of its product's observation.
        pressure_mpa: shape (n,) at CURVE_TIMES_MS; nan beyond the measured times.
        share: shape (n,), which part of the measured time each sample stands for.
        peak_mpa: the measured peak.
    """

    row: int
    pressure_mpa: Floats
    share: Floats
    peak_mpa: float


@dataclass(frozen=True, eq=False)
class State:
    """What x predicts: ln of peak pressure [MPa] and peak time [ms] per row, and the curves."""

    ln_pressure: Floats
    ln_time: Floats
    curves_mpa: Floats


@dataclass(frozen=True, eq=False)
class Slopes:
    """The slopes of a :class:`State` by x: shapes (rows, x), (rows, x), (curves, n, x)."""

    ln_pressure: Floats
    ln_time: Floats
    curves: Floats


class Problem:
    """Observations and curves in terms of the parameters that explain them.

    Args:
        observations: the products.
        curves: curves of some of them.
        start: the model that the parameters deviate from.
        structure: the spread of each kind of parameter, see :data:`.start.STRUCTURE`.
    """

    def __init__(
        self,
        observations: Sequence[Observation],
        curves: Sequence[MeasuredCurve],
        start: Model,
        structure: dict[str, float],
    ) -> None:
        built: BuiltParts = {}
        self.structure = structure
        shots = [prepare(one.recipe, start, built) for one in observations]
        by_product = {one.product: i for i, one in enumerate(observations)}
        measured = [(by_product[c.product], c) for c in curves]
        with_curve = {i: observations[i] for i, _ in measured}
        self.lots = [lot_of(one.product, one.recipe) for one in with_curve.values()]
        weights = []
        for i, one in enumerate(observations):
            if i in with_curve:
                shares = own_weights(one.product, self.lots, structure)
            else:
                shares = lot_weights(one.recipe, self.lots, structure) if self.lots else []
            each = contributions(one.recipe, structure, shares)
            weights.append(_with_delay(each, one.product, structure) if i in with_curve else each)
        self.names = sorted({name for each in weights for w in each for name, _ in w})
        index = {name: i for i, name in enumerate(self.names)}
        width = max((len(each) for each in weights), default=len(SHOT))
        self.maps = np.array([_matrix(each, index, width) for each in weights])
        self.targets = [_target(i, c.curve) for i, c in measured]
        self._rows = _Block(table_of(shots), np.arange(len(shots)), self.maps, with_delay=False)
        of_curves = np.array([i for i, _ in measured], dtype=np.int64)
        self._curves = _Block(
            table_of([_shifted(shots[i], c) for i, c in measured]),
            of_curves,
            self.maps,
            with_delay=True,
        )

    @property
    def size(self) -> int:
        """How many parameters there are."""
        return len(self.names)

    def predict(self, x: Floats) -> State:
        """Return what x predicts; `x` of shape (size,)."""
        ln_pressure, ln_time = _read(self._rows.placed(x))
        return State(ln_pressure, ln_time, _shown(self._curves.placed(x)))

    def rows_at(self, x: Floats) -> ShotTable:
        """Return the shots of all rows at x, with what their lots differ by."""
        return self._rows.placed(x)

    def slopes(self, x: Floats, center: State) -> Slopes:
        """Return the slopes at x; `center` is what x predicts."""
        moved = self._rows.stepped(x)
        ln_pressure, ln_time = _read(moved.table)
        of_pressure = np.zeros((len(self._rows.rows), self.size))
        of_time = np.zeros_like(of_pressure)
        ways = self.maps[self._rows.rows[moved.shot], moved.coordinate]
        by = (ln_pressure - center.ln_pressure[moved.shot]) / moved.step
        np.add.at(of_pressure, moved.shot, by[:, None] * ways)
        by = (ln_time - center.ln_time[moved.shot]) / moved.step
        np.add.at(of_time, moved.shot, by[:, None] * ways)
        moved = self._curves.stepped(x)
        of_curves = np.zeros((len(self.targets), CURVE_TIMES_MS.size, self.size))
        shown = _shown(moved.table)
        for n, k in enumerate(moved.shot.tolist()):
            slope = (shown[n] - center.curves_mpa[k]) / moved.step[n]
            way = self.maps[self._curves.rows[k], moved.coordinate[n]]
            of_curves[k] += slope[:, None] * way
        return Slopes(of_pressure, of_time, of_curves)


@dataclass(frozen=True, eq=False)
class _Stepped:
    """Shots that each went one step along one coordinate."""

    table: ShotTable
    shot: Ints
    coordinate: Ints
    step: Floats


class _Block:
    """Shots that are moved together.

    Args:
        table: the shots at the start.
        rows: shape (shots,), the row of the maps that each goes by.
        maps: shape (rows, coordinates, parameters).
        with_delay: whether the delay moves too.
    """

    def __init__(self, table: ShotTable, rows: Ints, maps: Floats, *, with_delay: bool) -> None:
        self.table, self.rows = table, rows
        self._maps = maps[rows]
        if not with_delay:
            self._maps = self._maps.copy()
            self._maps[:, SHOT.index("delay")] = 0.0
        self._all = np.arange(len(rows))
        moving = self._maps.any(axis=2)
        self._shot, self._coordinate = np.nonzero(moving)
        steps = [
            STEPS[name] for name in SHOT + CHARGE * ((maps.shape[1] - len(SHOT)) // len(CHARGE))
        ]
        self._step = np.array(steps)[self._coordinate]

    def placed(self, x: Floats) -> ShotTable:
        """Return all shots at x."""
        return self.table.moved(self._all, self._maps @ x)

    def stepped(self, x: Floats) -> _Stepped:
        """Return for each shot one a step further along each coordinate that moves."""
        shifts = (self._maps @ x)[self._shot]
        shifts[np.arange(len(shifts)), self._coordinate] += self._step
        table = self.table.moved(self._shot, shifts)
        return _Stepped(table, self._shot, self._coordinate, self._step)


def _with_delay(weights: list[Weights], product: str, structure: dict[str, float]) -> list[Weights]:
    """Add that a curve may begin a little earlier or later than it was read."""
    spread = structure.get("curve.delay[]", 0.0)
    if not spread:
        return weights
    at = SHOT.index("delay")
    return [*weights[:at], [*weights[at], (f"curve.delay[{product}]", spread)], *weights[at + 1 :]]


def _matrix(weights: list[Weights], index: dict[str, int], width: int) -> Floats:
    matrix = np.zeros((width, len(index)))
    for row, each in zip(matrix, weights, strict=False):
        for name, weight in each:
            row[index[name]] += weight
    return matrix


def _target(row: int, curve: PTCurve) -> CurveTarget:
    pressure = np.interp(
        CURVE_TIMES_MS, curve.time_ms, curve.pressure_mpa, right=np.nan, left=np.nan
    )
    share = np.where(np.isfinite(pressure), np.gradient(CURVE_TIMES_MS), 0.0)
    return CurveTarget(row, np.nan_to_num(pressure), share / share.sum(), curve.peak.pressure_mpa)


def _shifted(shot: Shot, measured: MeasuredCurve) -> Shot:
    """Return the shot with the delay at which its curve reads as the measured one does."""
    read = measured.curve.features().ignition_time_ms
    if read is None:
        return shot
    solved = solve_shots([(shot.charges, shot.igniter, shot.vessel)], TIMES_MS, tolerance=TOLERANCE)
    simulated = PTCurve(TIMES_MS, solved.pressure_mpa[0]).features().ignition_time_ms
    if simulated is None:
        return shot
    delay = max(shot.igniter.delay_ms + read - simulated, 0.0)
    return replace(shot, igniter=replace(shot.igniter, delay_ms=delay))


def _read(table: ShotTable) -> tuple[Floats, Floats]:
    heights, times = fine_peaks(TIMES_MS, *table.shown(TIMES_MS, TOLERANCE))
    return np.log(heights), np.log(times)


def _shown(table: ShotTable) -> Floats:
    return table.pressure_mpa(CURVE_TIMES_MS, TOLERANCE)

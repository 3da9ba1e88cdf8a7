"""How sure a calibrated model is of a simulation: intervals of the read-outs and a band.

The shot is moved a little along each of its coordinates, which gives the sensitivity of every
sample and read-out.  With the covariance of the parameters that is the variance of what is not
known of the parameters; the spread of single products is added.  Parameters of types that the
calibration never saw keep their prior, so their intervals are wide.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation.coordinates import (
    CHARGE,
    SHOT,
    Weights,
    contributions,
    kind_of,
)
from mgg_kernel.simulation.lots import lot_weights
from mgg_kernel.simulation.model import Model
from mgg_kernel.simulation.moving import table_of
from mgg_kernel.simulation.parameters import CalibrationEntry, NoiseEntry
from mgg_kernel.simulation.shot import Shot

__all__ = ["LEVEL", "Interval", "Intervals", "Knowledge", "fine_peaks"]

Floats = NDArray[np.float64]

LEVEL = 0.9
"""Share of products that the intervals are made to hold."""
STEPS = dict.fromkeys((*CHARGE, *SHOT), 0.02) | {"volume": 0.05, "late": 0.05, "delay": 0.01}
TOLERANCE = 1e-8
WIDEST = 20.0
"""Of a logarithm: beyond that an interval says nothing anyhow."""
SLOWEST_IGNITION_SHARE = 0.05


@dataclass(frozen=True)
class Interval:
    """A range that holds the true value with the probability :data:`LEVEL`."""

    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Intervals:
    """What to expect of a product made and measured as the calibration's products were.

    Args:
        peak_pressure_mpa: of the peak pressure [MPa].
        peak_time_ms: of its time [ms].
        ignition_time_ms: of the time of the first rise, as recipe databases give it [ms].
        low_mpa: shape (n,), the lower edge of the band at the curve's times [MPa].
        high_mpa: shape (n,), its upper edge [MPa].
    """

    peak_pressure_mpa: Interval
    peak_time_ms: Interval
    ignition_time_ms: Interval
    low_mpa: Floats
    high_mpa: Floats


class Knowledge:
    """What a calibrated model knows of its parameters.

    Args:
        model: a model with the section `calibration`.
    """

    def __init__(self, model: Model) -> None:
        entry = model.document.calibration
        assert entry is not None
        self.entry: CalibrationEntry = entry
        self._index = {name: i for i, name in enumerate(entry.parameters)}
        self._factor = _triangle(entry.factor)
        self._ignition_index = {name: i for i, name in enumerate(entry.ignition_parameters)}
        self._ignition_factor = _triangle(entry.ignition_factor)

    def intervals(
        self,
        recipes: Sequence[Recipe],
        shots: Sequence[Shot],
        times_ms: Floats,
        threads: int | None,
    ) -> list[Intervals]:
        """Return the intervals of shots that were prepared from these recipes.

        Args:
            recipes: what is fired.
            shots: the same as shots.
            times_ms: shape (n,), where the band is wanted.
            threads: as for :func:`solve_shots`.
        """
        entry = self.entry
        weights = [
            contributions(recipe, entry.structure, lot_weights(recipe, entry.lots, entry.structure))
            for recipe in recipes
        ]
        rows: list[int] = []
        shifts: list[Floats] = []
        spans: list[list[tuple[int, float]]] = []
        width = max(len(each) for each in weights)
        for i, each in enumerate(weights):
            spans.append(_steps(each))
            for at, step in [(0, 0.0), *spans[-1]]:
                shift = np.zeros(width)
                shift[at] = step
                rows.append(i)
                shifts.append(shift)
        moved = table_of(shots).moved(np.array(rows), np.array(shifts))
        pressure, burnout = moved.shown(times_ms, TOLERANCE, threads)
        found, first = [], 0
        for i, (steps, each) in enumerate(zip(spans, weights, strict=True)):
            past = first + 1 + len(steps)
            found.append(
                self._of_one(
                    recipes[i],
                    shots[i],
                    times_ms,
                    pressure[first:past],
                    burnout[first:past],
                    steps,
                    each,
                )
            )
            first = past
        return found

    def _of_one(
        self,
        recipe: Recipe,
        shot: Shot,
        times_ms: Floats,
        pressure: Floats,
        burnout: Floats,
        steps: list[tuple[int, float]],
        weights: list[Weights],
    ) -> Intervals:
        directions = self._directions([weights[at] for at, _ in steps])
        size = np.array([step for _, step in steps])[:, None]
        slopes = (pressure[1:] - pressure[0]) / size
        peaks, peak_times = fine_peaks(times_ms, pressure, burnout)
        of_peak = (np.log(peaks[1:]) - log(peaks[0])) / size[:, 0]
        of_time = (np.log(peak_times[1:]) - log(peak_times[0])) / size[:, 0]
        entry = self.entry
        top = int(np.argmax(pressure[0]))
        delay = shot.igniter.delay_ms
        reach = entry.peak_pressure.reach_90
        variance = ((directions.T @ slopes) ** 2).sum(axis=0)
        variance += (entry.peak_pressure.scale * pressure[0]) ** 2
        burning = np.clip(times_ms - delay, 0.0, times_ms[top] - delay)
        stretch = burning * np.gradient(pressure[0], times_ms)
        variance += (entry.peak_time.scale * stretch) ** 2
        # Igniters differ in when they fire, which moves the steep first rise.
        late = SLOWEST_IGNITION_SHARE * delay * np.gradient(pressure[0], times_ms)
        half = reach * np.sqrt(variance + np.where(times_ms <= 2 * delay, late, 0.0) ** 2)
        peak = _around(float(peaks[0]), entry.peak_pressure, _variance(directions, of_peak))
        return Intervals(
            peak,
            _around(float(peak_times[0]), entry.peak_time, _variance(directions, of_time)),
            self.ignition(recipe, delay),
            # Slopes know no bounds: but no pressure is below nothing, and none above the peak.
            np.maximum(pressure[0] - half, np.minimum(pressure[0], 0.0)),
            np.minimum(pressure[0] + half, peak.high),
        )

    def ignition(self, recipe: Recipe, delay_ms: float) -> Interval:
        """Return the interval of the ignition time around the model's delay [ms]."""
        known = np.zeros(len(self._ignition_index))
        unknown = 0.0
        for name, weight in ignition_contributions(recipe, self.entry.structure):
            at = self._ignition_index.get(name)
            if at is None:
                unknown += weight**2
            else:
                known[at] += weight
        variance = float(((known @ self._ignition_factor) ** 2).sum()) + unknown
        return _around(delay_ms, self.entry.ignition_time, variance)

    def _directions(self, weights: Sequence[Weights]) -> Floats:
        """Return D of shape (coordinates, sources) with the coordinates' covariance D·Dᵀ."""
        new = {n: None for each in weights for n, _ in each if n not in self._index}
        order = {name: i for i, name in enumerate(new)}
        known = np.zeros((len(weights), len(self._index)))
        unknown = np.zeros((len(weights), len(order)))
        for row, each in enumerate(weights):
            for name, weight in each:
                if name in order:
                    unknown[row, order[name]] += weight
                else:
                    known[row, self._index[name]] += weight
        return np.hstack([known @ self._factor, unknown])


def ignition_contributions(recipe: Recipe, spreads: dict[str, float]) -> Weights:
    """Return the parameters of the logarithm of a recipe's ignition time, and their weights."""
    device, igniter = recipe.test_device, recipe.igniter_type
    named = [
        ("ignition.base", 1.0),
        ("ignition.current", log(float(recipe.firing_current_a) / 1.2)),
        (f"ignition.device[{device}]", 1.0),
        (f"ignition.vessel[{recipe.vessel}]", 1.0),
        (f"ignition.pair[{igniter}|{device}]", 1.0),
    ]
    return [(name, weight * spreads[kind_of(name)]) for name, weight in named if weight]


def fine_peaks(
    times_ms: Floats, pressure_mpa: Floats, burnout_ms: Floats | None = None
) -> tuple[Floats, Floats]:
    """Return heights [MPa] and times [ms] of the peaks of curves, between the samples.

    A peak is either round, and then the top of a parabola through three samples; or it is the
    corner where a charge has burnt out, and then exactly there.  Both move smoothly with the shot,
    as the highest sample does not.

    Args:
        times_ms: shape (n,), evenly spaced from 0 on.
        pressure_mpa: shape (curves, n).
        burnout_ms: shape (curves, charges), nan for never; None where there are no corners.
    """
    rows, step = np.arange(len(pressure_mpa)), times_ms[1] - times_ms[0]
    top = np.clip(pressure_mpa.argmax(axis=1), 3, times_ms.size - 4)
    before, at, after = (pressure_mpa[rows, top + k] for k in (-1, 0, 1))
    bend = before - 2 * at + after
    offset = np.where(bend < 0, 0.5 * (before - after) / np.where(bend < 0, bend, 1.0), 0.0)
    offset = np.clip(offset, -0.5, 0.5)
    heights = at - 0.25 * (before - after) * offset
    times = times_ms[top] + offset * step
    for burnout in () if burnout_ms is None else burnout_ms.T:
        # The samples on both sides of the corner, and the lines through two of them.
        left = np.clip(np.floor(np.nan_to_num(burnout) / step).astype(int), 2, times_ms.size - 4)
        rise = pressure_mpa[rows, left] - pressure_mpa[rows, left - 1]
        fall = pressure_mpa[rows, left + 2] - pressure_mpa[rows, left + 1]
        corner = (np.abs(burnout - times_ms[top]) <= 1.5 * step) & (rise > 0) & (fall < 0)
        ahead = (burnout - times_ms[left]) / step
        heights = np.where(corner, pressure_mpa[rows, left] + rise * ahead, heights)
        times = np.where(corner, burnout, times)
    return np.maximum(heights, 1e-6), times


def _steps(weights: list[Weights]) -> list[tuple[int, float]]:
    """Return the coordinates that move, and how far to move each for its slope."""
    names = SHOT + CHARGE * ((len(weights) - len(SHOT)) // len(CHARGE))
    return [(i, STEPS[name]) for i, name in enumerate(names) if weights[i]]


def _variance(directions: Floats, slope: Floats) -> float:
    return float(((directions.T @ slope) ** 2).sum())


def _around(center: float, noise: NoiseEntry, variance: float) -> Interval:
    half = min(noise.reach_90 * sqrt(variance + noise.scale**2), WIDEST)
    return Interval(center * exp(-half), center * exp(half))


def _triangle(rows: list[list[float]]) -> Floats:
    size = len(rows)
    full = np.zeros((size, size))
    for i, row in enumerate(rows):
        full[i, : len(row)] = row
    return full

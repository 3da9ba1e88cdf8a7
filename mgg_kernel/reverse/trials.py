"""Trials of a search: combinations of types with amounts, and many of them fired at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.errors import ReverseError
from mgg_kernel.recipe import Recipe
from mgg_kernel.reverse.constraints import MOST_CHARGES, Constraints
from mgg_kernel.reverse.prior import Tested
from mgg_kernel.simulation import Model
from mgg_kernel.simulation.intervals import fine_peaks
from mgg_kernel.simulation.moving import ShotTable, table_of
from mgg_kernel.simulation.shot import BuiltParts, Shot, nominal_body, prepare
from mgg_kernel.simulation.weighing import Weighable

__all__ = ["TIMES_MS", "Combination", "Fired", "Range", "Start", "combinations_of", "starts_of"]

Floats = NDArray[np.float64]
TIMES_MS: Floats = np.arange(0.0, 39.95, 0.05)
DENSEST_MG_PER_ML = 400.0
USUAL_MG_PER_ML_AND_MPA = 1.05
TWO = ((0.15, 0.85), (0.4, 0.6), (0.6, 0.4), (0.85, 0.15))
THREE = ((0.34, 0.33, 0.33), (0.6, 0.2, 0.2), (0.2, 0.6, 0.2), (0.2, 0.2, 0.6))
MOST_TESTED = 2
NO_PRIOR = 30.0
"""A spread of proportions so wide that it only keeps the equations solvable."""
PRIOR_SPREAD = 0.2


@dataclass(frozen=True)
class Combination:
    """An igniter and the types of the charges, NC before GP."""

    igniter: str
    types: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Start:
    """Where the amounts of a combination begin.

    Args:
        combination: the types.
        share: of each charge in the total mass.
        spread: how far the proportions may go from there, of the logarithm.
    """

    combination: Combination
    share: tuple[float, ...]
    spread: float


@dataclass(frozen=True, eq=False)
class Fired:
    """What the trials of a batch give.

    Args:
        pressure_mpa: shape (trials, times) at :data:`TIMES_MS`.
        peak_pressure_mpa: shape (trials,).
        peak_time_ms: shape (trials,).
        ignition_time_ms: shape (trials,), of the first rise.
    """

    pressure_mpa: Floats
    peak_pressure_mpa: Floats
    peak_time_ms: Floats
    ignition_time_ms: Floats


def combinations_of(constraints: Constraints, model: Model) -> list[Combination]:
    """Return all combinations of types, those of few charges first.

    Raises:
        ReverseError: the model does not know a charge type that is named.
    """
    document = model.document
    for kind, known, chosen in (
        ("NC", document.nc.types, constraints.nc_types),
        ("GP", document.gp.types, constraints.gp_types),
    ):
        for code in chosen or ():
            if code not in known:
                raise ReverseError(
                    f"The model '{model.name}' does not know {kind} type {code}; it knows "
                    f"{', '.join(sorted(known)) or 'none'}."
                )
    nc, gp = (
        sorted(known.types if chosen is None else chosen)
        for known, chosen in (
            (document.nc, constraints.nc_types),
            (document.gp, constraints.gp_types),
        )
    )
    # A model without types knows one generic propellant of each kind, which has no name to order.
    some = [c for n in (0, 1, 2) for c in combinations([("NC", code) for code in nc], n)]
    both = [*some, *((*c, ("GP", code)) for c in some for code in gp)]
    both = sorted((c for c in both if 0 < len(c) <= constraints.max_charges), key=len)
    return [Combination(igniter, types) for types, igniter in product(both, constraints.igniters)]


def starts_of(combination: Combination, like: Recipe, tested: Tested) -> list[Start]:
    """Return where to begin: usual proportions, and those of tested recipes of the same types."""
    count = len(combination.types)
    if count == 1:
        return [Start(combination, (1.0,), NO_PRIOR)]
    plain = [Start(combination, share, NO_PRIOR) for share in (TWO if count == 2 else THREE)]
    known = tested.proportions(like, MOST_TESTED)
    return [*plain, *(Start(combination, share, PRIOR_SPREAD) for share in known)]


class Range:
    """A place to fire trials: one model, one vessel, one set of limits.

    Args:
        constraints: the surroundings and limits.
        model: the parameters.
    """

    def __init__(self, constraints: Constraints, model: Model) -> None:
        self.constraints, self.model = constraints, model
        like = constraints.recipe(constraints.igniters[0], [("NC", "?", 1.0)])
        self.volume_ml = nominal_body(like, model, []).volume_ml
        self.most_mg = min(constraints.max_total_mg, DENSEST_MG_PER_ML * self.volume_ml)
        self._built: BuiltParts = {}
        self._lots: set[frozenset[str]] | None = None
        self._rows: dict[Combination, int] = {}
        self._shots: list[Shot] = []

    def usual_mg(self, peak_mpa: float) -> float:
        """Return about which mass makes such a peak [mg]."""
        usual = USUAL_MG_PER_ML_AND_MPA * peak_mpa * self.volume_ml
        return float(min(max(usual, self.constraints.min_charge_mg), 0.9 * self.most_mg))

    def recipe(self, combination: Combination, masses_mg: Sequence[float]) -> Recipe:
        """Return the recipe of a trial, its masses to the microgram."""
        charges = [
            (kind, code, mass)
            for (kind, code), mass in zip(combination.types, masses_mg, strict=True)
        ]
        return self.constraints.recipe(combination.igniter, charges)

    def fire(
        self,
        combinations: Sequence[Combination],
        masses_mg: Sequence[Sequence[float]],
        tolerance: float = 1e-8,
    ) -> Fired:
        """Fire trials, in threads.

        Args:
            combinations: the types of each.
            masses_mg: the masses of each.
            tolerance: relative error allowed in a step.
        """
        pressure, burnout, delay = self._shown(combinations, masses_mg, tolerance)
        peaks, times = fine_peaks(TIMES_MS, pressure, burnout)
        return Fired(pressure, peaks, times, delay)

    def _shown(
        self,
        combinations: Sequence[Combination],
        masses_mg: Sequence[Sequence[float]],
        tolerance: float,
    ) -> tuple[Floats, Floats, Floats]:
        """Return pressures, times of burn-out, and delays of the igniters, row by row."""
        most = max(map(len, masses_mg))
        pressure = np.empty((len(combinations), TIMES_MS.size))
        burnout = np.full((len(combinations), most), np.nan)
        delay = np.empty(len(combinations))
        by_mass = np.array([self._differs_by_mass(one) for one in combinations])
        for rows, differs in ((np.flatnonzero(~by_mass), False), (np.flatnonzero(by_mass), True)):
            if not rows.size:
                continue
            some = [combinations[i] for i in rows.tolist()]
            masses = [masses_mg[i] for i in rows.tolist()]
            table, delay[rows] = (
                self._built_anew(some, masses) if differs else self._weighed(some, masses)
            )
            pressure[rows], ends = table.shown(TIMES_MS, tolerance)
            shared = min(most, ends.shape[1])
            burnout[rows, :shared] = ends[:, :shared]
        return pressure, burnout, delay

    def _differs_by_mass(self, combination: Combination) -> bool:
        """Return whether measured lots of these types tell of more than the types."""
        calibration = self.model.document.calibration
        if calibration is None:
            return False
        if self._lots is None:
            self._lots = {frozenset(lot.masses_mg) for lot in calibration.lots}
        return frozenset(f"{kind} {code}" for kind, code in combination.types) in self._lots

    def _weighed(
        self, combinations: Sequence[Combination], masses_mg: Sequence[Sequence[float]]
    ) -> tuple[ShotTable, Floats]:
        new = [one for one in dict.fromkeys(combinations) if one not in self._rows]
        if new:
            for one in new:
                self._rows[one] = len(self._shots)
                self._shots.append(self._shot(one, [1.0] * len(one.types)))
            self._weighable = Weighable(self._shots)
            self._delays = np.array([shot.igniter.delay_ms for shot in self._shots])
        rows = np.array([self._rows[one] for one in combinations])
        masses = np.zeros((len(rows), MOST_CHARGES))
        for row, given in zip(masses, masses_mg, strict=True):
            row[: len(given)] = given
        return self._weighable.weighed(rows, masses), self._delays[rows]

    def _built_anew(
        self, combinations: Sequence[Combination], masses_mg: Sequence[Sequence[float]]
    ) -> tuple[ShotTable, Floats]:
        shots = [
            self._shot(each, masses) for each, masses in zip(combinations, masses_mg, strict=True)
        ]
        return table_of(shots), np.array([shot.igniter.delay_ms for shot in shots])

    def _shot(self, combination: Combination, masses_mg: Sequence[float]) -> Shot:
        """Return the shot of masses to the last digit, where a recipe has three decimals."""
        shot = prepare(self.recipe(combination, masses_mg), self.model, self._built)
        charges = tuple(
            replace(charge, mass_mg=mass)
            for charge, mass in zip(shot.charges, masses_mg, strict=True)
        )
        return replace(shot, charges=charges)

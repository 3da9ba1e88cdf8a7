"""The search: all combinations of types, the best amounts of each, and the best of these."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from math import floor, inf
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.errors import ReverseError
from mgg_kernel.recipe import Recipe
from mgg_kernel.reverse.amounts import Solved, fired_of, solve
from mgg_kernel.reverse.candidate import Candidate, Progress, Reverse
from mgg_kernel.reverse.constraints import Constraints
from mgg_kernel.reverse.misfit import Misfit
from mgg_kernel.reverse.prior import Tested
from mgg_kernel.reverse.score import scores_of
from mgg_kernel.reverse.target import Target
from mgg_kernel.reverse.telling import candidates_of, outcome
from mgg_kernel.reverse.trials import Combination, Fired, Range, combinations_of, starts_of
from mgg_kernel.simulation import Model

__all__ = ["CANDIDATES", "reverse"]

Floats = NDArray[np.float64]

CANDIDATES = 10
"""So many candidates are told if nothing else is asked for."""
IDLE = 1.001
REPEATED = 1.1
ROUNDED = 40
"""So many of the best combinations are looked at in steps of the scale."""


@dataclass(frozen=True, eq=False)
class Ranked:
    """Amounts of a combination, what they give, and how plausible that is.

    Args:
        solved: the amounts.
        log_score: larger is more plausible.
        distance: of what it gives from what is wanted; up to 1 counts as met.
    """

    solved: Solved
    log_score: float
    distance: float


class _Reporter:
    def __init__(
        self, tell: Callable[[Progress], None] | None, stop: Callable[[], bool] | None
    ) -> None:
        self._tell, self._stop = tell, stop

    def step(self, stage: str, done: int, total: int) -> None:
        if self._stop is not None and self._stop():
            raise ReverseError(f"The reverse simulation was stopped ({stage}); nothing was kept.")
        if self._tell is not None:
            self._tell(Progress(stage, done, total))


def reverse(
    target: Target,
    constraints: Constraints,
    model: Model,
    *,
    tested: Iterable[Recipe] = (),
    count: int = CANDIDATES,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    found: Callable[[Sequence[Candidate]], None] | None = None,
) -> Reverse:
    """Search the recipes that give what is wanted.

    Every combination of types is solved for its amounts; the best of each combination is ranked
    by how plausible it is (docs/reverse.md tells how).  The same arguments give the same result.

    Args:
        target: the curve, read-outs or corridor that is wanted.
        constraints: the surroundings, the types to choose among, and the limits.
        model: the model to ask; a calibrated one also tells how sure it is.
        tested: recipes that were fired before, which are preferred.
        count: at most so many candidates.
        progress: told each step.
        stop: asked at each step; True ends the search.
        found: told the candidates so far, as there are better ones.

    Raises:
        ReverseError: no type is left to choose, or it was stopped.
        SimulationError: the vessel's volume cannot be known.
    """
    began = perf_counter()
    if count < 1:
        raise ReverseError(f"At least one candidate must be asked for, but {count} was given.")
    report = _Reporter(progress, stop)
    place = Range(constraints, model)
    misfit = Misfit(target, model, constraints.max_pressure_mpa)
    known = Tested(tested, model)
    combinations = combinations_of(constraints, model)
    if not combinations:
        raise ReverseError(
            f"The model '{model.name}' knows no charge type; name types to choose among."
        )
    ranked: list[Ranked] = []
    sizes = sorted({len(one.types) for one in combinations})
    for size in sizes:
        some = [one for one in combinations if len(one.types) == size]
        starts = [
            start
            for one in some
            for start in starts_of(one, place.recipe(one, [1.0] * size), known)
        ]
        stage = f"amounts of {size} charge{'s' if size > 1 else ''}"
        solved = solve(place, misfit, starts, partial(report.step, stage))
        ranked += _best_of_each(place, misfit, known, solved)
        if found is not None and size != sizes[-1]:
            found(candidates_of(place, misfit, known, _sorted(ranked)[:count], ranked))
    ranked = _sorted(_without_idle(ranked, constraints.min_charge_mg))
    if constraints.mass_step_mg:
        report.step("steps of the scale", 0, 1)
        ranked = _sorted(_in_steps(place, misfit, known, ranked[:ROUNDED]))
    if all(one.distance > 1 for one in ranked):
        # Nothing gives it: then the nearest comes first.
        ranked.sort(key=lambda one: one.distance)
        top = ranked[:count]
    else:
        top = _mixed(ranked, count)
    report.step("candidates", 0, 1)
    candidates = candidates_of(place, misfit, known, top, ranked)
    report.step("candidates", 1, 1)
    reachable, message = outcome(misfit, candidates, ranked)
    if found is not None:
        found(candidates)
    return Reverse(
        tuple(candidates),
        reachable,
        message,
        model.name,
        model.fingerprint,
        len(combinations),
        target,
        constraints,
        perf_counter() - began,
    )


def _best_of_each(
    place: Range, misfit: Misfit, known: Tested, solved: Sequence[Solved]
) -> list[Ranked]:
    fired = fired_of(place, solved)
    best: dict[Combination, Ranked] = {}
    for one in _ranked(place, misfit, known, solved, fired):
        combination = one.solved.start.combination
        if combination not in best or one.log_score > best[combination].log_score:
            best[combination] = one
    return list(best.values())


def _ranked(
    place: Range, misfit: Misfit, known: Tested, solved: Sequence[Solved], fired: Fired
) -> list[Ranked]:
    """Return those that keep to the limits, with their scores."""
    shift = np.array([one.shift_ms for one in solved])
    scores = scores_of(place, misfit, known, solved, fired)
    distances = misfit.distances(fired, shift).tolist()
    most = place.constraints.max_pressure_mpa
    return [
        Ranked(one, score, distance)
        for one, score, distance, peak in zip(
            solved, scores, distances, fired.peak_pressure_mpa.tolist(), strict=True
        )
        if (most is None or peak <= most) and sum(one.masses_mg) <= place.most_mg + 1e-9
    ]


def _without_idle(ranked: Sequence[Ranked], least_mg: float) -> list[Ranked]:
    """Leave out what has a charge of the least mass, where it does as well without that charge."""
    distance = {one.solved.start.combination: one.distance for one in ranked}
    found = []
    for one in ranked:
        combination, masses = one.solved.start.combination, one.solved.masses_mg
        k = int(np.argmin(masses))
        rest = combination.types[:k] + combination.types[k + 1 :]
        without = distance.get(Combination(combination.igniter, rest), inf)
        idle = masses[k] <= least_mg * IDLE
        if not (idle and without <= max(one.distance, 1.0)):
            found.append(one)
    return found


def _sorted(ranked: Iterable[Ranked]) -> list[Ranked]:
    # What is equally plausible keeps the order of its names, on every machine.
    return sorted(
        ranked,
        key=lambda one: (
            -round(one.log_score, 6),
            len(one.solved.masses_mg),
            one.solved.start.combination.types,
            one.solved.start.combination.igniter,
        ),
    )


def _mixed(ranked: Sequence[Ranked], count: int) -> list[Ranked]:
    """Return the first so many, the same charges with other igniters not all in a row.

    A combination counts a third for each one of the same charge types that stands before it.
    """
    left, found = list(ranked), list[Ranked]()
    seen: dict[tuple[tuple[str, str], ...], int] = {}
    while left and len(found) < count:
        best = max(left, key=lambda one: one.log_score - REPEATED * seen.get(_types(one), 0))
        left.remove(best)
        found.append(best)
        seen[_types(best)] = seen.get(_types(best), 0) + 1
    return found


def _types(one: Ranked) -> tuple[tuple[str, str], ...]:
    return one.solved.start.combination.types


def _in_steps(
    place: Range, misfit: Misfit, known: Tested, ranked: Sequence[Ranked]
) -> list[Ranked]:
    """Return each with the masses around it that a scale can weigh and that are best."""
    limits, step = place.constraints, place.constraints.mass_step_mg
    least = int(np.ceil(limits.min_charge_mg / step - 1e-9))
    most = floor(limits.max_charge_mg / step + 1e-9)
    around: list[Solved] = []
    for one in ranked:
        sides = [
            sorted({min(max(floor(m / step) + k, least), most) for k in (-1, 0, 1, 2)})
            for m in one.solved.masses_mg
        ]
        for steps in product(*sides):
            masses = tuple(n * step for n in steps)
            if sum(masses) <= place.most_mg + 1e-9:
                around.append(
                    Solved(one.solved.start, masses, one.solved.shift_ms, 0.0, one.solved.doubt)
                )
    return _best_of_each(place, misfit, known, around) if around else []

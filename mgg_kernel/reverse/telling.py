"""From the best amounts to candidates: predicted, explained, and told apart where they can be."""

from collections.abc import Sequence
from math import exp, inf
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.recipe import Recipe
from mgg_kernel.reverse.candidate import Candidate, Nearest, Sensitivity
from mgg_kernel.reverse.confidence import (
    Expectation,
    Requirement,
    confidence,
    freedom_of,
    inside_corridor,
    within,
)
from mgg_kernel.reverse.misfit import Misfit, limits_at
from mgg_kernel.reverse.prior import Tested
from mgg_kernel.reverse.target import NAMES
from mgg_kernel.reverse.trials import Combination, Range
from mgg_kernel.simulation import Simulation, simulate_many

if TYPE_CHECKING:
    from mgg_kernel.reverse.search import Ranked

__all__ = ["candidates_of", "outcome"]

Floats = NDArray[np.float64]

ALIKE_SHARE = 0.01
"""Curves that differ nowhere by more than this share of the peak cannot be told apart."""
WEIGH_MG = 1.0
IN_DOUBT = 1.05
MOVED = (
    "By its score it would stand higher; others were put before it because its charge types stand "
    "above with another igniter."
)


def candidates_of(
    place: Range,
    misfit: Misfit,
    known: Tested,
    top: Sequence["Ranked"],
    everything: Sequence["Ranked"],
) -> list[Candidate]:
    """Return the candidates, in the order given.

    Args:
        place: where they are fired.
        misfit: what is wanted.
        known: what was fired before.
        top: the amounts of the candidates, the best first.
        everything: all combinations that were looked at.
    """
    if not top:
        return []
    highest = max(one.log_score for one in everything)
    whole = sum(exp(one.log_score - highest) for one in everything)
    recipes = [place.recipe(one.solved.start.combination, one.solved.masses_mg) for one in top]
    simulations = simulate_many(recipes, place.model)
    sensitivities = _sensitivities(place, top)
    alike = _alike(simulations)
    found = []
    for i, (one, recipe, simulation) in enumerate(zip(top, recipes, simulations, strict=True)):
        probabilities, sure = _sureness(misfit, place, simulation)
        nearest = _nearest(known, recipe)
        features, sides = simulation.features, simulation.intervals
        rmse = None
        if misfit.target.curve is not None:
            curve = simulation.curve
            apart = curve.pressure_mpa - misfit.target.wanted(curve.time_ms - one.solved.shift_ms)
            rmse = float(np.sqrt(np.nanmean(apart**2)))
        found.append(
            Candidate(
                rank=i + 1,
                recipe=recipe,
                score=exp(one.log_score - highest) / whole,
                peak_pressure_mpa=features.peak_pressure_mpa,
                peak_time_ms=features.peak_time_ms,
                ignition_time_ms=simulation.expected_ignition_ms,
                shift_ms=one.solved.shift_ms,
                rmse_mpa=rmse,
                worst_percent=_worst_percent(misfit, simulation, rmse),
                interval={
                    name: (getattr(sides, name).low, getattr(sides, name).high)
                    for name in ("peak_pressure_mpa", "peak_time_ms", "ignition_time_ms")
                    if sides is not None
                },
                probabilities=probabilities,
                confidence=sure,
                sensitivity=sensitivities[i],
                nearest=nearest,
                alike=tuple(j + 1 for j in alike[i]),
                reasons=(
                    *_reasons(misfit, known, simulation, one, nearest, alike[i], rmse),
                    *([MOVED] if _moved(top, i) else []),
                ),
                warnings=simulation.warnings,
            )
        )
    return found


def outcome(
    misfit: Misfit, candidates: Sequence[Candidate], ranked: Sequence["Ranked"]
) -> tuple[bool, str]:
    """Return whether the target is reachable, and the outcome in a sentence."""
    if not candidates:
        return False, (
            "No recipe of these types keeps to the limits; raise the greatest pressure or name "
            "more types."
        )
    met = sum(one.distance <= 1 for one in ranked)
    best = candidates[0]
    told = f"{best.peak_pressure_mpa:.1f} MPa at {best.peak_time_ms:.2f} ms"
    if met:
        several = f"{met} of {len(ranked)} combinations of types meet what is wanted"
        return True, f"{several}; the first candidate gives {told}."
    return False, (
        f"No recipe within these types and limits gives what is wanted; the nearest, the first "
        f"candidate, gives {told} and is {best.worst_percent:.0f} % off."
    )


def _worst_percent(misfit: Misfit, simulation: Simulation, rmse: float | None) -> float:
    target = misfit.target
    if rmse is not None:
        return 100 * rmse / misfit.height_mpa
    if target.corridor is not None:
        p = simulation.curve.pressure_mpa
        low, high = limits_at(target.corridor, simulation.curve.time_ms)
        return 100 * float(max(np.max(p - high), np.max(low - p), 0.0)) / misfit.height_mpa
    return max(
        100 * abs(_read(simulation, name) / value - 1) for name, value in target.read_outs.items()
    )


def _read(simulation: Simulation, name: str) -> float:
    if name == "ignition_time_ms":
        return simulation.expected_ignition_ms
    return float(getattr(simulation.features, name))


def _sureness(
    misfit: Misfit, place: Range, simulation: Simulation
) -> tuple[dict[str, float], float | None]:
    """Return the probability of each requirement, and of all together [%]."""
    calibration, sides = place.model.document.calibration, simulation.intervals
    if calibration is None or sides is None:
        return {}, None
    named = _requirements(misfit, place)
    expected = {
        name: Expectation(_read(simulation, name), getattr(sides, name))
        for name in ("peak_pressure_mpa", "peak_time_ms", "ignition_time_ms")
    }
    sure = confidence(expected, list(named.values()), calibration)
    found = dict(zip(named, sure.of_each, strict=True))
    percent = sure.percent
    if misfit.target.corridor is not None:
        curve = simulation.curve
        found["corridor"] = 100 * inside_corridor(
            curve.pressure_mpa,
            (sides.low_mpa, sides.high_mpa),
            limits_at(misfit.target.corridor, curve.time_ms),
            freedom_of(calibration, "peak_pressure_mpa"),
        )
        percent *= found["corridor"] / 100
    return {name: round(one, 2) for name, one in found.items()}, round(percent, 2)


def _requirements(misfit: Misfit, place: Range) -> dict[str, Requirement]:
    target = misfit.target
    wanted = target.read_outs
    if target.curve is not None:
        peak = target.curve.peak
        wanted = {"peak_pressure_mpa": peak.pressure_mpa, "peak_time_ms": peak.time_ms}
    found = {
        name: within(name, value, misfit.percent(name)) for name, value in wanted.items() if value
    }
    most = place.constraints.max_pressure_mpa
    if most is not None:
        found["max_pressure_mpa"] = Requirement("peak_pressure_mpa", 0.0, most)
    return found


def _sensitivities(place: Range, top: Sequence["Ranked"]) -> list[tuple[Sensitivity, ...]]:
    trials: list[tuple[Combination, list[float]]] = []
    for one in top:
        for k in range(len(one.solved.masses_mg)):
            for sign in (1, -1):
                masses = list(one.solved.masses_mg)
                masses[k] += sign * WEIGH_MG / 2
                trials.append((one.solved.start.combination, masses))
    fired = place.fire([one for one, _ in trials], [masses for _, masses in trials])
    peaks = (fired.peak_pressure_mpa[::2] - fired.peak_pressure_mpa[1::2]) / WEIGH_MG
    times = (fired.peak_time_ms[::2] - fired.peak_time_ms[1::2]) / WEIGH_MG
    found, at = [], 0
    for one in top:
        rows = []
        for (kind, code), mass in zip(
            one.solved.start.combination.types, one.solved.masses_mg, strict=True
        ):
            rows.append(Sensitivity(f"{kind} {code}", mass, float(peaks[at]), float(times[at])))
            at += 1
        found.append(tuple(rows))
    return found


def _alike(simulations: Sequence[Simulation]) -> list[list[int]]:
    curves = [one.curve.pressure_mpa for one in simulations]
    return [
        [
            j
            for j, other in enumerate(curves)
            if j != i and np.abs(curve - other).max() < ALIKE_SHARE * max(curve.max(), other.max())
        ]
        for i, curve in enumerate(curves)
    ]


def _nearest(known: Tested, recipe: Recipe) -> Nearest | None:
    if not known.recipes:
        return None
    near = known.nearest(recipe)
    if near is None:
        return None
    index, off = near
    return Nearest(str(known.recipes[index]), 100 * off if off < inf else None)


def _moved(top: Sequence["Ranked"], i: int) -> bool:
    """Return whether a candidate that meets what is wanted stands below a less plausible one."""
    return top[i].distance <= 1 and any(one.log_score < top[i].log_score for one in top[:i])


def _reasons(
    misfit: Misfit,
    known: Tested,
    simulation: Simulation,
    one: "Ranked",
    nearest: Nearest | None,
    alike: Sequence[int],
    rmse: float | None,
) -> list[str]:
    found = [_met(misfit, simulation, rmse)]
    if nearest is not None and nearest.off_percent is not None:
        found.append(
            "These types were tested before; per volume of the vessel the amounts are within "
            f"{nearest.off_percent:.0f} % of the nearest tested recipe."
        )
    elif known.recipes:
        found.append("These types were not tested together before.")
    if one.solved.doubt > IN_DOUBT:
        found.append(
            "What is wanted tells the sum of the charges better than each: the ratio of two may be "
            f"{min(one.solved.doubt, 99):.2g} times larger or smaller."
        )
    if alike:
        ranks = ", ".join(str(j + 1) for j in alike)
        found.append(
            f"Its curve cannot be told from that of rank {ranks}: they differ nowhere by more than "
            f"{100 * ALIKE_SHARE:g} % of the peak."
        )
    return found


def _met(misfit: Misfit, simulation: Simulation, rmse: float | None) -> str:
    target = misfit.target
    if rmse is not None:
        share = 100 * rmse / misfit.height_mpa
        return f"Its curve lies {rmse:.3f} MPa ({share:.2f} % of the peak) from the wanted one."
    if target.corridor is not None:
        off = _worst_percent(misfit, simulation, None)
        if not off:
            return f"Its curve stays inside the corridor '{target.corridor.name}'."
        return f"Its curve leaves the corridor by {off:.2g} % of the peak."
    parts = [
        # + 0.0 makes no "-0.0".
        f"the {NAMES[name]} by {round(100 * (_read(simulation, name) / value - 1), 1) + 0.0:+.1f} %"
        for name, value in target.read_outs.items()
    ]
    return f"It misses {' and '.join(parts)}."

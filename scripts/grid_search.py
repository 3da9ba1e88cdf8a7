"""Reverse simulation the plain way: every combination of types, a grid of proportions, a secant.

Slow and simple on purpose: the answer that the search of the package is compared with.  For each
combination and each proportion of its charges the total mass is found that gives the wanted peak
pressure; the peak time and what was fired before then decide.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.calibration import Observation
from mgg_kernel.recipe import ChargeAmount, Recipe
from mgg_kernel.reverse.confidence import Expectation, freedom_of, log_likelihood
from mgg_kernel.reverse.prior import Tested
from mgg_kernel.simulation import Interval, Model
from mgg_kernel.simulation.packing import pack
from mgg_kernel.simulation.readouts import read_out_packed
from mgg_kernel.simulation.shot import BuiltParts, nominal_body, prepare

Floats = NDArray[np.float64]
Types = tuple[tuple[str, str], ...]

PROPORTIONS: Floats = np.array([0.05, 0.12, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.88, 0.95])
BETWEEN: Floats = np.linspace(0.05, 0.95, 91)
TIMES_MS: Floats = np.arange(0.0, 40.0, 0.02)
USUAL_MG_PER_ML, LEAST_MG_PER_ML, MOST_MG_PER_ML = 65.0, 5.0, 260.0
STEPS, CLOSE = 7, 1e-4
NEAR_ENOUGH = 0.01


@dataclass(frozen=True)
class Found:
    """The best amounts of one combination of types, and its score; larger is better."""

    types: Types
    masses_mg: Floats
    score: float


def all_types(observations: Sequence[Observation], most: int) -> list[Types]:
    """Return all combinations of at most two NC and one GP that were ever fired somewhere."""
    nc = sorted({("NC", a.type_code) for o in observations for a in o.recipe.nc})
    gp = sorted({("GP", o.recipe.gp.type_code) for o in observations if o.recipe.gp})
    some = [c for n in (0, 1, 2) for c in combinations(nc, n)]
    both = some + [(*c, g) for c in some for g in gp]
    return [c for c in both if 0 < len(c) <= most]


def with_charges(like: Recipe, types: Types, masses_mg: Sequence[float]) -> Recipe:
    """Return a recipe in the same surroundings with these charges, to the microgram."""
    amounts = [
        (kind, ChargeAmount(code, Decimal(f"{mass:.3f}")))
        for (kind, code), mass in zip(types, masses_mg, strict=True)
    ]
    gp = [amount for kind, amount in amounts if kind == "GP"]
    nc = tuple(amount for kind, amount in amounts if kind == "NC")
    return replace(like, nc=nc, gp=gp[0] if gp else None)


def search(
    wanted: Observation,
    model: Model,
    tested: Tested,
    types: Sequence[Types],
    *,
    ignition: bool = False,
) -> list[Found]:
    """Return the combinations, the best first; of the wanted product only its targets are read.

    Args:
        wanted: peak pressure, peak time and surroundings; its charges are not looked at.
        model: a calibrated one.
        tested: what was fired before.
        types: the combinations to try, of at most two charges.
        ignition: whether the measured ignition time is a target, too.
    """
    trials = [(each, share) for each in types for share in _proportions(each)]
    volume = nominal_body(wanted.recipe, model, []).volume_ml
    ln_total, times = _totals(wanted, model, trials, volume)
    shift = 0.0
    if ignition and wanted.ignition_time_ms is not None:
        # Whatever fires late peaks late.
        shift = wanted.ignition_time_ms - prepare(wanted.recipe, model).igniter.delay_ms
    found, first = [], 0
    for each in types:
        past = first + len(_proportions(each))
        one = _best(wanted, model, tested, each, ln_total[first:past], times[first:past] + shift)
        found += [one] if one else []
        first = past
    return sorted(found, key=lambda one: -one.score)


def _proportions(types: Types) -> Floats:
    return PROPORTIONS if len(types) == 2 else np.ones(1)


def _shares(types: Types, share: Floats) -> Floats:
    return np.stack([share, 1 - share], axis=-1) if len(types) == 2 else share[..., None]


def _totals(
    wanted: Observation, model: Model, trials: Sequence[tuple[Types, float]], volume_ml: float
) -> tuple[Floats, Floats]:
    """Return for each trial ln of the total mass that gives the peak, and the peak's time.

    Where no mass within the bounds gives it, the first is nan.
    """
    assert wanted.peak_pressure_mpa is not None
    built: BuiltParts = {}
    low, high = np.log(np.array([LEAST_MG_PER_ML, MOST_MG_PER_ML]) * volume_ml)
    here = np.full(len(trials), np.log(USUAL_MG_PER_ML * volume_ml))
    slope = np.full(len(trials), 1.15)
    before: tuple[Floats, Floats] | None = None
    for _ in range(STEPS):
        shots = [
            prepare(
                with_charges(wanted.recipe, t, np.exp(x) * _shares(t, np.array(s))), model, built
            )
            for (t, s), x in zip(trials, here.tolist(), strict=True)
        ]
        read = read_out_packed(
            pack([(shot.charges, shot.igniter, shot.vessel) for shot in shots]),
            TIMES_MS,
            air_mpa=np.array([shot.vessel.initial_air_pressure_mpa for shot in shots]),
            factor=np.array([shot.pressure_factor for shot in shots]),
            tolerance=1e-7,
        )
        missing = np.log(wanted.peak_pressure_mpa / read.peak_pressure_mpa)
        if np.abs(missing).max() < CLOSE:
            break
        if before is not None:
            moved = here - before[0]
            far = np.abs(moved) > 1e-6
            fresh = (before[1] - missing) / np.where(far, moved, 1.0)
            slope = np.where(far, np.clip(fresh, 0.3, 3.0), slope)
        before = here, missing
        here = np.clip(here + missing / slope, low, high)
    reached = np.where(np.abs(missing) < NEAR_ENOUGH, here, np.nan)
    return reached, read.peak_time_ms


def _best(
    wanted: Observation,
    model: Model,
    tested: Tested,
    types: Types,
    ln_total: Floats,
    times_ms: Floats,
) -> Found | None:
    share = _proportions(types)
    if len(types) == 2:
        ln_total, times_ms = (np.interp(BETWEEN, share, x) for x in (ln_total, times_ms))
        share = BETWEEN
    reached = np.isfinite(ln_total)
    if not reached.any():
        return None
    masses = (np.exp(ln_total)[:, None] * _shares(types, share))[reached]
    score = tested.log_familiarity(with_charges(wanted.recipe, types, masses[0]), masses)
    if wanted.peak_time_ms is not None:
        score = score + [_of_time(model, t, wanted.peak_time_ms) for t in times_ms[reached]]
    top = int(score.argmax())
    return Found(types, masses[top], float(score[top]))


def _of_time(model: Model, expected_ms: float, measured_ms: float) -> float:
    """Return ln of the likelihood of a peak time, with the spread of single products only."""
    known = model.document.calibration
    assert known is not None
    half = np.exp(known.peak_time.reach_90 * known.peak_time.scale)
    around = Interval(expected_ms / half, expected_ms * half)
    freedom = freedom_of(known, "peak_time_ms")
    return log_likelihood(Expectation(expected_ms, around), measured_ms, freedom)

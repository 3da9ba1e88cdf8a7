"""Check reverse simulation on products that the model never saw, and print Markdown tables.

Every product whose types occur in at least two others is left out once; the model is fitted anew
without it, and its measured peak, with the surroundings it was fired in, is searched for.

    python scripts/validate_reverse.py recipes.xlsx --curves curves/ --cache models/
    python scripts/validate_reverse.py recipes.xlsx --curves curves/ --cache models/ --by grid
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from time import perf_counter

import numpy as np
from grid_search import Found, Types, all_types, search, with_charges
from threadpoolctl import threadpool_limits

from mgg_kernel.calibration import MeasuredCurve, Observation
from mgg_kernel.calibration.observations import fingerprint
from mgg_kernel.calibration.reading import curves_of, observations_of
from mgg_kernel.calibration.without import eligible, models_without
from mgg_kernel.ingest import read_recipe_workbook, read_workbook
from mgg_kernel.reverse import Constraints, Target, reverse
from mgg_kernel.reverse.confidence import Expectation, Requirement, confidence, within
from mgg_kernel.reverse.prior import Tested, charges_of
from mgg_kernel.simulation import Model, Simulation, simulate_many

PEAK, TIME, IGNITION = "peak_pressure_mpa", "peak_time_ms", "ignition_time_ms"
FIRST = 5
CLOSE_PERCENT = 5.0


@dataclass(frozen=True)
class Case:
    """A product that is left out, a model that never saw it, and what else was fired."""

    product: Observation
    model: Model
    tested: Tested
    types: Types
    masses_mg: "np.ndarray"


def main() -> int:
    """Read the data, make or load the models, print the tables."""
    arguments = _arguments()
    observations, curves = _read(arguments.recipes, arguments.curves)
    with threadpool_limits(limits=1, user_api="blas"):
        cases = _cases(observations, curves, arguments.cache, arguments.every)
    types = all_types(observations, arguments.charges if arguments.by == "package" else 2)
    print(f"{len(cases)} of {len(observations)} products were left out, one at a time.\n")
    find = by_grid if arguments.by == "grid" else by_package
    began = perf_counter()
    known = [
        next((f for f in find(c, [c.types], ignition=False) if f.types == c.types), None)
        for c in cases
    ]
    _amounts("peak and peak time", cases, known)
    if find is by_package:
        _agreement(cases, known)
    _identifiable(cases)
    for ignition in (False, True):
        found = [find(c, types, ignition=ignition) for c in cases]
        _ranks("peak, peak time, ignition time" if ignition else "peak and peak time", cases, found)
    print(f"The searches took {perf_counter() - began:.0f} s.\n")
    _reliability(cases)
    return 0


def by_grid(case: Case, types: Sequence[Types], *, ignition: bool) -> list[Found]:
    """Search the plain way."""
    return search(case.product, case.model, case.tested, types, ignition=ignition)


def by_package(case: Case, types: Sequence[Types], *, ignition: bool) -> list[Found]:
    """Search as users do; the package also looks at parts of the types that are given."""
    one = case.product
    target = Target(
        peak_pressure_mpa=one.peak_pressure_mpa,
        peak_time_ms=one.peak_time_ms,
        ignition_time_ms=one.ignition_time_ms if ignition else None,
    )
    sensor = one.recipe.sensor_range_mpa
    constraints = Constraints(
        igniters=(one.recipe.igniter_type,),
        vessel=one.recipe.vessel,
        shell_mm=str(one.recipe.shell_height_mm),
        current_a=str(one.recipe.firing_current_a),
        device=one.recipe.test_device,
        sensor_range_mpa=None if sensor is None else str(sensor),
        nc_types=tuple(sorted({code for t in types for kind, code in t if kind == "NC"})),
        gp_types=tuple(sorted({code for t in types for kind, code in t if kind == "GP"})),
        max_charges=max(map(len, types)),
    )
    outcome = reverse(
        target, constraints, case.model, tested=case.tested.recipes, count=len(types) + 3
    )
    return [
        Found(*charges_of(candidate.recipe), candidate.score) for candidate in outcome.candidates
    ]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recipes", type=Path, help="a recipe database (.xlsx)")
    parser.add_argument("--curves", type=Path, help="folder of measured curves (.xlsx)")
    parser.add_argument("--cache", type=Path, required=True, help="folder to keep the models in")
    parser.add_argument("--every", type=int, default=1, help="leave out only every Nth product")
    parser.add_argument("--charges", type=int, default=2, help="most charges, 2 or 3")
    parser.add_argument("--by", choices=("package", "grid"), default="package", help="the search")
    return parser.parse_args()


def _read(recipes: Path, folder: Path | None) -> tuple[list[Observation], list[MeasuredCurve]]:
    observations, _ = observations_of(read_recipe_workbook(recipes.read_bytes(), recipes.name))
    files = sorted(folder.glob("*.xlsx")) if folder else []
    read = [one for file in files for one in read_workbook(file.read_bytes(), file.name)]
    curves, _ = curves_of(read, observations)
    return observations, curves


def _cases(
    observations: Sequence[Observation], curves: Sequence[MeasuredCurve], cache: Path, every: int
) -> list[Case]:
    """Return every product that counts, with its model, fitted now or loaded."""
    rows = [i for i in eligible(observations) if observations[i].peak_pressure_mpa is not None]
    key = fingerprint(observations, curves)[:16]
    files = {i: cache / f"{key}-{i}.json" for i in rows}
    if not all(file.exists() for file in files.values()):
        cache.mkdir(parents=True, exist_ok=True)
        for one in models_without(observations, curves, rows=rows):
            files[one.row].write_text(one.model.to_json(), encoding="utf-8")
    found = []
    for i in rows[::every]:
        model = Model.from_json(files[i].read_bytes())
        others = [one.recipe for k, one in enumerate(observations) if k != i]
        types, masses = charges_of(observations[i].recipe)
        found.append(Case(observations[i], model, Tested(others, model), types, masses))
    return found


def _amounts(targets: str, cases: Sequence[Case], found: Sequence[Found | None]) -> None:
    """Print how well amounts are found where the types are given."""
    print(f"Amounts, given {targets} and the true types:\n")
    print("| charges | amount of | products | mean error | median error | within 5 % | worst |")
    print("|---|---|---|---|---|---|---|")
    pairs = [(case, one) for case, one in zip(cases, found, strict=True) if one]
    one_nc = [p for p in pairs if len(p[0].types) == 1 and p[0].types[0][0] == "NC"]
    one_gp = [p for p in pairs if len(p[0].types) == 1 and p[0].types[0][0] == "GP"]
    two = [p for p in pairs if len(p[0].types) == 2]
    for name, what, chosen, errors in (
        ("one", "NC", one_nc, _of_sum),
        ("one", "GP", one_gp, _of_sum),
        ("one", "it", one_nc + one_gp, _of_sum),
        ("two", "both together", two, _of_sum),
        ("two", "each", two, _of_each),
        ("one or two", "all together", pairs, _of_sum),
    ):
        percent = np.array([e for case, one in chosen for e in errors(case, one)])
        if not percent.size:
            continue
        near = 100 * (percent <= CLOSE_PERCENT).mean()
        print(
            f"| {name} | {what} | {len(chosen)} | {percent.mean():.1f} % | "
            f"{np.median(percent):.1f} % | {near:.0f} % | {percent.max():.0f} % |"
        )
    print(f"\nNo amount gives the peak for {len(cases) - len(pairs)} products.\n", flush=True)


def _agreement(cases: Sequence[Case], found: Sequence[Found | None]) -> None:
    """Print how far amounts of single charges are from those of the plain search."""
    apart = []
    for case, one in zip(cases, found, strict=True):
        plain = by_grid(case, [case.types], ignition=False) if len(case.types) == 1 else []
        if one and plain:
            apart += np.abs(100 * np.log(one.masses_mg / plain[0].masses_mg)).tolist()
    print(
        f"Amounts of single charges are {np.median(apart):.2f} % (median; at most "
        f"{np.max(apart):.2f} %) from those at which the peak alone is met exactly.\n",
        flush=True,
    )


def _of_sum(case: Case, found: Found) -> list[float]:
    return [100 * abs(found.masses_mg.sum() / case.masses_mg.sum() - 1)]


def _of_each(case: Case, found: Found) -> list[float]:
    return [100 * abs(x) for x in (found.masses_mg / case.masses_mg - 1).tolist()]


def _identifiable(cases: Sequence[Case]) -> None:
    """Print how well peak and peak time alone tell the amounts of two charges."""
    each, whole = [], []
    for case in (c for c in cases if len(c.types) == 2):
        like, step = case.product.recipe, 0.02
        moved = [case.masses_mg * np.exp(step * np.eye(2)[k]) for k in range(2)]
        center, *others = simulate_many(
            [like, *(with_charges(like, case.types, masses) for masses in moved)], case.model
        )
        ends = [_logarithms(one) for one in others]
        slopes = np.stack([end - _logarithms(center) for end in ends], axis=1) / step
        inverse = np.linalg.inv(slopes) @ np.diag(_deviations(center, case.model))
        spread = inverse @ inverse.T
        share = case.masses_mg / case.masses_mg.sum()
        each += np.sqrt(np.diag(spread)).tolist()
        whole.append(float(np.sqrt(share @ spread @ share)))
    if whole:
        print(
            "Of two charges the peak and its time alone would tell each to within a factor of "
            f"{np.exp(np.median(each)):.2f} (median of one standard deviation), and their sum to "
            f"within {100 * np.median(whole):.0f} %.\n",
            flush=True,
        )


def _logarithms(simulation: Simulation) -> "np.ndarray":
    read = simulation.features
    return np.log([read.peak_pressure_mpa, read.peak_time_ms])


def _deviations(simulation: Simulation, model: Model) -> "np.ndarray":
    """Return the standard deviations of the logarithms of peak and peak time."""
    intervals, known = simulation.intervals, model.document.calibration
    assert intervals is not None
    assert known is not None
    halves = [
        0.5 * np.log(one.high / one.low) / noise.reach_90
        for one, noise in (
            (intervals.peak_pressure_mpa, known.peak_pressure),
            (intervals.peak_time_ms, known.peak_time),
        )
    ]
    return np.array(halves)


def _ranks(targets: str, cases: Sequence[Case], found: Sequence[Sequence[Found]]) -> None:
    """Print where the true types stand among all combinations."""
    ranks = [_rank(case, each) for case, each in zip(cases, found, strict=True)]
    same = [
        _rank(case, [one for one in each if len(one.types) == len(case.types)])
        for case, each in zip(cases, found, strict=True)
    ]
    print(f"Types, given {targets} ({max(map(len, found))} combinations):\n")
    print("| products | count | first | first five | first five, number of charges known |")
    print("|---|---|---|---|---|")

    def line(name: str, chosen: Sequence[int]) -> None:
        if not chosen:
            return
        mine, known = np.array(ranks)[chosen], np.array(same)[chosen]
        shares = (mine == 1, mine <= FIRST, known <= FIRST)
        cells = " | ".join(f"{100 * share.mean():.0f} %" for share in shares)
        print(f"| {name} | {len(chosen)} | {cells} |")

    line("all", range(len(cases)))
    for n, name in ((1, "one charge"), (2, "two charges")):
        line(name, [i for i, case in enumerate(cases) if len(case.types) == n])
    for kind, code in sorted({one for case in cases for one in case.types}, reverse=True):
        line(f"with {kind} {code}", [i for i, c in enumerate(cases) if (kind, code) in c.types])
    print(flush=True)


def _rank(case: Case, found: Sequence[Found]) -> int:
    types = [one.types for one in found]
    return types.index(case.types) + 1 if case.types in types else len(types) + 1


def _reliability(cases: Sequence[Case]) -> None:
    """Print how many products met requirements of which they were told the confidence."""
    fired = [simulate_many([case.product.recipe], case.model)[0] for case in cases]
    print("Confidence, and how many of the left-out products met the requirements:\n")
    print("| told | " + " | ".join(f"{10 * k}–{10 * k + 10} %" for k in range(10)) + " | Brier |")
    print("|---" * 12 + "|")
    for name, windows in (
        ("peak", _around_expected(PEAK)),
        ("peak time", _around_expected(TIME)),
        ("ignition time", _around_expected(IGNITION)),
        ("peak and its time", _both_around_expected),
        ("as another product", _as_another(cases)),
    ):
        told, met = [], []
        for case, simulation in zip(cases, fired, strict=True):
            expected = _expected(simulation)
            known = case.model.document.calibration
            assert known is not None
            for wanted in windows(expected, case.product):
                if any(getattr(case.product, one.quantity) is None for one in wanted):
                    continue
                told.append(confidence(expected, wanted, known).percent / 100)
                met.append(
                    all(o.low <= getattr(case.product, o.quantity) <= o.high for o in wanted)
                )
        _line_of_bins(name, np.array(told), np.array(met, dtype=float))
    print(flush=True)


def _line_of_bins(name: str, told: "np.ndarray", met: "np.ndarray") -> None:
    which = np.clip((10 * told).astype(int), 0, 9)
    cells = []
    for k in range(10):
        mine = which == k
        cells.append(
            f"{100 * told[mine].mean():.0f} → {100 * met[mine].mean():.0f}" if mine.any() else ""
        )
    brier, same = ((told - met) ** 2).mean(), met.mean() * (1 - met.mean())
    print(f"| {name} | {' | '.join(cells)} | {brier:.3f} of {same:.3f} |")


def _expected(simulation: Simulation) -> dict[str, Expectation]:
    intervals, read = simulation.intervals, simulation.features
    assert intervals is not None
    return {
        PEAK: Expectation(read.peak_pressure_mpa, intervals.peak_pressure_mpa),
        TIME: Expectation(read.peak_time_ms, intervals.peak_time_ms),
        IGNITION: Expectation(simulation.expected_ignition_ms, intervals.ignition_time_ms),
    }


Windows = Callable[[dict[str, Expectation], Observation], list[list[Requirement]]]
WIDTHS = {
    PEAK: (1, 2, 3, 5, 8, 12, 20),
    TIME: (2, 5, 10, 15, 20, 40),
    IGNITION: (2, 5, 10, 15, 20, 40),
}
OFF_CENTER = (-0.06, -0.03, 0.0, 0.03, 0.06)


def _around_expected(quantity: str) -> Windows:
    """Ask for values at and beside what is expected: no own measured value is looked at."""

    def windows(expected: dict[str, Expectation], _: Observation) -> list[list[Requirement]]:
        scale = 1.0 if quantity == PEAK else 2.5
        value = expected[quantity].value
        return [
            [within(quantity, value * (1 + scale * off), width)]
            for off, width in product(OFF_CENTER, WIDTHS[quantity])
        ]

    return windows


def _both_around_expected(
    expected: dict[str, Expectation], own: Observation
) -> list[list[Requirement]]:
    peaks, times = (_around_expected(q)(expected, own) for q in (PEAK, TIME))
    return [[*a, *b] for a, b in product(peaks, times)]


def _as_another(cases: Sequence[Case]) -> Windows:
    """Ask for what other products show, within 5 and 10 % of the peak, 10 and 20 % of the time."""

    def windows(_: dict[str, Expectation], own: Observation) -> list[list[Requirement]]:
        return [
            [
                within(PEAK, other.peak_pressure_mpa, width),
                within(TIME, other.peak_time_ms, 2 * width),
            ]
            for other in (case.product for case in cases)
            if other is not own and other.peak_pressure_mpa and other.peak_time_ms
            for width in (5, 10)
        ]

    return windows


if __name__ == "__main__":
    sys.exit(main())

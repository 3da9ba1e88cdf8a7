"""Try model structures on a lab's data: each product predicted by fits that never saw it.

Prints a Markdown table of leave-one-product-out errors for docs/calibration.md.  The physics is
fitted anew for every product that is left out; the comparators are fitted on the same folds.

    python scripts/try_structures.py recipes.xlsx --curves curves/ --every 2 --iterations 2
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import log
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from mgg_kernel.calibration import STRUCTURE, MeasuredCurve, Observation, start_model
from mgg_kernel.calibration.document import with_delays
from mgg_kernel.calibration.fit import Targets, fit
from mgg_kernel.calibration.ignition import fit_ignition
from mgg_kernel.calibration.observations import types_of
from mgg_kernel.calibration.problem import Problem, State
from mgg_kernel.calibration.reading import curves_of, observations_of
from mgg_kernel.ingest import read_recipe_workbook, read_workbook
from mgg_kernel.simulation import Model

Floats = NDArray[np.float64]

FORM = ("nc.start[]", "nc.end[]", "gp.start[]", "gp.end[]")
EXPONENT = ("nc.exponent[]", "gp.exponent[]")
LOTS = ("lot.rate[]", "lot.energy[]", "lot.gain[]", "lot.loss[]")
FREEDOM = ("noise.peak_pressure_freedom", "noise.peak_time_freedom")


@dataclass(frozen=True)
class Variation:
    """One structure: what it changes in STRUCTURE, and whether its heat transfer is constant."""

    name: str
    changes: dict[str, float] = field(default_factory=dict)
    constant_heat: bool = False
    curves: bool = True


VARIATIONS = (
    Variation("as shipped"),
    Variation("no form per type", dict.fromkeys(FORM, 0.0)),
    Variation("no exponent per type", dict.fromkeys(EXPONENT, 0.0)),
    Variation("no free volume of vessels", {"vessel.volume[]": 0.0}),
    Variation("no free heat loss of vessels", {"vessel.loss[]": 0.0}),
    Variation("no gain of devices", {"device.gain[]": 0.0}),
    Variation("wide gain of devices (15 %)", {"device.gain[]": 0.15}),
    Variation("no gain of sensors", {"sensor.gain[]": 0.0}),
    Variation("no volume of igniters", {"igniter.volume[]": 0.0}),
    Variation("constant heat transfer", {"wall.late": 0.0, "wall.decay": 0.0}, constant_heat=True),
    Variation("no lots", dict.fromkeys(LOTS, 0.0)),
    Variation("without the curves", dict.fromkeys((*LOTS, "curve.delay[]"), 0.0), curves=False),
    Variation("normal noise instead of Student's t", dict.fromkeys(FREEDOM, 1000.0)),
    Variation("no lots, no exponent per type", dict.fromkeys((*LOTS, *EXPONENT), 0.0)),
    Variation(
        "no exponent per type, no gain of devices", dict.fromkeys((*EXPONENT, "device.gain[]"), 0.0)
    ),
    Variation(
        "no lots, no form and no exponent per type", dict.fromkeys((*LOTS, *EXPONENT, *FORM), 0.0)
    ),
    Variation(
        "constant heat transfer, no gain of devices",
        {"wall.late": 0.0, "wall.decay": 0.0, "device.gain[]": 0.0},
        constant_heat=True,
    ),
)


@dataclass(frozen=True)
class Data:
    """The lab's data, and which rows are left out one at a time and count in the scores."""

    observations: Sequence[Observation]
    curves: Sequence[MeasuredCurve]
    tried: Sequence[int]

    def logarithms(self, name: str) -> Floats:
        """Return the logarithms of a read-out; nan where it is missing."""
        values = [getattr(one, name) for one in self.observations]
        return np.array([np.nan if value is None else log(value) for value in values])


@dataclass(frozen=True)
class Folds:
    """What fits without a row expect.

    Args:
        ln_pressure: shape (tried, rows), what the fit without row ``tried[k]`` expects of all rows.
        ln_time: the same of peak times.
        curve_rmse_mpa: shape (curves,), of each curve by a fit without it and its row.
    """

    ln_pressure: Floats
    ln_time: Floats
    curve_rmse_mpa: Floats


def main() -> int:
    """Read the data, try what was asked for, print a line for each."""
    arguments = _arguments()
    data = read(arguments.recipes, arguments.curves, arguments.every)
    print(f"{len(data.tried)} of {len(data.observations)} products were left out, one at a time.\n")
    print("| structure | peak pressure: mean | median | peak time: mean | median | curves | s |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for variation in VARIATIONS:
        if arguments.only and variation.name not in arguments.only:
            continue
        began = perf_counter()
        folds = physics(data, variation, arguments.iterations)
        met = f"{folds.curve_rmse_mpa.mean():.2f} MPa" if folds.curve_rmse_mpa.size else ""
        _line(variation.name, data, _left_out(data, folds), perf_counter() - began, met)
        if variation is VARIATIONS[0]:
            began = perf_counter()
            mended = corrected(data, folds)
            _line("as shipped + Gaussian process", data, mended, perf_counter() - began)
    for name, comparator in (("ridge on one-hot columns", ridge), ("Gaussian process", gaussian)):
        if not arguments.only or name in arguments.only:
            began = perf_counter()
            _line(name, data, compared(data, comparator), perf_counter() - began)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recipes", type=Path, help="a recipe database (.xlsx)")
    parser.add_argument("--curves", type=Path, help="folder of measured curves (.xlsx)")
    parser.add_argument("--every", type=int, default=1, help="leave out only every Nth product")
    parser.add_argument("--iterations", type=int, default=3, help="at most, for each left-out one")
    parser.add_argument("--only", action="append", help="name of a structure; several are possible")
    return parser.parse_args()


def read(recipes: Path, curves: Path | None, every: int) -> Data:
    """Return the data of files, as ``mgg calibrate`` reads them."""
    book = read_recipe_workbook(recipes.read_bytes(), recipes.name)
    observations, _ = observations_of(book)
    files = sorted(curves.glob("*.xlsx")) if curves else []
    found = [one for file in files for one in read_workbook(file.read_bytes(), file.name)]
    measured, _ = curves_of(found, observations)
    types = [types_of(one.recipe) for one in observations]
    scored = [
        i
        for i, mine in enumerate(types)
        if all(sum(kind in other for other in types) > 2 for kind in mine)
    ]
    return Data(observations, measured, scored[::every])


def physics(data: Data, variation: Variation, iterations: int) -> Folds:
    """Fit the physics to all, then without each product."""
    structure = STRUCTURE | variation.changes
    recipes = [one.recipe for one in data.observations]
    start = with_delays(_start(variation), recipes, fit_ignition(data.observations, structure))
    problem = Problem(data.observations, data.curves, start, structure)
    targets = Targets(
        data.logarithms("peak_pressure_mpa"),
        data.logarithms("peak_time_ms"),
        np.ones(len(recipes)),
        np.full(len(problem.targets), variation.curves),
    )
    full = fit(problem, targets, step=_tell(variation.name + ", all"))

    def without(i: int) -> State:
        counts = targets.counts.copy()
        counts[i] = 0.0
        kept = np.array([target.row != i for target in problem.targets], dtype=bool)
        fewer = replace(targets, counts=counts, counted_curves=targets.counted_curves & kept)
        return fit(problem, fewer, step=_silent, near=full, most=iterations).state

    states, step = [], _tell(variation.name)
    for n, i in enumerate(data.tried):
        step(n, len(data.tried))
        states.append(without(i))
    met = []
    for k, target in enumerate(problem.targets):
        expected = without(target.row).curves_mpa[k]
        met.append(np.sqrt((target.share * (expected - target.pressure_mpa) ** 2).sum()))
    return Folds(
        np.array([state.ln_pressure for state in states]),
        np.array([state.ln_time for state in states]),
        np.array(met),
    )


def _start(variation: Variation) -> Model:
    if not variation.constant_heat:
        return start_model()
    plain = start_model().document.plain()
    around = plain["surroundings"]
    around["heat_transfer_w_per_m2k"] *= around.pop("heat_transfer_late_share")
    return Model.from_plain(plain)


def _left_out(data: Data, folds: Folds) -> tuple[Floats, Floats]:
    k = np.arange(len(data.tried))
    return folds.ln_pressure[k, data.tried], folds.ln_time[k, data.tried]


def corrected(data: Data, folds: Folds) -> tuple[Floats, Floats]:
    """Add what a Gaussian process learns of each fold's own errors on the rows it saw."""
    columns = features(data.observations)
    found = []
    for name, expected in (
        ("peak_pressure_mpa", folds.ln_pressure),
        ("peak_time_ms", folds.ln_time),
    ):
        measured = data.logarithms(name)
        values = []
        for k, i in enumerate(data.tried):
            errors = measured - expected[k]
            values.append(expected[k, i] + gaussian(columns, errors, _seen(errors, i), i))
        found.append(np.array(values))
    return found[0], found[1]


def compared(
    data: Data, comparator: Callable[[Floats, Floats, NDArray[np.bool_], int], float]
) -> tuple[Floats, Floats]:
    """Predict without physics, on the same folds."""
    columns = features(data.observations)
    found = []
    for name in ("peak_pressure_mpa", "peak_time_ms"):
        measured = data.logarithms(name)
        values = [comparator(columns, measured, _seen(measured, i), i) for i in data.tried]
        found.append(np.array(values))
    return found[0], found[1]


def _seen(measured: Floats, i: int) -> NDArray[np.bool_]:
    seen: NDArray[np.bool_] = np.isfinite(measured)
    seen[i] = False
    return seen


def features(observations: Sequence[Observation]) -> Floats:
    """Return one-hot columns of all choices, and ln of each type's mass over its mean."""
    recipes = [one.recipe for one in observations]
    choices = [
        {
            f"igniter {r.igniter_type}",
            f"shell {r.shell_height_mm}",
            f"current {r.firing_current_a}",
            f"sensor {r.sensor_range_mpa}",
            f"vessel {r.vessel}",
            f"device {r.test_device}",
            *types_of(r),
        }
        for r in recipes
    ]
    masses: list[dict[str, float]] = []
    for r in recipes:
        charges = [("NC", c) for c in r.nc] + ([("GP", r.gp)] if r.gp else [])
        masses.append({f"{kind} {c.type_code}": log(float(c.mass_mg)) for kind, c in charges})
    columns = [
        np.array([float(name in each) for each in choices])
        for name in sorted(set().union(*choices))
    ]
    for kind in sorted(set().union(*masses)):
        mean = np.mean([each[kind] for each in masses if kind in each])
        columns.append(np.array([each[kind] - mean if kind in each else 0.0 for each in masses]))
    volume = np.array([log(float(r.vessel.partition("-")[0])) for r in recipes])
    total = np.array([log(sum(np.exp(v) for v in each.values())) for each in masses])
    columns += [volume - volume.mean(), total - total.mean()]
    return np.stack(columns, axis=1)


def ridge(columns: Floats, target: Floats, seen: NDArray[np.bool_], i: int) -> float:
    """Predict row i by ridge regression with the penalty of least generalised cross-validation."""
    x, y = columns[seen], target[seen]
    center = x.mean(axis=0), y.mean()
    u, s, vt = np.linalg.svd(x - center[0], full_matrices=False)
    along = u.T @ (y - center[1])
    best: tuple[float, Floats] | None = None
    for penalty in np.geomspace(1e-3, 1e2, 26):
        shrink = s**2 / (s**2 + penalty)
        error = ((y - center[1] - u @ (shrink * along)) ** 2).sum()
        score = float(error / (len(y) - 1 - shrink.sum()) ** 2)
        if best is None or score < best[0]:
            best = score, vt.T @ (s / (s**2 + penalty) * along)
    assert best is not None
    return float(center[1] + (columns[i] - center[0]) @ best[1])


def gaussian(columns: Floats, target: Floats, seen: NDArray[np.bool_], i: int) -> float:
    """Predict row i by a Gaussian process: linear and squared-exponential, most probable scales."""
    x, y = columns[seen], target[seen]
    center = x.mean(axis=0), y.mean()
    x, one, y = x - center[0], columns[i] - center[0], y - center[1]
    inner, between = x @ x.T, ((x[:, None] - x[None]) ** 2).sum(axis=2)
    identity = np.eye(len(y))

    def covariance(scales: Floats) -> Floats:
        linear, bent, length, noise = np.exp(scales)
        found: Floats = linear**2 * inner + bent**2 * np.exp(-between / (2 * length**2))
        return found + (noise**2 + 1e-10) * identity

    def loss(scales: Floats) -> float:
        try:
            factor = np.linalg.cholesky(covariance(scales))
        except np.linalg.LinAlgError:
            return 1e10
        half = np.linalg.solve(factor, y)
        # A weak prior keeps the scales where they mean something.
        prior = ((scales - PRIOR_SCALES) ** 2).sum() / 8
        return float(0.5 * half @ half + np.log(np.diag(factor)).sum() + prior)

    scales = minimize(loss, PRIOR_SCALES, method="L-BFGS-B", options={"maxiter": 40}).x
    linear, bent, length, _ = np.exp(scales)
    away = ((x - one) ** 2).sum(axis=1)
    row = linear**2 * (x @ one) + bent**2 * np.exp(-away / (2 * length**2))
    return float(center[1] + row @ np.linalg.solve(covariance(scales), y))


PRIOR_SCALES: Floats = np.log([0.1, 0.2, 1.5, 0.05])


def _line(
    name: str, data: Data, found: tuple[Floats, Floats], seconds: float, met: str = ""
) -> None:
    cells: list[str] = []
    for quantity, expected in zip(("peak_pressure_mpa", "peak_time_ms"), found, strict=True):
        measured = data.logarithms(quantity)[list(data.tried)]
        errors = 100 * np.abs(np.expm1(expected - measured))
        cells += [f"{np.nanmean(errors):.2f} %", f"{np.nanmedian(errors):.2f} %"]
    print(f"| {name} | {' | '.join(cells)} | {met} | {seconds:.0f} |", flush=True)


def _silent(done: int, total: int) -> None:
    """Steps within a fold are too short to be told."""


def _tell(name: str) -> Callable[[int, int], Any]:
    def tell(done: int, total: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{name} {done}/{total}   ", end="", file=sys.stderr, flush=True)

    return tell


if __name__ == "__main__":
    sys.exit(main())

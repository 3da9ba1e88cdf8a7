"""How long a reverse simulation over all types and two charges takes, beside scipy."""

from dataclasses import replace
from itertools import combinations
from math import exp, log
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from scipy.optimize import least_squares

from benchmarks.measure import Result, compare_speed
from mgg_kernel.calibration import calibrate
from mgg_kernel.calibration.made_up import made_up_lab
from mgg_kernel.recipe import Recipe
from mgg_kernel.reverse import Constraints, Target, reverse
from mgg_kernel.simulation import Model, simulate

__all__ = ["measure"]

NC = tuple(f"N{n}" for n in range(1, 10))
GP = tuple(f"G{n}" for n in range(1, 6))
IGNITERS = tuple(f"I{n}" for n in range(1, 7))
TARGET = Target(peak_pressure_mpa=55.0, peak_time_ms=9.0)
FULL_S, FIRST_S = 10.0, 1.0


def measure() -> list[Result]:
    """Measure the search of one igniter beside scipy, and of six beside the times it may take."""
    lab = made_up_lab(40, curves=2)
    tested = [one.recipe for one in lab.observations]
    model = _with_many_types(calibrate(lab.observations, lab.curves).model)
    place = {"vessel": "15-R2", "shell_mm": "15", "current_a": "1.2", "device": "T-2"}
    around = Constraints(igniters=IGNITERS, nc_types=NC, gp_types=GP, max_charges=2, **place)
    one = replace(around, igniters=IGNITERS[:1])
    found = reverse(TARGET, one, model, tested=tested)
    beside = compare_speed(
        f"reverse simulation over {found.combinations} combinations of types",
        lambda: reverse(TARGET, one, model, tested=tested),
        "the same combinations with scipy's least_squares on `simulate`, one start each",
        lambda: _with_scipy(model, place),
        target=0.2,
        pairs=1,
    )
    whole, first, count = [], [], 0
    for _ in range(5):
        came: list[float] = []
        began = perf_counter()
        count = reverse(
            TARGET,
            around,
            model,
            tested=tested,
            found=lambda _, began=began, came=came: came.append(perf_counter() - began),
        ).combinations
        whole.append(perf_counter() - began)
        first.append(came[0])
    many = f"reverse simulation over {count} combinations of types and igniters"
    return [
        beside,
        Result(many, "the ten seconds it may take", median(whole), FULL_S, 1.0),
        Result("its first candidates", "the second they may take", median(first), FIRST_S, 1.0),
    ]


def _with_many_types(model: Model) -> Model:
    """Return the model with as many types as a large lab has, each a little different."""
    plain = model.document.plain()
    for section, codes in (("nc", NC), ("gp", GP)):
        known = list(plain[section]["types"].values())
        for n, code in enumerate(codes):
            plain[section]["types"].setdefault(code, _varied(known[n % len(known)], n))
    igniter = next(iter(plain["igniters"]["types"].values()))
    plain["igniters"]["types"] |= {
        code: igniter | {"mass_mg": 60.0 + 20.0 * n} for n, code in enumerate(IGNITERS)
    }
    return Model.from_plain(plain)


def _varied(kind: dict[str, Any], n: int) -> dict[str, Any]:
    propellant = kind["propellant"]
    faster = propellant["burn_rate_coefficient"] * (1 + 0.07 * n)
    stronger = propellant["impetus_j_per_kg"] * (1 - 0.01 * n)
    varied = {"burn_rate_coefficient": faster, "impetus_j_per_kg": stronger}
    return kind | {"propellant": propellant | varied}


def _with_scipy(model: Model, place: dict[str, str]) -> list[float]:
    """Solve each combination on its own, as somebody would who has a forward simulation alone."""
    singles = [(("nc", code),) for code in NC] + [(("gp", code),) for code in GP]
    pairs = list(combinations([("nc", code) for code in NC], 2))
    mixed = [(("nc", nc), ("gp", gp)) for nc in NC for gp in GP]
    return [_solved(model, place, types) for types in (*singles, *pairs, *mixed)]


def _solved(model: Model, place: dict[str, str], types: tuple[tuple[str, str], ...]) -> float:
    def off(logarithms: "np.ndarray") -> list[float]:
        masses = [f"{exp(x):.3f}" for x in logarithms.tolist()]
        charges = [(kind, f"{code}:{m}") for (kind, code), m in zip(types, masses, strict=True)]
        recipe = Recipe.parse(
            igniter=IGNITERS[0],
            nc=[one for kind, one in charges if kind == "nc"],
            gp=next((one for kind, one in charges if kind == "gp"), None),
            vessel=place["vessel"],
            shell=place["shell_mm"],
            current=place["current_a"],
            device=place["device"],
        )
        features = simulate(recipe, model).features
        return [
            log(features.peak_pressure_mpa / (TARGET.peak_pressure_mpa or 1)) / 0.002,
            log(features.peak_time_ms / (TARGET.peak_time_ms or 1)) / 0.05,
        ]

    start = np.full(len(types), log(700.0 / len(types)))
    # The steps are long beside the microgram that masses are rounded to.
    found = least_squares(off, start, bounds=(log(20.0), log(5000.0)), diff_step=1e-3)
    return float(found.cost)

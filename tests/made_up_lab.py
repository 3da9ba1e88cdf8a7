"""A lab whose truth is known: products simulated with a model, measured with known noise."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from recipe_workbooks import Sheet, recipe_workbook

from mgg_kernel.calibration import MeasuredCurve, Observation, start_model
from mgg_kernel.curve import PTCurve
from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation import Model, simulate_many

IGNITERS, VESSELS, DEVICES = ("61", "X9"), ("9-777", "12.5-888"), ("R-A", "R-B1(旧)")
NC, GP = ("Q1", "Q2", "Q3"), ("W1",)
NOISE = {"ignition_time_ms": 0.03, "peak_time_ms": 0.02, "peak_pressure_mpa": 0.01}
WRONG_MASS, WRONG_TIME = "P05", "P11"


@dataclass(frozen=True)
class Lab:
    """What was fired as it was written down, and what really happened."""

    observations: tuple[Observation, ...]
    curves: tuple[MeasuredCurve, ...]
    truth: Model
    recipes: tuple[Recipe, ...]


@cache
def truth() -> Model:
    """The model that is true in this lab: types, vessels and devices that differ."""
    plain = start_model().document.plain()
    nc, gp = plain["nc"]["generic"], plain["gp"]["generic"]
    igniter = plain["igniters"]["generic"]

    def charge(generic: dict, impetus: float, rate: float) -> dict:
        propellant = generic["propellant"] | {
            "impetus_j_per_kg": generic["propellant"]["impetus_j_per_kg"] * impetus,
            "burn_rate_coefficient": generic["propellant"]["burn_rate_coefficient"] * rate,
        }
        return generic | {"propellant": propellant}

    plain["name"] = "truth"
    plain["nc"]["types"] = {
        "Q1": charge(nc, 1.0, 1.1),
        "Q2": charge(nc, 1.05, 1.5),
        "Q3": charge(nc, 0.96, 0.8),
    }
    plain["gp"]["types"] = {"W1": charge(gp, 1.1, 1.3)}
    plain["igniters"]["types"] = {
        "61": igniter | {"mass_mg": 61},
        "X9": igniter | {"mass_mg": 100, "impetus_j_per_kg": 7e5},
    }
    plain["vessels"] = {"9-777": {"volume_ml": 9.4}, "12.5-888": {"volume_ml": 12.1}}
    plain["devices"] = {"R-A": {}, "R-B1(旧)": {"pressure_factor": 1.04, "delay_factor": 1.1}}
    return Model.from_plain(plain)


def made_up_lab(products: int = 18, *, seed: int = 7, mistakes: bool = True) -> Lab:
    """Return a lab; two of its rows hold a typing error, a mass × 1.3 and a peak time × 1.7."""
    random = np.random.default_rng(seed)
    recipes = tuple(_recipe(i, random) for i in range(products))
    simulated = simulate_many(recipes, truth())
    observations, curves = [], []
    for i, (recipe, shot) in enumerate(zip(recipes, simulated, strict=True)):
        factor = {name: float(np.exp(sd * random.normal())) for name, sd in NOISE.items()}
        one = Observation(
            "甲" if i % 5 else "乙",
            f"P{i:02d}",
            recipe,
            round(shot.expected_ignition_ms * factor["ignition_time_ms"], 4),
            round(shot.features.peak_time_ms * factor["peak_time_ms"], 3),
            round(shot.features.peak_pressure_mpa * factor["peak_pressure_mpa"], 3),
        )
        if mistakes and one.product == WRONG_MASS:
            one = replace(one, recipe=_heavier(recipe, 1.3))
        if mistakes and one.product == WRONG_TIME:
            one = replace(one, peak_time_ms=round(one.peak_time_ms * 1.7, 3))
        observations.append(one)
        if i in (0, 1):
            pressure = shot.curve.pressure_mpa * factor["peak_pressure_mpa"]
            curves.append(MeasuredCurve(one.product, PTCurve(shot.curve.time_ms, pressure)))
    return Lab(tuple(observations), tuple(curves), truth(), recipes)


def _recipe(i: int, random: np.random.Generator) -> Recipe:
    first, second = NC[i % 3], NC[(i + 1) % 3]
    masses = [int(m) for m in random.integers(150, 420, size=2)]
    nc = [f"{first}:{2 * masses[0]}"]
    gp = None
    if i % 4 == 2:
        nc = [f"{first}:{masses[0]}", f"{second}:{masses[1]}"]
    elif i % 4 == 3:
        gp, nc = f"W1:{2 * masses[0]}", []
    return Recipe.parse(
        igniter=IGNITERS[int(random.integers(2))],
        nc=nc,
        gp=gp,
        shell=("12.5", "20")[int(random.integers(2))],
        current="1.1" if i % 6 else "1.9",
        vessel=VESSELS[int(random.integers(2))],
        device=DEVICES[int(random.integers(2))],
    )


def _heavier(recipe: Recipe, factor: float) -> Recipe:
    (charge,) = recipe.nc
    mass = round(float(charge.mass_mg) * factor)
    return replace(recipe, nc=(replace(charge, mass_mg=mass),))


def lab_workbook(observations: tuple[Observation, ...], *, measured: bool = True) -> bytes:
    """The recipe database of these products, with or without what was measured."""
    sheets: dict[str, Sheet] = {}
    for one in observations:
        sheet = sheets.setdefault(one.sheet, Sheet(one.sheet))
        cells: dict[str, float | str | None] = {
            f"{name}_{place}": None
            for name in ("igniter", "nc", "shell", "current", "sensor", "vessel", "device")
            for place in range(4)
        }
        recipe = one.recipe
        marks = {
            "igniter": recipe.igniter_type,
            "shell": recipe.shell_height_mm,
            "current": recipe.firing_current_a,
            "vessel": recipe.vessel,
            "device": recipe.test_device,
        }
        for name, code in marks.items():
            codes = [str(each) for each in sheet.codes[name]]
            cells[f"{name}_{codes.index(str(code))}"] = 1
        for amount in recipe.nc:
            cells[f"nc_{NC.index(amount.type_code)}"] = float(amount.mass_mg)
        if recipe.gp:
            cells["gp_0"] = float(recipe.gp.mass_mg)
        cells["sensor_1"] = 1
        averages = (one.ignition_time_ms, one.peak_time_ms, one.peak_pressure_mpa)
        for place, value in enumerate(averages):
            cells[f"averages_{place}"] = value if measured else None
        known = {k: v for k, v in cells.items() if int(k[-1]) < len(sheet.codes[k[:-2]])}
        sheet.add(one.product, **known)
    return recipe_workbook(*sheets.values())

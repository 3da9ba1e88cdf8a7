"""A made-up lab: products whose truth is known, for notebooks, tests and first steps without data.

The truth is the start model, moved along the very parameters that a calibration fits.  So it can
be asked afterwards how near a calibration came to it, which no real lab can tell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.calibration.document import with_delays
from mgg_kernel.calibration.ignition import IgnitionFit
from mgg_kernel.calibration.observations import MeasuredCurve, Observation
from mgg_kernel.calibration.start import STRUCTURE, start_model
from mgg_kernel.curve import PTCurve
from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation.coordinates import CHARGE, SHOT, contributions
from mgg_kernel.simulation.intervals import fine_peaks
from mgg_kernel.simulation.moving import table_of
from mgg_kernel.simulation.shot import prepare

__all__ = ["TRUTH", "MadeUpLab", "TypingError", "made_up_lab"]

Floats = NDArray[np.float64]

TRUTH: dict[str, float] = {
    # The same scales as in STRUCTURE: of a logarithm, of an exponent, or in mL and cm².
    "nc.impetus": 0.06,
    "nc.impetus[N1]": 0.03,
    "nc.impetus[N3]": -0.03,
    "nc.rate": 0.25,
    "nc.rate[N1]": 0.2,
    "nc.rate[N2]": -0.25,
    "nc.exponent": -0.06,
    "nc.start": 0.2,
    "nc.end": -0.3,
    "gp.impetus": -0.15,
    "gp.impetus[G2]": 0.1,
    "gp.rate": 0.3,
    "gp.rate[G1]": -0.3,
    "gp.rate[G2]": 0.25,
    "gp.exponent": 0.05,
    "igniter.energy": -0.15,
    "igniter.release_time": 0.2,
    "shell.area": 0.2,
    "vessel.volume[10-R1]": 0.4,
    "vessel.volume[15-R2]": -0.5,
    "vessel.volume[20-R3]": 0.7,
    "vessel.loss[20-R3]": 0.1,
    "wall.loss": 0.3,
    "wall.late": -0.4,
    "wall.decay": 0.1,
    "device.gain[T-1]": 0.02,
    "device.gain[T-2]": -0.03,
    "device.rate[T-2]": 0.05,
    "ignition.base": 0.1,
    "ignition.current": -0.8,
    "ignition.device[T-1]": 0.06,
    "ignition.device[T-2]": -0.06,
    "ignition.pair[120|T-2]": 0.08,
}
"""What is true in the made-up lab, by parameter; what is not named is 0."""

NC, GP = ("N1", "N2", "N3"), ("G1", "G2")
IGNITERS, DEVICES = ("80", "120"), ("T-1", "T-2")
VESSELS = {"10-R1": 10.0, "15-R2": 15.0, "20-R3": 20.0}
SHELLS_MM, CURRENTS_A = ("15", "22"), ("1.2", "1.2", "1.75")
PATTERN = ("nc", "two nc", "nc", "nc+gp", "nc", "two nc", "gp")
PER_ML = {"nc": (40, 75), "gp": (45, 80)}
"""Least and most charge [mg per mL of vessel]."""

LOTS = {"rate": 0.03, "energy": 0.04, "gain": 0.008, "loss": 0.03}
"""Standard deviations by which what was really fired differs from its recipe, by coordinate."""
NOISE = {"ignition_time_ms": 0.05, "peak_time_ms": 0.01, "peak_pressure_mpa": 0.004}
"""Standard deviations of the logarithms of what is read off."""
SENSOR_NOISE_MPA = 0.03
TIMES_MS: Floats = np.arange(0.0, 40.0, 0.01)
TOLERANCE = 1e-8
WRONG_MASS, WRONG_TIME = 14, 25


@dataclass(frozen=True)
class TypingError:
    """What stands wrong in the made-up recipe database: the quantity, as written and as it was."""

    product: str
    quantity: str
    written: float
    true: float


@dataclass(frozen=True)
class MadeUpLab:
    """A lab that never was.

    Args:
        observations: its products, as written down.
        curves: averaged curves of some of them.
        truth: the parameters that differ from the start model.
        typing_errors: what is wrong in `observations`.
    """

    observations: tuple[Observation, ...]
    curves: tuple[MeasuredCurve, ...]
    truth: Mapping[str, float]
    typing_errors: tuple[TypingError, ...]


def made_up_lab(
    products: int = 30, *, curves: int = 3, seed: int = 1, typing_errors: bool = True
) -> MadeUpLab:
    """Return a lab of single products over 3 NC, 2 GP, 3 vessels and 2 devices, always the same.

    Args:
        products: how many; the typing errors are in the 15th and the 26th, where there are so many.
        curves: how many of them have a measured curve, from the first on.
        seed: of recipes and noise.
        typing_errors: False leaves them out; all else stays the same.
    """
    random = np.random.default_rng(seed)
    recipes = [_recipe(i, random) for i in range(products)]
    noise: dict[str, Floats] = {
        name: np.exp(sd * random.normal(size=products)) for name, sd in NOISE.items()
    }
    ignition, pressure = _fired(recipes, noise["ignition_time_ms"], random)
    heights, times = fine_peaks(TIMES_MS, pressure)
    observations = [
        Observation(
            "made up",
            f"M{i + 1:02d}",
            recipe,
            round(float(ignition[i]), 3),
            round(float(times[i] * noise["peak_time_ms"][i]), 2),
            round(float(heights[i] * noise["peak_pressure_mpa"][i]), 2),
        )
        for i, recipe in enumerate(recipes)
    ]
    measured = [
        MeasuredCurve(one.product, PTCurve(TIMES_MS, shown + _sensor_noise(random)))
        for one, shown in zip(observations[:curves], pressure, strict=False)
    ]
    wrong = _mistype(observations) if typing_errors else ()
    return MadeUpLab(tuple(observations), tuple(measured), TRUTH, wrong)


def _recipe(i: int, random: np.random.Generator) -> Recipe:
    vessel = list(VESSELS)[int(random.integers(3))]
    kind = PATTERN[i % len(PATTERN)]
    first, second = random.permutation(NC)[:2].tolist()
    mass = {
        name: round(VESSELS[vessel] * float(random.uniform(*span))) for name, span in PER_ML.items()
    }
    share = float(random.uniform(0.35, 0.65))
    parts = {"nc": 1.0, "two nc": share, "nc+gp": share, "gp": 0.0}[kind]
    nc = [f"{first}:{round(parts * mass['nc'])}"] if parts else []
    if kind == "two nc":
        nc.append(f"{second}:{round((1 - share) * mass['nc'])}")
    gp_mg = {"nc+gp": round((1 - share) * mass["gp"]), "gp": mass["gp"]}.get(kind)
    return Recipe.parse(
        igniter=IGNITERS[int(random.integers(2))],
        nc=nc,
        gp=f"{GP[i // 2 % 2]}:{gp_mg}" if gp_mg else None,
        shell=SHELLS_MM[int(random.integers(2))],
        current=CURRENTS_A[int(random.integers(3))],
        vessel=vessel,
        device=DEVICES[int(random.integers(2))],
    )


def _sensor_noise(random: np.random.Generator) -> Floats:
    return random.normal(0.0, SENSOR_NOISE_MPA, TIMES_MS.size)


def _fired(
    recipes: Sequence[Recipe], late: Floats, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return ignition times [ms], and pressures of shape (recipes, TIMES_MS) [MPa]."""
    effects = IgnitionFit(list(TRUTH), dict(TRUTH), np.zeros((0, 0)), np.zeros((0, 2)))
    start = with_delays(start_model(), recipes, effects)
    shots = [prepare(recipe, start) for recipe in recipes]
    ones = dict.fromkeys(STRUCTURE, 1.0)
    moves = [contributions(recipe, ones) for recipe in recipes]
    shifts = np.zeros((len(recipes), max(len(move) for move in moves)))
    for shift, move in zip(shifts, moves, strict=True):
        lot = {name: sd * random.normal() for name, sd in LOTS.items()}
        names = SHOT + CHARGE * ((len(move) - len(SHOT)) // len(CHARGE))
        for k, (name, weights) in enumerate(zip(names, move, strict=True)):
            shift[k] = sum(weight * TRUTH.get(each, 0.0) for each, weight in weights)
            shift[k] += lot.get(name, 0.0)
    delay = np.array([shot.igniter.delay_ms for shot in shots])
    shifts[:, SHOT.index("delay")] = delay * (late - 1)
    moved = table_of(shots).moved(np.arange(len(shots)), shifts)
    return delay * late, moved.pressure_mpa(TIMES_MS, TOLERANCE)


def _mistype(observations: list[Observation]) -> tuple[TypingError, ...]:
    """Put the typing errors in: a mass of the neighbouring line, and a digit of a peak time."""
    found = []
    if len(observations) > WRONG_MASS:
        one = observations[WRONG_MASS]
        (charge,) = one.recipe.nc
        true = float(charge.mass_mg)
        written = float(round(1.25 * true))
        recipe = replace(one.recipe, nc=(replace(charge, mass_mg=Decimal(written)),))
        observations[WRONG_MASS] = replace(one, recipe=recipe)
        found.append(TypingError(one.product, "mass_mg", written, true))
    if len(observations) > WRONG_TIME:
        one = observations[WRONG_TIME]
        assert one.peak_time_ms is not None
        late = round(1.8 * one.peak_time_ms, 2)
        observations[WRONG_TIME] = replace(one, peak_time_ms=late)
        found.append(TypingError(one.product, "peak_time_ms", late, one.peak_time_ms))
    return tuple(found)

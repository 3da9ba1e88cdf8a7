"""Rows that do not fit: what is odd about each, said so that somebody can look it up."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from mgg_kernel.calibration.observations import Observation, types_of
from mgg_kernel.calibration.validation import Validation
from mgg_kernel.recipe import Recipe

__all__ = ["Suspicious", "suspicious_rows"]

FAR = 1.7
"""So many times the reach of the 90 % interval a read-out must lie off to be told."""
MOST_REACH = 4.0
"""The reach counts as at most so many times the deviation that three of four stay within: among
few products the 90 % interval is as wide as the typing errors themselves."""
ALIKE = 0.12
"""Masses that differ by less than this share make recipes alike."""
APART = 0.35
"""Peak times of recipes that are alike differ by more than this share to be told."""
WORDS = {
    "peak_pressure_mpa": ("peak pressure", "MPa"),
    "peak_time_ms": ("peak time", "ms"),
    "ignition_time_ms": ("ignition time", "ms"),
}


@dataclass(frozen=True)
class Suspicious:
    """A read-out that the other products do not explain.

    Args:
        sheet: where the product stands.
        product: its name.
        quantity: which read-out, by its name in :class:`Observation`.
        measured: the value in the data.
        expected: the value that a fit without this product expects.
        reason: a sentence for a person.
    """

    sheet: str
    product: str
    quantity: str
    measured: float
    expected: float
    reason: str


def suspicious_rows(
    observations: Sequence[Observation], validation: Validation
) -> tuple[Suspicious, ...]:
    """Return what is suspicious, the oddest first; peak times of a flat top last."""
    by_name = {(one.sheet, one.product): one for one in observations}
    odd = []
    limits = _limits(validation)
    for row in validation.left_out:
        if not row.scored or abs(row.deviation) < limits[row.quantity]:
            continue
        words, unit = WORDS[row.quantity]
        reason = (
            f"The {words} of {row.measured:g} {unit} is "
            f"{_difference(row.measured, row.expected)} the "
            f"{row.expected:.3g} {unit} that the other products let expect."
        )
        reason += _hint(by_name[row.sheet, row.product], row.quantity, row.measured, row.expected)
        odd.append(
            (
                abs(row.deviation),
                Suspicious(
                    row.sheet, row.product, row.quantity, row.measured, row.expected, reason
                ),
            )
        )
    odd.sort(key=lambda each: -each[0])
    told = {(one.sheet, one.product, one.quantity) for _, one in odd}
    sound = [one for one in observations if (one.sheet, one.product, "peak_time_ms") not in told]
    twins = _twins(sound)
    return (*(one for _, one in odd), *twins)


def _limits(validation: Validation) -> dict[str, float]:
    """Return for each quantity how far a read-out must lie off, in its standard deviations."""
    found = {}
    for quantity, reach in validation.reach_90.items():
        rows = [row for row in validation.left_out if row.quantity == quantity and row.scored]
        usual = sorted(abs(row.deviation) for row in rows)[3 * len(rows) // 4 :]
        found[quantity] = FAR * min(reach, MOST_REACH * usual[0] if usual else reach)
    return found


def _difference(measured: float, expected: float) -> str:
    percent = 100 * (measured / expected - 1)
    return f"{abs(percent):.0f} % {'above' if percent > 0 else 'below'}"


def _hint(one: Observation, quantity: str, measured: float, expected: float) -> str:
    recipe = one.recipe
    if quantity == "ignition_time_ms":
        return " Check the firing current and the reading."
    if quantity == "peak_time_ms":
        return " Check the reading, and whether the top of the curve is flat."
    charges = [*recipe.nc, *([recipe.gp] if recipe.gp else [])]
    if len(charges) != 1:
        return " Check the masses, the vessel and the sensor."
    mass = float(charges[0].mass_mg)
    fitting = mass * measured / expected
    return (
        f" About {fitting:.0f} mg of {charges[0].type_code} instead of {mass:g} mg would give it: "
        "check the mass, the vessel and the sensor."
    )


def _twins(observations: Sequence[Observation]) -> list[Suspicious]:
    """Return products whose peak time contradicts that of a nearly equal recipe."""
    found = []
    for one in observations:
        apart = [
            other
            for other in observations
            if other is not one and _alike(one.recipe, other.recipe) and _apart(one, other)
        ]
        if not apart or one.peak_time_ms is None:
            continue
        other = max(apart, key=lambda each: _gap(one, each))
        assert other.peak_time_ms is not None
        found.append(
            Suspicious(
                one.sheet,
                one.product,
                "peak_time_ms",
                one.peak_time_ms,
                other.peak_time_ms,
                f"The peak time of {one.peak_time_ms:g} ms contradicts the "
                f"{other.peak_time_ms:g} ms of {other.product}, a nearly equal recipe: where "
                "the top of a curve is flat the highest sample may lie anywhere on it. Compare the "
                "curves.",
            )
        )
    return found


def _alike(a: Recipe, b: Recipe) -> bool:
    if types_of(a) != types_of(b) or a.vessel.partition("-")[0] != b.vessel.partition("-")[0]:
        return False
    mine, yours = [
        [float(c.mass_mg) for c in (*recipe.nc, *([recipe.gp] if recipe.gp else []))]
        for recipe in (a, b)
    ]
    return all(abs(log(p / q)) < ALIKE for p, q in zip(mine, yours, strict=True))


def _gap(a: Observation, b: Observation) -> float:
    if a.peak_time_ms is None or b.peak_time_ms is None:
        return 0.0
    return abs(log(a.peak_time_ms / b.peak_time_ms))


def _apart(a: Observation, b: Observation) -> bool:
    return _gap(a, b) > log(1 + APART)

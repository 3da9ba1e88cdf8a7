"""What a calibration is fitted to: three numbers per product, and measured curves."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import isfinite

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import CalibrationError
from mgg_kernel.recipe import Recipe

__all__ = ["MeasuredCurve", "Observation", "fingerprint", "require_enough", "types_of"]

FEWEST_OBSERVATIONS = 5
LATEST_START_MS, EARLIEST_END_MS = 1.0, 3.0


@dataclass(frozen=True)
class Observation:
    """One product of a recipe database: what was fired, and the averages of its shots.

    Args:
        sheet: where it stands.
        product: the product's name.
        recipe: what was fired.
        ignition_time_ms: time of the first rise of pressure [ms]; None where not given.
        peak_time_ms: time of the peak [ms]; None where not given.
        peak_pressure_mpa: peak pressure [MPa]; None where not given.

    Raises:
        CalibrationError: a number is not above 0.
    """

    sheet: str
    product: str
    recipe: Recipe
    ignition_time_ms: float | None
    peak_time_ms: float | None
    peak_pressure_mpa: float | None

    def __post_init__(self) -> None:
        for name in ("ignition_time_ms", "peak_time_ms", "peak_pressure_mpa"):
            value = getattr(self, name)
            if value is not None and not (isfinite(value) and value > 0):
                raise CalibrationError(
                    f"Product {self.product} on sheet '{self.sheet}': {name} is {value}; give a "
                    "number above 0, or leave it empty."
                )


@dataclass(frozen=True)
class MeasuredCurve:
    """A measured curve, and the product that it belongs to; a product may have several.

    Raises:
        CalibrationError: it does not hold the rise, from 1 to 3 ms at least, or no pressure is
            above 0.
    """

    product: str
    curve: PTCurve

    def __post_init__(self) -> None:
        time = self.curve.time_ms
        if time[0] > LATEST_START_MS or time[-1] < EARLIEST_END_MS:
            raise CalibrationError(
                f"The curve of product {self.product} is measured from {time[0]:g} to "
                f"{time[-1]:g} ms; a calibration needs one that begins before "
                f"{LATEST_START_MS:g} ms and lasts to {EARLIEST_END_MS:g} ms at least."
            )
        if not self.curve.peak.pressure_mpa > 0:
            raise CalibrationError(
                f"The curve of product {self.product} is nowhere above 0 MPa; give another one."
            )


def types_of(recipe: Recipe) -> frozenset[str]:
    """Return the charge types of a recipe, such as ``{"NC A", "GP K"}``."""
    found = {f"NC {amount.type_code}" for amount in recipe.nc}
    return frozenset(found | ({f"GP {recipe.gp.type_code}"} if recipe.gp else set()))


def fingerprint(observations: Sequence[Observation], curves: Sequence[MeasuredCurve]) -> str:
    """Return the SHA-256 of all that a calibration is fitted to, whatever the order."""
    rows = sorted(
        repr(
            (
                o.sheet,
                o.product,
                str(o.recipe),
                str(o.recipe.sensor_range_mpa),
                o.ignition_time_ms,
                o.peak_time_ms,
                o.peak_pressure_mpa,
            )
        )
        for o in observations
    )
    digest = sha256("\n".join(rows).encode())
    samples = sorted(
        (c.product, c.curve.time_ms.tobytes(), c.curve.pressure_mpa.tobytes()) for c in curves
    )
    for product, time, pressure in samples:
        digest.update(product.encode() + b"\0" + time + pressure)
    return digest.hexdigest()


def require_enough(observations: Sequence[Observation], curves: Sequence[MeasuredCurve]) -> None:
    """Refuse what no model can be fitted to.

    Raises:
        CalibrationError: too few products, or a curve without its product.
    """
    usable = sum(o.peak_pressure_mpa is not None for o in observations)
    if usable < FEWEST_OBSERVATIONS:
        raise CalibrationError(
            f"Only {usable} products have a recipe and a peak pressure; a calibration needs at "
            f"least {FEWEST_OBSERVATIONS}."
        )
    known: dict[str, int] = {}
    for one in observations:
        known[one.product] = known.get(one.product, 0) + 1
    for curve in curves:
        if known.get(curve.product, 0) != 1:
            found = "not" if curve.product not in known else f"{known[curve.product]} times"
            raise CalibrationError(
                f"The product {curve.product} of a curve is {found} in the recipes; a curve needs "
                "exactly one recipe, by the product named in its remark."
            )

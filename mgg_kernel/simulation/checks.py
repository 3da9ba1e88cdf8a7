"""Checks of numbers that enter the physics: finite, within what can exist, named in the refusal."""

from decimal import Decimal
from math import isfinite
from numbers import Real

from mgg_kernel.errors import SimulationError

__all__ = ["checked_number"]


def checked_number(
    value: object,
    what: str,
    unit: str = "",
    *,
    above: float | None = None,
    at_least: float | None = None,
    at_most: float | None = None,
    unless_zero: bool = False,
) -> float:
    """Return `value` as a float, or refuse it.

    Args:
        value: an int, float, Decimal or numpy number; texts and booleans are no numbers here.
        what: how the number is called in the refusal, with a capital ("The impetus").
        unit: its unit, for the refusal; empty if it has none.
        above: the number must be greater than this.
        at_least: the number must not be less than this.
        at_most: the number must not be greater than this.
        unless_zero: 0 is allowed whatever the bounds say.

    Raises:
        SimulationError: it is no number, not finite, or outside the bounds.
    """
    number = _as_float(value, what)
    refused = (
        (above is not None and not number > above)
        or (at_least is not None and not number >= at_least)
        or (at_most is not None and not number <= at_most)
    )
    if refused and not (unless_zero and number == 0):
        limits = (("above", above), ("at least", at_least), ("at most", at_most))
        tail = f" {unit}" if unit else ""
        wanted = " and ".join(
            f"{word} {limit:g}{tail}" for word, limit in limits if limit is not None
        )
        wanted = f"0, or {wanted}" if unless_zero else wanted
        raise SimulationError(f"{what} must be {wanted}, but is {number:g}{tail}.")
    return number


def _as_float(value: object, what: str) -> float:
    if type(value) is float and isfinite(value):  # nearly all are: the other checks take longer
        return value
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        raise SimulationError(f"{what} must be a number, but is {value!r}.")
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if not isfinite(number):
        raise SimulationError(f"{what} must be finite, but is {value}.")
    return number

"""The recipe in the columns of an old row."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from mgg_kernel.errors import IngestError
from mgg_kernel.predecessor.values import is_none, number_in, text
from mgg_kernel.recipe import ChargeAmount, Recipe

__all__ = ["recipe_of"]

_IGNITER = ("ignition_model", "igniter_type", "igniter", "igniter_model")
_SHELL = ("shell_model", "shell_height_mm", "shell_height", "shell")
_CURRENT = ("current", "firing_current_a", "firing_current")
_SENSOR = ("sensor_model", "sensor_range_mpa", "sensor_range", "sensor")
_VESSEL = ("body_model", "vessel", "body", "volume_model")
_DEVICE = ("equipment", "test_device", "device")


def recipe_of(row: Mapping[str, Any]) -> Recipe | None:
    """Return what a row says was fired; None where it says nothing of it.

    Raises:
        RecipeError: it says what no recipe can be.
        IngestError: a number in it is none.
    """
    nc = [_charge(row, f"nc_type_{place}", _amount(f"nc_{{}}_{place}")) for place in (1, 2)]
    gp = _charge(row, "gp_type", _amount("gp_{}"))
    charges = tuple(one for one in nc if one is not None)
    if not charges and gp is None and is_none(_first(row, _IGNITER)):
        return None
    sensor = _first(row, _SENSOR)
    return Recipe(
        igniter_type=_code(row, _IGNITER),
        nc=charges,
        gp=gp,
        shell_height_mm=Decimal(number_in(_first(row, _SHELL), "the shell height")),
        firing_current_a=Decimal(number_in(_first(row, _CURRENT), "the firing current")),
        vessel=_code(row, _VESSEL),
        test_device=_code(row, _DEVICE),
        sensor_range_mpa=(
            None if is_none(sensor) else Decimal(number_in(sensor, "the sensor range"))
        ),
    )


def _amount(pattern: str) -> tuple[str, ...]:
    """Return the names that a mass has, as ``nc_usage_1`` or ``nc_mass_1_mg``."""
    names = [pattern.format(word) for word in ("usage", "mass", "amount")]
    return (*names, *(f"{name}_mg" for name in names))


def _charge(
    row: Mapping[str, Any], type_name: str, amount_names: tuple[str, ...]
) -> ChargeAmount | None:
    code, amount = row.get(type_name), _first(row, amount_names)
    if is_none(code) or is_none(amount):
        return None
    mass = Decimal(number_in(amount, f"the amount of '{text(code)[:40]}'"))
    try:
        is_nought = mass == 0
    except InvalidOperation:
        is_nought = False
    return None if is_nought else ChargeAmount(text(code), mass)


def _code(row: Mapping[str, Any], names: tuple[str, ...]) -> str:
    value = _first(row, names)
    if is_none(value):
        raise IngestError(f"it has no {names[0].replace('_', ' ')}")
    return text(value)


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> object:
    return next((row[name] for name in names if text(row.get(name))), None)

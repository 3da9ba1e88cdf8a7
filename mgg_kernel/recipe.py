"""The recipe of a gas generator as tested: what is in it, and what it is fired in.

Two recipes with equal fields are the same recipe everywhere in the lab, so a recipe has one
canonical form: numbers are exact decimals without trailing zeros, and of two NC charges the
one whose type code sorts first comes first.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from mgg_kernel.errors import RecipeError

__all__ = ["ChargeAmount", "Recipe"]

MAX_CODE_LENGTH = 40


@dataclass(frozen=True, order=True)
class ChargeAmount:
    """A charge by the code of its type, and its mass [mg]."""

    type_code: str
    mass_mg: Decimal

    def __post_init__(self) -> None:
        object.__setattr__(self, "type_code", _code(self.type_code, "A charge's type"))
        what = f"The mass of charge {self.type_code}"
        object.__setattr__(self, "mass_mg", _positive(self.mass_mg, what, "mg"))

    @classmethod
    def parse(cls, text: str) -> "ChargeAmount":
        """Read ``TYPE:MASS`` with the mass in mg, as on the command line: ``B:775``.

        Raises:
            RecipeError: the text has another form, or the mass is not a positive number.
        """
        code, colon, mass = text.rpartition(":")
        if not colon:
            raise RecipeError(f"'{text}' is not a charge; write TYPE:MASS in mg, such as B:775.")
        return cls(code, mass)  # type: ignore[arg-type]  # made a Decimal in __post_init__

    def __str__(self) -> str:
        return f"{self.type_code}:{_plain(self.mass_mg)}"


@dataclass(frozen=True)
class Recipe:
    """What is fired, and in what.

    Args:
        igniter_type: code of the igniter (点火具).
        nc: at most two NC charges of different types, in any order; none only with a GP charge.
        gp: at most one GP charge.
        shell_height_mm: height of the shell (管壳高度).
        firing_current_a: firing current (通电条件).
        vessel: code of the vessel body, which fixes the volume (容积).
        test_device: code of the test device (测试设备).
        sensor_range_mpa: range of the pressure sensor (传感器量程), where known.

    Numbers may be given as int, str, Decimal or float (a float counts as its shortest
    decimal form, so ``1.2`` is exactly 1.2).

    Raises:
        RecipeError: a field is empty, out of range or not a number, or the charges are none, or
            more than two NC of different types and one GP.
    """

    igniter_type: str
    nc: tuple[ChargeAmount, ...]
    gp: ChargeAmount | None
    shell_height_mm: Decimal
    firing_current_a: Decimal
    vessel: str
    test_device: str
    sensor_range_mpa: Decimal | None = None

    def __post_init__(self) -> None:
        fix = object.__setattr__
        fix(self, "igniter_type", _code(self.igniter_type, "The igniter type"))
        fix(self, "vessel", _code(self.vessel, "The vessel"))
        fix(self, "test_device", _code(self.test_device, "The test device"))
        fix(self, "shell_height_mm", _positive(self.shell_height_mm, "The shell height", "mm"))
        fix(self, "firing_current_a", _positive(self.firing_current_a, "The firing current", "A"))
        if self.sensor_range_mpa is not None:
            sensor_range = _positive(self.sensor_range_mpa, "The sensor range", "MPa")
            fix(self, "sensor_range_mpa", sensor_range)
        charges = tuple(sorted(self.nc))
        if len({charge.type_code for charge in charges}) != len(charges):
            raise RecipeError(
                f"NC type '{charges[0].type_code}' is given twice; give one charge with the "
                "sum of both masses."
            )
        if len(charges) > 2:
            raise RecipeError(f"A recipe has at most two NC charges, but {len(charges)} are given.")
        if not charges and self.gp is None:
            raise RecipeError("A recipe needs a charge; give one or two of NC, one of GP, or both.")
        fix(self, "nc", charges)

    @classmethod
    def parse(
        cls,
        *,
        igniter: str,
        nc: Iterable[str],
        gp: str | None = None,
        shell: str,
        current: str,
        vessel: str,
        device: str,
        sensor_range: str | None = None,
    ) -> "Recipe":
        """Make a recipe from texts, as the command line and forms hand them over.

        Raises:
            RecipeError: as for the class itself; see :meth:`ChargeAmount.parse` for charges.
        """
        return cls(
            igniter_type=igniter,
            nc=tuple(ChargeAmount.parse(text) for text in nc),
            gp=ChargeAmount.parse(gp) if gp else None,
            shell_height_mm=_decimal(shell, "The shell height"),
            firing_current_a=_decimal(current, "The firing current"),
            vessel=vessel,
            test_device=device,
            sensor_range_mpa=_decimal(sensor_range, "The sensor range") if sensor_range else None,
        )

    def __str__(self) -> str:
        parts = [f"igniter {self.igniter_type}"]
        parts += [f"NC {charge} mg" for charge in self.nc]
        if self.gp:
            parts.append(f"GP {self.gp} mg")
        parts += [
            f"shell {_plain(self.shell_height_mm)} mm",
            f"{_plain(self.firing_current_a)} A",
            f"vessel {self.vessel}",
            f"device {self.test_device}",
        ]
        if self.sensor_range_mpa is not None:
            parts.append(f"sensor {_plain(self.sensor_range_mpa)} MPa")
        return ", ".join(parts)


def _code(value: object, what: str) -> str:
    text = str(value).strip()
    if not text:
        raise RecipeError(f"{what} is missing; give its code from the catalogue.")
    if len(text) > MAX_CODE_LENGTH or not text.isprintable() or re.search(r"[:,;|]", text):
        raise RecipeError(
            f"{what} '{text[:MAX_CODE_LENGTH]}' is not a code: at most {MAX_CODE_LENGTH} printable "
            "characters without : , ; |."
        )
    return text


def _decimal(value: object, what: str) -> Decimal:
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise RecipeError(f"{what} must be a number, but is '{value}'.") from None
    if not number.is_finite():
        raise RecipeError(f"{what} must be finite, but is '{value}'.")
    return number


def _positive(value: object, what: str, unit: str) -> Decimal:
    number = _decimal(value, what)
    if not 0 < number < 1_000_000:
        raise RecipeError(f"{what} must be above 0 and below 1,000,000 {unit}, but is {value}.")
    rounded = number.quantize(Decimal("0.001"))
    if rounded != number:
        raise RecipeError(f"{what} has at most three decimals in {unit}, but is {value}.")
    return Decimal(_plain(number))


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"

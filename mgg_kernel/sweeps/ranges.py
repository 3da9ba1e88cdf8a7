"""Ranges of numbers and of charges, in exact decimals."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import TypeVar, overload

from mgg_kernel.errors import RecipeError
from mgg_kernel.recipe import ChargeAmount

__all__ = ["ChargeRange", "Number", "Numbers", "Range", "codes", "numbers", "parse_numbers"]

Value = TypeVar("Value")

Number = Decimal | int | float | str
"""A float counts as its shortest decimal form, as in recipes."""


class Range(Sequence[Decimal]):
    """The numbers from `low` in steps, up to `high` where the steps meet it.

    Args:
        low: the first.
        high: none is above it.
        step: between one and the next.

    Raises:
        RecipeError: one of the three is no number above 0, or `high` is below `low`.
    """

    __slots__ = ("_count", "high", "low", "step")

    def __init__(self, low: Number, high: Number, step: Number) -> None:
        self.low, self.high = _number(low), _number(high)
        self.step = _number(step)
        if min(self.low, self.step) <= 0 or self.high < self.low:
            raise RecipeError(
                f"{self!r} is no range; it must begin above 0, end no lower, and have a step above "
                "0."
            )
        self._count = int((self.high - self.low) / self.step) + 1

    @overload
    def __getitem__(self, index: int) -> Decimal: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Decimal, ...]: ...
    def __getitem__(self, index: int | slice) -> Decimal | tuple[Decimal, ...]:
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(self._count)))
        return self.low + range(self._count)[index] * self.step

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Decimal]:
        return (self.low + i * self.step for i in range(self._count))

    def __contains__(self, value: object) -> bool:
        return (
            isinstance(value, Decimal)
            and self.low <= value <= self.high
            and (value - self.low) % self.step == 0
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Range):
            return NotImplemented
        return (self.low, self.step, self._count) == (other.low, other.step, other._count)

    def __hash__(self) -> int:
        return hash((self.low, self.step, self._count))

    def __repr__(self) -> str:
        return f"Range({self.low}, {self.high}, {self.step})"


Numbers = Number | Iterable[Number]
"""One number, several, or a :class:`Range`."""


class ChargeRange:
    """A charge of one type of several, with one mass of several.

    Args:
        types: one code or several.
        masses_mg: one mass, several, or a :class:`Range`; the step of a range is what masses are
            rounded to when a design draws them.

    Raises:
        RecipeError: there is no type or no mass, or a code or mass that no charge can have.
    """

    __slots__ = ("masses_mg", "types")

    def __init__(self, types: str | Iterable[str], masses_mg: Numbers) -> None:
        self.types = codes(types, "types of charge")
        self.masses_mg = numbers(masses_mg, "masses")
        for code in self.types:
            for mass in {self.masses_mg[0], self.masses_mg[-1]}:
                ChargeAmount(code, mass)

    @classmethod
    def parse(cls, text: str) -> "ChargeRange":
        """Read ``TYPES:MASS``, ``TYPES:FROM:TO`` or ``TYPES:FROM:TO:STEP``, as ``A,B:600:900:50``.

        Types and single masses are separated by commas; a step that is left out is 1 mg.

        Raises:
            RecipeError: the text has another form, or says what cannot be.
        """
        names, colon, masses = text.partition(":")
        if not colon:
            raise RecipeError(
                f"'{text}' is no range of charges; write TYPES:FROM:TO:STEP in mg, such as "
                "A,B:600:900:50."
            )
        return cls(names.split(","), parse_numbers(masses, step=1))

    def __repr__(self) -> str:
        return f"ChargeRange({self.types}, {self.masses_mg})"


def codes(values: str | Iterable[str], what: str) -> tuple[str, ...]:
    """Return one code or several as a tuple, each once."""
    given = (values,) if isinstance(values, str) else tuple(values)
    return _some(tuple(dict.fromkeys(value.strip() for value in given)), what)


def numbers(values: Numbers, what: str) -> Sequence[Decimal]:
    """Return one number, several or a range as a sequence, each once."""
    if isinstance(values, Range):
        return values
    given = [values] if isinstance(values, Decimal | int | float | str) else values
    return _some(tuple(dict.fromkeys(_number(value) for value in given)), what)


def parse_numbers(text: str, *, step: Number | None = None) -> Sequence[Decimal]:
    """Read ``NUMBER``, ``NUMBER,NUMBER``, ``FROM:TO`` or ``FROM:TO:STEP``.

    Args:
        text: what was written.
        step: what ``FROM:TO`` means; None: it must have a step.

    Raises:
        RecipeError: the text has another form.
    """
    parts = text.split(":")
    if len(parts) == 1:
        return numbers(text.split(","), "numbers")
    if len(parts) == 2 and step is not None:
        return Range(parts[0], parts[1], step)
    if len(parts) == 3:
        return Range(*parts)
    raise RecipeError(f"'{text}' is no range; write FROM:TO:STEP, such as 20:24:0.5.")


def _number(value: Number) -> Decimal:
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise RecipeError(f"A range is made of numbers, but '{value}' is none.") from None
    if not number.is_finite() or abs(number) >= 10**6 or number != round(number, 3):
        raise RecipeError(
            f"A range is made of numbers below 1,000,000 with at most three decimals, but '{value}'"
            " is another one."
        )
    return number


def _some(found: tuple[Value, ...], what: str) -> tuple[Value, ...]:
    if not found:
        raise RecipeError(f"No {what} are given; give at least one.")
    return found

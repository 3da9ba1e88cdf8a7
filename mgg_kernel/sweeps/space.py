"""The recipes that a sweep chooses from, and the full grid of them."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import product
from math import comb, prod

from mgg_kernel.errors import RecipeError
from mgg_kernel.recipe import ChargeAmount, Recipe
from mgg_kernel.sweeps.ranges import ChargeRange, Number, Numbers, codes, numbers, parse_numbers

__all__ = ["Grid", "RecipeSpace", "full_grid"]

Axis = Sequence[str] | Sequence[Decimal]
Choice = Sequence[object]


class RecipeSpace:
    """All recipes that can be made of some types, masses, sizes and places to fire them in.

    The arguments are those of :class:`~mgg_kernel.recipe.Recipe`; each may be one value or several,
    and numbers may be a :class:`~mgg_kernel.sweeps.Range`.

    Args:
        igniter_type: codes of igniters.
        nc: at most two NC charges.
        gp: at most one GP charge.
        shell_height_mm: heights of the shell [mm].
        firing_current_a: firing currents [A].
        vessel: codes of vessels.
        test_device: codes of test devices.
        sensor_range_mpa: range of the sensor [MPa], where known.

    Raises:
        RecipeError: a value is one that no recipe can have, or no recipe can be made at all.
    """

    def __init__(
        self,
        *,
        igniter_type: str | Iterable[str],
        nc: Iterable[ChargeRange] = (),
        gp: ChargeRange | None = None,
        shell_height_mm: Numbers,
        firing_current_a: Numbers,
        vessel: str | Iterable[str],
        test_device: str | Iterable[str],
        sensor_range_mpa: Number | None = None,
    ) -> None:
        self.nc, self.gp = tuple(nc), gp
        self.sensor_range_mpa = sensor_range_mpa
        charges = [*self.nc, *([gp] if gp else [])]
        self.axes: tuple[Axis, ...] = (
            codes(igniter_type, "igniters"),
            *(axis for charge in charges for axis in (charge.types, charge.masses_mg)),
            numbers(shell_height_mm, "shell heights"),
            numbers(firing_current_a, "firing currents"),
            codes(vessel, "vessels"),
            codes(test_device, "test devices"),
        )
        """What each place of a choice may be, in the order of :meth:`recipe`."""
        if len(self.nc) > 2:
            raise RecipeError(f"A recipe has at most two NC charges, but {len(self.nc)} are given.")
        if self.size == 0:
            raise RecipeError(
                f"Both NC charges can only be of type '{self.nc[0].types[0]}'; give one charge "
                "with the sum of both masses."
            )
        self._refuse_impossible_values()

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
    ) -> "RecipeSpace":
        """Make a space from texts, as the command line hands them over.

        Codes and numbers are separated by commas; numbers may be ``FROM:TO:STEP``; for charges see
        :meth:`ChargeRange.parse`.

        Raises:
            RecipeError: a text has another form, or as for the class itself.
        """
        return cls(
            igniter_type=igniter.split(","),
            nc=[ChargeRange.parse(text) for text in nc],
            gp=ChargeRange.parse(gp) if gp else None,
            shell_height_mm=parse_numbers(shell),
            firing_current_a=parse_numbers(current),
            vessel=vessel.split(","),
            test_device=device.split(","),
            sensor_range_mpa=sensor_range or None,
        )

    @property
    def size(self) -> int:
        """How many different recipes there are."""
        rest = prod(len(axis) for axis in self.axes)
        if len(self.nc) < 2:
            return rest
        first, second = self.nc
        pairs = len(first.types) * len(first.masses_mg) * len(second.types) * len(second.masses_mg)
        shared_types = len(set(first.types) & set(second.types))
        fewer, more = sorted((first.masses_mg, second.masses_mg), key=len)
        shared_masses = sum(mass in more for mass in fewer)
        same_type = shared_types * len(fewer) * len(more)
        swapped = comb(shared_types, 2) * shared_masses**2
        return rest // pairs * (pairs - same_type - swapped)

    def recipe(self, choice: Choice) -> Recipe | None:
        """Return the recipe of one value from each axis; None where both NC are of one type."""
        igniter, *charges, shell, current, vessel, device = choice
        amounts = [
            ChargeAmount(str(code), Decimal(str(mass)))
            for code, mass in zip(charges[::2], charges[1::2], strict=True)
        ]
        nc = tuple(amounts[: len(self.nc)])
        if len({amount.type_code for amount in nc}) < len(nc):
            return None
        return Recipe(
            igniter_type=str(igniter),
            nc=nc,
            gp=amounts[-1] if self.gp else None,
            shell_height_mm=Decimal(str(shell)),
            firing_current_a=Decimal(str(current)),
            vessel=str(vessel),
            test_device=str(device),
            sensor_range_mpa=self.sensor_range_mpa,  # type: ignore[arg-type]  # made a Decimal there
        )

    def is_repeated(self, choice: Choice) -> bool:
        """Tell whether another choice makes the same recipe, with the NC charges swapped."""
        if len(self.nc) < 2:
            return False
        first, second = self.nc
        a, x, b, y = choice[1:5]
        return (
            str(a) > str(b)
            and (b in first.types and y in first.masses_mg)
            and (a in second.types and x in second.masses_mg)
        )

    def _refuse_impossible_values(self) -> None:
        """Make a recipe with each code and with the ends of each range."""
        ends = [axis if isinstance(axis[0], str) else (axis[0], axis[-1]) for axis in self.axes]
        for place, values in enumerate(ends):
            for value in values:
                self.recipe([value if at == place else end[0] for at, end in enumerate(ends)])


class Grid:
    """All recipes of a space, each once; they are made one by one as they are asked for."""

    def __init__(self, space: RecipeSpace) -> None:
        self._space = space

    def __len__(self) -> int:
        return self._space.size

    def __iter__(self) -> Iterator[Recipe]:
        for choice in product(*self._space.axes):
            if not self._space.is_repeated(choice):
                recipe = self._space.recipe(choice)
                if recipe is not None:
                    yield recipe


def full_grid(space: RecipeSpace) -> Grid:
    """Return all recipes of a space, the last place (the test device) changing fastest."""
    return Grid(space)

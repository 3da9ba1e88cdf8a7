"""What a reverse simulation has to keep to: what stays, what may be chosen, and the limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from math import inf, isfinite
from typing import Any

from mgg_kernel.errors import ReverseError
from mgg_kernel.recipe import ChargeAmount, Recipe

__all__ = ["Constraints"]

MOST_CHARGES, MOST_TYPES = 3, 60


@dataclass(frozen=True)
class Constraints:
    """The surroundings of the shot, the types to choose among, and the limits.

    Args:
        igniters: igniter types to choose among; one for a fixed one.
        vessel: code of the vessel body.
        shell_mm: height of the shell [mm], as text or number.
        current_a: firing current [A], as text or number.
        device: code of the test device.
        nc_types: NC types at hand; None for all that the model knows, () for none.
        gp_types: the same for GP types.
        max_charges: at most so many charges, 1 to 3: at most two NC of different types and one GP.
        mass_step_mg: masses are multiples of this, as a scale weighs; 0 for any mass.
        min_charge_mg: least mass of a charge [mg].
        max_charge_mg: greatest mass of a charge [mg].
        max_total_mg: greatest mass of all charges [mg].
        max_pressure_mpa: the predicted peak must not lie above; None for no limit.
        sensor_range_mpa: range of the sensor that will measure, where known.

    Raises:
        ReverseError: limits contradict each other, or a number is out of its range.
        RecipeError: a code or a number of the surroundings cannot be.
    """

    igniters: tuple[str, ...]
    vessel: str
    shell_mm: str
    current_a: str
    device: str
    nc_types: tuple[str, ...] | None = None
    gp_types: tuple[str, ...] | None = None
    max_charges: int = 2
    mass_step_mg: float = 0.0
    min_charge_mg: float = 20.0
    max_charge_mg: float = 5000.0
    max_total_mg: float = 10000.0
    max_pressure_mpa: float | None = None
    sensor_range_mpa: str | None = None

    def __post_init__(self) -> None:
        fix = object.__setattr__
        for name in ("igniters", "nc_types", "gp_types"):
            given = getattr(self, name)
            if isinstance(given, str):
                given = (given,)
            if given is not None:
                fix(self, name, tuple(dict.fromkeys(str(one) for one in given)))
        for name in ("shell_mm", "current_a", "sensor_range_mpa"):
            given = getattr(self, name)
            fix(self, name, None if given is None else str(given))
        if not self.igniters:
            raise ReverseError("No igniter type is left to choose; name at least one.")
        if self.nc_types == () and self.gp_types == ():
            raise ReverseError("No charge type is left to choose; name an NC or a GP type.")
        if any(
            len(getattr(self, n) or ()) > MOST_TYPES for n in ("igniters", "nc_types", "gp_types")
        ):
            raise ReverseError(f"At most {MOST_TYPES} types of a kind can be chosen among.")
        if self.max_charges not in range(1, MOST_CHARGES + 1):
            raise ReverseError(
                f"A recipe has 1 to 3 charges, but at most {self.max_charges} was given."
            )
        self._check_masses()
        self.recipe(self.igniters[0], [("NC", "?", 1.0)])  # refuses what cannot be

    def _check_masses(self) -> None:
        step, least, most = self.mass_step_mg, self.min_charge_mg, self.max_charge_mg
        numbers = [step, least, most, self.max_total_mg]
        if not all(isfinite(one) for one in numbers) or not (
            0 <= step <= 1000 and 0 < least <= most <= 1e5 and 0 < self.max_total_mg <= 1e6
        ):
            raise ReverseError(
                f"The masses must be 0 < least ({least:g}) ≤ greatest ({most:g}) ≤ 100000 mg, with "
                f"a total ({self.max_total_mg:g}) above 0 and a step ({step:g}) of 0 to 1000 mg."
            )
        if self.max_total_mg < least:
            raise ReverseError(
                f"All charges together may weigh {self.max_total_mg:g} mg, but one of them weighs "
                f"at least {least:g} mg; raise the one or lower the other."
            )
        if step and int(most / step + 1e-9) * step < least:
            raise ReverseError(
                f"No multiple of {step:g} mg lies between {least:g} and {most:g} mg; take a finer "
                "step or wider limits."
            )
        if step != round(step, 3):
            raise ReverseError(
                f"The step of the masses has at most three decimals in mg, but is {step:g}."
            )
        if self.max_pressure_mpa is not None and not 0 < self.max_pressure_mpa < inf:
            raise ReverseError(
                f"The greatest pressure must be above 0 and finite, but is "
                f"{self.max_pressure_mpa:g} MPa."
            )

    def recipe(self, igniter: str, charges: Sequence[tuple[str, str, float]]) -> Recipe:
        """Return the recipe of an igniter and charges: kind, type, mass [mg] to the microgram.

        Raises:
            RecipeError: there cannot be such a recipe.
        """
        amounts = [
            (kind, ChargeAmount(code, Decimal(f"{mass:.3f}"))) for kind, code, mass in charges
        ]
        return Recipe(
            igniter_type=igniter,
            nc=tuple(amount for kind, amount in amounts if kind == "NC"),
            gp=next((amount for kind, amount in amounts if kind == "GP"), None),
            shell_height_mm=self.shell_mm,  # type: ignore[arg-type]  # texts are taken, too
            firing_current_a=self.current_a,  # type: ignore[arg-type]
            vessel=self.vessel,
            test_device=self.device,
            sensor_range_mpa=self.sensor_range_mpa,  # type: ignore[arg-type]
        )

    def plain(self) -> dict[str, Any]:
        """Return them as plain values, fit for JSON; :meth:`from_plain` takes them back."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> "Constraints":
        """Return the constraints of plain values, as :meth:`plain` gives them.

        Raises:
            ReverseError: they are not those of constraints.
        """
        try:
            given: dict[str, Any] = {
                k: tuple(v) if isinstance(v, list) else v for k, v in values.items()
            }
            return cls(**given)
        except TypeError as error:
            raise ReverseError(f"These are not the values of constraints ({error}).") from None

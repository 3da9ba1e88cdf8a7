"""What a reverse simulation finds."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from mgg_kernel.errors import ReverseError
from mgg_kernel.recipe import ChargeAmount, Recipe
from mgg_kernel.reverse.constraints import Constraints
from mgg_kernel.reverse.target import Target
from mgg_kernel.simulation import Model, Simulation, simulate

__all__ = ["Candidate", "Nearest", "Progress", "Reverse", "Sensitivity", "plain_recipe"]


@dataclass(frozen=True)
class Progress:
    """A stage of the search, and how much of it is done; `total` is the most it can take."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True)
class Sensitivity:
    """What one milligram more of a charge does.

    Args:
        charge: which one, such as ``NC B``.
        mass_mg: its mass.
        peak_pressure_mpa_per_mg: change of the peak.
        peak_time_ms_per_mg: change of its time.
    """

    charge: str
    mass_mg: float
    peak_pressure_mpa_per_mg: float
    peak_time_ms_per_mg: float


@dataclass(frozen=True)
class Nearest:
    """The tested recipe that is most alike.

    Args:
        recipe: that recipe in words.
        off_percent: how far the amount of a charge is off at most; None where the types differ.
    """

    recipe: str
    off_percent: float | None


@dataclass(frozen=True)
class Candidate:
    """A recipe that gives what is wanted, or comes near.

    Args:
        rank: 1 for the best.
        recipe: all of it.
        score: its share, 0 to 1, of the plausibility of all combinations that were looked at: how
            well it meets the target, how much it is like what was tested, how few its charges are.
        peak_pressure_mpa: the predicted peak pressure.
        peak_time_ms: its time.
        ignition_time_ms: the time of the first rise.
        shift_ms: by how much later the wanted curve was moved to meet it; negative is earlier.
        rmse_mpa: distance to the wanted curve, or None where none was wanted.
        worst_percent: how far the read-out that is worst off lies off, or by how much of the peak a
            corridor is left, or the distance to the curve as a share of its peak.
        interval: 90 % intervals by read-out, low and high; empty where the model is not calibrated.
        probabilities: by requirement, the probability that one shot meets it [%].
        confidence: the probability that one shot meets all of them [%]; None where the model is
            not calibrated.
        sensitivity: what a milligram of each charge does.
        nearest: the tested recipe that is most alike, or None.
        alike: ranks of other candidates whose whole curve cannot be told from this one's.
        reasons: why it is ranked so, in sentences.
        warnings: what the model does not know, in sentences.
    """

    rank: int
    recipe: Recipe
    score: float
    peak_pressure_mpa: float
    peak_time_ms: float
    ignition_time_ms: float
    shift_ms: float
    rmse_mpa: float | None
    worst_percent: float
    interval: dict[str, tuple[float, float]]
    probabilities: dict[str, float]
    confidence: float | None
    sensitivity: tuple[Sensitivity, ...]
    nearest: Nearest | None
    alike: tuple[int, ...]
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]

    def simulation(self, model: Model) -> Simulation:
        """Return the predicted curve with its band.

        Args:
            model: the model that was asked.
        """
        return simulate(self.recipe, model)

    def plain(self) -> dict[str, Any]:
        """Return it as plain values, fit for JSON; :meth:`from_plain` takes them back."""
        return asdict(self) | {
            "recipe": plain_recipe(self.recipe),
            "interval": {name: list(ends) for name, ends in self.interval.items()},
            "sensitivity": [asdict(one) for one in self.sensitivity],
            "alike": list(self.alike),
            "reasons": list(self.reasons),
            "warnings": list(self.warnings),
        }

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> "Candidate":
        """Return the candidate of plain values, as :meth:`plain` gives them.

        Raises:
            ReverseError: they are not those of a candidate.
        """
        try:
            near = values["nearest"]
            return cls(
                **{
                    **values,
                    "recipe": recipe_of(values["recipe"]),
                    "interval": {k: (low, high) for k, (low, high) in values["interval"].items()},
                    "sensitivity": tuple(Sensitivity(**one) for one in values["sensitivity"]),
                    "nearest": None if near is None else Nearest(**near),
                    **{name: tuple(values[name]) for name in ("alike", "reasons", "warnings")},
                }
            )
        except (TypeError, KeyError, ValueError) as error:
            raise ReverseError(f"These are not the values of a candidate ({error}).") from None


@dataclass(frozen=True)
class Reverse:
    """The outcome of a reverse simulation; two are equal where all but the time it took is.

    Args:
        candidates: the best first; one for each combination of types.
        reachable: whether the best of them meets the target within its tolerances.
        message: the outcome in one sentence.
        model_name: the model that was asked.
        model_fingerprint: SHA-256 of its canonical JSON.
        combinations: how many combinations of types were looked at.
        seconds: how long it took.
        target: what was wanted.
        constraints: what had to be kept to.
    """

    candidates: tuple[Candidate, ...]
    reachable: bool
    message: str
    model_name: str
    model_fingerprint: str
    combinations: int
    target: Target
    constraints: Constraints
    seconds: float = field(compare=False, default=0.0)

    def plain(self) -> dict[str, Any]:
        """Return it as plain values, fit for JSON; :meth:`from_plain` takes them back."""
        return {
            "candidates": [one.plain() for one in self.candidates],
            "reachable": self.reachable,
            "message": self.message,
            "model": self.model_name,
            "model_fingerprint": self.model_fingerprint,
            "combinations": self.combinations,
            "seconds": round(self.seconds, 3),
            "target": self.target.plain(),
            "constraints": self.constraints.plain(),
        }

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> "Reverse":
        """Return the outcome of plain values, as :meth:`plain` gives them.

        Raises:
            ReverseError: they are not those of a reverse simulation.
        """
        try:
            return cls(
                candidates=tuple(Candidate.from_plain(one) for one in values["candidates"]),
                reachable=values["reachable"],
                message=values["message"],
                model_name=values["model"],
                model_fingerprint=values["model_fingerprint"],
                combinations=values["combinations"],
                target=Target.from_plain(values["target"]),
                constraints=Constraints.from_plain(values["constraints"]),
                seconds=values["seconds"],
            )
        except (TypeError, KeyError) as error:
            raise ReverseError(f"These are not the values of an outcome ({error}).") from None


def plain_recipe(recipe: Recipe) -> dict[str, Any]:
    """Return a recipe as plain values, numbers as numbers."""
    sensor = recipe.sensor_range_mpa
    return {
        "igniter": recipe.igniter_type,
        "nc": [{"type": one.type_code, "mass_mg": float(one.mass_mg)} for one in recipe.nc],
        "gp": recipe.gp and {"type": recipe.gp.type_code, "mass_mg": float(recipe.gp.mass_mg)},
        "shell_mm": float(recipe.shell_height_mm),
        "current_a": float(recipe.firing_current_a),
        "vessel": recipe.vessel,
        "device": recipe.test_device,
        "sensor_range_mpa": None if sensor is None else float(sensor),
    }


def recipe_of(values: Mapping[str, Any]) -> Recipe:
    """Return the recipe of plain values."""

    def amount(one: Mapping[str, Any]) -> ChargeAmount:
        return ChargeAmount(one["type"], Decimal(repr(one["mass_mg"])))

    return Recipe(
        igniter_type=values["igniter"],
        nc=tuple(amount(one) for one in values["nc"]),
        gp=amount(values["gp"]) if values["gp"] else None,
        shell_height_mm=Decimal(repr(values["shell_mm"])),
        firing_current_a=Decimal(repr(values["current_a"])),
        vessel=values["vessel"],
        test_device=values["device"],
        sensor_range_mpa=(
            None
            if values["sensor_range_mpa"] is None
            else Decimal(repr(values["sensor_range_mpa"]))
        ),
    )

"""A stored reverse simulation, and its way into a row and back."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Connection

from mgg_kernel.errors import NotFoundError, SimulationError
from mgg_kernel.hot import reverse_simulations
from mgg_kernel.hot.reverse_simulations import ReverseDocument, ReverseSummary
from mgg_kernel.recipe import Recipe
from mgg_kernel.reverse import Candidate, Reverse, Target
from mgg_kernel.reverse.candidate import plain_recipe, recipe_of
from mgg_kernel.simulation import Model
from mgg_kernel.simulation.shot import nominal_body

__all__ = [
    "MAX_TITLE_LENGTH",
    "StoredReverse",
    "document_of",
    "known_volumes",
    "read_stored",
    "title_of",
]

MAX_TITLE_LENGTH = 200
WORDS = {
    "peak_pressure_mpa": "peak {:g} MPa",
    "peak_time_ms": "peak time {:g} ms",
    "ignition_time_ms": "ignition time {:g} ms",
}


@dataclass(frozen=True)
class StoredReverse:
    """A stored reverse simulation.

    Attributes:
        summary: what it is called, who made it, and with which version of the model.
        reverse: what was wanted and what was found.
        tested: the recipes that had been fired when it ran.
    """

    summary: ReverseSummary
    reverse: Reverse
    tested: tuple[Recipe, ...]

    @property
    def id(self) -> int:
        """The reverse simulation's id."""
        return self.summary.id

    def candidate(self, rank: int) -> Candidate:
        """Return the candidate of a rank, 1 being the best.

        Raises:
            NotFoundError: there is none of that rank.
        """
        for one in self.reverse.candidates:
            if one.rank == rank:
                return one
        count = len(self.reverse.candidates)
        advice = f"choose one of 1 to {count}" if count else "it found none"
        raise NotFoundError(
            f"Reverse simulation {self.id} has no candidate of rank {rank}; {advice}."
        )


def known_volumes(recipes: Sequence[Recipe], model: Model) -> list[Recipe]:
    """Return the recipes in vessels whose volume the model can know; others tell a search nothing.

    Without this one shot in an odd vessel would stop all searches of a team.
    """
    kept = []
    for recipe in recipes:
        with suppress(SimulationError):
            nominal_body(recipe, model, [])
            kept.append(recipe)
    return kept


def document_of(result: Reverse, tested: Sequence[Recipe]) -> ReverseDocument:
    """Return everything of a reverse simulation that is stored."""
    outcome = result.plain()
    return ReverseDocument(
        target=outcome.pop("target"),
        constraints=outcome.pop("constraints"),
        candidates=outcome.pop("candidates"),
        tested=[plain_recipe(one) for one in tested],
        outcome=outcome,
    )


def read_stored(connection: Connection, reverse_id: int) -> StoredReverse:
    """Return a stored reverse simulation.

    Raises:
        NotFoundError: there is none of that id, or this user may not see it.
        ReverseError: the row is none of a reverse simulation.
    """
    summary = reverse_simulations.get_reverse(connection, reverse_id)
    document = reverse_simulations.get_document(connection, reverse_id)
    found = Reverse.from_plain(
        {
            **document.outcome,
            "target": document.target,
            "constraints": document.constraints,
            "candidates": document.candidates,
        }
    )
    return StoredReverse(summary, found, tuple(recipe_of(one) for one in document.tested))


def title_of(target: Target) -> str:
    """Return what is wanted, in a few words."""
    if target.corridor is not None:
        return f"corridor {target.corridor.name}"[:MAX_TITLE_LENGTH]
    if target.curve is not None:
        peak = target.curve.peak
        return f"curve with a peak of {peak.pressure_mpa:.4g} MPa at {peak.time_ms:.4g} ms"
    return ", ".join(WORDS[name].format(value) for name, value in target.read_outs.items())

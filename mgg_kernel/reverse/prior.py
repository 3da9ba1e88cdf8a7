"""What a lab has fired before, as a preference among recipes that would all give the curve.

Two numbers do not tell a recipe: many combinations of types meet the same peak at the same time,
and of two charges only the sum is well told.  What decides then is what designers decide by: the
combinations and the proportions that were fired before, most of all in the same surroundings.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation import Model
from mgg_kernel.simulation.shot import nominal_body

__all__ = ["Tested", "charges_of"]

Floats = NDArray[np.float64]
Types = tuple[tuple[str, str], ...]

ELSEWHERE = 0.5
"""What is left of a tested recipe's weight for each of its surroundings that is another one."""
MASS_SPREAD = 0.2
"""Over which ratio of masses (of the logarithm) recipes are alike."""
UNTESTED = 0.1
"""How much the types by themselves count against whole recipes that were tested."""
NEVER_TESTED = 0.002
"""Of the weight of a type that no recipe had."""


def charges_of(recipe: Recipe) -> tuple[Types, Floats]:
    """Return kind and code of each charge, NC before GP, and their masses [mg]."""
    named = [("NC", amount) for amount in recipe.nc]
    named += [("GP", recipe.gp)] if recipe.gp else []
    types = tuple((kind, amount.type_code) for kind, amount in named)
    return types, np.array([float(amount.mass_mg) for _, amount in named])


@dataclass(frozen=True)
class _Seen:
    """The tested recipes as seen from certain surroundings.

    Args:
        weights: shape (recipes,), from 0 to 1.
        share: of each type, how much of the weight of all charges it has.
        weight: of all recipes together.
    """

    weights: Floats
    share: dict[tuple[str, str], float]
    weight: float


class Tested:
    """The recipes that a lab has fired, each as often as it is a product of its own.

    Args:
        recipes: what was fired.
        model: knows the volumes of vessels; masses in other vessels are compared per volume.

    Raises:
        SimulationError: the volume of a vessel cannot be known.
    """

    def __init__(self, recipes: Iterable[Recipe], model: Model) -> None:
        self.recipes: Sequence[Recipe] = tuple(recipes)
        self._model = model
        found = [charges_of(recipe) for recipe in self.recipes]
        self._types = [types for types, _ in found]
        self._ln_density = [
            np.log(masses / self._volume_ml(recipe))
            for recipe, (_, masses) in zip(self.recipes, found, strict=True)
        ]
        self._views: dict[tuple[object, ...], _Seen] = {}

    def log_familiarity(self, like: Recipe, masses_mg: Floats) -> Floats:
        """Return how much recipes are like tested ones, as logarithms; larger is more alike.

        e to this power counts the tested recipes of the same types: each by its surroundings
        (half for each of vessel, igniter, shell, current and device that is another one) and by
        its masses (half where they are off by a factor of 1.33).  A little is added for types that
        were fired, though not together.

        Args:
            like: a recipe with the surroundings and the types.
            masses_mg: shape (n, charges), n choices of its masses, NC before GP [mg].

        Returns:
            shape (n,); all 0 where nothing was tested.
        """
        if not self.recipes:
            return np.zeros(len(masses_mg))
        seen = self._seen_from(like)
        types, _ = charges_of(like)
        found = np.zeros(len(masses_mg))
        wanted = np.log(masses_mg / self._volume_ml(like))
        for weight, tested, ln_density in zip(
            seen.weights, self._types, self._ln_density, strict=True
        ):
            if tested == types:
                apart = ((wanted - ln_density) ** 2).sum(axis=1) / MASS_SPREAD**2
                found += weight / (1 + 0.5 * apart)
        by_types = np.prod([seen.share.get(one, 0.0) + NEVER_TESTED for one in types])
        logarithms: Floats = np.log(found + UNTESTED * seen.weight * by_types)
        return logarithms

    def proportions(self, like: Recipe, most: int) -> list[tuple[float, ...]]:
        """Return in which proportions the types of a recipe were fired, the most alike first.

        Args:
            like: a recipe with the surroundings and the types.
            most: at most so many, all different.
        """
        types, _ = charges_of(like)
        weights = self._seen_from(like).weights if self.recipes else np.zeros(0)
        order = np.argsort(-weights, kind="stable").tolist()
        found = dict.fromkeys(
            tuple(np.round(shares, 2).tolist())
            for i in order
            if self._types[i] == types
            for shares in [np.exp(self._ln_density[i]) / np.exp(self._ln_density[i]).sum()]
        )
        return list(found)[:most]

    def nearest(self, recipe: Recipe) -> tuple[int, float] | None:
        """Return which tested recipe is most alike, and how far its masses are off, or None.

        Args:
            recipe: any; only recipes of the same types are alike at all.

        Returns:
            The index among :attr:`recipes`, and the greatest ratio of a mass per volume to that of
            the other recipe, less 1.
        """
        types, masses = charges_of(recipe)
        wanted = np.log(masses / self._volume_ml(recipe))
        best: tuple[float, int, float] | None = None
        for at, weight in enumerate(self._seen_from(recipe).weights if self.recipes else ()):
            if self._types[at] != types:
                continue
            off = wanted - self._ln_density[at]
            alike = float(weight / (1 + 0.5 * (off**2).sum() / MASS_SPREAD**2))
            if best is None or alike > best[0]:
                best = alike, at, float(np.expm1(np.abs(off).max()))
        return best and best[1:]

    def _seen_from(self, like: Recipe) -> _Seen:
        here = _surroundings(like)
        if here not in self._views:
            weights = np.array(
                [
                    ELSEWHERE ** sum(a != b for a, b in zip(here, _surroundings(one), strict=True))
                    for one in self.recipes
                ]
            )
            share: dict[tuple[str, str], float] = {}
            for weight, types in zip(weights.tolist(), self._types, strict=True):
                for one in types:
                    share[one] = share.get(one, 0.0) + weight
            whole = sum(share.values())
            self._views[here] = _Seen(
                weights, {one: part / whole for one, part in share.items()}, float(weights.sum())
            )
        return self._views[here]

    def _volume_ml(self, recipe: Recipe) -> float:
        return nominal_body(recipe, self._model, []).volume_ml


def _surroundings(recipe: Recipe) -> tuple[object, ...]:
    return (
        recipe.vessel,
        recipe.igniter_type,
        recipe.shell_height_mm,
        recipe.firing_current_a,
        recipe.test_device,
    )

"""What single products with a measured curve differed by from their recipe, and whom that tells of.

A curve tells much more than three numbers: how fast this lot burnt, how strong its igniters were.
Part of that is chance; part is common to recipes that are alike, since all of them miss the same
piece of physics.  The differences are a Gaussian process over recipes: a product's own chance, and
a part shared with recipes of the same charge types, falling with the ratio of their masses and
with each of vessel, igniter and test device that is another one.
"""

from collections.abc import Mapping, Sequence
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation.parameters import LotEntry

__all__ = ["LOT_KINDS", "lot_of", "lot_weights", "own_weights"]

Floats = NDArray[np.float64]

LOT_KINDS = {"rate": "lot.rate", "energy": "lot.energy", "gain": "lot.gain", "loss": "lot.loss"}
"""The coordinates that lots differ in, and the parameters for each."""


def lot_of(product: str, recipe: Recipe) -> LotEntry:
    """Return what a product of this recipe is remembered by."""
    charges = [(f"NC {amount.type_code}", float(amount.mass_mg)) for amount in recipe.nc]
    if recipe.gp:
        charges.append((f"GP {recipe.gp.type_code}", float(recipe.gp.mass_mg)))
    return LotEntry(
        product=product,
        igniter=recipe.igniter_type,
        vessel=recipe.vessel,
        device=recipe.test_device,
        masses_mg=dict(charges),
    )


def lot_weights(
    recipe: Recipe, lots: Sequence[LotEntry], structure: Mapping[str, float]
) -> list[tuple[str, float]]:
    """Return how a recipe's expected difference is made of the standardised ones of lots.

    Args:
        recipe: any recipe.
        lots: the lots that were measured.
        structure: with ``lot.shared``, ``lot.length`` and ``lot.elsewhere``.
    """
    mine = lot_of("?", recipe)
    likeness = np.array([structure["lot.shared"] * _likeness(mine, lot, structure) for lot in lots])
    if not likeness.any():
        return []
    weights = np.linalg.solve(_factor(lots, structure), likeness)
    return [(lot.product, float(w)) for lot, w in zip(lots, weights, strict=True) if w]


def own_weights(
    product: str, lots: Sequence[LotEntry], structure: Mapping[str, float]
) -> list[tuple[str, float]]:
    """Return how the difference of one of the lots is made of the standardised ones."""
    at = [lot.product for lot in lots].index(product)
    row = _factor(lots, structure)[at]
    return [(lot.product, float(w)) for lot, w in zip(lots, row, strict=True) if w]


def _factor(lots: Sequence[LotEntry], structure: Mapping[str, float]) -> Floats:
    """Return the lower triangle F with the covariance F·Fᵀ of the lots' differences."""
    shared = structure["lot.shared"]
    covariance = np.array([[shared * _likeness(a, b, structure) for b in lots] for a in lots])
    np.fill_diagonal(covariance, 1.0)
    return np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)


def _likeness(a: LotEntry, b: LotEntry, structure: Mapping[str, float]) -> float:
    if a.masses_mg.keys() != b.masses_mg.keys():
        return 0.0
    apart = sum(log(a.masses_mg[kind] / b.masses_mg[kind]) ** 2 for kind in a.masses_mg)
    others = (a.igniter != b.igniter) + (a.vessel != b.vessel) + (a.device != b.device)
    return exp(-0.5 * apart / structure["lot.length"] ** 2) * structure["lot.elsewhere"] ** others

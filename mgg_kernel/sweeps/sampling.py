"""Designs that fill a space with few recipes: Latin hypercube and Sobol's sequence.

Sources: M. D. McKay, R. J. Beckman, W. J. Conover, Technometrics 21 (1979) 239; I. M. Sobol',
USSR Comput. Math. Math. Phys. 7 (1967) 86; A. B. Owen, ACM Trans. Model. Comput. Simul. 8 (1998)
71 (scrambling).  The points are those of ``scipy.stats.qmc``.
"""

from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.errors import RecipeError
from mgg_kernel.recipe import Recipe
from mgg_kernel.sweeps.space import RecipeSpace, full_grid

__all__ = ["latin_hypercube", "sobol"]

MOST_SAMPLES = 2**20
MOST_BLOCKS = 64
"""So many times points are drawn anew in place of those that made a recipe once more."""


class _Engine(Protocol):
    def random(self, n: int) -> NDArray[np.float64]: ...


def latin_hypercube(space: RecipeSpace, samples: int, *, seed: int = 0) -> list[Recipe]:
    """Draw recipes so that each axis is covered evenly, whatever the others do.

    Args:
        space: what to choose from.
        samples: how many, at most 1,048,576.  Where the space has no more, all of it is returned;
            where nearly all is asked for, some may be missing.
        seed: the same seed draws the same recipes.

    Raises:
        RecipeError: the number of samples is out of range.
    """
    return _drawn(space, samples, "lhs", seed)


def sobol(space: RecipeSpace, samples: int, *, seed: int = 0) -> list[Recipe]:
    """Draw recipes from Sobol's sequence, scrambled, which also covers pairs of axes evenly.

    Powers of two are covered best.  For the arguments see :func:`latin_hypercube`.

    Raises:
        RecipeError: the number of samples is out of range.
    """
    return _drawn(space, samples, "sobol", seed)


def _drawn(
    space: RecipeSpace, samples: int, design: Literal["lhs", "sobol"], seed: int
) -> list[Recipe]:
    if not 1 <= samples <= MOST_SAMPLES:
        raise RecipeError(f"A design has 1 to {MOST_SAMPLES:,} samples, but {samples} are wanted.")
    if seed < 0:
        raise RecipeError(f"A seed is a whole number from 0 on, but {seed} is given.")
    if space.size <= samples:
        return list(full_grid(space))
    counts = np.array([len(axis) for axis in space.axes])
    free = np.flatnonzero(counts > 1)
    engine = _engine(design, free.size, seed)
    # Sobol's sequence is only balanced in blocks of a power of two.
    block = samples if design == "lhs" else 1 << (samples - 1).bit_length()
    found: dict[Recipe, None] = {}
    for _ in range(MOST_BLOCKS):
        cells = np.zeros((block, counts.size), dtype=np.int64)
        cells[:, free] = np.minimum(engine.random(block) * counts[free], counts[free] - 1)
        for row in cells.tolist():
            recipe = space.recipe([axis[i] for axis, i in zip(space.axes, row, strict=True)])
            if recipe is not None:
                found[recipe] = None
            if len(found) == samples:
                return list(found)
    return list(found)


def _engine(design: Literal["lhs", "sobol"], dimensions: int, seed: int) -> _Engine:
    from scipy.stats import qmc

    random = np.random.default_rng(seed)
    if design == "lhs":
        engine: _Engine = qmc.LatinHypercube(dimensions, rng=random)
    else:
        engine = qmc.Sobol(dimensions, bits=60, rng=random)
    return engine

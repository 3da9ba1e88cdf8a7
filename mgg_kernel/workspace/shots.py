"""Shots that are looked at together: which they are, and their curves."""

from collections.abc import Sequence
from dataclasses import dataclass

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import LotError, NotFoundError
from mgg_kernel.hot.samples import read_test_curve
from mgg_kernel.hot.shots import Shot, shots_by_ids, shots_of_recipe, shots_of_work_order
from mgg_kernel.recipe import Recipe
from mgg_kernel.workspace.office import Office

__all__ = ["Series", "read_series"]


@dataclass(frozen=True)
class Series:
    """Stored tests and their curves."""

    shots: tuple[Shot, ...]
    curves: tuple[PTCurve, ...]

    @property
    def names(self) -> list[str]:
        """What each is called: its name and id, since several may have one name."""
        return [f"{shot.name} ({shot.id})" for shot in self.shots]

    @property
    def lots(self) -> list[str]:
        """The lot of each: the work order that it was fired for."""
        return [shot.work_order or "no work order" for shot in self.shots]


def read_series(
    office: Office,
    *,
    recipe: Recipe | None,
    work_order: str | Sequence[str] | None,
    ids: Sequence[int] | None,
) -> Series:
    """Return the tests of a recipe, of work orders, or of ids.

    Raises:
        LotError: not just one of the three is given, or a test stands there twice.
        NotFoundError: there is no such test or work order, or no test of it.
    """
    if sum(one is not None for one in (recipe, work_order, ids)) != 1:
        raise LotError("Shots are those of a recipe, of a work order, or of ids; give one of them.")
    orders = [work_order] if isinstance(work_order, str) else list(work_order or ())
    wanted = [int(one) for one in ids or ()]
    _check_once(orders, "work order")
    _check_once(wanted, "test")
    with office.transaction() as connection:
        if recipe is not None:
            found = shots_of_recipe(connection, recipe)
        elif ids is not None:
            found = shots_by_ids(connection, wanted)
        else:
            found = [shot for one in orders for shot in shots_of_work_order(connection, one)]
        if not found:
            of = str(recipe) if recipe else ", ".join(orders) or "this list"
            raise NotFoundError(f"There is no test of {of}; 'mgg tests' lists what there is.")
        curves = tuple(read_test_curve(connection, shot.id) for shot in found)
    return Series(tuple(found), curves)


def _check_once(given: Sequence[object], what: str) -> None:
    """Refuse what is given twice: one shot that counts twice would make the spread too small."""
    seen: set[object] = set()
    for one in given:
        if one in seen:
            raise LotError(f"The {what} {one} is given more than once; give it once.")
        seen.add(one)

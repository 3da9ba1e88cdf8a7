"""Reverse simulation of products that the model never saw, in a lab whose truth is known.

`scripts/validate_reverse.py` does the same on a lab's own data; docs/reverse.md shows its tables.
"""

import numpy as np
import pytest

from mgg_kernel.calibration import Observation
from mgg_kernel.calibration.made_up import made_up_lab
from mgg_kernel.calibration.without import Without, models_without
from mgg_kernel.recipe import Recipe
from mgg_kernel.reverse import Constraints, Reverse, Target, reverse
from mgg_kernel.reverse.prior import charges_of

ROWS = range(8, 24)


@pytest.fixture(scope="module")
def products() -> tuple[Observation, ...]:
    return made_up_lab(28, curves=0, typing_errors=False).observations


@pytest.fixture(scope="module")
def without(products: tuple[Observation, ...]) -> list[Without]:
    return list(models_without(products, rows=ROWS))


def found(
    products: tuple[Observation, ...], one: Without, *, like: Recipe | None = None, count: int = 20
) -> Reverse:
    """Search for what a left-out product showed; among the types of `like` only, if given."""
    product = products[one.row]
    place = product.recipe
    types = [] if like is None else charges_of(like)[0]
    target = Target(peak_pressure_mpa=product.peak_pressure_mpa, peak_time_ms=product.peak_time_ms)
    constraints = Constraints(
        igniters=(place.igniter_type,),
        vessel=place.vessel,
        shell_mm=str(place.shell_height_mm),
        current_a=str(place.firing_current_a),
        device=place.test_device,
        nc_types=None if like is None else tuple(code for kind, code in types if kind == "NC"),
        gp_types=None if like is None else tuple(code for kind, code in types if kind == "GP"),
    )
    tested = [other.recipe for i, other in enumerate(products) if i != one.row]
    return reverse(target, constraints, one.model, tested=tested, count=count)


def test_amounts_of_products_never_seen(
    products: tuple[Observation, ...], without: list[Without]
) -> None:
    single, both = [], []
    for one in without:
        recipe = products[one.row].recipe
        types, masses = charges_of(recipe)
        outcome = found(products, one, like=recipe)
        (mine,) = [c.recipe for c in outcome.candidates if charges_of(c.recipe)[0] == types]
        error = abs(charges_of(mine)[1].sum() / masses.sum() - 1)
        (single if len(types) == 1 else both).append(error)
    assert len(single) >= 5
    assert len(both) >= 5
    # The lots of this lab differ by 1 % in peak pressure; a model of 27 products adds as much.
    assert np.median(single) < 0.02
    assert np.max(single) < 0.05
    assert np.median(both) < 0.03


def test_types_of_products_never_seen(
    products: tuple[Observation, ...], without: list[Without]
) -> None:
    ranks = []
    for one in without[::2]:
        types, _ = charges_of(products[one.row].recipe)
        outcome = found(products, one)
        assert outcome.combinations == 14  # 3 NC and 2 GP: 5 single, 3 of two NC, 6 of NC and GP
        order = [charges_of(c.recipe)[0] for c in outcome.candidates]
        ranks.append(1 + (order.index(types) if types in order else len(order)))
    # Five of fourteen by chance would be 36 %.
    assert np.mean(np.array(ranks) <= 5) >= 0.8


def test_what_is_told_of_a_candidate_is_the_confidence(
    products: tuple[Observation, ...], without: list[Without]
) -> None:
    outcome = found(products, without[0], like=products[without[0].row].recipe)
    best = outcome.candidates[0]
    assert best.confidence is not None
    each = [best.probabilities[name] for name in ("peak_pressure_mpa", "peak_time_ms")]
    assert best.confidence == pytest.approx(each[0] * each[1] / 100, abs=0.02)
    low, high = best.interval["peak_pressure_mpa"]
    assert low < best.peak_pressure_mpa < high

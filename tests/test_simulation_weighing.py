"""Shots of other masses are the shots that would have been built with these masses."""

from dataclasses import replace

import numpy as np
import pytest
from made_up_lab import truth

from mgg_kernel.errors import SimulationError
from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation import default_model
from mgg_kernel.simulation.moving import table_of
from mgg_kernel.simulation.shot import prepare
from mgg_kernel.simulation.weighing import Weighable


def shots_of() -> list:
    place = {"shell": "20", "current": "1.1", "vessel": "9-777", "device": "R-A"}
    recipes = [
        Recipe.parse(igniter="61", nc=["Q1:1"], **place),
        Recipe.parse(igniter="X9", nc=["Q2:3", "Q3:7"], **place),
        Recipe.parse(igniter="61", nc=["Q1:5", "Q2:1"], gp="W1:2", **place),
        Recipe.parse(igniter="X9", nc=[], gp="W1:9", **place),
    ]
    fired = Recipe.parse(
        igniter="135", nc=["A:5"], gp="K:3", shell="18", current="1.2", vessel="10-892", device="T"
    )
    return [*(prepare(one, truth()) for one in recipes), prepare(fired, default_model())]


def test_every_number_is_as_if_the_shot_were_built_anew() -> None:
    shots = shots_of()
    rows = np.array([3, 0, 1, 2, 4, 0])
    masses = np.random.default_rng(3).uniform(50, 400, size=(rows.size, 3))
    weighed = Weighable(shots).weighed(rows, masses)
    built = table_of(
        [
            replace(
                shots[row],
                charges=tuple(
                    replace(charge, mass_mg=mass)
                    for charge, mass in zip(shots[row].charges, of, strict=False)
                ),
            )
            for row, of in zip(rows.tolist(), masses.tolist(), strict=True)
        ]
    )
    for name in ("shots", "counts", "charges", "laws"):
        found, wanted = getattr(weighed.packed, name), getattr(built.packed, name)
        both = np.isfinite(wanted)
        assert np.array_equal(both, np.isfinite(found)), name
        assert found[both] == pytest.approx(wanted[both], rel=1e-13, abs=1e-30), name
    assert np.array_equal(weighed.air_mpa, built.air_mpa)
    assert np.array_equal(weighed.factor, built.factor)


def test_masses_that_leave_no_room_are_refused_as_when_built() -> None:
    shots = shots_of()[:1]
    low, high = 400.0, 20000.0
    while high - low > 1e-6:
        middle = 0.5 * (low + high)
        heavier = replace(shots[0], charges=(replace(shots[0].charges[0], mass_mg=middle),))
        try:
            table_of([heavier])
            low = middle
        except SimulationError:
            high = middle
    weighable = Weighable(shots)
    weighable.weighed(np.array([0]), np.array([[low - 1e-3]]))
    with pytest.raises(SimulationError, match=r"no room in a vessel of .* mL; lower the masses\."):
        weighable.weighed(np.array([0]), np.array([[high + 1e-3]]))

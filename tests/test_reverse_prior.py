"""What was fired before, as a preference among recipes; and models that never saw one product."""

from dataclasses import replace

import numpy as np
import pytest

from mgg_kernel.calibration import calibrate
from mgg_kernel.calibration.made_up import made_up_lab
from mgg_kernel.calibration.without import eligible, models_without
from mgg_kernel.recipe import Recipe
from mgg_kernel.reverse import prior
from mgg_kernel.reverse.prior import charges_of
from mgg_kernel.simulation import default_model, simulate_many


def recipe(*nc: str, gp: str | None = None, vessel: str = "10-1", shell: str = "22") -> Recipe:
    return Recipe.parse(
        igniter="100", nc=nc, gp=gp, shell=shell, current="1.2", vessel=vessel, device="T"
    )


def familiarity(history: prior.Tested, one: Recipe) -> float:
    _, masses = charges_of(one)
    (logarithm,) = history.log_familiarity(one, masses[None]).tolist()
    return float(np.exp(logarithm))


def lab(*recipes: Recipe) -> prior.Tested:
    return prior.Tested(recipes, default_model())


def test_a_recipe_that_was_fired_counts_once_and_a_little_for_its_types() -> None:
    one = recipe("A:600")
    assert familiarity(lab(one), one) == pytest.approx(1 + 0.1 * 1.002)
    assert familiarity(lab(one, one), one) == pytest.approx(2 + 0.2 * 1.002)


def test_each_difference_of_the_surroundings_halves_it() -> None:
    here = recipe("A:600")
    shell, both = recipe("A:600", shell="24"), recipe("A:600", shell="24", vessel="10-2")
    assert familiarity(lab(shell), here) == pytest.approx(0.5 * 1.1002)
    assert familiarity(lab(both), here) == pytest.approx(0.25 * 1.1002)


def test_a_mass_a_third_off_counts_half() -> None:
    off = np.exp(0.2 * np.sqrt(2))
    told = familiarity(lab(recipe("A:600")), recipe(f"A:{600 * off:.3f}"))
    assert told == pytest.approx(0.5 + 0.1002, abs=1e-5)


def test_masses_are_compared_per_volume_of_the_vessel() -> None:
    told = familiarity(lab(recipe("A:600")), recipe("A:1200", vessel="20-1"))
    assert told == pytest.approx(0.5 * 1.1002)


def test_types_fired_apart_count_less_than_together_and_more_than_never() -> None:
    history = lab(recipe("A:600"), recipe("A:300", "B:300"), recipe("C:500"))
    together = familiarity(history, recipe("A:300", "B:300"))
    apart = familiarity(history, recipe("A:300", "C:300"))
    never = familiarity(history, recipe("A:300", "E:300"))
    assert together > 1 > apart > 10 * never > 0
    # Of four charges A is two and C one; all three recipes have the same surroundings.
    assert apart == pytest.approx(0.1 * 3 * 0.502 * 0.252)


def test_many_masses_at_once_are_each_by_itself() -> None:
    history = lab(recipe("A:300", "B:300"), recipe("A:200", "B:500"))
    like = recipe("A:1", "B:1")
    masses = np.array([[300.0, 300.0], [200.0, 500.0], [10.0, 900.0]])
    together = history.log_familiarity(like, masses)
    alone = [np.log(familiarity(history, recipe(f"A:{a}", f"B:{b}"))) for a, b in masses]
    assert together.tolist() == pytest.approx(alone, rel=1e-12)
    assert together[2] < together[:2].min()


def test_without_history_nothing_is_preferred() -> None:
    history = lab()
    assert history.log_familiarity(recipe("A:1"), np.array([[1.0], [2.0]])).tolist() == [0, 0]
    assert history.nearest(recipe("A:1")) is None


def test_the_nearest_recipe_has_the_same_types_and_the_most_alike_masses() -> None:
    history = lab(recipe("A:600"), recipe("A:650"), recipe("B:640"), recipe("A:640", shell="24"))
    # 640 mg in another shell counts half, 650 mg in the same shell nearly whole.
    at, off = history.nearest(recipe("A:640")) or (-1, -1.0)
    assert at == 1
    assert off == pytest.approx(650 / 640 - 1)
    assert history.nearest(recipe("A:640", "B:1")) is None
    assert history.nearest(recipe(gp="A:640")) is None


def test_a_model_without_a_product_is_that_of_a_lab_without_it() -> None:
    made_up = made_up_lab(16, curves=2, typing_errors=False)
    observations = list(made_up.observations)
    row = 1  # a product with a curve of its own
    (found,) = models_without(observations, made_up.curves, rows=[row])
    others = [one for i, one in enumerate(observations) if i != row]
    kept = [one for one in made_up.curves if one.product != observations[row].product]
    alone = calibrate(others, kept).model
    recipes = [one.recipe for one in observations]
    read = [
        [
            (one.features.peak_pressure_mpa, one.features.peak_time_ms, one.expected_ignition_ms)
            for one in simulate_many(recipes, model, intervals=False)
        ]
        for model in (found.model, alone)
    ]
    assert np.abs(np.log(np.array(read[0]) / np.array(read[1]))).max() < 0.005
    known = found.model.document.calibration
    assert known is not None
    of_lab = alone.document.calibration
    assert of_lab is not None
    assert known.seen == of_lab.seen
    assert known.data_fingerprint == of_lab.data_fingerprint
    assert [one.product for one in found.left_out] == [observations[row].product] * 3


def test_what_was_measured_of_the_product_does_not_reach_its_model() -> None:
    made_up = made_up_lab(12, curves=0, typing_errors=False)
    row = 4
    one = made_up.observations[row]
    assert one.peak_pressure_mpa is not None
    wrong = list(made_up.observations)
    wrong[row] = replace(one, peak_pressure_mpa=1.5 * one.peak_pressure_mpa)
    peaks = []
    for observations in (made_up.observations, wrong):
        (found,) = models_without(observations, rows=[row])
        peaks.append(simulate_many([one.recipe], found.model)[0].features.peak_pressure_mpa)
    # What is left is where the steps of the fit stop.
    assert peaks[1] == pytest.approx(peaks[0], rel=0.005)


def test_products_count_if_their_types_occur_in_two_others() -> None:
    observations = made_up_lab(12, curves=0).observations
    alone = replace(observations[0], recipe=recipe("NEW:500"), product="alone")
    assert eligible([*observations, alone]) == eligible(observations)
    twice = [replace(alone, product=f"{i}") for i in range(2)]
    thrice = [*twice, alone]
    assert eligible(twice) == []
    assert eligible(thrice) == [0, 1, 2]

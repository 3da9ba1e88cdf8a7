"""The made-up lab: always the same, as odd as a real one, and its truth comes out."""

import numpy as np
import pytest

from mgg_kernel.calibration import STRUCTURE, Calibration, calibrate
from mgg_kernel.calibration.made_up import TRUTH, MadeUpLab, made_up_lab
from mgg_kernel.calibration.observations import fingerprint, types_of
from mgg_kernel.simulation import simulate_many
from mgg_kernel.simulation.coordinates import kind_of


@pytest.fixture(scope="module")
def lab() -> MadeUpLab:
    return made_up_lab()


@pytest.fixture(scope="module")
def found(lab: MadeUpLab) -> Calibration:
    return calibrate(lab.observations, lab.curves)


def test_it_is_the_same_every_time(lab: MadeUpLab) -> None:
    again, other = made_up_lab(), made_up_lab(seed=2)
    first = fingerprint(lab.observations, lab.curves)
    assert fingerprint(again.observations, again.curves) == first
    assert fingerprint(other.observations, other.curves) != first


def test_every_type_vessel_and_device_occurs_often_enough_to_be_scored(lab: MadeUpLab) -> None:
    recipes = [one.recipe for one in lab.observations]
    assert len(recipes) == 30
    for codes, kinds in (
        ([kind for recipe in recipes for kind in types_of(recipe)], 5),
        ([recipe.vessel for recipe in recipes], 3),
        ([recipe.test_device for recipe in recipes], 2),
    ):
        counts = {code: codes.count(code) for code in codes}
        assert len(counts) == kinds
        assert min(counts.values()) >= 3


def test_every_truth_is_a_parameter_that_a_calibration_fits() -> None:
    assert {kind_of(name) for name in TRUTH} <= STRUCTURE.keys()
    for name, value in TRUTH.items():
        assert abs(value) < 3 * STRUCTURE[kind_of(name)], f"{name} is hardly believable"


def test_curves_agree_with_the_read_outs_of_their_products(lab: MadeUpLab) -> None:
    by_product = {one.product: one for one in lab.observations}
    assert len(lab.curves) == 3
    for each in lab.curves:
        one = by_product[each.product]
        assert one.peak_pressure_mpa == pytest.approx(each.curve.peak.pressure_mpa, rel=0.02)
        ignition = each.curve.features().ignition_time_ms
        assert ignition == pytest.approx(one.ignition_time_ms, abs=0.3)


def test_without_its_typing_errors_it_is_the_same_lab(lab: MadeUpLab) -> None:
    right = made_up_lab(typing_errors=False)
    assert right.typing_errors == ()
    differ = [
        mine.product
        for mine, theirs in zip(lab.observations, right.observations, strict=True)
        if mine != theirs
    ]
    assert differ == [error.product for error in lab.typing_errors]
    mass, time = lab.typing_errors
    (charge,) = next(o for o in right.observations if o.product == mass.product).recipe.nc
    assert (mass.quantity, float(charge.mass_mg)) == ("mass_mg", mass.true)
    one = next(o for o in right.observations if o.product == time.product)
    assert (time.quantity, one.peak_time_ms) == ("peak_time_ms", time.true)


def test_a_small_lab_has_no_more_than_it_can_hold() -> None:
    small = made_up_lab(6, curves=9)
    assert (len(small.observations), len(small.curves), small.typing_errors) == (6, 6, ())


def test_both_typing_errors_are_found_and_nothing_right_is_accused(
    lab: MadeUpLab, found: Calibration
) -> None:
    accused = {one.product for one in found.suspicious}
    assert accused == {error.product for error in lab.typing_errors}


def test_the_truth_lies_in_the_intervals_of_the_parameters(found: Calibration) -> None:
    entry = found.model.document.calibration
    assert entry is not None
    away = []
    for name, value, row in zip(entry.parameters, entry.values, entry.factor, strict=True):
        if not name.startswith(("lot.", "curve.")):
            true = TRUTH.get(name, 0.0) / entry.structure[kind_of(name)]
            away.append(abs(value - true) / float(np.sqrt(np.square(row).sum())))
    assert np.mean(np.array(away) < 1.645) > 0.85
    assert max(away) < 3


def test_the_mass_that_was_fired_is_told(lab: MadeUpLab, found: Calibration) -> None:
    error = lab.typing_errors[0]
    right = made_up_lab(typing_errors=False)
    one = next(o for o in right.observations if o.product == error.product)
    (shot,) = simulate_many([one.recipe], found.model)
    assert one.peak_pressure_mpa is not None
    assert shot.features.peak_pressure_mpa == pytest.approx(one.peak_pressure_mpa, rel=0.03)
    assert shot.intervals is not None
    assert shot.intervals.high_mpa.max() <= shot.intervals.peak_pressure_mpa.high

"""From a recipe to a simulated curve, with the warnings that an engineer should see."""

import json
import subprocess
import sys

import numpy as np
import pytest

from mgg_kernel.errors import SimulationError
from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation import Model, default_model, simulate

TYPICAL = {
    "igniter": "135",
    "nc": ["B:775"],
    "shell": "22",
    "current": "1.2",
    "vessel": "10-892",
    "device": "Y-H",
}


def recipe(**other: object) -> Recipe:
    return Recipe.parse(**(TYPICAL | other))  # type: ignore[arg-type]


def model_with(change) -> Model:
    plain = json.loads(default_model().to_json())
    change(plain)
    return Model.from_json(json.dumps(plain))


def test_the_default_curve_looks_like_a_real_one():
    result = simulate(recipe(), default_model())
    curve, features = result.curve, result.features
    assert result.warnings == ()
    assert result.recipe == recipe()
    assert result.model_name == default_model().name
    assert result.model_fingerprint == default_model().fingerprint
    assert features == curve.features()
    assert curve.time_ms.tolist() == [round(i * 0.01, 10) for i in range(4000)]
    assert curve.pressure_mpa[:60] == pytest.approx(0, abs=1e-9)
    assert 0.6 <= features.ignition_time_ms <= 0.7
    assert 6 < curve.resample([1.1, 1.2]).pressure_mpa[0] < 10
    assert 50 < features.peak_pressure_mpa < 70
    assert 5 < features.peak_time_ms < 15
    assert 0.75 < curve.resample([37, 38]).pressure_mpa[1] / features.peak_pressure_mpa < 0.9
    top = int(np.argmax(curve.pressure_mpa))
    assert (np.diff(curve.pressure_mpa[65 : top + 1]) > 0).all()
    assert (np.diff(curve.pressure_mpa[top:]) < 0).all()


def test_the_same_recipe_gives_the_same_curve_to_the_last_bit():
    shot = recipe(nc=["B:400", "A:100"], gp="D:300")
    assert simulate(shot, default_model()).curve == simulate(shot, default_model()).curve


def test_every_charge_counts():
    peaks = [
        simulate(shot, default_model()).features.peak_pressure_mpa
        for shot in (recipe(), recipe(nc=["B:775", "A:100"]), recipe(gp="K:100"))
    ]
    assert peaks[1] > peaks[0] + 5
    assert peaks[2] > peaks[0] + 2


def test_a_bigger_vessel_and_a_higher_shell_lower_the_peak():
    def peak(**other):
        return simulate(recipe(**other), default_model()).features.peak_pressure_mpa

    assert peak(vessel="11.5-6056") < peak() < peak(vessel="8-1082")
    assert peak(shell="31.4") < peak() < peak(shell="17.8")


def test_the_shell_counts_only_if_the_model_says_so():
    model = model_with(lambda plain: plain["shell"].update(free_area_cm2=0))
    low, high = (simulate(recipe(shell=height), model).curve for height in ("17.8", "34"))
    assert low == high


def test_the_firing_current_scales_the_delay_if_the_model_says_so():
    model = model_with(lambda plain: plain["firing_current"].update(delay_exponent=2))
    delay = default_model().document.igniters.types["135"].delay_ms
    ignition = {
        current: simulate(recipe(current=current), model).features.ignition_time_ms
        for current in ("1.2", "2.4")
    }
    assert ignition["1.2"] - ignition["2.4"] == pytest.approx(delay * 0.75, abs=0.02)
    plain = simulate(recipe(current="2.4"), default_model()).features.ignition_time_ms
    assert plain == pytest.approx(ignition["1.2"], abs=1e-9)


def test_a_device_may_add_volume():
    added = model_with(lambda plain: plain["devices"]["Y-H"].update(added_volume_ml=2))
    assert (
        simulate(recipe(), added).features.peak_pressure_mpa
        < simulate(recipe(), default_model()).features.peak_pressure_mpa - 5
    )


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"nc": ["Z:775"]}, "NC type Z is not in the model"),
        ({"gp": "GP-3:100"}, "GP type GP-3 is not in the model"),
        ({"igniter": "85"}, "Igniter type 85 is not in the model"),
        ({"device": "J-H2(新)"}, "Test device J-H2(新) is not in the model"),
        ({"vessel": "11.5-6056"}, "its volume of 11.5 mL was read from its code"),
        ({"vessel": "27ml"}, "its volume of 27 mL was read from its code"),
        ({"vessel": "6"}, "its volume of 6 mL was read from its code"),
        ({"sensor_range": "60"}, "is above the sensor's range of 60 MPa"),
    ],
)
def test_what_the_model_does_not_know_is_a_warning(other, sentence):
    result = simulate(recipe(**other), default_model())
    assert len(result.warnings) == 1
    assert sentence in result.warnings[0]
    assert result.warnings[0].endswith(".")


def test_a_sensor_that_reaches_far_enough_is_no_warning():
    assert simulate(recipe(sensor_range="100"), default_model()).warnings == ()


def test_an_igniter_unknown_to_the_model_has_the_mass_that_its_code_tells():
    known = simulate(recipe(), default_model()).curve
    bare = model_with(lambda plain: plain["igniters"].update(types={}))
    told = simulate(recipe(), bare)
    assert told.curve == known
    assert "with a mass of 135 mg read from its code" in told.warnings[0]
    assumed = simulate(recipe(igniter="new"), bare)
    assert "with a mass of 100 mg assumed" in assumed.warnings[0]
    assert assumed.features.peak_pressure_mpa < told.features.peak_pressure_mpa


def test_a_charge_that_does_not_burn_out_is_a_warning():
    slow = model_with(lambda p: p["nc"]["types"]["B"]["propellant"].update(burn_rate_exponent=0.6))
    result = simulate(recipe(), slow)
    assert len(result.warnings) == 1
    assert "The NC charge B does not burn out within 39.99 ms: " in result.warnings[0]


def test_a_charge_that_is_not_lit_is_a_warning():
    cold = model_with(lambda p: p["nc"]["types"]["B"].update(ignition_pressure_mpa=90))
    result = simulate(recipe(), cold)
    assert result.warnings == ("The NC charge B is not lit within 39.99 ms.",)


@pytest.mark.parametrize("vessel", ["big", "V-10", "0-12", "10x"])
def test_a_vessel_of_unknown_volume_is_refused(vessel):
    with pytest.raises(SimulationError, match=f"The volume of vessel {vessel} is not known"):
        simulate(recipe(vessel=vessel), default_model())


def test_charges_that_do_not_fit_are_refused():
    with pytest.raises(SimulationError, match="leave no room in a vessel of"):
        simulate(recipe(nc=["B:20000"]), default_model())


def test_importing_the_simulation_does_not_load_scipy():
    code = "import sys, mgg_kernel.simulation; print('scipy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"

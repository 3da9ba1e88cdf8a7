"""Model documents: read strictly, refused with the place, the same however they are laid out."""

import json
from copy import deepcopy
from typing import Any

import pytest

from mgg_kernel.errors import SimulationError
from mgg_kernel.simulation import Model, default_model, load_model


@pytest.fixture
def plain() -> dict[str, Any]:
    """The default model as plain values, to be changed freely."""
    return json.loads(default_model().to_json())


def changed(plain: dict[str, Any], path: str, value: object) -> str:
    """Return the document as text with the value at a dotted path replaced."""
    document = deepcopy(plain)
    *parents, last = path.split(".")
    place = document
    for key in parents:
        place = place[key]
    place[last] = value
    return json.dumps(document)


def test_the_shipped_model_says_what_it_is():
    model = default_model()
    assert "not calibrated" in model.name
    assert "not calibrated" in model.document.description
    assert model.document.sources
    assert set(model.document.nc.types) == {"A", "B"}
    assert set(model.document.gp.types) == {"D", "K"}
    assert {code: entry.mass_mg for code, entry in model.document.igniters.types.items()} == {
        "135": 135,
        "60": 60,
    }
    assert model.document.vessels["10-892"].volume_ml == 10
    assert "Y-H" in model.document.devices


def test_a_model_survives_its_json():
    model = default_model()
    again = Model.from_json(model.to_json())
    assert again == model
    assert hash(again) == hash(model)
    assert again.fingerprint == model.fingerprint


def test_the_fingerprint_is_of_the_content_not_of_the_layout(plain):
    shuffled = dict(reversed(plain.items()))
    shuffled["surroundings"] = plain["surroundings"] | {"heat_transfer_w_per_m2k": 3500}
    text = json.dumps(shuffled, indent=7)
    assert '"heat_transfer_w_per_m2k": 3500,' in text  # an integer here, 3500.0 in the model
    assert Model.from_json(text).fingerprint == default_model().fingerprint


def test_another_value_is_another_fingerprint(plain):
    other = Model.from_json(changed(plain, "gp.types.D.propellant.gas_yield", 0.76))
    assert other != default_model()
    assert other.fingerprint != default_model().fingerprint


def test_a_model_is_read_from_a_file_or_from_text(tmp_path):
    text = default_model().to_json()
    file = tmp_path / "model.json"
    file.write_text(text, encoding="utf-8")
    for source in (file, str(file), text, text.encode(), b"\xef\xbb\xbf" + text.encode()):
        assert load_model(source) == default_model()


@pytest.mark.parametrize(
    "grain",
    [
        {"shape": "sphere", "diameter_mm": 1},
        {"shape": "cylinder", "diameter_mm": 1, "length_mm": 2},
        {"shape": "slab", "length_mm": 1, "width_mm": 2, "thickness_mm": 0.5},
        {
            "shape": "perforated",
            "outer_diameter_mm": 1,
            "inner_diameter_mm": 0.2,
            "length_mm": 2,
            "perforations": 1,
        },
        {"shape": "cubic", "web_mm": 1, "chi": 2, "lambda": -0.5, "mu": 0},
    ],
    ids=lambda grain: grain["shape"],
)
def test_every_shape_of_grain_can_be_written(plain, grain):
    model = Model.from_json(changed(plain, "nc.types.A.grain", grain))
    assert model.document.nc.types["A"].grain.build().shape == grain["shape"]
    assert Model.from_json(model.to_json()) == model


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("schema", "mgg-model/2", "at schema: input should be 'mgg-model/1'"),
        ("name", "", "at name: "),
        ("colour", "red", "at colour: extra inputs are not permitted"),
        ("nc.types.B.propellant.impetus_j_per_kg", "9e5", "at nc.types.B.propellant.impetus_j_p"),
        ("nc.types.B.propellant.impetus_j_per_kg", True, "at nc.types.B.propellant.impetus_j_p"),
        ("nc.types.B.propellant.impetus_j_per_kg", -1, "at nc.types.B.propellant: The impetus"),
        ("nc.types.B.propellant.impetus_j_per_kg", 10**400, "at nc.types.B.propellant"),
        ("nc.types.B.propellant.burn_rate_coefficient", 9.0, "in m/s/Pa^n"),
        ("nc.types.B.grain.outer_diameter_mm", 0.1, "at nc.types.B.grain: The hole"),
        ("nc.types.B.grain.perforations", 9, "at nc.types.B.grain: Grains with 9"),
        ("nc.types.B.grain.diameter_mm", 1, "at nc.types.B.grain.diameter_mm: extra"),
        ("nc.types.B.grain.shape", "star", "at nc.types.B.grain: "),
        ("nc.types.B.grain", {"shape": "sphere"}, "at nc.types.B.grain.diameter_mm: field req"),
        ("gp.types.K.ignition_pressure_mpa", -1, "at gp.types.K: The ignition pressure"),
        ("gp.generic", None, "at gp.generic: "),
        ("igniters.types.135.delay_ms", -0.1, "at igniters.types.135: The delay"),
        ("igniters.generic.gamma", 1, "at igniters.generic: The ratio of specific heats"),
        ("vessels.10-892.volume_ml", 0, "at vessels.10-892: The volume"),
        ("devices.Y-H", {"added_volume_ml": -1}, "at devices.Y-H.added_volume_ml: The value"),
        ("surroundings.heat_transfer_w_per_m2k", -1, "at surroundings: The heat transfer"),
        ("shell.free_area_cm2", -1, "at shell.free_area_cm2: The value"),
        ("firing_current.reference_a", 0, "at firing_current.reference_a: The value"),
    ],
)
def test_a_wrong_model_is_refused_with_the_place(plain, path, value, says):
    with pytest.raises(SimulationError) as refusal:
        Model.from_json(changed(plain, path, value))
    message = str(refusal.value)
    assert message.startswith("The model is wrong at ")
    assert says in message
    assert message.endswith(".")
    assert "\n" not in message


@pytest.mark.parametrize("path", ["nc", "nc.generic", "surroundings.wall_temperature_k", "name"])
def test_a_missing_key_is_named(plain, path):
    *parents, last = path.split(".")
    place = plain
    for key in parents:
        place = place[key]
    del place[last]
    with pytest.raises(SimulationError, match=f"wrong at {path}: field required"):
        Model.from_json(json.dumps(plain))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not a JSON document"),
        ("{", "is not a JSON document"),
        ("[" * 100_000, "is not a JSON document"),
        ('{"name": NaN}', "NaN is not a number"),
        ('{"name": "a", "name": "b"}', "the key 'name' stands twice"),
        ("[]", "wrong at its top"),
        (b"\xff\xfe\x00", "is not UTF-8"),
    ],
    ids=["empty", "cut", "deep", "nan", "twice", "list", "binary"],
)
def test_what_is_no_model_is_refused(text, says):
    with pytest.raises(SimulationError, match=says):
        Model.from_json(text)


def test_a_number_too_large_for_a_float_is_refused(plain):
    text = json.dumps(plain).replace('"volume_ml": 10.0', '"volume_ml": 1e999')
    assert "1e999" in text
    with pytest.raises(SimulationError, match=r"wrong at vessels\.10-892\.volume_ml: "):
        Model.from_json(text)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(SimulationError, match=r"none\.json cannot be read: No such file"):
        load_model(tmp_path / "none.json")
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    with pytest.raises(SimulationError, match=r"^broken\.json: The model is not a JSON document"):
        load_model(str(broken))

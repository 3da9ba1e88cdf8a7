"""The recipe: equal fields are the same recipe, and what cannot exist is refused."""

from decimal import Decimal
from typing import Any

import pytest

from mgg_kernel.errors import RecipeError
from mgg_kernel.recipe import ChargeAmount, Recipe

FIELDS: dict[str, Any] = {
    "igniter": "135",
    "nc": ["B:775"],
    "shell": "22",
    "current": "1.2",
    "vessel": "10-892",
    "device": "Y-H",
}


def parse(**changes: Any) -> Recipe:
    return Recipe.parse(**{**FIELDS, **changes})


def test_equal_fields_are_equal_however_they_are_written() -> None:
    one = parse(nc=["B:775", "A:100.0"], gp="D:1080", shell="22.0", current=" 1.20 ")
    two = parse(nc=["A:100", "B:775.000"], gp=" D :1080", shell="22", current="1.2")
    assert one == two
    assert hash(one) == hash(two)
    assert [charge.type_code for charge in one.nc] == ["A", "B"]


def test_a_float_counts_as_its_shortest_decimal() -> None:
    assert ChargeAmount("B", 1.2).mass_mg == Decimal("1.2")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"nc": ["B:776"]},
        {"nc": ["A:775"]},
        {"gp": "D:1"},
        {"shell": "23"},
        {"current": "1.75"},
        {"vessel": "8-1082"},
        {"device": "Y-M"},
        {"igniter": "60"},
        {"sensor_range": "100"},
    ],
)
def test_any_other_field_is_another_recipe(changes: dict[str, Any]) -> None:
    assert parse(**changes) != parse()


def test_a_gp_charge_alone_is_a_recipe() -> None:
    assert parse(nc=[], gp="D:1080").nc == ()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"nc": []}, "needs a charge"),
        ({"nc": ["A:1", "B:1", "C:1"]}, "at most two NC"),
        ({"nc": ["A:1", "A:2"]}, "NC type 'A' is given twice"),
        ({"nc": ["775"]}, "'775' is not a charge; write TYPE:MASS in mg"),
        ({"nc": ["B:lots"]}, "must be a number, but is 'lots'"),
        ({"nc": ["B:0"]}, "must be above 0"),
        ({"nc": ["B:-5"]}, "must be above 0"),
        ({"nc": ["B:nan"]}, "must be finite"),
        ({"nc": ["B:inf"]}, "must be finite"),
        ({"nc": ["B:1e99"]}, "below 1,000,000 mg"),
        ({"nc": ["B:0.0001"]}, "at most three decimals"),
        ({"nc": [":5"]}, "type is missing"),
        ({"vessel": " "}, "vessel is missing"),
        ({"vessel": "x" * 41}, "is not a code"),
        ({"device": "a\x00b"}, "is not a code"),
        ({"shell": ""}, "shell height must be a number"),
    ],
)
def test_what_cannot_exist_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RecipeError, match=sentence):
        parse(**changes)

"""Reading a recipe database: what is read, what is reported, and what is refused."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from factory import packed, sheet_xml, workbook_parts
from recipe_workbooks import CODES, SHORT, Sheet, recipe_workbook

from mgg_kernel.errors import IngestError
from mgg_kernel.ingest import (
    Limits,
    RecipeBook,
    RecipeRow,
    Reported,
    read_recipe_workbook,
    vessel_volume_ml,
)
from mgg_kernel.recipe import Recipe

SOUND = Recipe.parse(
    igniter="61",
    nc=["Q1:500"],
    shell="20",
    current="1.1",
    vessel="9-777",
    device="R-A",
    sensor_range="90",
)


def read(*sheets: Sheet) -> RecipeBook:
    return read_recipe_workbook(recipe_workbook(*sheets), "made up.xlsx")


def only(sheet: Sheet) -> RecipeRow:
    (row,) = read(sheet).rows
    return row


def refusal(data: bytes, **limits: Any) -> str:
    with pytest.raises(IngestError) as caught:
        read_recipe_workbook(data, "made up.xlsx", limits=Limits(**limits))
    message = str(caught.value)
    assert message.startswith("'made up.xlsx'")
    assert message.endswith(".")
    return message


def test_a_sound_row_is_read_as_it_stands() -> None:
    assert only(Sheet().add("P_1")) == RecipeRow(
        sheet="甲",
        row=5,
        cell="B5",
        product="P_1",
        recipe=SOUND,
        ignition_time_ms=0.5,
        peak_time_ms=7.25,
        peak_pressure_mpa=51.5,
        reported=(),
    )


def test_numbers_and_texts_are_the_same_codes() -> None:
    as_text = Sheet(codes={**CODES, "igniter": ("61", "X9", "222"), "shell": ("12.5", "20 mm")})
    assert only(as_text.add(27)).recipe == SOUND
    assert only(Sheet().add(27)).product == "27"
    assert only(Sheet().add("27")).product == "27"


def test_two_nc_charges_and_one_of_gp() -> None:
    recipe = only(Sheet().add("P", nc_0=None, nc_2=12.5, nc_1=480, gp_1=900)).recipe
    assert recipe is not None
    assert [str(charge) for charge in recipe.nc] == ["Q2:480", "Q3:12.5"]
    assert str(recipe.gp) == "W-2:900"
    alone = only(Sheet().add("P", nc_0=None, gp_0=900)).recipe
    assert alone is not None
    assert (alone.nc, str(alone.gp)) == ((), "W1:900")


def test_vessels_tell_their_volume() -> None:
    sheet = Sheet()
    for place in range(4):
        sheet.add(f"P{place}", **{"vessel_2": None, f"vessel_{place}": 1})
    book = read(sheet)
    assert book.reported == ()
    assert book.vessel_volumes_ml == {"4.5": 4.5, "33": 33.0, "9-777": 9.0, "12.5-888": 12.5}


@pytest.mark.parametrize(
    ("code", "volume"),
    [
        ("10-892", 10.0),
        ("11.5-6056", 11.5),
        ("27ml", 27.0),
        ("27 mL", 27.0),
        ("3.5", 3.5),
        ("0", None),
        ("ten", None),
        ("2020-10-08 00:00:00", None),
        ("-5", None),
        ("5 MPa", None),
        ("99999-1", None),
    ],
)
def test_volume_of_a_code(code: str, volume: float | None) -> None:
    assert vessel_volume_ml(code) == volume


def test_sheets_of_other_columns_and_at_other_places() -> None:
    shorter = {name: codes for name, codes in CODES.items() if name not in ("gp", "staff")}
    other = Sheet(
        name="乙",
        codes={**shorter, "igniter": (61, 75), "vessel": ("9-777", 4.5, 8)},
        titles={**SHORT, "sensor": "量程/MPa（二选一）"},
        above=3,
        left=2,
    )
    other.add("P_2", vessel_0=1, vessel_2=None)
    book = read(Sheet().add("P_1"), other)
    assert [(row.sheet, row.row, row.product, row.recipe) for row in book.rows] == [
        ("甲", 5, "P_1", SOUND),
        ("乙", 7, "P_2", SOUND),
    ]
    assert book.notes == ()


def test_a_sheet_without_sensor_ranges_leaves_them_open() -> None:
    codes = {name: value for name, value in CODES.items() if name != "sensor"}
    row = only(Sheet(codes=codes).add("P"))
    assert row.recipe is not None
    assert row.recipe.sensor_range_mpa is None
    assert row.problems == ()


def test_groups_may_stand_in_any_order() -> None:
    turned = dict(reversed(CODES.items()))
    # NC stays left of GP: one merged heading stands above both.
    order = ["averages", "device", "vessel", "nc", "gp", "igniter", "sensor", "shell", "current"]
    codes = {name: turned[name] for name in [*order, "product"]}
    row = only(Sheet(codes=codes).add("P"))
    assert (row.recipe, row.problems) == (SOUND, ())


def test_averages_in_other_units_are_turned_into_ours() -> None:
    codes = {**CODES, "averages": ("点火时间【s】", "峰值时间/us", "峰值压力 [bar]")}
    row = only(Sheet(codes=codes).add("P", averages_0=0.001, averages_1=8000, averages_2=500))
    assert (row.ignition_time_ms, row.peak_time_ms, row.peak_pressure_mpa) == (1.0, 8.0, 50.0)


def test_averages_without_a_unit_are_said_to_be_taken_as_ours() -> None:
    codes = {**CODES, "averages": ("点火时间", "峰值时间（ms）", "峰值压力（MPa）")}
    book = read(Sheet(codes=codes).add("P"))
    assert book.rows[0].ignition_time_ms == 0.5
    (note,) = book.notes
    assert "点火时间) names no unit and was read as ms" in note


def test_averages_need_no_heading_above_their_own() -> None:
    titles = {name: title for name, title in SHORT.items() if name != "averages"}
    assert only(Sheet(titles=titles).add("P")).peak_time_ms == 7.25


def test_a_recipe_is_read_without_its_averages() -> None:
    row = only(Sheet().add("P", averages_0=None, averages_1=None, averages_2=None))
    assert row.recipe == SOUND
    assert (row.ignition_time_ms, row.peak_time_ms, row.peak_pressure_mpa) == (None, None, None)
    assert len(row.problems) == 3
    codes = {name: value for name, value in CODES.items() if name != "averages"}
    row = only(Sheet(codes=codes).add("P"))
    assert row.recipe == SOUND
    assert all("the sheet has no column of the average" in problem for problem in row.problems)


CHOICES_WRONG: list[tuple[dict[str, Any], tuple[str, int, str, int], str]] = [
    ({"igniter_0": None}, ("igniter", 0, "igniter", 2), "no choice of 点火具 is marked"),
    ({"igniter_2": 1}, ("igniter", 0, "igniter", 2), "2 choices of 点火具 are marked (61, 222)"),
    ({"igniter_0": 570}, ("igniter", 0, "", 0), "it holds '570', but under 点火具 a 1 marks"),
    ({"igniter_0": 0}, ("igniter", 0, "", 0), "it holds '0', but under 点火具 a 1 marks"),
    ({"igniter_0": "√"}, ("igniter", 0, "", 0), "it holds '√', but under 点火具 a 1 marks"),
    ({"igniter_0": True}, ("igniter", 0, "", 0), "but under 点火具 a 1 marks"),
    ({"shell_1": None}, ("shell", 0, "shell", 1), "no choice of 管壳高度 is marked"),
    ({"current_1": 1}, ("current", 0, "current", 1), "2 choices of 通电条件 are marked"),
    ({"sensor_1": None}, ("sensor", 0, "sensor", 1), "no choice of 传感器量程 is marked"),
    ({"vessel_2": None}, ("vessel", 0, "vessel", 3), "no choice of 容积 is marked"),
    ({"device_0": None}, ("device", 0, "device", 1), "no choice of 测试设备 is marked"),
    ({"nc_0": None}, ("nc", 0, "gp", 1), "no charge has a mass; write the mass in mg"),
    ({"nc_1": 5, "nc_2": 6}, ("nc", 0, "nc", 2), "3 masses stand under NC类型; keep at most two"),
    ({"gp_0": 50, "gp_1": 60}, ("gp", 0, "gp", 1), "2 masses stand under GP类型; keep at most one"),
    ({"nc_0": 1}, ("nc", 0, "", 0), "it holds 1, but under NC类型 stands a mass in mg"),
    ({"nc_0": 0}, ("nc", 0, "", 0), "it holds 0, but under NC类型 stands a mass in mg"),
    ({"nc_0": -5}, ("nc", 0, "", 0), "it holds -5, but under NC类型 stands a mass in mg"),
    ({"gp_1": "约900"}, ("gp", 1, "", 0), "it holds the text '约900', but under GP类型"),
    ({"nc_0": "500"}, ("nc", 0, "", 0), "it holds the text '500', but under NC类型"),
    ({"nc_0": 1e9}, ("nc", 0, "", 0), "The mass of charge Q1 must be above 0 and below 1,000,000"),
    ({"nc_0": 1.23456}, ("nc", 0, "", 0), "has at most three decimals in mg"),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "place", "told"), CHOICES_WRONG)
def test_an_uncertain_recipe_is_reported_and_the_averages_are_kept(
    cells: dict[str, Any], place: tuple[str, int, str, int], told: str
) -> None:
    sheet = Sheet().add("fine").add("P", **cells)
    fine, row = read(sheet).rows
    assert (fine.recipe, fine.problems) == (SOUND, ())
    assert row.recipe is None
    assert (row.ignition_time_ms, row.peak_time_ms, row.peak_pressure_mpa) == (0.5, 7.25, 51.5)
    first = sheet.address(place[0], place[1], row=1)
    cell = f"{first}:{sheet.address(place[2], place[3], row=1)}" if place[2] else first
    (reported,) = row.reported
    assert (reported.sheet, reported.cell, reported.product) == ("甲", cell, "P")
    cells_word = "cells" if ":" in cell else "cell"
    assert reported.problem.startswith(f"Sheet '甲', {cells_word} {cell}: ")
    assert told in reported.problem
    assert reported.problem.endswith(".")
    assert row.problems == (reported.problem,)


AVERAGES_WRONG: list[tuple[int, Any, float | None, str]] = [
    (0, None, None, "the average 点火时间 is missing, or is a formula without a value"),
    (0, "-", None, "the average 点火时间 is the text '-' and not a number"),
    (0, "inf", None, "the average 点火时间 is the text 'inf' and not a number"),
    (0, 0, None, "the average 点火时间 is 0, but must be above 0"),
    (1, -7, None, "the average 峰值时间 is -7, but must be above 0"),
    (1, 0.5, 0.5, "the peak at 0.5 ms is not after the ignition at 0.5 ms; correct one"),
    (1, 0.2, 0.2, "the peak at 0.2 ms is not after the ignition at 0.5 ms; correct one"),
    (2, 90.001, 90.001, "90.001 MPa is above the range of the marked sensor, 90 MPa"),
    (2, 5150, None, "the average 峰值压力 is 5150 MPa, more than 1000 MPa"),
    (2, "=1/0", None, "the average 峰值压力 is missing, or is a formula without a value"),
]


@pytest.mark.parametrize(("place", "value", "read_as", "told"), AVERAGES_WRONG)
def test_an_impossible_average_is_reported_and_the_recipe_is_kept(
    place: int, value: Any, read_as: float | None, told: str
) -> None:
    sheet = Sheet().add("P", **{f"averages_{place}": value})
    row = only(sheet)
    assert row.recipe == SOUND
    assert (row.ignition_time_ms, row.peak_time_ms, row.peak_pressure_mpa)[place] == read_as
    (reported,) = row.reported
    assert reported.cell == sheet.address("averages", place)
    assert told in reported.problem


def test_a_pressure_at_the_top_of_the_range_is_possible() -> None:
    assert only(Sheet().add("P", averages_2=90)).problems == ()


def test_every_problem_of_a_row_is_reported_at_once() -> None:
    row = only(Sheet().add(None, device_0=None, igniter_1=1, nc_0="x", averages_2=None))
    told = "\n".join(row.problems)
    assert len(row.problems) == 5
    for word in ("no name", "测试设备", "点火具", "NC类型", "峰值压力"):
        assert word in told


def test_products_of_one_name_are_all_reported() -> None:
    book = read(Sheet().add(59).add("other").add("59", nc_0=600))
    first, other, second = book.rows
    assert other.problems == ()
    assert first.recipe == SOUND, "the recipe itself is certain"
    assert [one.cell for one in first.reported + second.reported] == ["B5", "B7"]
    assert "the product '59' stands in B7 too; give each row a name" in first.problems[0]
    assert "the product '59' stands in B5 too" in second.problems[0]


def test_one_name_on_two_sheets_is_two_campaigns() -> None:
    book = read(Sheet().add("P"), Sheet(name="乙").add("P"))
    assert book.reported == ()


def test_a_name_without_anything_else_is_one_problem() -> None:
    sheet = Sheet()
    sheet.rows.append({"product_0": "P"})
    row = only(sheet)
    assert row.recipe is None
    assert row.reported == (
        Reported(
            "甲",
            "B5",
            "P",
            "Sheet '甲', cell B5: the row holds only a name; fill it in or remove it.",
        ),
    )


def test_a_long_name_is_reported() -> None:
    row = only(Sheet().add("P" * 81))
    assert "has over 80 characters; shorten it" in row.problems[0]


def test_numbered_but_empty_rows_are_no_products() -> None:
    sheet = Sheet().add("P")
    sheet.rows += [{"serial_0": 2}, {"serial_0": 3, "staff_0": "L. W."}]
    assert [row.product for row in read(sheet).rows] == ["P"]


@pytest.mark.parametrize(
    ("group", "codes", "told"),
    [
        ("igniter", ("61", 61, 222), "has the code of column C, 61"),
        ("igniter", (61, None, 222), "has no code above it"),
        ("igniter", (61, "a:b", 222), "has 'a:b' above it, which is no code"),
        ("igniter", (61, "x" * 41, 222), f"has '{'x' * 41}' above it, which is no code"),
        ("shell", (20, "tall"), "has 'tall' above it, which is no 管壳高度 in mm"),
        ("current", (1.1, "1.2 V"), "has '1.2 V' above it, which is no 通电条件 in A"),
        ("vessel", (4.5, "big", "9-777", 1), "has 'big' above it, which does not tell its volume"),
        ("nc", ("Q2", "Q2", "Q3"), "has the code of column F, Q2"),
    ],
)
def test_a_column_of_no_use_matters_where_it_is_filled_in(
    group: str, codes: tuple[Any, ...], told: str
) -> None:
    free = {f"{group}_{place}": None for place in range(len(codes))}
    value = 500 if group == "nc" else 1
    sheet = Sheet(codes={**CODES, group: codes})
    sheet.add("off", **{**free, f"{group}_0": value}).add("on", **{**free, f"{group}_1": value})
    off, on = read(sheet).rows
    assert off.problems == ()
    assert on.recipe is None
    assert on.reported[0].cell == sheet.address(group, 1, row=1)
    assert f"it is filled in, but its column {told}" in on.problems[0]


def test_columns_under_other_headings_are_named_and_not_read() -> None:
    sheet = Sheet(
        codes={**CODES, "remark": (None,), "empty": (None,)},
        titles={**SHORT, "remark": "备注", "empty": "其他"},
    )
    book = read(sheet.add("P", remark_0="odd"))
    assert book.rows[0].problems == ()
    letters = sheet.address("remark").rstrip("0123456789")
    assert book.notes == (f"Sheet '甲': Column {letters} ('备注') was not read.",)


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ({"shell": "管壳高度/cm"}, "gives the unit cm, but mm is needed there"),
        ({"sensor": "传感器量程（psi）"}, "gives the unit psi, but MPa is needed there"),
        ({"nc": "NC类型（g）"}, "gives the unit g, but mg is needed there"),
        ({"current": "通电条件［mA］"}, "gives the unit mA, but A is needed there"),
        ({"device": "其他"}, "its header lacks 测试设备; add the columns"),
        ({"igniter": "其他", "vessel": "其他"}, "its header lacks 点火具, 容积; add"),
        ({"staff": "容积"}, "'容积' stands above two places"),
    ],
)
def test_an_uncertain_header_refuses_the_file(title: dict[str, str], told: str) -> None:
    message = refusal(recipe_workbook(Sheet(titles={**SHORT, **title}).add("P")))
    assert message.startswith("'made up.xlsx', sheet '甲', is refused: ")
    assert told in message


@pytest.mark.parametrize(
    ("averages", "told"),
    [
        (("点火时间（ms）", "点火时间（ms）", "峰值压力（MPa）"), "are both headed 点火时间"),
        (("点火时间（MPa）", "峰值时间（ms）", "峰值压力（MPa）"), "gives 点火时间 in MPa; write"),
        (("点火时间（ms）", "峰值时间（ms）", "峰值压力（MPa/bar）"), "in MPa and bar; write one"),
    ],
)
def test_uncertain_averages_refuse_the_file(averages: tuple[str, ...], told: str) -> None:
    assert told in refusal(recipe_workbook(Sheet(codes={**CODES, "averages": averages}).add("P")))


def test_codes_in_two_rows_refuse_the_file() -> None:
    codes = {**CODES, "vessel": (None, "33ml", "9-777", "12.5-888")}
    told = refusal(recipe_workbook(Sheet(codes=codes).add("P", vessel_2=None, vessel_0=1)))
    assert "row 4 and those below" in told
    assert "in row 5;" in told
    assert "write a code above every column, all of them in one row" in told


def test_other_sheets_are_named_and_not_read() -> None:
    notes_sheet = [["点火具", "any"], ["hello"]]
    book = read_recipe_workbook(recipe_workbook(Sheet().add("P"), notes_sheet, []), "a.xlsx")
    (note,) = book.notes
    assert "is no recipe database and was not read" in note
    message = refusal(recipe_workbook(notes_sheet))
    assert "no visible sheet has the headings of a recipe database" in message


def test_a_hidden_sheet_is_named_and_not_read(tmp_path: Path) -> None:
    path = tmp_path / "hidden.xlsx"
    path.write_bytes(recipe_workbook(Sheet().add("P"), Sheet(name="藏").add("P2")))
    book = openpyxl.load_workbook(path)
    book["藏"].sheet_state = "hidden"
    book.save(path)
    read_back = read_recipe_workbook(path.read_bytes(), path.name)
    assert [row.product for row in read_back.rows] == ["P"]
    assert read_back.notes == ("The hidden sheet '藏' was not read.",)


def test_the_pre_scan_and_the_limits_hold_here_too() -> None:
    data = recipe_workbook(Sheet().add("P"))
    assert "damaged or cut short" in refusal(data[: len(data) // 2])
    refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))
    refusal(data, file_bytes=1000)
    refusal(data, inflated_bytes=1000)
    far = sheet_xml([["点火具"]]).replace('r="A1"', 'r="XFD1048576"')
    refusal(packed(workbook_parts({"甲": far})))
    entity = '<!DOCTYPE a [<!ENTITY b "c">]>' + sheet_xml([["点火具"]])
    refusal(packed(workbook_parts({"甲": entity})))


def test_a_database_of_too_many_products_is_refused() -> None:
    sheet = Sheet()
    sheet.rows = [{"product_0": f"P{number}"} for number in range(5_001)]
    assert "more than 5,000 products; split it" in refusal(recipe_workbook(sheet))


def test_names_from_the_file_are_made_fit_to_be_shown() -> None:
    row = only(Sheet().add("P\u202e1\n2", igniter_0="x\u202ey\n"))
    assert row.product == "P1 2"
    assert "'xy'" in row.problems[0]


def test_full_width_codes_are_the_plain_ones() -> None:
    sheet = Sheet(codes={**CODES, "device": ("Ｒ-Ａ", "R-B1（旧）")})
    first, second = read(sheet.add("P").add("Q", device_0=None, device_1=1)).rows
    assert first.recipe == SOUND
    assert second.recipe is not None
    assert second.recipe.test_device == "R-B1(旧)"


def test_the_labs_own_database(lab_data: Path) -> None:
    path = lab_data / "recipe_database.xlsx"
    book = read_recipe_workbook(path.read_bytes(), path.name)
    cells = openpyxl.load_workbook(path)
    assert [row.sheet for row in book.rows].count(book.rows[0].sheet) < len(book.rows)
    assert len(book.rows) == sum(sheet.max_row - 4 for sheet in cells.worksheets)
    for row in book.rows:
        stands = [cell.value for cell in cells[row.sheet][row.row]]
        assert row.product == str(stands[1])
        assert (row.ignition_time_ms, row.peak_time_ms, row.peak_pressure_mpa) == tuple(stands[-3:])
        assert row.recipe is not None
        masses = [charge.mass_mg for charge in row.recipe.nc]
        masses += [row.recipe.gp.mass_mg] if row.recipe.gp else []
        assert sorted(masses) == sorted(Decimal(v) for v in stands[2:-3] if v not in (None, 1))

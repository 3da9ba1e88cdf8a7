"""What a file leaves open is asked once, and the answer is kept for files of its layout."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from layout_examples import SHIFTED, TIME, A, B, C, one, workbook

from mgg_kernel.cli import main
from mgg_kernel.errors import IngestError
from mgg_kernel.ingest import ImportChoice, ImportProfile, read_workbook

UNNAMED = [["X_Value", "CH1", "CH2"]]


def refusal(data: bytes, **answers: Any) -> str:
    with pytest.raises(IngestError) as caught:
        read_workbook(data, "shot.xlsx", choice=ImportChoice(**answers))
    message = str(caught.value)
    assert message.startswith("'shot.xlsx'")
    assert message.endswith(".")
    assert message.count(". ") == 0, "one sentence"
    return message


def test_units_alone_are_enough_where_the_names_are_certain() -> None:
    data = one([["Time", "Pressure"]], TIME, A)
    choice = ImportChoice(time_unit="毫秒", pressure_unit="kPa")
    assert (choice.time_unit, choice.pressure_unit) == ("ms", "kPa")
    (read,) = read_workbook(data, "x.xlsx", choice=choice)
    assert np.array_equal(read.curve.pressure_mpa, np.array(A) * 1e-3)
    assert (read.time_unit, read.pressure_unit) == ("ms", "kPa")
    assert "which is time, which is pressure" not in refusal(data, time_unit="ms")
    assert "the unit of pressure is not certain: column B" in refusal(data, time_unit="ms")


def test_an_answer_that_overrules_the_header_is_told() -> None:
    data = one([["Time [s]", "Pressure [mPa]"]], TIME, A)
    choice = ImportChoice(time_unit="ms", pressure_unit="MPa")
    (read,) = read_workbook(data, "x.xlsx", choice=choice)
    assert np.array_equal(read.curve.time_ms, TIME)
    assert read.remarks == (
        "Column A is headed with s and was read in ms, as was asked for.",
        "Column B is headed with mPa and was read in MPa, as was asked for.",
    )


@pytest.mark.parametrize(
    "header", ["Sensor [V]", "Angle [deg]", "I [A]", "Time [ms]", "x [MPa/ms]"]
)
def test_no_answer_turns_one_quantity_into_another(header: str) -> None:
    data = one([["t [ms]", header]], TIME, A)
    message = refusal(data, time_column="A", pressure_column="B", pressure_unit="MPa")
    assert f"column B is headed '{header}' (cell B1), whose unit measures no pressure;" in message


def test_a_column_that_is_only_called_voltage_may_be_a_pressure_if_somebody_says_so() -> None:
    data = one([["t [ms]", "Voltage_0"]], TIME, A)
    assert "holds a voltage where a pressure is needed" in refusal(data)
    choice = ImportChoice(pressure_column="Voltage_0", pressure_unit="MPa")
    assert len(read_workbook(data, "x.xlsx", choice=choice)) == 1


def test_columns_are_named_by_letters_headings_or_both() -> None:
    data = one(UNNAMED, TIME, A, B)
    units = {"time_unit": "ms", "pressure_unit": "MPa"}
    for time, pressure in (("A", "C"), ("X_Value", "CH2"), ("a", "ch2".upper())):
        choice = ImportChoice(time_column=time, pressure_column=pressure, **units)
        (read,) = read_workbook(data, "x.xlsx", choice=choice)
        assert read.cells == ("A2:A61", "C2:C61")
    assert "no column of numbers has the letters or the heading 'D';" in refusal(
        data, time_column="A", pressure_column="D", **units
    )
    assert "column A cannot hold both times and pressures;" in refusal(
        data, time_column="A", pressure_column="A", **units
    )
    assert "'CH1' may mean column B or D;" in refusal(
        one([["X", "CH1", "CH2", "CH1"]], TIME, A, B, C),
        time_column="A",
        pressure_column="CH1",
        **units,
    )


def test_pairs_are_told_in_their_order() -> None:
    data = one([["t [ms]", "t [ms]", "p [MPa]", "p [MPa]"]], TIME, SHIFTED, A, B)
    choice = ImportChoice(time_column="A,B", pressure_column="D,C")
    first, second = read_workbook(data, "x.xlsx", choice=choice)
    assert (first.cells, second.cells) == (("A2:A61", "D2:D61"), ("B2:B61", "C2:C61"))
    assert "is not certain; give --time-column" in refusal(
        data, time_column="A,B", pressure_column="C"
    )


def test_the_sheet_and_the_row_of_the_header_are_told() -> None:
    rows = [["t [ms]", "p [MPa]"], *zip(TIME, A, strict=True)]
    other = [["t [ms]", "p [MPa]"], *zip(TIME, B, strict=True)]
    data = workbook(("first", rows), ("2", other))
    for sheet in ("2", "first", "1"):
        (read,) = read_workbook(data, "x.xlsx", choice=ImportChoice(sheet=sheet))
        assert read.sheet == ("2" if sheet == "2" else "first")
    assert "it has no sheet 'third'; give one of 'first', '2' with --sheet." in refusal(
        data, sheet="third"
    )
    odd = one([["p [bar]", "t [s]"], ["Time", "Pressure"], ["ms", "MPa"]], TIME, A)
    assert "is not certain" in refusal(odd)
    (read,) = read_workbook(odd, "x.xlsx", choice=ImportChoice(header_row=2))
    assert read.cells == ("A4:A63", "B4:B63")


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"time_unit": "MPa"}, "'MPa' is no time unit; give one of s, ms, us."),
        ({"pressure_unit": "mPa"}, "'mPa' is no pressure unit; give one of Pa,"),
        ({"time_column": " "}, "is no time column;"),
        ({"pressure_column": "x" * 201}, "is no pressure column;"),
        ({"header_row": 0}, "0 is no row of a sheet;"),
    ],
)
def test_an_answer_that_makes_no_sense(answers: dict[str, Any], told: str) -> None:
    with pytest.raises(IngestError, match=told.replace("(", r"\(")):
        ImportChoice(**answers)


def kept(choice: ImportChoice, data: bytes) -> ImportProfile:
    read = read_workbook(data, "x.xlsx", choice=choice)[0]
    assert read.layout is not None
    return ImportProfile("Recorder 5", read.layout, choice)


def test_a_profile_reads_the_next_file_of_its_layout_and_no_other() -> None:
    choice = ImportChoice(time_column="A", pressure_column="B", time_unit="ms", pressure_unit="MPa")
    header = [["X_Value", "Shot 12"]]
    profile = kept(choice, one(header, TIME, A))
    again = ImportProfile.from_json(profile.to_json())
    assert again == profile
    for given in ({"choice": profile}, {"profiles": [profile]}):
        (read,) = read_workbook(one([["X_Value", "Shot 13"]], TIME, B), "x.xlsx", **given)
        assert np.array_equal(read.curve.pressure_mpa, B)
        assert read.profile == "Recorder 5"
    other = one([["t [ms]", "p [MPa]"]], TIME, A)
    (read,) = read_workbook(other, "x.xlsx", profiles=[profile])
    assert read.profile is None
    with pytest.raises(IngestError, match="no sheet of it has the layout of the import profile"):
        read_workbook(other, "x.xlsx", choice=profile)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"form": "mgg-import-profile", "version": 2}',
        '{"form": "mgg-import-profile", "version": 1, "name": "x", "layout": 3, "choice": {}}',
        "[" * 100_000,
    ],
)
def test_what_is_no_profile_is_refused(text: str) -> None:
    with pytest.raises(IngestError, match="This is no import profile of version 1"):
        ImportProfile.from_json(text)


@pytest.mark.parametrize(
    ("name", "value"), [("choice", {"sheet": 3}), ("choice", {"colour": "red"}), ("name", "")]
)
def test_a_profile_with_a_broken_part_is_refused(name: str, value: object) -> None:
    profile = kept(ImportChoice(time_unit="ms"), one([["t", "p [MPa]"]], TIME, A))
    document = json.loads(profile.to_json()) | {name: value}
    with pytest.raises(IngestError):
        ImportProfile.from_json(json.dumps(document))


def test_the_command_takes_answers_and_keeps_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signal.signal", lambda number, handler: None)  # not those of the tests
    path, profile = tmp_path / "one.xlsx", tmp_path / "recorder.json"
    path.write_bytes(one(UNNAMED, TIME, A, B))
    answers = [
        "--time-column",
        "A",
        "--time-unit",
        "ms",
        "--pressure-column",
        "B,C",
        "--pressure-unit",
        "bar",
    ]
    assert main(["inspect", str(path), "--json"]) == 1
    assert "--time-column A --time-unit ms" in json.loads(capsys.readouterr().out)["refused"]
    assert main(["inspect", str(path), "--json", *answers, "--save-profile", str(profile)]) == 0
    first = json.loads(capsys.readouterr().out)["curves"]
    assert [curve["name"] for curve in first] == ["one · CH1", "one · CH2"]
    assert [curve["pressure_unit"] for curve in first] == ["bar", "bar"]
    assert main(["inspect", str(path), "--json", "--profile", str(profile)]) == 0
    assert json.loads(capsys.readouterr().out)["curves"] == first
    for wrong in (
        ["--profile", str(profile), "--time-unit", "s"],
        ["--profile", str(tmp_path / "none.json")],
        ["--save-profile", str(profile)],
        ["--time-unit", "hours"],
    ):
        assert main(["inspect", str(path), "--json", *wrong]) == 1
        assert json.loads(capsys.readouterr().out)["refused"].endswith(".")

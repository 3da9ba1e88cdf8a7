"""Texts: separators, decimal marks and encodings are found, and what is not certain is refused."""

import numpy as np
import pytest
from factory import measured_like_curve, short_rows, workbook
from hypothesis import given, settings
from hypothesis import strategies as st
from layout_examples import TIME, A, B

from mgg_kernel.curve import PTCurve
from mgg_kernel.curve_csv import curve_to_csv
from mgg_kernel.errors import IngestError
from mgg_kernel.ingest import ImportChoice, Limits, read_workbook


def lines(header: list[str], separator: str = ",", mark: str = ".", end: str = "\n") -> str:
    """A text of the two columns TIME and A."""
    rows = [f"{t}{separator}{p}".replace(".", mark) for t, p in zip(TIME, A, strict=True)]
    return end.join([*header, *rows]) + end


def refusal(data: bytes | str, name: str = "shot.csv", **options: object) -> str:
    encoded = data.encode() if isinstance(data, str) else data
    with pytest.raises(IngestError) as caught:
        read_workbook(encoded, name, **options)  # type: ignore[arg-type]
    message = str(caught.value)
    assert message.startswith(f"'{name}' is refused: ")
    assert message.endswith(".")
    assert message.count(". ") == 0, "one sentence"
    return message


@pytest.mark.parametrize(
    "text",
    [
        lines(["Time [ms],Pressure [MPa]"]),
        lines(["Time [ms];Pressure [MPa]"], ";"),
        lines(["Time [ms];Pressure [MPa]"], ";", ","),
        lines(["Time [ms]\tPressure [MPa]"], "\t"),
        lines(["Time [ms]\tPressure [MPa]"], "\t", ","),
        lines(["Time [ms]   Pressure [MPa]"], "   "),
        lines(["t [ms] p [MPa]"], " "),
        lines(["t p", "ms MPa"], "  ", ","),
        lines(["t/ms, p/MPa"], ", "),
        lines(["t [ms],p [MPa]"], end="\r\n"),
        lines(["t [ms],p [MPa]"], end="\r"),
        lines(["t [ms],p [MPa]"]) + "\n\n\n \n",
        lines(["# t [ms],p [MPa]"]),
        lines(['"t [ms]","p [MPa]"']),
    ],
)
def test_separators_and_decimal_marks_are_found(text: str) -> None:
    (read,) = read_workbook(text.encode(), "shot.csv")
    assert np.array_equal(read.curve.time_ms, TIME)
    assert np.array_equal(read.curve.pressure_mpa, A)
    assert (read.name, read.sheet, read.remarks) == ("shot", "text", ())


def test_numbers_in_quotation_marks_and_a_separator_at_the_end() -> None:
    rows = [f'"{t}";"{p}";'.replace(".", ",") for t, p in zip(TIME, A, strict=True)]
    (read,) = read_workbook("\n".join(["t [ms];p [MPa];", *rows]).encode(), "shot.TXT")
    assert np.array_equal(read.curve.pressure_mpa, A)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_encodings_are_found(encoding: str) -> None:
    text = lines(["注释,产品 7", "时间（毫秒）,压力（兆帕）"])
    (read,) = read_workbook(text.encode(encoding), "曲线.txt")
    assert np.array_equal(read.curve.pressure_mpa, A)
    assert (read.name, read.remark) == ("曲线", "产品 7")


def test_utf_16_of_both_orders() -> None:
    text = "\ufeff" + lines(["t [µs]\tp [bar]"], "\t")
    for encoding in ("utf-16-le", "utf-16-be"):
        (read,) = read_workbook(text.encode(encoding), "shot.txt")
        assert (read.time_unit, read.pressure_unit) == ("us", "bar")


def test_settings_of_a_recorder_stand_above_the_table() -> None:
    header = [
        "LabVIEW Measurement",
        "Writer_Version,2",
        "Time,10:20:30.5",
        "Samples,60",
        "X0,0.0",
        "Delta_X,0.00001",
        "***End_of_Header***",
        "",
        "Time [ms],Pressure [MPa]",
    ]
    (read,) = read_workbook(lines(header).encode(), "shot.lvm")
    assert read.cells == ("A10:A69", "B10:B69")
    header[-1] = "X_Value,Untitled"
    assert "column A is headed 'X_Value' (cell A9)" in refusal(lines(header))
    choice = ImportChoice(
        time_column="X_Value", pressure_column="Untitled", time_unit="ms", pressure_unit="MPa"
    )
    (read,) = read_workbook(lines(header).encode(), "shot.lvm", choice=choice)
    assert np.array_equal(read.curve.pressure_mpa, A)


def test_several_curves_of_unequal_length_side_by_side() -> None:
    rows = [
        f"{t},{p}," + (f"{t},{q}" if i < 55 else ",")
        for i, (t, p, q) in enumerate(zip(TIME, A, B, strict=True))
    ]
    head = ["时间 - 曲线 0,压力 - 曲线 0,时间 - 曲线 1,压力 - 曲线 1", "ms,MPa,ms,MPa"]
    first, second = read_workbook("\n".join([*head, *rows]).encode(), "two.csv")
    assert (first.label, len(first.curve)) == ("曲线 0", 60)
    assert (second.label, len(second.curve)) == ("曲线 1", 55)
    assert np.array_equal(second.curve.pressure_mpa, B[:55])


def test_a_column_of_dates_is_told_and_not_read() -> None:
    rows = [f"2024-05-01 10:20;{t};{p}" for t, p in zip(TIME, A, strict=True)]
    (read,) = read_workbook("\n".join(["Date;t [ms];p [MPa]", *rows]).encode(), "x.csv")
    assert read.remarks == ("The text in column A was not read.",)
    assert read.cells == ("B2:B61", "C2:C61")


def test_our_own_export_is_read_back_bit_for_bit() -> None:
    curve = measured_like_curve(seed=4)
    (read,) = read_workbook(curve_to_csv(curve).encode(), "export.csv")
    assert read.curve == curve


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.001, 900.0), min_size=60, max_size=60), st.sampled_from(";\t "))
def test_every_float_survives_as_text(pressures: list[float], separator: str) -> None:
    curve = PTCurve(np.arange(60) / 7.0, [0.1 + 0.2, *pressures[1:]])
    text = curve_to_csv(curve).replace(",", separator)
    (read,) = read_workbook(text.encode(), "export.csv")
    assert read.curve == curve
    if separator == ";":
        with_commas = text.replace(".", ",")
        assert read_workbook(with_commas.encode(), "export.csv")[0].curve == curve


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "it is empty;"),
        (b"\n\n \n", "no separator (comma, semicolon, tab or spaces) makes columns"),
        (b"hello\nworld\n", "no separator (comma, semicolon, tab or spaces) makes columns"),
        (b"1\n2\n3\n4\n", "no separator (comma, semicolon, tab or spaces) makes columns"),
        (workbook(short_rows()), "it is a workbook or another packed file and no text"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + bytes(99), "it is a workbook or another packed"),
        (b"t [ms],p [MPa]\n0,\x001\n", "line 2 holds NUL, which no text does;"),
        (b"t\x1b[31m,p\n", "line 1 holds the control character 0x1b,"),
        (lines(["t [ms],p [MPa]"]).encode("utf-16-le"), "line 1 holds NUL,"),
        (lines(["t [ms],p [MPa]"]).encode("utf-32"), "line 1 holds NUL,"),
        (b"\xef\xbb\xbft,p\n\xff\xfe", "it begins as UTF-8 text and goes on otherwise;"),
        (b"\xff\xfet\x00,\x00\x00\xd8", "it begins as UTF-16-LE text and goes on otherwise;"),
        (b"t,p\n\x80\x80\xff\n", "it is neither UTF-8 nor GB18030 text;"),
        (b"<html><table><tr><td>0</td></tr></table></html>", "it is HTML or XML and no table;"),
        (b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "it is HTML or XML"),
        (b'"t [ms],p [MPa]\n' + b"0,1\n" * 9, "line 1 has a quotation mark that does not end"),
        (b"x;1;2;y 3 4\n" * 60, "whether semicolons or spaces part its columns"),
    ],
)
def test_what_is_no_table_of_text(data: bytes, told: str) -> None:
    assert told in refusal(data)


def test_a_workbook_keeps_its_name_and_a_text_is_none() -> None:
    with pytest.raises(IngestError, match=r"is not an \.xlsx workbook, whatever its"):
        read_workbook(lines(["t [ms],p [MPa]"]).encode(), "shot.xlsx")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("0.1,10.0", "0.1,n/a", "cell B12 holds the text 'n/a' and not a number;"),
        ("0.1,10.0", "0.1,", "cell B12 is empty, but row 61 still holds data;"),
        ("0.1,10.0", "0.1,1_0.0", "cell B12 holds the text '1_0.0' and not a number;"),
        ("0.1,10.0", "0.1,inf", "cell B12 holds the text 'inf' and not a number;"),
        ("0.1,10.0", "0.1,1e999", "cell B12 holds the text '1e999' and not a number;"),
        ("0.1,10.0", "0.1,１０", "cell B12 holds the text '１０' and not a number;"),
        ("0.1,10.0", "", "cell A12 is empty, but row 61 still holds data;"),
        ("0.1,10.0", "0.05,10.0", "cell A12 holds the time 0.05 ms, which is not after"),
        ("t [ms],", "t,", "the unit of time is not certain: column A is headed 't' (cell A1)"),
        ("p [MPa]", "U [V]", "holds a voltage where a pressure is needed"),
        ("0.1,10.0", "0.1,10.0,7", None),
    ],
)
def test_a_broken_line_is_named(old: str, new: str, told: str | None) -> None:
    text = lines(["t [ms],p [MPa]"])
    assert text.count(old) == 1
    if told is None:
        assert len(read_workbook(text.replace(old, new).encode(), "shot.csv")) == 1
    else:
        assert told in refusal(text.replace(old, new))


def test_decimal_marks_that_are_not_certain() -> None:
    rows = [f"{i};{9 + i},{i:03d}" for i in range(60)]
    assert "mark decimals or part thousands is not certain;" in refusal(
        "\n".join(["t [ms];p [kPa]", *rows])
    )
    mixed = lines(["t [ms];p [MPa]"], ";", ",").replace("0,1;10,0", "0,1;10.0")
    assert "cell B12 holds the text '10.0' and not a number;" in refusal(mixed)
    # A comma that parts columns and decimals alike gives columns that no header names.
    commas = lines(["t [ms],p [MPa]"], ",", ",")
    assert "column C is headed by nothing and holds numbers beside" in refusal(commas)


def test_limits() -> None:
    text = lines(["t [ms],p [MPa]"])
    assert "it is larger than" in refusal(text, limits=Limits(file_bytes=99))
    assert "line 1 has 14 characters, more than 13;" in refusal(
        text, limits=Limits(line_characters=13)
    )
    assert "line 2 has 2,000 columns, more than 1,000;" in refusal(
        "t,p\n" + ",".join(["1"] * 2000) + "\n" + "1,2\n" * 50
    )
    wide = ",".join(["1"] * 900) + "\n"
    assert "it has more than 4,000,000 cells;" in refusal(wide + "1,2\n" * 5_000)
    assert "more than 100 of its fields hold no number;" in refusal(
        "a,b\n" * 51 + text, limits=Limits(text_cells=100)
    )

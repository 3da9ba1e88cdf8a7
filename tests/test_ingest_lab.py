"""The lab's own layout is read exactly, and what is written is read back bit for bit."""

from pathlib import Path

import numpy as np
import pytest
from factory import HEADER, lab_rows, measured_like_curve, sheet_xml, workbook, workbook_parts
from factory import packed as packed_workbook
from hypothesis import given, settings
from hypothesis import strategies as st

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import CurveError
from mgg_kernel.ingest import Limits, example_curve, read_workbook, write_lab_workbook


@pytest.mark.parametrize(
    ("name", "peak_mpa"), [("59_1", 54.4668), ("59_2", 57.2399), ("59_5", 66.1557)]
)
def test_the_measured_files_of_the_lab(lab_data: Path, name: str, peak_mpa: float) -> None:
    path = lab_data / "curves" / f"{name}_avg.xlsx"
    (read,) = read_workbook(path.read_bytes(), path.name)
    assert len(read.curve) == 4000
    assert round(read.curve.peak.pressure_mpa, 4) == peak_mpa
    assert (read.curve.time_ms[0], read.curve.time_ms[-1]) == (0.0, 39.99)
    assert (read.name, read.remark, read.sheet) == (f"{name}_avg", name, "Sheet1")
    assert (read.time_unit, read.pressure_unit, read.warnings) == ("ms", "MPa", ())


def test_values_are_those_of_a_reader_that_is_not_ours(lab_data: Path) -> None:
    import openpyxl

    path = lab_data / "curves" / "59_5_avg.xlsx"
    rows = list(openpyxl.load_workbook(path).active.iter_rows(min_row=4, values_only=True))
    (read,) = read_workbook(path.read_bytes(), path.name)
    assert read.curve == PTCurve([row[0] for row in rows], [row[1] for row in rows])


def test_what_is_written_is_read_back_bit_for_bit() -> None:
    curve = measured_like_curve(seed=3)
    (read,) = read_workbook(write_lab_workbook(curve, "P-7 产品"), "p7.xlsx")
    assert read.curve == curve
    assert (read.remark, read.warnings) == ("P-7 产品", ())


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(0.001, 900.0), min_size=60, max_size=60))
def test_every_float_survives_the_way_out_and_in(pressures: list[float]) -> None:
    curve = PTCurve(np.arange(60) / 7.0, [0.1 + 0.2, *pressures[1:]])
    (read,) = read_workbook(write_lab_workbook(curve, "x"), "x.xlsx", limits=Limits(samples=50))
    assert read.curve.pressure_mpa.tobytes() == curve.pressure_mpa.tobytes()
    assert read.curve.time_ms.tobytes() == curve.time_ms.tobytes()


def test_equal_curves_give_equal_bytes_and_a_formula_as_remark_stays_a_text() -> None:
    curve = measured_like_curve()
    data = write_lab_workbook(curve, "=1+1")
    assert data == write_lab_workbook(measured_like_curve(), "=1+1")
    assert data != write_lab_workbook(measured_like_curve(seed=1), "=1+1")
    assert read_workbook(data, "x.xlsx")[0].remark == "=1+1"


def test_the_example_curve_is_what_it_was_asked_to_be() -> None:
    curve = example_curve(peak_mpa=70.0, peak_time_ms=8.0, seed=5)
    features = curve.features()
    assert len(curve) == 4000
    assert (curve.time_ms[0], curve.time_ms[-1]) == (0.0, 39.99)
    assert features.peak_pressure_mpa == pytest.approx(70.0, abs=0.05)
    assert features.peak_time_ms == pytest.approx(8.0, abs=0.3)
    assert features.ignition_time_ms == pytest.approx(0.7, abs=0.1)
    assert features.baseline_mpa == pytest.approx(-0.04, abs=0.01)
    assert 0.7 < curve.pressure_mpa[-1] / 70.0 < 0.85
    assert curve == example_curve(peak_mpa=70.0, peak_time_ms=8.0, seed=5)
    assert curve != example_curve(peak_mpa=70.0, peak_time_ms=8.0, seed=6)
    with pytest.raises(CurveError):
        example_curve(peak_mpa=5.0)


@pytest.mark.parametrize(
    ("header", "time_unit", "pressure_unit", "time_factor", "pressure_factor"),
    [
        (HEADER, "ms", "MPa", 1.0, 1.0),
        ([("Time [ms]", "Pressure [MPa]")], "ms", "MPa", 1.0, 1.0),
        ([("时间/ms", "压力/MPa")], "ms", "MPa", 1.0, 1.0),
        ([("时间(ms)", "压力（兆帕）")], "ms", "MPa", 1.0, 1.0),
        ([("t [sec]", "P_c [psi]")], "s", "psi", 1e3, 0.45359237 * 9.80665 / 0.0254**2 * 1e-6),
        ([("Time µs", "Pressure (bar)")], "us", "bar", 1e-3, 0.1),
        ([("a",), ("b",), ("Time", "Pressure"), ("s", "kPa")], "s", "kPa", 1e3, 1e-3),
    ],
)
def test_units_are_found_in_rows_of_their_own_and_behind_names(
    header: list[tuple[str, ...]],
    time_unit: str,
    pressure_unit: str,
    time_factor: float,
    pressure_factor: float,
) -> None:
    written = PTCurve(np.arange(80) / 100.0, np.linspace(0.5, 9.5, 80))
    (read,) = read_workbook(workbook(lab_rows(written, header)), "x.xlsx")
    assert (read.time_unit, read.pressure_unit) == (time_unit, pressure_unit)
    assert np.array_equal(read.curve.time_ms, written.time_ms * time_factor)
    assert np.array_equal(read.curve.pressure_mpa, written.pressure_mpa * pressure_factor)


def test_columns_the_other_way_round_are_known_by_their_units() -> None:
    curve = measured_like_curve()
    header = [("Pressure [MPa]", "Time [ms]"), ("注释", "P-9")]
    samples = zip(curve.pressure_mpa.tolist(), curve.time_ms.tolist(), strict=True)
    (read,) = read_workbook(workbook([*header, *samples]), "x.xlsx")
    assert read.curve == curve
    assert read.remark == "P-9"


def test_a_table_that_begins_elsewhere_and_a_remark_that_is_a_number() -> None:
    curve = measured_like_curve()
    header = [("Time [ms]", "Pressure [MPa]"), ("备注", 59.0)]
    rows = [[None, *row] for row in ((), (), *lab_rows(curve, header))]
    (read,) = read_workbook(workbook(rows), "x.xlsx")
    assert read.curve == curve
    assert read.remark == "59"


def test_trailing_blank_rows_are_no_data() -> None:
    curve = measured_like_curve()
    blank = [["", " "]] * 20 + [[None, None]] * 20
    assert read_workbook(workbook(lab_rows(curve) + blank), "x.xlsx")[0].curve == curve


@pytest.mark.parametrize("dimension", ["A1:B3", "A1", "A1:XFD1048576"])
def test_a_lying_dimension_record_is_not_believed(dimension: str) -> None:
    curve = measured_like_curve()
    data = workbook(lab_rows(curve), dimension=dimension)
    assert read_workbook(data, "x.xlsx")[0].curve == curve


def test_several_sheets_and_what_was_not_read_is_told() -> None:
    first, second = measured_like_curve(seed=1), measured_like_curve(seed=2)
    parts = workbook_parts(
        {
            "Shot A": sheet_xml(lab_rows(first)),
            "Notes": sheet_xml([["fired on Monday"]]),
            "Empty": sheet_xml([]),
            "Old": sheet_xml(lab_rows(second)),
            "Shot B": sheet_xml([[*row, "see notes"][:3] for row in lab_rows(second)]),
        },
        hidden=["Old"],
    )
    a, b = read_workbook(packed_workbook(parts), "lot.xlsx")
    assert (a.name, a.curve, b.name, b.curve) == ("lot · Shot A", first, "lot · Shot B", second)
    unread = (
        "The sheet 'Notes' holds no table of numbers and was not read.",
        "The hidden sheet 'Old' was not read.",
    )
    assert a.remarks == unread
    assert b.remarks == (*unread, "The text in column C was not read.")

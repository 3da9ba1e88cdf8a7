"""What is not certain or not a PT curve is refused, with sheet, cell and what to do."""

from collections.abc import Callable

import numpy as np
import pytest
from factory import DIV_ZERO, UNCALCULATED, Raw, Value, lab_rows, short_rows, workbook

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import IngestError
from mgg_kernel.ingest import Limits, display_name, read_workbook

Rows = list[list[Value]]


def refusal(rows: Rows, *, limits: Limits | None = None) -> str:
    with pytest.raises(IngestError) as caught:
        read_workbook(workbook(rows), "shot.xlsx", limits=limits)
    message = str(caught.value)
    assert message.startswith("'shot.xlsx'")
    assert message.endswith(".")
    assert message.count(". ") == 0, "one sentence"
    return message


def with_cell(row: int, column: int, value: Value) -> Rows:
    """A good record with one cell replaced; row and column from 1."""
    rows = short_rows()
    rows[row - 1][column - 1] = value
    return rows


def test_the_rows_that_the_other_tests_break_are_good() -> None:
    (read,) = read_workbook(workbook(short_rows()), "shot.xlsx")
    assert len(read.curve) == 60
    assert read.curve.peak.pressure_mpa == 30.0
    assert read.remarks == ()


@pytest.mark.parametrize(
    ("row", "column", "value", "told"),
    [
        (20, 2, DIV_ZERO, "sheet 'Sheet1', is refused: cell B20 holds the error #DIV/0!;"),
        (20, 2, Raw("e", "<v>#N/A</v>"), "cell B20 holds the error #N/A;"),
        (20, 2, UNCALCULATED, "cell B20 holds the formula '=A5*2' without a calculated value;"),
        (20, 1, None, "cell A20 is empty, but row 63 still holds data;"),
        (20, 2, "  ", "cell B20 "),
        (20, 2, "12,5", "cell B20 holds the text '12,5' and not a number;"),
        (20, 2, "n/a", "cell B20 holds the text 'n/a' and not a number;"),
        (20, 2, "inf", "cell B20 holds the text 'inf' and not a number;"),
        (20, 2, Raw("n", "<v>inf</v>"), "cell B20 holds the text 'inf' and not a number;"),
        (20, 2, Raw("n", "<v>NaN</v>"), "cell B20 holds the text 'nan' and not a number;"),
        (20, 2, Raw("n", "<v>1e999</v>"), "cell B20 holds the text 'inf' and not a number;"),
        (20, 2, Raw("b", "<v>1</v>"), "cell B20 holds the text 'True' and not a number;"),
        # A broken first row must not pass for one more header row.
        (4, 2, DIV_ZERO, "cell B4 holds the error #DIV/0!;"),
        (4, 2, "none", "cell B4 holds the text 'none' and not a number;"),
        (4, 1, None, "cell A4 is empty, but row 63 still holds data;"),
        (4, 1, "0,0", "cell A4 holds the text '0,0' and not a number;"),
        (63, 2, None, "cell B63 is empty, but row 63 still holds data;"),
    ],
)
def test_a_cell_that_is_no_number_is_named(row: int, column: int, value: Value, told: str) -> None:
    assert told in refusal(with_cell(row, column, value))


def test_a_formula_with_a_calculated_value_is_its_value() -> None:
    rows = with_cell(20, 2, Raw("n", "<f>8*2</f><v>16</v>"))
    (read,) = read_workbook(workbook(rows), "shot.xlsx")
    assert read.curve.pressure_mpa[16] == 16.0


def test_a_note_below_the_record_is_refused_and_not_dropped() -> None:
    rows = [*short_rows(), [None, None], [None, "fired by Li"]]
    assert "cell A64 is empty, but row 65 still holds data;" in refusal(rows)


@pytest.mark.parametrize("mark", [".", ","])
def test_numbers_that_are_all_written_as_text_are_read_and_told(mark: str) -> None:
    rows = short_rows()
    rows[3:] = [[f"{t}".replace(".", mark), f"{p}".replace(".", mark)] for t, p in rows[3:]]
    (read,) = read_workbook(workbook(rows), "shot.xlsx")
    assert read.curve == read_workbook(workbook(short_rows()), "shot.xlsx")[0].curve
    name = "point" if mark == "." else "comma"
    assert read.remarks == (
        f"The numbers in column A, B are written as text and were read with a decimal {name}.",
    )
    rows[19][1] = "n/a"
    assert "cell B20 holds the text 'n/a' and not a number;" in refusal(rows)


def test_a_decimal_mark_that_is_not_certain_is_refused() -> None:
    thousands: Rows = [*short_rows()[:3], *([float(i), f"{i + 1},{i:03d}"] for i in range(60))]
    assert "mark decimals or part thousands is not certain;" in refusal(thousands)
    both = short_rows()
    both[3:] = [[f"{t}", f"{p}".replace(".", ",")] for t, p in both[3:]]
    assert "some numbers that are written as text have a decimal comma" in refusal(both)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ([["Time", "Pressure"]], "the unit of time is not certain: column A is headed 'Time'"),
        ([["Time [ms]", "Pressure"]], "the unit of pressure is not certain: column B is headed"),
        ([["Time", "Pressure [MPa]"]], "give --time-column A --time-unit with one of them"),
        ([["Time [ms]", "Pressure [mPa]"]], "names the unit 'mPa' (a millipascal)"),
        ([["Time [ms]", "Pressure [atm]"]], "names the unit 'atm' that is not read;"),
        ([["Time [ms]", "Voltage [V]"]], "(cell B1) and holds a voltage where a pressure is"),
        ([["Angle [deg]", "Pressure [MPa]"]], "(cell A1) and holds crank angles where times"),
        ([["Time [ms]", "Pressure [MPa]"], ["s", "MPa"]], "which names the units ms and s;"),
        ([["Time [ms]", "Time [s]"]], "no column is certain to hold the pressure: column A is"),
        ([["Pressure [ms]", "Pressure [MPa]"]], "is not certain: column A is headed 'Pressure"),
        ([["注释", "MPa"]], "is not certain: column A is headed by nothing"),
        ([["CH1", "CH2"]], "column A is headed 'CH1' (cell A1) and column B is headed 'CH2'"),
        ([], "column A is headed by nothing and column B is headed by nothing;"),
    ],
)
def test_units_that_are_not_certain_are_refused(header: Rows, told: str) -> None:
    assert told in refusal(short_rows(header=header))


def test_a_third_column_of_numbers_that_nothing_names_is_refused() -> None:
    rows = [[*row, row[1]] for row in short_rows()]
    rows[0][2] = rows[1][2] = rows[2][2] = None
    message = refusal(rows)
    assert "column C is headed by nothing and holds numbers beside the times and" in message
    assert "give --time-column A --pressure-column B as it is" in message


def test_a_workbook_without_a_table_is_refused() -> None:
    assert "no visible sheet holds times and pressures" in refusal([["hello"]])
    assert "no visible sheet holds times and pressures" in refusal([])
    assert "no visible sheet holds times and pressures" in refusal([["a", "b"], ["c", "d"]])


def test_too_few_samples() -> None:
    assert "holds 49 samples, but a curve needs at least 50;" in refusal(short_rows(49))
    (read,) = read_workbook(workbook(short_rows(50)), "shot.xlsx")
    assert len(read.curve) == 50


@pytest.mark.parametrize("value", [1.5, 1.6])
def test_time_that_does_not_increase_names_its_cell(value: float) -> None:
    # Row 20 is sample 16 at 1.6 ms: first a repeated time, then one that its follower repeats.
    row = 20 if value == 1.5 else 19
    rows = with_cell(row, 1, value)
    assert "cell A20 holds the time" in refusal(rows)
    assert "is not after the" in refusal(rows)


def test_time_that_starts_late_is_refused_and_one_within_a_millisecond_is_not() -> None:
    def started_at(start: float) -> Rows:
        return [*short_rows()[:3], *([t + start, p] for t, p in short_rows()[3:])]

    assert "cell A4 lets the record start at 1.01 ms, more than 1 ms" in refusal(started_at(1.01))
    assert "cell A4 lets the record start at -2 ms" in refusal(started_at(-2.0))
    for start in (-1.0, 1.0):
        (read,) = read_workbook(workbook(started_at(start)), "shot.xlsx")
        assert read.curve.time_ms[0] == start


@pytest.mark.parametrize(
    ("pressure", "told"),
    [
        (lambda p: 0.0, "highest pressure, in cell B4, is 0 MPa and no rise;"),
        (lambda p: 5.0, "highest pressure, in cell B4, is 5 MPa and no rise;"),
        (lambda p: -p, "highest pressure, in cell B4, is 0 MPa and no rise;"),
        (lambda p: p * 1e3, "highest pressure, in cell B34, is 30,000 MPa, which no vessel holds;"),
    ],
)
def test_implausible_pressures(pressure: Callable[[float], float], told: str) -> None:
    rows = short_rows()
    rows[3:] = [[t, pressure(p)] for t, p in rows[3:]]
    assert told in refusal(rows)


def test_a_number_that_overflows_in_our_units_is_refused() -> None:
    rows = short_rows(header=[["Time [s]", "Pressure [MPa]"]])
    rows[-1][0] = 1e307
    assert "cell A61 holds a number too large to be true;" in refusal(rows)


def warnings_of(time_ms: object, pressure_mpa: object) -> tuple[str, ...]:
    curve = PTCurve(time_ms, pressure_mpa)  # type: ignore[arg-type]
    (read,) = read_workbook(workbook(lab_rows(curve)), "shot.xlsx")
    assert read.curve == curve, "a warning changes nothing"
    return read.warnings


def test_warnings_tell_and_do_not_refuse() -> None:
    time = np.arange(400) / 10.0
    rise = np.concatenate((np.zeros(20), np.linspace(0.0, 40.0, 180), np.linspace(39.9, 30.0, 200)))
    assert warnings_of(time, rise) == ()
    (jitter,) = warnings_of(np.where(np.arange(400) == 7, 0.72, time), rise)
    assert jitter == "2 of 399 time steps differ by more than 1 % from 0.1 ms."
    (clipped,) = warnings_of(time, np.minimum(rise, 35.0))
    assert "samples in a row are equal to the peak of 35 MPa" in clipped
    (at_end,) = warnings_of(time, np.concatenate((np.zeros(20), np.linspace(0.0, 40.0, 380))))
    assert "at the end of the record" in at_end
    undershoot, spike = warnings_of(time, rise - np.where(np.arange(400) == 390, 33.0, 0.0))
    assert "falls to -2.55 MPa" in undershoot
    assert "farthest by 33 MPa at 39 ms" in spike
    (unignited,) = warnings_of(time, 0.01 * rise)
    assert unignited == "No ignition was found: the pressure rises by 0.4 MPa in all."
    (long,) = warnings_of(time * 1000.0, rise)
    assert long == "The record ends at 39,900 ms: check the unit of time."


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("59_1_avg.xlsx", "59_1_avg.xlsx"),
        ("压力 曲线.xlsx", "压力 曲线.xlsx"),
        ("../../etc/evil.xlsx", "evil.xlsx"),
        ("C:\\temp\\evil.xlsx", "evil.xlsx"),
        ("a\u202excod.xlsx", "axcod.xlsx"),
        ("a\x00b\n c\x1b[31m.xlsx", "ab c[31m.xlsx"),
        ("..", "unnamed file"),
        ("", "unnamed file"),
        ("x" * 500, "x" * 119 + "…"),
    ],
)
def test_a_file_name_is_only_shown_and_made_fit_for_it(name: str, shown: str) -> None:
    assert display_name(name) == shown
    with pytest.raises(IngestError, match="is refused") as caught:
        read_workbook(b"", name)
    assert str(caught.value).startswith(f"'{shown}'")

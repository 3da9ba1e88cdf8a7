"""One example for each layout in the table of docs/ingest.md, made with openpyxl or as text."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mgg_kernel.ingest import ImportChoice

Row = Sequence[Any]
SAMPLES = 60
TIME = tuple(round(i * 0.01, 2) for i in range(SAMPLES))


def pressures(peak_mpa: float) -> tuple[float, ...]:
    """A rise to the peak at sample 40 and a fall behind it."""
    return tuple(
        round(peak_mpa * min(i / 40, 1.0) * (1.0 if i <= 40 else 1.0 - 0.01 * (i - 40)), 3)
        for i in range(SAMPLES)
    )


A, B, C = pressures(40.0), pressures(60.0), pressures(50.0)


@dataclass(frozen=True)
class Answer:
    """A curve as it must be read: where it stands, its times in ms, its pressures in MPa."""

    cells: tuple[str, str]
    pressure_mpa: tuple[float, ...]
    time_ms: tuple[float, ...] = TIME
    label: str | None = None
    remark: str | None = None
    sheet: str = "Sheet"


@dataclass(frozen=True)
class Example:
    """A file and what it must give: curves, or words of the sentence that refuses it."""

    name: str
    make: Callable[[], bytes]
    answers: tuple[Answer, ...] = ()
    told: str = ""
    choice: ImportChoice | None = None
    warned: str = ""
    file: str = "shot.xlsx"


def workbook(*sheets: tuple[str, Sequence[Row]], merged: Sequence[str] = ()) -> bytes:
    """An .xlsx workbook of these sheets, as openpyxl writes it."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        for cells in merged:
            sheet.merge_cells(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def one(header: Sequence[Row], *columns: Sequence[Any]) -> bytes:
    """A workbook of one sheet: a header, and columns below it that may differ in length."""
    length = max(map(len, columns))
    rows = [[c[i] if i < len(c) else None for c in columns] for i in range(length)]
    return workbook(("Sheet", [*header, *rows]))


def scaled(values: Sequence[float], factor: float) -> tuple[float, ...]:
    return tuple(value * factor for value in values)


def as_text(values: Sequence[float]) -> list[str]:
    return [str(value).replace(".", ",") for value in values]


def span(column: str, first: int, samples: int = SAMPLES) -> str:
    return f"{column}{first}:{column}{first + samples - 1}"


def pair(time: str, pressure: str, first: int, samples: int = SAMPLES) -> tuple[str, str]:
    return span(time, first, samples), span(pressure, first, samples)


PSI = 0.45359237 * 9.80665 / 0.0254**2 * 1e-6
NOTES = [["Fired on Monday by Li"], ["Vessel", "10-892"], ["Volume [mL]", 10], ["Mass", 710]]
SETTINGS = [
    ["Recorder", "DL-850"],
    ["Date", "2024-05-01"],
    ["Time", "10:20:30"],
    ["Sample rate", 100_000],
    ["Points", SAMPLES],
    ["Sensor range", "100 MPa"],
    ["Pressure unit", "bar"],
    ["Operator:", "Li"],
]
SHIFTED = tuple(round(t + (0.003 if i % 7 == 3 else 0.0), 3) for i, t in enumerate(TIME))


def below_settings() -> bytes:
    head = [*SETTINGS, *[[None]] * (17 - len(SETTINGS)), ["时间/ms", "压力/MPa"]]
    data = [*head, *zip(TIME, A, strict=True)]
    return workbook(("说明", NOTES), ("数据", data))


def with_chart() -> bytes:
    import openpyxl
    from openpyxl.chart import LineChart

    source = io.BytesIO(one([["t [ms]", "p [MPa]"]], TIME, A))
    book = openpyxl.load_workbook(source)
    chart = book.create_chartsheet("Chart", 0)
    chart.add_chart(LineChart())
    second = book.create_sheet("Second")
    for row in [("t [ms]", "p [MPa]"), *zip(TIME, B, strict=True)]:
        second.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def merged_titles() -> bytes:
    head = [
        ["Shot 1", None, "Shot 2", None],
        ["Time", "Pressure", "Time", "Pressure"],
        ["ms", "MPa", "ms", "MPa"],
        ["注释", "P-7", "注释", "P-8"],
    ]
    rows = [*head, *zip(TIME, A, TIME, B, strict=True)]
    return workbook(("Sheet", rows), merged=["A1:B1", "C1:D1"])


UNDERSTOOD = (
    Example(
        "the lab's own: names, units and remark in three rows",
        lambda: one([["Time", "Pressure"], ["[ms]", "MPa"], ["注释", "59_1"]], TIME, A),
        (Answer(pair("A", "B", 4), A, remark="59_1"),),
    ),
    Example(
        "`t [sec]`, `P_c [psi]`: units in brackets",
        lambda: one([["t [sec]", "P_c [psi]"]], scaled(TIME, 1e-3), scaled(A, 145.0)),
        (
            Answer(
                pair("A", "B", 2), scaled(scaled(A, 145.0), PSI), scaled(scaled(TIME, 1e-3), 1e3)
            ),
        ),
    ),
    Example(
        "`时间/ms`, `压力/MPa`: units behind a stroke",
        lambda: one([["时间/ms", "压力/MPa"]], TIME, A),
        (Answer(pair("A", "B", 2), A),),
    ),
    Example(
        "`时刻(微秒)`, `压强（千帕）`: Chinese units",
        lambda: one([["时刻(微秒)", "压强（千帕）"]], scaled(TIME, 1e3), scaled(A, 1e3)),
        (Answer(pair("A", "B", 2), scaled(scaled(A, 1e3), 1e-3), scaled(scaled(TIME, 1e3), 1e-3)),),
    ),
    Example(
        "`Time (µs)`, `Pressure (mbar)`",
        lambda: one([["Time (µs)", "Pressure (mbar)"]], scaled(TIME, 1e3), scaled(A, 1e4)),
        (Answer(pair("A", "B", 2), scaled(scaled(A, 1e4), 1e-4), scaled(scaled(TIME, 1e3), 1e-3)),),
    ),
    Example(
        "`Pressure (bar)` on the left of `Time (ms)`",
        lambda: one([["Pressure (bar)", "Time (ms)"]], A, TIME),
        (Answer(pair("B", "A", 2), scaled(A, 0.1)),),
    ),
    Example(
        "a header at row 18 of the second sheet, below a recorder's settings",
        below_settings,
        (Answer(pair("A", "B", 19), A, sheet="数据"),),
        warned="The sheet '说明' holds no table of numbers and was not read.",
    ),
    Example(
        "several sheets with a chart sheet between them",
        with_chart,
        (Answer(pair("A", "B", 2), A), Answer(pair("A", "B", 2), B, sheet="Second")),
    ),
    Example(
        "pairs side by side under merged titles",
        merged_titles,
        (
            Answer(pair("A", "B", 5), A, label="Shot 1", remark="P-7"),
            Answer(pair("C", "D", 5), B, label="Shot 2", remark="P-8"),
        ),
    ),
    Example(
        "pairs of duplicate names, parted by empty columns",
        lambda: one(
            [["Time [ms]", "Pressure [MPa]", None, "Time [ms]", "Pressure [MPa]"]],
            TIME,
            A,
            [],
            TIME,
            B,
        ),
        (
            Answer(pair("A", "B", 2), A, label="A, B"),
            Answer(pair("D", "E", 2), B, label="D, E"),
        ),
    ),
    Example(
        "`时间 - 曲线 0` pairs of unequal length",
        lambda: one(
            [
                ["时间 - 曲线 0", "压力 - 曲线 0", "时间 - 曲线 1", "压力 - 曲线 1"],
                ["ms", "MPa", "ms", "MPa"],
            ],
            TIME,
            A,
            TIME[:55],
            B[:55],
        ),
        (
            Answer(pair("A", "B", 3), A, label="曲线 0"),
            Answer(pair("C", "D", 3, 55), B[:55], TIME[:55], label="曲线 1"),
        ),
    ),
    Example(
        "all times first and then all pressures, numbered as plots",
        lambda: one(
            [
                ["Time - Plot 0", "Time - Plot 1", "Pressure - Plot 1", "Pressure - Plot 0"],
                ["ms", "ms", "MPa", "MPa"],
            ],
            TIME,
            SHIFTED,
            B,
            A,
        ),
        (
            Answer(pair("B", "C", 3), B, SHIFTED, label="Plot 1"),
            Answer(pair("A", "D", 3), A, label="Plot 0"),
        ),
        warned="time steps differ by more than 1 %",
    ),
    Example(
        "one column of times with several pressures, and remarks",
        lambda: one(
            [
                ["Time", "CH1 P", "CH2 P", "CH3 P"],
                ["ms", "MPa", "bar", "MPa"],
                ["备注", "x", 8, "z"],
            ],
            TIME,
            A,
            B,
            C,
        ),
        (
            Answer(pair("A", "B", 4), A, label="CH1 P", remark="x"),
            Answer(pair("A", "C", 4), scaled(B, 0.1), label="CH2 P", remark="8"),
            Answer(pair("A", "D", 4), C, label="CH3 P", remark="z"),
        ),
    ),
    Example(
        "other channels beside time and pressure, named as such",
        lambda: one(
            [["No.", "Time [ms]", "Current [A]", "Pressure [MPa]", "dp/dt [MPa/ms]", "U [V]"]],
            list(range(SAMPLES)),
            TIME,
            B,
            A,
            C,
            C,
        ),
        (Answer(pair("B", "D", 2), A),),
        warned="Not read, as no time and no pressure: column A ('No.'), C ('Current [A]')",
    ),
    Example(
        "a short summary beside the record",
        lambda: one(
            [["Time [ms]", "Pressure [MPa]", None, "Summary"]],
            TIME,
            A,
            [],
            ["Pmax", "tmax", "mass", "volume"],
            [40.0, 0.4, 710, 10],
        ),
        (Answer(pair("A", "B", 2), A),),
        warned="column E (4 numbers)",
    ),
    Example(
        "numbers written as text with decimal commas",
        lambda: one([["Zeit [ms]", "Druck [MPa]"]], as_text(TIME), as_text(A)),
        (Answer(pair("A", "B", 2), A),),
        warned="column A, B are written as text and were read with a decimal comma",
    ),
    Example(
        "20,000 rows of blanks below the record",
        lambda: one([["t [ms]", "p [MPa]"]], [*TIME, *[" "] * 20_000], [*A, *[""] * 20_000]),
        (Answer(pair("A", "B", 2), A),),
    ),
    Example(
        "jitter in time",
        lambda: one([["t [ms]", "p [MPa]"]], SHIFTED, A),
        (Answer(pair("A", "B", 2), A, SHIFTED),),
        warned="time steps differ by more than 1 %",
    ),
    Example(
        "a number as title, formulas with values, a table that begins at C4",
        lambda: workbook(
            (
                "Sheet",
                [
                    [],
                    [],
                    [None, None, 59],
                    [None, None, "Time [ms]", "Pressure [MPa]"],
                    *[[None, None, t, p] for t, p in zip(TIME, A, strict=True)],
                ],
            )
        ),
        (Answer(pair("C", "D", 5), A),),
    ),
    Example(
        "names or units that are missing, with the answers of a person",
        lambda: one([["X_Value", "CH1", "CH2"]], TIME, A, B),
        (
            Answer(pair("A", "B", 2), A, label="CH1"),
            Answer(pair("A", "C", 2), B, label="CH2"),
        ),
        choice=ImportChoice(
            time_column="X_Value", pressure_column="B, CH2", time_unit="ms", pressure_unit="MPa"
        ),
    ),
)

REFUSED = (
    Example(
        "no unit of time, or none of pressure",
        lambda: one([["Time", "Pressure [MPa]"]], TIME, A),
        told="the unit of time is not certain: column A is headed 'Time' (cell A1), which names "
        "no unit; write one of s, ms, us above it, such as 'Time [ms]', or give --time-column A "
        "--time-unit with one of them",
    ),
    Example(
        "a unit that is not read, such as `mPa` and `atm`",
        lambda: one([["Time [ms]", "Pressure [mPa]"]], TIME, A),
        told="(cell B1), which names the unit 'mPa' (a millipascal) that is not read;",
    ),
    Example(
        "two units in one header",
        lambda: one([["Time [ms]", "Pressure [bar]"], ["ms", "MPa"]], TIME, A),
        told="which names the units bar and MPa; write one of",
    ),
    Example(
        "names against units",
        lambda: one([["Pressure [ms]", "Time [MPa]"]], TIME, A),
        told="is not certain: column A is headed 'Pressure [ms]' (cell A1) and column B",
    ),
    Example(
        "no header, or names that say nothing",
        lambda: one([["CH1", "CH2"]], TIME, A),
        told="column A is headed 'CH1' (cell A1) and column B is headed 'CH2' (cell B1);",
    ),
    Example(
        "`时间 - 曲线 0` with `幅值 - 曲线 0`: an amplitude of what?",
        lambda: one([["时间 - 曲线 0", "幅值 - 曲线 0"], ["s", None]], scaled(TIME, 1e-3), A),
        told="column B is headed '幅值 - 曲线 0' (cell B1);",
    ),
    Example(
        "a voltage instead of a pressure",
        lambda: one([["Time [ms]", "Sensor [V]"]], TIME, A),
        told="column B is headed 'Sensor [V]' (cell B1) and holds a voltage where a pressure is",
    ),
    Example(
        "crank angle instead of time",
        lambda: one([["Crank angle [°CA]", "Pressure [bar]"]], scaled(TIME, 100.0), A),
        told="column A is headed 'Crank angle [°CA]' (cell A1) and holds crank angles where times",
    ),
    Example(
        "a further column of numbers without a name",
        lambda: one([["Time [ms]", "Pressure [MPa]"]], TIME, A, B),
        told="column C is headed by nothing and holds numbers beside the times and pressures, so "
        "which columns are meant is not certain; give --time-column A --pressure-column B as it",
    ),
    Example(
        "several times and pressures that are not in pairs",
        lambda: one([["t [ms]", "t [ms]", "p [MPa]", "p [MPa]"]], TIME, SHIFTED, A, B),
        told="which of the times in column A,B belongs to which of the pressures in column C,D is",
    ),
    Example(
        "numbers and numbers as text by turns in one column",
        lambda: one([["t [ms]", "p [MPa]"]], TIME, [*as_text(A[:9]), *A[9:]]),
        told="cell B2 holds the text '0,0' and not a number;",
    ),
    Example(
        "commas that may part thousands",
        lambda: one([["t [ms]", "p [kPa]"]], TIME, [f"{9 + i},{i:03d}" for i in range(SAMPLES)]),
        told="mark decimals or part thousands is not certain;",
    ),
    Example(
        "a second table below the first",
        lambda: workbook(
            (
                "Sheet",
                [
                    ("t [ms]", "p [MPa]"),
                    *zip(TIME, A, strict=True),
                    ("t [ms]", "p [MPa]"),
                    *zip(TIME, B, strict=True),
                ],
            )
        ),
        told="cell A62 holds the text 't [ms]' and not a number;",
    ),
    Example(
        "a record that lies along a row",
        lambda: workbook(("Sheet", [("t [ms]", *TIME), ("p [MPa]", *A)])),
        told="no visible sheet holds times and pressures as numbers side by side",
    ),
    Example(
        "a pressure that ends before its times",
        lambda: one([["t [ms]", "p [MPa]"]], TIME, A[:58]),
        told="cell B60 is empty, but row 61 still holds data;",
    ),
)

"""Made-up curves and workbooks for the tests, the broken and the hostile ones among them."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from mgg_kernel.curve import PTCurve
from mgg_kernel.ingest import example_curve

HEADER = (("Time", "Pressure"), ("[ms]", "MPa"), ("注释", "P-7"))
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def measured_like_curve(
    *, peak_mpa: float = 58.0, peak_time_ms: float = 10.5, seed: int = 0
) -> PTCurve:
    """A made-up curve of 4,000 samples that looks like a measured one."""
    return example_curve(peak_mpa=peak_mpa, peak_time_ms=peak_time_ms, seed=seed)


@dataclass(frozen=True)
class Raw:
    """A cell written as it stands: its type and its inner XML."""

    kind: str
    inner: str


DIV_ZERO = Raw("e", "<f>1/0</f><v>#DIV/0!</v>")
UNCALCULATED = Raw("n", "<f>A5*2</f>")

Value = float | str | Raw | None
Rows = Sequence[Sequence[Value]]


def lab_rows(curve: PTCurve, header: Rows = HEADER) -> list[list[Value]]:
    """Rows of the lab's layout, to be broken by a test."""
    samples = zip(curve.time_ms.tolist(), curve.pressure_mpa.tolist(), strict=True)
    return [list(row) for row in header] + [list(sample) for sample in samples]


def short_rows(samples: int = 60, header: Rows = HEADER) -> list[list[Value]]:
    """Rows of a short record: 0.1 ms steps, a triangle up to 30 MPa."""
    rise = samples // 2
    return [list(row) for row in header] + [
        [i / 10, 30.0 * min(i / rise, (samples - i) / rise)] for i in range(samples)
    ]


def sheet_xml(rows: Rows, *, dimension: str | None = None) -> str:
    """The part of a sheet."""
    lines = [
        f'<row r="{r}">{"".join(_cell(f"{chr(64 + c)}{r}", v) for c, v in enumerate(row, 1))}</row>'
        for r, row in enumerate(rows, 1)
    ]
    size = f'<dimension ref="{dimension}"/>' if dimension else ""
    return f'<worksheet xmlns="{_MAIN}">{size}<sheetData>{"".join(lines)}</sheetData></worksheet>'


def _cell(address: str, value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, Raw):
        return f'<c r="{address}" t="{value.kind}">{value.inner}</c>'
    if isinstance(value, str):
        return f'<c r="{address}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{address}"><v>{value!r}</v></c>'


def workbook_parts(sheets: Mapping[str, str], *, hidden: Sequence[str] = ()) -> dict[str, str]:
    """The parts of a workbook whose sheets have these names and these XML texts."""
    listed, related, parts = [], [], {}
    for number, (name, xml) in enumerate(sheets.items(), 1):
        state = ' state="hidden"' if name in hidden else ""
        shown = escape(name, {'"': "&quot;"})
        listed.append(f'<sheet name="{shown}" sheetId="{number}" r:id="rId{number}"{state}/>')
        related.append(
            f'<Relationship Id="rId{number}" Type="{_RELATIONS}/worksheet" '
            f'Target="worksheets/sheet{number}.xml"/>'
        )
        parts[f"xl/worksheets/sheet{number}.xml"] = xml
    types = "".join(
        f'<Override PartName="/{part}" ContentType="application/vnd.openxmlformats-'
        'officedocument.spreadsheetml.worksheet+xml"/>'
        for part in parts
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-'
        f'officedocument.spreadsheetml.sheet.main+xml"/>{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">'
        f"<sheets>{''.join(listed)}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f"{''.join(related)}</Relationships>",
        **parts,
    }


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """The bytes of a zip of these parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as container:
        for name, content in parts.items():
            container.writestr(name, content)
    return buffer.getvalue()


def workbook(rows: Rows, *, sheet: str = "Sheet1", dimension: str | None = None) -> bytes:
    """The bytes of a workbook of one sheet."""
    return packed(workbook_parts({sheet: sheet_xml(rows, dimension=dimension)}))

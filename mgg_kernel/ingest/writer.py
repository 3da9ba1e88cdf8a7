"""A curve written as a workbook in the lab's own layout."""

import io
import zipfile
from datetime import UTC, datetime

from mgg_kernel.curve import PTCurve
from mgg_kernel.ingest.names import display_text

__all__ = ["write_lab_workbook"]

_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_DATE = datetime(1980, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # the format knows no zones


def write_lab_workbook(curve: PTCurve, remark: str) -> bytes:
    """Return an .xlsx workbook of a curve; `read_workbook` gives the same curve bit for bit.

    Equal curves with equal remarks give equal bytes, so that the file store knows them again.

    Args:
        curve: what to write, in ms and MPa.
        remark: name of the product, for the third header row.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    workbook = Workbook(write_only=True)
    workbook.properties.created = _DATE
    sheet = workbook.create_sheet("Sheet1")
    product = WriteOnlyCell(sheet, display_text(remark))
    product.data_type = "s"  # also where it begins like a formula
    sheet.append(["Time", "Pressure"])
    sheet.append(["[ms]", "MPa"])
    sheet.append(["注释", product])
    for row in zip(curve.time_ms.tolist(), curve.pressure_mpa.tolist(), strict=True):
        cells = [WriteOnlyCell(sheet, repr(value)) for value in row]
        for cell in cells:
            cell.data_type = "n"  # openpyxl itself would write 16 digits, and some need 17
        sheet.append(cells)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return _undated(buffer)


def _undated(buffer: io.BytesIO) -> bytes:
    """Return the same workbook without the time of its making."""
    from openpyxl.packaging.core import DocumentProperties
    from openpyxl.xml.functions import tostring

    properties = DocumentProperties(creator="MGG workspace", created=_DATE, modified=_DATE)
    undated = io.BytesIO()
    with (
        zipfile.ZipFile(buffer) as source,
        zipfile.ZipFile(undated, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for part in source.namelist():
            content: bytes | str = source.read(part)
            if part == "docProps/core.xml":
                content = tostring(properties.to_tree())
            info = zipfile.ZipInfo(part, _ZIP_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, content)
    return undated.getvalue()

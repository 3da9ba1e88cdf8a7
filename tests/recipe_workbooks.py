"""Made-up recipe databases in the lab's shape: a one-hot matrix under a merged header."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

Cell = float | str | None
Codes = tuple[Cell, ...]

AVERAGES: Codes = ("点火时间（ms）", "峰值时间（ms）", "峰值压力（MPa）")
MIDDLE, SIDE = ("nc", "gp"), ("serial", "product")

SHORT = {
    "serial": "序号",
    "product": "产品型号",
    "igniter": "点火具（三选一）",
    "nc": "NC类型（三选一or三选二）",
    "gp": "GP类型（二选一）",
    "shell": "管壳高度/mm（二选一）",
    "current": "通电条件（A）\n（二选一）",
    "sensor": "传感器量程/MPa（二选一）",
    "vessel": "容积（mL）（四选一）",
    "device": "测试设备",
    "staff": "测试人员",
    "averages": "平均值",
}
CODES: dict[str, Codes] = {
    "serial": (None,),
    "product": (None,),
    "igniter": (61, "X9", 222),
    "nc": ("Q1", "Q2", "Q3"),
    "gp": ("W1", "W-2"),
    "shell": (12.5, 20),
    "current": (1.1, 1.9),
    "sensor": (40, 90),
    "vessel": (4.5, "33ml", "9-777", "12.5-888"),
    "device": ("R-A", "R-B1(旧)"),
    "staff": ("工号",),
    "averages": AVERAGES,
}


@dataclass
class Sheet:
    """A sheet to be filled with rows; `codes` and `titles` may be changed before."""

    name: str = "甲"
    codes: dict[str, Codes] = field(default_factory=lambda: dict(CODES))
    titles: dict[str, str] = field(default_factory=lambda: dict(SHORT))
    rows: list[dict[str, Cell]] = field(default_factory=list)
    above: int = 1
    left: int = 0

    def column(self, group: str, place: int = 0) -> int:
        """The column of the sheet, from 1, of a group's code at a place."""
        at = self.left + 1
        for name, codes in self.codes.items():
            if name == group:
                return at + place
            at += len(codes)
        raise KeyError(group)

    def address(self, group: str, place: int = 0, *, row: int = 0) -> str:
        """The address of a cell of the data row `row`, from 0."""
        letters = openpyxl.utils.get_column_letter(self.column(group, place))
        return f"{letters}{self.above + 4 + row}"

    def add(self, product: Cell, **cells: Cell) -> "Sheet":
        """Add a sound row; `cells` such as ``nc_0=500`` or ``device_1=None`` change it."""
        row: dict[str, Cell] = {
            "product_0": product,
            "igniter_0": 1,
            "nc_0": 500,
            "shell_1": 1,
            "current_0": 1,
            "sensor_1": 1,
            "vessel_2": 1,
            "device_0": 1,
            "averages_0": 0.5,
            "averages_1": 7.25,
            "averages_2": 51.5,
        }
        self.rows.append(row | cells)
        return self

    def write(self, worksheet: Worksheet) -> None:
        """Write the sheet as the lab does, with its cells merged."""
        worksheet.title = self.name
        top = self.above + 1
        if self.above:
            worksheet.cell(1, 1, "试验参数数据库")
        for name, codes in self.codes.items():
            at, last = self.column(name), self.column(name, len(codes) - 1)
            row = top + 1 if name in MIDDLE else top
            end = top + 2 if name in SIDE else top + 1
            worksheet.cell(row, at, self.titles.get(name))
            if (row, at) != (end, last):
                worksheet.merge_cells(start_row=row, start_column=at, end_row=end, end_column=last)
            for place, code in enumerate(codes):
                if name not in SIDE:
                    worksheet.cell(top + 2, at + place, code)
        charges = [name for name in MIDDLE if name in self.codes]
        if charges:
            first, end = self.column(charges[0]), self.column(charges[-1])
            worksheet.cell(top, first, "药剂类型")
            worksheet.merge_cells(start_row=top, start_column=first, end_row=top, end_column=end)
        for number, cells in enumerate(self.rows):
            for key, value in cells.items():
                group, place = key.rsplit("_", 1)
                if group in self.codes:
                    column = self.column(group, int(place))
                    worksheet.cell(top + 3 + number, column, value)


def recipe_workbook(*sheets: Sheet | Sequence[Sequence[Any]]) -> bytes:
    """The bytes of a workbook of these sheets, or of sheets with just these rows."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for sheet in sheets:
        worksheet = book.create_sheet()
        if isinstance(sheet, Sheet):
            sheet.write(worksheet)
            continue
        for row in sheet:
            worksheet.append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()

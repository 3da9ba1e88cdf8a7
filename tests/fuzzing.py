"""Files and grids that are broken at random, each made again from its number."""

import io
import random
import re
import zipfile
from collections.abc import Sequence

import numpy as np
from factory import packed, sheet_xml, short_rows, workbook_parts
from layout_examples import REFUSED, TIME, UNDERSTOOD, A, B
from recipe_workbooks import Sheet, recipe_workbook

from mgg_kernel.ingest import ImportChoice
from mgg_kernel.ingest.grid import SheetGrid

EXAMPLES = (*UNDERSTOOD, *REFUSED)

WORDS = [
    "Time",
    "Pressure",
    "t",
    "p",
    "P_c",
    "时间",
    "压力",
    "时刻",
    "ms",
    "[ms]",
    "s",
    "us",
    "µs",
    "MPa",
    "[MPa]",
    "bar",
    "psi",
    "mPa",
    "V",
    "deg",
    "注释",
    "remark",
    "59_1",
    "Voltage [V]",
    "Crank angle [°CA]",
    "时间 - 曲线 0",
    "压力 - 曲线 0",
    "Shot 1",
    "#N/A",
    "inf",
    "nan",
    "n/a",
    "-",
    "0",
    "01",
    "1e999",
    "=1+1",
    "<b>",
    "\u202e",
    "../",
    "a/b",
    "MPa/ms",
    "(",
    "[",
    "]",
    "（",
    "）",
    "/",
    "：",
    "单位",
    "unit",
    "''",
    " ",
    "\ufeff",
    "�",
    "𝒳",
    "１２",
]
WORDS = [*WORDS, ",", "0,01", "1,234", "x" * 300, "Pressure [MPa] (filtered) / bar"]

# Pieces that mean something to a reader of workbooks, put anywhere.
PIECES = (
    b"PK\x01\x02",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x00",
    b"\xff\xfe",
    b"<!DOCTYPE a>",
    b"&a;",
    b"<row>",
    b"<c/>",
    b'<c r="XFD1048576"/>',
    b'r="A0"',
    b't="s"',
    b't="e"',
    b"<v>1e999</v>",
    b"<v>-</v>",
    b"]]>",
    b"<!--",
    b"<f>",
    b'<mergeCell ref="A1:XFD9"/>',
    b'<dimension ref="A1"/>',
    b"99999999999999999999",
    b"\xed\xa0\x80",
    b'"',
    b"'",
    b"<",
    b">",
    b"/",
    b"NaN",
    b"\x1a",
    b";",
    b",",
    b"\t",
    b"\r",
    b"\n",
)


def broken_workbook(number: int) -> bytes:
    """A workbook of curves or recipes with a few bytes or parts that are not as they should be."""
    chance = random.Random(number)
    kind = chance.randrange(4)
    if kind == 0:
        data = packed(workbook_parts({"Sheet1": sheet_xml(short_rows())}))
    elif kind == 1:
        data = recipe_workbook(Sheet())
    else:
        data = chance.choice(EXAMPLES).make()
    return _mutated(data, chance) if chance.random() < 0.3 else _with_broken_parts(data, chance)


def _with_broken_parts(data: bytes, chance: random.Random) -> bytes:
    """Break what the parts hold and pack them again, so that sizes and checksums are right."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    for _ in range(chance.randint(1, 3)):
        name = chance.choice(sorted(parts))
        deed = chance.randrange(10)
        if deed == 0 and len(parts) > 1:
            del parts[name]
        elif deed == 1:
            parts[name] = parts[chance.choice(sorted(parts))]
        elif deed == 2:
            parts[chance.choice([name.upper(), f"xl/{name}", f"{name}x"])] = parts[name]
        elif deed <= 5:
            parts[name] = _other_attribute(parts[name], chance)
        else:
            parts[name] = _mutated(parts[name], chance)
    return packed(parts)


def _other_attribute(xml: bytes, chance: random.Random) -> bytes:
    """Give one attribute or text of an XML part another value."""
    found = list(re.finditer(rb'(?<==")[^"]*(?=")|(?<=>)[^<>]+(?=<)', xml))
    if not found:
        return xml
    at = chance.choice(found)
    value = chance.choice(
        [
            b"",
            b"0",
            b"-1",
            b"1048577",
            b"1e308",
            b"s",
            b"e",
            b"b",
            b"str",
            b"ZZZ1",
            b"rId99",
            *PIECES,
        ]
    )
    return xml[: at.start()] + value + xml[at.end() :]


def _mutated(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(changed) + 1)
        length = min(chance.randrange(1, 60), len(changed) - at)
        deed = chance.randrange(6)
        if deed == 0:
            del changed[at : at + length]
        elif deed == 1:
            changed[at:at] = chance.choice(PIECES)
        elif deed == 2:
            changed[at:at] = changed[at : at + length] * chance.randint(1, 40)
        elif deed == 3:
            changed[at : at + length] = chance.randbytes(length)
        elif deed == 4 and at < len(changed):
            changed[at] ^= 1 << chance.randrange(8)
        else:
            changed[at : at + length] = chance.choice(PIECES)
    return bytes(changed)


def broken_text(number: int) -> bytes:
    """A text of two columns in any encoding and form, with a few bytes that do not belong."""
    chance = random.Random(number)
    separator, mark = chance.choice(",;\t "), chance.choice(".,")
    rows = [f"{t}{separator}{p}".replace(".", mark) for t, p in zip(TIME, A, strict=True)]
    header = [
        separator.join(chance.choice(WORDS) for _ in range(chance.randint(1, 3)))
        for _ in range(chance.randint(0, 4))
    ]
    if chance.random() < 0.7:
        header.append(f"t [ms]{separator}p [MPa]")
    for _ in range(chance.choice([0, 0, 1, 3])):
        rows[chance.randrange(len(rows))] = separator.join(chance.choices(WORDS, k=2))
    text = chance.choice(["\n", "\r\n", "\r"]).join([*header, *rows])
    encoding = chance.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
    data = text.encode(encoding, "replace" if encoding != "utf-8" else "surrogatepass")
    return data if chance.random() < 0.4 else _mutated(data, chance)


def odd_grid(number: int) -> SheetGrid:
    """A sheet as the reading process may give it back: headers, numbers and holes by chance."""
    chance = random.Random(number)
    columns = chance.randint(1, 6)
    head = chance.randint(0, 6)
    rows = head + chance.choice([0, 1, 3, 49, 60])
    numbers = np.full((rows, columns), np.nan)
    texts: dict[tuple[int, int], str] = {}
    for column in range(columns):
        values: Sequence[float] = chance.choice([TIME, A, B])
        last = min(len(values), chance.choice([rows, rows - head, 55]))
        for row in range(rows):
            index = row - head
            if 0 <= index < last:
                numbers[row, column] = values[index]
            elif index < 0 and chance.random() < 0.6:
                texts[row, column] = chance.choice(WORDS)
            elif index < 0 and chance.random() < 0.2:
                numbers[row, column] = chance.choice([59.0, 0.0, -1.0, 1e300])
        if chance.random() < 0.15:
            _as_text(numbers, texts, column, head, chance)
    for _ in range(chance.choice([0, 0, 0, 1, 4])):
        if rows:
            row, column = chance.randrange(rows), chance.randrange(columns)
            numbers[row, column] = chance.choice([np.nan, 1e308, -5.0])
            if np.isnan(numbers[row, column]) and chance.random() < 0.5:
                texts[row, column] = chance.choice(WORDS)
    place = (chance.randrange(20), chance.randrange(20))
    texts = {at: text for at, text in texts.items() if text.strip() and np.isnan(numbers[at])}
    return SheetGrid(chance.choice(["S", "数据 1", "\ud800"]), True, *place, numbers, texts)


def _as_text(
    numbers: np.ndarray,
    texts: dict[tuple[int, int], str],
    column: int,
    head: int,
    chance: random.Random,
) -> None:
    for row in range(head, len(numbers)):
        value = numbers[row, column]
        if not np.isnan(value):
            texts[row, column] = f"{value}".replace(".", chance.choice([",", ",", "."]))
            numbers[row, column] = np.nan


def odd_choice(number: int) -> ImportChoice:
    """Answers of somebody who may never have seen the file."""
    chance = random.Random(number)

    def maybe(*values: object) -> object:
        return chance.choice([None, None, *values])

    return ImportChoice(
        sheet=maybe("S", "1", "9", "0"),  # type: ignore[arg-type]
        time_column=maybe("A", "B", "t", "Time", "A,C", "，", "ZZZ"),  # type: ignore[arg-type]
        pressure_column=maybe("B", "C", "p", "B,D", "A", ";"),  # type: ignore[arg-type]
        time_unit=maybe("s", "ms", "us"),  # type: ignore[arg-type]
        pressure_unit=maybe("MPa", "bar", "mbar"),  # type: ignore[arg-type]
        header_row=maybe(1, 3, 15, 1_048_576),  # type: ignore[arg-type]
    )

"""Program of the process that reads untrusted cells: it may die, and takes nothing with it.

It is started by its path with ``python -I`` and imports nothing of this package.  It limits
itself, gets a letter (``S`` for a small workbook, ``L`` for any other) and the workbook on stdin,
writes one answer to stdout and touches no file.  The answer is the number of its words; each word
as its length and UTF-8; then the numbers of all sheets as little-endian float64.  Counts and
lengths are 4 bytes, big-endian.

Half of the time of a small workbook is the start of this process, so it imports as little as
it can: json and typing alone would take as long as the reading.
"""

import io
import math
import resource
import sys
from array import array

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LONGEST_TEXT = 200


def main(arguments: list[str]) -> None:
    """Answer one request.

    Args:
        arguments: bytes of memory for a small workbook and for any, seconds of processor time,
            most text cells; and the word ``tdms`` for such a file, or for the second opinion on
            one cell its sheet, its row and its column, from 1.
    """
    small_bytes, memory_bytes, cpu_s, text_cells = map(int, arguments[:4])
    _limit(resource.RLIMIT_AS, small_bytes, memory_bytes)
    # One second between the two, so that the signal tells what was used up.
    _limit(resource.RLIMIT_CPU, cpu_s, cpu_s + 1)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    if len(arguments) == 4:
        # Whoever started this may still be looking through the file: the time is used.
        import python_calamine  # noqa: F401
    if sys.stdin.buffer.read(1) == b"L":
        _limit(resource.RLIMIT_AS, memory_bytes)
    data = sys.stdin.buffer.read()
    numbers = array("d")
    try:
        if arguments[4:] == ["tdms"]:
            words = _tdms(data, numbers, text_cells)
        elif len(arguments) > 4:
            words = _explain(data, arguments[4], int(arguments[5]), int(arguments[6]))
        else:
            words = _grids(data, numbers, text_cells)
    except MemoryError:
        words = ["refused", "memory"]
    _answer(words, numbers)


def _limit(what: int, soft: int, hard: int | None = None) -> None:
    hard = soft if hard is None else hard
    given = resource.getrlimit(what)[1]
    if given != resource.RLIM_INFINITY:
        soft, hard = min(soft, given), min(hard, given)
    resource.setrlimit(what, (soft, hard))


def _answer(words: list[str], numbers: "array[float]") -> None:
    if sys.byteorder == "big":
        numbers.byteswap()
    encoded = [word.encode("utf-8", "replace") for word in words]
    out = sys.stdout.buffer
    out.write(len(encoded).to_bytes(4, "big"))
    out.writelines(len(word).to_bytes(4, "big") + word for word in encoded)
    out.write(memoryview(numbers))
    out.flush()


def _grids(data: bytes, numbers: "array[float]", text_cells: int) -> list[str]:
    """Return ``grids`` and for each sheet its name, visibility, place, size and texts."""
    import python_calamine as calamine

    words = ["grids"]
    left = text_cells
    try:
        workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for meta in workbook.sheets_metadata:
            if meta.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = workbook.get_sheet_by_name(meta.name)
            rows, columns, texts = _sheet(sheet, numbers, left)
            left -= len(texts)
            if left < 0:
                return ["refused", "texts"]
            visible = int(meta.visible == calamine.SheetVisibleEnum.Visible)
            place = (visible, *(sheet.start or (0, 0)), rows, columns, len(texts))
            words += [meta.name, *map(str, place)]
            for row, column, text in texts:
                words += [str(row), str(column), text]
    except calamine.CalamineError:
        return ["refused", "unreadable"]
    return words


def _sheet(
    sheet: "Any", numbers: "array[float]", left: int
) -> tuple[int, int, list[tuple[int, int, str]]]:
    if sheet.start is None:
        return 0, 0, []
    texts: list[tuple[int, int, str]] = []
    rows = columns = 0
    for row, values in enumerate(sheet.to_python()):
        rows, columns = row + 1, len(values)
        for column, value in enumerate(values):
            # A workbook may spell "inf" or "NaN" where a number belongs: these stay texts.
            if type(value) is float and math.isfinite(value):
                numbers.append(value)
                continue
            if type(value) is int:
                numbers.append(float(value))
                continue
            numbers.append(math.nan)
            text = value if type(value) is str else str(value)
            if text.strip():
                texts.append((row, column, text[:LONGEST_TEXT]))
        if len(texts) > left:
            break
    return rows, columns, texts


def _tdms(data: bytes, numbers: "array[float]", text_cells: int) -> list[str]:
    """Return ``grids`` and for each group of channels what :func:`_grids` returns for a sheet.

    Row 0 holds the channels' names, row 1 their units.
    """
    try:
        from nptdms import TdmsFile
    except ImportError:
        return ["refused", "no tdms"]
    words = ["grids"]
    try:
        for group in TdmsFile.read(io.BytesIO(data)).groups():
            columns = _channels(group)
            if not columns:
                continue
            rows, texts = _group(columns, numbers)
            text_cells -= len(texts)
            if text_cells < 0:
                return ["refused", "texts"]
            words += [group.name, *map(str, (1, 0, 0, rows, len(columns), len(texts)))]
            for row, column, text in texts:
                words += [str(row), str(column), text]
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - whatever a broken file makes the library raise
        return ["refused", "unreadable"]
    return words


def _channels(group: "Any") -> "list[tuple[str, str, Any]]":
    """Return name, unit and values of the channels of a group that hold numbers.

    Where all are sampled alike, times come first, made of start and increment, in seconds.
    """
    import numpy as np

    columns, steps = [], set()
    for channel in group.channels():
        values = channel[:]
        if values.ndim != 1 or values.dtype.kind not in "fiu" or not len(values):
            continue
        told = channel.properties
        unit = str(told.get("unit_string", ""))
        steps.add((len(values), told.get("wf_increment"), told.get("wf_start_offset", 0.0)))
        columns.append((channel.name, unit, values.astype("<f8")))
    if len(steps) == 1:
        count, step, start = steps.pop()
        if type(step) is float and type(start) is float and math.isfinite(step):
            columns.insert(0, ("Time (of the waveform)", "s", start + step * np.arange(count)))
    return columns


def _group(
    columns: "list[tuple[str, str, Any]]", numbers: "array[float]"
) -> tuple[int, list[tuple[int, int, str]]]:
    """Add the numbers of a group, and return its rows and its texts."""
    import numpy as np

    rows = 2 + max(len(values) for _, _, values in columns)
    block = np.full((rows, len(columns)), math.nan)
    texts: list[tuple[int, int, str]] = []
    for at, (name, unit, values) in enumerate(columns):
        whole = np.isfinite(values)
        block[2 : 2 + len(values), at] = np.where(whole, values, math.nan)
        texts.append((0, at, name[:LONGEST_TEXT]))
        if unit:
            texts.append((1, at, f"[{unit[:LONGEST_TEXT]}]"))
        texts += [(int(row) + 2, at, str(values[row])) for row in np.flatnonzero(~whole)]
    numbers.frombytes(block.tobytes())
    return rows, texts


def _explain(data: bytes, sheet: str, row: int, column: int) -> list[str]:
    """Tell what stands in a cell that the fast reader gave back empty."""
    cell = _cell(data, sheet, row, column, values=True)
    if cell is not None and cell.value is not None:
        kind = "error" if cell.data_type == "e" else "text"
        return [kind, str(cell.value)[:LONGEST_TEXT]]
    cell = _cell(data, sheet, row, column, values=False)
    if cell is not None and cell.data_type == "f":
        return ["formula", str(cell.value)[:LONGEST_TEXT]]
    return ["empty", ""]


def _cell(data: bytes, sheet: str, row: int, column: int, *, values: bool) -> "Any":
    import openpyxl

    workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=values)
    worksheet = workbook[sheet]
    worksheet.reset_dimensions()  # the file's own word on its size may be wrong
    found = worksheet.iter_rows(min_row=row, max_row=row, min_col=column, max_col=column)
    cells = next(found, ())
    return cells[0] if cells else None


if __name__ == "__main__":
    main(sys.argv[1:])

"""Whatever is broken, the only error is a refusal, and what is read is what stands in the cells.

The short form runs always, for seconds; `make fuzz` runs the campaign for FUZZ_MINUTES (10).  The
number in a failure makes the same file again: ``broken_text(number)`` and so on in fuzzing.py.
"""

import os
import re
import time
from collections.abc import Callable
from itertools import count

import numpy as np
import pytest
from fuzzing import broken_text, broken_workbook, odd_choice, odd_grid

from mgg_kernel.errors import IngestError
from mgg_kernel.ingest import Limits, ReadCurve, read_recipe_workbook, read_workbook
from mgg_kernel.ingest.curves import curves_of
from mgg_kernel.ingest.grid import SheetGrid
from mgg_kernel.ingest.layouts import ImportChoice
from mgg_kernel.units import pressure_factor, time_factor

LONGEST_S = 3.0


def told(error: IngestError) -> None:
    """A refusal is one sentence that names the file."""
    message = str(error)
    assert message.startswith("'fuzz."), message
    assert message.endswith("."), message
    message.encode("utf-8")


def read_text(number: int) -> None:
    try:
        curves = read_workbook(broken_text(number), "fuzz.csv")
    except IngestError as error:
        told(error)
    else:
        assert all(np.isfinite(read.curve.pressure_mpa).all() for read in curves)


def read_file(number: int) -> None:
    data = broken_workbook(number)
    for reader in (read_workbook, read_recipe_workbook):
        try:
            reader(data, "fuzz.xlsx")
        except IngestError as error:
            told(error)


def read_grid(number: int) -> None:
    grid = odd_grid(number)
    choice = ImportChoice() if number % 2 else odd_choice(number)
    try:
        curves = curves_of([grid], "fuzz.xlsx", lambda *_: ("empty", ""), Limits(), choice, ())
    except IngestError as error:
        told(error)
    else:
        for read in curves:
            assert_cells(grid, read)


def assert_cells(grid: SheetGrid, read: ReadCurve) -> None:
    """The curve is what stands in the cells that it names, number for number."""
    assert read.cells is not None
    for cells, values, factor in (
        (read.cells[0], read.curve.time_ms, time_factor(read.time_unit)),
        (read.cells[1], read.curve.pressure_mpa, pressure_factor(read.pressure_unit)),
    ):
        match = re.fullmatch(r"([A-Z]+)(\d+):\1(\d+)", cells)
        assert match is not None
        column = next(c for c in range(grid.columns) if grid.letters(c) == match[1])
        rows = range(int(match[2]) - 1 - grid.first_row, int(match[3]) - grid.first_row)
        written = [
            float(grid.texts[row, column].replace(",", "."))
            if (row, column) in grid.texts
            else grid.numbers[row, column]
            for row in rows
        ]
        assert np.array_equal(np.array(written) * factor, values)


KINDS = {"text": read_text, "workbook": read_file, "grid": read_grid}


def run(read: Callable[[int], None], number: int) -> None:
    began = time.monotonic()
    try:
        read(number)
    except Exception as error:
        error.add_note(f"The number of this file is {number}.")
        raise
    assert time.monotonic() - began < LONGEST_S, f"file {number} took too long"


@pytest.mark.parametrize(("kind", "files"), [("text", 400), ("workbook", 25), ("grid", 1500)])
def test_some_broken_files(kind: str, files: int) -> None:
    for number in range(files):
        run(KINDS[kind], number)


def test_what_is_made_is_now_and_then_whole() -> None:
    """Mutations that break every file would test nothing but the first check."""
    good = 0
    for number in range(300):
        try:
            good += bool(read_workbook(broken_text(number), "fuzz.csv"))
        except IngestError:
            continue
    assert 10 < good < 250


@pytest.mark.campaign
@pytest.mark.parametrize("kind", KINDS)
def test_broken_files_for_minutes(kind: str) -> None:
    minutes = float(os.environ.get("FUZZ_MINUTES", "10")) / len(KINDS)
    first = int(os.environ.get("FUZZ_FIRST", str(int(time.time()))))
    ends = time.monotonic() + 60 * minutes
    for number in count(first):
        run(KINDS[kind], number)
        if time.monotonic() > ends:
            print(f"{kind}: {number - first + 1:,} files from {first} on")
            break

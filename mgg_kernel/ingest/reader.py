"""The cells of an untrusted workbook, read in a process of its own.

The fast reader can abort its whole process on a hostile file, or ask for gigabytes; here it
does so alone, under limits on memory and time, and what it answers is words and plain floats.
"""

import os
import signal
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np

from mgg_kernel.errors import IngestError
from mgg_kernel.ingest.grid import SheetGrid
from mgg_kernel.ingest.limits import MIB, Limits

__all__ = ["ReadingProcess", "explain_cell", "read_grids", "read_tdms"]

_PROGRAM = Path(__file__).with_name("_child.py")
# Passwords and addresses in the environment are none of that process's business.
_PASSED_ON = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "TZ")
SMALL_MEMORY_BYTES = 256 * MIB
"""Address space in which a workbook of `SMALL_BYTES` can be read, and no other one does harm."""
_SAVE_AGAIN = "open it in the program that made it and save it again"


class ReadingProcess:
    """A process that will read one file; it starts while the file is still looked through.

    A small workbook may even be read meanwhile: under a limit on memory that no file can use to
    harm, and what it answers is looked at only when the file was let pass.

    Args:
        name: the file's name, fit to be shown.
        limits: what the reading may cost.

    Raises:
        IngestError: no process can be started.
    """

    def __init__(self, name: str, limits: Limits) -> None:
        self._name, self._limits = name, limits
        self._process = _started(limits)
        self._asker = ThreadPoolExecutor(1, thread_name_prefix="mgg-ask")
        self._early: Future[tuple[list[str], memoryview]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End the process, whether it was asked or not."""
        self._process.kill()
        self._asker.shutdown()
        _ended(self._process)

    def begin(self, data: bytes) -> None:
        """Have a small workbook read already; :meth:`read` waits for the answer.

        Args:
            data: bytes that `weigh` told to be small.
        """
        self._early = self._asker.submit(
            _answer, self._process, data, self._name, self._limits, b"S"
        )

    def read(self, data: bytes) -> list[SheetGrid]:
        """Return the cells of all worksheets, in the workbook's order.

        Args:
            data: bytes that `prescan` let pass.

        Raises:
            IngestError: the cells cannot be read, or not within the limits.
        """
        if self._early is not None:
            return _grids(*self._early.result())
        return _grids(*_answer(self._process, data, self._name, self._limits))


def read_grids(data: bytes, name: str, limits: Limits) -> list[SheetGrid]:
    """Return the cells of all worksheets, in the workbook's order.

    Args:
        data: bytes that `prescan` let pass.
        name: the file's name, fit to be shown.
        limits: what the reading may cost.

    Raises:
        IngestError: the cells cannot be read, or not within the limits.
    """
    with ReadingProcess(name, limits) as process:
        return process.read(data)


def read_tdms(data: bytes, name: str, limits: Limits) -> list[SheetGrid]:
    """Return the channels of a TDMS file: a grid for each group, names and units in two rows.

    Args:
        data: the file's bytes; not trusted.
        name: the file's name, fit to be shown.
        limits: what the reading may cost.

    Raises:
        IngestError: the file is refused, or the library for it is not installed.
    """
    if len(data) > limits.file_bytes:
        raise IngestError(
            f"'{name}' is refused: it is larger than {limits.file_bytes / MIB:,.3g} MiB; save only "
            "the channels of time and pressure to a new file."
        )
    if not data.startswith(b"TDSm"):
        raise IngestError(
            f"'{name}' is refused: it is no TDMS file, whatever its name says; copy it again from "
            "where it was made."
        )
    process = _started(limits, "tdms")
    try:
        found = _grids(*_answer(process, data, name, limits))
    finally:
        _ended(process)
    if sum(grid.numbers.size for grid in found) > limits.cells:
        raise IngestError(
            f"'{name}' is refused: it has more than {limits.cells:,} values; save only the "
            "channels of time and pressure to a new file."
        )
    # A channel has no cells that another reader could be asked about.
    return [replace(grid, kind="text") for grid in found]


def _grids(words: list[str], numbers: memoryview) -> list[SheetGrid]:
    at = iter(words[1:])
    offset = 0
    grids = []
    for sheet in at:
        visible, first_row, first_column, rows, columns, texts = (int(next(at)) for _ in range(6))
        block = np.frombuffer(numbers, dtype="<f8", count=rows * columns, offset=offset)
        offset += block.nbytes
        grids.append(
            SheetGrid(
                name=sheet,
                visible=bool(visible),
                first_row=first_row,
                first_column=first_column,
                numbers=block.reshape(rows, columns),
                texts={(int(next(at)), int(next(at))): next(at) for _ in range(texts)},
            )
        )
    return grids


def explain_cell(
    data: bytes, name: str, limits: Limits, sheet: str, row: int, column: int
) -> tuple[str, str]:
    """Tell what a cell holds that the fast reader gave back empty.

    Args:
        data: bytes that `prescan` let pass.
        name: the file's name, fit to be shown.
        limits: what the reading may cost.
        sheet: name of the sheet as in the file.
        row: number of the row, from 1.
        column: number of the column, from 1.

    Returns:
        ``("error", "#DIV/0!")``, ``("formula", "=A1*2")`` for one without a calculated value,
        ``("text", …)`` or ``("empty", "")``.

    Raises:
        IngestError: the cell cannot be read within the limits.
    """
    process = _started(limits, sheet, str(row), str(column))
    try:
        words, _ = _answer(process, data, name, limits)
    finally:
        _ended(process)
    return words[0], words[1]


def _started(limits: Limits, *cell: str) -> "subprocess.Popen[bytes]":
    memory = (min(SMALL_MEMORY_BYTES, limits.child_memory_bytes), limits.child_memory_bytes)
    budget = (*memory, limits.child_cpu_s, limits.text_cells)
    environment = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
    # A linear-algebra library reserves memory per thread, which would count against the limit.
    environment |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    try:
        return subprocess.Popen(
            [sys.executable, "-I", str(_PROGRAM), *map(str, budget), *cell],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
    except (OSError, ValueError) as error:
        raise IngestError(
            f"No process for reading files could be started ({error}); try again, and tell an "
            "administrator if it stays so."
        ) from None


def _ended(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process that may still run, and let go of what it held."""
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):  # what was still to be written to it has nowhere to go
                pipe.close()
    process.wait()


def _answer(
    process: "subprocess.Popen[bytes]",
    data: bytes,
    name: str,
    limits: Limits,
    size: bytes = b"L",
) -> tuple[list[str], memoryview]:
    """Hand the process the file, and return the words and numbers of its answer."""
    try:
        output, _ = process.communicate(size + data, timeout=limits.child_wall_s)
    except subprocess.TimeoutExpired:
        raise _too_slow(name, f"{limits.child_wall_s:g} s") from None
    if process.returncode != 0:
        raise _died(name, process.returncode, limits)
    words, numbers = _unframed(memoryview(output))
    if words[0] == "refused":
        raise _reported(name, words[1], limits)
    return words, numbers


def _unframed(output: memoryview) -> tuple[list[str], memoryview]:
    words, at = [], 4
    for _ in range(int.from_bytes(output[:4], "big")):
        start = at + 4
        at = start + int.from_bytes(output[at:start], "big")
        words.append(str(output[start:at], "utf-8"))
    return words, output[at:]


def _reported(name: str, reason: str, limits: Limits) -> IngestError:
    if reason == "memory":
        return _too_large(name, limits)
    if reason == "no tdms":
        return IngestError(
            f"'{name}' is refused: the library that reads TDMS files is not installed here; run "
            "'pip install nptdms' in this environment, or export the channels as CSV."
        )
    if reason == "texts":
        return IngestError(
            f"'{name}' is refused: more than {limits.text_cells:,} of its cells hold no "
            "number; save only the time and pressure columns, as numbers, to a new file."
        )
    return _damaged(name)


def _died(name: str, status: int, limits: Limits) -> IngestError:
    if status == -signal.SIGXCPU:
        return _too_slow(name, f"{limits.child_cpu_s} s of processor time")
    if status < 0:
        return _too_large(name, limits)
    return _damaged(name)


def _too_slow(name: str, budget: str) -> IngestError:
    return IngestError(
        f"'{name}' is refused: its cells could not be read within {budget}; "
        "save only the data to a new file."
    )


def _too_large(name: str, limits: Limits) -> IngestError:
    return IngestError(
        f"'{name}' is refused: its cells could not be read within "
        f"{limits.child_memory_bytes / MIB:,.0f} MiB of memory; save only the data to a new file."
    )


def _damaged(name: str) -> IngestError:
    return IngestError(f"'{name}' is refused: its cells cannot be read; {_SAVE_AGAIN}.")

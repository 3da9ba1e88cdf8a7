"""How fast many files, and one large file, become tests."""

import io
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

from benchmarks.measure import Result, compare_speed

__all__ = ["measure"]

FILES, ROWS = 100, 200_000
MIB = 1024 * 1024


def measure() -> list[Result]:
    """Measure a batch of a hundred lab files, and a workbook of 200,000 rows."""
    return [_batch(), _large()]


def _batch() -> Result:
    from mgg_kernel.hot.database import Caller
    from mgg_kernel.ingest import example_curve, write_lab_workbook
    from mgg_kernel.settings import Settings
    from mgg_kernel.workspace import Foundation, Workspace

    seeds = count(1)
    peer = write_lab_workbook(example_curve(seed=0), "bench")
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        foundation = Foundation(
            Settings(data_dir=Path(folder) / "data"), application="bench", upgrade=True
        )
        workspace = Workspace(foundation, Caller("admin"))
        batches = [
            [write_lab_workbook(example_curve(seed=next(seeds)), "bench") for _ in range(FILES)]
            for _ in range(3)
        ]

        def ours() -> None:
            files = batches.pop()
            done = workspace.tests.ingest_many(("b.xlsx", lambda data=data: data) for data in files)  # type: ignore[misc]
            assert sum(result.status == "stored" for of_file in done for result in of_file) == FILES

        def reference() -> None:
            for _ in range(FILES):
                _by_openpyxl(peer)

        try:
            found = compare_speed(
                f"ingest {FILES} lab workbooks in one batch",
                ours,
                "openpyxl, read-only, reading them alone",
                reference,
                target=0.5,
                pairs=2,
            )
        finally:
            foundation.close()
    return replace(found, what=f"{found.what}: {FILES / found.ours_s:.0f} files/s")


def _large() -> Result:
    import numpy as np

    from mgg_kernel.curve import PTCurve
    from mgg_kernel.ingest import example_curve, read_workbook, write_lab_workbook

    shot = example_curve(seed=1)
    time_ms = np.linspace(0.0, float(shot.time_ms[-1]), ROWS)
    pressure_mpa = np.interp(time_ms, shot.time_ms, shot.pressure_mpa)
    data = write_lab_workbook(PTCurve(time_ms, pressure_mpa), "bench")
    with _peak_bytes() as peak:
        read_workbook(data, "large.xlsx")
    return compare_speed(
        f"read {ROWS:,} rows, pre-scan and child included; "
        f"{peak[0] / MIB:.0f} MiB with the reading process",
        lambda: read_workbook(data, "large.xlsx"),
        "openpyxl, read-only, no check at all",
        lambda: _by_openpyxl(data),
        target=0.5,
        pairs=3,
    )


def _by_openpyxl(data: bytes) -> None:
    import openpyxl

    sheet = openpyxl.load_workbook(io.BytesIO(data), read_only=True).active
    assert sheet is not None
    assert sum(1 for _ in sheet.iter_rows(values_only=True)) >= 4000


@contextmanager
def _peak_bytes() -> Iterator[list[int]]:
    """Watch the memory of this process, beyond what it has now, and of its children."""
    peak, ended = [0], threading.Event()
    before = _resident(os.getpid())

    def watch() -> None:
        while not ended.is_set():
            children = Path(f"/proc/{os.getpid()}/task").glob("*/children")
            found = [int(child) for one in children for child in one.read_text().split()]
            peak[0] = max(peak[0], sum(map(_resident, [os.getpid(), *found])) - before)
            time.sleep(0.003)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        ended.set()
        watcher.join()


def _resident(process: int) -> int:
    try:
        pages = Path(f"/proc/{process}/statm").read_text().split()[1]
    except (FileNotFoundError, ProcessLookupError):
        return 0  # it has ended meanwhile
    return int(pages) * os.sysconf("SC_PAGE_SIZE")

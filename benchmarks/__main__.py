"""Measure everything, print the table of `make bench`, and write it to docs/benchmarks.md."""

import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import (
    archive,
    audit,
    calibration,
    comparison,
    curves,
    ingest,
    lots,
    reverse,
    similarity,
    simulation,
    startup,
    workbooks,
)
from benchmarks.measure import Result
from mgg_kernel._version import __version__

MEASUREMENTS = (
    startup.measure,
    workbooks.measure,
    curves.measure,
    ingest.measure,
    simulation.measure,
    comparison.measure,
    lots.measure,
    similarity.measure,
    reverse.measure,
    archive.measure,
    audit.measure,
    calibration.measure,
)
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"

HEAD = """# Benchmarks

`make bench` writes this page.  Each line is the median of interleaved pairs, ours and a reference,
run by turns in one process on one machine; a ratio below 1 means that ours is faster.  Absolute
times vary with the machine and its neighbours by a factor of four, so only the ratios are to be
compared.  A target that is missed is said to be missed.
"""


def main() -> int:
    """Measure everything and write the page."""
    results: list[Result] = []
    for measure in MEASUREMENTS:
        for result in measure():
            results.append(result)
            print(result.line, flush=True)
    where = (
        f"mgg {__version__}, {datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores."
    )
    rows = "\n".join(result.line for result in results)
    PAGE.write_text(f"{HEAD}\n{where}\n\n{Result.header()}\n{rows}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

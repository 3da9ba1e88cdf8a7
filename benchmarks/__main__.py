"""Measure everything, print the table of `make bench`, and write it to docs/benchmarks.md.

With names (`python -m benchmarks pages crowd`) only those are measured, and nothing is written.
"""

import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import (
    archive,
    audit,
    backup,
    calibration,
    comparison,
    curves,
    ingest,
    lots,
    pages,
    reports,
    reverse,
    similarity,
    simulation,
    startup,
    workbooks,
)
from benchmarks.measure import Result
from mgg_kernel._version import __version__

MEASUREMENTS = {
    "startup": startup.measure,
    "workbooks": workbooks.measure,
    "curves": curves.measure,
    "ingest": ingest.measure,
    "simulation": simulation.measure,
    "comparison": comparison.measure,
    "lots": lots.measure,
    "similarity": similarity.measure,
    "reverse": reverse.measure,
    "archive": archive.measure,
    "audit": audit.measure,
    "calibration": calibration.measure,
    "pages": pages.measure,
    "crowd": pages.measure_crowd,
    "reports": reports.measure,
    "backup": backup.measure,
}
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"

HEAD = """# Benchmarks

`make bench` writes this page.  Each line is the median of interleaved pairs, ours and a reference,
run by turns in one process on one machine; a ratio below 1 means that ours is faster.  Absolute
times vary with the machine and its neighbours by a factor of four, so only the ratios are to be
compared.  A target that is missed is said to be missed.
"""


def main() -> int:
    """Measure what is named and print it, or measure everything and write the page."""
    named = sys.argv[1:]
    unknown = sorted(set(named) - set(MEASUREMENTS))
    if unknown:
        print(f"There is no measurement {unknown[0]}; choose of {', '.join(MEASUREMENTS)}.")
        return 2
    results: list[Result] = []
    for name in named or MEASUREMENTS:
        for result in MEASUREMENTS[name]():
            results.append(result)
            print(result.line, flush=True)
    if named:
        return 0
    where = (
        f"mgg {__version__}, {datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores."
    )
    rows = "\n".join(result.line for result in results)
    PAGE.write_text(f"{HEAD}\n{where}\n\n{Result.header()}\n{rows}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

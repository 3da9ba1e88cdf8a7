"""Print the table of `make bench`; exit with 1 if a target was missed."""

import sys

from bench import startup
from bench.measure import Result

MEASUREMENTS = (startup.measure,)


def main() -> int:
    """Measure everything and print one line for each; return the exit status."""
    print(f"{'what':32} {'ours ms':>9} {'ref ms':>9} {'ratio':>7} {'target':>7}  reference")
    results: list[Result] = []
    for measure in MEASUREMENTS:
        for result in measure():
            results.append(result)
            print(
                f"{result.what:32} {result.ours_s * 1e3:9.1f} {result.reference_s * 1e3:9.1f} "
                f"{result.ratio:7.3f} {result.target:7.2f}  {result.reference}"
                f"{'' if result.met else '   MISSED'}",
                flush=True,
            )
    return 0 if all(result.met for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())

"""The one way to measure: interleaved pairs of a reference and ours, and their medians."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Result", "compare_speed"]


@dataclass(frozen=True)
class Result:
    """One line of the table: how our time stands to the reference's."""

    what: str
    reference: str
    ours_s: float
    reference_s: float
    target: float

    @property
    def ratio(self) -> float:
        """Our time as a share of the reference's; smaller is better."""
        return self.ours_s / self.reference_s

    @staticmethod
    def header() -> str:
        """Return the head of the table, in Markdown."""
        return (
            "| what | ours [ms] | reference [ms] | ratio | target | reference |\n"
            "|---|---|---|---|---|---|"
        )

    @property
    def line(self) -> str:
        """The result as a line of the table, in Markdown."""
        target = f"≤ {self.target:.3g}{'' if self.met else ' **missed**'}"
        return (
            f"| {self.what} | {self.ours_s * 1e3:.3g} | {self.reference_s * 1e3:.3g} "
            f"| {self.ratio:.3g} | {target} | {self.reference} |"
        )

    @property
    def met(self) -> bool:
        """Whether the ratio is within the target."""
        return self.ratio <= self.target


def compare_speed(
    what: str,
    ours: Callable[[], object],
    reference_name: str,
    reference: Callable[[], object],
    *,
    target: float,
    pairs: int = 5,
    in_a_row: int = 1,
) -> Result:
    """Run both in turns and return the medians; the first pair warms up and is not counted.

    Where ours is much the shorter it runs so many times in a row, of which the mean is taken:
    a single call after a long reference would find the processor's memories full of the other.
    """
    times = [(_seconds(ours, in_a_row), _seconds(reference, 1)) for _ in range(pairs + 1)]
    ours_s, reference_s = (statistics.median(column) for column in zip(*times[1:], strict=True))
    return Result(what, reference_name, ours_s, reference_s, target)


def _seconds(call: Callable[[], object], times: int) -> float:
    started = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - started) / times

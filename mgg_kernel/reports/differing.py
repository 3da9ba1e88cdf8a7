"""The numbers of two reports side by side: those that differ, by their names."""

from typing import Any

from mgg_kernel.errors import ReportError
from mgg_kernel.exports.document import Value, flat
from mgg_kernel.hot.report_runs import ReportRun

__all__ = ["differing_numbers"]


def differing_numbers(one: ReportRun, other: ReportRun) -> dict[str, tuple[Value, Value]]:
    """Return the numbers of two reports that differ; none, where both found the same.

    Args:
        one: a report that is done.
        other: another one, of the same kind.

    Raises:
        ReportError: they are of two kinds, or one of them has no numbers.
    """
    if one.name != other.name:
        raise ReportError(
            f"Report {one.id} is a {one.name} and report {other.id} a {other.name}; choose two of "
            "one kind."
        )
    if one.numbers_digest is not None and one.numbers_digest == other.numbers_digest:
        return {}
    first, second = _numbers(one), _numbers(other)
    return {
        name: (first.get(name), second.get(name))
        for name in sorted(first.keys() | second.keys())
        if not _same(first.get(name), second.get(name))
    }


def _numbers(run: ReportRun) -> dict[str, Value]:
    numbers: Any = (run.manifest or {}).get("numbers")
    if not isinstance(numbers, dict):
        raise ReportError(f"Report {run.id} has no numbers to compare; choose another one.")
    return flat(numbers)


def _same(a: Value, b: Value) -> bool:
    both = isinstance(a, int | float) and isinstance(b, int | float)
    return a == b or (both and f"{a:.9g}" == f"{b:.9g}")

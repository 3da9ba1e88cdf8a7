"""What many comparisons come to: an array for each number, the best matches, and a table."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.comparison.metrics import Comparison
from mgg_kernel.errors import ComparisonError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["NUMBERS", "Matrix", "numbers_of"]

FloatArray = NDArray[np.float64]
Better = Literal["high", "low", "near 0", "none"]

NUMBERS: MappingProxyType[str, Better] = MappingProxyType(
    {
        "peak_pressure_diff_mpa": "near 0",
        "peak_pressure_diff_percent": "near 0",
        "peak_time_diff_ms": "near 0",
        "ignition_time_diff_ms": "near 0",
        "impulse_diff_mpa_ms": "near 0",
        "rmse_mpa": "low",
        "rmse_percent": "low",
        "mae_mpa": "low",
        "mae_percent": "low",
        "correlation": "high",
        "r_squared": "high",
        "iso18571_overall": "high",
        "iso18571_corridor": "high",
        "iso18571_phase": "high",
        "iso18571_magnitude": "high",
        "iso18571_slope": "high",
        "sprague_geers_m": "near 0",
        "sprague_geers_p": "low",
        "sprague_geers_c": "low",
        "phase_ignition_delay": "high",
        "phase_rise": "high",
        "phase_peak": "high",
        "phase_decay": "high",
        "from_ms": "none",
        "to_ms": "none",
    }
)
"""The numbers of each pair, and which of them is the better one.

Those of the phases are their scores; `from_ms` and `to_ms` are the window that was compared.
"""


@dataclass(frozen=True, eq=False)
class Matrix:
    """Comparisons of each simulation with each test.

    Attributes:
        simulations: a name for each row.
        tests: a name for each column.
        numbers: for each of :data:`NUMBERS` an array of the shape (simulations, tests), as
            :func:`compare` gives it; NaN where a pair has no such number.
        errors: for each pair (row, column) that cannot be compared, the sentence that says why.
        warnings: the sentences about what the numbers do not tell, each once.
        settings: what all pairs share of :class:`ComparisonSettings`, as plain values.
    """

    simulations: tuple[str, ...]
    tests: tuple[str, ...]
    numbers: dict[str, FloatArray]
    errors: dict[tuple[int, int], str]
    warnings: tuple[str, ...]
    settings: dict[str, Any]

    def best(self, number: str = "iso18571_overall") -> tuple[int | None, ...]:
        """Return for each test the row of the simulation that matches it best.

        Args:
            number: by which; :data:`NUMBERS` says whether high, low or near 0 is better.

        Returns:
            The first of equals; None where no simulation has this number.

        Raises:
            ComparisonError: there is no such number, or none of it is better than another.
        """
        direction = NUMBERS.get(number, "none")
        if direction == "none":
            known = ", ".join(name for name, better in NUMBERS.items() if better != "none")
            raise ComparisonError(f"'{number}' tells no best match; choose {known}.")
        values = self.numbers[number]
        away = np.abs(values) if direction == "near 0" else values
        away = np.where(np.isnan(values), np.inf, -away if direction == "high" else away)
        rows = np.argmin(away, axis=0)
        return tuple(
            int(row) if np.isfinite(away[row, column]) else None for column, row in enumerate(rows)
        )

    def table(self) -> "pa.Table":
        """Return a row for each pair, row by row: both names, all numbers, and the error.

        What is NaN in the arrays is missing in the table.
        """
        import pyarrow as pa

        rows, columns = len(self.simulations), len(self.tests)
        content: dict[str, Any] = {
            "simulation": [name for name in self.simulations for _ in range(columns)],
            "test": list(self.tests) * rows,
        }
        for name, values in self.numbers.items():
            content[name] = pa.array(values.ravel(), pa.float64(), from_pandas=True)
        pairs = ((row, column) for row in range(rows) for column in range(columns))
        content["error"] = pa.array([self.errors.get(pair) for pair in pairs], pa.string())
        return pa.table(content)


def numbers_of(found: Comparison) -> dict[str, float | None]:
    """Return the numbers of :data:`NUMBERS` of one pair; None where it has no such number."""
    iso, geers, phases = found.iso18571, found.sprague_geers, found.phases
    flat = {
        name: getattr(found, name)
        for name in NUMBERS
        if not name.startswith(("iso18571", "sprague", "phase", "from", "to"))
    }
    for part in ("overall", "corridor", "phase", "magnitude", "slope"):
        flat[f"iso18571_{part}"] = getattr(iso, part) if iso else None
    for part in ("m", "p", "c"):
        flat[f"sprague_geers_{part}"] = getattr(geers, part)
    for part in ("ignition_delay", "rise", "peak", "decay"):
        rating = getattr(phases, part)
        flat[f"phase_{part}"] = rating.score if rating else None
    flat["from_ms"], flat["to_ms"] = found.settings.used_window_ms
    return flat

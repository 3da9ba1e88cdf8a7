"""Many simulations against many tests: each curve is made ready once, then each pair compared."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from mgg_kernel._version import __version__
from mgg_kernel.comparison.method import filter_name
from mgg_kernel.comparison.metrics import (
    DEFAULT_RATE_HZ,
    TIME_ZERO_RULE,
    Comparison,
    compare_prepared,
)
from mgg_kernel.comparison.prepared import Prepared
from mgg_kernel.comparison.rating import DEFAULT_WEIGHTS, checked_weights
from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import ComparisonError, CurveError
from mgg_kernel.features import FeatureDefinitions

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["NUMBERS", "Matrix", "MatrixProgress", "matrix"]

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

# Pairs are handed to threads in portions: small enough for a progress that moves.
_PORTION = 64


@dataclass(frozen=True)
class MatrixProgress:
    """How many pairs are done, and of how many."""

    done: int
    total: int


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


def matrix(
    simulations: Sequence[PTCurve],
    tests: Sequence[PTCurve],
    *,
    simulation_names: Sequence[str] | None = None,
    test_names: Sequence[str] | None = None,
    rate_hz: float | None = DEFAULT_RATE_HZ,
    filter: str | None = None,  # noqa: A002
    window_ms: tuple[float, float] | None = None,
    weights: tuple[float, float, float, float] = DEFAULT_WEIGHTS,
    definitions: FeatureDefinitions | None = None,
    progress: Callable[[MatrixProgress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    threads: int | None = None,
) -> Matrix:
    """Compare each simulation with each test; every number is that of :func:`compare`, bit by bit.

    A curve is filtered, read and resampled once, and not for each pair.

    Args:
        simulations: the curves that are judged.
        tests: the references.
        simulation_names: one for each; None: ``simulation 1``, ``simulation 2``, …
        test_names: one for each; None: ``test 1``, ``test 2``, …
        rate_hz: as for :func:`compare`, and so are `filter`, `window_ms`, `weights` and
            `definitions`.
        filter: see there.
        window_ms: see there.
        weights: see there.
        definitions: see there.
        progress: told how far it is, in this thread.
        stop: asked between portions of pairs; True ends it.
        threads: how many; as many as there are processors if not given.

    Raises:
        ComparisonError: there is no curve, the names, the filter or the weights make no sense, or
            it was stopped.  A pair that cannot be compared raises nothing:
            :attr:`Matrix.errors` says why.
    """
    of_rows = _names(simulations, simulation_names, "simulation")
    of_columns = _names(tests, test_names, "test")
    if threads is not None and threads < 1:
        raise ComparisonError(f"There must be at least one thread, not {threads}.")
    chosen = FeatureDefinitions() if definitions is None else definitions
    name, checked = filter_name(filter), checked_weights(weights)
    method = _Method(rate_hz, name, window_ms, checked)
    rows = [_prepared(curve, "simulated", name, chosen) for curve in simulations]
    columns = [_prepared(curve, "measured", name, chosen) for curve in tests]
    filled = _Filled((len(rows), len(columns)))

    def portion(pairs: Sequence[tuple[int, int]]) -> int:
        for row, column in pairs:
            filled.put(row, column, method.pair(rows[row], columns[column]))
        return len(pairs)

    pairs = ((row, column) for row in range(len(rows)) for column in range(len(columns)))
    total, done = len(rows) * len(columns), 0
    for count in _run(portion, pairs, threads or os.cpu_count() or 1, stop):
        done += count
        if progress is not None:
            progress(MatrixProgress(done, total))
    return Matrix(
        simulations=of_rows,
        tests=of_columns,
        numbers=filled.numbers,
        errors=dict(sorted(filled.errors.items())),
        warnings=tuple(sorted(filled.warnings)),
        settings={
            "rate_hz": None if rate_hz is None else float(rate_hz),
            "filter": name,
            "window_ms": None if window_ms is None else (float(window_ms[0]), float(window_ms[1])),
            "time_zero": TIME_ZERO_RULE,
            "weights": checked,
            "definitions": asdict(chosen),
            "code_version": __version__,
        },
    )


Ready = Prepared | str
"""A curve that is ready, or the sentence that says why it is not."""


@dataclass(frozen=True)
class _Method:
    rate_hz: float | None
    filter_name: str | None
    window_ms: tuple[float, float] | None
    weights: tuple[float, float, float, float]

    def pair(self, simulated: Ready, measured: Ready) -> Comparison | str:
        if isinstance(simulated, str):
            return simulated
        if isinstance(measured, str):
            return measured
        try:
            return compare_prepared(
                simulated,
                measured,
                rate_hz=self.rate_hz,
                filter_name=self.filter_name,
                window_ms=self.window_ms,
                weights=self.weights,
            )
        except (ComparisonError, CurveError) as error:
            return str(error)


@dataclass
class _Filled:
    """What the threads have found; each writes to cells of its own."""

    shape: tuple[int, int]
    numbers: dict[str, FloatArray] = field(default_factory=dict)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    warnings: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.numbers = {name: np.full(self.shape, np.nan) for name in NUMBERS}

    def put(self, row: int, column: int, found: Comparison | str) -> None:
        if isinstance(found, str):
            self.errors[row, column] = found
            return
        self.warnings.update(found.warnings)
        for name, number in _numbers_of(found).items():
            if number is not None:
                self.numbers[name][row, column] = number


def _numbers_of(found: Comparison) -> dict[str, float | None]:
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


def _run(
    portion: Callable[[Sequence[tuple[int, int]]], int],
    pairs: Iterator[tuple[int, int]],
    threads: int,
    stop: Callable[[], bool] | None,
) -> Iterator[int]:
    """Yield how many pairs each portion had, as portions are done, a few of them on the way."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: list[Future[int]] = []
        while True:
            if stop is not None and stop():
                for one in waiting:
                    one.cancel()
                raise ComparisonError("The comparisons were stopped; nothing was kept.")
            while len(waiting) < 2 * threads and (some := list(islice(pairs, _PORTION))):
                waiting.append(pool.submit(portion, some))
            if not waiting:
                return
            yield waiting.pop(0).result()


def _prepared(
    curve: PTCurve,
    which: Literal["simulated", "measured"],
    name: str | None,
    chosen: FeatureDefinitions,
) -> Ready:
    try:
        return Prepared(curve, which, name, chosen)
    except ComparisonError as error:
        return str(error)


def _names(curves: Sequence[PTCurve], names: Sequence[str] | None, what: str) -> tuple[str, ...]:
    if not curves:
        raise ComparisonError(f"There is no {what} to compare; give at least one.")
    if names is None:
        return tuple(f"{what} {number}" for number in range(1, len(curves) + 1))
    if len(names) != len(curves):
        raise ComparisonError(
            f"There are {len(curves)} {what}s but {len(names)} names; give one for each."
        )
    return tuple(map(str, names))

"""Many simulations against many tests: each curve is made ready once, then each pair compared."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mgg_kernel._version import __version__
from mgg_kernel.comparison.matrices import NUMBERS, Matrix, numbers_of
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

__all__ = ["MatrixProgress", "matrix"]

FloatArray = NDArray[np.float64]

# Pairs are handed to threads in portions: small enough for a progress that moves.
_PORTION = 64


@dataclass(frozen=True)
class MatrixProgress:
    """How many pairs are done, and of how many."""

    done: int
    total: int


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
        for name, number in numbers_of(found).items():
            if number is not None:
                self.numbers[name][row, column] = number


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

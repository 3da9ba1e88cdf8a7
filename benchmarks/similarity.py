"""How long a search for similar curves takes, beside numpy over all samples of all curves."""

import tracemalloc

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Result, compare_speed
from mgg_kernel.curve import PTCurve
from mgg_kernel.ingest import example_curve
from mgg_kernel.similarity import Aligned, Candidates, nearest, signature

__all__ = ["measure"]

CURVES = 10_000
SAMPLES = 4_000
COUNT = 10
MOST_MIB = 300
FAMILIES = 40


def measure() -> list[Result]:
    """Measure a search over 10,000 curves of 4,000 samples, and hold it to the exact one."""
    pressures, ignition_ms, time_ms = _curves()
    cells = np.empty((CURVES, 256), np.float32)
    for row in range(CURVES):
        cells[row] = signature(PTCurve(time_ms, pressures[row]))
    candidates = Candidates(cells, ignition_ms)
    asked = Aligned.of(example_curve(peak_mpa=58.0, peak_time_ms=10.0, seed=FAMILIES))

    def ours() -> list[int]:
        result = nearest(asked, candidates, lambda row: PTCurve(time_ms, pressures[row]))
        assert result.is_proven
        return [match.row for match in result.matches]

    def brute() -> list[int]:
        """RMSE over all samples of all curves, each on its own time after ignition."""
        return np.argsort(_all_rmse(asked, pressures, ignition_ms, time_ms))[:COUNT].tolist()

    assert len({*ours()} & {*brute()}) >= COUNT - 1, "but for how the two treat the ends"
    tracemalloc.start()
    ours()
    peak_mib = (tracemalloc.get_traced_memory()[1] + cells.nbytes) / 2**20
    tracemalloc.stop()
    assert peak_mib < MOST_MIB
    return [
        compare_speed(
            f"the ten most similar of 10,000 curves of 4,000 samples ({peak_mib:.0f} MiB)",
            ours,
            f"numpy over all samples, {pressures.nbytes / 2**20:.0f} MiB in memory",
            brute,
            target=0.25,
            pairs=7,
        )
    ]


def _curves() -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float64]]:
    """Return pressures, ignition times and times of curves that differ in five ways."""
    random = np.random.default_rng(1)
    families = [
        example_curve(peak_time_ms=6.0 + 0.25 * seed, seed=seed) for seed in range(FAMILIES)
    ]
    time_ms = families[0].time_ms
    pressures = np.empty((CURVES, SAMPLES), np.float32)
    ignition_ms = np.empty(CURVES)
    for row in range(CURVES):
        family = families[row % FAMILIES]
        slower, later = random.uniform(0.9, 1.1), random.uniform(0.0, 0.4)
        higher = random.uniform(0.75, 1.25)
        moved = np.interp((time_ms - later) / slower, time_ms, family.pressure_mpa)
        pressures[row] = higher * moved + random.normal(0.0, 0.01, SAMPLES)
        ignition = PTCurve(time_ms, pressures[row]).features().ignition_time_ms
        assert ignition is not None
        ignition_ms[row] = ignition
    return pressures, ignition_ms, time_ms


def _all_rmse(
    asked: Aligned,
    pressures: NDArray[np.float32],
    ignition_ms: NDArray[np.float64],
    time_ms: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the RMSE of each row to the asked-for curve, shifted by whole samples."""
    step_ms = float(time_ms[1] - time_ms[0])
    shifts = np.rint((ignition_ms - asked.origin_ms) / step_ms).astype(int)
    start, end = (int((asked.origin_ms + edge) / step_ms) for edge in (-0.5, 35.1))
    wanted = asked.curve.pressure_mpa.astype(np.float32)[start:end]
    rmse = np.empty(len(pressures))
    for row, shift in enumerate(shifts.tolist()):
        difference = pressures[row, start + shift : end + shift] - wanted
        rmse[row] = np.sqrt(np.mean(difference * difference))
    return rmse

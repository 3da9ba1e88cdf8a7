"""How long many comparisons take, beside comparing pair by pair; and shots laid over each other."""

import numpy as np

from benchmarks.measure import Result, compare_speed
from mgg_kernel.comparison import compare, matrix
from mgg_kernel.ingest import example_curve
from mgg_kernel.lots import overlay

__all__ = ["measure"]

SIDE = 20
SHOTS = 50


def measure() -> list[Result]:
    """Measure a matrix of 20 × 20 pairs, and an overlay of 50 shots."""
    simulations = [example_curve(peak_mpa=50.0 + 0.5 * i, seed=i) for i in range(SIDE)]
    tests = [example_curve(peak_mpa=51.0 + 0.5 * i, seed=100 + i) for i in range(SIDE)]
    shots = [example_curve(seed=i).shift(0.013 * i) for i in range(SHOTS)]
    table = np.array([shot.pressure_mpa for shot in shots])

    def pair_by_pair() -> float:
        return [compare(s, m).rmse_mpa for s in simulations for m in tests][-1]

    assert matrix(simulations, tests).numbers["rmse_mpa"][-1, -1] == pair_by_pair()
    return [
        compare_speed(
            "a matrix of 20 × 20 comparisons of 4,000 samples",
            lambda: matrix(simulations, tests),
            "compare() of each pair",
            pair_by_pair,
            target=0.8,
            pairs=3,
        ),
        compare_speed(
            "50 shots of 4,000 samples aligned at ignition: read-outs, mean, spread",
            lambda: overlay(shots),
            "NumPy: mean and standard deviation of the same table, not aligned",
            lambda: (table.mean(axis=0), table.std(axis=0, ddof=1)),
            target=40,
        ),
    ]

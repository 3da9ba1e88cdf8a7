"""How long a comparison takes, beside the reference implementation of ISO/TS 18571."""

import numpy as np
from objective_rating_metrics.rating import ISO18571

from benchmarks.measure import Result, compare_speed
from mgg_kernel.comparison import compare, iso18571
from mgg_kernel.ingest import example_curve

__all__ = ["measure"]

REFERENCE = "objective-rating-metrics, which is numpy and numba"


def measure() -> list[Result]:
    """Measure two curves of 4,000 samples at full rate, and at the 10 kHz of the standard."""
    simulated = example_curve(peak_mpa=63.0, peak_time_ms=9.0, seed=2)
    measured = example_curve(seed=1)
    s, m = simulated.pressure_mpa, measured.pressure_mpa

    def by_reference(step: int) -> float:
        times = np.arange(m[::step].size) * 1e-4
        reference = np.column_stack((times, m[::step]))
        return float(ISO18571(reference, np.column_stack((times, s[::step]))).overall_rating(-1))

    for step in (1, 10):
        assert abs(iso18571(s[::step], m[::step]).overall - by_reference(step)) < 1e-9
    return [
        compare_speed(
            "ISO/TS 18571 of 4,000 samples",
            lambda: iso18571(s, m),
            REFERENCE,
            lambda: by_reference(1),
            target=0.052,  # 40 ms beside 770
        ),
        compare_speed(
            "ISO/TS 18571 of 400 samples, as at 10 kHz",
            lambda: iso18571(s[::10], m[::10]),
            REFERENCE,
            lambda: by_reference(10),
            target=0.2,
            pairs=21,
        ),
        compare_speed(
            "a whole comparison at 10 kHz: read-outs, ratings, phases",
            lambda: compare(simulated, measured),
            f"{REFERENCE}: ISO/TS 18571 of the same 400 samples alone",
            lambda: by_reference(10),
            target=0.5,
            pairs=21,
        ),
    ]

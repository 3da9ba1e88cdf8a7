"""The shot as a curve: a closed vessel, an igniter and charges in, pressure over time out."""

from collections.abc import Iterable
from functools import lru_cache
from math import floor

import numpy as np

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import SimulationError
from mgg_kernel.simulation.checks import checked_number
from mgg_kernel.simulation.solver import solve_vessel
from mgg_kernel.simulation.vessel import Charge, Igniter, Vessel

__all__ = ["sample_times_ms", "simulate_vessel"]

MAX_SAMPLES = 1_000_000


def simulate_vessel(
    charges: Iterable[Charge],
    igniter: Igniter,
    vessel: Vessel,
    t_end_ms: float = 39.99,
    dt_ms: float = 0.01,
) -> PTCurve:
    """Return the absolute pressure in a closed vessel after the firing current at time 0.

    Args:
        charges: what burns; may be empty.
        igniter: what lights it.
        vessel: where.
        t_end_ms: time up to which the curve runs [ms].
        dt_ms: distance of its samples [ms].

    Raises:
        SimulationError: the charges do not fit the vessel, the times make no curve, or the
            equations cannot be integrated.
    """
    times = sample_times_ms(t_end_ms, dt_ms)
    return PTCurve(times, solve_vessel(tuple(charges), igniter, vessel, times).pressure_mpa)


def sample_times_ms(t_end_ms: float, dt_ms: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the times 0, dt, 2·dt, … up to `t_end_ms` [ms], free of accumulated rounding.

    Raises:
        SimulationError: the end or the distance is not positive, or there would be fewer than
            two samples or more than a million.
    """
    end = checked_number(t_end_ms, "The end of the simulation", "ms", above=0)
    step = checked_number(dt_ms, "The distance of samples", "ms", at_least=1e-9)
    count = floor(end / step + 1e-9) + 1
    if not 2 <= count <= MAX_SAMPLES:
        raise SimulationError(
            f"A curve up to {end:g} ms in steps of {step:g} ms would have {count} samples; choose "
            f"between 2 and {MAX_SAMPLES:,}."
        )
    return _times(step, count)


@lru_cache(maxsize=8)
def _times(step_ms: float, count: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    times = np.array([round(i * step_ms, 10) for i in range(count)])
    times.flags.writeable = False
    return times

"""A made-up record that looks like a measured one, for the demo and the tests."""

import numpy as np

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import CurveError

__all__ = ["example_curve"]

SAMPLES = 4_000
STEP_MS = 0.01
IGNITER_MS = 0.65
IGNITER_RISE_MS = 0.12
OFFSET_MPA = -0.04
NOISE_MPA = 0.004


def example_curve(*, peak_mpa: float = 58.0, peak_time_ms: float = 10.5, seed: int = 0) -> PTCurve:
    """Return a made-up PT curve of 4,000 samples at 0.01 ms.

    A small offset and noise, the igniter's jump from 0.65 ms on, the rise of the propellant to
    the peak, and cooling at the wall afterwards.  The shape is drawn and not simulated: it is
    smooth up to its slope at the peak, and means nothing.  Equal arguments give equal curves.

    Args:
        peak_mpa: pressure of the peak before noise [MPa], above 10.
        peak_time_ms: time of the peak [ms], from 3 to 35.
        seed: chooses the noise and small differences from shot to shot.

    Raises:
        CurveError: an argument is outside its range.
    """
    if not (10.0 < peak_mpa <= 500.0 and 3.0 <= peak_time_ms <= 35.0):
        raise CurveError(
            "An example curve peaks above 10 and up to 500 MPa at 3 … 35 ms, but "
            f"{peak_mpa:g} MPa at {peak_time_ms:g} ms was asked for."
        )
    random = np.random.default_rng(seed)
    igniter_mpa = random.uniform(6.0, 7.5)
    cooled_share = random.uniform(0.20, 0.24)
    time_ms = np.round(np.arange(SAMPLES) * STEP_MS, 2)
    since = np.clip(time_ms - IGNITER_MS, 0.0, None)
    jump = igniter_mpa * -np.expm1(-((since / IGNITER_RISE_MS) ** 2))
    progress = np.clip(since / (peak_time_ms - IGNITER_MS), 0.0, 1.0)
    burnt = progress**1.5 * (2.5 - 1.5 * progress)  # slope 0 at the peak, 0 at the start
    after = np.clip(time_ms - peak_time_ms, 0.0, None)
    cooling = 1.0 - cooled_share * -np.expm1(-(after**2) / (9.0 * (after + 1.0)))
    clean = (jump + (peak_mpa - igniter_mpa) * burnt) * cooling
    drift = OFFSET_MPA * (1.0 - np.clip(since / 5.0, 0.0, 1.0))
    noise = random.normal(0.0, NOISE_MPA, SAMPLES)
    return PTCurve(time_ms, clean + drift + noise)

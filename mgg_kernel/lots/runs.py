"""The per-run table: what is read off each shot of a series, and what the series comes to."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from mgg_kernel.errors import LotError
from mgg_kernel.features import Features
from mgg_kernel.lots.statistics import CONFIDENCE, Statistics, statistics_of

__all__ = ["FIRED_SHARE", "READOUTS", "Run", "fired", "statistics_of_runs"]

READOUTS = MappingProxyType(
    {
        "peak_pressure_mpa": "MPa",
        "peak_time_ms": "ms",
        "ignition_time_ms": "ms",
        "t10_ms": "ms",
        "t50_ms": "ms",
        "t90_ms": "ms",
        "rise_time_ms": "ms",
        "largest_slope_mpa_per_ms": "MPa/ms",
        "impulse_mpa_ms": "MPa·ms",
        "left_pressure_mpa": "MPa",
    }
)
"""The read-outs of the per-run table and their units; :class:`Features` defines each."""

FIRED_SHARE = 0.1
"""A shot whose peak is below this share of the median peak of its series has not fired."""


@dataclass(frozen=True)
class Run:
    """One shot of a series.

    Attributes:
        name: what it is called in tables and plots.
        features: its read-outs, at its full rate and with its times as recorded.
        fired: False where its peak is below a tenth of the median peak of the series: what it shows
            then is an igniter that lit nothing, or noise.
        shift_ms: what was added to its times to align it; 0 where it was not aligned.
        aligned: False where it could not be aligned, since it has not fired or the moment to
            align at is not in its record.
        counted: whether it counts for mean, standard deviation and band of the curves.
        from_ms: its first time on the common axis (after the shift).
        to_ms: its last time on the common axis.
    """

    name: str
    features: Features
    fired: bool
    shift_ms: float
    aligned: bool
    counted: bool
    from_ms: float
    to_ms: float

    def value(self, readout: str) -> float | None:
        """Return one of :data:`READOUTS`, or None where the curve does not have it.

        Raises:
            LotError: there is no such read-out.
        """
        if readout not in READOUTS:
            raise LotError(f"There is no read-out '{readout}'; choose {', '.join(READOUTS)}.")
        number: float | None = getattr(self.features, readout)
        return number


def fired(features: Sequence[Features]) -> list[bool]:
    """Return for each shot whether it fired; see :data:`FIRED_SHARE`."""
    # Not the rise above the baseline: a record that was triggered late has none.
    peaks = np.array([read.peak_pressure_mpa for read in features])
    least = FIRED_SHARE * float(np.median(peaks))
    return [bool(peak > 0.0 and peak >= least) for peak in peaks]


def statistics_of_runs(
    runs: Sequence[Run], *, confidence: float = CONFIDENCE
) -> dict[str, Statistics]:
    """Return the statistics of each read-out over the shots that fired and have it.

    Args:
        runs: the shots of a series.
        confidence: of the interval of the mean.

    Raises:
        LotError: the confidence is no share.
    """
    found: dict[str, Statistics] = {}
    for readout in READOUTS:
        values = [run.value(readout) for run in runs if run.fired]
        present = [value for value in values if value is not None]
        if present:
            found[readout] = statistics_of(present, confidence=confidence)
    return found

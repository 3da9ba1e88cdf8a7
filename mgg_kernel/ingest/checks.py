"""What a record must be to count as a PT curve, and what is worth a word but no refusal."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import IngestError
from mgg_kernel.ingest.limits import Limits

__all__ = ["check_samples", "curve_warnings"]

FloatArray = NDArray[np.float64]
Address = Callable[[int], str]

JITTER_SHARE = 0.01
"""A step that differs by more than this share from the usual one is jitter."""

END_SHARE = 0.01
"""A peak in this last share of the record may lie beyond it."""

CLIPPED_SAMPLES = 5
"""So many equal samples in a row at the very top mean that the sensor or its range ended there."""

IGNITED_MPA = 1.0
"""A gas generator that lifts the pressure by less than this has not fired."""

LONGEST_MS = 1_000.0
"""A record longer than this is rather one whose unit of time is wrong."""

UNDERSHOOT_SHARE = 0.05
"""A pressure below zero by more than this share of the peak is more than an offset."""


def check_samples(
    time_ms: FloatArray,
    pressure_mpa: FloatArray,
    time_cell: Address,
    pressure_cell: Address,
    limits: Limits,
) -> None:
    """Refuse what is no PT curve.

    Args:
        time_ms: shape (n,).
        pressure_mpa: shape (n,).
        time_cell: gives the address of the cell of a time, by its index.
        pressure_cell: gives the address of the cell of a pressure, by its index.
        limits: fewest samples, latest start, highest pressure.

    Raises:
        IngestError: the record is refused; the message names neither file nor sheet.
    """
    if time_ms.size < limits.samples:
        raise IngestError(
            f"it holds {time_ms.size} samples, but a curve needs at least {limits.samples}; "
            "export the whole record"
        )
    for values, cell in ((time_ms, time_cell), (pressure_mpa, pressure_cell)):
        broken = np.flatnonzero(~np.isfinite(values))
        if broken.size:
            raise IngestError(
                f"cell {cell(int(broken[0]))} holds a number too large to be true; correct it"
            )
    backwards = np.flatnonzero(np.diff(time_ms) <= 0)
    if backwards.size:
        at = int(backwards[0]) + 1
        raise IngestError(
            f"cell {time_cell(at)} holds the time {time_ms[at]:.10g} ms, which is not after the "
            f"{time_ms[at - 1]:.10g} ms before it; sort the rows by time and remove repeated ones"
        )
    if abs(time_ms[0]) > limits.first_time_ms:
        raise IngestError(
            f"cell {time_cell(0)} lets the record start at {time_ms[0]:.10g} ms, more than "
            f"{limits.first_time_ms:g} ms from zero; shift the times so that zero is the firing"
        )
    _check_peak(pressure_mpa, pressure_cell, limits)


def _check_peak(pressure_mpa: FloatArray, cell: Address, limits: Limits) -> None:
    at = int(np.argmax(pressure_mpa))
    peak = float(pressure_mpa[at])
    if peak <= 0 or peak == float(pressure_mpa.min()):
        raise IngestError(
            f"its highest pressure, in cell {cell(at)}, is {peak + 0.0:g} MPa and no rise; "
            "check that the column is the pressure and not another channel"
        )
    if peak > limits.peak_mpa:
        raise IngestError(
            f"its highest pressure, in cell {cell(at)}, is {peak:,.0f} MPa, which no vessel holds; "
            "check the unit of pressure in the header"
        )


def curve_warnings(curve: PTCurve) -> tuple[str, ...]:
    """Return what an engineer should know of a curve that is accepted, a sentence each."""
    found = (
        _long(curve),
        _jitter(curve),
        _unignited(curve),
        _undershoot(curve),
        _clipped(curve),
        _peak_at_end(curve),
    )
    return tuple(sentence for sentence in found if sentence is not None)


def _long(curve: PTCurve) -> str | None:
    end = float(curve.time_ms[-1])
    if end <= LONGEST_MS:
        return None
    return f"The record ends at {end:,.0f} ms: check the unit of time."


def _jitter(curve: PTCurve) -> str | None:
    steps = np.diff(curve.time_ms)
    usual = float(np.median(steps))
    uneven = int(np.count_nonzero(np.abs(steps - usual) > JITTER_SHARE * usual))
    if not uneven:
        return None
    return f"{uneven} of {steps.size} time steps differ by more than 1 % from {usual:.6g} ms."


def _unignited(curve: PTCurve) -> str | None:
    features = curve.features()
    rise = features.peak_pressure_mpa - features.baseline_mpa
    if features.ignition_time_ms is not None and rise >= IGNITED_MPA:
        return None
    return f"No ignition was found: the pressure rises by {rise:.3g} MPa in all."


def _undershoot(curve: PTCurve) -> str | None:
    lowest = float(curve.pressure_mpa.min())
    if lowest >= -UNDERSHOOT_SHARE * curve.peak.pressure_mpa:
        return None
    return f"The pressure falls to {lowest:.3g} MPa: check the sensor's zero and its sign."


def _clipped(curve: PTCurve) -> str | None:
    at_top = curve.pressure_mpa == curve.peak.pressure_mpa
    edges = np.flatnonzero(np.diff(np.concatenate(([False], at_top, [False])).astype(np.int8)))
    longest = int((edges[1::2] - edges[::2]).max())
    if longest < CLIPPED_SAMPLES:
        return None
    return (
        f"{longest} samples in a row are equal to the peak of {curve.peak.pressure_mpa:.4g} MPa: "
        "the sensor or its range may have ended there."
    )


def _peak_at_end(curve: PTCurve) -> str | None:
    span = float(curve.time_ms[-1] - curve.time_ms[0])
    if curve.peak.time_ms < curve.time_ms[-1] - END_SHARE * span:
        return None
    return "The highest pressure stands at the end of the record: the true peak may come later."

"""Finding what a record lacks.

The thresholds are the project's own; each says why beside it.  They were set so that a sound
record of a closed vessel, at 12 bits and 100 kHz, has none of the flags.
"""

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.curve import PTCurve
from mgg_kernel.features import Features
from mgg_kernel.quality.flags import QualityFlag

__all__ = ["quality_flags"]

FloatArray = NDArray[np.float64]

JITTER_SHARE = 0.01
"""A step that differs by more than this share from the usual one is jitter."""

GAP_STEPS = 1.9
"""A step longer than so many usual ones lacks a sample: jitter is less, one missing is 2."""

END_SHARE = 0.01
"""A peak in this last share of the record may lie beyond it."""

EQUAL_SAMPLES = 5
"""So many equal samples in a row at the very top may mean that the sensor ended there."""

LEVEL_RATIO = 3
"""A round top of a digitised signal has the level below the top about as long as the top itself
(√2 − 1 times on either side); where the top is longer than this many times, it was cut off."""

IGNITED_MPA = 1.0
"""A gas generator that lifts the pressure by less than this has not fired."""

LONGEST_MS = 1_000.0
"""A record longer than this is rather one whose unit of time is wrong."""

UNDERSHOOT_SHARE = 0.05
"""A pressure below zero by more than this share of the peak is more than an offset."""

OFFSET_SHARE = 0.01
"""Charge amplifiers are set to zero before a shot; more than this share of the rise was not."""

FULL_SHARE = 0.999
"""A sample at this share of the sensor's range is at its end."""

HELD_SAMPLES = 3
"""A signal stands still from so many equal samples on."""

HELD_JUMP_SHARE = 0.05
"""… if it then, or before, jumps by this share of the rise: no gas does that in one sample."""

SPIKE_SHARE, SPIKE_NOISE = 0.03, 10.0
"""A spike is higher than this share of the rise and so many times the scatter."""

SPIKE_EDGE_SHARE = 0.6
"""… and begins and ends with steps of this share of its height: a sharp corner has half or less."""

SPIKE_WINDOW = 9
"""Samples whose median a sample is held against: it sees spikes of up to 4 samples."""

RISE_SAMPLES = 10
"""Fewer samples than this between 10 and 90 % do not tell the slope of the rise."""


def quality_flags(
    curve: PTCurve, *, sensor_range_mpa: float | None = None
) -> tuple[QualityFlag, ...]:
    """Return what a record lacks, each kind once.

    Args:
        curve: the record as it was measured, neither filtered nor smoothed.
        sensor_range_mpa: range of the sensor that measured it, where known.
    """
    read = curve.features()
    has_fired = _rise(read) >= IGNITED_MPA and read.ignition_time_ms is not None
    found = [
        _long(curve),
        _gap(curve),
        _uneven(curve),
        None if has_fired else QualityFlag("no_ignition", {"rise_mpa": _rise(read)}),
        _negative(curve),
    ]
    if has_fired:
        found += [_offset(read), _low_rate(curve, read), _dropout(curve, read), _spike(curve, read)]
    found += [_saturated(curve, sensor_range_mpa), _clipped(curve), _peak_at_end(curve)]
    return tuple(flag for flag in found if flag is not None)


def _rise(read: Features) -> float:
    return read.peak_pressure_mpa - read.baseline_mpa


def _long(curve: PTCurve) -> QualityFlag | None:
    end = float(curve.time_ms[-1])
    return QualityFlag("long_record", {"end_ms": end}) if end > LONGEST_MS else None


def _gap(curve: PTCurve) -> QualityFlag | None:
    steps = np.diff(curve.time_ms)
    gaps = np.flatnonzero(steps > GAP_STEPS * np.median(steps))
    if not gaps.size or gaps.size > steps.size // 10:
        return None  # so many are another way of recording, which uneven_time tells
    first = float(curve.time_ms[gaps[0]])
    return QualityFlag(
        "gap", {"count": gaps.size, "time_ms": first, "longest_ms": float(steps.max())}
    )


def _uneven(curve: PTCurve) -> QualityFlag | None:
    steps = np.diff(curve.time_ms)
    usual = float(np.median(steps))
    uneven = int(np.count_nonzero(np.abs(steps - usual) > JITTER_SHARE * usual))
    if not uneven:
        return None
    return QualityFlag("uneven_time", {"count": uneven, "steps": steps.size, "step_ms": usual})


def _negative(curve: PTCurve) -> QualityFlag | None:
    lowest = float(curve.pressure_mpa.min())
    if lowest >= -UNDERSHOOT_SHARE * curve.peak.pressure_mpa:
        return None
    return QualityFlag("negative", {"lowest_mpa": lowest})


def _offset(read: Features) -> QualityFlag | None:
    share = abs(read.baseline_mpa) / _rise(read)
    if share <= OFFSET_SHARE:
        return None
    return QualityFlag("offset", {"baseline_mpa": read.baseline_mpa, "share": share})


def _low_rate(curve: PTCurve, read: Features) -> QualityFlag | None:
    if read.t10_ms is None or read.t90_ms is None:
        return None
    first, last = np.searchsorted(curve.time_ms, [read.t10_ms, read.t90_ms])
    if last - first >= RISE_SAMPLES:
        return None
    rise_ms = max(read.t90_ms - read.t10_ms, float(np.diff(curve.time_ms).min()))
    return QualityFlag("low_rate", {"count": int(last - first), "rate_khz": RISE_SAMPLES / rise_ms})


def _dropout(curve: PTCurve, read: Features) -> QualityFlag | None:
    """Find where the signal stands still and then, or before, jumps."""
    pressure = curve.pressure_mpa
    first, after = _runs(pressure)
    inner = (first > 0) & (after < pressure.size) & (after - first >= HELD_SAMPLES)
    inner &= curve.time_ms[first] >= (read.ignition_time_ms or 0.0)
    inner &= pressure[first] < curve.peak.pressure_mpa
    first, after = first[inner], after[inner]
    jump = np.maximum(
        np.abs(pressure[first] - pressure[first - 1]), np.abs(pressure[after] - pressure[after - 1])
    )
    held = np.flatnonzero(jump > HELD_JUMP_SHARE * _rise(read))
    if not held.size:
        return None
    at, end = int(first[held[0]]), int(after[held[0]])
    return QualityFlag(
        "dropout",
        {"count": held.size, "time_ms": float(curve.time_ms[at]), "samples": end - at},
    )


def _spike(curve: PTCurve, read: Features) -> QualityFlag | None:
    """Find samples far from the median of those around them, which a steep rise leaves alone."""
    pressure = curve.pressure_mpa
    if pressure.size < 2 * SPIKE_WINDOW:
        return None
    around = np.lib.stride_tricks.sliding_window_view(pressure, SPIKE_WINDOW)
    half = SPIKE_WINDOW // 2
    away = pressure[half:-half] - np.partition(around, half, axis=1)[:, half]
    high = SPIKE_SHARE * _rise(read)
    # Looked at in full only where something may be: most records have nothing there.
    if float(np.abs(away).max()) <= high:
        return None
    scatter = 1.4826 * float(np.median(np.abs(away)))
    far = np.sign(away) * (np.abs(away) > max(high, SPIKE_NOISE * scatter))
    first, after = _runs(far)
    heights = np.array([np.abs(away[a:b]).max() for a, b in zip(first, after, strict=True)])
    side = far[first]
    up = side * (pressure[first + half] - pressure[first + half - 1])
    down = side * (pressure[after + half - 1] - pressure[after + half])
    is_spike = (side != 0) & (np.minimum(up, down) >= SPIKE_EDGE_SHARE * heights)
    if not is_spike.any():
        return None
    at = int(np.argmax(np.where(is_spike, heights, 0.0)))
    return QualityFlag(
        "spike",
        {
            "count": int((after - first)[is_spike].sum()),
            "height_mpa": float(heights[at]),
            "time_ms": float(curve.time_ms[first[at] + half]),
        },
    )


def _saturated(curve: PTCurve, sensor_range_mpa: float | None) -> QualityFlag | None:
    if sensor_range_mpa is None:
        return None
    full = int(np.count_nonzero(curve.pressure_mpa >= FULL_SHARE * sensor_range_mpa))
    if not full:
        return None
    return QualityFlag("saturated", {"count": full, "range_mpa": sensor_range_mpa})


def _clipped(curve: PTCurve) -> QualityFlag | None:
    pressure, peak = curve.pressure_mpa, curve.peak.pressure_mpa
    first, after = _runs(pressure)
    lengths = np.where(pressure[first] == peak, after - first, 0)
    longest = int(lengths.max())
    if longest < EQUAL_SAMPLES:
        return None
    moves = np.abs(np.diff(pressure))
    moves = moves[moves > 0]
    level = float(moves.min()) if moves.size else 0.0
    below = int(np.count_nonzero((pressure < peak) & (pressure > peak - 1.5 * level)))
    if longest <= LEVEL_RATIO * below:
        return None
    return QualityFlag("clipped", {"count": longest, "peak_mpa": peak})


def _peak_at_end(curve: PTCurve) -> QualityFlag | None:
    span = float(curve.time_ms[-1] - curve.time_ms[0])
    if curve.peak.time_ms < curve.time_ms[-1] - END_SHARE * span:
        return None
    return QualityFlag("peak_at_end", {})


def _runs(values: FloatArray) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return of each run of equal values its first index and the one after its last."""
    edges = np.flatnonzero(np.diff(values)) + 1
    return np.concatenate(([0], edges)), np.concatenate((edges, [values.size]))

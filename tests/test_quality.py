"""Quality flags: each is found where it was put, with its numbers, and nowhere else."""

import numpy as np
import pytest

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import CurveError
from mgg_kernel.ingest import example_curve
from mgg_kernel.quality import GRAVE, SENTENCES, QualityFlag, quality_flags

TIME = np.arange(4000) * 0.01


def shot(time: np.ndarray = TIME, peak_mpa: float = 60.0) -> np.ndarray:
    """A smooth shot: quiet for 1 ms, then up to its peak at about 9 ms and slowly down."""
    since = np.clip(time - 1.0, 0.0, None)
    raw = (1.0 - np.exp(-((since / 4.0) ** 2))) * np.exp(-since / 90.0)
    return np.asarray(peak_mpa * raw / raw.max())


def flags(
    pressure: np.ndarray, time: np.ndarray = TIME, **how: float
) -> dict[str, dict[str, float]]:
    return {flag.code: dict(flag.values) for flag in quality_flags(PTCurve(time, pressure), **how)}


@pytest.mark.parametrize("bits", [None, 10, 12, 16])
@pytest.mark.parametrize("noise", [0.0, 0.05, 0.5])
def test_a_sound_record_has_no_flag(bits: int | None, noise: float) -> None:
    rng = np.random.default_rng(7)
    pressure = shot() + noise * rng.standard_normal(TIME.size)
    if bits is not None:
        step = 100.0 / 2**bits
        pressure = np.round(pressure / step) * step
    assert flags(pressure) == {}


@pytest.mark.parametrize("seed", range(20))
def test_a_made_up_record_has_no_flag(seed: int) -> None:
    assert quality_flags(example_curve(seed=seed)) == ()


@pytest.mark.parametrize("level", [35.0, 58.0, 59.9])
@pytest.mark.parametrize("step", [0.0, 100 / 2**12])
def test_a_clipped_peak(level: float, step: float) -> None:
    whole = np.round(shot() / step) * step if step else shot()
    pressure = np.minimum(whole, level)
    found = flags(pressure)
    assert set(found) == {"clipped"}
    assert found["clipped"] == {"count": np.count_nonzero(whole >= level), "peak_mpa": level}


def test_a_sensor_at_its_end() -> None:
    pressure = shot()
    assert flags(pressure, sensor_range_mpa=61.0) == {}
    assert flags(pressure, sensor_range_mpa=60.0) == {
        "saturated": {"count": np.count_nonzero(pressure >= 59.94), "range_mpa": 60.0}
    }


@pytest.mark.parametrize("height", [-20.0, 3.0, 30.0])
@pytest.mark.parametrize("width", [1, 2, 3])
@pytest.mark.parametrize("at", [50, 500, 2500])
def test_a_spike(height: float, width: int, at: int) -> None:
    pressure = shot()
    before = float(pressure.min())
    pressure[at : at + width] += height
    found = flags(pressure)
    assert set(found) <= {"spike", "negative"}
    assert ("negative" in found) == (pressure.min() < -0.05 * pressure.max()), before
    assert found["spike"]["count"] == width
    assert found["spike"]["height_mpa"] == pytest.approx(abs(height), abs=1.0)
    assert TIME[at] <= found["spike"]["time_ms"] <= TIME[at + width]


def test_a_corner_is_no_spike() -> None:
    """The apex of a coarse triangle stands out from the median as much as a spike would."""
    time = np.arange(60) * 0.7
    pressure = np.concatenate((np.zeros(5), np.linspace(0, 30, 20), np.linspace(29, 10, 35)))
    assert "spike" not in flags(pressure, time)


@pytest.mark.parametrize("held", ["zero", "last value"])
def test_a_drop_out(held: str) -> None:
    pressure = shot()
    pressure[400:440] = 0.0 if held == "zero" else pressure[399]
    found = flags(pressure)
    first, samples = (400, 40) if held == "zero" else (399, 41)
    assert found == {"dropout": {"count": 1, "time_ms": TIME[first], "samples": samples}}


def test_two_drop_outs_are_counted() -> None:
    pressure = shot()
    pressure[400:440] = pressure[2000:2003] = 0.0
    assert flags(pressure)["dropout"] == {"count": 2, "time_ms": TIME[400], "samples": 40}


@pytest.mark.parametrize("offset", [-2.0, 0.7, 5.0])
def test_an_offset_is_told_and_kept(offset: float) -> None:
    pressure = shot() + offset
    found = flags(pressure)
    assert set(found) == {"offset"}
    assert found["offset"]["baseline_mpa"] == pytest.approx(offset)
    assert found["offset"]["share"] == pytest.approx(abs(offset) / 60.0)
    assert "offset" not in flags(shot() + 0.5)


def test_a_low_rate() -> None:
    time = np.arange(45) * 0.9
    found = flags(shot(time), time)
    assert set(found) == {"low_rate"}
    t10, t90 = (PTCurve(TIME, shot()).features().t10_ms, PTCurve(TIME, shot()).features().t90_ms)
    assert t10 is not None
    assert t90 is not None
    assert found["low_rate"]["count"] == np.count_nonzero((time > t10) & (time < t90))
    assert found["low_rate"]["rate_khz"] == pytest.approx(10 / (t90 - t10), rel=0.1)


def test_missing_samples() -> None:
    keep = np.ones(TIME.size, dtype=bool)
    keep[[700, 1200, 1201, 1202]] = False
    found = flags(shot()[keep], TIME[keep])
    assert found["gap"] == pytest.approx({"count": 2, "time_ms": 6.99, "longest_ms": 0.04})
    assert found["uneven_time"]["count"] == 2
    assert set(found) == {"gap", "uneven_time"}


def test_what_did_not_fire_has_no_other_flags_of_a_shot() -> None:
    pressure = 0.005 * shot() + 2.0
    assert flags(pressure) == {"no_ignition": {"rise_mpa": pytest.approx(0.3, rel=1e-6)}}


def test_every_code_has_a_sentence_and_reads_back() -> None:
    assert set(SENTENCES) >= GRAVE
    flag = QualityFlag("clipped", {"count": 7, "peak_mpa": 60.0})
    assert QualityFlag.from_plain(flag.plain()) == flag
    assert flag.sentence.startswith("7 samples in a row are equal to the peak of 60 MPa")
    assert flag.is_grave
    for wrong in ({}, {"code": "odd"}, {"code": "clipped"}, {**flag.plain(), "count": "7"}):
        with pytest.raises(CurveError, match="is no quality flag"):
            QualityFlag.from_plain(wrong)
    with pytest.raises(CurveError, match="not finite"):
        QualityFlag("clipped", {"count": 7, "peak_mpa": float("nan")})

"""Channel frequency classes: coefficients, gains, ends, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from scipy import signal

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import CurveError
from mgg_kernel.filters import CLASSES, CORNERS, butterworth
from mgg_kernel.ingest import read_workbook

TIMES = np.arange(4000) / 100.0  # 100 kHz


@pytest.mark.parametrize("rate_hz", [1e4, 2e4, 1e5, 1e6])
@pytest.mark.parametrize("cfc", CLASSES)
@pytest.mark.parametrize("corner", CORNERS.values())
def test_the_coefficients_are_those_of_scipy(cfc: int, corner: float, rate_hz: float) -> None:
    b, a = butterworth(corner * cfc, rate_hz)
    of_b, of_a = signal.butter(2, corner * cfc, fs=rate_hz)
    assert np.allclose(b, of_b, rtol=1e-11, atol=0)
    assert np.allclose(a, of_a, rtol=1e-11, atol=0)


@pytest.mark.parametrize("cfc", CLASSES)
@pytest.mark.parametrize(("of_class", "decibel"), [(1.0, -0.45), (1 / 0.6, -3.01), (2.0775, -6.02)])
def test_two_passes_damp_as_the_standard_says(cfc: int, of_class: float, decibel: float) -> None:
    b, a = butterworth(CORNERS["j211"] * cfc, 1e6)
    _, once = signal.freqz(b, a, worN=[of_class * cfc], fs=1e6)
    assert 20 * np.log10(abs(once[0]) ** 2) == pytest.approx(decibel, abs=0.005)


@pytest.mark.parametrize(("of_class", "decibel"), [(1.0, -0.454), (2.0775, -6.0206)])
def test_a_tone_comes_out_damped_and_not_delayed(of_class: float, decibel: float) -> None:
    tone = np.sin(2 * np.pi * of_class * 1.0 * TIMES)  # CFC 1000 is 1 in a millisecond
    out = PTCurve(TIMES, tone).filtered(1000).pressure_mpa
    middle = slice(1000, 3000)
    gain = np.dot(out[middle], tone[middle]) / np.dot(tone[middle], tone[middle])
    assert 20 * np.log10(gain) == pytest.approx(decibel, abs=0.02)
    assert np.abs(out[middle] - gain * tone[middle]).max() < 1e-3


def test_the_variants_have_their_own_corners() -> None:
    tone = PTCurve(TIMES, np.sin(2 * np.pi * 2.0 * TIMES))
    ratio = []
    for variant in ("j211", "iso6487"):
        out = tone.filtered(1000, variant).pressure_mpa[1000:3000]  # type: ignore[arg-type]
        ratio.append(np.dot(out, out))
    # The corner of ISO 6487 lies 0.28 % higher.  A tone at 2 / 2.0775 of the corner comes out with
    # 1 / (1 + x⁴), so a share δ of the corner changes the power by 8 δ x⁴ / (1 + x⁴).
    x4 = (2 / 2.0775) ** 4
    assert ratio[1] / ratio[0] - 1 == pytest.approx(
        8 * (2.0833 / 2.0775 - 1) * x4 / (1 + x4), rel=0.02
    )


@pytest.mark.parametrize("cfc", CLASSES)
def test_constants_and_lines_stay_and_so_do_the_ends(cfc: int) -> None:
    flat, line = np.full(4000, 54.4), 3.0 + 1.25 * TIMES
    assert np.allclose(PTCurve(TIMES, flat).filtered(cfc).pressure_mpa, 54.4, rtol=0, atol=1e-13)
    assert np.allclose(PTCurve(TIMES, line).filtered(cfc).pressure_mpa, line, rtol=0, atol=1e-12)
    # A curve that ends at 50 MPa ends there and not at 0.
    shot = PTCurve(TIMES, 50.0 * (1 - np.exp(-TIMES / 3.0)))
    assert shot.filtered(cfc).pressure_mpa[[0, -1]] == pytest.approx([0.0, 50.0], abs=1e-2)


def test_it_is_scipys_filter_run_forward_and_backward() -> None:
    noisy = 40 + np.random.default_rng(1).normal(size=4000).cumsum()
    b, a = signal.butter(2, 2.0775 * 600, fs=1e5)
    # Mirrored are 10 ms, which are 1,000 samples.
    expected = signal.filtfilt(b, a, noisy, padtype="odd", padlen=1000)
    out = PTCurve(TIMES, noisy).filtered(600)
    assert np.allclose(out.pressure_mpa, expected, rtol=0, atol=1e-9)
    assert out.time_ms.tolist() == TIMES.tolist()


@pytest.mark.parametrize("samples", [2, 3, 50])
def test_a_short_curve_is_mirrored_as_far_as_it_reaches(samples: int) -> None:
    line = PTCurve(TIMES[:samples], 2.0 * TIMES[:samples])
    assert np.allclose(line.filtered().pressure_mpa, line.pressure_mpa, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("curve", "arguments", "told"),
    [
        (PTCurve(TIMES, TIMES), (500,), "no class CFC 500; the classes are 60, 180, 600 and 1000"),
        (PTCurve(TIMES, TIMES), (60, "din"), "no filter variant 'din'; choose j211 or iso6487"),
        (PTCurve(TIMES[::20], TIMES[::20]), (1000,), "at least 10,000 samples per second, but"),
        (PTCurve(TIMES**1.1, TIMES), (60,), "evenly spaced samples, but the steps of this"),
    ],
)
def test_what_cannot_be_filtered_is_refused(
    curve: PTCurve, arguments: tuple[int, str], told: str
) -> None:
    with pytest.raises(CurveError, match=told):
        curve.filtered(*arguments)  # type: ignore[arg-type]


def test_ten_samples_for_each_period_of_the_class_are_enough() -> None:
    assert PTCurve(TIMES[::10], TIMES[::10]).rate_hz == pytest.approx(1e4)
    PTCurve(TIMES[::10], TIMES[::10]).filtered(1000)
    PTCurve(TIMES[::20], TIMES[::20]).filtered(180)


def test_steps_written_with_few_digits_are_even() -> None:
    assert PTCurve(np.round(TIMES, 2) + 1e-5 * (np.arange(4000) % 3), TIMES).rate_hz == (
        pytest.approx(1e5, rel=1e-4)
    )
    assert PTCurve([0, 1, 2.1], [0, 1, 2]).rate_hz is None


def test_stronger_classes_flatten_a_real_rise_and_keep_its_peak(lab_data: Path) -> None:
    for path in sorted((lab_data / "curves").glob("*.xlsx")):
        curve = read_workbook(path.read_bytes(), path.name)[0].curve
        read = [curve.features(), *(curve.filtered(c).features() for c in CLASSES[::-1])]
        slopes = [features.largest_slope_mpa_per_ms for features in read]
        assert slopes == sorted(slopes, reverse=True)
        assert slopes[1] > 0.75 * slopes[0]
        assert slopes[3] < 0.5 * slopes[0]
        for features in read:
            assert features.peak_pressure_mpa == pytest.approx(read[0].peak_pressure_mpa, rel=0.005)

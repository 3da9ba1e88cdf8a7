"""TDMS files: groups as sheets, waveforms with times of their own, hostile bytes refused."""

import io
from collections.abc import Mapping

import numpy as np
import pytest
from layout_examples import TIME, A, B
from nptdms import ChannelObject, RootObject, TdmsWriter

from mgg_kernel.errors import IngestError
from mgg_kernel.ingest import ImportChoice, example_curve, read_workbook
from mgg_kernel.ingest.limits import Limits

Channels = Mapping[str, tuple[object, Mapping[str, object]]]
WAVE = {"wf_increment": 1e-5, "wf_start_offset": 0.0, "unit_string": "bar"}


def tdms(groups: Mapping[str, Channels]) -> bytes:
    out = io.BytesIO()
    with TdmsWriter(out) as writer:
        objects = [
            ChannelObject(group, name, np.asarray(values), properties=dict(properties))
            for group, channels in groups.items()
            for name, (values, properties) in channels.items()
        ]
        writer.write_segment([RootObject({"author": "made up"}), *objects])
    return out.getvalue()


def refusal(data: bytes, **options: object) -> str:
    with pytest.raises(IngestError) as caught:
        read_workbook(data, "shot.tdms", **options)  # type: ignore[arg-type]
    message = str(caught.value)
    assert message.startswith("'shot.tdms' is refused: ")
    assert message.endswith(".")
    return message


def test_times_and_pressures_as_channels() -> None:
    data = tdms(
        {"Shot": {"Time": (TIME, {"unit_string": "ms"}), "Pressure": (A, {"unit_string": "MPa"})}}
    )
    (read,) = read_workbook(data, "shot.tdms")
    assert (read.name, read.sheet, read.remarks) == ("shot", "Shot", ())
    assert np.array_equal(read.curve.time_ms, TIME)
    assert np.array_equal(read.curve.pressure_mpa, A)


def test_a_waveform_has_its_times_from_its_increment() -> None:
    curve = example_curve(seed=3)
    data = tdms({"DAQ": {"Pressure": (curve.pressure_mpa * 10, WAVE)}})
    (read,) = read_workbook(data, "shot.tdms")
    assert (read.time_unit, read.pressure_unit) == ("s", "bar")
    assert read.curve.time_ms == pytest.approx(np.arange(4000) * 0.01, abs=1e-9)
    assert read.curve.pressure_mpa == pytest.approx(curve.pressure_mpa, rel=1e-15, abs=1e-15)


def test_several_groups_and_channels() -> None:
    data = tdms(
        {
            "One": {"Pressure A": (A, WAVE), "Pressure B": (B, WAVE)},
            "Notes": {"weight": (np.array([1.0, 2.0]), {})},
            "Two": {"Pressure": (B, WAVE)},
        }
    )
    curves = read_workbook(data, "shot.tdms")
    assert [read.sheet for read in curves] == ["One", "One", "Two"]
    assert np.array_equal(curves[1].curve.pressure_mpa, np.array(B) * 0.1)
    assert any("'Notes'" in sentence for sentence in curves[0].remarks)


def test_what_is_not_certain_is_asked() -> None:
    data = tdms({"DAQ": {"Sensor 7": (A, {"wf_increment": 1e-5, "wf_start_offset": 0.0})}})
    assert "is not certain" in refusal(data)
    choice = ImportChoice(pressure_column="B", pressure_unit="MPa")
    (read,) = read_workbook(data, "shot.tdms", choice=choice)
    assert np.array_equal(read.curve.pressure_mpa, A)
    volts = tdms({"DAQ": {"Pressure": (A, {**WAVE, "unit_string": "V"})}})
    assert "a voltage" in refusal(volts)


def test_a_sample_that_is_no_number_is_refused() -> None:
    values = np.array(A)
    values[30] = np.nan
    assert "cell B33 holds the text 'nan'" in refusal(tdms({"DAQ": {"Pressure": (values, WAVE)}}))


def test_what_is_no_tdms_file_is_refused() -> None:
    good = tdms({"DAQ": {"Pressure": (A, WAVE)}})
    assert "no TDMS file, whatever its name says" in refusal(b"PK\x03\x04" + good)
    assert "no TDMS file" in refusal(b"")
    assert "larger than" in refusal(good, limits=Limits(file_bytes=100))
    for noise in (b"TDSm", b"TDSm" + bytes(range(256)) * 20, good[:100]):
        refusal(noise)


def test_broken_bytes_are_refused_or_read_whole() -> None:
    good = bytearray(tdms({"DAQ": {"Pressure": (A, WAVE)}}))
    rng = np.random.default_rng(11)
    read = 0
    for _ in range(25):
        broken = bytearray(good)
        for at in rng.integers(4, min(len(broken), 200), 3):
            broken[at] = rng.integers(0, 256)
        try:
            curves = read_workbook(bytes(broken), "shot.tdms")
        except IngestError:
            continue
        read += 1
        assert all(np.isfinite(one.curve.pressure_mpa).all() for one in curves)
    assert read < 25

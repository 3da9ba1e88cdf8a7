"""Channel files of ISO/TS 13499: times out of the header, values a line each."""

from contextlib import suppress

import numpy as np
import pytest
from conftest import OpenAs
from hypothesis import given, settings
from hypothesis import strategies as st

from mgg_kernel.errors import IngestError
from mgg_kernel.ingest import example_curve, read_workbook

HEADER = {
    "Test object number": "1",
    "Name of the channel": "Vessel pressure",
    "Channel code": "11VESL000000PR00",
    "Comments": "P-7",
    "Unit": "bar",
    "Reference channel": "implicit",
    "Sampling interval": "0.00001",
    "Time of first sample": "-0.0005",
    "Number of samples": "60",
}
VALUES = [float(max(0, value)) for value in range(-10, 50)]


def channel(values: list[object] | None = None, **changed: str | None) -> bytes:
    named = {name.replace("_", " "): value for name, value in changed.items()}
    header = {**HEADER, **named}
    lines = [f"{name:<28}:{value}" for name, value in header.items() if value is not None]
    rows = VALUES if values is None else values
    return "\r\n".join([*lines, *map(str, rows)]).encode() + b"\r\n"


def refusal(data: bytes) -> str:
    with pytest.raises(IngestError) as caught:
        read_workbook(data, "59_1.001")
    message = str(caught.value)
    assert message.startswith("'59_1.001' is refused: ")
    assert message.endswith(".")
    return message


def test_a_channel_is_a_curve() -> None:
    (read,) = read_workbook(channel(), "59_1.001")
    assert (read.name, read.remark) == ("59_1", "P-7")
    assert (read.time_unit, read.pressure_unit, read.remarks) == ("s", "bar", ())
    assert read.curve.time_ms == pytest.approx(np.arange(60) * 0.01 - 0.5, abs=1e-12)
    assert np.array_equal(read.curve.pressure_mpa, np.array(VALUES) * 0.1)
    assert read.cells == ("A10:A69", "B10:B69"), "rows are the lines of the file"


def test_names_in_any_case_and_values_that_are_missing() -> None:
    data = channel(Comments="NOVALUE", Reference_channel=None, Number_of_samples="novalue")
    data = data.replace(b"Sampling interval ", b"SAMPLING  INTERVAL")
    (read,) = read_workbook(data, "x.017")
    assert read.remark is None
    assert len(read.curve) == 60


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (channel(Sampling_interval=None), "has no value for 'sampling interval'"),
        (channel(Time_of_first_sample="NOVALUE"), "has no value for 'time of first sample'"),
        (channel(Sampling_interval="often"), "gives 'often' for 'sampling interval'"),
        (channel(Sampling_interval="inf"), "gives 'inf' for 'sampling interval'"),
        (channel(Sampling_interval="0"), "which is not after the"),
        (channel(Time_of_first_sample="-0.05"), "lets the record start at -50 ms"),
        (channel(Unit=None), "has no value for 'unit'"),
        (channel(Unit="V"), "voltage"),
        (channel(Unit="mPa"), "millipascal"),
        (channel(Channel_code="11HEAD000000ACXA"), "does not name a pressure"),
        (channel(Reference_channel="explicit"), "its times are in another file"),
        (channel(Number_of_samples="61"), "tells of 61 samples, but 60 lines follow"),
        (channel([*VALUES[:30], "n/a", *VALUES[31:]]), "cell B40 holds the text 'n/a'"),
        (channel([*VALUES[:30], "", *VALUES[31:]]), "cell B40 is empty"),
        (channel([*VALUES[:30], "inf", *VALUES[31:]]), "cell B40 holds the text 'inf'"),
        (b"1\n2\n3\n", "does not begin with the header of an ISO/TS 13499 channel"),
        (b"a: 1\nb: 2\nc: 3\n", "does not begin with the header of an ISO/TS 13499 channel"),
        (b"", "it is empty"),
        (b"PK\x03\x04", "no text, whatever its name says"),
    ],
)
def test_what_is_not_certain_is_refused(data: bytes, told: str) -> None:
    assert told in refusal(data)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=400), st.integers(0, 400))
def test_anything_else_is_a_refusal(noise: bytes, at: int) -> None:
    whole = channel()
    with suppress(IngestError):
        (read,) = read_workbook(whole[:at] + noise + whole[at:], "fuzz.001")
        assert np.isfinite(read.curve.pressure_mpa).all()


def test_a_channel_is_stored_like_any_other_file(open_as: OpenAs) -> None:
    curve = example_curve(seed=99_777)
    data = channel(
        curve.pressure_mpa.tolist(),
        Unit="MPa",
        Time_of_first_sample="0",
        Number_of_samples=str(len(curve)),
    )
    wang = open_as("wang")
    (result,) = wang.tests.ingest(data, "channel.001")
    assert result.test_result_id is not None
    stored = wang.tests.curve(result.test_result_id)
    assert np.array_equal(stored.pressure_mpa, curve.pressure_mpa)
    assert stored.time_ms == pytest.approx(curve.time_ms, abs=1e-9)
    assert wang.tests.original(result.test_result_id) == data

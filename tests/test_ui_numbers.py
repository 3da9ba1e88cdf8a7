"""Numbers as people read them."""

from datetime import UTC, datetime

import pytest

from mgg_kernel.ui import numbers


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (numbers.pressure(54.4668), "54.47 MPa"),
        (numbers.pressure(1.204, signed=True), "+1.20 MPa"),
        (numbers.pressure(-1.204, signed=True), "−1.20 MPa"),
        (numbers.pressure(-0.001, signed=True), "0.00 MPa"),
        (numbers.pressure(None), "—"),
        (numbers.milliseconds(11.04), "11.04 ms"),
        (numbers.impulse(1691.04), "1,691.0 MPa·ms"),
        (numbers.percent(2.149, signed=True), "+2.1 %"),
        (numbers.ratio(0.99871), "0.9987"),
        (numbers.ratio(-0.5), "−0.5000"),
        (numbers.count(4000), "4,000"),
        (numbers.mebibytes(163_000), "0.2 MiB"),
        (numbers.mebibytes(2_048), "2 KiB"),
    ],
)
def test_numbers_carry_units_and_sensible_digits(shown: str, expected: str) -> None:
    assert shown.replace("\u00a0", " ") == expected


def test_a_number_is_not_torn_from_its_unit() -> None:
    assert " " not in numbers.pressure(54.4668)


def test_times_are_those_of_the_lab() -> None:
    moment = datetime(2026, 1, 31, 22, 30, tzinfo=UTC)
    assert numbers.day_and_minute(moment, "Asia/Shanghai") == "2026-02-01\u00a006:30"

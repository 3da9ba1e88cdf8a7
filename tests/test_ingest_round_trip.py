"""Whatever is stored, exported and ingested again is the same to the last bit."""

import itertools

import numpy as np
import pytest
from conftest import OpenAs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mgg_kernel.curve import PTCurve
from mgg_kernel.curve_csv import curve_to_csv
from mgg_kernel.ingest import example_curve, read_workbook, write_lab_workbook
from mgg_kernel.workspace import Workspace

_numbers = itertools.count(1)


@st.composite
def odd_curves(draw: st.DrawFn) -> PTCurve:
    """Curves of numbers that need all their digits, with steps and values of any size."""
    count = draw(st.integers(50, 70))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    largest = 10.0 ** draw(st.integers(-3, 2))
    steps = 10.0 ** rng.uniform(-6, 1, count)
    time = draw(st.floats(-1.0, 1.0)) + np.concatenate(([0.0], np.cumsum(steps[1:])))
    pressure = largest * rng.standard_normal(count)
    special = draw(
        st.lists(st.sampled_from([0.1 + 0.2, 1e-300, 5e-324, 1 / 3, 999.9999999999999, -0.0]))
    )
    pressure[: len(special)] = special[:count]
    pressure[-1] = abs(pressure).max() + largest
    return PTCurve(time, np.minimum(pressure, 999.0))


def same_bits(one: PTCurve, other: PTCurve) -> bool:
    return (
        one.time_ms.tobytes() == other.time_ms.tobytes()
        and one.pressure_mpa.tobytes() == other.pressure_mpa.tobytes()
    )


def stored(workspace: Workspace, data: bytes, name: str) -> PTCurve:
    (result,) = workspace.tests.ingest(data, name)
    assert result.test_result_id is not None
    return workspace.tests.curve(result.test_result_id)


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(curve=odd_curves())
def test_stored_exported_and_ingested_again_is_bit_equal(open_as: OpenAs, curve: PTCurve) -> None:
    wang = open_as("wang")
    number = next(_numbers)
    first = stored(wang, write_lab_workbook(curve, f"round {number}"), f"round{number}.xlsx")
    assert same_bits(first, curve)
    by_text = stored(wang, curve_to_csv(first).encode(), f"round{number}.csv")
    assert same_bits(by_text, curve)
    again = stored(wang, write_lab_workbook(by_text, f"again {number}"), f"again{number}.xlsx")
    assert same_bits(again, curve)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(curve=odd_curves())
def test_text_keeps_every_bit(curve: PTCurve) -> None:
    (read,) = read_workbook(curve_to_csv(curve).encode(), "round.csv")
    assert same_bits(read.curve, curve)


@pytest.mark.parametrize("seed", range(3))
def test_a_made_up_shot_keeps_every_bit(open_as: OpenAs, seed: int) -> None:
    curve = example_curve(seed=99_100 + seed)
    kept = stored(open_as("wang"), curve_to_csv(curve).encode(), f"bits {seed}.csv")
    assert same_bits(kept, curve)

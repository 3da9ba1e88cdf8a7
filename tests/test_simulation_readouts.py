"""The lean way: three numbers per shot, to the bit as they are read off its curve."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shots_at_random import any_shot, charges, igniters, refused, vessels

from mgg_kernel import curve
from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import SimulationError
from mgg_kernel.simulation import (
    Charge,
    Grain,
    Igniter,
    Propellant,
    Vessel,
    solve_shots,
)
from mgg_kernel.simulation.compiled import features
from mgg_kernel.simulation.packing import pack
from mgg_kernel.simulation.readouts import read_out_packed, solve_read_outs

TRIED = settings(
    max_examples=60, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)
TIMES = np.arange(4000) * 0.01
NC = Propellant(1e6, 3000, 1.25, 1e-3, 1600, 6e-8, 0.8)
IGNITER = Igniter(100, 6e5, 3000, 1.25, 1e-3, 0.6, 0.15)
VESSEL = Vessel(10, 26, 3000)
SHOT = ([Charge(NC, Grain.cylinder(1, 2), 500, 1.0)], IGNITER, VESSEL)


def from_curves(parts, times=TIMES, factor=1.0, **how) -> list[list[float | None]]:
    found = []
    pressures = solve_shots(parts, times).pressure_mpa
    factors = np.broadcast_to(factor, len(parts))
    for (_, _, vessel), pressure, each in zip(parts, pressures, factors, strict=True):
        above = (pressure - vessel.initial_air_pressure_mpa) * each
        read = PTCurve(times, above).features(**how)
        found.append([read.ignition_time_ms, read.peak_time_ms, read.peak_pressure_mpa])
    return found


def lean(parts, times=TIMES, **how) -> list[list[float | None]]:
    read = solve_read_outs(parts, times, **how)
    columns = (read.ignition_time_ms, read.peak_time_ms, read.peak_pressure_mpa)
    rows = np.stack(columns, axis=1).tolist()
    return [[None if np.isnan(number) else number for number in row] for row in rows]


@TRIED
@given(
    parts=st.lists(
        st.tuples(
            st.lists(charges(), max_size=3),
            igniters(),
            st.one_of(vessels(), vessels(vent=True)),
        ),
        min_size=1,
        max_size=9,
    ),
    factor=st.floats(0.5, 2),
)
def test_they_are_those_of_the_curve_to_the_bit(parts, factor):
    assert lean(parts, factor=factor) == from_curves(parts, factor=factor)


@settings(TRIED, max_examples=100)
@given(shot=any_shot())
def test_so_are_those_of_absurd_shots(shot):
    times = TIMES[::10].copy()
    why = refused(from_curves, [shot], times)
    assert refused(lean, [shot], times) == why
    if why is None:
        assert lean([shot], times) == from_curves([shot], times)


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_threads_change_nothing(threads):
    parts = [(SHOT[0], replace(IGNITER, delay_ms=0.05 * i), VESSEL) for i in range(30)]
    factor = np.linspace(0.9, 1.1, 30)
    assert lean(parts, factor=factor, threads=threads) == from_curves(parts, factor=factor)


def test_a_shot_too_stiff_for_explicit_steps_is_read_off_as_well():
    greedy = Vessel(10, 1e5, 1e5)
    parts = [SHOT, (SHOT[0], IGNITER, greedy), SHOT]
    found = lean(parts, TIMES[::10].copy())
    assert found == from_curves(parts, TIMES[::10].copy())
    assert found[0] == found[2]


@pytest.mark.parametrize("step", [0.0501, 0.01, 0.03, 0.4, 7.0])
@pytest.mark.parametrize("delay", [0.0, 0.1, 0.21, 38.0, 50.0])
def test_windows_of_any_number_of_samples(step, delay):
    """Odd and even, one and many; and an igniter within the window, late, or never."""
    parts = [(SHOT[0], replace(IGNITER, delay_ms=delay), VESSEL)]
    times = np.arange(int(39.99 / step) + 1) * step
    assert lean(parts, times) == from_curves(parts, times)


@pytest.mark.parametrize(("fraction", "sustain"), [(0.5, 0.0), (0.02, 3.0), (0.9, 0.5), (0.02, 99)])
def test_ignition_may_be_read_another_way(fraction, sustain):
    how = {"ignition_fraction": fraction, "sustain_ms": sustain}
    assert lean([SHOT], **how) == from_curves([SHOT], **how)


def test_no_shots_give_no_numbers():
    read = solve_read_outs([], TIMES)
    assert read.peak_pressure_mpa.shape == read.ignition_time_ms.shape == (0,)


def test_packed_shots_may_be_changed_where_they_are():
    """A fit changes one number of many shots without making them anew."""
    from mgg_kernel.simulation.compiled import layout as at

    packed = pack([SHOT, SHOT])
    packed.shots[1, at.CONDUCTANCE] *= 1.5
    read = read_out_packed(packed, TIMES, air_mpa=VESSEL.initial_air_pressure_mpa)
    worse = (SHOT[0], IGNITER, replace(VESSEL, heat_transfer_w_per_m2k=4500))
    expected = from_curves([SHOT, worse])
    assert read.peak_pressure_mpa.tolist() == pytest.approx([row[2] for row in expected], rel=1e-12)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"ignition_fraction": 0.0}, "between 0 and 1"),
        ({"ignition_fraction": 1.0}, "between 0 and 1"),
        ({"sustain_ms": -0.1}, "must not be negative"),
        ({"sustain_ms": np.nan}, "must not be negative"),
    ],
)
def test_readings_that_cannot_be_are_refused(how, says):
    with pytest.raises(SimulationError, match=says):
        solve_read_outs([SHOT], TIMES, **how)


def test_one_time_is_no_curve():
    with pytest.raises(SimulationError, match="at least two times"):
        solve_read_outs([SHOT], [1.0])


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=80))
@TRIED
def test_the_median_is_that_of_numpy(values):
    """What is compiled, run as plain Python."""
    room = np.array(values)
    assert features._median.py_func(room, len(values)) == np.median(values)
    assert room.tolist() == sorted(values)


def test_the_window_of_the_baseline_is_that_of_curves():
    assert features.BASELINE_WINDOW_MS == curve.BASELINE_WINDOW_MS

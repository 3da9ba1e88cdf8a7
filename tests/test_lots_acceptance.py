"""Acceptance of a lot, two lots beside each other, conditioning temperatures, statistics."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mgg_kernel.errors import LotError
from mgg_kernel.lots import (
    accept,
    by_temperature,
    compare_lots,
    one_sided_factor,
    statistics_of,
    two_sided_factor,
)

PEAK = "peak_pressure_mpa"
SHOTS = [57.2, 58.1, 58.9, 57.8, 58.4, 58.3]


def test_statistics_by_hand() -> None:
    found = statistics_of([2.0, 4.0, 4.0, 6.0])
    assert (found.n, found.mean, found.minimum, found.maximum) == (4, 4.0, 2.0, 6.0)
    assert found.sd == pytest.approx(math.sqrt(8 / 3))
    assert found.cv_percent == pytest.approx(100 * math.sqrt(8 / 3) / 4)
    # Student's t of 3 degrees of freedom at 97.5 % is 3.182.
    half = 3.182446 * math.sqrt(8 / 3) / 2
    assert (found.mean_low, found.mean_high) == pytest.approx((4 - half, 4 + half), abs=1e-6)
    one = statistics_of([5.0])
    assert (one.n, one.mean, one.sd, one.cv_percent, one.mean_low) == (1, 5.0, None, None, None)
    assert statistics_of([-1.0, 1.0]).cv_percent is None
    assert statistics_of([0.1, 0.1, 0.1]).sd == 0.0


def test_a_lot_is_accepted_exactly_where_its_k_limits_lie_inside() -> None:
    mean, sd = np.mean(SHOTS), np.std(SHOTS, ddof=1)
    both, one = two_sided_factor(6), one_sided_factor(6)
    assert one < both
    for spare, accepted in ((1e-9, True), (-1e-9, False)):
        up, low = mean + both * sd + spare, mean - both * sd - spare
        assert accept(SHOTS, readout=PEAK, lower=low, upper=up).accepted is accepted
        assert accept(SHOTS, readout=PEAK, upper=mean + one * sd + spare).accepted is accepted
        assert accept(SHOTS, readout=PEAK, lower=mean - one * sd - spare).accepted is accepted


def test_the_verdict_in_words() -> None:
    good = accept(SHOTS, readout=PEAK, lower=50.0, upper=66.0, unit="MPa")
    assert good.sentence == (
        "Accepted by peak_pressure_mpa: from 6 shots with the mean 58.12 MPa and k = 4.422, at "
        "least 95 % of the lot lie inside the limits with 95 % confidence."
    )
    bad = accept(
        SHOTS, readout=PEAK, lower=57.5, upper=66.0, misfires=2, least_ppk=1.33, unit="MPa"
    )
    assert bad.accepted is False
    assert bad.sentence == f"Not accepted by peak_pressure_mpa: {'; '.join(bad.reasons)}."
    assert bad.reasons == (  # the standard deviation is √(1.6683 / 5) = 0.5776
        "2 of 8 shots did not fire",
        "1 of 6 shots lie outside the limits",
        "mean − k·sd = 55.56 MPa is below the lower limit 57.5 MPa",
        "Ppk is 0.356, and 1.33 is asked for",
    )
    assert bad.capability is not None
    assert (bad.outside, bad.misfires, bad.capability.n) == (1, 2, 6)


def test_a_misfire_alone_refuses_a_lot() -> None:
    result = accept(SHOTS, readout=PEAK, lower=30.0, upper=90.0, misfires=1)
    assert result.accepted is False
    assert result.reasons == ("1 of 7 shots did not fire",)


def test_one_shot_is_no_lot() -> None:
    result = accept([58.0], readout=PEAK, upper=66.0)
    assert result.accepted is None
    assert "fire at least two" in result.sentence
    assert accept([67.0], readout=PEAK, upper=66.0).accepted is False


def test_equal_shots_have_no_capability_and_are_judged_all_the_same() -> None:
    result = accept([58.0, 58.0, 58.0], readout=PEAK, lower=50.0, upper=66.0)
    assert (result.accepted, result.capability) == (True, None)


def test_what_cannot_be_judged() -> None:
    with pytest.raises(LotError, match="at least 1 values, but there are 0"):
        accept([], readout=PEAK, upper=66.0)
    with pytest.raises(LotError, match="no limit to judge by"):
        accept(SHOTS, readout=PEAK)
    with pytest.raises(LotError, match="misfires is a count of shots, but is -1"):
        accept(SHOTS, readout=PEAK, upper=66.0, misfires=-1)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(50, 60), min_size=3, max_size=12),
    st.lists(st.floats(50, 70), min_size=3, max_size=12),
)
def test_two_lots_as_scipy_compares_them(first: list[float], second: list[float]) -> None:
    if min(np.std(first), np.std(second)) < 1e-3:
        return
    found = compare_lots(first, second)
    welch = stats.ttest_ind(second, first, equal_var=False)
    assert found.t == pytest.approx(welch.statistic, rel=1e-6, abs=1e-9)
    assert found.mean_p_value == pytest.approx(welch.pvalue, rel=1e-6, abs=1e-12)
    interval = welch.confidence_interval(0.95)
    assert (found.mean_diff_low, found.mean_diff_high) == pytest.approx(
        (interval.low, interval.high), rel=1e-6, abs=1e-6
    )
    if found.levene_p_value is not None:
        levene = stats.levene(first, second, center="median")
        assert found.levene_p_value == pytest.approx(levene.pvalue, rel=1e-6, abs=1e-12)
    ratio = np.var(second, ddof=1) / np.var(first, ddof=1)
    tail = min(
        stats.f.sf(ratio, len(second) - 1, len(first) - 1),
        stats.f.cdf(ratio, len(second) - 1, len(first) - 1),
    )
    assert found.variance_p_value == pytest.approx(min(1.0, 2 * tail), rel=1e-6, abs=1e-12)
    assert found.means_differ == (found.mean_p_value < 0.05)


def test_two_lots_in_words() -> None:
    higher = compare_lots(SHOTS, [shot + 3.0 for shot in SHOTS])
    assert higher.means_differ
    assert not higher.spreads_differ
    assert higher.mean_diff == pytest.approx(3.0)
    assert higher.sd_ratio == pytest.approx(1.0)
    assert higher.sentence.startswith("The means differ by +3 (")
    assert "no difference of the spreads is proven" in higher.sentence
    wider = compare_lots(SHOTS * 3, [58.1 + 8 * (shot - 58.1) for shot in SHOTS * 3])
    assert wider.spreads_differ
    assert wider.sentence.startswith("No difference of the means is proven: ")
    few = compare_lots([58.0, 58.5], [58.2, 58.9])
    assert few.levene_p_value is None
    assert few.sentence.endswith("; the shots are too few to compare the spreads.")
    still = compare_lots([58.0, 58.0, 58.0], SHOTS)
    assert (still.sd_ratio, still.variance_p_value) == (None, None)


def test_lots_that_cannot_be_compared() -> None:
    with pytest.raises(LotError, match="Neither lot has a spread"):
        compare_lots([1.0, 1.0], [2.0, 2.0])
    with pytest.raises(LotError, match="at least 2 values, but there are 1"):
        compare_lots([1.0], [2.0, 2.0])


def test_shots_by_conditioning_temperature() -> None:
    values = [50.0, 58.0, 66.0, 52.0, 60.0, 70.0]
    groups = by_temperature(values, [-35.0, 23.0, 85.0, -31.0, None, 60.0])
    told = [(group.nominal_c, group.indices, group.statistics.mean) for group in groups]
    assert told == [
        (-35.0, (0, 3), 51.0),
        (23.0, (1,), 58.0),
        (85.0, (2,), 66.0),
        (None, (4, 5), 65.0),
    ]
    (only,) = by_temperature([1.0, 3.0], [20.0, 22.0], nominal_c=[21.0], within_k=1.0)
    assert (only.nominal_c, only.statistics.n) == (21.0, 2)


def test_temperatures_that_make_no_groups() -> None:
    with pytest.raises(LotError, match="2 values but 1 temperatures"):
        by_temperature([1.0, 2.0], [23.0])
    with pytest.raises(LotError, match="more than twice 5 K apart"):
        by_temperature([1.0], [23.0], nominal_c=[20.0, 30.0])
    with pytest.raises(LotError, match="more than twice 5 K apart"):
        by_temperature([1.0], [23.0], nominal_c=[])

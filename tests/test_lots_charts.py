"""Control charts and capability: constants of the tables, published examples, each rule alone."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mgg_kernel.errors import LotError
from mgg_kernel.lots import (
    RULE_SETS,
    RULES,
    c4,
    capability,
    d2,
    d3,
    lot_charts,
    shot_charts,
)

# Montgomery, appendix VI: n, c4, d2, d3, A3, B3, B4, D3, D4.
TABLE = [
    (2, 0.7979, 1.128, 0.853, 2.659, 0.0, 3.267, 0.0, 3.267),
    (3, 0.8862, 1.693, 0.888, 1.954, 0.0, 2.568, 0.0, 2.575),
    (5, 0.9400, 2.326, 0.864, 1.427, 0.0, 2.089, 0.0, 2.114),
    (7, 0.9594, 2.704, 0.833, 1.182, 0.118, 1.882, 0.076, 1.924),
    (10, 0.9727, 3.078, 0.797, 0.975, 0.284, 1.716, 0.223, 1.777),
    (25, 0.9896, 3.931, 0.708, 0.606, 0.565, 1.435, 0.459, 1.541),
]

# Montgomery, example 6.5: viscosity of aircraft primer paint, 15 batches.
PAINT = [33.75, 33.05, 34.00, 33.81, 33.46, 34.02, 33.68, 33.27, 33.49, 33.20]
PAINT += [33.62, 33.00, 33.54, 33.12, 33.84]


@pytest.mark.parametrize("row", TABLE)
def test_constants_are_those_of_the_table(row: tuple[float, ...]) -> None:
    n, (of_c4, of_d2, of_d3, a3, b3, b4, low, high) = int(row[0]), row[1:]
    assert c4(n) == pytest.approx(of_c4, abs=6e-5)
    assert d2(n) == pytest.approx(of_d2, abs=6e-4)
    assert d3(n) == pytest.approx(of_d3, abs=6e-4)
    assert 3 / (c4(n) * math.sqrt(n)) == pytest.approx(a3, abs=6e-4)
    reach = 3 * math.sqrt(1 - c4(n) ** 2) / c4(n)
    assert (max(0.0, 1 - reach), 1 + reach) == pytest.approx((b3, b4), abs=6e-4)
    reach = 3 * d3(n) / d2(n)
    assert (max(0.0, 1 - reach), 1 + reach) == pytest.approx((low, high), abs=6e-4)


def test_constants_of_two_values_in_closed_form() -> None:
    assert c4(2) == pytest.approx(math.sqrt(2 / math.pi), rel=1e-14)
    assert d2(2) == pytest.approx(2 / math.sqrt(math.pi), rel=1e-12)
    assert d3(2) == pytest.approx(math.sqrt(2 - 4 / math.pi), rel=1e-10)
    with pytest.raises(LotError, match="at least 2 values, not 1"):
        c4(1)


def test_a_published_chart_of_individuals() -> None:
    charts = shot_charts(PAINT)
    assert charts.mean == pytest.approx(33.52, abs=5e-3)
    first, moving = charts.location.points[0], charts.spread.points[0]
    assert (first.lower, first.upper) == pytest.approx((32.24, 34.80), abs=6e-3)
    assert (moving.center, moving.lower) == (pytest.approx(0.48, abs=5e-3), 0.0)
    assert moving.upper == pytest.approx(1.57, abs=5e-3)
    assert charts.location.flagged == charts.spread.flagged == ()
    assert charts.location.sentence == "In control: none of 15 shots breaks a rule."
    assert len(charts.spread.points) == 14


def test_a_chart_of_lots_of_one_size_is_the_one_of_the_textbook() -> None:
    random = np.random.default_rng(3)
    lots = {f"L{number}": random.normal(58.0, 0.8, 5) for number in range(20)}
    charts = lot_charts(lots)
    means = np.array([lot.mean() for lot in lots.values()])
    sds = np.array([lot.std(ddof=1) for lot in lots.values()])
    point = charts.location.points[7]
    assert (point.label, point.n, point.value) == ("L7", 5, pytest.approx(means[7]))
    assert point.center == pytest.approx(means.mean(), rel=1e-12)
    assert point.upper == pytest.approx(means.mean() + 1.427 * sds.mean(), abs=1e-3)
    assert point.lower == pytest.approx(means.mean() - 1.427 * sds.mean(), abs=1e-3)
    of_sd = charts.spread.points[7]
    assert of_sd.center == pytest.approx(sds.mean(), rel=1e-12)
    assert (of_sd.lower, of_sd.upper) == (0.0, pytest.approx(2.089 * sds.mean(), abs=1e-3))


def test_lots_of_several_sizes_have_limits_of_their_own() -> None:
    lots = {"small": [57.0, 59.0], "large": np.linspace(56.0, 60.0, 21)}
    charts = lot_charts(lots, standard=(58.0, 2.0))
    small, large = charts.location.points
    assert (small.lower, small.upper) == pytest.approx((58 - 6 / 2**0.5, 58 + 6 / 2**0.5))
    assert (large.lower, large.upper) == pytest.approx((58 - 6 / 21**0.5, 58 + 6 / 21**0.5))
    assert charts.given
    assert (charts.mean, charts.sd) == (58.0, 2.0)
    # Without a standard a lot of 21 counts much more than one of 2.
    own = lot_charts(lots)
    of_small, of_large = 2**0.5 / c4(2), np.std(lots["large"], ddof=1) / c4(21)
    share = (own.sd - of_large) / (of_small - of_large)
    assert share == pytest.approx(0.0424, abs=2e-4)  # 1.752 of 1.752 + 39.57, with c4 of the table


def test_a_shot_far_off_is_told() -> None:
    charts = shot_charts([*PAINT, 36.0], [*"abcdefghijklmno", "odd"], standard=(33.52, 0.43))
    assert charts.location.points[-1].flags == ("nelson-1",)
    assert charts.spread.points[-1].flags == ("nelson-1",)
    assert charts.spread.points[-1].label == "odd"
    assert charts.location.sentence == (
        "Not in control: 1 of 16 shots break a rule, 1 of them beyond the limits; first odd: one "
        "point beyond 3 standard deviations."
    )


# For each rule the shortest sequence that breaks it and no other, in standard deviations.
ALTERNATING = [0.5, -0.5] * 7
BROKEN = {
    "nelson-1": [0.0, 3.1],
    "nelson-2": [0.5, 0.2, 0.4, 1.5, 0.3, 0.6, 0.2, 0.5, 0.1],
    "nelson-3": [-1.5, -0.9, -0.2, 0.1, 0.6, 0.9],
    "nelson-4": ALTERNATING,
    "nelson-5": [2.5, 0.5, 2.1],
    "nelson-6": [1.5, 1.2, -0.5, 1.1, 1.3],
    "nelson-7": [0.5, 0.6, -0.2, -0.4, 0.1, 0.3, -0.6, -0.5, 0.9, 0.8, -0.1, 0.2, 0.4, -0.3, 0.6],
    "nelson-8": [1.5, 1.2, -1.5, -1.2, 1.4, 1.2, -1.1, -1.4],
    "western-electric-1": [0.0, -3.1],
    "western-electric-2": [-2.5, -0.5, -2.1],
    "western-electric-3": [-1.5, -1.2, 0.5, -1.1, -1.3],
    "western-electric-4": [-0.5, -0.2, -0.4, -1.5, -0.3, -0.6, -0.2, -0.5],
}


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_is_broken_by_its_pattern_and_by_nothing_shorter(rule: str) -> None:
    rules = next(name for name, of_it in RULE_SETS.items() if rule in of_it)
    values = BROKEN[rule]
    for mirrored in (1.0, -1.0):
        flags = _flags([mirrored * value for value in values], rules)
        assert flags[-1] == (rule,)
        assert flags[:-1] == [()] * (len(values) - 1)


def test_every_rule_has_a_pattern_here() -> None:
    assert BROKEN.keys() == RULES.keys()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-4, 4), min_size=3, max_size=40))
def test_flags_do_not_depend_on_what_comes_later(values: list[float]) -> None:
    whole = _flags(values, "nelson")
    for length in range(3, len(values)):
        assert _flags(values[:length], "nelson") == whole[:length]
    # And the rule about single points is what it says.
    assert [("nelson-1" in flags) for flags in whole] == [abs(value) > 3 for value in values]


def _flags(distances: list[float], rules: str) -> list[tuple[str, ...]]:
    spare = [0.0] * max(0, 3 - len(distances))  # a chart of individuals has three points
    charts = shot_charts([*distances, *spare], rules=rules, standard=(0.0, 1.0))
    return [point.flags for point in charts.location.points[: len(distances)]]


def test_what_makes_no_chart() -> None:
    with pytest.raises(LotError, match="at least two lots, or one and a standard"):
        lot_charts({"one": [1.0, 2.0]})
    with pytest.raises(LotError, match="at least two lots"):
        lot_charts({}, standard=(0.0, 1.0))
    with pytest.raises(LotError, match="lot 'b' of an X̄-S chart there must be at least 2 values"):
        lot_charts({"a": [1.0, 2.0], "b": [3.0]})
    with pytest.raises(LotError, match="The values do not differ"):
        shot_charts([1.0, 1.0, 1.0])
    with pytest.raises(LotError, match="no rules 'mine'; choose nelson"):
        shot_charts(PAINT, rules="mine")
    with pytest.raises(LotError, match="a positive deviation, not 1 and 0"):
        shot_charts(PAINT, standard=(1.0, 0.0))
    with pytest.raises(LotError, match="15 values but 1 labels"):
        shot_charts(PAINT, ["one"])


def with_spread(n: int, mean: float, sd: float) -> np.ndarray:
    """Values whose mean and standard deviation are exactly these."""
    values = np.arange(float(n)) - (n - 1) / 2
    return mean + sd * values / values.std(ddof=1)


def test_published_intervals_of_capability() -> None:
    # Montgomery, examples 8.4 and 8.5, with 20 values.
    found = capability(with_spread(20, 50.0, 1.75), lower=38.0, upper=62.0)
    assert found.pp is not None
    assert found.pp.value == pytest.approx(2.29, abs=5e-3)
    assert (found.pp.low, found.pp.high) == pytest.approx((1.57, 3.01), abs=6e-3)
    # Ppk = 1.33: the nearer limit is 3.99 standard deviations away.
    nearer = capability(with_spread(20, 50.0, 1.0), lower=0.0, upper=53.99)
    assert nearer.ppk.value == pytest.approx(1.33)
    assert (nearer.ppk.low, nearer.ppk.high) == pytest.approx((0.88, 1.78), abs=5e-3)


def test_the_share_outside_is_that_of_the_normal_distribution() -> None:
    found = capability(with_spread(50, 10.0, 2.0), lower=8.0, upper=14.0)
    assert found.share_outside == pytest.approx(0.158655 + 0.022750, abs=1e-6)  # −1 σ and +2 σ
    values = with_spread(50, 10.0, 2.0)
    assert found.observed_outside == np.count_nonzero((values < 8) | (values > 14))
    one = capability(values, upper=14.0)
    assert (one.pp, one.cp, one.lower) == (None, None, None)
    assert one.ppk.value == pytest.approx(4 / 6)
    assert one.share_outside == pytest.approx(0.022750, abs=1e-6)


def test_spread_within_lots_and_by_moving_range() -> None:
    values, lots = [1.0, 3.0, 11.0, 13.0, 15.0], ["a", "a", "b", "b", "b"]
    pooled = capability(values, lower=0.0, upper=20.0, lots=lots)
    # Σ squares within: 2 + 8, with 1 + 2 degrees of freedom.
    assert (pooled.within, pooled.sd_within) == ("lots", pytest.approx(math.sqrt(10 / 3)))
    moving = capability(values, lower=0.0, upper=20.0)
    assert moving.within == "moving range"
    assert moving.sd_within == pytest.approx((2 + 8 + 2 + 2) / 4 / (2 / math.sqrt(math.pi)))
    assert moving.sd_overall == pooled.sd_overall
    assert pooled.cp is not None
    assert pooled.pp is not None
    assert pooled.cp.value > pooled.pp.value  # the lots' means differ
    # No two shots of one lot, or all of a lot equal: no Cp, and Pp as ever.
    single = capability(values, lower=0.0, upper=20.0, lots=range(5))
    assert (single.cp, single.cpk, single.pp) == (None, None, pooled.pp)


def test_the_freedom_of_a_moving_range() -> None:
    # Cryer and Ryan (1990): Var(MR / d2) = σ² (0.8264 n − 1.082) / (n − 1)².
    from mgg_kernel.lots.capability import moving_range_freedom

    for n in (5, 30, 500):
        variance = (0.8264 * n - 1.082) / (n - 1) ** 2
        assert moving_range_freedom(n) == pytest.approx(1 / (2 * variance), rel=1e-3)


def test_what_has_no_capability() -> None:
    with pytest.raises(LotError, match="no limit to judge by"):
        capability([1.0, 2.0])
    with pytest.raises(LotError, match="must be below the upper one, 1"):
        capability([1.0, 2.0], lower=2.0, upper=1.0)
    with pytest.raises(LotError, match="A limit must be finite, but is inf"):
        capability([1.0, 2.0], upper=float("inf"))
    with pytest.raises(LotError, match="All values are equal"):
        capability([1.0, 1.0], upper=2.0)
    with pytest.raises(LotError, match="2 values but 1 lots"):
        capability([1.0, 2.0], upper=2.0, lots=["a"])

"""The confidence of a recipe: known probabilities, and that it means what it says."""

from itertools import pairwise, product
from math import atan, inf, log, pi, sqrt

import numpy as np
import pytest

from mgg_kernel.calibration import Calibration, calibrate
from mgg_kernel.calibration.made_up import made_up_lab
from mgg_kernel.errors import SimulationError
from mgg_kernel.recipe import Recipe
from mgg_kernel.reverse.confidence import (
    QUANTITIES,
    Expectation,
    Requirement,
    confidence,
    freedom_of,
    inside_corridor,
    log_likelihood,
    probability,
    within,
)
from mgg_kernel.simulation import Interval, Simulation, simulate_many
from mgg_kernel.simulation.parameters import CalibrationEntry

PEAK, TIME = QUANTITIES[:2]
NORMAL = 1e6
"""Degrees of freedom of what is a normal distribution to six digits."""
FACTOR = 1.25
EXPECTED = Expectation(60.0, Interval(60 / FACTOR, 60 * FACTOR))


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return calibrate(made_up_lab(40, curves=0).observations)


@pytest.fixture(scope="module")
def known(calibration: Calibration) -> CalibrationEntry:
    entry = calibration.model.document.calibration
    assert entry is not None
    return entry


def expectations(simulation: Simulation) -> dict[str, Expectation]:
    intervals = simulation.intervals
    assert intervals is not None
    return {
        PEAK: Expectation(simulation.features.peak_pressure_mpa, intervals.peak_pressure_mpa),
        TIME: Expectation(simulation.features.peak_time_ms, intervals.peak_time_ms),
    }


def test_the_interval_itself_holds_nine_of_ten_whatever_the_shape() -> None:
    for freedom in (1.0, 2.0, 4.0, 30.0, NORMAL):
        inside = probability(EXPECTED, 60 / FACTOR, 60 * FACTOR, freedom)
        assert inside == pytest.approx(0.9, abs=1e-9)
        assert probability(EXPECTED, 0.0, 60.0, freedom) == pytest.approx(0.5, abs=1e-12)
        assert probability(EXPECTED, 0.0, inf, freedom) == 1.0


@pytest.mark.parametrize(("sigmas", "table"), [(1, 0.682689), (2, 0.954500), (3, 0.997300)])
def test_of_normal_deviations_it_is_the_printed_table(sigmas: float, table: float) -> None:
    reach = FACTOR ** (sigmas / 1.644854)
    assert probability(EXPECTED, 60 / reach, 60 * reach, NORMAL) == pytest.approx(table, abs=2e-6)


@pytest.mark.parametrize("limits", [(55.0, 61.0), (0.0, 50.0), (66.0, 90.0), (75.0, inf)])
def test_of_students_deviations_it_is_the_closed_form(limits: tuple[float, float]) -> None:
    # Student's distribution of 2 degrees of freedom is ½ + t/(2√(2+t²)), of 3 an arctangent.
    def second(t: float) -> float:
        return 0.5 + t / (2 * sqrt(2 + t * t)) if abs(t) < inf else float(t > 0)

    def third(t: float) -> float:
        if abs(t) == inf:
            return float(t > 0)
        u = t / sqrt(3)
        return 0.5 + (u / (1 + u * u) + atan(u)) / pi

    # Their 95 % points are printed in every table: 2.919986 and 2.353363.
    for freedom, distribution, point in ((2, second, 2.9199856), (3, third, 2.3533634)):
        ends = [
            -inf if x <= 0 else inf if x == inf else log(x / 60) / log(FACTOR) * point
            for x in limits
        ]
        by_hand = distribution(ends[1]) - distribution(ends[0])
        assert probability(EXPECTED, *limits, freedom) == pytest.approx(by_hand, abs=1e-7)


def test_wider_limits_never_lower_it_and_it_is_always_a_number(known: CalibrationEntry) -> None:
    expected = {PEAK: EXPECTED}
    for center in (1e-3, 20.0, 59.0, 60.0, 75.0, 1e5):
        told = [
            confidence(expected, [within(PEAK, center, percent)], known).percent
            for percent in np.linspace(0.01, 100, 200)
        ]
        assert np.isfinite(told).all()
        assert all(0 <= a <= b <= 100 for a, b in pairwise(told))


def test_a_wider_interval_means_less_of_what_is_likely() -> None:
    told = [
        probability(Expectation(60, Interval(60 / f, 60 * f)), 57, 63, 3.0)
        for f in (1.01, 1.05, 1.2, 2.0, 1e8)
    ]
    assert all(a > b for a, b in pairwise(told))
    assert told[0] > 0.99
    assert told[-1] < 0.01


def test_requirements_multiply_and_those_on_one_read_out_meet(known: CalibrationEntry) -> None:
    expected = {PEAK: EXPECTED, TIME: Expectation(8.0, Interval(6.0, 10.0))}
    peak, time = within(PEAK, 60, 5), within(TIME, 8, 10)
    both = confidence(expected, [peak, time], known)
    assert both.percent == pytest.approx(both.of_each[0] * both.of_each[1] / 100)
    narrower = [peak, Requirement(PEAK, high=61.0)]
    one = confidence(expected, [Requirement(PEAK, 57.0, 61.0)], known)
    assert confidence(expected, narrower, known).percent == pytest.approx(one.percent)
    against = [Requirement(PEAK, high=55.0), Requirement(PEAK, low=65.0)]
    assert confidence(expected, against, known).percent == 0.0
    assert confidence(expected, [], known).percent == 100.0


def test_a_corridor_is_as_sure_as_its_narrowest_places() -> None:
    curve, half = np.array([0.0, 30.0, 60.0, 50.0]), np.array([0.0, 3.0, 6.0, 5.0])
    band = (curve - half, curve + half)

    def told(low: object, high: object) -> float:
        return inside_corridor(curve, band, (np.asarray(low), np.asarray(high)), 3.0)

    assert told(*band) == pytest.approx(0.9, abs=1e-9)
    nowhere = np.full(4, -inf)
    assert told(nowhere, [9.0, 99.0, 60.0, 99.0]) == pytest.approx(0.5, abs=1e-12)
    assert told(nowhere, -nowhere) == 1.0
    # Above at one place and below at another: one deviation of all samples cannot mend both.
    assert told([0.0, 33.0, 0.0, 0.0], [9.0, 99.0, 58.0, 99.0]) == 0.0
    # Where nothing can deviate it is inside, or it is not.
    assert told([-1.0, *band[0][1:]], [1.0, *band[1][1:]]) == pytest.approx(0.9, abs=1e-9)
    assert told([1.0, *band[0][1:]], [2.0, *band[1][1:]]) == 0.0


def test_the_likelihood_is_that_of_student() -> None:
    assert log_likelihood(EXPECTED, 60.0, 3.0) == 0.0
    at_edge = log_likelihood(EXPECTED, 60 * FACTOR, 2.0)
    assert at_edge == pytest.approx(-1.5 * log(1 + 2.9199856**2 / 2), abs=1e-6)
    assert log_likelihood(EXPECTED, 60 / FACTOR, 2.0) == pytest.approx(at_edge)


def test_the_shape_comes_of_the_left_out_products(known: CalibrationEntry) -> None:
    def shape(reach_50: float | None) -> float:
        noise = known.peak_pressure.model_copy(update={"reach_90": 3.0, "reach_50": reach_50})
        return freedom_of(known.model_copy(update={"peak_pressure": noise}), PEAK)

    # Quartile over 95 % point of Student's t, from printed tables: 0.816497 / 2.919986 and so on.
    assert shape(3 * 0.816497 / 2.919986) == pytest.approx(2.0, rel=1e-4)
    assert shape(3 * 0.764892 / 2.353363) == pytest.approx(3.0, rel=1e-4)
    assert shape(3 * 0.740697 / 2.131847) == pytest.approx(4.0, rel=1e-4)
    assert shape(2.9) == pytest.approx(200.0)
    assert shape(0.01) == pytest.approx(1.0)
    assert shape(None) == known.structure["noise.peak_pressure_freedom"]


def test_what_cannot_be_required_is_refused_in_a_sentence(known: CalibrationEntry) -> None:
    with pytest.raises(SimulationError, match="'impulse' cannot be required"):
        Requirement("impulse", 1.0, 2.0)
    for low, high in ((5.0, 5.0), (6.0, 5.0), (-1.0, 5.0), (float("nan"), 5.0)):
        with pytest.raises(SimulationError, match="limits of peak_time_ms"):
            Requirement(TIME, low, high)
    for value, percent in ((0.0, 5.0), (inf, 5.0), (60.0, 0.0), (60.0, 101.0)):
        with pytest.raises(SimulationError, match="give a value above 0"):
            within(PEAK, value, percent)
    with pytest.raises(SimulationError, match="expects nothing of peak_time_ms"):
        confidence({PEAK: EXPECTED}, [within(TIME, 8, 5)], known)


def test_of_new_products_as_many_meet_as_they_were_told(
    calibration: Calibration, known: CalibrationEntry
) -> None:
    # The same lab fires a hundred products that the calibration never saw.
    new = made_up_lab(100, curves=0, seed=2, typing_errors=False).observations
    told, met = [], []
    fired = simulate_many([one.recipe for one in new], calibration.model)
    for one, simulation in zip(new, fired, strict=True):
        expected = expectations(simulation)
        for of_peak, of_time in product((1, 2, 3, 5, 8), (2, 4, 8, 12)):
            wanted = [
                within(PEAK, expected[PEAK].value, of_peak),
                within(TIME, expected[TIME].value, of_time),
            ]
            told.append(confidence(expected, wanted, known).percent / 100)
            met.append(all(r.low <= getattr(one, r.quantity) <= r.high for r in wanted))
    chance, happened = np.array(told), np.array(met, dtype=float)
    for low, high in pairwise((0.0, 0.3, 0.5, 0.7, 0.85, 1.0)):
        bin_ = (chance >= low) & (chance < high)
        assert bin_.sum() > 100
        assert happened[bin_].mean() == pytest.approx(chance[bin_].mean(), abs=0.12)
    # And it tells the recipes apart: much better than telling all of them the same.
    brier = float(((chance - happened) ** 2).mean())
    assert brier < 0.8 * happened.mean() * (1 - happened.mean())


def test_less_known_is_less_sure(calibration: Calibration, known: CalibrationEntry) -> None:
    def told(type_code: str) -> float:
        recipe = Recipe.parse(
            igniter="80",
            nc=[f"{type_code}:800"],
            shell="22",
            current="1.2",
            vessel="15-R2",
            device="T-1",
        )
        expected = expectations(simulate_many([recipe], calibration.model)[0])
        wanted = [within(q, expected[q].value, 5) for q in (PEAK, TIME)]
        return confidence(expected, wanted, known).percent

    assert told("N1") > 1.5 * told("never seen")

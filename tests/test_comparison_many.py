"""Many simulations against many tests: the numbers of `compare`, and what happens to bad pairs."""

from dataclasses import asdict

import numpy as np
import pytest
from factory import measured_like_curve

from mgg_kernel.comparison import NUMBERS, MatrixProgress, arguments_of, compare, matrix
from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import ComparisonError

SIMULATIONS = [measured_like_curve(peak_mpa=56.0 + i, seed=i) for i in range(4)]
TESTS = [measured_like_curve(peak_mpa=57.0 + i, seed=10 + i) for i in range(3)]


@pytest.mark.parametrize(
    "method",
    [
        {},
        {"rate_hz": None, "window_ms": (2.0, 12.0)},
        {"filter": "cfc180", "weights": (0.1, 0.2, 0.3, 0.4)},
    ],
)
@pytest.mark.parametrize("threads", [1, 3])
def test_every_number_is_the_one_of_compare_to_the_last_bit(
    method: dict[str, object], threads: int
) -> None:
    # Some curves begin and end elsewhere, so that pairs have windows of their own.
    simulations = [*SIMULATIONS[:2], SIMULATIONS[2].shift(0.5), SIMULATIONS[3].shift(-0.3)]
    result = matrix(simulations, TESTS, threads=threads, **method)  # type: ignore[arg-type]
    for row, simulated in enumerate(simulations):
        for column, measured in enumerate(TESTS):
            alone = compare(simulated, measured, **method)  # type: ignore[arg-type]
            found = {name: values[row, column] for name, values in result.numbers.items()}
            for name in list(asdict(alone))[:11]:
                number = found.pop(name)
                assert (None if np.isnan(number) else number) == getattr(alone, name)
            assert alone.iso18571 is not None
            for part in ("overall", "corridor", "phase", "magnitude", "slope"):
                assert found.pop(f"iso18571_{part}") == getattr(alone.iso18571, part)
            for part, value in asdict(alone.sprague_geers).items():
                assert found.pop(f"sprague_geers_{part}") == value
            for part, rating in asdict(alone.phases).items():
                score = found.pop(f"phase_{part}")
                assert np.isnan(score) if rating is None else score == rating["score"]
            assert (found.pop("from_ms"), found.pop("to_ms")) == alone.settings.used_window_ms
            assert not found
    assert result.errors == {}
    assert result.warnings == compare(SIMULATIONS[0], TESTS[0], **method).warnings  # type: ignore[arg-type]
    # What is said about the method makes each pair again.
    again = compare(simulations[1], TESTS[2], **arguments_of(result.settings))
    assert again.rmse_mpa == result.numbers["rmse_mpa"][1, 2]


def test_the_best_match_of_each_test() -> None:
    result = matrix(SIMULATIONS, TESTS)
    # The simulations peak at 56, 57, 58, 59 MPa, and the tests at 57, 58, 59.
    assert result.best("peak_pressure_diff_mpa") == (1, 2, 3)
    overall = result.numbers["iso18571_overall"]
    assert result.best() == tuple(int(np.argmax(overall[:, column])) for column in range(3))
    assert result.best("rmse_mpa") == tuple(np.argmin(result.numbers["rmse_mpa"], axis=0).tolist())
    for number in ("from_ms", "beauty"):
        with pytest.raises(ComparisonError, match=f"'{number}' tells no best match"):
            result.best(number)


def test_a_pair_that_cannot_be_compared_stops_no_other() -> None:
    far = TESTS[0].shift(500.0)
    flat = PTCurve(TESTS[0].time_ms, np.full(len(TESTS[0]), 3.0))
    rough = PTCurve(TESTS[0].time_ms ** 1.2, TESTS[0].pressure_mpa)
    result = matrix(SIMULATIONS[:2], [TESTS[0], far, flat, rough], filter="cfc1000")
    assert sorted(result.errors) == [(r, c) for r in range(2) for c in (1, 2, 3)]
    assert "do not overlap" in result.errors[0, 1]
    assert "is constant" in result.errors[1, 2]
    assert "cannot be filtered" in result.errors[0, 3]
    for values in result.numbers.values():
        assert np.isnan(values[:, 1:]).all()
        assert np.isfinite(values[:, 0]).all()
    assert result.best()[1:] == (None, None, None)


def test_the_table_has_a_row_for_each_pair() -> None:
    far = TESTS[0].shift(500.0)
    result = matrix(SIMULATIONS[:2], [TESTS[0], far], simulation_names="ab", test_names="xy")
    table = result.table()
    assert table.column_names == ["simulation", "test", *NUMBERS, "error"]
    rows = table.to_pylist()
    assert [(row["simulation"], row["test"]) for row in rows] == [
        ("a", "x"), ("a", "y"), ("b", "x"), ("b", "y"),
    ]  # fmt: skip
    assert rows[2]["rmse_mpa"] == result.numbers["rmse_mpa"][1, 0]
    assert rows[2]["error"] is None
    assert rows[3]["rmse_mpa"] is None
    assert rows[3]["error"] == result.errors[1, 1]


def test_progress_is_told_and_it_can_be_stopped() -> None:
    simulations = [measured_like_curve(seed=seed) for seed in range(50)]
    told: list[MatrixProgress] = []
    matrix(simulations, TESTS, progress=told.append, threads=2)
    assert [one.done for one in told] == [64, 128, 150]
    assert {one.total for one in told} == {150}
    asked: list[bool] = []
    told.clear()

    def stop() -> bool:
        asked.append(True)
        return len(asked) == 3

    with pytest.raises(ComparisonError, match="were stopped; nothing was kept"):
        matrix(simulations, TESTS, progress=told.append, stop=stop, threads=1)
    assert [one.done for one in told] == [64, 128]


def test_what_makes_no_matrix() -> None:
    with pytest.raises(ComparisonError, match="There is no simulation to compare"):
        matrix([], TESTS)
    with pytest.raises(ComparisonError, match="There is no test to compare"):
        matrix(SIMULATIONS, [])
    with pytest.raises(ComparisonError, match="3 tests but 1 names"):
        matrix(SIMULATIONS, TESTS, test_names=["one"])
    with pytest.raises(ComparisonError, match="at least one thread, not 0"):
        matrix(SIMULATIONS, TESTS, threads=0)
    with pytest.raises(ComparisonError, match="'low' is no filter"):
        matrix(SIMULATIONS, TESTS, filter="low")
    with pytest.raises(ComparisonError, match="weights of corridor"):
        matrix(SIMULATIONS, TESTS, weights=(1.0, 1.0, 0.0, 0.0))
    # What is wrong with every pair is an error of each, with the sentence of `compare`.
    result = matrix(SIMULATIONS, TESTS, rate_hz=-1.0)
    assert len(result.errors) == 12
    assert "must be a positive number of Hz" in result.errors[0, 0]

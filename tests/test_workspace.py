"""The way through: from a measured workbook to a stored and logged comparison."""

import json
import re
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import OpenAs
from sqlalchemy import Connection, text

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import (
    AccessError,
    ComparisonError,
    ConflictError,
    DatabaseDownError,
    IngestError,
    NotFoundError,
    RecipeError,
    StoreError,
)
from mgg_kernel.features import FeatureDefinitions
from mgg_kernel.hot import test_results
from mgg_kernel.hot.database import Caller
from mgg_kernel.hot.tables import pt_comparisons
from mgg_kernel.ingest import example_curve, write_lab_workbook
from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation import default_model, simulate
from mgg_kernel.workspace import Foundation, IngestResult

RECIPE = Recipe.parse(
    igniter="135", nc=["B:775"], shell="22", current="1.2", vessel="10-892", device="Y-H"
)


def recipe(mass_mg: int) -> Recipe:
    return Recipe.parse(
        igniter="135",
        nc=[f"B:{mass_mg}"],
        shell="22",
        current="1.2",
        vessel="10-892",
        device="Y-H",
    )


def workbook(seed: int, remark: str = "P1") -> tuple[PTCurve, bytes]:
    curve = example_curve(seed=seed)
    return curve, write_lab_workbook(curve, remark)


def counts(foundation: Foundation) -> tuple[int, ...]:
    """How many rows and files there are of everything that an ingest writes."""
    tables = ("test_results", "test_result_files", "test_curve_samples")
    with foundation.database.begin(Caller("admin")) as (connection, _):
        rows = [connection.execute(text(f"SELECT count(*) FROM {t}")).scalar_one() for t in tables]
    return *rows, sum(path.is_file() for path in foundation.settings.files_dir.rglob("*"))


def test_a_measured_workbook_becomes_a_test(foundation: Foundation, open_as: OpenAs) -> None:
    curve, data = workbook(1)
    wang = open_as("wang")
    (result,) = wang.tests.ingest(data, "P1_shot1.xlsx")
    assert result.status == "stored"
    assert result.test_result_id is not None
    test = wang.tests.get(result.test_result_id)
    assert (test.product, test.file_name, test.sample_count, test.created_by) == (
        "P1",
        "P1_shot1.xlsx",
        4000,
        "wang",
    )
    assert test.peak_pressure_mpa == curve.peak.pressure_mpa
    assert wang.tests.curve(test.id) == curve, "bit for bit"
    assert wang.tests.original(test.id) == data


def test_the_labs_own_files(open_as: OpenAs, lab_data: Path) -> None:
    expected = {"59_1_avg": 54.4668, "59_2_avg": 57.2399, "59_5_avg": 66.1557}
    wang = open_as("wang")
    for name, peak_mpa in expected.items():
        data = (lab_data / "curves" / f"{name}.xlsx").read_bytes()
        (result,) = wang.tests.ingest(data, f"{name}.xlsx")
        assert result.test_result_id is not None
        test = wang.tests.get(result.test_result_id)
        assert (test.sample_count, test.product) == (4000, name.removesuffix("_avg"))
        assert test.peak_pressure_mpa == pytest.approx(peak_mpa, abs=5e-5)
        again = wang.tests.ingest(data, "another name.xlsx")
        assert (again[0].status, again[0].test_result_id) == ("duplicate", test.id)


def test_the_same_bytes_twice_are_one_test(foundation: Foundation, open_as: OpenAs) -> None:
    _, data = workbook(2)
    (first,) = open_as("wang").tests.ingest(data, "a.xlsx")
    before = counts(foundation)
    (second,) = open_as("sun").tests.ingest(data, "b.xlsx")
    assert (second.status, second.test_result_id) == ("duplicate", first.test_result_id)
    assert second.reason is not None
    assert re.search(
        rf"test {first.test_result_id} already: a\.xlsx, stored by wang", second.reason
    )
    assert counts(foundation) == before


def test_two_people_at_the_same_moment_store_one_test(
    foundation: Foundation, open_as: OpenAs
) -> None:
    _, data = workbook(3)
    results: list[IngestResult] = []
    start = threading.Barrier(4)

    def send(username: str) -> None:
        desk = open_as(username).tests
        start.wait()
        results.extend(desk.ingest(data, f"{username}.xlsx"))

    threads = [threading.Thread(target=send, args=(name,)) for name in ("wang", "sun") * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result.status for result in results) == ["duplicate"] * 3 + ["stored"]
    assert len({result.test_result_id for result in results}) == 1


def test_two_teams_each_keep_a_test_of_the_same_bytes(open_as: OpenAs) -> None:
    _, data = workbook(4)
    (ours,) = open_as("wang").tests.ingest(data, "a.xlsx")
    (theirs,) = open_as("stranger").tests.ingest(data, "a.xlsx")
    assert (ours.status, theirs.status) == ("stored", "stored")
    assert ours.test_result_id != theirs.test_result_id


def test_a_truncated_workbook_leaves_no_row_and_no_file(
    foundation: Foundation, open_as: OpenAs
) -> None:
    _, data = workbook(5)
    before = counts(foundation)
    with pytest.raises(IngestError, match=r"^'cut\.xlsx' is refused: [^.]*\.$"):
        open_as("wang").tests.ingest(data[: len(data) // 2], "cut.xlsx")
    assert counts(foundation) == before
    entry = open_as("wang").log.list(log_type="ingest", outcome="refused")[0]
    assert (entry.actor, entry.object_id) == ("wang", "cut.xlsx")
    assert "cut.xlsx" in entry.details["reason"]


def test_a_failure_in_the_middle_leaves_no_row_and_no_file(
    foundation: Foundation, open_as: OpenAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("The disk is full.")

    _, data = workbook(6)
    before = counts(foundation)
    monkeypatch.setattr(test_results, "write_test_curve", full)
    with pytest.raises(StoreError, match="disk is full"):
        open_as("wang").tests.ingest(data, "late.xlsx")
    assert counts(foundation) == before
    assert open_as("wang").log.list(outcome="failed")[0].object_id == "late.xlsx"
    monkeypatch.undo()
    assert open_as("wang").tests.ingest(data, "late.xlsx")[0].status == "stored"


def test_a_file_above_the_limit_is_refused(open_as: OpenAs) -> None:
    with pytest.raises(IngestError, match=r"33\.0 MiB, more than the 32 MiB"):
        open_as("wang").tests.ingest(bytes(33 * 1024 * 1024), "huge.xlsx")


def test_a_manager_may_not_ingest_and_the_refusal_is_logged(open_as: OpenAs) -> None:
    _, data = workbook(7)
    with pytest.raises(AccessError, match="'boss' has the role 'user'"):
        open_as("boss").tests.ingest(data, "boss.xlsx")
    entry = open_as("admin").log.list(actor="boss", outcome="refused")[0]
    assert (entry.log_type, entry.object_id, entry.address) == ("ingest", "boss.xlsx", "127.0.0.1")


def test_a_deleted_test_is_recognised_when_it_comes_again(open_as: OpenAs) -> None:
    _, data = workbook(8)
    wang = open_as("wang")
    (result,) = wang.tests.ingest(data, "gone.xlsx")
    assert result.test_result_id is not None
    wang.tests.delete(result.test_result_id)
    (again,) = wang.tests.ingest(data, "gone.xlsx")
    assert again.reason is not None
    assert (again.status, "deleted and can be restored" in again.reason) == ("duplicate", True)


def test_a_work_order_hands_its_recipe_to_its_tests(open_as: OpenAs) -> None:
    _, data = workbook(9)
    wang = open_as("wang")
    order = wang.work_orders.create(recipe=RECIPE, title="lot 7")
    (result,) = wang.tests.ingest(data, "lot7.xlsx", work_order=order.number)
    assert result.test_result_id is not None
    test = wang.tests.get(result.test_result_id)
    assert (test.work_order, test.recipe) == (order.number, RECIPE)
    wang.work_orders.close(order.number)
    with pytest.raises(ConflictError, match="is closed"):
        wang.tests.ingest(workbook(10)[1], "later.xlsx", work_order=order.number)


def test_work_orders_of_one_second_get_numbers_of_their_own(open_as: OpenAs) -> None:
    numbers: list[str] = []

    def ask(username: str) -> None:
        desk = open_as(username).work_orders
        numbers.extend(desk.create(title="many").number for _ in range(3))

    threads = [threading.Thread(target=ask, args=(name,)) for name in ("wang", "sun", "stranger")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(numbers)) == 9
    assert all(re.fullmatch(r"WO-\d{8}-\d{6}", number) for number in numbers)


def test_search_takes_signs_for_what_they_are(open_as: OpenAs) -> None:
    wang = open_as("wang")
    wang.tests.ingest(workbook(11, "50%_x")[1], "percent.xlsx")
    assert [test.product for test in wang.tests.list("50%_")] == ["50%_x"]
    assert wang.tests.list("5%x") == []
    assert wang.tests.list("'; DROP TABLE test_results; --") == []


def test_a_simulation_is_stored_once(open_as: OpenAs) -> None:
    first = open_as("wang").simulations.run(recipe(701))
    again = open_as("sun").simulations.run(recipe(701))
    assert (first.repeated, again.repeated, again.id) == (False, True, first.id)
    fresh = simulate(recipe(701), default_model())
    assert again.curve == fresh.curve == first.curve
    assert again.summary.peak_pressure_mpa == fresh.features.peak_pressure_mpa


def test_two_people_simulate_the_same_at_the_same_moment(open_as: OpenAs) -> None:
    ids: list[int] = []
    start = threading.Barrier(2)

    def run(username: str) -> None:
        desk = open_as(username).simulations
        start.wait()
        ids.append(desk.run(recipe(702)).id)

    threads = [threading.Thread(target=run, args=(name,)) for name in ("wang", "sun")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_a_code_that_is_not_in_the_catalogue_is_refused(open_as: OpenAs) -> None:
    unknown = Recipe.parse(
        igniter="135", nc=["Q:775"], shell="22", current="1.2", vessel="10-892", device="Y-H"
    )
    wang = open_as("wang")
    with pytest.raises(RecipeError, match=r"NC type 'Q' is not in the catalogue \(known: A, B"):
        wang.simulations.run(unknown)
    wang.catalog.add("nc_types", "Q", description="new")
    with pytest.raises(ConflictError, match="in the catalogue already"):
        wang.catalog.add("nc_types", "Q")
    stored = wang.simulations.run(unknown)
    assert any("NC type Q" in warning for warning in stored.summary.warnings)
    wang.catalog.set_active("nc_types", "Q", False)


def test_a_comparison_is_stored_with_what_it_depends_on(open_as: OpenAs) -> None:
    wang = open_as("wang")
    simulation = wang.simulations.run(recipe(703))
    # The measured curve is the simulated one, 2 % higher: the known answer.
    measured = PTCurve(simulation.curve.time_ms, 1.02 * simulation.curve.pressure_mpa)
    (result,) = wang.tests.ingest(write_lab_workbook(measured, "known"), "known.xlsx")
    assert result.test_result_id is not None
    stored = wang.comparisons.save(simulation.id, result.test_result_id, note="by hand")
    peak = simulation.curve.peak.pressure_mpa
    assert stored.metrics["peak_pressure_diff_mpa"] == pytest.approx(-0.02 * peak, rel=1e-9)
    assert stored.metrics["peak_pressure_diff_percent"] == pytest.approx(-2 / 1.02, rel=1e-9)
    assert stored.metrics["peak_time_diff_ms"] == 0
    assert stored.metrics["correlation"] == pytest.approx(1, abs=1e-12)
    sampled = np.interp(
        np.arange(0, 39.95, 0.1), simulation.curve.time_ms, simulation.curve.pressure_mpa
    )
    rmse = 0.02 * np.sqrt(np.mean(sampled**2))
    assert stored.metrics["rmse_mpa"] == pytest.approx(rmse, rel=1e-6)
    assert stored.settings["rate_hz"] == 10_000
    assert stored.settings["code_version"]
    errors = stored.scores["sprague_geers"]
    assert (errors["m"], errors["p"]) == pytest.approx((1 / 1.02 - 1, 0), abs=1e-9)
    # A curve that is 2 % low everywhere stays in the inner corridor and needs no shift.
    iso = stored.scores["iso18571"]
    assert (iso["corridor"], iso["phase"], iso["grade"]) == (1, 1, "excellent")
    assert stored.scores["phases"]["peak"]["score"] == pytest.approx(1 - 2 * 0.02 / 1.02, abs=1e-9)
    assert wang.comparisons.get(stored.id) == stored
    assert open_as("boss").comparisons.list(test_id=result.test_result_id) == [stored]
    with pytest.raises(AccessError):
        open_as("boss").comparisons.save(simulation.id, result.test_result_id)


def test_a_stored_comparison_is_made_again_from_its_settings(open_as: OpenAs) -> None:
    wang = open_as("wang")
    simulation = wang.simulations.run(recipe(704))
    measured = PTCurve(simulation.curve.time_ms, 0.97 * simulation.curve.pressure_mpa).shift(0.2)
    (result,) = wang.tests.ingest(write_lab_workbook(measured, "again"), "again.xlsx")
    assert result.test_result_id is not None
    stored = wang.comparisons.save(
        simulation.id,
        result.test_result_id,
        rate_hz=20_000.0,
        filter="CFC 600-iso6487",
        window_ms=(0.5, 30.0),
        weights=(0.1, 0.2, 0.3, 0.4),
        definitions=FeatureDefinitions(ignition_fraction=0.05),
    )
    assert stored.settings["filter"] == "cfc600-iso6487"
    again = json.loads(json.dumps(wang.comparisons.compute_again(stored).as_dict()))
    assert again.pop("settings") == stored.settings
    assert again == {**stored.metrics, **stored.scores}
    plain = wang.comparisons.compute(simulation.id, result.test_result_id).as_dict()
    assert plain["iso18571"]["overall"] != stored.scores["iso18571"]["overall"]


def test_comparisons_of_an_older_version_have_no_scores(open_as: OpenAs) -> None:
    wang = open_as("wang")
    simulation = wang.simulations.run(recipe(704))
    measured = PTCurve(simulation.curve.time_ms, 0.96 * simulation.curve.pressure_mpa)
    (result,) = wang.tests.ingest(write_lab_workbook(measured, "older"), "older.xlsx")
    assert result.test_result_id is not None
    stored = wang.comparisons.save(simulation.id, result.test_result_id)
    old = {
        name: stored.settings[name]
        for name in ("rate_hz", "filter", "window_ms", "used_window_ms", "points", "time_zero")
    }
    with wang._office.transaction() as connection:
        connection.execute(
            pt_comparisons.insert().values(
                simulation_id=simulation.id,
                test_result_id=result.test_result_id,
                settings=old,
                **stored.metrics,
            )
        )
    first, _ = wang.comparisons.list(test_id=result.test_result_id)
    assert (first.scores, first.settings, first.metrics) == ({}, old, stored.metrics)
    again = wang.comparisons.compute_again(first)
    assert again.rmse_mpa == stored.metrics["rmse_mpa"]


def test_what_is_not_there_is_said_so(open_as: OpenAs) -> None:
    wang = open_as("wang")
    for ask in (wang.tests.get, wang.tests.curve, wang.simulations.get, wang.simulations.curve):
        with pytest.raises(NotFoundError, match=r"^There is no (test|simulation) 999999, or you"):
            ask(999_999)
    with pytest.raises(NotFoundError, match="no work order 'WO-20000101-000000'"):
        wang.work_orders.get("WO-20000101-000000")


def test_every_deed_is_in_the_log(open_as: OpenAs) -> None:
    log = open_as("admin").log.list(limit=1000)
    done = {(entry.log_type, entry.action) for entry in log if entry.outcome == "done"}
    assert done >= {
        ("ingest", "store a test"),
        ("ingest", "recognise a duplicate"),
        ("ingest", "delete a test"),
        ("simulation", "simulate a recipe"),
        ("simulation", "answer from the store"),
        ("comparison", "compare"),
        ("work_order", "open a work order"),
        ("catalog", "add to the catalogue"),
        ("account", "add an account"),
    }
    assert {entry.application for entry in log} <= {"mgg tests", "mgg schema"}
    assert all(entry.session_actor for entry in log)


def test_a_writer_that_was_cut_off_takes_no_file_from_another(
    foundation: Foundation, open_as: OpenAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lock is gone with its connection, so somebody else may have named the file."""
    _, data = workbook(12)
    real, others = test_results.write_test_curve, []

    def cut_off(connection: Connection, *rest: Any) -> None:
        monkeypatch.setattr(test_results, "write_test_curve", real)
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with foundation.database.engine.begin() as killer:
            killer.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        others.extend(open_as("sun").tests.ingest(data, "same.xlsx"))
        real(connection, *rest)

    monkeypatch.setattr(test_results, "write_test_curve", cut_off)
    with pytest.raises(DatabaseDownError):
        open_as("wang").tests.ingest(data, "same.xlsx")
    (stored,) = others
    assert stored.status == "stored"
    assert open_as("sun").tests.original(stored.test_result_id) == data


def test_the_work_order_of_a_repeated_simulation_is_looked_at(open_as: OpenAs) -> None:
    wang = open_as("wang")
    wang.simulations.run(recipe(704))
    with pytest.raises(NotFoundError, match="no work order 'WO-20000101-000000'"):
        wang.simulations.run(recipe(704), work_order="WO-20000101-000000")


def test_a_note_that_is_too_long_is_refused(open_as: OpenAs) -> None:
    with pytest.raises(ComparisonError, match="at most 1,000 characters"):
        open_as("wang").comparisons.save(1, 1, note="x" * 1001)


@pytest.mark.parametrize("sign", ["\x00", "\udcff"])
def test_a_sign_that_cannot_be_stored_is_told(open_as: OpenAs, sign: str) -> None:
    with pytest.raises(StoreError, match="cannot be stored"):
        open_as("wang").tests.list(f"a{sign}b")

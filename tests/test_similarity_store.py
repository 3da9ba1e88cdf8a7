"""Similarity search over what is stored: teams, deletion, back-fill, and the command."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import OpenAs
from sqlalchemy import Connection, text

from mgg_kernel.cli import main
from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import AccessError, ComparisonError, NotFoundError, StoreError
from mgg_kernel.hot import signatures
from mgg_kernel.hot.database import Caller, owner_engine
from mgg_kernel.hot.samples import write_test_curve
from mgg_kernel.ingest import example_curve, write_lab_workbook
from mgg_kernel.recipe import Recipe
from mgg_kernel.similarity import (
    signature,
)
from mgg_kernel.workspace import Foundation, Workspace
from mgg_kernel.workspace import indexing as workspace_indexing
from mgg_kernel.workspace.indexing import index_curves


def thin_curve(*, peak_mpa: float = 58.0, seed: int = 0) -> PTCurve:
    """A made-up curve of 400 samples: a workbook of it is written and read ten times as fast."""
    curve = example_curve(peak_mpa=peak_mpa, seed=seed)
    return PTCurve(curve.time_ms[::10], curve.pressure_mpa[::10])


def stored_test(workspace: Workspace, curve: PTCurve, name: str) -> int:
    (result,) = workspace.tests.ingest(write_lab_workbook(curve, name), f"{name}.xlsx")
    assert result.test_result_id is not None
    return result.test_result_id


def recipe(mass_mg: float) -> Recipe:
    return Recipe.parse(
        igniter="135",
        nc=[f"B:{mass_mg}"],
        shell="22",
        current="1.2",
        vessel="10-892",
        device="Y-H",
    )


def signature_count(foundation: Foundation) -> int:
    with foundation.database.begin(Caller("admin")) as (connection, _):
        return int(connection.execute(text("SELECT count(*) FROM curve_signatures")).scalar_one())


@contextmanager
def owner(foundation: Foundation, request: pytest.FixtureRequest) -> Iterator[Connection]:
    server = foundation.server or request.getfixturevalue("debian")
    engine = owner_engine(server.owner_url("mgg_simulation"))
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def test_stored_tests_and_simulations_are_found(open_as: OpenAs) -> None:
    wang = open_as("wang")
    simulated = wang.simulations.run(recipe(763.7))
    kept = wang.simulations.run_many([recipe(700), recipe(740)])
    measured = PTCurve(simulated.curve.time_ms, simulated.curve.pressure_mpa + 0.25)
    test_id = stored_test(wang, measured, "offset")
    by_id = wang.tests.similar(test_id, count=4)
    assert [(one.kind, one.id) for one in by_id[:2]] == [
        ("test", test_id),
        ("simulation", simulated.id),
    ]
    assert by_id[0].distance_mpa == 0.0
    # The offset moves ignition by nothing: baseline and peak both have it.
    assert by_id[1].distance_mpa == pytest.approx(0.25, abs=1e-6)
    assert by_id[1].peak_pressure_diff_mpa == pytest.approx(-0.25, abs=1e-9)
    assert (by_id[1].recipe, by_id[0].product) == (recipe(763.7), "offset")
    assert [one.distance_mpa for one in by_id] == sorted(one.distance_mpa for one in by_id)
    only = wang.simulations.similar(kept[1].id, 100, kinds=["simulation"])
    assert only[0].id == kept[1].id
    assert {one.kind for one in only} == {"simulation"}
    assert kept[0].id in {one.id for one in only}
    by_curve = wang.tests.similar(measured, kinds=["test"])
    assert (by_curve[0].id, by_curve[0].distance_mpa) == (test_id, 0.0)


def test_what_comes_later_is_found_and_what_is_deleted_is_not(open_as: OpenAs) -> None:
    wang = open_as("wang")
    curve = thin_curve(peak_mpa=91.0, seed=71)
    first = stored_test(wang, curve, "first")
    assert wang.tests.similar(curve, 1)[0].id == first
    nearer = thin_curve(peak_mpa=91.5, seed=71)
    second = stored_test(wang, nearer, "second")
    assert [one.id for one in wang.tests.similar(nearer, 2)] == [second, first]
    wang.tests.delete(second)
    assert second not in [one.id for one in wang.tests.similar(nearer, 5, kinds=["test"])]
    wang.tests.restore(second)
    assert wang.tests.similar(nearer, 1)[0].id == second


def test_only_what_is_new_is_read_again(open_as: OpenAs, monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for: list[int] = []
    real = signatures.read_signatures

    def counted(connection: Connection, kind: signatures.Kind, ids: list[int]) -> Any:
        asked_for.extend(ids)
        return real(connection, kind, ids)

    monkeypatch.setattr(signatures, "read_signatures", counted)
    wang = open_as("wang")
    curve = thin_curve(peak_mpa=93.0, seed=73)
    wang.tests.similar(curve)
    asked_for.clear()
    new = stored_test(wang, curve, "incremental")
    assert wang.tests.similar(curve)[0].id == new
    assert asked_for == [new]


def test_another_team_is_never_found(foundation: Foundation, open_as: OpenAs) -> None:
    curve = thin_curve(peak_mpa=95.0, seed=75)
    stranger, wang = open_as("stranger"), open_as("wang")
    theirs = stored_test(stranger, curve, "secret")
    simulated = stranger.simulations.run(recipe(781))
    near = wang.tests.similar(curve, 1000)
    assert ("test", theirs) not in {(one.kind, one.id) for one in near}
    assert ("simulation", simulated.id) not in {(one.kind, one.id) for one in near}
    with pytest.raises(NotFoundError):
        wang.tests.similar(theirs)
    with pytest.raises(NotFoundError):
        wang.simulations.similar(simulated.id)
    ours = {one.id for one in stranger.tests.similar(curve, 1000, kinds=["test"])}
    assert theirs in ours
    assert open_as("admin").tests.similar(curve, 1)[0].id == theirs, "an administrator sees all"
    with foundation.database.begin(Caller("wang")) as (connection, _):
        seen = text("SELECT count(*) FROM curve_signatures WHERE test_result_id = :id")
        assert connection.execute(seen, {"id": theirs}).scalar_one() == 0


def test_an_account_that_changes_its_team_finds_the_old_one_no_more(
    foundation: Foundation, open_as: OpenAs
) -> None:
    admin = open_as("admin")
    admin.users.add("mover", "engineer", password="a long enough password", team="elsewhere")
    mover = open_as("mover")
    curve = thin_curve(peak_mpa=97.0, seed=77)
    theirs = stored_test(open_as("stranger"), curve, "left behind")
    assert mover.tests.similar(curve, 1)[0].id == theirs
    with foundation.database.begin(Caller("admin")) as (connection, _):
        connection.execute(
            text(
                "UPDATE users SET team_id = (SELECT id FROM teams WHERE name = 'lab')"
                " WHERE username = 'mover'"
            )
        )
    assert theirs not in [one.id for one in mover.tests.similar(curve, 1000, kinds=["test"])]


def test_a_signature_is_stored_with_its_curve_or_not_at_all(
    foundation: Foundation, open_as: OpenAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    wang = open_as("wang")
    before = signature_count(foundation)
    curve = thin_curve(seed=79)
    test_id = stored_test(wang, curve, "with")
    assert signature_count(foundation) == before + 1
    with foundation.database.begin(Caller("wang")) as (connection, _):
        ids, cells = signatures.read_signatures(connection, "test", [test_id])
    assert ids.tolist() == [test_id]
    assert np.array_equal(cells[0], signature(wang.tests.curve(test_id)), equal_nan=True)

    def full(*_: object, **__: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr("mgg_kernel.hot.simulations.write_signature", full)
    listed = len(wang.simulations.list(limit=10_000))
    with pytest.raises(StoreError, match="disk is full"):
        wang.simulations.run(recipe(791))
    assert len(wang.simulations.list(limit=10_000)) == listed
    assert signature_count(foundation) == before + 1


@pytest.fixture
def all_indexed(foundation: Foundation) -> None:
    """No other test has left a curve without a signature."""
    list(index_curves(foundation))


def forget(connection: Connection, ids: list[int]) -> None:
    """Make tests those of an older program: without a signature."""
    statement = text("DELETE FROM curve_signatures WHERE test_result_id = ANY(:ids)")
    assert connection.execute(statement, {"ids": ids}).rowcount == len(ids)


@pytest.mark.usefixtures("all_indexed")
def test_curves_stored_before_are_indexed_by_the_first_search(
    foundation: Foundation, open_as: OpenAs, request: pytest.FixtureRequest
) -> None:
    wang = open_as("wang")
    curve = thin_curve(peak_mpa=99.0, seed=81)
    ids = [stored_test(wang, curve.shift(0.01 * n), f"old{n}") for n in range(2)]
    theirs = stored_test(open_as("stranger"), curve, "theirs, old")
    with owner(foundation, request) as connection:
        forget(connection, [*ids, theirs])
    manager = open_as("boss").tests.similar(curve, kinds=["test"])
    assert any("2 stored curves have no signature yet" in told for told in manager.warnings)
    assert not {one.id for one in manager} & {*ids}
    found = open_as("wang").tests.similar(curve, 2)
    assert {one.id for one in found} == {*ids}
    assert not any("signature" in told for told in found.warnings)
    assert {one.id for one in open_as("boss").tests.similar(curve, 2)} == {*ids}
    assert sum(index_curves(foundation)) == 1, "the other team's, which wang could not make"
    assert open_as("stranger").tests.similar(curve, 1)[0].id == theirs


@pytest.mark.usefixtures("all_indexed")
def test_an_interrupted_back_fill_goes_on_where_it_was(
    foundation: Foundation,
    open_as: OpenAs,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wang = open_as("wang")
    ids = [stored_test(wang, thin_curve(seed=83 + n), f"batch{n}") for n in range(5)]
    with owner(foundation, request) as connection:
        forget(connection, ids[:4])
        outdated = text("UPDATE curve_signatures SET version = 99 WHERE test_result_id = :id")
        connection.execute(outdated, {"id": ids[4]})
    monkeypatch.setattr(workspace_indexing, "AT_ONCE", 2)
    indexing = index_curves(foundation)
    assert next(indexing) == 2
    real, calls = signatures.write_signature, 0

    def dies(*arguments: Any, **named: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise StoreError("The database is gone.")
        real(*arguments, **named)

    monkeypatch.setattr(signatures, "write_signature", dies)
    with pytest.raises(StoreError, match="is gone"):
        next(indexing)
    monkeypatch.setattr(signatures, "write_signature", real)
    assert list(index_curves(foundation)) == [2, 1], "what was half done was undone"
    assert list(index_curves(foundation)) == []
    wanted = {one.id for one in wang.tests.similar(thin_curve(seed=87), 1000, kinds=["test"])}
    assert wanted >= {*ids}


@pytest.mark.usefixtures("all_indexed")
def test_a_curve_that_cannot_be_read_keeps_no_other_from_being_indexed(
    foundation: Foundation,
    open_as: OpenAs,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wang = open_as("wang")
    curve = thin_curve(peak_mpa=101.0, seed=91)
    ids = [stored_test(wang, curve.shift(0.02 * n), f"torn{n}") for n in range(2)]
    lost = text("DELETE FROM test_time_series WHERE test_result_id = :id")
    with owner(foundation, request) as connection:
        forget(connection, ids)
        connection.execute(lost, {"id": ids[0]})
    assert sum(index_curves(foundation)) == 1
    found = wang.tests.similar(curve, 3, kinds=["test"])
    assert (found[0].id, ids[0] in {one.id for one in found}) == (ids[1], False)
    assert any("1 stored curves have no signature" in told for told in found.warnings)
    with owner(foundation, request) as connection:
        recorded = text("SELECT recorded_at FROM test_results WHERE id = :id")
        at = connection.execute(recorded, {"id": ids[0]}).scalar_one()
        connection.execute(text("SELECT set_config('mgg.actor', 'wang', true)"))
        write_test_curve(connection, ids[0], curve, at)
    assert sum(index_curves(foundation)) == 1


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE curve_signatures SET cells_mpa = 'x'", "curve_signatures_cells_mpa_check"),
        ("UPDATE curve_signatures SET version = 0", "curve_signatures_version_check"),
        (
            "INSERT INTO curve_signatures VALUES (NULL, NULL, 1, 1, repeat('0', 1024)::bytea)",
            "curve_signatures_one_parent",
        ),
    ],
)
def test_the_database_refuses_what_is_no_signature(
    foundation: Foundation, open_as: OpenAs, statement: str, rule: str
) -> None:
    stored_test(open_as("wang"), thin_curve(seed=93), "rules")
    with (
        pytest.raises(StoreError, match=rule),
        foundation.database.begin(Caller("admin")) as (connection, _),
    ):
        connection.execute(text(statement))


def test_an_engineer_changes_no_signature_and_signs_for_no_other_team(
    foundation: Foundation, open_as: OpenAs
) -> None:
    theirs = stored_test(open_as("stranger"), thin_curve(seed=95), "not yours")
    with (
        pytest.raises(AccessError),
        foundation.database.begin(Caller("wang")) as (connection, _),
    ):
        connection.execute(text("UPDATE curve_signatures SET version = 2"))
    insert = text(
        "INSERT INTO curve_signatures (test_result_id, version, cells_mpa)"
        " VALUES (:id, 1, decode(repeat('00', 1024), 'hex'))"
    )
    with (
        pytest.raises(StoreError),
        foundation.database.begin(Caller("wang")) as (connection, _),
    ):
        connection.execute(insert, {"id": theirs})


def test_refusals_of_the_desk(open_as: OpenAs) -> None:
    wang = open_as("wang")
    with pytest.raises(NotFoundError, match="no test 999999"):
        wang.tests.similar(999_999)
    with pytest.raises(ComparisonError, match="kinds 'photo'; ask for test or simulation"):
        wang.tests.similar(thin_curve(), kinds=["photo"])  # type: ignore[list-item]
    with pytest.raises(ComparisonError, match=r"kinds \(none\)"):
        wang.tests.similar(thin_curve(), kinds=[])
    time = np.arange(4000) * 0.01
    told = wang.tests.similar(PTCurve(time, 50.0 - time)).warnings
    assert any("does not ignite" in warning for warning in told)


def test_the_labs_own_curves(open_as: OpenAs, lab_data: Path) -> None:
    wang = open_as("wang")
    ids = {}
    for path in sorted((lab_data / "curves").glob("*.xlsx")):
        for result in wang.tests.ingest(path.read_bytes(), path.name):
            ids[path.stem] = result.test_result_id
    for number in ids.values():
        assert number is not None
        found = wang.tests.similar(number, 3, kinds=["test"])
        assert (found[0].id, found[0].distance_mpa) == (number, 0.0)
        assert found[1].distance_mpa > 0.0


@pytest.fixture
def command_as(foundation: Foundation, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command acts as wang on the workspace of these tests."""
    monkeypatch.setattr(
        "mgg_kernel.workspace.open", lambda **_: Kept(foundation, Caller("wang", None))
    )


class Kept(Workspace):
    """A workspace that leaves the foundation of the tests open."""

    def close(self) -> None:
        """Leave everything open."""


@pytest.mark.usefixtures("command_as")
def test_the_command(open_as: OpenAs, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wang = open_as("wang")
    simulated = wang.simulations.run(recipe(795))
    test_id = stored_test(wang, simulated.curve, "as simulated")
    assert main(["similar", str(test_id), "--count", "2", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [(row["kind"], row["id"]) for row in document["similar"]] == [
        ("test", test_id),
        ("simulation", simulated.id),
    ]
    assert document["similar"][1]["recipe"] == str(recipe(795))
    assert document["searched"] >= 2
    path = tmp_path / "asked.xlsx"
    path.write_bytes(write_lab_workbook(simulated.curve, "asked"))
    for word in (f"simulation:{simulated.id}", f"test:{test_id}", str(path)):
        assert main(["similar", word, "--simulations", "--count", "1"]) == 0
        out = capsys.readouterr().out
        assert f"simulation  {simulated.id}" in out
        assert "stored curves were searched." in out
    assert main(["similar", "no such.xlsx", "--tests"]) == 1
    assert "cannot be read" in capsys.readouterr().err
    with pytest.raises(SystemExit) as wrong:
        main(["similar", "1", "--tests", "--simulations"])
    assert wrong.value.code == 2

"""What is kept beside the curves: profiles of the team, links to recipes, quarantine, quality."""

import itertools
import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import OpenAs
from layout_examples import TIME, A, B, one
from recipe_workbooks import CODES, Sheet, recipe_workbook
from sqlalchemy import text

from mgg_kernel.cli import main
from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import (
    AccessError,
    ConflictError,
    IngestError,
    NotFoundError,
    RecipeError,
    StoreError,
)
from mgg_kernel.hot.database import Caller
from mgg_kernel.ingest import ImportChoice, ImportProfile, example_curve, write_lab_workbook
from mgg_kernel.recipe import Recipe
from mgg_kernel.workspace import Foundation, Workspace
from mgg_kernel.workspace.tidying import sweep_files

_marks = itertools.count(1)
OPEN = ImportChoice(time_column="A", pressure_column="B", time_unit="ms", pressure_unit="MPa")


class Kept(Workspace):
    """A workspace that leaves its foundation to the test."""

    def close(self) -> None:
        """Leave the foundation open: it is the test's."""


@pytest.fixture
def as_wang(foundation: Foundation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signal.signal", lambda number, handler: None)  # not those of the tests
    monkeypatch.setattr(
        "mgg_kernel.workspace.open", lambda **_: Kept(foundation, Caller("wang", None))
    )


@pytest.fixture
def mark() -> str:
    """A word that no other test uses."""
    return f"K{next(_marks)}"


def unclear(mark: str, seed: float = 0.0) -> bytes:
    """A file whose header does not say what is what; the layout is that of the mark alone."""
    word = "".join(chr(ord("A") + int(digit)) for digit in mark[1:])
    return one([["X_Value", f"Channel {word}"]], TIME, [p + seed for p in A])


def lab_file(remark: str, seed: int, peak: float = 58.0) -> bytes:
    return write_lab_workbook(example_curve(peak_mpa=peak, seed=seed), remark)


def products(workspace: Workspace, mark: str, *names: str) -> list[Recipe]:
    """Import products with a recipe of their own each."""
    codes = {**CODES, "igniter": (f"{mark}-61", f"{mark}-X9", f"{mark}-222")}
    sheet = Sheet(name=f"K {mark}", codes=codes)
    for place, name in enumerate(names):
        sheet.add(name, nc_0=500 + place)
    workspace.recipes.import_workbook(recipe_workbook(sheet), f"{mark}.xlsx")
    found = {record.product: record.recipe for record in workspace.recipes.list(mark)}
    return [found[name] for name in names]


# -- profiles ---------------------------------------------------------------------------------


def profile_of(workspace: Workspace, mark: str) -> ImportProfile:
    read = workspace.tests.inspect(unclear(mark), "x.xlsx", choice=OPEN)[0]
    assert read.layout is not None
    return ImportProfile(f"recorder {mark}", read.layout, OPEN)


def test_a_profile_of_the_team_answers_for_everybody_of_it(open_as: OpenAs, mark: str) -> None:
    wang, sun, stranger = open_as("wang"), open_as("sun"), open_as("stranger")
    with pytest.raises(IngestError, match="is not certain"):
        sun.tests.ingest(unclear(mark), f"{mark}.xlsx")
    profile = profile_of(wang, mark)
    wang.profiles.save(profile)
    (result,) = sun.tests.ingest(unclear(mark, 0.5), f"{mark}.xlsx")
    assert result.test_result_id is not None
    stored = sun.tests.curve(result.test_result_id)
    assert np.array_equal(stored.pressure_mpa, [p + 0.5 for p in A])
    kept = next(one for one in wang.profiles.list() if one.profile.name == profile.name)
    assert (kept.profile, kept.created_by) == (profile, "wang")
    with pytest.raises(IngestError, match="is not certain"):
        stranger.tests.ingest(unclear(mark), f"{mark}.xlsx")
    assert all(one.profile.name != profile.name for one in stranger.profiles.list())


def test_the_newest_profile_of_a_layout_counts_and_a_choice_counts_more(
    open_as: OpenAs, mark: str
) -> None:
    wang = open_as("wang")
    first = profile_of(wang, mark)
    wang.profiles.save(first)
    bar = ImportChoice(time_column="A", pressure_column="B", time_unit="ms", pressure_unit="bar")
    wang.profiles.save(ImportProfile(f"newer {mark}", first.layout, bar))
    assert wang.tests.inspect(unclear(mark), "x.xlsx")[0].pressure_unit == "bar"
    assert wang.tests.inspect(unclear(mark), "x.xlsx", choice=OPEN)[0].pressure_unit == "MPa"
    wang.profiles.forget(f"newer {mark}")
    assert wang.tests.inspect(unclear(mark), "x.xlsx")[0].pressure_unit == "MPa"


def test_profiles_are_named_once_and_forgotten_by_who_kept_them(
    open_as: OpenAs, mark: str, foundation: Foundation
) -> None:
    wang, sun, boss, root = (open_as(name) for name in ("wang", "sun", "boss", "system"))
    profile = profile_of(wang, mark)
    with pytest.raises(AccessError):
        boss.profiles.save(profile)
    wang.profiles.save(profile)
    with pytest.raises(ConflictError, match="There is an import profile"):
        sun.profiles.save(profile)
    with pytest.raises(AccessError, match="somebody else's"):
        sun.profiles.forget(profile.name)
    with pytest.raises(NotFoundError, match="There is no import profile 'nothing'"):
        wang.profiles.forget("nothing")
    root.profiles.forget(profile.name)
    with pytest.raises(NotFoundError):
        wang.profiles.forget(profile.name)
    sun.profiles.save(profile)  # the name is free again
    # What was kept cannot be changed behind the team's back.
    with (
        pytest.raises(AccessError, match="permission denied"),
        foundation.database.begin(Caller("sun")) as (connection, _),
    ):
        connection.execute(text("UPDATE import_profiles SET choice = '{}'"))


# -- what was fired ---------------------------------------------------------------------------


def test_the_remark_or_the_name_of_the_file_tells_the_recipe(open_as: OpenAs, mark: str) -> None:
    wang = open_as("wang")
    plain, variant, shot = products(wang, mark, f"{mark}P", f"{mark}P_HM", f"{mark}P_1")

    def fired(remark: str, name: str, seed: int) -> tuple[Any, Any]:
        (result,) = wang.tests.ingest(lab_file(remark, seed), name)
        assert result.test_result_id is not None
        test = wang.tests.get(result.test_result_id)
        return test.recipe, test.recipe_source

    base = 92_000 + 20 * int(mark[1:])
    assert fired(f" {mark}P ", "a.xlsx", base) == (plain, "remark")
    assert fired("nothing", f"{mark}P_HM.xlsx", base + 1) == (variant, "file name")
    assert fired("nothing", f"{mark}P_1_avg.xlsx", base + 2) == (shot, "file name")
    assert fired(f"{mark}P_HM", f"{mark}P_1.xlsx", base + 3) == (variant, "remark")
    # Another shot or variant of a product is not that product for certain.
    for at, name in enumerate((f"{mark}P_2", f"{mark}P_LM", f"{mark}p", f"x{mark}P", f"{mark}P 3")):
        assert fired("nothing", f"{name}.xlsx", base + 4 + at) == (None, None)
    names = {test.file_name for test in wang.tests.unlinked()}
    assert {f"{mark}P_2.xlsx", f"{mark}p.xlsx"} <= names
    assert f"{mark}P_HM.xlsx" not in names


def test_a_product_with_two_recipes_is_not_chosen_from(open_as: OpenAs, mark: str) -> None:
    wang = open_as("wang")
    products(wang, mark, f"{mark}P")
    other = f"{mark}9"
    products(wang, other, f"{mark}P")
    (result,) = wang.tests.ingest(lab_file(f"{mark}P", 93_000 + int(mark[1:])), f"two {mark}.xlsx")
    assert result.test_result_id is not None
    assert wang.tests.get(result.test_result_id).recipe is None
    with pytest.raises(NotFoundError, match="with one recipe"):
        wang.tests.link([result.test_result_id], product=f"{mark}P")


def test_the_number_of_a_work_order_counts_first(open_as: OpenAs, mark: str) -> None:
    wang, stranger = open_as("wang"), open_as("stranger")
    of_order, of_product = products(wang, mark, f"{mark}A", f"{mark}B")
    order = wang.work_orders.create(recipe=of_order, title=mark)
    base = 94_000 + 10 * int(mark[1:])
    (result,) = wang.tests.ingest(lab_file(f"{mark}B", base), f"({order.number}) shot 1.xlsx")
    test = wang.tests.get(result.test_result_id or 0)
    assert (test.recipe, test.work_order) == (of_order, order.number)
    assert test.recipe_source == "file name"
    (result,) = wang.tests.ingest(lab_file(order.number, base + 1), "shot 2.xlsx")
    assert wang.tests.get(result.test_result_id or 0).recipe_source == "remark"
    # A longer number is another number, and another team's order is nobody's business.
    (result,) = wang.tests.ingest(lab_file("none", base + 2), f"{order.number}5.xlsx")
    assert wang.tests.get(result.test_result_id or 0).work_order is None
    (result,) = stranger.tests.ingest(lab_file("none", base + 3), f"{order.number}.xlsx")
    assert stranger.tests.get(result.test_result_id or 0).work_order is None
    stranger.tests.delete(result.test_result_id or 0)
    # What a person says counts before what a file says.
    (result,) = wang.tests.ingest(
        lab_file(f"{mark}B", base + 4), "shot 3.xlsx", work_order=order.number
    )
    test = wang.tests.get(result.test_result_id or 0)
    assert (test.recipe, test.recipe_source) == (of_order, "work order")
    assert of_product != of_order


def test_a_person_links_all_tests_or_none(open_as: OpenAs, mark: str) -> None:
    wang, sun, boss = open_as("wang"), open_as("sun"), open_as("boss")
    (recipe,) = products(wang, mark, f"{mark}P")
    base = 95_000 + 10 * int(mark[1:])
    mine = wang.tests.ingest(lab_file("?", base), f"m{mark}.xlsx")[0].test_result_id or 0
    theirs = sun.tests.ingest(lab_file("?", base + 1), f"t{mark}.xlsx")[0].test_result_id or 0
    with pytest.raises(AccessError, match=f"The test {theirs} is sun's"):
        wang.tests.link([mine, theirs], product=f"{mark}P")
    assert wang.tests.get(mine).recipe is None
    with pytest.raises(AccessError):
        boss.tests.link([mine], product=f"{mark}P")
    with pytest.raises(RecipeError, match="Say what was fired"):
        wang.tests.link([mine])
    with pytest.raises(RecipeError, match="Say what was fired"):
        wang.tests.link([mine], recipe=recipe, product=f"{mark}P")
    with pytest.raises(NotFoundError):
        wang.tests.link([mine, 2**40], product=f"{mark}P")
    wang.tests.link([mine], product=f"{mark}P")
    test = wang.tests.get(mine)
    assert (test.recipe, test.recipe_source) == (recipe, "choice")
    wang.tests.unlink([mine])
    test = wang.tests.get(mine)
    assert (test.recipe, test.recipe_source, test.work_order) == (None, None, None)


def test_a_record_that_reaches_its_sensors_range_is_flagged_once_the_sensor_is_known(
    open_as: OpenAs, mark: str
) -> None:
    wang = open_as("wang")
    (recipe,) = products(wang, mark, f"{mark}P")
    assert recipe.sensor_range_mpa == 90
    time = np.arange(400) / 10.0
    rise = np.concatenate((np.zeros(20), np.linspace(0.0, 95.0, 180), np.linspace(94.0, 60.0, 200)))
    data = write_lab_workbook(PTCurve(time, rise + 1e-6 * int(mark[1:])), "?")
    test_id = wang.tests.ingest(data, f"s{mark}.xlsx")[0].test_result_id or 0
    assert wang.tests.get(test_id).flags == ()
    wang.tests.link([test_id], product=f"{mark}P")
    (flag,) = wang.tests.get(test_id).flags
    expected = int(np.count_nonzero(rise + 1e-6 * int(mark[1:]) >= 0.999 * 90))
    assert (flag.code, dict(flag.values)) == (
        "saturated",
        {"count": expected, "range_mpa": 90.0},
    )
    assert "The sensor's range of 90 MPa is reached" in wang.tests.get(test_id).warnings[-1]
    assert np.array_equal(wang.tests.curve(test_id).pressure_mpa, rise + 1e-6 * int(mark[1:]))
    wang.tests.unlink([test_id])
    assert wang.tests.get(test_id).flags == ()


# -- quarantine -------------------------------------------------------------------------------


def test_a_refused_file_is_kept_where_wanted_and_read_later(
    open_as: OpenAs, mark: str, foundation: Foundation
) -> None:
    wang, sun, stranger = open_as("wang"), open_as("sun"), open_as("stranger")
    data = unclear(mark)
    for _ in range(2):  # the same bytes wait once
        (result,) = wang.tests.try_ingest(data, f"../{mark}.xlsx", quarantine=True)
        assert result.status == "refused"
    (kept,) = [one for one in sun.quarantine.list() if one.file_name == f"{mark}.xlsx"]
    assert (kept.created_by, kept.size_bytes, kept.outcome) == ("wang", len(data), None)
    assert kept.reason == result.reason
    assert sun.quarantine.original(kept.id) == data
    with pytest.raises(NotFoundError):
        stranger.quarantine.original(kept.id)
    with pytest.raises(IngestError, match="is not certain"):
        sun.quarantine.retry(kept.id)
    assert kept.id in {one.id for one in sun.quarantine.list()}, "it is refused and still there"
    sweep_files(foundation)
    (stored,) = sun.quarantine.retry(kept.id, choice=OPEN)
    assert stored.status == "stored"
    assert sun.tests.original(stored.test_result_id or 0) == data
    assert kept.id not in {one.id for one in sun.quarantine.list()}
    (settled,) = [one for one in sun.quarantine.list(settled=True) if one.id == kept.id]
    assert settled.outcome == "ingested"
    with pytest.raises(ConflictError, match="is ingested already"):
        wang.quarantine.retry(kept.id, choice=OPEN)


def test_nothing_is_kept_unasked_and_what_is_discarded_goes(
    open_as: OpenAs, mark: str, foundation: Foundation, monkeypatch: pytest.MonkeyPatch
) -> None:
    wang, boss = open_as("wang"), open_as("boss")
    data = f"no workbook {mark}".encode()
    assert wang.tests.try_ingest(data, f"{mark}.xlsx")[0].status == "refused"
    assert all(one.file_name != f"{mark}.xlsx" for one in wang.quarantine.list())
    with pytest.raises(AccessError):
        boss.tests.ingest(data, f"{mark}.xlsx", quarantine=True)
    wang.tests.try_ingest(data, f"{mark}.xlsx", quarantine=True)
    (kept,) = [one for one in wang.quarantine.list() if one.file_name == f"{mark}.xlsx"]
    monkeypatch.setattr("mgg_kernel.workspace.tidying.AGE_S", 0.0)
    sweep_files(foundation)
    assert wang.quarantine.original(kept.id) == data, "what waits is named"
    with pytest.raises(AccessError):
        boss.quarantine.discard(kept.id)
    wang.quarantine.discard(kept.id)
    with pytest.raises(ConflictError):
        wang.quarantine.discard(kept.id)
    sweep_files(foundation)
    with pytest.raises(StoreError, match="is missing"):
        wang.quarantine.original(kept.id)


def test_two_who_settle_one_file_at_the_same_time(open_as: OpenAs, mark: str) -> None:
    wang, sun = open_as("wang"), open_as("sun")
    wang.tests.try_ingest(unclear(mark), f"{mark}.xlsx", quarantine=True)
    (kept,) = [one for one in wang.quarantine.list() if one.file_name == f"{mark}.xlsx"]
    ended: list[str] = []
    both = threading.Barrier(2)

    def settle(workspace: Workspace) -> None:
        both.wait()
        try:
            workspace.quarantine.retry(kept.id, choice=OPEN)
            ended.append("done")
        except ConflictError:
            ended.append("conflict")

    threads = [threading.Thread(target=settle, args=(one,)) for one in (wang, sun)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["conflict", "done"]
    assert len(wang.tests.list(f"{mark}.xlsx")) == 1


def test_units_that_are_read_are_also_stored(open_as: OpenAs, mark: str) -> None:
    wang = open_as("wang")
    shift = 1e-3 * int(mark[1:])
    for unit in ("Pa", "kPa", "MPa", "bar", "mbar", "psi"):
        data = one([["Time [ms]", f"Pressure [{unit}]"]], TIME, [100 * p + shift for p in B])
        if unit in ("MPa", "bar", "psi"):
            data = one([["Time [ms]", f"Pressure [{unit}]"]], TIME, [p + shift for p in B])
        (result,) = wang.tests.ingest(data, f"{mark} {unit}.xlsx")
        assert result.status == "stored"


# -- the commands -----------------------------------------------------------------------------


@pytest.mark.usefixtures("as_wang")
def test_the_commands(
    open_as: OpenAs, mark: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> Any:
        status = main([*words, "--json"])
        return status, json.loads(capsys.readouterr().out or "null")

    products(open_as("wang"), mark, f"{mark}P")
    file = tmp_path / f"{mark}.xlsx"
    file.write_bytes(unclear(mark))
    status, answer = run("ingest", str(file), "--quarantine")
    assert (status, answer["results"][0]["status"]) == (1, "refused")
    assert set(answer["results"][0]) == {"file", "test_result_id", "status", "reason"}
    _, listed = run("quarantine", "list")
    number = next(row["id"] for row in listed["files"] if row["file"] == file.name)
    assert run("quarantine", "get", str(number), "--out", str(tmp_path / "back"))[0] == 0
    assert (tmp_path / "back").read_bytes() == file.read_bytes()
    said = ["--time-column", "A", "--time-unit", "ms", "--pressure-column", "B"]
    said += ["--pressure-unit", "MPa"]
    status, answer = run("quarantine", "retry", str(number), *said)
    assert (status, answer["results"][0]["status"]) == (0, "stored")
    test_id = str(answer["results"][0]["test_result_id"])

    other = tmp_path / f"{mark} other.xlsx"
    other.write_bytes(unclear(mark, 0.25))
    assert run("ingest", str(other), *said, "--remember", f"by {mark}")[0] == 0
    other.write_bytes(unclear(mark, 0.5))
    assert run("ingest", str(other))[1]["results"][0]["status"] == "stored"
    assert f"by {mark}" in {one["name"] for one in run("profiles", "list")[1]["profiles"]}
    saved = tmp_path / f"{mark}.json"
    assert run("inspect", str(other), *said, "--save-profile", str(saved))[0] == 0
    assert run("profiles", "add", str(saved))[1] == {"name": mark}
    assert run("profiles", "forget", mark)[0] == 0
    assert run("profiles", "forget", mark)[0] == 1

    unlinked = {row["id"] for row in run("tests", "--unlinked")[1]["tests"]}
    assert int(test_id) in unlinked
    assert run("test", "link", test_id, "--product", f"{mark}P")[0] == 0
    found = run("tests", "--search", test_id)[1]["tests"]
    (row,) = (one for one in found if str(one["id"]) == test_id)
    assert (row["recipe_source"], row["quality"]) == ("choice", row["quality"])
    assert run("test", "unlink", test_id)[0] == 0
    assert run("test", "original", test_id, "--out", str(tmp_path / "original"))[0] == 0
    assert (tmp_path / "original").read_bytes() == file.read_bytes()
    assert run("test", "delete", test_id)[0] == 0
    found = run("tests", "--search", test_id)[1]["tests"]
    assert all(str(one["id"]) != test_id for one in found)
    assert run("test", "restore", test_id)[0] == 0
    assert run("quarantine", "discard", str(number))[0] == 1

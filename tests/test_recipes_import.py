"""Importing a recipe database: into the catalogue, the recipes and the store, or not at all."""

import itertools
import threading
from typing import Any

import pytest
from conftest import PASSWORD, OpenAs
from recipe_workbooks import CODES, Sheet, recipe_workbook
from sqlalchemy import text

from mgg_kernel.errors import AccessError, IngestError, StoreError
from mgg_kernel.hot import recipe_records
from mgg_kernel.hot.database import Caller
from mgg_kernel.recipe import Recipe
from mgg_kernel.workspace import Foundation, Workspace
from mgg_kernel.workspace.tidying import sweep_files

_numbers = itertools.count(1)


@pytest.fixture
def sheet() -> Sheet:
    """A sheet of its own for each test, whose codes no other test uses."""
    mark = f"T{next(_numbers)}"
    codes = {**CODES, "igniter": (f"{mark}-61", f"{mark}-X9", f"{mark}-222")}
    return Sheet(name=f"甲 {mark}", codes=codes)


def mark_of(sheet: Sheet) -> str:
    return sheet.name.removeprefix("甲 ")


def rows(foundation: Foundation, query: str, **values: Any) -> list[tuple[Any, ...]]:
    with foundation.database.begin(Caller("admin")) as (connection, _):
        return [tuple(row) for row in connection.execute(text(query), values)]


def test_a_database_becomes_catalogue_recipes_and_products(
    open_as: OpenAs, sheet: Sheet, foundation: Foundation
) -> None:
    mark, wang = mark_of(sheet), open_as("wang")
    sheet.add("P_1").add(27, nc_0=None, gp_1=900, vessel_2=None, vessel_1=1)
    data = recipe_workbook(sheet)
    result = wang.recipes.import_workbook(data, f"../{mark}.xlsx")
    assert (result.file, result.stored, result.replaced) == (f"{mark}.xlsx", 2, 0)
    assert (result.unchanged, result.reported, result.notes) == (0, (), ())
    assert ("igniter_types", f"{mark}-61") in result.added_codes
    assert all(f"{mark}-X9" != code for _, code in result.added_codes), "nobody uses it"
    first, second = wang.recipes.list(mark)
    assert (first.product, second.product) == ("P_1", "27")
    assert first.recipe == Recipe.parse(
        igniter=f"{mark}-61",
        nc=["Q1:500"],
        shell="20",
        current="1.1",
        vessel="9-777",
        device="R-A",
        sensor_range="90",
    )
    assert (first.ignition_time_ms, first.peak_time_ms, first.peak_pressure_mpa) == (
        0.5,
        7.25,
        51.5,
    )
    assert (first.file_name, first.created_by) == (f"{mark}.xlsx", "wang")
    assert foundation.files.get(first.sha256) == data
    volumes = {entry.code: entry.volume_ml for entry in wang.catalog.vessels()}
    assert (volumes["9-777"], volumes["33"]) == (9.0, 33.0)
    (igniter,) = [e for e in wang.catalog.igniter_types() if e.code == f"{mark}-61"]
    assert igniter.description == f"from {mark}.xlsx"
    (entry,) = [e for e in wang.log.list(log_type="ingest") if e.object_id == f"{mark}.xlsx"]
    assert (entry.action, entry.outcome, entry.details["stored"]) == ("import recipes", "done", 2)


def test_the_same_again_changes_nothing(open_as: OpenAs, sheet: Sheet) -> None:
    wang, data = open_as("wang"), recipe_workbook(sheet.add("P").add("Q"))
    wang.recipes.import_workbook(data, "first.xlsx")
    before = wang.recipes.list(mark_of(sheet), history=True)
    for again in (data, recipe_workbook(sheet)):
        result = open_as("sun").recipes.import_workbook(again, "second.xlsx")
        assert (result.stored, result.unchanged, result.added_codes) == (0, 2, ())
    assert wang.recipes.list(mark_of(sheet), history=True) == before


def test_a_changed_product_replaces_itself_and_is_kept(open_as: OpenAs, sheet: Sheet) -> None:
    wang, mark = open_as("wang"), mark_of(sheet)
    wang.recipes.import_workbook(recipe_workbook(sheet.add("P").add("Q").add("R")), "one.xlsx")
    sheet.rows[0]["averages_2"] = 52.5
    sheet.rows[1]["nc_0"] = 510
    del sheet.rows[2]
    result = open_as("sun").recipes.import_workbook(recipe_workbook(sheet), "two.xlsx")
    assert (result.stored, result.replaced, result.unchanged) == (2, 2, 0)
    now = {record.product: record for record in wang.recipes.list(mark)}
    assert (now["P"].peak_pressure_mpa, now["P"].created_by) == (52.5, "sun")
    assert str(now["Q"].recipe.nc[0]) == "Q1:510"
    assert now["R"].file_name == "one.xlsx", "what a later file lacks stays"
    old = [one for one in wang.recipes.list(mark, history=True) if one.superseded_at]
    assert sorted((one.product, one.peak_pressure_mpa) for one in old) == [
        ("P", 51.5),
        ("Q", 51.5),
    ]


def test_sound_rows_are_stored_and_the_others_reported(open_as: OpenAs, sheet: Sheet) -> None:
    wang = open_as("wang")
    sheet.add("P").add("Q", device_0=None, igniter_0=None, igniter_1=1).add("R", averages_1=0.1)
    result = wang.recipes.import_workbook(recipe_workbook(sheet), "mixed.xlsx")
    assert (result.stored, result.unchanged) == (1, 0)
    assert [(one.product, one.cell) for one in result.reported] == [
        ("Q", f"{sheet.address('device', 0, row=1)}:{sheet.address('device', 1, row=1)}"),
        ("R", sheet.address("averages", 1, row=2)),
    ]
    assert [record.product for record in wang.recipes.list(mark_of(sheet))] == ["P"]
    known = {entry.code for entry in wang.catalog.igniter_types()}
    assert f"{mark_of(sheet)}-X9" not in known, "of a row that was not stored"


def test_a_file_whose_rows_are_all_reported_is_not_kept(
    open_as: OpenAs, sheet: Sheet, foundation: Foundation
) -> None:
    files = sum(path.is_file() for path in foundation.settings.files_dir.rglob("*"))
    data = recipe_workbook(sheet.add("P", device_0=None))
    result = open_as("wang").recipes.import_workbook(data, "bad.xlsx")
    assert (result.stored, len(result.reported)) == (0, 1)
    assert sum(path.is_file() for path in foundation.settings.files_dir.rglob("*")) == files


def test_a_withdrawn_code_is_reported(open_as: OpenAs, sheet: Sheet) -> None:
    wang, mark = open_as("wang"), mark_of(sheet)
    wang.catalog.add("igniter_types", f"{mark}-X9")
    wang.catalog.set_active("igniter_types", f"{mark}-X9", False)
    data = recipe_workbook(sheet.add("P").add("Q", igniter_0=None, igniter_1=1))
    result = wang.recipes.import_workbook(data, "withdrawn.xlsx")
    assert result.stored == 1
    (reported,) = result.reported
    assert (reported.product, reported.cell) == ("Q", "B6")
    assert f"'{mark}-X9' was withdrawn from the catalogue; choose another" in reported.problem


def test_the_catalogues_volume_of_a_vessel_is_kept_and_told(open_as: OpenAs, sheet: Sheet) -> None:
    wang, mark = open_as("wang"), mark_of(sheet)
    code = f"9-{mark}"
    sheet.codes["vessel"] = (4.5, 33, code, 1)
    wang.catalog.add("vessels", code, volume_ml=9.125)
    result = wang.recipes.import_workbook(recipe_workbook(sheet.add("P")), "volume.xlsx")
    assert result.stored == 1
    (note,) = result.notes
    assert note.startswith(f"The vessel '{code}' has 9.125 mL in the catalogue and 9 mL by its")
    assert {e.code: e.volume_ml for e in wang.catalog.vessels()}[code] == 9.125


def test_all_or_nothing(
    open_as: OpenAs, sheet: Sheet, foundation: Foundation, monkeypatch: pytest.MonkeyPatch
) -> None:
    wang, mark = open_as("wang"), mark_of(sheet)
    store, calls = recipe_records.store_record, itertools.count()

    def breaks(connection: Any, new: Any) -> int:
        if next(calls) == 1:
            raise StoreError("The disk is full.")
        return store(connection, new)

    files = sum(path.is_file() for path in foundation.settings.files_dir.rglob("*"))
    monkeypatch.setattr(recipe_records, "store_record", breaks)
    with pytest.raises(StoreError):
        wang.recipes.import_workbook(recipe_workbook(sheet.add("P").add("Q")), f"{mark}.xlsx")
    assert wang.recipes.list(mark, history=True) == []
    assert not any(mark in entry.code for entry in wang.catalog.igniter_types())
    assert sum(path.is_file() for path in foundation.settings.files_dir.rglob("*")) == files
    (entry,) = [e for e in wang.log.list(log_type="ingest") if e.object_id == f"{mark}.xlsx"]
    assert (entry.outcome, entry.details) == ("failed", {"reason": "The disk is full."})


def test_a_file_whose_log_entry_fails_is_not_left_behind(
    open_as: OpenAs, sheet: Sheet, foundation: Foundation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mgg_kernel.workspace import recipes

    def breaks(*_: Any) -> None:
        raise StoreError("The log is full.")

    files = sum(path.is_file() for path in foundation.settings.files_dir.rglob("*"))
    monkeypatch.setattr(recipes, "_log", breaks)
    with pytest.raises(StoreError):
        open_as("wang").recipes.import_workbook(recipe_workbook(sheet.add("P")), "log.xlsx")
    assert sum(path.is_file() for path in foundation.settings.files_dir.rglob("*")) == files


def test_a_stored_database_is_no_orphan(
    open_as: OpenAs,
    sheet: Sheet,
    foundation: Foundation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from mgg_kernel.workspace import tidying

    wang = open_as("wang")
    wang.recipes.import_workbook(recipe_workbook(sheet.add("P")), "kept.xlsx")
    monkeypatch.setattr(tidying, "AGE_S", 0.0)
    sweep_files(foundation)
    (record,) = wang.recipes.list(mark_of(sheet))
    assert record.sha256 in foundation.files


def test_a_manager_looks_and_imports_nothing(open_as: OpenAs, sheet: Sheet) -> None:
    data = recipe_workbook(sheet.add("P"))
    with pytest.raises(AccessError, match="needs admin or engineer"):
        open_as("boss").recipes.import_workbook(data, "boss.xlsx")
    open_as("wang").recipes.import_workbook(data, "wang.xlsx")
    assert [one.product for one in open_as("boss").recipes.list(mark_of(sheet))] == ["P"]


def test_another_team_has_its_own_products(open_as: OpenAs, sheet: Sheet) -> None:
    data, mark = recipe_workbook(sheet.add("P")), mark_of(sheet)
    open_as("wang").recipes.import_workbook(data, "shared.xlsx")
    open_as("admin").users.add("visitor", "engineer", password=PASSWORD, team="third")
    visitor = open_as("visitor")
    assert visitor.recipes.list(mark) == []
    assert visitor.recipes.import_workbook(data, "shared.xlsx").stored == 1
    assert len(open_as("wang").recipes.list(mark)) == 1
    assert len(open_as("admin").recipes.list(mark)) == 2


def test_rows_are_not_rewritten_past_the_workspace(
    open_as: OpenAs, sheet: Sheet, foundation: Foundation
) -> None:
    open_as("wang").recipes.import_workbook(recipe_workbook(sheet.add("P")), "w.xlsx")
    forged = (
        "INSERT INTO recipe_records (product, sheet, recipe_id, ignition_time_ms,"
        " peak_time_ms, peak_pressure_mpa, file_name, sha256, created_by)"
        " SELECT 'forged', sheet, recipe_id, 1, 2, 3, file_name, sha256, 1"
        " FROM recipe_records LIMIT 1"
    )
    for username, statement in (
        ("wang", "UPDATE recipe_records SET peak_pressure_mpa = 1"),
        ("wang", "DELETE FROM recipe_records"),
        ("boss", "UPDATE recipe_records SET superseded_at = now()"),
        ("wang", forged),
    ):
        with (
            pytest.raises(AccessError),
            foundation.database.begin(Caller(username)) as (connection, _),
        ):
            connection.execute(text(statement))


def test_a_refused_file_is_logged(open_as: OpenAs) -> None:
    wang = open_as("wang")
    with pytest.raises(IngestError, match=r"'none\.xlsx' is refused"):
        wang.recipes.import_workbook(b"none", "none.xlsx")
    (entry,) = [e for e in wang.log.list(log_type="ingest") if e.object_id == "none.xlsx"]
    assert entry.outcome == "refused"


def test_two_imports_at_once_store_each_product_once(foundation: Foundation, sheet: Sheet) -> None:
    sheet.add("P").add("Q")
    data = [recipe_workbook(sheet), recipe_workbook(sheet, Sheet(name="乙").add("X"))]
    results: list[int] = []

    def work(bytes_: bytes) -> None:
        workspace = Workspace(foundation, Caller("wang"))
        results.append(workspace.recipes.import_workbook(bytes_, "twice.xlsx").unchanged)

    threads = [threading.Thread(target=work, args=(one,)) for one in data]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [0, 2]
    stored = rows(foundation, "SELECT product FROM recipe_records WHERE sheet = :s", s=sheet.name)
    assert sorted(stored) == [("P",), ("Q",)]

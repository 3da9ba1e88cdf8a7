"""The catalogue as it is edited: what is refused, who may, two at once, and the history."""

import threading
from typing import Any

import pytest
from conftest import OpenAs
from sqlalchemy import text

from mgg_kernel.errors import (
    AccessError,
    ConflictError,
    MggError,
    NotFoundError,
    SettingsError,
    StoreError,
)
from mgg_kernel.hot.database import Caller
from mgg_kernel.ingest import example_curve, write_lab_workbook
from mgg_kernel.recipe import Recipe
from mgg_kernel.workspace import Foundation


def run(foundation: Foundation, username: str, statement: str) -> list[Any]:
    """Execute a statement past the workspace, with the rights of an account."""
    with foundation.database.begin(Caller(username)) as (connection, _):
        result = connection.execute(text(statement))
        return list(result) if result.returns_rows else []


def test_an_edit_changes_what_is_given_and_is_remembered(open_as: OpenAs) -> None:
    wang = open_as("wang")
    wang.catalog.add("test_devices", "E-1", description="one")
    edited = wang.catalog.edit(
        "test_devices", "E-1", maker=" 某厂 ", serial_number="S/7", sensor_range_mpa=100
    )
    assert (edited.description, edited.maker, edited.serial_number) == ("one", "某厂", "S/7")
    assert (edited.sensor_range_mpa, edited.version, edited.is_active) == (100.0, 2, True)
    open_as("sun").catalog.edit("test_devices", "E-1", description="<b>two</b>")
    open_as("sun").catalog.set_active("test_devices", "E-1", False)
    changes = open_as("boss").catalog.history("test_devices", "E-1")
    told = [(c.actor, c.action, c.differences) for c in changes]
    assert told[:3] == [
        ("sun", "changed", {"is_active": (True, False)}),
        ("sun", "changed", {"description": ("one", "<b>two</b>")}),
        (
            "wang",
            "changed",
            {
                "maker": ("", "某厂"),
                "serial_number": ("", "S/7"),
                "sensor_range_mpa": (None, 100.0),
            },
        ),
    ]
    first = changes[-1]
    assert (first.actor, first.action, first.before) == ("wang", "added", None)
    assert first.after is not None
    assert first.after["description"] == "one"
    assert [c.recorded_at for c in changes] == sorted(
        (c.recorded_at for c in changes), reverse=True
    )
    assert wang.catalog.get("test_devices", "E-1").version == 4


def test_an_edit_that_changes_nothing_leaves_no_trace(open_as: OpenAs) -> None:
    wang = open_as("wang")
    wang.catalog.add("nc_types", "E-2", description="same")
    assert wang.catalog.edit("nc_types", "E-2", description="same").version == 1
    assert [c.action for c in wang.catalog.history("nc_types", "E-2")] == ["added"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "Nothing is to be changed"),
        ({"description": " \t "}, "description is blank"),
        ({"description": 7}, "description is no text"),
        ({"description": "x" * 1001}, "has 1001 characters; shorten it to at most 1000"),
        ({"description": "a\x00b"}, r"sign U\+0000"),
        ({"description": "a\nb"}, r"sign U\+000A"),
        ({"description": "a\u202eb"}, r"sign U\+202E"),
        ({"description": "a\ud800b"}, r"sign U\+D800"),
        ({"maker": "x" * 201}, "at most 200"),
        ({"serial_number": ""}, "serial number is blank"),
        ({"sensor_range_mpa": 0}, "'0' is no sensor range; give a number of MPa above 0"),
        ({"sensor_range_mpa": float("nan")}, "is no sensor range"),
        ({"volume_ml": 3.0}, "told of vessels, not of test_devices"),
    ],
)
def test_what_cannot_stand_in_the_catalogue_is_refused(
    open_as: OpenAs, changes: dict[str, Any], sentence: str
) -> None:
    wang = open_as("wang")
    if "E-3" not in {entry.code for entry in wang.catalog.test_devices()}:
        wang.catalog.add("test_devices", "E-3")
    with pytest.raises(SettingsError, match=sentence) as refused:
        wang.catalog.edit("test_devices", "E-3", **changes)
    assert len(str(refused.value).splitlines()) == 1
    assert wang.catalog.get("test_devices", "E-3").version == 1


def test_what_is_not_there_or_of_another_kind_is_refused(open_as: OpenAs) -> None:
    wang = open_as("wang")
    with pytest.raises(NotFoundError, match="no vessel 'none'"):
        wang.catalog.edit("vessels", "none", description="x")
    with pytest.raises(NotFoundError, match="no vessel 'none'"):
        wang.catalog.set_active("vessels", "none", False)
    with pytest.raises(SettingsError, match="not of vessels"):
        wang.catalog.edit("vessels", "10-892", maker="x")
    with pytest.raises(SettingsError, match="A vessel needs its volume"):
        wang.catalog.add("vessels", "E-4")
    with pytest.raises(SettingsError, match="'-1' is no volume"):
        wang.catalog.add("vessels", "E-4", volume_ml=-1)


def test_the_volume_of_a_vessel_stays_once_something_was_fired_in_it(
    open_as: OpenAs, foundation: Foundation
) -> None:
    wang = open_as("wang")
    wang.catalog.add("vessels", "E-5", volume_ml=10)
    assert wang.catalog.edit("vessels", "E-5", volume_ml=11).volume_ml == 11
    recipe = Recipe.parse(
        igniter="135", nc=["A:775"], shell="22", current="1.2", vessel="E-5", device="Y-H"
    )
    # A simulation takes the volume of its model: a recipe alone keeps nothing.
    wang.work_orders.create(recipe=recipe)
    assert wang.catalog.edit("vessels", "E-5", volume_ml=12).volume_ml == 12
    data = write_lab_workbook(example_curve(seed=93_001), "E5")
    (one,) = wang.tests.ingest(data, "e5.xlsx", recipe=recipe)
    assert one.test_result_id is not None
    keeps = r"'E-5' keeps its 12 mL, .* \(1\) .* add a new code"
    with pytest.raises(ConflictError, match=keeps):
        wang.catalog.edit("vessels", "E-5", volume_ml=13, description="wider")
    assert wang.catalog.get("vessels", "E-5").description == ""
    # Of another team, whose members do not see the test; and of one that is deleted.
    with pytest.raises(ConflictError, match=keeps):
        open_as("stranger").catalog.edit("vessels", "E-5", volume_ml=13)
    wang.tests.delete(one.test_result_id)
    with pytest.raises(ConflictError, match=keeps):
        wang.catalog.edit("vessels", "E-5", volume_ml=13)
    # Past the workspace too.
    with pytest.raises(StoreError, match="so its volume stays"):
        run(foundation, "wang", "UPDATE vessels SET volume_ml = 13 WHERE code = 'E-5'")
    assert wang.catalog.edit("vessels", "E-5", volume_ml=12, description="as was").version == 4


def test_the_second_of_two_edits_is_told_so(open_as: OpenAs) -> None:
    wang, sun = open_as("wang"), open_as("sun")
    wang.catalog.add("gp_types", "E-6")
    seen = sun.catalog.get("gp_types", "E-6").version
    wang.catalog.edit("gp_types", "E-6", version=seen, description="Wang's")
    with pytest.raises(ConflictError, match=r"version 2 by now \(last changed by wang\), not 1"):
        sun.catalog.edit("gp_types", "E-6", version=seen, description="Sun's")
    assert sun.catalog.get("gp_types", "E-6").description == "Wang's"


def test_of_edits_at_the_same_moment_each_lands_or_says_so(open_as: OpenAs) -> None:
    desks = [open_as(name).catalog for name in ("wang", "sun", "wang", "sun")]
    desks[0].add("gp_types", "E-7")
    start = threading.Barrier(len(desks))
    landed: list[str] = []
    refused: list[MggError] = []

    def edit(number: int) -> None:
        start.wait()
        try:
            desks[number].edit("gp_types", "E-7", version=1, description=f"by {number}")
            landed.append(f"by {number}")
        except ConflictError as error:
            refused.append(error)

    threads = [threading.Thread(target=edit, args=(n,)) for n in range(len(desks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(landed), len(refused)) == (1, len(desks) - 1)
    assert desks[0].get("gp_types", "E-7").description == landed[0]
    assert len(desks[0].history("gp_types", "E-7")) == 2


def test_a_manager_looks_and_changes_nothing(open_as: OpenAs, foundation: Foundation) -> None:
    boss = open_as("boss")
    assert boss.catalog.history(limit=3)
    with pytest.raises(AccessError, match="needs admin or engineer"):
        boss.catalog.edit("nc_types", "A", description="mine")
    for statement in (
        "UPDATE nc_types SET description = 'mine'",
        "UPDATE vessels SET volume_ml = 1",
        "UPDATE test_devices SET maker = 'me'",
        "SELECT vessel_uses('10-892')",
    ):
        with pytest.raises(AccessError, match="database refuses this to your role"):
            run(foundation, "boss", statement)


@pytest.mark.parametrize("username", ["boss", "wang", "admin"])
def test_nobody_writes_the_history_or_goes_round_it(foundation: Foundation, username: str) -> None:
    for statement in (
        (
            "INSERT INTO catalogue_history (recorded_at, actor, session_actor, kind, code, action)"
            " VALUES (now(), 'sun', 'x', 'nc_types', 'A', 'added')"
        ),
        "UPDATE catalogue_history SET actor = 'sun'",
        "DELETE FROM catalogue_history",
        "TRUNCATE catalogue_history",
        "ALTER TABLE nc_types DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "DELETE FROM nc_types",
        "UPDATE nc_types SET code = 'other'",
        "UPDATE nc_types SET version = 1",
    ):
        with pytest.raises(MggError, match="refuses this to your role"):
            run(foundation, username, statement)


def test_what_goes_past_the_workspace_is_in_the_history(
    open_as: OpenAs, foundation: Foundation
) -> None:
    run(foundation, "wang", "INSERT INTO igniter_types (code, version) VALUES ('E-8', 99)")
    run(foundation, "sun", "UPDATE igniter_types SET description = 'raw' WHERE code = 'E-8'")
    with pytest.raises(StoreError, match="no single line"):
        run(foundation, "sun", "UPDATE igniter_types SET description = E'a\\nb' WHERE code = 'E-8'")
    changes = open_as("boss").catalog.history("igniter_types", "E-8")
    assert [(c.actor, c.action) for c in changes] == [("sun", "changed"), ("wang", "added")]
    assert changes[0].differences == {"description": ("", "raw")}
    assert changes[0].after is not None
    assert changes[0].after["version"] == 2
    # Who was logged in to PostgreSQL stands beside who acted.
    (login,) = run(foundation, "wang", "SELECT session_user")
    assert {c.session_actor for c in changes} == {login[0]}

"""Versions of the model: proposed, put to use, retired; and fitted to what the store holds."""

import itertools
import json
import threading
from typing import Any

import pytest
from conftest import OpenAs
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from mgg_kernel.calibration import Observation, start_model
from mgg_kernel.errors import (
    AccessError,
    CalibrationError,
    ConflictError,
    MggError,
    NotFoundError,
)
from mgg_kernel.hot.database import Caller
from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation import Model, default_model, simulate_many
from mgg_kernel.workspace import Foundation, Workspace

_numbers = itertools.count(1)


def new_model(**changes: Any) -> Model:
    """A model that no other test has."""
    plain = default_model().document.plain()
    plain["name"] = f"model of a test {next(_numbers)}"
    plain["nc"]["generic"]["propellant"] |= changes
    for entry in plain["nc"]["types"].values():
        entry["propellant"] |= changes
    return Model.from_plain(plain)


def recipe(code: str = "B:700") -> Recipe:
    return Recipe.parse(
        igniter="135", nc=[code], shell="22", current="1.2", vessel="10-892", device="Y-H"
    )


@pytest.fixture
def admin(open_as: OpenAs) -> Any:
    """An administrator; the program's own model is in use again afterwards."""
    workspace = open_as("admin")
    yield workspace
    active = workspace.models.active()
    if active is not None:
        workspace.models.retire(active.id)


def states(workspace: Workspace, *ids: int) -> list[str]:
    return [workspace.models.get(one).state for one in ids]


def test_a_model_is_proposed_by_an_engineer_and_put_to_use_by_an_administrator(
    admin: Workspace, open_as: OpenAs
) -> None:
    wang, model = open_as("wang"), new_model()
    version = wang.models.propose(model, note="a try")
    assert (version.state, version.created_by, version.note) == ("proposed", "wang", "a try")
    assert version.fingerprint == model.fingerprint
    assert wang.models.load(version.id) == model
    assert wang.models.active() is None
    assert wang.models.propose(model).id == version.id, "the same parameters are the same version"
    active = admin.models.activate(version.id)
    assert (active.state, active.retired_at) == ("active", None)
    assert active.activated_at is not None
    assert wang.models.active() == active
    entry = admin.log.list(log_type="model")[0]
    assert (entry.action, entry.actor, entry.object_id) == (
        "activate a model",
        "admin",
        str(version.id),
    )


def test_activating_one_retires_the_other_and_one_can_go_back(admin: Workspace) -> None:
    first, second = (admin.models.propose(new_model()).id for _ in range(2))
    admin.models.activate(first)
    admin.models.activate(second)
    assert states(admin, first, second) == ["retired", "active"]
    assert admin.models.get(first).retired_at is not None
    admin.models.activate(first)
    assert states(admin, first, second) == ["active", "retired"]
    with pytest.raises(ConflictError, match=f"{first} is in use already"):
        admin.models.activate(first)
    with pytest.raises(ConflictError, match=f"{second} is retired already"):
        admin.models.retire(second)
    with pytest.raises(NotFoundError, match="no model version 999999"):
        admin.models.activate(999_999)


def test_a_simulation_keeps_the_version_that_made_it(admin: Workspace, open_as: OpenAs) -> None:
    wang = open_as("wang")
    slow, fast = new_model(burn_rate_coefficient=2.9e-8), new_model(burn_rate_coefficient=3.6e-8)
    ids = [wang.models.propose(model).id for model in (slow, fast)]
    admin.models.activate(ids[0])
    before = wang.simulations.run(recipe())
    admin.models.activate(ids[1])
    after = wang.simulations.run(recipe())
    assert after.summary.peak_time_ms < before.summary.peak_time_ms
    assert wang.simulations.get(before.id).model_name == slow.name
    assert wang.simulations.get(after.id).model_name == fast.name
    admin.models.retire(ids[1])
    assert wang.simulations.model() == default_model()


@pytest.mark.parametrize("who", ["wang", "boss"])
def test_only_an_administrator_chooses(admin: Workspace, open_as: OpenAs, who: str) -> None:
    version = admin.models.propose(new_model())
    for deed in ("activate", "retire"):
        with pytest.raises(AccessError, match="needs admin"):
            getattr(open_as(who).models, deed)(version.id)
    assert states(admin, version.id) == ["proposed"]
    refused = admin.log.list(log_type="model")[0]
    assert (refused.actor, refused.outcome) == (who, "refused")


def test_who_may_only_look_proposes_and_calibrates_nothing(open_as: OpenAs) -> None:
    boss = open_as("boss")
    with pytest.raises(AccessError):
        boss.models.propose(new_model())
    with pytest.raises(AccessError):
        boss.models.calibrate(products(6), [], name="no")


@pytest.mark.parametrize(
    ("who", "statement"),
    [
        pytest.param("wang", "UPDATE model_versions SET state = 'active' WHERE id = :id", id="use"),
        pytest.param("admin", "UPDATE model_versions SET parameters = '{}' WHERE id = :id", id="p"),
        pytest.param("admin", "UPDATE model_versions SET validation = '{}' WHERE id = :id", id="v"),
        pytest.param("admin", "DELETE FROM model_versions WHERE id = :id", id="delete"),
    ],
)
def test_the_database_itself_refuses(
    admin: Workspace, foundation: Foundation, who: str, statement: str
) -> None:
    version = admin.models.propose(new_model())
    with (
        pytest.raises((DBAPIError, MggError)),
        foundation.database.begin(Caller(who)) as (connection, _),
    ):
        connection.execute(text(statement), {"id": version.id})
    assert admin.models.get(version.id) == version


def test_none_is_proposed_again(admin: Workspace, foundation: Foundation) -> None:
    version = admin.models.propose(new_model())
    admin.models.activate(version.id)
    with (
        pytest.raises((DBAPIError, MggError), match="proposed again"),
        foundation.database.begin(Caller("admin")) as (connection, _),
    ):
        connection.execute(
            text("UPDATE model_versions SET state = 'proposed' WHERE id = :id"), {"id": version.id}
        )


def test_two_at_once_leave_one_in_use(admin: Workspace, open_as: OpenAs) -> None:
    ids = [admin.models.propose(new_model()).id for _ in range(4)]
    errors: list[BaseException] = []

    def activate(model_id: int) -> None:
        try:
            open_as("admin").models.activate(model_id)
        except BaseException as error:  # noqa: BLE001 - told below
            errors.append(error)

    workers = [threading.Thread(target=activate, args=(one,)) for one in ids]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not errors
    assert sorted(states(admin, *ids)) == ["active", "retired", "retired", "retired"]


def products(count: int) -> list[Observation]:
    """Products that the start model itself makes, of one type, in one vessel."""
    recipes = [recipe(f"B:{500 + 40 * i}") for i in range(count)]
    simulated = simulate_many(recipes, start_model())
    return [
        Observation(
            "甲",
            f"M{i}",
            one.recipe,
            one.expected_ignition_ms,
            one.features.peak_time_ms,
            one.features.peak_pressure_mpa,
        )
        for i, one in enumerate(simulated)
    ]


def test_a_calibration_becomes_a_proposed_version(open_as: OpenAs) -> None:
    wang, told = open_as("wang"), []
    version, result = wang.models.calibrate(
        products(8), [], name="fitted", note="eight products", progress=told.append
    )
    assert (version.state, version.name, version.note) == ("proposed", "fitted", "eight products")
    assert version.data_fingerprint == result.data_fingerprint
    assert version.validation == json.loads(json.dumps(result.plain()))
    assert wang.models.load(version.id) == result.model
    assert {one.stage for one in told} >= {"fit", "leave one product out"}
    score = result.validation.scores["peak_pressure_mpa"]
    assert score.count == 8
    assert score.mean_percent < 1, "the products follow the physics exactly"


def test_a_calibration_that_is_stopped_keeps_nothing(open_as: OpenAs) -> None:
    wang = open_as("wang")
    before = wang.models.list()
    with pytest.raises(CalibrationError, match="stopped"):
        wang.models.calibrate(products(6), [], name="stopped", stop=lambda: True)
    assert wang.models.list() == before
    entry = open_as("admin").log.list(log_type="model")[0]
    assert (entry.action, entry.outcome) == ("calibrate a model", "refused")

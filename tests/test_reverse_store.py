"""Reverse simulations in the workspace: stored whole, made again, ordered; and who may see them."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from conftest import OpenAs
from sqlalchemy import Connection, text

from mgg_kernel.calibration import calibrate
from mgg_kernel.calibration.made_up import made_up_lab
from mgg_kernel.errors import (
    AccessError,
    ConflictError,
    DatabaseDownError,
    NotFoundError,
    ReverseError,
    StoreError,
)
from mgg_kernel.hot import reverse_simulations
from mgg_kernel.hot.database import Caller
from mgg_kernel.hot.packing import pack, unpack
from mgg_kernel.ingest import example_curve, write_lab_workbook
from mgg_kernel.lots import Corridor
from mgg_kernel.recipe import Recipe
from mgg_kernel.reverse import Candidate, Constraints, Progress, Target, reverse
from mgg_kernel.simulation import Model, default_model, simulate
from mgg_kernel.workspace import Foundation, StoredReverse, Workspace

_peaks = itertools.count(1)
AROUND = Constraints(
    igniters=("135",),
    vessel="10-892",
    shell_mm="22",
    current_a="1.2",
    device="Y-H",
    nc_types=("A", "B"),
    gp_types=(),
    max_charges=1,
)
PEAK = Target(peak_pressure_mpa=60.0)


def recipe(code: str = "B:700", **changes: Any) -> Recipe:
    around = {"igniter": "135", "shell": "22", "current": "1.2", "vessel": "10-892"}
    return Recipe.parse(nc=[code], device="Y-H", **around | changes)


def some_target() -> Target:
    """A target that no other test has."""
    return Target(peak_pressure_mpa=50.0 + next(_peaks) / 8)


def count(foundation: Foundation) -> int:
    with foundation.database.begin(Caller("admin")) as (connection, _):
        found = connection.execute(text("SELECT count(*) FROM reverse_simulations"))
        return int(found.scalar_one())


def run(foundation: Foundation, username: str, statement: str, **values: Any) -> list[Any]:
    with foundation.database.begin(Caller(username)) as (connection, _):
        result = connection.execute(text(statement), values)
        return list(result) if result.returns_rows else []


@pytest.fixture(scope="module")
def wangs(foundation: Foundation) -> StoredReverse:
    """A reverse simulation of wang's."""
    wang = Workspace(foundation, Caller("wang"))
    return wang.simulations.reverse(PEAK, AROUND, title="wang's 60 MPa")


@pytest.fixture(scope="module")
def calibrated() -> Model:
    return calibrate(made_up_lab(10, curves=0, typing_errors=False).observations).model


def test_what_is_stored_is_what_was_found(wangs: StoredReverse, open_as: OpenAs) -> None:
    alone = reverse(PEAK, AROUND, default_model(), tested=wangs.tested)
    assert wangs.reverse == alone
    assert len(alone.candidates) == 2
    stored = open_as("boss").simulations.reverse.get(wangs.id)
    assert stored == wangs
    summary = stored.summary
    assert (summary.title, summary.candidate_count) == ("wang's 60 MPa", 2)
    assert (summary.created_by, summary.model_name) == ("wang", default_model().name)
    entry = open_as("wang").log.list(log_type="simulation")[0]
    assert (entry.action, entry.object_type, entry.object_id, entry.outcome) == (
        "search recipes",
        "reverse_simulations",
        str(wangs.id),
        "done",
    )


def test_it_is_made_again_to_the_last_bit_from_its_row(open_as: OpenAs) -> None:
    """A measured curve has no short decimals: all of its bits come back."""
    wang = open_as("wang")
    curve = simulate(recipe("B:713.7"), default_model()).curve
    scattered = type(curve)(curve.time_ms, curve.pressure_mpa * (1 + 0.01 * np.sin(curve.time_ms)))
    stored = wang.simulations.reverse(Target(curve=scattered, shift_ms=0.3), AROUND)
    kept = wang.simulations.reverse.get(stored.id).reverse.target.curve
    assert kept is not None
    assert kept.pressure_mpa.tobytes() == scattered.pressure_mpa.tobytes()
    assert kept.time_ms.tobytes() == scattered.time_ms.tobytes()
    again = wang.simulations.reverse.again(stored.id)
    assert again == stored.reverse
    assert again.plain() | {"seconds": 0} == stored.reverse.plain() | {"seconds": 0}
    entry = wang.log.list(log_type="simulation")[0]
    assert (entry.action, entry.details["same"]) == ("search recipes again", True)
    assert "curve with a peak of" in stored.summary.title


def test_again_asks_the_model_that_was_asked_though_it_was_retired(open_as: OpenAs) -> None:
    admin, wang = open_as("admin"), open_as("wang")
    plain = default_model().document.plain() | {"name": "for a reverse simulation"}
    plain["nc"]["types"]["B"]["propellant"]["burn_rate_coefficient"] = 3.9e-8
    version = admin.models.propose(Model.from_plain(plain))
    admin.models.activate(version.id)
    try:
        stored = wang.simulations.reverse(some_target(), AROUND)
    finally:
        admin.models.retire(version.id)
    assert stored.summary.model_version_id == version.id
    assert wang.simulations.model() == default_model()
    assert wang.simulations.reverse.get(stored.id) == stored
    assert wang.simulations.reverse.again(stored.id) == stored.reverse
    curve = wang.simulations.reverse.simulate(stored.id)
    assert curve.summary.model_name == "for a reverse simulation"
    assert curve.summary.peak_pressure_mpa == pytest.approx(
        stored.candidate(1).peak_pressure_mpa, rel=1e-3
    )


def test_a_calibrated_model_and_its_confidence_are_stored(
    open_as: OpenAs, calibrated: Model
) -> None:
    one = made_up_lab(10, curves=0, typing_errors=False).observations[0].recipe
    around = replace(
        AROUND,
        igniters=(one.igniter_type,),
        vessel=one.vessel,
        device=one.test_device,
        nc_types=None,
        gp_types=None,
    )
    wang = open_as("wang")
    target = Target(
        corridor=Corridor("rising", ((5.0, 1.0), (20.0, 5.0)), ((0.0, 90.0), (39.0, 90.0)))
    )
    stored = wang.simulations.reverse(target, around, model=calibrated)
    assert stored.reverse.candidates[0].confidence is not None
    assert wang.simulations.reverse.get(stored.id).reverse == stored.reverse
    assert stored.summary.model_name == calibrated.name
    assert stored.summary.title == "corridor rising"
    assert wang.simulations.reverse.again(stored.id) == stored.reverse


def test_what_cannot_be_reached_is_stored_as_such(open_as: OpenAs) -> None:
    wang = open_as("wang")
    narrow = replace(AROUND, max_total_mg=300.0)
    stored = wang.simulations.reverse(Target(peak_pressure_mpa=150.0), narrow)
    assert not stored.reverse.reachable
    assert wang.simulations.reverse.get(stored.id).reverse.message == stored.reverse.message


def test_what_the_team_has_fired_counts_as_tested(open_as: OpenAs) -> None:
    wang, stranger = open_as("wang"), open_as("stranger")
    fired = recipe("A:611.25")
    order = wang.work_orders.create(recipe=fired, title="to be fired")
    for seed in (901, 902):
        data = write_lab_workbook(example_curve(seed=seed), f"S{seed}")
        (result,) = wang.tests.ingest(data, f"{seed}.xlsx", work_order=order.number)
    target = some_target()
    stored = wang.simulations.reverse(target, AROUND)
    assert stored.tested.count(fired) == 1, "two shots of one recipe are one recipe"
    assert fired not in stranger.simulations.reverse(target, AROUND).tested
    assert result.test_result_id is not None
    assert wang.simulations.reverse.again(stored.id) == stored.reverse


def test_a_shot_in_a_vessel_of_unknown_volume_stops_no_search(open_as: OpenAs) -> None:
    wang = open_as("wang")
    wang.catalog.add("vessels", "odd one", volume_ml=7.5)
    odd = recipe("B:555", vessel="odd one")
    order = wang.work_orders.create(recipe=odd, title="odd")
    data = write_lab_workbook(example_curve(seed=903), "S903")
    (result,) = wang.tests.ingest(data, "903.xlsx", work_order=order.number)
    stored = wang.simulations.reverse(some_target(), AROUND)
    assert odd not in stored.tested
    assert stored.reverse.candidates
    assert result.test_result_id is not None
    wang.tests.delete(result.test_result_id)


def test_a_candidate_becomes_a_work_order_that_names_where_it_came_from(
    wangs: StoredReverse, open_as: OpenAs
) -> None:
    sun = open_as("sun")
    order = sun.simulations.reverse.order(wangs.id, 2, priority="high")
    assert order.recipe == wangs.candidate(2).recipe
    assert (order.title, order.priority) == ("wang's 60 MPa", "high")
    assert order.reverse_simulation_id == wangs.id
    assert sun.work_orders.get(order.number) == order
    assert sun.work_orders.create(title="by hand").reverse_simulation_id is None
    entry = sun.log.list(log_type="work_order", actor="sun")[1]
    assert (entry.action, entry.object_id) == ("order a candidate", order.number)
    assert entry.details == {"reverse_simulation": wangs.id, "rank": 2}


def test_a_candidate_becomes_a_forward_simulation(wangs: StoredReverse, open_as: OpenAs) -> None:
    sun = open_as("sun")
    done = sun.simulations.reverse.simulate(wangs.id, 2)
    assert done.summary.recipe == wangs.candidate(2).recipe
    entry = sun.log.list(log_type="simulation")[0]
    assert (entry.action, entry.object_id) == ("simulate a candidate", str(wangs.id))
    assert entry.details == {"rank": 2, "simulation": done.id}
    assert sun.simulations.reverse.simulate(wangs.id, 2).repeated


def test_a_candidate_that_is_not_there_is_told(wangs: StoredReverse, open_as: OpenAs) -> None:
    wang = open_as("wang")
    orders = len(wang.work_orders.list())
    for deed in (wang.simulations.reverse.order, wang.simulations.reverse.simulate):
        with pytest.raises(NotFoundError, match=r"no candidate of rank 3; choose one of 1 to 2\."):
            deed(wangs.id, 3)
        with pytest.raises(NotFoundError, match="no reverse simulation 999999"):
            deed(999_999)
    assert len(wang.work_orders.list()) == orders


def test_it_is_kept_for_a_work_order_as_long_as_that_is_open(
    open_as: OpenAs, foundation: Foundation
) -> None:
    wang = open_as("wang")
    order = wang.work_orders.create(title="wanted by a customer")
    stored = wang.simulations.reverse(some_target(), AROUND, work_order=order.number)
    assert stored.summary.work_order == order.number
    assert [one.id for one in wang.simulations.reverse.list(order.number)] == [stored.id]
    wang.work_orders.close(order.number)
    before = count(foundation)
    with pytest.raises(ConflictError, match="is closed"):
        wang.simulations.reverse(some_target(), AROUND, work_order=order.number)
    assert count(foundation) == before


def test_what_was_searched_elsewhere_is_kept_with_the_model_that_it_asked(
    open_as: OpenAs, calibrated: Model, foundation: Foundation
) -> None:
    wang, tested = open_as("wang"), [recipe("B:640"), recipe("B:640")]
    alone = reverse(some_target(), AROUND, default_model(), tested=tested, count=1)
    stored = wang.simulations.reverse.keep(alone, model=default_model(), tested=tested)
    assert stored.reverse == alone
    assert stored.tested == tuple(tested)
    assert wang.simulations.reverse.again(stored.id) == alone
    before = count(foundation)
    with pytest.raises(ReverseError, match="asked the model"):
        wang.simulations.reverse.keep(alone, model=calibrated)
    with pytest.raises(ReverseError, match="at most 200 characters, but this has 201"):
        wang.simulations.reverse.keep(alone, model=default_model(), title="x" * 201)
    assert count(foundation) == before


def test_one_that_is_stopped_leaves_a_log_entry_and_nothing_else(
    open_as: OpenAs, foundation: Foundation
) -> None:
    wang, told = open_as("wang"), []
    before = count(foundation)

    def tell(progress: Progress) -> None:
        told.append(progress)

    with pytest.raises(ReverseError, match="stopped"):
        wang.simulations.reverse(
            some_target(),
            AROUND,
            title="changed my mind",
            progress=tell,
            stop=lambda: len(told) > 2,
        )
    assert len(told) == 3
    assert count(foundation) == before
    entry = wang.log.list(log_type="simulation")[0]
    assert (entry.object_id, entry.outcome) == ("changed my mind", "refused")
    assert "stopped" in entry.details["reason"]


def test_candidates_are_told_before_it_ends(open_as: OpenAs) -> None:
    seen: list[Sequence[Candidate]] = []
    stored = open_as("wang").simulations.reverse(
        some_target(), replace(AROUND, max_charges=2), found=seen.append
    )
    assert len(seen) >= 2
    assert seen[0][0].rank == 1
    assert tuple(seen[-1]) == stored.reverse.candidates


def test_a_failure_in_the_middle_stores_nothing(
    open_as: OpenAs, foundation: Foundation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreError("The disk is full.")

    before = count(foundation)
    monkeypatch.setattr("mgg_kernel.workspace.reverse_simulations.write_log", full)
    with pytest.raises(StoreError, match="disk is full"):
        open_as("wang").simulations.reverse(some_target(), AROUND, title="no room")
    assert count(foundation) == before
    assert open_as("wang").log.list(outcome="failed")[0].object_id == "no room"


def test_a_connection_that_is_cut_stores_nothing(
    open_as: OpenAs, foundation: Foundation, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, before = reverse_simulations.store_reverse, count(foundation)

    def cut(connection: Connection, *rest: Any, **named: Any) -> int:
        new = real(connection, *rest, **named)
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with foundation.database.engine.begin() as killer:
            killer.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        return new

    monkeypatch.setattr(reverse_simulations, "store_reverse", cut)
    with pytest.raises(DatabaseDownError):
        open_as("wang").simulations.reverse(some_target(), AROUND, title="cut off")
    monkeypatch.undo()
    assert count(foundation) == before
    assert open_as("wang").log.list(outcome="failed")[0].object_id == "cut off"


def test_nothing_is_open_in_the_database_while_it_searches(
    open_as: OpenAs, foundation: Foundation
) -> None:
    opened: list[int] = []

    def look(_: Progress) -> None:
        opened.append(foundation.database.engine.pool.checkedout())  # type: ignore[attr-defined]

    open_as("wang").simulations.reverse(some_target(), AROUND, progress=look)
    assert opened
    assert set(opened) == {0}


def test_who_only_looks_may_look(wangs: StoredReverse, open_as: OpenAs) -> None:
    boss = open_as("boss").simulations.reverse
    assert wangs.summary in boss.list("60 MPa")
    for deed in (boss.order, boss.simulate, boss.again):
        with pytest.raises(AccessError, match="has the role 'user'"):
            deed(wangs.id)
    with pytest.raises(AccessError, match="has the role 'user'"):
        boss(PEAK, AROUND, title="by the boss")
    entry = open_as("admin").log.list(log_type="simulation", actor="boss")[0]
    assert (entry.object_id, entry.outcome) == ("by the boss", "refused")


def test_another_team_sees_nothing_and_an_administrator_all(
    wangs: StoredReverse, open_as: OpenAs
) -> None:
    stranger = open_as("stranger").simulations.reverse
    assert wangs.id not in [one.id for one in stranger.list()]
    for deed in (stranger.get, stranger.order, stranger.simulate, stranger.again):
        with pytest.raises(NotFoundError, match="or you may not see it"):
            deed(wangs.id)
    assert open_as("admin").simulations.reverse.get(wangs.id) == wangs


def test_a_work_order_names_what_its_own_team_has(open_as: OpenAs) -> None:
    """An administrator sees all teams, but a row belongs to one."""
    theirs = open_as("stranger").simulations.reverse(some_target(), AROUND)
    order = open_as("admin").simulations.reverse.order(theirs.id)
    assert order.recipe == theirs.candidate(1).recipe
    assert order.reverse_simulation_id is None


@pytest.mark.parametrize("who", ["boss", "stranger"])
def test_the_database_itself_hides_and_refuses(
    foundation: Foundation, wangs: StoredReverse, who: str
) -> None:
    seen = "SELECT count(*) FROM reverse_simulations WHERE id = :id"
    assert run(foundation, who, seen, id=wangs.id) == [(int(who == "boss"),)]
    copied = (
        "INSERT INTO reverse_simulations (team_id, model_version_id, target, constraints,"
        " candidates, code_version) VALUES (:team, :model, '{}', '{}', '[]', 'x')"
    )
    ((team,),) = run(foundation, "admin", "SELECT team_id FROM users WHERE username = 'wang'")
    with pytest.raises(AccessError):
        run(foundation, who, copied, team=team, model=wangs.summary.model_version_id)


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE reverse_simulations SET candidates = '[]' WHERE id = :id", id="edit"),
        pytest.param("UPDATE reverse_simulations SET tested = '[]' WHERE id = :id", id="tested"),
        pytest.param("DELETE FROM reverse_simulations WHERE id = :id", id="delete"),
        pytest.param(
            "INSERT INTO work_orders (work_order_number, reverse_simulation_id)"
            " VALUES ('WO-20200101-000000', -:id)",
            id="an order of none",
        ),
    ],
)
def test_no_engineer_rewrites_it(
    foundation: Foundation, wangs: StoredReverse, statement: str
) -> None:
    with pytest.raises((AccessError, StoreError)):
        run(foundation, "wang", statement, id=wangs.id)


def test_a_curve_is_packed_and_comes_back_bit_by_bit() -> None:
    values = [*np.random.default_rng(1).normal(size=500).tolist(), 0.0, -0.0, 5e-324, 1e308]
    document = {"curve": values, "short": [1.5, 2.5], "mixed": [1, 2.0] * 40, "none": None}
    packed = pack(document)
    assert set(packed["curve"]) == {"float64"}
    assert packed["short"] == [1.5, 2.5]
    back = unpack(packed)
    assert back == document
    assert np.array(back["curve"]).tobytes() == np.array(values).tobytes()


@pytest.mark.parametrize("damage", ["!", "AAAA", None])
def test_a_damaged_curve_is_told(damage: str | None) -> None:
    with pytest.raises(StoreError, match="packed curve in the database cannot be read"):
        unpack({"curve": {"float64": damage}})


def test_it_takes_less_room_than_its_numbers(open_as: OpenAs, foundation: Foundation) -> None:
    curve = simulate(recipe("B:702"), default_model()).curve
    stored = open_as("wang").simulations.reverse(Target(curve=curve), AROUND)
    size = "SELECT pg_column_size(target) FROM reverse_simulations WHERE id = :id"
    ((taken,),) = run(foundation, "wang", size, id=stored.id)
    assert taken < 16 * len(curve)

"""Calibrations of test devices: borders of their days, rights, and the tests that they flag."""

import json
import random
from datetime import date, timedelta
from pathlib import Path

import pytest
from archive_help import ArchiveLab, day
from conftest import OpenAs
from sqlalchemy import text

from mgg_kernel.cli import main
from mgg_kernel.device_calibration import calibration_state
from mgg_kernel.errors import (
    AccessError,
    ConflictError,
    IngestError,
    MggError,
    NotFoundError,
    SettingsError,
    StoreError,
)
from mgg_kernel.hot.database import Caller
from mgg_kernel.ingest import example_curve, write_lab_workbook
from mgg_kernel.recipe import Recipe
from mgg_kernel.workspace import Foundation, Workspace


def run(foundation: Foundation, username: str, statement: str) -> None:
    """Execute a statement past the workspace, with the rights of an account."""
    with foundation.database.begin(Caller(username)) as (connection, _):
        connection.execute(text(statement))


def recipe(device: str) -> Recipe:
    return Recipe.parse(
        igniter="135", nc=["A:775"], shell="22", current="1.2", vessel="10-892", device=device
    )


def fired(workspace: Workspace, device: str | None, seed: int, on: str | None = None) -> int:
    data = write_lab_workbook(example_curve(seed=seed), f"K{seed}")
    made = recipe(device) if device else None
    (one,) = workspace.tests.ingest(data, f"k{seed}.xlsx", recipe=made, tested_on=on)
    assert one.test_result_id is not None
    return one.test_result_id


YEAR = (date(2023, 3, 1), date(2024, 2, 29))  # ends on a leap day
NEXT = (date(2024, 6, 1), date(2025, 5, 31))
INSIDE = (date(2023, 9, 1), date(2024, 3, 31))


@pytest.mark.parametrize(
    ("periods", "on", "state"),
    [
        ([], date(2024, 1, 1), "unknown"),
        ([YEAR], None, "unknown"),
        ([YEAR], date(2023, 2, 28), "not yet"),
        ([YEAR], date(2023, 3, 1), "calibrated"),
        ([YEAR], date(2024, 2, 28), "calibrated"),
        ([YEAR], date(2024, 2, 29), "calibrated"),
        ([YEAR], date(2024, 3, 1), "expired"),
        # Two that overlap: what either covers.
        ([YEAR, INSIDE], date(2024, 3, 1), "calibrated"),
        ([INSIDE, YEAR], date(2024, 4, 1), "expired"),
        # Between two of them the first has ended.
        ([NEXT, YEAR], date(2024, 5, 31), "expired"),
        ([NEXT, YEAR], date(2024, 6, 1), "calibrated"),
        ([NEXT, YEAR], date(2023, 1, 1), "not yet"),
    ],
)
def test_the_borders_of_a_calibration(
    open_as: OpenAs,
    foundation: Foundation,
    periods: list[tuple[date, date]],
    on: date | None,
    state: str,
) -> None:
    assert calibration_state(periods, on) == state
    if on is None:
        return
    # PostgreSQL says the same.
    wang = open_as("wang")
    device = "-".join(map(str, ["K", len(periods), *(first for first, _ in periods[:1]), on]))
    wang.catalog.add("test_devices", device)
    for first, last in periods:
        wang.catalog.calibrate(device, first, last)
    assert wang.catalog.calibration_state(device, on) == state


def test_both_answers_agree_on_days_at_random(open_as: OpenAs) -> None:
    wang, chance = open_as("wang"), random.Random(7)
    wang.catalog.add("test_devices", "K-random")
    periods: list[tuple[date, date]] = []
    told = set()
    for _ in range(5):
        first = date(2020, 1, 1) + timedelta(chance.randrange(1500))
        last = first + timedelta(chance.randrange(1, 300))
        periods.append((first, last))
        wang.catalog.calibrate("K-random", first, last)
        borders = [edge + timedelta(d) for period in periods for edge in period for d in (-1, 0, 1)]
        for on in borders:
            state = wang.catalog.calibration_state("K-random", on)
            assert state == calibration_state(periods, on), (periods, on)
            told.add(state)
    assert told == {"calibrated", "expired", "not yet"}


def test_a_test_is_flagged_by_what_is_known_when_it_is_read(open_as: OpenAs) -> None:
    wang = open_as("wang")
    wang.catalog.add("test_devices", "K-1")
    last_day, day_after, before, no_day = (
        fired(wang, "K-1", 94_000 + n, on)
        for n, on in enumerate(("2024-02-29", "2024-03-01", "2023-02-28", None))
    )
    tests = (last_day, day_after, before, no_day)
    assert [wang.tests.calibration_state(t).state for t in tests] == ["unknown"] * 4
    flagged = {t.test_result_id for t in wang.catalog.tests_out_of_calibration()}
    assert not flagged & set(tests)
    # Entered after all four were stored.
    year = wang.catalog.calibrate("K-1", *YEAR, certificate="C/1")
    states = [wang.tests.calibration_state(t) for t in tests]
    assert [s.state for s in states] == ["calibrated", "expired", "not yet", "expired"]
    assert [s.tested_on_is_known for s in states] == [True, True, True, False]
    assert (states[0].tested_on, states[0].device) == (date(2024, 2, 29), "K-1")
    stored_on = wang.tests.get(no_day).created_at
    assert abs(states[3].tested_on - stored_on.date()) <= timedelta(1)  # the lab's own zone
    flagged = {t.test_result_id for t in wang.catalog.tests_out_of_calibration()}
    assert flagged & set(tests) == {day_after, before, no_day}
    # What is said of the day later counts; what is deleted is no work to do.
    wang.tests.set_tested_on([no_day, before], "2023-12-24")
    wang.tests.delete(day_after)
    flagged = {t.test_result_id for t in wang.catalog.tests_out_of_calibration()}
    assert not flagged & set(tests)
    # A calibration that is withdrawn counts no more.
    wang.catalog.withdraw_calibration(year.id, "of another device")
    assert wang.tests.calibration_state(last_day).state == "unknown"


def test_a_test_without_a_recipe_has_no_device(open_as: OpenAs) -> None:
    wang = open_as("wang")
    alone = wang.tests.calibration_state(fired(wang, None, 94_010, "2024-01-01"))
    assert (alone.device, alone.state) == (None, "unknown")
    with pytest.raises(NotFoundError, match="no test 999999999"):
        wang.tests.calibration_state(999_999_999)


def test_other_teams_tests_are_not_told(open_as: OpenAs) -> None:
    wang, stranger = open_as("wang"), open_as("stranger")
    wang.catalog.add("test_devices", "K-2")
    wang.catalog.calibrate("K-2", "2020-01-01", "2020-12-31")
    hidden = fired(wang, "K-2", 94_020, "2024-01-01")
    assert hidden in {t.test_result_id for t in wang.catalog.tests_out_of_calibration()}
    assert hidden not in {t.test_result_id for t in stranger.catalog.tests_out_of_calibration()}
    with pytest.raises(NotFoundError):
        stranger.tests.calibration_state(hidden)
    # Devices and their calibrations are shared, and the other team's names are not.
    (seen,) = stranger.catalog.calibrations("K-2")
    assert seen.created_by == "another team"


@pytest.mark.parametrize(
    ("on", "until", "texts", "sentence"),
    [
        ("2024-02-30", "2025-01-01", {}, "'2024-02-30' is no day of a calibration"),
        ("yesterday", "2025-01-01", {}, "write it as YYYY-MM-DD"),
        ("2024-01-01", "2024-01-01", {}, "cannot hold until 2024-01-01; give a later day"),
        ("2024-01-02", "2024-01-01", {}, "give a later day"),
        ("2190-01-01", "2191-01-01", {}, "is still to come"),
        ("1899-12-31", "1901-01-01", {}, "give one from 1900 to 2199"),
        ("2024-01-01", "2200-01-01", {}, "give one from 1900 to 2199"),
        ("2024-01-01", "2025-01-01", {"certificate": "x" * 201}, "at most 200"),
        ("2024-01-01", "2025-01-01", {"note": "a\u202eb"}, r"U\+202E"),
    ],
)
def test_what_is_no_calibration_is_refused(
    open_as: OpenAs, on: str, until: str, texts: dict[str, str], sentence: str
) -> None:
    wang = open_as("wang")
    with pytest.raises(SettingsError, match=sentence) as refused:
        wang.catalog.calibrate("Y-H", on, until, **texts)
    assert len(str(refused.value).splitlines()) == 1
    assert wang.catalog.calibrations("Y-H") == []


def test_calibrations_are_kept_and_withdrawn_once(open_as: OpenAs) -> None:
    wang, sun, admin = open_as("wang"), open_as("sun"), open_as("admin")
    wang.catalog.add("test_devices", "K-3")
    with pytest.raises(NotFoundError, match="no test device 'K-none'"):
        wang.catalog.calibrate("K-none", *YEAR)
    made = wang.catalog.calibrate("K-3", *YEAR, certificate="C/3", note="on site")
    with pytest.raises(ConflictError, match=f"is there already: number {made.id}"):
        sun.catalog.calibrate("K-3", *YEAR, certificate="C/3")
    with pytest.raises(AccessError, match="was entered by wang"):
        sun.catalog.withdraw_calibration(made.id, "not mine")
    with pytest.raises(SettingsError, match="reason is blank"):
        wang.catalog.withdraw_calibration(made.id, " ")
    gone = admin.catalog.withdraw_calibration(made.id, "wrong sheet")
    assert (gone.withdrawn_by, gone.withdrawn_because) == ("admin", "wrong sheet")
    with pytest.raises(ConflictError, match=r"was withdrawn on .*: wrong sheet"):
        wang.catalog.withdraw_calibration(made.id, "again")
    again = sun.catalog.calibrate("K-3", *YEAR, certificate="C/3")
    assert [one.id for one in wang.catalog.calibrations("K-3")] == [again.id, made.id]
    told = [(c.actor, c.kind, c.action) for c in wang.catalog.history("test_devices", "K-3")]
    assert told == [
        ("sun", "device_calibrations", "added"),
        ("admin", "device_calibrations", "withdrawn"),
        ("wang", "device_calibrations", "added"),
        ("wang", "test_devices", "added"),
    ]


def test_a_manager_enters_no_calibration(open_as: OpenAs, foundation: Foundation) -> None:
    wang = open_as("wang")
    wang.catalog.add("test_devices", "K-4")
    made = wang.catalog.calibrate("K-4", "2020-01-01", "2021-01-01")
    boss = open_as("boss")
    assert made.id in {one.id for one in boss.catalog.calibrations()}
    with pytest.raises(AccessError, match="needs admin or engineer"):
        boss.catalog.calibrate("K-4", *YEAR)
    with pytest.raises(AccessError, match="needs admin or engineer"):
        boss.catalog.withdraw_calibration(made.id, "mine")
    for statement in (
        (
            "INSERT INTO device_calibrations (device, calibrated_on, valid_until)"
            " VALUES ('K-4', '2024-01-01', '2025-01-01')"
        ),
        "UPDATE device_calibrations SET withdrawn_because = 'x'",
        "UPDATE test_results SET tested_on = '2024-01-01'",
    ):
        with pytest.raises(AccessError, match="database refuses this to your role"):
            run(foundation, "boss", statement)


def test_no_calibration_is_rewritten_or_filed_under_another_name(
    open_as: OpenAs, foundation: Foundation
) -> None:
    wang = open_as("wang")
    wang.catalog.add("test_devices", "K-5")
    made = wang.catalog.calibrate("K-5", "2019-01-01", "2019-12-31")
    for statement in (
        "UPDATE device_calibrations SET valid_until = '2099-01-01'",
        "UPDATE device_calibrations SET withdrawn_at = NULL",
        "DELETE FROM device_calibrations",
        (
            "INSERT INTO device_calibrations (device, calibrated_on, valid_until, created_by)"
            " VALUES ('K-5', '2024-01-01', '2025-01-01', 1)"
        ),
    ):
        with pytest.raises(AccessError, match="database refuses this to your role"):
            run(foundation, "wang", statement)
    withdraw = f"UPDATE device_calibrations SET withdrawn_because = 'x' WHERE id = {made.id}"
    run(foundation, "sun", withdraw)  # not sun's: no row is touched
    assert wang.catalog.calibrations("K-5")[-1].withdrawn_at is None
    run(foundation, "wang", withdraw)
    with pytest.raises(MggError, match="withdrawn once"):
        run(foundation, "wang", withdraw)
    with pytest.raises(StoreError, match="device_calibrations_period"):
        run(
            foundation,
            "wang",
            "INSERT INTO device_calibrations (device, calibrated_on, valid_until)"
            " VALUES ('K-5', '2024-01-01', '2024-01-01')",
        )


def test_the_day_of_a_test_is_a_day_that_has_been(open_as: OpenAs) -> None:
    wang = open_as("wang")
    known = fired(wang, "Y-H", 94_030, "2024-02-29")
    assert wang.tests.get(known).tested_on == date(2024, 2, 29)
    for on in ("2023-02-29", "2190-01-01", "1899-12-31", ""):
        with pytest.raises(IngestError, match="is no day of a test"):
            fired(wang, "Y-H", 94_031, on)
        with pytest.raises(IngestError, match="is no day of a test"):
            wang.tests.set_tested_on([known], on)
    assert wang.tests.list("k94031.xlsx") == []
    with pytest.raises(AccessError, match="is wang's"):
        open_as("sun").tests.set_tested_on([known], "2024-01-01")
    wang.tests.set_tested_on([known], None)
    assert wang.tests.get(known).tested_on is None


def test_a_test_whose_samples_are_cold_is_judged_too(lab: ArchiveLab) -> None:
    old = lab.add_test(day(2025, 1, 10))
    admin = lab.open_as()
    admin.catalog.calibrate("Y-H", "2025-02-01", "2026-01-31")
    with lab.foundation.database.begin(Caller("admin")) as (connection, _):
        from mgg_kernel.hot.recipes import store_recipe

        recipe_id = store_recipe(connection, recipe("Y-H"))
        connection.execute(
            text("UPDATE test_results SET recipe_id = :recipe WHERE id = :id"),
            {"recipe": recipe_id, "id": old},
        )
    assert admin.archive.run()
    assert lab.hot_rows() == 0
    judged = admin.tests.calibration_state(old)
    assert (judged.state, judged.tested_on) == ("not yet", date(2025, 1, 10))
    assert [t.test_result_id for t in admin.catalog.tests_out_of_calibration()] == [old]


class Kept(Workspace):
    """A workspace that leaves its foundation to the test."""

    def close(self) -> None:
        """Leave the foundation open: it is the test's."""


def test_the_commands(
    foundation: Foundation,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(
        "mgg_kernel.workspace.open", lambda **_: Kept(foundation, Caller("wang", None))
    )

    def mgg(*words: str, status: int = 0) -> str:
        assert main(list(words)) == status
        printed = capsys.readouterr()
        return printed.out + printed.err

    mgg("catalog", "add", "test_devices", "K-9")
    edited = json.loads(
        mgg("catalog", "edit", "test_devices", "K-9", "--maker", "厂", "--range", "60", "--json")
    )
    assert (edited["maker"], edited["sensor_range_mpa"], edited["version"]) == ("厂", 60.0, 2)
    stale = mgg(
        "catalog", "edit", "test_devices", "K-9", "--serial", "1", "--version", "1", status=1
    )
    assert "version 2 by now" in stale
    days = ("--on", "2024-01-01", "--until", "2024-12-31")
    made = json.loads(mgg("catalog", "calibrate", "K-9", *days, "--certificate", "C", "--json"))
    assert (made["calibrated_on"], made["created_by"]) == ("2024-01-01", "wang")
    told = mgg("catalog", "calibrations", "K-9", "--on", "2024-12-31")
    assert "K-9     calibrated" in told
    states = json.loads(mgg("catalog", "calibrations", "--on", "2025-01-01", "--json"))["states"]
    assert states["K-9"] == "expired"
    path = tmp_path / "k.xlsx"
    path.write_bytes(write_lab_workbook(example_curve(seed=94_040), "K40"))
    order = Kept(foundation, Caller("wang")).work_orders.create(recipe=recipe("K-9"))
    stored = json.loads(
        mgg(
            "ingest", str(path), "--work-order", order.number, "--tested-on", "2025-01-01", "--json"
        )
    )
    test_id = stored["results"][0]["test_result_id"]
    flagged = json.loads(mgg("catalog", "out-of-calibration", "--json"))["tests"]
    assert {
        "test_result_id": test_id,
        "name": "k",
        "device": "K-9",
        "tested_on": "2025-01-01",
        "tested_on_is_known": True,
        "state": "expired",
    } in flagged
    assert "expired" in mgg("catalog", "out-of-calibration")
    mgg("catalog", "withdraw-calibration", str(made["id"]), "--because", "wrong")
    history = mgg("catalog", "history", "test_devices", "K-9")
    assert "maker: '' → '厂'" in history
    assert "withdrawn" in history
    changes = json.loads(mgg("catalog", "history", "test_devices", "K-9", "--json"))["changes"]
    assert [c["action"] for c in changes] == ["withdrawn", "added", "changed", "added"]

"""Conditioning temperatures: stored with tests, by those who may, and used in lots and shots."""

import json
from pathlib import Path

import pytest
from conftest import OpenAs
from sqlalchemy import text

from mgg_kernel.cli import main
from mgg_kernel.errors import AccessError, IngestError, NotFoundError, StoreError
from mgg_kernel.hot.database import Caller
from mgg_kernel.ingest import example_curve, write_lab_workbook
from mgg_kernel.workspace import Foundation, Workspace


class Kept(Workspace):
    """A workspace that leaves its foundation to the test."""

    def close(self) -> None:
        """Leave the foundation open: it is the test's."""


@pytest.fixture
def as_wang(foundation: Foundation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "mgg_kernel.workspace.open", lambda **_: Kept(foundation, Caller("wang", None))
    )


def stored(workspace: Workspace, seed: int, at_c: float | None = None, peak: float = 58.0) -> int:
    data = write_lab_workbook(example_curve(peak_mpa=peak, seed=seed), f"T{seed}")
    (one,) = workspace.tests.ingest(data, f"t{seed}.xlsx", conditioning_temperature_c=at_c)
    assert one.test_result_id is not None
    return one.test_result_id


def test_a_temperature_is_stored_with_a_test_or_not_known(open_as: OpenAs) -> None:
    wang = open_as("wang")
    hot, unknown = stored(wang, 91_001, 85.0), stored(wang, 91_002)
    assert wang.tests.get(hot).conditioning_temperature_c == 85.0
    assert wang.tests.get(unknown).conditioning_temperature_c is None
    listed = {test.id: test.conditioning_temperature_c for test in wang.tests.list(limit=50)}
    assert (listed[hot], listed[unknown]) == (85.0, None)


@pytest.mark.parametrize("at_c", [-273.15, 200.1, float("nan"), float("inf"), -1e9])
def test_what_is_no_temperature_is_refused_and_nothing_is_stored(
    open_as: OpenAs, foundation: Foundation, at_c: float
) -> None:
    wang = open_as("wang")
    with pytest.raises(IngestError, match="is no conditioning temperature"):
        stored(wang, 91_010, at_c)
    assert wang.tests.list("t91010.xlsx") == []
    known = stored(wang, 91_011)
    with pytest.raises(IngestError, match="is no conditioning temperature"):
        wang.tests.set_temperature([known], at_c)
    # The database itself holds it, whatever program writes.
    with (
        pytest.raises(StoreError),
        foundation.database.begin(Caller("wang")) as (connection, _),
    ):
        connection.execute(
            text("UPDATE test_results SET conditioning_temperature_c = :t WHERE id = :id"),
            {"t": at_c, "id": known},
        )


@pytest.mark.parametrize("at_c", [-273.14, -35.0, 200.0])
def test_the_ends_of_the_range_are_taken(open_as: OpenAs, at_c: float) -> None:
    wang = open_as("wang")
    one = stored(wang, 91_012)
    wang.tests.set_temperature([one], at_c)
    assert wang.tests.get(one).conditioning_temperature_c == at_c


def test_who_stored_a_test_or_an_administrator_sets_its_temperature(open_as: OpenAs) -> None:
    wang, other, root, boss = (open_as(name) for name in ("wang", "sun", "system", "boss"))
    mine, theirs = stored(wang, 91_020), stored(other, 91_021)
    wang.tests.set_temperature([mine], 23.0)
    with pytest.raises(AccessError, match=f"The test {theirs} is sun's"):
        wang.tests.set_temperature([mine, theirs], 85.0)
    assert wang.tests.get(mine).conditioning_temperature_c == 23.0, "all of them, or none"
    with pytest.raises(AccessError):
        boss.tests.set_temperature([mine], 85.0)
    root.tests.set_temperature([mine, theirs], -35.0)
    assert wang.tests.get(theirs).conditioning_temperature_c == -35.0
    wang.tests.set_temperature([mine], None)
    assert wang.tests.get(mine).conditioning_temperature_c is None
    with pytest.raises(NotFoundError):
        wang.tests.set_temperature([10**9], 23.0)


def test_a_change_is_in_the_log(open_as: OpenAs, foundation: Foundation) -> None:
    wang = open_as("wang")
    one = stored(wang, 91_025, 23.0)
    wang.tests.set_temperature([one], 85.0)
    query = (
        "SELECT details FROM operation_logs WHERE object_type = 'test_results'"
        f" AND object_id = '{one}' AND action = 'set a temperature'"
    )
    with foundation.database.begin(Caller("wang")) as (connection, _):
        (details,) = connection.execute(text(query)).scalars()
    assert (details["from_c"], details["to_c"]) == (23.0, 85.0)


def test_lots_are_judged_by_the_stored_temperatures(open_as: OpenAs) -> None:
    wang = open_as("wang")
    cold = [stored(wang, 91_030 + n, -34.0 - n, 52 + 0.1 * n) for n in range(3)]
    hot = [stored(wang, 91_040 + n, 85.0, 60 + 0.1 * n) for n in range(3)]
    report = wang.tests.lot(ids=[*cold, *hot], lower=45, upper=66)
    assert [group.conditioned_c for group in report.groups] == [-35.0, 85.0]
    assert [len(group.lots[0].shots) for group in report.groups] == [3, 3]
    given = wang.tests.lot(ids=[*cold, *hot], temperatures_c={hot[0]: -35.0})
    assert [len(group.lots[0].shots) for group in given.groups] == [4, 2]
    only = wang.tests.lot(lots={"A": cold[:2], "B": [*hot, cold[2]]}, temperature_c=85)
    assert [(row.lot, len(row.shots)) for row in only.groups[0].lots] == [("B", 3)]
    assert [
        shot.id for shot in wang.tests.series(ids=[*cold, *hot], temperature_c=-35).shots
    ] == cold
    assert len(wang.tests.shots(ids=[*cold, *hot], temperature_c=85).runs) == 3
    with pytest.raises(NotFoundError, match="within 5 K of 23 °C"):
        wang.tests.shots(ids=cold, temperature_c=23)


def test_tests_without_a_temperature_are_judged_together_as_before(open_as: OpenAs) -> None:
    wang = open_as("wang")
    ids = [stored(wang, 91_050 + n) for n in range(3)]
    (group,) = wang.tests.lot(ids=ids).groups
    assert group.conditioned_c is None
    assert len(group.lots[0].shots) == 3


@pytest.mark.usefixtures("as_wang")
def test_the_commands_store_show_and_choose(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = []
    for number, at_c in enumerate(("85", "84.5", "-35")):
        path = tmp_path / f"c{number}.xlsx"
        path.write_bytes(write_lab_workbook(example_curve(seed=91_060 + number), f"C{number}"))
        assert main(["ingest", str(path), "--temperature", at_c, "--json"]) == 0
        (row,) = json.loads(capsys.readouterr().out)["results"]
        ids.append(str(row["test_result_id"]))
    assert main(["tests", "--json"]) == 0
    listed = {str(t["id"]): t for t in json.loads(capsys.readouterr().out)["tests"]}
    assert [listed[one]["conditioning_temperature_c"] for one in ids] == [85.0, 84.5, -35.0]
    assert main(["lot", *ids, "--json"]) == 0
    groups = json.loads(capsys.readouterr().out)["groups"]
    assert [group["conditioned_c"] for group in groups] == [-35.0, 85.0]
    assert main(["lot", *ids, "--temperature", "85", "--json"]) == 0
    (group,) = json.loads(capsys.readouterr().out)["groups"]
    assert len(group["lots"][0]["shots"]) == 2
    assert main(["shots", *ids, "--temperature", "-35", "--json"]) == 0
    assert [one["test_id"] for one in json.loads(capsys.readouterr().out)["shots"]] == [int(ids[2])]
    for words in (["lot", *ids, "--temperature", "23"], ["lot", *ids, "--temperature", "warm"]):
        assert main(words) == 1
        assert capsys.readouterr().err.count("\n") == 1
    path = tmp_path / "bad.xlsx"
    path.write_bytes(write_lab_workbook(example_curve(seed=91_069), "bad"))
    assert main(["ingest", str(path), "--temperature", "300"]) == 1
    assert "is no conditioning temperature" in capsys.readouterr().out

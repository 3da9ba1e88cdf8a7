"""Corridors that are stored: versions, rights, what they were drawn from, verdicts, the command."""

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import OpenAs
from sqlalchemy import text

from mgg_kernel.cli import main
from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import AccessError, LotError, MggError, NotFoundError, StoreError
from mgg_kernel.hot.database import Caller
from mgg_kernel.ingest import example_curve, write_lab_workbook
from mgg_kernel.lots import Corridor, judge
from mgg_kernel.recipe import Recipe
from mgg_kernel.workspace import Foundation, Workspace

LEVEL = Corridor("level", lower=((0, -1), (30, -1)), upper=((0, 70), (30, 70)))


def named(name: str, *, top_mpa: float = 70.0, note: str = "") -> Corridor:
    return Corridor(name, lower=((0, -1), (30, -1)), upper=((0, top_mpa), (30, top_mpa)), note=note)


def shot(seed: int, peak_mpa: float) -> PTCurve:
    """A curve of 800 samples with a peak of its own: a workbook of it is quickly written."""
    curve = example_curve(peak_mpa=peak_mpa, seed=seed)
    return PTCurve(curve.time_ms[::5], curve.pressure_mpa[::5])


def stored_test(workspace: Workspace, curve: PTCurve, name: str) -> int:
    (result,) = workspace.tests.ingest(write_lab_workbook(curve, name), f"{name}.xlsx")
    assert result.test_result_id is not None
    return result.test_result_id


def test_a_change_is_the_next_version_and_no_change_is_none(open_as: OpenAs) -> None:
    desk = open_as("wang").corridors
    first = desk.save(named("versions", note="for series A"))
    assert (first.corridor.version, first.created_by, first.provenance) == (1, "wang", {})
    assert first.corridor == named("versions", note="for series A")
    assert desk.save(named("versions", note="for series A")) == first
    second = desk.save(named("versions", top_mpa=65), provenance={"letter": "of May"})
    assert (second.corridor.version, second.provenance) == (2, {"letter": "of May"})
    assert desk.get("versions") == second
    assert desk.get("versions", 1) == first
    assert desk.versions("versions") == (second, first)
    assert desk.list("version")[0] == second
    assert [one.corridor.name for one in desk.list("versions")] == ["versions"]


def test_a_deleted_version_gives_way_to_the_one_before_and_its_number_stays_taken(
    open_as: OpenAs,
) -> None:
    desk = open_as("wang").corridors
    for top in (70, 60):
        desk.save(named("taken", top_mpa=top))
    desk.delete("taken", 2)
    assert desk.get("taken").corridor.version == 1
    assert desk.get("taken", 2).is_deleted
    assert desk.save(named("taken", top_mpa=60)).corridor.version == 3
    desk.delete("taken", 3)
    desk.delete("taken", 1)
    assert desk.list("taken") == []
    with pytest.raises(NotFoundError, match="no corridor 'taken'"):
        desk.get("taken")
    desk.restore("taken", 1)
    assert desk.get("taken").corridor.version == 1


def test_rights(open_as: OpenAs) -> None:
    wang, sun, boss, admin = (open_as(who).corridors for who in ("wang", "sun", "boss", "admin"))
    wang.save(named("rights"))
    assert sun.get("rights").created_by == "wang"
    with pytest.raises(AccessError, match="wang's"):
        sun.delete("rights", 1)
    for refused in (
        lambda: boss.save(named("rights", top_mpa=1)),
        lambda: boss.from_tests([1, 2], "rights"),
        lambda: boss.delete("rights", 1),
    ):
        with pytest.raises(AccessError):
            refused()
    assert [one.corridor.version for one in boss.versions("rights")] == [1]
    admin.delete("rights", 1)
    assert wang.versions("rights")[0].is_deleted
    log = open_as("admin").log.list(limit=50)
    entries = [one for one in log if one.object_id == "rights 1"]
    assert {one.action for one in entries} >= {"store a corridor", "delete a corridor"}


def test_the_database_itself_keeps_versions_as_they_are(
    foundation: Foundation, open_as: OpenAs
) -> None:
    stored = open_as("wang").corridors.save(named("kept"))
    for statement in (
        "UPDATE corridors SET limits = '{}' WHERE id = :id",
        "UPDATE corridors SET version = 9 WHERE id = :id",
        "DELETE FROM corridors WHERE id = :id",
    ):
        with (
            pytest.raises((AccessError, StoreError)),
            foundation.database.begin(Caller("wang")) as (connection, _),
        ):
            connection.execute(text(statement), {"id": stored.id})
    assert open_as("wang").corridors.get("kept") == stored


def test_another_team_sees_none_of_it(open_as: OpenAs) -> None:
    open_as("wang").corridors.save(named("theirs"))
    stranger = open_as("stranger").corridors
    assert stranger.list("theirs") == []
    with pytest.raises(NotFoundError):
        stranger.get("theirs")
    assert stranger.save(named("theirs", top_mpa=50)).corridor.version == 1
    assert open_as("wang").corridors.get("theirs").corridor.upper[0][1] == 70


def test_two_at_once_get_a_version_each(open_as: OpenAs) -> None:
    desks = [open_as(who).corridors for who in ("wang", "sun", "wang", "sun")]
    failed: list[MggError] = []

    def save(desk: Any, top: float) -> None:
        try:
            desk.save(named("at once", top_mpa=top))
        except MggError as error:
            failed.append(error)

    threads = [threading.Thread(target=save, args=(desk, 50 + n)) for n, desk in enumerate(desks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert [one.corridor.version for one in desks[0].versions("at once")] == [4, 3, 2, 1]


def test_drawn_from_tests_it_says_so_and_judges_them(open_as: OpenAs) -> None:
    wang = open_as("wang")
    shots = [shot(seed, 58 + 0.4 * seed) for seed in range(5)]
    ids = [stored_test(wang, one, f"drawn {n}") for n, one in enumerate(shots)]
    stored = wang.corridors.from_tests(
        ids, "drawn", k=3, filter="cfc1000", least_half_width_mpa=0.5, note="series D"
    )
    assert stored.provenance["tests"] == ids
    assert (stored.provenance["k"], stored.provenance["coverage"]) == (3, None)
    assert stored.provenance["filter"].startswith("cfc1000")
    assert stored.corridor.note.startswith("series D: mean ± 3 standard deviations")
    inside = wang.corridors.judge("drawn", tests=ids)
    assert [(one.kind, one.id, one.passed) for one in inside] == [("test", i, True) for i in ids]
    # Judged behind the filter that it was drawn behind.
    expected = judge(shots[0].filtered(1000), stored.corridor)
    assert inside[0].verdict == expected
    outside = shot(9, 75)
    odd = stored_test(wang, outside, "drawn odd")
    (one,) = wang.corridors.judge("drawn", tests=[odd])
    assert one.verdict is not None
    assert (one.passed, one.verdict.side) == (False, "upper")
    # The verdict names where and by how much.
    top = np.interp(one.verdict.at_time_ms, *np.array(stored.corridor.upper).T)
    there = np.interp(
        one.verdict.at_time_ms - one.verdict.shift_ms,
        outside.time_ms,
        outside.filtered(1000).pressure_mpa,
    )
    assert one.verdict.smallest_margin_mpa == pytest.approx(top - there, abs=1e-9)


def test_a_curve_that_cannot_be_judged_says_why_and_stops_no_other(open_as: OpenAs) -> None:
    wang = open_as("wang")
    wang.corridors.save(named("whole", top_mpa=500))
    recipe = Recipe.parse(
        igniter="135", nc=["B:733.1"], shell="22", current="1.2", vessel="10-892", device="Y-H"
    )
    simulated = wang.simulations.run(recipe).id
    short = PTCurve([0.0, 1.0, 2.0], [0.0, 1.0, 0.5])
    found = wang.corridors.judge(
        "whole", tests=[10**9], simulations=[simulated], curves=[short, simulated_curve()]
    )
    assert [(one.kind, one.id, one.passed) for one in found] == [
        ("test", 10**9, False),
        ("simulation", simulated, True),
        ("curve", 1, False),
        ("curve", 2, True),
    ]
    assert "no test" in found[0].reason.lower()
    assert "partly=True" in found[2].reason
    (partly,) = wang.corridors.judge("whole", curves=[short], partly=True)
    assert partly.passed
    assert wang.corridors.judge(LEVEL, curves=[shot(0, 60)])[0].passed
    with pytest.raises(NotFoundError, match="mgg corridor list"):
        wang.corridors.judge("no such", curves=[short])


def simulated_curve() -> PTCurve:
    return PTCurve(np.arange(0.0, 40.0, 0.1), np.full(400, 12.0))


@pytest.mark.parametrize(
    ("corridor", "reason"),
    [(named("n", note="x" * 1001), "1,000 characters"), (named(" spaced "), "space")],
)
def test_what_cannot_be_stored_is_refused(open_as: OpenAs, corridor: Corridor, reason: str) -> None:
    with pytest.raises(LotError, match=reason):
        open_as("wang").corridors.save(corridor)
    with pytest.raises(LotError):
        open_as("wang").corridors.from_tests([], "none")


# --- command


class Kept(Workspace):
    """A workspace that leaves the foundation of the tests open."""

    def close(self) -> None:
        """Leave everything open."""


@pytest.fixture
def mgg(
    foundation: Foundation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Any:
    monkeypatch.setattr(
        "mgg_kernel.workspace.open", lambda **_: Kept(foundation, Caller("wang", None))
    )

    def run(*words: object) -> Any:
        assert main(["corridor", *map(str, words), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return run


def test_the_command(mgg: Any, open_as: OpenAs, tmp_path: Path) -> None:
    file = tmp_path / "limits.csv"
    file.write_text("time_ms,low_mpa,high_mpa\n0,,70\n5,-2,\n30,-2,70\n")
    made = mgg("new", "typed in", "--file", file, "--note", "from the drawing")
    assert made["corridor"]["lower"] == [[5, -2], [30, -2]]
    assert made["corridor"]["upper"] == [[0, 70], [30, 70]]
    assert (made["corridor"]["note"], made["provenance"]) == (
        "from the drawing",
        {"file": "limits.csv"},
    )
    for suffix in (".json", ".csv"):
        out = tmp_path / f"out{suffix}"
        mgg("show", "typed in", "--out", out)
        again = mgg("new", f"again{suffix}", "--file", out)
        assert again["corridor"]["lower"] == made["corridor"]["lower"]
        assert again["corridor"]["upper"] == made["corridor"]["upper"]
    wang = open_as("wang")
    good = stored_test(wang, shot(31, 61), "by command")
    high = tmp_path / "high.xlsx"
    high.write_bytes(write_lab_workbook(shot(32, 90), "high"))
    answer = mgg("judge", "typed in", good, high)
    assert (answer["passed"], answer["of"]) == (1, 2)
    assert [one["verdict"]["passed"] for one in answer["curves"]] == [True, False]
    drawn = mgg("new", "around", "--tests", good, stored_test(wang, shot(33, 62), "b2"), "--k", 4)
    assert drawn["provenance"]["k"] == 4
    assert mgg("versions", "typed in")["corridors"][0]["id"] == made["id"]
    mgg("delete", "typed in", "--version", 1)
    assert mgg("list", "--search", "typed")["corridors"] == []
    mgg("restore", "typed in", "--version", 1)
    assert [one["id"] for one in mgg("list", "--search", "typed")["corridors"]] == [made["id"]]


@pytest.mark.usefixtures("mgg")
@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["show", "nothing of this name"], "There is no corridor"),
        (["new", "x", "--file", "{bad}"], "is no corridor"),
        (["new", "x", "--file", "{good}", "--k", "3"], "takes no --k"),
        (["new", "x", "--tests", "999999999"], "999999999"),
        (["delete", "nothing of this name", "--version", "1"], "There is no corridor"),
        (["show", "nothing of this name", "--out", "a.xls"], "end 'a.xls' with"),
    ],
)
def test_the_command_refuses_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], reason: str
) -> None:
    (tmp_path / "bad.csv").write_text("time,p\n1,2\n")
    (tmp_path / "good.csv").write_text("time_ms,low_mpa,high_mpa\n0,0,70\n30,0,70\n")
    given = [word.format(bad=tmp_path / "bad.csv", good=tmp_path / "good.csv") for word in words]
    assert main(["corridor", *given]) == 1
    told = capsys.readouterr()
    assert reason in told.err
    assert told.err.count("\n") == 1


def test_the_command_tells_a_person(
    mgg: Any, open_as: OpenAs, capsys: pytest.CaptureFixture[str]
) -> None:
    del mgg
    open_as("wang").corridors.save(named("spoken", top_mpa=71))
    for words, told in (
        (["list", "--search", "no such name at all"], "No corridors yet"),
        (["list", "--search", "spoken"], "none"),
        (["show", "spoken"], "upper limit [MPa at ms]: 71 at 0, 71 at 30"),
        (["judge", "spoken", "simulation:999999999"], "0 of 1 passed"),
    ):
        assert main(["corridor", *words]) == 0
        assert told in capsys.readouterr().out

"""The Home page: what needs attention, for each role, and what is new."""

import itertools
import time

from conftest import OpenAs

from mgg_kernel.ingest import example_curve, write_lab_workbook
from mgg_kernel.recipe import Recipe
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.home import Card, HomeModel, HomeView
from mgg_kernel.ui.home.telling import answer_html, cards_html, newest_html
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.ui.words import Words
from mgg_kernel.workspace import Workspace

seeds = itertools.count(640_000)
RECIPE = Recipe.parse(
    igniter="135", nc=["B:719.625"], shell="22", current="1.2", vessel="10-892", device="Y-H"
)


def loaded(ws: Workspace) -> HomeModel:
    model = HomeModel(ws)
    model.load()
    return model


def card(model: HomeModel, kind: str) -> Card:
    return next(one for one in model.cards if one.kind == kind)


def stored(ws: Workspace, name: str) -> int:
    data = write_lab_workbook(example_curve(seed=next(seeds)), "P-home")
    (result,) = ws.tests.ingest(data, name)
    assert result.test_result_id is not None
    return result.test_result_id


def test_an_unlinked_test_is_counted_until_it_is_linked(open_as: OpenAs) -> None:
    wang = open_as("wang")
    before = card(loaded(wang), "unlinked").values["count"]
    test_id = stored(wang, "home unlinked.xlsx")
    model = loaded(wang)
    assert card(model, "unlinked").values["count"] == int(str(before)) + 1
    assert card(model, "unlinked").state == "attention"
    assert model.found is not None
    assert test_id in [one.id for one in model.found.tests]
    wang.tests.delete(test_id)
    assert card(loaded(wang), "unlinked").values["count"] == before


def test_a_poor_comparison_is_named_with_its_score(open_as: OpenAs) -> None:
    wang = open_as("wang")
    simulation = wang.simulations.run(RECIPE)
    made = wang.comparisons.save(simulation.id, stored(wang, "home poor.xlsx"))
    score = made.scores["iso18571"]["overall"]
    model = loaded(wang)
    assert model.found is not None
    counts = model.found.counts
    is_poor = score <= 0.58
    assert is_poor == (counts.worst_score is not None and counts.worst_score <= score)
    if is_poor:
        assert counts.failing >= 1
        assert card(model, "failing").query["comparison"] == counts.worst_id
    html = newest_html(model, Words("en"))
    assert f'href="compare?comparison={made.id}"' in html
    assert f'href="compare?simulation={simulation.id}"' in html


def test_a_file_in_quarantine_is_counted(open_as: OpenAs) -> None:
    sun = open_as("sun")
    before = int(str(card(loaded(sun), "quarantine").values["count"]))
    (result,) = sun.tests.try_ingest(b"no workbook 640", "home bad.xlsx", quarantine=True)
    assert result.test_result_id is None
    assert card(loaded(sun), "quarantine").values["count"] == before + 1


def test_each_role_sees_what_it_can_see_to(open_as: OpenAs) -> None:
    kinds = {name: {one.kind for one in loaded(open_as(name)).cards} for name in
             ("boss", "wang", "admin")}  # fmt: skip
    assert kinds["boss"] == {"failing", "doubtful", "calibration", "running"}
    assert kinds["wang"] == kinds["boss"] | {"unlinked", "quarantine"}
    assert kinds["admin"] == kinds["wang"] | {"archive", "backup", "chain", "disk"}


def test_no_backup_and_no_verification_are_told_to_administrators(open_as: OpenAs) -> None:
    admin = open_as("admin")
    model = loaded(admin)
    assert "No backup is known yet." in cards_html(model, Words("en"))
    assert card(model, "backup").state == "attention"
    admin.audit.verify()
    model = loaded(admin)
    assert card(model, "chain").state in ("calm", "alarm")
    assert card(model, "chain").values["at"] is not None


def test_the_answer_counts_what_needs_attention(open_as: OpenAs) -> None:
    model = loaded(open_as("admin"))
    count = sum(one.state != "calm" for one in model.cards)
    assert f">{count}<" in answer_html(model, Words("en"))
    states = [one.state for one in model.cards]
    assert states == sorted(states, key=("alarm", "attention", "calm").index)


def test_the_page_says_it_in_both_languages_and_in_time(open_as: OpenAs) -> None:
    ws = open_as("admin")
    for language, word in (("en", "Newest tests"), ("zh", "最新测试")):
        view = HomeView(HomeModel(ws), Viewer(language=language), Guard(Words(language)))
        view.load()
        assert word in view._newest.value
    began = time.perf_counter()
    for _ in range(3):
        view.load()
    assert (time.perf_counter() - began) / 3 < 1.0, "0.2 s on a machine that does nothing else"


def test_what_goes_wrong_is_told_and_the_page_stays(open_as: OpenAs) -> None:
    ws = open_as("boss")
    guard = Guard(Words("en"))
    view = HomeView(HomeModel(ws), Viewer(), guard)
    view.model._ws = open_as("nobody at all")
    view.load()
    assert guard.trouble is not None
    assert "Nothing could be counted" in view._answer.value


def test_a_name_of_a_test_is_no_markup(open_as: OpenAs) -> None:
    wang = open_as("wang")
    stored(wang, "R&D 640.xlsx")
    html = newest_html(loaded(wang), Words("en"))
    assert "R&amp;D 640" in html
    assert "R&D 640" not in html

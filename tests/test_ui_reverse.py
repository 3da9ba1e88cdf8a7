"""The Reverse page: from what is wanted to recipes, and on to a simulation or an order."""

import numpy as np
import pytest
from conftest import OpenAs

from mgg_kernel.errors import NotFoundError, ReverseError
from mgg_kernel.recipe import Recipe
from mgg_kernel.reverse import Constraints, Target
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.reverse import ReverseModel, ReverseView
from mgg_kernel.ui.reverse.telling import answer_html
from mgg_kernel.ui.reverse.wanted import curve_of_points
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.ui.words import Words
from mgg_kernel.workspace import Workspace

EN = Words("en")
RECIPE = Recipe.parse(
    igniter="135", nc=["B:721.5"], shell="22", current="1.2", vessel="10-892", device="Y-H"
)


def loaded(ws: Workspace, **query: str) -> ReverseModel:
    model = ReverseModel(ws)
    model.load(query)
    if model.may_work:
        model.form.fill(RECIPE)
        model.max_charges = "1"
    return model


def shown(ws: Workspace, language: str = "en", **query: str) -> ReverseView:
    t = Words(language)  # type: ignore[arg-type]
    viewer = Viewer("wang", language=t.language, query=query)
    view = ReverseView(ReverseModel(ws), viewer, Guard(t))
    view.load()
    if view.model.may_work:
        view.model.form.fill(RECIPE)
        view.charges.value = "1"
    return view


class TestModel:
    def test_what_is_found_is_stored_used_and_reopened(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        wanted = wang.simulations.run(RECIPE).summary
        model = loaded(wang)
        model.wanted.peak_pressure_mpa = f"{wanted.peak_pressure_mpa:.4f}"
        model.wanted.peak_time_ms = f"{wanted.peak_time_ms:.4f}"
        for _ in model.search():
            pass
        assert model.stored is not None
        assert model.chosen is not None
        assert model.stored.reverse.reachable
        of_b = [
            one.recipe.nc[0]
            for one in model.stored.reverse.candidates
            if one.recipe.nc and one.recipe.nc[0].type_code == "B"
        ]
        assert float(of_b[0].mass_mg) == pytest.approx(721.5, rel=0.05)
        model.simulate()
        assert model.simulated is not None
        assert model.simulated.summary.recipe == model.chosen.recipe
        model.order()
        assert model.ordered is not None
        assert model.ordered.reverse_simulation_id == model.stored.id
        again = loaded(wang, reverse=str(model.stored.id))
        assert again.stored is not None
        assert again.stored.reverse == model.stored.reverse
        boss = loaded(open_as("boss"), **{key: str(value) for key, value in model.query.items()})
        assert boss.stored is not None
        assert not boss.may_work

    def test_a_search_that_is_ended_stores_nothing(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        model = loaded(wang)
        model.max_charges = "3"
        model.wanted.peak_pressure_mpa = "44.44"
        before = wang.simulations.reverse.list(limit=1)
        work = model.search()
        next(work)
        work.close()
        assert model.progress is None
        assert wang.simulations.reverse.list(limit=1) == before

    def test_a_test_in_the_address_is_wanted(self, open_as: OpenAs) -> None:
        with pytest.raises(NotFoundError):
            loaded(open_as("wang"), test="999999999")
        with pytest.raises(NotFoundError):
            loaded(open_as("wang"), reverse="999999999")


class TestDrawn:
    def test_points_are_joined_from_nought_on(self) -> None:
        curve = curve_of_points("5, 10\n\n10 40\n 30;20 ")
        assert curve.time_ms[0] == 0.0
        assert curve.time_ms[-1] == pytest.approx(30.0)
        read = np.interp([2.5, 5.0, 7.5, 20.0], curve.time_ms, curve.pressure_mpa)
        assert read == pytest.approx([5.0, 10.0, 25.0, 30.0])

    @pytest.mark.parametrize(
        ("points", "said"),
        [
            ("", "at least two points"),
            ("5 10", "at least two points"),
            ("5 10\n4 20", "must rise"),
            ("5 10\nten 20", "'ten' is no number"),
            ("5 10 20\n6 7", "Line 1 of the drawn curve"),
            ("5 nan\n6 7", "'nan' is no number"),
        ],
    )
    def test_what_makes_no_curve_is_said(self, points: str, said: str) -> None:
        with pytest.raises(ReverseError, match=said):
            curve_of_points(points)


class TestView:
    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_a_press_finds_recipes(self, open_as: OpenAs, language: str) -> None:
        view = shown(open_as("wang"), language)
        view.peak.value = "50"
        view.run.click()
        assert view._guard.trouble is None
        assert view.model.stored is not None
        assert len(view._picture.children) == 1
        assert view.candidates.rows()
        view.order.click()
        assert view.model.ordered is not None
        assert view.model.ordered.number in view._made.value

    @pytest.mark.parametrize(
        ("kind", "field", "text"),
        [("read_outs", "peak", ""), ("read_outs", "peak", "fifty"), ("test", "test", "mine")],
    )
    def test_what_makes_no_target_is_said_and_kept(
        self, open_as: OpenAs, kind: str, field: str, text: str
    ) -> None:
        view = shown(open_as("wang"))
        view.kind.value = kind
        getattr(view, field).value = text
        view.run.click()
        assert view._guard.trouble is not None
        assert getattr(view, field).value == text
        assert not view.run.disabled

    def test_only_the_fields_of_what_is_wanted_are_there(self, open_as: OpenAs) -> None:
        view = shown(open_as("wang"))
        fields = {
            "read_outs": view._read_outs,
            "test": view.test,
            "corridor": view.corridor,
            "drawn": view.points,
        }
        for kind in fields:
            view.kind.value = kind
            visible = {name for name, one in fields.items() if one.layout.display is None}
            assert visible == {kind}

    def test_a_manager_sees_no_form(self, open_as: OpenAs) -> None:
        view = shown(open_as("boss"))
        assert view._tools.layout.display == "none"
        assert "Choose a reverse simulation" in answer_html(view.model, EN)
        view.peak.value = "50"
        view.run.click()
        assert view._guard.trouble is not None

    def test_the_form_holds_what_a_stored_search_had_asked(self, open_as: OpenAs) -> None:
        ws = open_as("wang")
        asked = Constraints(("60",), "10-892", "17", "1.4", "Y-H", max_charges=1)
        stored = ws.simulations.reverse(
            Target(peak_pressure_mpa=47.0, time_tolerance_percent=9.0), asked
        )
        view = ReverseView(
            ReverseModel(ws), Viewer("wang", query={"reverse": str(stored.id)}), Guard(EN)
        )
        view.load()
        form = view.model.form
        assert (view.peak.value, view.peak_time.value) == ("47", "")
        assert (view.model.wanted.time_percent, view.model.max_charges) == ("9", "1")
        assert (form.shell_height_mm, form.firing_current_a) == ("17", "1.4")
        assert (form.igniter, form.vessel, form.device) == ("60", "10-892", "Y-H")

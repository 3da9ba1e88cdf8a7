"""The Simulate page: a recipe becomes a curve, stays in the picture, and is varied."""

import itertools

import pytest
from conftest import OpenAs

from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation import simulate
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.recipe_form import RecipeForm
from mgg_kernel.ui.simulate import SimulateModel, SimulateView
from mgg_kernel.ui.simulate.telling import answer_html, curve_html
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.ui.words import Words
from mgg_kernel.workspace import Workspace

# No other test simulates so much of it.
masses = itertools.count(1740)
EN = Words("en")


def recipe(mass_mg: float) -> Recipe:
    return Recipe.parse(
        igniter="135",
        nc=[f"B:{mass_mg}"],
        shell="22",
        current="1.2",
        vessel="10-892",
        device="Y-H",
    )


def loaded(ws: Workspace, **query: str) -> SimulateModel:
    model = SimulateModel(ws)
    model.load(query)
    return model


def shown(ws: Workspace, language: str = "en", **query: str) -> SimulateView:
    t = Words(language)  # type: ignore[arg-type]
    viewer = Viewer("wang", language=t.language, query=query)
    view = SimulateView(SimulateModel(ws), viewer, Guard(t))
    view.load()
    return view


def write(form: RecipeForm, mass_mg: float) -> None:
    form.fill(recipe(mass_mg))


class TestModel:
    def test_a_recipe_is_simulated_stored_and_reopened(self, open_as: OpenAs) -> None:
        wang, mass = open_as("wang"), next(masses)
        model = loaded(wang)
        write(model.form, mass)
        model.run()
        assert model.shown is not None
        same = wang.simulations.run(recipe(mass))
        assert same.repeated
        assert model.shown.summary.id == same.id
        assert model.shown.curve == same.curve
        assert model.listed[0].id == same.id
        again = loaded(wang, **{key: str(value) for key, value in model.query.items()})
        assert again.shown is not None
        assert again.shown.curve == same.curve
        assert again.form.nc_1_mass_mg == str(mass)

    def test_curves_stay_in_the_picture(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        model, made = loaded(wang), []
        for _ in range(7):
            write(model.form, next(masses))
            model.run()
            model.keep()
            model.keep()  # the same once is enough
            assert model.shown is not None
            made.append(model.shown.summary.id)
        assert [one.summary.id for one in model.kept] == made[-5:]
        again = loaded(wang, **{key: str(value) for key, value in model.query.items()})
        assert [one.summary.id for one in again.kept] == made[-5:]
        model.forget()
        assert model.kept == ()

    def test_a_series_is_each_amounts_own_simulation(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        model = loaded(wang)
        write(model.form, 700)
        before = wang.simulations.list(limit=1)
        steps = list(model.vary("nc_1", "600", " 800 ", "5"))
        assert len(steps) == 5
        assert [str(one.mass_mg) for one in model.variants] == [
            f"{mass}.000" for mass in (600, 650, 700, 750, 800)
        ]
        expected = simulate(recipe(650), wang.simulations.model())
        assert model.variants[1].simulation.curve == expected.curve
        peaks = [one.simulation.features.peak_pressure_mpa for one in model.variants]
        assert peaks == sorted(peaks)
        assert wang.simulations.list(limit=1) == before

    def test_a_series_that_is_cut_off_keeps_what_is_done(self, open_as: OpenAs) -> None:
        model = loaded(open_as("wang"))
        write(model.form, 700)
        work = model.vary("nc_1", "600", "800", "5")
        for _ in range(3):
            next(work)
        assert model.progress == (2, 5)
        work.close()
        assert (len(model.variants), model.progress) == (2, ())

    def test_what_looks_like_it(self, open_as: OpenAs) -> None:
        from mgg_kernel.ingest import write_lab_workbook

        wang = open_as("wang")
        model = loaded(wang)
        write(model.form, next(masses))
        model.run()
        assert model.shown is not None
        data = write_lab_workbook(model.shown.curve, "alike")
        (result,) = wang.tests.ingest(data, "alike.xlsx")
        model.find_alike()
        assert model.alike[0].id == result.test_result_id

    def test_a_manager_only_looks(self, open_as: OpenAs) -> None:
        made = open_as("wang").simulations.run(recipe(next(masses)))
        model = loaded(open_as("boss"), simulation=str(made.id))
        assert not model.may_work
        assert model.shown is not None
        assert model.shown.curve == made.curve


class TestView:
    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_a_press_makes_a_curve(self, open_as: OpenAs, language: str) -> None:
        view = shown(open_as("wang"), language)
        write(view.model.form, next(masses))
        view.run.click()
        assert view._guard.trouble is None
        assert view.model.shown is not None
        assert len(view._picture.children) == 1
        peak = f"{view.model.shown.summary.peak_pressure_mpa:.2f}"
        assert peak in view._answer.value
        view.keep.click()
        write(view.model.form, next(masses))
        view.run.click()
        assert len(view.model.kept) == 1

    def test_a_bad_recipe_is_said_and_kept(self, open_as: OpenAs) -> None:
        view = shown(open_as("wang"))
        write(view.model.form, 700)
        view.form.nc_1_mass.value = "seven hundred"
        view.run.click()
        assert view._guard.trouble is not None
        assert view.form.nc_1_mass.value == "seven hundred"

    @pytest.mark.parametrize("asked", [("", "800", "5"), ("900", "800", "5"), ("600", "800", "99")])
    def test_a_series_that_makes_no_sense(self, open_as: OpenAs, asked: tuple[str, ...]) -> None:
        view = shown(open_as("wang"))
        write(view.model.form, 700)
        view.least.value, view.most.value, view.steps.value = asked
        view.vary.click()
        assert view._guard.trouble is not None
        assert "in 2 to 25 steps" in view._guard.trouble.sentence
        assert view.model.variants == ()

    def test_a_series_is_shown_as_curves_and_numbers(self, open_as: OpenAs) -> None:
        view = shown(open_as("wang"))
        write(view.model.form, 700)
        view.least.value, view.most.value, view.steps.value = "600", "800", "3"
        view.vary.click()
        assert view._series.value.count("<tr>") == 4
        assert len(view._picture.children) == 1

    def test_a_manager_sees_no_form(self, open_as: OpenAs) -> None:
        view = shown(open_as("boss"))
        assert view._tools.layout.display == "none"
        view.model.form.fill(recipe(700))
        view.run.click()
        assert view._guard.trouble is not None

    def test_nothing_that_is_there(self, open_as: OpenAs) -> None:
        view = shown(open_as("wang"), simulation="999999999")
        assert view._guard.trouble is not None
        model = loaded(open_as("wang"))
        assert "Write a recipe" in answer_html(model, EN)
        assert "drawn here" in curve_html(model, EN)

"""The Compare page: choose, look, store; and simulate a recipe on the way."""

import itertools

import pytest
from conftest import OpenAs
from ipywidgets import Widget

from mgg_kernel.errors import AccessError, ComparisonError, NotFoundError, RecipeError
from mgg_kernel.ingest import example_curve, write_lab_workbook
from mgg_kernel.recipe import Recipe
from mgg_kernel.ui.compare import CompareModel, CompareView
from mgg_kernel.ui.compare.telling import answer_html, metrics_html
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.recipe_form import RecipeForm
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.ui.words import Language, Words
from mgg_kernel.workspace import Workspace

seeds = itertools.count(8_000)
EN = Words("en")


def recipe(mass_mg: float = 702) -> Recipe:
    return Recipe.parse(
        igniter="135",
        nc=[f"B:{mass_mg}"],
        shell="22",
        current="1.2",
        vessel="10-892",
        device="Y-H",
    )


def stored_test(ws: Workspace, *, name: str = "shot", fired: Recipe | None = None) -> int:
    data = write_lab_workbook(example_curve(seed=next(seeds)), "P-8")
    (result,) = ws.tests.ingest(data, f"{name}.xlsx", recipe=fired)
    assert result.test_result_id is not None
    return result.test_result_id


def loaded(ws: Workspace) -> CompareModel:
    model = CompareModel(ws)
    model.load()
    return model


def plain(html: str) -> str:
    return html.replace("\u00a0", " ")


class TestModel:
    def test_a_pair_is_compared_as_python_does_it(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        simulation, test = wang.simulations.run(recipe()), stored_test(wang)
        model = loaded(wang)
        model.choose_simulation(simulation.id)
        assert model.pair is None
        assert model.alone == simulation.curve
        model.choose_test(test)
        assert model.alone is None
        assert model.pair is not None
        assert model.pair.comparison == wang.comparisons.compute(simulation.id, test)
        assert model.pair.simulated == simulation.curve
        assert model.pair.measured == wang.tests.curve(test)
        assert model.shown == {"simulation": simulation.id, "test": test}

    def test_the_answer_says_how_far_off_the_peak_is(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        simulation, test = wang.simulations.run(recipe()), stored_test(wang)
        model = loaded(wang)
        model.open_query({"simulation": str(simulation.id), "test": str(test)})
        assert model.pair is not None
        result = model.pair.comparison
        too = "too high" if result.peak_pressure_diff_mpa > 0 else "too low"
        answer = plain(answer_html(model, EN))
        assert (
            f"Peak pressure {abs(result.peak_pressure_diff_mpa):.2f} MPa "
            f"({abs(result.peak_pressure_diff_percent):.1f} %) {too}; "
            f"RMSE {result.rmse_mpa:.2f} MPa."
        ) in answer
        table = plain(metrics_html(model.pair, EN))
        for value in (
            f"{result.rmse_mpa:.2f} MPa",
            f"{result.mae_mpa:.2f} MPa",
            f"{result.correlation:.4f}",
        ):
            assert value in table

    def test_saving_stores_the_numbers_and_the_note(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        simulation, test = wang.simulations.run(recipe()), stored_test(wang)
        model = loaded(wang)
        model.open_query({"simulation": str(simulation.id), "test": str(test)})
        model.note = "igniter lot 7"
        model.save()
        assert model.stored is not None
        found = wang.comparisons.get(model.stored.id)
        assert (found.simulation_id, found.test_result_id) == (simulation.id, test)
        assert (found.note, found.created_by) == ("igniter lot 7", "wang")
        assert model.pair is not None
        assert found.metrics["rmse_mpa"] == model.pair.comparison.rmse_mpa
        assert model.latest[0].id == found.id
        assert model.note == ""

    def test_a_note_that_is_too_long_is_refused_and_kept(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        simulation, test = wang.simulations.run(recipe()), stored_test(wang)
        model = loaded(wang)
        model.open_query({"simulation": str(simulation.id), "test": str(test)})
        model.note = "x" * 1001
        with pytest.raises(ComparisonError, match="1,001"):
            model.save()
        assert (len(model.note), model.stored) == (1001, None)
        model.note = "x" * 1000
        model.save()
        assert model.stored is not None

    def test_a_stored_comparison_opens_again(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        simulation, test = wang.simulations.run(recipe()), stored_test(wang)
        saved = wang.comparisons.save(simulation.id, test)
        model = loaded(wang)
        model.open_query({"comparison": str(saved.id)})
        assert model.stored == saved
        assert model.shown == {"comparison": saved.id}
        model.choose_test(stored_test(wang))
        assert model.stored is None, "another pair is not what was stored"

    def test_a_stored_comparison_is_shown_as_it_was_made(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        simulation, test = wang.simulations.run(recipe()), stored_test(wang)
        saved = wang.comparisons.save(simulation.id, test, filter="cfc180", window_ms=(0, 20))
        model = loaded(wang)
        model.open(saved.id)
        assert model.pair is not None
        result = model.pair.comparison
        assert result.settings.filter == "cfc180"
        assert result.settings.used_window_ms == (0.0, 20.0)
        assert result.rmse_mpa == saved.metrics["rmse_mpa"]
        table = plain(metrics_html(model.pair, EN))
        assert "filter CFC180" in table
        assert "flatten the steepest part" in table, "the warning about a strong filter"

    def test_the_ratings_are_in_the_tables_in_both_languages(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        simulation, test = wang.simulations.run(recipe()), stored_test(wang)
        model = loaded(wang)
        model.open_query({"simulation": str(simulation.id), "test": str(test)})
        assert model.pair is not None
        result = model.pair.comparison
        assert result.iso18571 is not None
        table = plain(metrics_html(model.pair, EN))
        row = f"<td>{result.iso18571.overall:.3f}</td><td>{result.iso18571.grade}</td>"
        assert f'<th scope="row">Overall</th>{row}' in table
        assert "ISO/TS 18571 method" in table
        peak = result.phases.peak
        row = f"<td>{100 * peak.error:.1f} %</td><td>{peak.score:.3f}</td><td>{peak.grade}</td>"
        assert f'<th scope="row">Peak</th>{row}' in table
        assert "ISO/TS 18571 方法" in metrics_html(model.pair, Words("zh"))

    @pytest.mark.parametrize(
        "query", [{"test": "999999"}, {"test": "x"}, {"comparison": "9" * 40}, {"simulation": ""}]
    )
    def test_an_address_of_nothing_is_told(self, open_as: OpenAs, query: dict[str, str]) -> None:
        model = loaded(open_as("wang"))
        with pytest.raises(NotFoundError):
            model.open_query(query)
        assert model.pair is None

    def test_what_others_teams_have_cannot_be_opened(self, open_as: OpenAs) -> None:
        test = stored_test(open_as("wang"))
        with pytest.raises(NotFoundError):
            loaded(open_as("stranger")).choose_test(test)

    def test_a_pair_that_cannot_be_compared_leaves_what_was_shown(
        self, open_as: OpenAs, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wang = open_as("wang")
        simulation = wang.simulations.run(recipe())
        first, second = stored_test(wang), stored_test(wang)
        model = loaded(wang)
        model.open_query({"simulation": str(simulation.id), "test": str(first)})
        shown = model.pair

        def refuse(*_: object, **__: object) -> None:
            raise ComparisonError("They do not overlap.")

        monkeypatch.setattr(wang.comparisons, "compute", refuse)
        with pytest.raises(ComparisonError):
            model.choose_test(second)
        assert model.pair is shown
        assert model.shown["test"] == first

    def test_another_method_is_used_shown_shared_and_stored(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        simulation, test = wang.simulations.run(recipe()), stored_test(wang)
        model = loaded(wang)
        model.open_query({"simulation": str(simulation.id), "test": str(test)})
        model.choose_method(rate_hz=None, filter="cfc600", window_ms=(1.0, 20.0))
        asked = {"rate_hz": None, "filter": "cfc600", "window_ms": (1.0, 20.0)}
        assert model.pair is not None
        result = model.pair.comparison
        assert result == wang.comparisons.compute(simulation.id, test, **asked)
        assert model.pair.measured == wang.tests.curve(test).filtered(600)
        of_simulation, of_test = model.pair.features
        between = of_simulation.peak_pressure_mpa - of_test.peak_pressure_mpa
        assert result.peak_pressure_diff_mpa == pytest.approx(between, abs=1e-12)
        address = {key: str(value) for key, value in model.shown.items()}
        assert address == {
            "simulation": str(simulation.id),
            "test": str(test),
            "rate": "own",
            "filter": "cfc600",
            "window": "1:20",
        }
        again = loaded(wang)
        again.open_query(address)
        assert again.pair is not None
        assert again.pair.comparison == model.pair.comparison
        model.save()
        assert model.stored is not None
        assert model.stored.settings["filter"] == "cfc600"
        assert model.stored.settings["rate_hz"] is None
        assert model.stored.settings["window_ms"] == [1.0, 20.0]

    def test_a_method_that_cannot_be_leaves_what_was_shown(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        simulation, test = wang.simulations.run(recipe()), stored_test(wang)
        model = loaded(wang)
        model.open_query({"simulation": str(simulation.id), "test": str(test)})
        shown, method = model.pair, model.method
        with pytest.raises(ComparisonError, match="lies outside"):
            model.choose_method(rate_hz=10_000.0, filter=None, window_ms=(900.0, 950.0))
        assert (model.pair, model.method) == (shown, method)

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ({"filter": "cfc7"}, "cfc7|CFC 7|7"),
            ({"rate": "fast"}, "'fast' is no rate"),
            ({"window": "early"}, "'early' is no window"),
        ],
    )
    def test_an_address_that_asks_for_nonsense_is_refused(
        self, open_as: OpenAs, query: dict[str, str], sentence: str
    ) -> None:
        wang = open_as("wang")
        simulation, test = wang.simulations.run(recipe()), stored_test(wang)
        model = loaded(wang)
        with pytest.raises(ComparisonError, match=sentence):
            model.open_query({**query, "simulation": str(simulation.id), "test": str(test)})
        assert model.pair is None

    def test_similar_curves_are_found_and_opened(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        simulation, test = wang.simulations.run(recipe(711.25)), stored_test(wang, name="alike")
        model = loaded(wang)
        model.find_alike()
        assert model.alike is None, "nothing is chosen yet"
        model.choose_test(test)
        model.find_alike()
        assert model.alike
        assert ("test", test) not in {(one.kind, one.id) for one in model.alike}
        found = wang.tests.similar(test, count=len(model.alike) + 1)
        assert [(one.kind, one.id) for one in found if one.id != test or one.kind != "test"] == [
            (one.kind, one.id) for one in model.alike
        ]
        other = next(one for one in found if one.kind == "test" and one.id != test)
        model.choose_alike(other)
        assert model.test is not None
        assert model.test.id == other.id
        assert model.alike is None, "of another curve nothing is known yet"
        model.choose_test(None)
        model.choose_simulation(simulation.id)
        model.find_alike()
        assert model.alike is not None
        assert ("simulation", simulation.id) not in {(one.kind, one.id) for one in model.alike}

    def test_searching_narrows_the_lists(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        test = stored_test(wang, name="haystack needle")
        simulation = wang.simulations.run(recipe(703.5))
        model = loaded(wang)
        assert {simulation.id} <= {one.id for one in model.simulations}
        model.search_tests("haystack")
        assert [one.id for one in model.tests] == [test]
        model.search_simulations("no such code")
        assert model.simulations == ()

    def test_lists_are_leafed_through(
        self, open_as: OpenAs, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("mgg_kernel.ui.compare.model.LISTED", 2)
        wang = open_as("wang")
        ids = [stored_test(wang, name=f"leaf by leaf {number}") for number in range(5)]
        simulations = [wang.simulations.run(recipe(mass)).id for mass in (706.25, 707.25, 708.25)]
        view = opened(wang)
        model = view.model
        view.tests.search.value = "leaf by leaf"
        assert [one.id for one in model.tests] == [ids[4], ids[3]]
        assert (model.test_pages.total, model.test_pages.last) == (5, 2)
        assert view.tests.pager.previous.disabled
        view.tests.pager.next.click()
        view.tests.list.value = ids[2]
        view.tests.pager.next.click()
        assert [one.id for one in model.tests] == [ids[0]]
        assert model.test is not None
        assert model.test.id == ids[2], "what is chosen stays chosen"
        assert view.tests.pager.next.disabled
        model.turn_tests(1)
        assert model.test_pages.number == 2
        model.turn_tests(-5)
        assert [one.id for one in model.tests] == [ids[4], ids[3]]
        model.turn_simulations(1)
        assert simulations[0] in {one.id for one in model.simulations}
        view.tests.search.value = "leaf by leaf 3"
        assert [one.id for one in model.tests] == [ids[3]]
        assert view.tests.pager.widget.layout.display == "none"

    def test_a_recipe_is_simulated_once(self, open_as: OpenAs) -> None:
        model = loaded(open_as("wang"))
        model.form.fill(recipe(704.25))
        model.simulate()
        assert model.made is not None
        assert not model.made.repeated
        assert model.simulation is not None
        assert model.simulation.recipe == recipe(704.25)
        made = model.simulation.id
        model.simulate()
        assert model.made is not None
        assert (model.made.repeated, model.made.id) == (True, made)

    def test_the_recipe_of_a_test_can_be_taken(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        model = loaded(wang)
        model.choose_test(stored_test(wang, fired=recipe(705)))
        model.take_recipe()
        assert model.form.recipe() == recipe(705)

    def test_who_may_only_look_sees_and_cannot_store(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        simulation, test = wang.simulations.run(recipe()), stored_test(wang)
        model = loaded(open_as("boss"))
        model.open_query({"simulation": str(simulation.id), "test": str(test)})
        assert model.pair is not None
        with pytest.raises(AccessError):
            model.save()
        model.form.load(wang)
        model.form.fill(recipe(706))
        with pytest.raises(AccessError):
            model.simulate()


class TestRecipeForm:
    @pytest.fixture
    def form(self, open_as: OpenAs) -> RecipeForm:
        form = RecipeForm()
        form.load(open_as("wang"))
        return form

    def test_it_begins_with_codes_that_there_are(self, form: RecipeForm) -> None:
        assert form.igniter in form.igniter_codes
        assert form.vessel in [code for code, _ in form.vessel_codes]
        assert (form.nc_2, form.gp) == ("", "")

    @pytest.mark.parametrize(
        "charges",
        [
            {"nc": ["B:775"]},
            {"nc": ["A:100.5", "B:775"]},
            {"nc": ["A:100"], "gp": "D:1080"},
            {"nc": [], "gp": "D:1080"},
        ],
    )
    def test_a_recipe_goes_in_and_comes_out(
        self, form: RecipeForm, charges: dict[str, list[str]]
    ) -> None:
        fields = {"igniter": "60", "shell": "18.5", "current": "1.75"}
        wanted = Recipe.parse(**fields, **charges, vessel="10-892", device="Y-H")  # type: ignore[arg-type]
        form.fill(wanted)
        assert form.recipe() == wanted

    @pytest.mark.parametrize("text", ["", "abc", "-3", "1e9", "nan"])
    def test_a_number_that_is_none_is_refused_and_kept(self, form: RecipeForm, text: str) -> None:
        form.fill(recipe())
        form.nc_1_mass_mg = text
        with pytest.raises(RecipeError, match="mass of charge B"):
            form.recipe()
        assert form.nc_1_mass_mg == text


def opened(
    ws: Workspace, language: Language = "en", query: dict[str, str] | None = None
) -> CompareView:
    viewer = Viewer(language=language, query=query or {})
    view = CompareView(CompareModel(ws), viewer, Guard(Words(language)))
    view.load()
    return view


def visible(widget: Widget) -> bool:
    return widget.layout.display != "none"


class TestView:
    def test_filter_rate_and_window_are_chosen_by_hand(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        simulation, test = wang.simulations.run(recipe()), stored_test(wang)
        view = opened(wang)
        view.tests.list.value, view.simulations.list.value = test, simulation.id
        view.method.filter.value = "cfc180"
        view.method.rate.value = None
        view.method.window.value = "0:30"
        assert view.model.pair is not None
        settings = view.model.pair.comparison.settings
        assert (settings.filter, settings.rate_hz, settings.window_ms) == (
            "cfc180",
            None,
            (0.0, 30.0),
        )
        view.method.window.value = "0..30"
        trouble = view._guard.trouble
        assert trouble is not None
        assert "'0..30' is no window; write FROM:TO in ms, such as 0:40." in trouble.sentence
        assert view.method.window.value == "0..30", "to be mended, not to be typed anew"
        assert view.model.pair.comparison.settings == settings

    def test_a_stored_method_of_its_own_is_shown(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        simulation, test = wang.simulations.run(recipe()), stored_test(wang)
        saved = wang.comparisons.save(simulation.id, test, filter="cfc600-iso6487", rate_hz=20_000)
        view = opened(wang)
        view.model.open(saved.id)
        assert view.method.filter.label == "CFC600-ISO6487"
        assert view.method.rate.label == "20 kHz"
        assert view.model.stored == saved, "showing it changes nothing"

    def test_similar_curves_are_asked_for_by_a_click(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        first, second = stored_test(wang), stored_test(wang)
        view = opened(wang)
        assert not visible(view._search)
        view.tests.list.value = first
        assert visible(view.find_alike)
        assert not visible(view.alike.widget)
        view.find_alike.click()
        assert visible(view.alike.widget)
        assert not visible(view.find_alike)
        rows = view.alike.rows()
        view._open_alike(next(row for row in rows if row.kind == "test"))
        assert view.tests.list.value != first
        assert second in {row.id for row in rows} or len(rows) == 12

    def test_only_a_dashboard_has_links_to_files(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        simulation, test = wang.simulations.run(recipe()), stored_test(wang)
        for is_dashboard in (False, True):
            view = CompareView(
                CompareModel(wang), Viewer("wang", is_dashboard=is_dashboard), Guard(EN)
            )
            view.load()
            view.tests.list.value, view.simulations.list.value = test, simulation.id
            href = f"download/comparison?simulation={simulation.id}&amp;test={test}&amp;format=pdf"
            assert (href in view._link.value) == is_dashboard

    def test_from_choosing_to_stored_by_clicks(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        simulation, test = wang.simulations.run(recipe()), stored_test(wang)
        view = opened(wang)
        assert not visible(view._tools)
        view.tests.list.value = test
        view.simulations.list.value = simulation.id
        assert visible(view._tools)
        view.note.value = "by hand"
        view.save.click()
        newest = wang.comparisons.list(limit=1)[0]
        assert (newest.simulation_id, newest.test_result_id, newest.note) == (
            simulation.id,
            test,
            "by hand",
        )
        assert f"Stored as comparison {newest.id} by wang" in view._stored.value
        assert f'href="compare?comparison={newest.id}"' in view._link.value

    def test_the_address_chooses_for_the_viewer(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        simulation, test = wang.simulations.run(recipe()), stored_test(wang)
        view = opened(wang, query={"simulation": str(simulation.id), "test": str(test)})
        assert (view.simulations.list.value, view.tests.list.value) == (simulation.id, test)
        assert view.model.pair is not None

    def test_a_wrong_address_is_told_and_the_page_works_on(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        test = stored_test(wang)
        view = opened(wang, query={"test": "424242"})
        assert view._guard.trouble is not None
        assert "424242" in view._guard.trouble.sentence
        view.tests.list.value = test
        assert view._guard.trouble is None
        assert view.model.shown == {"test": test}

    def test_a_recipe_is_typed_and_simulated(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        view = opened(wang)
        form = view.form
        form.nc_1.value, form.nc_1_mass.value = "B", "707"
        form.igniter.value, form.vessel.value, form.device.value = "135", "10-892", "Y-H"
        form.shell.value = "22"
        view.simulate.click()
        assert view._guard.trouble is not None
        assert "firing current" in view._guard.trouble.sentence
        assert form.shell.value == "22", "what was typed stays"
        form.current.value = "1.2"
        view.simulate.click()
        assert view._guard.trouble is None
        assert view.model.simulation is not None
        assert view.model.simulation.recipe == recipe(707)
        assert view.simulations.list.value == view.model.simulation.id

    def test_a_mass_can_be_typed_only_beside_a_charge(self, open_as: OpenAs) -> None:
        form = opened(open_as("wang")).form
        assert form.gp_mass.disabled
        form.gp.value = "D"
        assert not form.gp_mass.disabled

    def test_a_row_of_the_table_opens_it(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        simulation, test = wang.simulations.run(recipe()), stored_test(wang)
        saved = wang.comparisons.save(simulation.id, test)
        view = opened(wang)
        _, button = view.comparisons.widget.children[1].children[0].children
        button.click()
        assert view.model.stored == saved
        assert view.tests.list.value == test

    def test_who_may_only_look_finds_a_sentence_in_place_of_saving(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        simulation, test = wang.simulations.run(recipe()), stored_test(wang)
        view = opened(open_as("boss"), query={"simulation": str(simulation.id), "test": str(test)})
        assert not visible(view._tools)
        assert not visible(view._fold)
        assert visible(view._look_only)
        assert view.model.pair is not None

    def test_a_new_lab_is_told_what_to_do_first(self, open_as: OpenAs) -> None:
        open_as("admin").users.add("founder", "engineer", team="new-lab")
        view = opened(open_as("founder"))
        assert "Nothing to compare yet" in view._answer.value
        assert "store one on the Ingest page" in view.tests._nothing.value
        assert "fill in the form below" in view.simulations._nothing.value
        assert view._fold.selected_index == 0, "and the form is open"

    def test_all_of_it_is_in_chinese_too(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        simulation, test = wang.simulations.run(recipe()), stored_test(wang)
        query = {"simulation": str(simulation.id), "test": str(test)}
        view = opened(wang, "zh", query)
        assert "峰值压力偏" in view._answer.value
        assert (view.save.description, view.form.shell.description) == (
            "保存对比",
            "管壳高度 [mm]",
        )
        assert "点火时间" in view._metrics.value

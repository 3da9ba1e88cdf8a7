"""The Ingest page: from an uploaded file to a stored test, by hand and by widgets."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from conftest import OpenAs
from ipywidgets import Widget
from layout_examples import TIME, A, one

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import AccessError, ConflictError, DatabaseDownError, IngestError
from mgg_kernel.ingest import example_curve, write_lab_workbook
from mgg_kernel.recipe import Recipe
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.ingest import IngestModel, IngestView, Upload
from mgg_kernel.ui.ingest.telling import answer_html, curve_html, results_html
from mgg_kernel.ui.quality import quality_tags
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.ui.words import Language, Words
from mgg_kernel.workspace import Workspace

seeds = itertools.count(7_000)
EN = Words("en")


def upload(name: str = "shot.xlsx", *, peak_mpa: float = 58.0) -> Upload:
    """A measured-like file that no test has sent before."""
    curve = example_curve(peak_mpa=peak_mpa, seed=next(seeds))
    return Upload(name, write_lab_workbook(curve, "P-9"))


def loaded(ws: Workspace) -> IngestModel:
    model = IngestModel(ws)
    model.load()
    return model


def read(model: IngestModel, *uploads: Upload) -> None:
    for _ in model.read(uploads):
        pass


def store(model: IngestModel) -> None:
    for _ in model.store():
        pass


class TestModel:
    def test_making_it_asks_the_database_nothing(self, open_as: OpenAs) -> None:
        asked: list[str] = []

        class Asked:
            def __init__(self, ws: Workspace) -> None:
                self.settings = ws.settings

            def __getattr__(self, name: str) -> object:
                asked.append(name)
                raise AssertionError(f"ws.{name} was asked for")

        ws = Asked(open_as("wang"))
        model = IngestModel(ws)  # type: ignore[arg-type]
        IngestView(model, Viewer(), Guard(EN))
        assert asked == []

    def test_reading_shows_the_curve_and_stores_nothing(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        model = loaded(wang)
        sent = upload("shot_1.xlsx")
        newest = wang.tests.list(limit=1)
        read(model, sent)
        assert model.state == "previewed"
        assert model.shown is not None
        (read_by_python,) = wang.tests.inspect(sent.content, sent.name)
        assert model.shown.curve == read_by_python.curve
        assert (model.shown.product, model.shown.units) == ("P-9", "ms, MPa")
        assert wang.tests.list(limit=1) == newest

    def test_storing_keeps_the_file_and_links_the_work_order(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        recipe = Recipe.parse(
            igniter="135", nc=["B:701"], shell="22", current="1.2", vessel="10-892", device="Y-H"
        )
        order = wang.work_orders.create(recipe=recipe, title="lot 4")
        model = loaded(wang)
        assert order in model.work_orders
        model.work_order = order.number
        sent = upload("shot_2.xlsx")
        read(model, sent)
        store(model)
        (result,) = model.results
        assert (model.state, result.status) == ("stored", "stored")
        test = wang.tests.get(result.test_result_id)
        assert (test.work_order, test.recipe, test.created_by) == (order.number, recipe, "wang")
        assert wang.tests.original(test.id) == sent.content
        assert model.latest[0].id == test.id

    def test_the_same_file_again_is_known(self, open_as: OpenAs) -> None:
        model = loaded(open_as("wang"))
        sent = upload()
        read(model, sent)
        store(model)
        first = model.results[0].test_result_id
        read(model, Upload("another name.xlsx", sent.content))
        store(model)
        assert [(r.status, r.test_result_id) for r in model.results] == [("duplicate", first)]
        assert f'href="compare?test={first}"' in results_html(model, EN)
        assert model.undoable == []

    def test_one_bad_file_does_not_stop_the_others(self, open_as: OpenAs) -> None:
        model = loaded(open_as("wang"))
        cut = upload("cut.xlsx")
        read(model, Upload("cut.xlsx", cut.content[:5000]), upload("whole.xlsx"))
        assert [file.refusal is None for file in model.files] == [False, True]
        assert model.state == "previewed"
        store(model)
        assert [result.file for result in model.results] == ["whole.xlsx"]
        told = results_html(model, EN)
        assert "Refused" in told
        assert "cut.xlsx" in told
        assert "Stored: 1. Already there: 0. Refused: 1." in answer_html(model, EN)

    def test_only_bad_files_leave_nothing_to_store(self, open_as: OpenAs) -> None:
        model = loaded(open_as("wang"))
        read(model, Upload("words.xlsx", b"these are words"))
        assert (model.state, model.shown) == ("empty", None)
        assert "Nothing can be stored" in answer_html(model, EN)

    def test_a_file_over_the_limit_is_refused_in_words(self, open_as: OpenAs) -> None:
        model = loaded(open_as("wang"))
        read(model, Upload("big.xlsx", bytes((model.upload_limit_mib << 20) + 1)))
        assert "MiB" in model.files[0].refusal

    def test_progress_counts_the_files(self, open_as: OpenAs) -> None:
        model = loaded(open_as("wang"))
        seen = []
        for _ in model.read([upload("a.xlsx"), upload("b.xlsx")]):
            assert model.progress is not None
            seen.append((model.progress.done, model.progress.total, model.progress.name))
        assert seen == [(0, 2, "a.xlsx"), (1, 2, "b.xlsx")]
        assert model.progress is None

    def test_cancelling_keeps_what_was_read(self, open_as: OpenAs) -> None:
        model = loaded(open_as("wang"))
        work = model.read([upload("a.xlsx"), upload("b.xlsx"), upload("c.xlsx")])
        next(work)
        next(work)
        work.close()
        assert [file.name for file in model.files] == ["a.xlsx"]
        assert (model.state, model.progress) == ("previewed", None)

    def test_undo_takes_back_and_restore_brings_back(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        model = loaded(wang)
        read(model, upload())
        store(model)
        (test_id,) = model.undoable
        model.undo()
        assert wang.tests.get(test_id).is_deleted
        assert test_id not in [test.id for test in model.latest]
        assert model.undoable == []
        assert "can be restored" in results_html(model, EN)
        assert "Stored: 0. Already there: 0. Refused: 0. Deleted: 1." in answer_html(model, EN)
        model.restore()
        assert "Stored: 1. Already there: 0. Refused: 0." in answer_html(model, EN)
        assert not wang.tests.get(test_id).is_deleted
        assert model.undoable == [test_id]

    def test_a_file_whose_test_is_deleted_can_be_brought_back(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        sent = upload()
        (stored,) = wang.tests.ingest(sent.content, sent.name)
        assert stored.test_result_id is not None
        wang.tests.delete(stored.test_result_id)
        model = loaded(wang)
        read(model, sent)
        store(model)
        assert model.deleted == (stored.test_result_id,)
        model.restore()
        assert not wang.tests.get(stored.test_result_id).is_deleted

    def test_an_error_keeps_what_was_entered(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        order = wang.work_orders.create(title="closed meanwhile")
        model = loaded(wang)
        model.work_order = order.number
        sent = upload()
        read(model, sent)
        wang.work_orders.close(order.number)
        with pytest.raises(ConflictError, match="closed"):
            store(model)
        assert (model.state, model.results, model.progress) == ("previewed", (), None)
        assert model.files[0].content == sent.content
        model.work_order = ""
        store(model)
        assert model.results[0].status == "stored"

    def test_stored_tests_are_found_and_shown(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        sent = upload("needle in hay.xlsx", peak_mpa=63.0)
        (stored,) = wang.tests.ingest(sent.content, sent.name)
        model = loaded(wang)
        model.search("needle in")
        assert [test.id for test in model.latest] == [stored.test_result_id]
        model.show_test(model.latest[0])
        assert model.shown is not None
        assert model.shown.curve == wang.tests.curve(stored.test_result_id)  # type: ignore[arg-type]

    def test_the_labs_own_files(self, open_as: OpenAs, lab_data: Path) -> None:
        model = loaded(open_as("sun"))
        files = sorted((lab_data / "curves").glob("*.xlsx"))
        read(model, *(Upload(path.name, path.read_bytes()) for path in files))
        peaks = [curve.curve.peak.pressure_mpa for curve in model.curves]
        assert peaks == pytest.approx([54.4668, 57.2399, 66.1557], abs=5e-5)

    def test_who_may_only_look_is_refused_also_without_the_buttons(self, open_as: OpenAs) -> None:
        boss = open_as("boss")
        model = loaded(boss)
        assert not model.may_work
        read(model, upload("from the boss.xlsx"))
        with pytest.raises(AccessError):
            store(model)
        refusals = open_as("admin").log.list(actor="boss", outcome="refused")
        assert refusals[0].object_id == "from the boss.xlsx"


def opened(ws: Workspace, language: Language = "en") -> IngestView:
    view = IngestView(IngestModel(ws), Viewer(language=language), Guard(Words(language)))
    view.load()
    return view


def drop(view: IngestView, *uploads: Upload) -> None:
    """Send the widget what a browser sends."""
    files = [
        {
            "name": file.name,
            "type": "",
            "size": len(file.content),
            "content": memoryview(file.content),
            "last_modified": 0,
        }
        for file in uploads
    ]
    view.upload.set_state({"value": files})


def visible(widget: Widget) -> bool:
    return widget.layout.display != "none"


class TestView:
    def test_from_upload_to_stored_by_clicks(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        view = opened(wang)
        assert view.store.disabled
        drop(view, upload("clicked.xlsx"))
        assert view.upload.value == (), "handed on, so that the same file can come again"
        assert not view.store.disabled
        view.store.click()
        assert wang.tests.list("clicked.xlsx")[0].created_by == "wang"
        assert visible(view.undo)
        view.undo.click()
        assert wang.tests.list("clicked.xlsx") == []
        assert visible(view.restore)
        assert not visible(view.undo)

    def test_the_same_file_can_be_chosen_twice_in_a_row(self, open_as: OpenAs) -> None:
        view = opened(open_as("wang"))
        sent = upload()
        drop(view, sent)
        view.clear.click()
        assert view.model.state == "empty"
        drop(view, sent)
        assert view.model.state == "previewed"

    def test_one_of_several_curves_can_be_chosen(self, open_as: OpenAs) -> None:
        view = opened(open_as("wang"))
        assert not visible(view.curve)
        drop(view, upload("a.xlsx", peak_mpa=40.0), upload("b.xlsx", peak_mpa=50.0))
        assert visible(view.curve)
        assert view.curve.value == 0
        view.curve.value = 1
        assert view.model.shown is not None
        assert view.model.shown.file_name == "b.xlsx"

    def test_the_upload_limit_stands_beside_the_button(self, open_as: OpenAs) -> None:
        view = opened(open_as("wang"))
        button, hint = view._tools.children[:2]
        assert button is view.upload
        assert f"at most {view.model.upload_limit_mib} MiB at a time" in hint.value

    def test_who_may_only_look_finds_a_sentence_in_place_of_controls(self, open_as: OpenAs) -> None:
        view = opened(open_as("boss"))
        assert not visible(view._tools)
        assert visible(view._look_only)
        assert "You may look at tests here" in view._look_only.value
        assert view.model.latest != () or "No tests here" in str(view.tests.widget.children[1])

    def test_an_error_is_told_on_the_page(
        self, open_as: OpenAs, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wang = open_as("wang")
        view = opened(wang)
        drop(view, upload())

        def down(*_: object, **__: object) -> None:
            raise DatabaseDownError("The database does not answer (gone); see 'mgg doctor'.")

        monkeypatch.setattr(wang.tests, "try_ingest", down)
        view.store.click()
        assert view._guard.trouble is not None
        assert "gone" in view._guard.trouble.sentence
        assert view.model.state == "previewed"
        assert not view.store.disabled

    def test_all_of_it_is_in_chinese_too(self, open_as: OpenAs) -> None:
        view = opened(open_as("wang"), "zh")
        assert (view.store.description, view.work_order.description) == ("保存", "工单")
        drop(view, upload())
        assert "峰值压力" in view._answer.value
        assert "点火时间" in view._facts.value


def open_question(name: str, heading: str, shift: float = 0.0) -> Upload:
    """A file whose header does not tell time from pressure."""
    return Upload(name, one([["X_Value", heading]], TIME, [value + shift for value in A]))


class TestQuestion:
    def view(self, model: IngestModel) -> IngestView:
        made = IngestView(model, Viewer(), Guard(EN))
        made.load()
        return made

    def test_it_is_asked_once_for_all_files_of_a_layout(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        model = IngestModel(wang)
        view = self.view(model)
        form = view.question
        assert form.widget.layout.display == "none"
        read(
            model,
            open_question("q1.xlsx", "Kanal Q", 0.25),
            open_question("q2.xlsx", "Kanal Q", 0.5),
            open_question("q3.xlsx", "Kanal R", 0.75),
            upload("sound.xlsx"),
        )
        assert [model.files[place].name for place in model.unclear] == [
            "q1.xlsx",
            "q2.xlsx",
            "q3.xlsx",
        ]
        assert "3" in answer_html(model, EN)
        assert form.widget.layout.display is None
        assert "<td>Kanal Q</td>" in form._rows.value
        assert [label for label, _ in form.pressure.options] == ["A · X_Value", "B · Kanal Q"]
        assert (form.time.value, form.pressure.value) == ("A", "B")
        assert (form.time_unit.value, form.pressure_unit.value) == ("", "")
        assert form.read.disabled, "a unit is never guessed"
        form.time_unit.value, form.pressure_unit.value = "ms", "bar"
        assert not form.read.disabled
        form.name.value = "Recorder Q"
        form.read.click()
        assert [model.files[place].name for place in model.unclear] == ["q3.xlsx"]
        assert [label for label, _ in form.file.options] == ["q3.xlsx"]
        assert [file.curves[0].pressure_unit for file in model.files[:2]] == ["bar", "bar"]
        store(model)
        assert [result.status for result in model.results] == ["stored"] * 3
        first = wang.tests.curve(model.results[0].test_result_id)
        assert list(first.pressure_mpa) == [(value + 0.25) * 0.1 for value in A]
        later = loaded(open_as("sun"))
        read(later, open_question("q4.xlsx", "Kanal Q", 1.25))
        assert later.unclear == [], "nobody of the team is asked again"
        wang.profiles.forget("Recorder Q")

    def test_a_header_that_names_a_unit_fills_it_in(self, open_as: OpenAs) -> None:
        model = IngestModel(open_as("wang"))
        form = self.view(model).question
        read(model, Upload("u.xlsx", one([["Time [us]", "Channel S"]], TIME, A)))
        assert (form.time.value, form.time_unit.value) == ("A", "us")
        assert (form.pressure.value, form.pressure_unit.value) == ("B", "")
        form.time.value = "B"
        assert form.time_unit.value == ""

    def test_answers_that_do_not_fit_are_told_and_asked_again(self, open_as: OpenAs) -> None:
        model = IngestModel(open_as("wang"))
        view = self.view(model)
        read(model, open_question("w.xlsx", "Kanal W"))
        form = view.question
        form.time.value = form.pressure.value = "B"
        form.time_unit.value, form.pressure_unit.value = "ms", "MPa"
        form.read.click()
        assert view._guard.trouble is not None
        assert model.unclear == [0]

    def test_what_a_header_says_is_escaped(self, open_as: OpenAs) -> None:
        model = IngestModel(open_as("wang"))
        form = self.view(model).question
        read(model, open_question("x.xlsx", "<img src=x>"))
        assert "<img" not in form._rows.value
        assert "&lt;img" in form._rows.value


def test_refused_files_are_kept_on_request(open_as: OpenAs) -> None:
    wang = open_as("wang")
    model = loaded(wang)
    read(model, Upload("broken kept.xlsx", b"no workbook at all 1"))
    assert [file.name for file in model.refused] == ["broken kept.xlsx"]
    model.keep_refused()
    assert (model.refused, model.kept) == ([], ("broken kept.xlsx",))
    (kept,) = [one for one in wang.quarantine.list() if one.file_name == "broken kept.xlsx"]
    assert wang.quarantine.original(kept.id) == b"no workbook at all 1"
    assert "Refused and kept" in results_html(model, EN)
    wang.quarantine.discard(kept.id)


def test_a_test_without_recipe_is_linked_on_the_page(open_as: OpenAs) -> None:
    wang = open_as("wang")
    recipe = Recipe.parse(
        igniter="135", nc=["B:702"], shell="22", current="1.2", vessel="10-892", device="Y-H"
    )
    order = wang.work_orders.create(recipe=recipe, title="to link")
    model = IngestModel(wang)
    view = IngestView(model, Viewer(), Guard(EN))
    view.load()
    read(model, upload("nameless.xlsx"))
    assert "No recipe is known" in curve_html(model.shown, EN)
    assert view.linking.widget.layout.display == "none", "it is not stored yet"
    store(model)
    test_id = model.results[0].test_result_id
    model.only_unlinked = True
    model.search("nameless.xlsx")
    assert test_id in [test.id for test in model.latest]
    model.show_test(wang.tests.get(test_id))
    assert view.linking.widget.layout.display is None
    assert order.number in view.linking.name.options
    view.linking.name.value = "no such product"
    view.linking.link.click()
    assert view._guard.trouble is not None
    view.linking.name.value = order.number
    view.linking.link.click()
    assert view._guard.trouble is None
    assert wang.tests.get(test_id).recipe == recipe
    assert view.linking.widget.layout.display == "none"
    assert f"{order.number} (chosen by hand)" in curve_html(model.shown, EN)
    assert test_id not in [test.id for test in model.latest]


@pytest.mark.parametrize(("typed", "stored"), [("", None), ("-35", -35.0), ("\u221235,5", -35.5)])
def test_a_temperature_goes_with_the_files(
    open_as: OpenAs, typed: str, stored: float | None
) -> None:
    wang = open_as("wang")
    model = loaded(wang)
    read(model, upload("cold.xlsx"))
    model.temperature = "warm"
    with pytest.raises(IngestError, match="'warm' is no temperature"):
        store(model)
    model.temperature = typed
    store(model)
    assert wang.tests.get(model.results[0].test_result_id).conditioning_temperature_c == stored


def test_what_a_record_lacks_is_said_in_the_language_of_the_page(open_as: OpenAs) -> None:
    wang = open_as("wang")
    model = loaded(wang)
    curve = example_curve(seed=next(seeds))
    cut = PTCurve(curve.time_ms, np.minimum(curve.pressure_mpa, 40.0))
    read(model, Upload("cut.xlsx", write_lab_workbook(cut, "P-9")))
    assert "are equal to the peak of 40 MPa" in curve_html(model.shown, EN)
    assert "都等于峰值 40 MPa" in curve_html(model.shown, Words("zh"))
    store(model)
    (test,) = wang.tests.list("cut.xlsx")
    assert quality_tags(test.flags, Words("zh")) == "削顶"
    assert quality_tags(test.flags, EN) == "clipped"

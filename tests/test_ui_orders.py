"""The Work orders page: the list, one order with its shots, and what each person may do."""

import io
import itertools
import zipfile

import numpy as np
import pytest
from conftest import OpenAs

from mgg_kernel.curve import PTCurve
from mgg_kernel.hot.work_orders import WorkOrder
from mgg_kernel.ingest import example_curve, write_lab_workbook
from mgg_kernel.lots import Corridor, overlay
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.orders import OrdersModel, OrdersView
from mgg_kernel.ui.orders.telling import answer_html, verdicts_html
from mgg_kernel.ui.plots import follow_zoom, shots_figure
from mgg_kernel.ui.plots.shot_lines import LINES
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.ui.words import Words
from mgg_kernel.workspace import Workspace

marks = itertools.count(1)
seeds = itertools.count(72_000)
EN = Words("en")


@pytest.fixture
def mark() -> str:
    """A word that no other test uses."""
    return f"zpage{next(marks):04d}"


def order_with_shots(ws: Workspace, mark: str, peaks: tuple[float, ...]) -> WorkOrder:
    order = ws.work_orders.create(title=mark)
    for peak in peaks:
        curve = example_curve(peak_mpa=peak, seed=next(seeds))
        data = write_lab_workbook(curve, mark)
        ws.tests.ingest(data, f"{mark} {peak}.xlsx", work_order=order.number)
    return order


def loaded(ws: Workspace, **query: str) -> OrdersModel:
    model = OrdersModel(ws)
    model.load(query)
    return model


def shown(ws: Workspace, language: str = "en", **query: str) -> OrdersView:
    t = Words(language)  # type: ignore[arg-type]
    viewer = Viewer("wang", language=t.language, query=query)
    view = OrdersView(OrdersModel(ws), viewer, Guard(t))
    view.load()
    return view


class TestModel:
    def test_an_order_is_opened_with_its_shots(self, open_as: OpenAs, mark: str) -> None:
        wang = open_as("wang")
        order = order_with_shots(wang, mark, (50.0, 52.0, 51.0))
        model = loaded(wang, order=order.number)
        assert model.shots is not None
        peaks = model.shots.overlay.statistics["peak_pressure_mpa"]
        assert peaks.n == 3
        assert peaks.mean == pytest.approx(51.0, abs=0.1)
        assert model.shots.charts is not None
        assert model.shown == {"order": order.number}
        assert "51.0" in answer_html(model, EN)

    def test_the_list_keeps_its_state_in_the_address(self, open_as: OpenAs, mark: str) -> None:
        wang = open_as("wang")
        for at in range(27):
            wang.work_orders.create(title=f"{mark} {at}", priority="high" if at == 3 else "normal")
        model = loaded(wang, search=mark)
        assert (model.pages.total, len(model.found), model.pages.last) == (27, 25, 1)
        model.turn(1)
        assert [row.order.title for row in model.found] == [f"{mark} 1", f"{mark} 0"]
        model.turn(5)
        assert model.pages.number == 1
        model.filter(search=mark, status="open", priority="high")
        assert [row.order.title for row in model.found] == [f"{mark} 3"]
        assert model.shown == {"search": mark, "status": "open", "priority": "high"}
        assert loaded(wang, **model.shown).found == model.found
        assert loaded(wang, status="nonsense", priority="' OR 1=1").shown == {}

    def test_tests_are_added_and_taken_off(self, open_as: OpenAs, mark: str) -> None:
        wang = open_as("wang")
        order = order_with_shots(wang, mark, (48.0,))
        data = write_lab_workbook(example_curve(seed=next(seeds)), mark)
        (result,) = wang.tests.ingest(data, f"{mark} later.xlsx")
        assert result.test_result_id is not None
        model = loaded(wang, order=order.number)
        assert result.test_result_id in {test.id for test in model.linkable}
        model.add((result.test_result_id,))
        assert model.shots is not None
        assert len(model.shots.series.shots) == 2
        model.take_off(result.test_result_id)
        assert len(model.shots.series.shots) == 1

    def test_shots_are_judged_by_a_corridor(self, open_as: OpenAs, mark: str) -> None:
        wang = open_as("wang")
        order = order_with_shots(wang, mark, (45.0, 80.0))
        box = Corridor(
            name=mark,
            upper=((0.0, 60.0), (30.0, 60.0)),
            lower=((0.0, -5.0), (30.0, -5.0)),
        )
        wang.corridors.save(box)
        model = loaded(wang, order=order.number)
        chosen = next(one for one in model.corridors if one.corridor.name == mark)
        model.judge(chosen)
        assert [one.passed for one in model.judged] == [True, False]
        html = verdicts_html(model, EN)
        assert "1 of 2 shots leave the corridor." in html
        model.judge(None)
        assert model.judged == ()

    def test_files_of_it(self, open_as: OpenAs, mark: str) -> None:
        wang = open_as("wang")
        order = order_with_shots(wang, mark, (50.0, 51.0))
        made = io.BytesIO()
        wang.tests.export_shots(made, work_order=order.number, format="xlsx", language="zh")
        assert zipfile.is_zipfile(made)


class TestView:
    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_an_order_is_made_changed_and_closed(
        self, open_as: OpenAs, mark: str, language: str
    ) -> None:
        wang = open_as("wang")
        view = shown(wang, language)
        view._new_title.value, view._new_priority.value = mark, "high"
        view.create.click()
        order = view.model.order
        assert order is not None
        assert (order.title, order.priority, order.status) == (mark, "high", "open")
        assert view._empty.layout.display is None
        view.title.value = f"{mark} changed"
        view.edit.click()
        assert wang.work_orders.get(order.number).title == f"{mark} changed"
        view.close.click()
        assert wang.work_orders.get(order.number).status == "closed"
        assert view._guard.trouble is None
        view.back.click()
        assert view.model.order is None
        assert view._listing.layout.display is None

    def test_who_only_looks_sees_no_tools(self, open_as: OpenAs, mark: str) -> None:
        order = order_with_shots(open_as("wang"), mark, (50.0, 51.0, 52.0))
        view = shown(open_as("boss"), order=order.number)
        for tool in (view._new, view._editing, view._adding, view.take_off):
            assert tool.layout.display == "none"
        assert view._with_shots.layout.display is None
        # Pressed all the same, as a hand-made message would.
        view.title.value = "mine now"
        view.edit.click()
        assert view._guard.trouble is not None
        assert open_as("wang").work_orders.get(order.number).title == mark

    def test_an_order_that_is_not_there_is_a_sentence(self, open_as: OpenAs) -> None:
        view = shown(open_as("wang"), order="WO-19990101-000000")
        assert view._guard.trouble is not None
        assert "WO-19990101-000000" in view._guard.trouble.sentence

    def test_somebody_elses_change_is_not_overwritten(self, open_as: OpenAs, mark: str) -> None:
        wang, sun = open_as("wang"), open_as("sun")
        order = wang.work_orders.create(title=mark)
        view = shown(wang, order=order.number)
        sun.work_orders.edit(order, title=f"{mark} of sun")
        view.title.value = f"{mark} of wang"
        view.edit.click()
        assert view._guard.trouble is not None
        assert view.title.value == f"{mark} of wang"
        assert wang.work_orders.get(order.number).title == f"{mark} of sun"


class TestZoom:
    def test_a_closer_look_shows_every_sample(self) -> None:
        time = np.arange(4000) * 0.01
        rng = np.random.default_rng(5)
        curves = [PTCurve(time, 40 * np.exp(-(((time - 12) / 4) ** 2)) + rng.normal(0, 0.01, 4000))]
        curves += [PTCurve(time, curve.pressure_mpa * 1.01) for curve in curves * 49]
        laid = overlay(curves, align="none")
        plot = shots_figure(laid, unusual=None)
        draw = follow_zoom(plot, laid)
        lines = [one for one in plot.renderers if (one.name or "").startswith(LINES)]
        sent = sum(part.nbytes for one in lines for part in one.data_source.data["times_ms"])
        # As base64, both columns.
        assert 2 * sent * 4 / 3 < 420_000
        before = [one.data_source.data for one in lines]
        plot.x_range.end += 1e-6
        draw()
        after = [one.data_source.data for one in lines]
        assert all(a is b for a, b in zip(after, before, strict=True)), "it is sent once"
        plot.x_range.start, plot.x_range.end = 11.0, 12.5
        draw()
        place = int(lines[0].name.removeprefix(LINES).split(",")[0])
        shown_ms = lines[0].data_source.data["times_ms"][0]
        inside = (laid.time_ms >= 11.0) & (laid.time_ms <= 12.5)
        assert np.isin(laid.time_ms[inside].astype(np.float32), shown_ms).all()
        highest = lines[0].data_source.data["pressures_mpa"][0].max()
        assert highest == np.float32(laid.pressures_mpa[place][inside].max())

"""The Ingest page: upload, preview, store."""

from typing import Any

from mgg_kernel.hot.test_results import TestSummary
from mgg_kernel.ingest import TEXT_ENDINGS
from mgg_kernel.ui import markup, numbers, widgets
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.ingest.linking import LinkForm
from mgg_kernel.ui.ingest.model import IngestModel, Upload
from mgg_kernel.ui.ingest.question import QuestionForm
from mgg_kernel.ui.ingest.telling import answer_html, curve_html, results_html
from mgg_kernel.ui.layout import block, labelled, page, picture, show
from mgg_kernel.ui.plots import curve_figure
from mgg_kernel.ui.quality import quality_tags
from mgg_kernel.ui.rows import Column, RowTable
from mgg_kernel.ui.steps import Steps
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.ui.words import Words

__all__ = ["IngestView"]

PLOT_HEIGHT_PX = 400


class IngestView:
    """The widgets of the Ingest page.

    Args:
        model: what they show and do; not yet loaded.
        viewer: whose language and colours.
        guard: keeps what goes wrong.
    """

    def __init__(self, model: IngestModel, viewer: Viewer, guard: Guard) -> None:
        self.model, self._viewer, self._guard = model, viewer, guard
        self._t = t = Words(viewer.language)
        self._steps = Steps(guard)
        self._answer = widgets.HTML()
        self.upload = widgets.FileUpload(
            accept=",".join((".xlsx", *TEXT_ENDINGS, ".tdms", ".001", ".002", ".003")),
            multiple=True,
            description=t("ingest.choose"),
            icon="upload",
        )
        self.upload.tooltip = t("ingest.choose")
        self.work_order = labelled(t("word.work_order"), widgets.Dropdown())
        self.temperature = labelled(
            t("ingest.temperature"), widgets.Text(continuous_update=False), "°C"
        )
        self.tested_on = labelled(t("ingest.tested_on"), widgets.DatePicker())
        self.question = QuestionForm(model, guard, t)
        self.linking = LinkForm(model, guard, t)
        self.keep = _button(t("ingest.keep"), "", t("ingest.keep_hint"))
        self.unlinked = widgets.Checkbox(description=t("ingest.only_unlinked"), indent=False)
        self.store = _button(t("ingest.store"), "primary", t("ingest.store_hint"))
        self.clear = _button(t("ingest.clear"), "", t("ingest.clear_hint"))
        self.cancel = _button(t("action.cancel"), "", t("ingest.cancel_hint"))
        self.undo = _button(t("ingest.undo"), "", t("ingest.undo_hint"))
        self.restore = _button(t("ingest.restore"), "", t("ingest.restore_hint"))
        self.curve = labelled(t("ingest.curve"), widgets.Dropdown())
        self.search = labelled(
            t("ingest.search"), widgets.Text(placeholder=t("search.tests"), continuous_update=False)
        )
        self._progress = widgets.HTML()
        self._results = widgets.HTML()
        self._picture = block("mgg-ui-picture")
        self._facts = widgets.HTML()
        self.tests = RowTable[TestSummary](
            self._columns(),
            on_open=self._open_test,
            action=t("action.show"),
            empty=t("ingest.no_tests"),
        )
        self._watch()
        self.widget = page(
            theme=viewer.theme,
            answer=self._answer,
            guard=guard,
            controls=[self._controls()],
            stage=[
                self.question.widget,
                self.curve,
                self._picture,
                self._facts,
                self.linking.widget,
            ],
            below=[widgets.HTML(markup.heading(t("ingest.latest"))), self.tests.widget],
        )

    def load(self) -> None:
        """Fill the page from the database, and show what its address asks for."""
        query = self._viewer.query
        self.model.only_unlinked = query.get("unlinked") == "1"
        self.unlinked.value = self.model.only_unlinked
        self._guard.run(self.model.load)
        self._draw()
        self._draw_curves(None)
        self._draw_picture(None)
        if "test" in query:
            self._guard.run(self.model.open_test, query["test"])

    def _controls(self) -> Any:
        t = self._t
        limit = widgets.HTML(
            markup.hint(t("ingest.limit", limit=numbers.count(self.model.upload_limit_mib)))
        )
        parts = [self.upload, limit, self.work_order]
        parts += [widgets.HTML(markup.hint(t("ingest.work_order_hint")))]
        parts += [self.temperature, self.tested_on]
        self._tools = block("mgg-ui-tools", [*parts, _line(self.store, self.clear)])
        self._look_only = widgets.HTML(markup.sentence(t("ingest.look_only")))
        return block(
            "mgg-ui-stack",
            [
                self._look_only,
                self._tools,
                self._progress,
                self.cancel,
                self._results,
                _line(self.undo, self.restore, self.keep),
                self.search,
                self.unlinked,
            ],
        )

    def _columns(self) -> list[Column[TestSummary]]:
        t = self._t
        return [
            Column(t("word.number"), lambda test: str(test.id), lambda test: test.id, "2.5rem"),
            Column(t("word.name"), lambda test: test.name, lambda test: test.name, "2fr"),
            Column(
                t("word.product"),
                lambda test: test.product or numbers.MISSING,
                lambda test: test.product,
            ),
            Column(
                t("word.peak_pressure"),
                lambda test: numbers.pressure(test.peak_pressure_mpa),
                lambda test: test.peak_pressure_mpa,
                "1.3fr",
                is_number=True,
            ),
            Column(
                t("word.peak_time"),
                lambda test: numbers.milliseconds(test.peak_time_ms),
                lambda test: test.peak_time_ms,
                is_number=True,
            ),
            Column(
                t("word.ignition_time"),
                lambda test: numbers.milliseconds(test.ignition_time_ms),
                lambda test: test.ignition_time_ms,
                "1.2fr",
                is_number=True,
            ),
            Column(
                t("ingest.quality"),
                lambda test: quality_tags(test.flags, t) or numbers.MISSING,
                lambda test: len(test.flags),
            ),
            Column(
                t("word.work_order"),
                lambda test: test.work_order or numbers.MISSING,
                lambda test: test.work_order,
                "11rem",
            ),
            Column(t("word.by"), lambda test: test.created_by, lambda test: test.created_by),
            Column(
                t("word.stored_at"),
                lambda test: numbers.day_and_minute(test.created_at, self.model.timezone),
                lambda test: test.created_at,
                "8.5rem",
            ),
        ]

    def _watch(self) -> None:
        model, guard = self.model, self._guard
        self.upload.observe(self._uploaded, "value")
        self.store.on_click(lambda _: self._start(model.store()))
        self.clear.on_click(lambda _: guard.run(model.clear))
        self.cancel.on_click(lambda _: self._steps.cancel())
        self.undo.on_click(lambda _: guard.run(model.undo))
        self.restore.on_click(lambda _: guard.run(model.restore))
        self.search.observe(lambda change: guard.run(model.search, change.new), "value")
        self.keep.on_click(lambda _: guard.run(model.keep_refused))
        self.temperature.observe(self._typed_temperature, "value")
        self.tested_on.observe(self._chose_day, "value")
        self.unlinked.observe(self._chose_unlinked, "value")
        self.curve.observe(self._chose_curve, "value")
        self.work_order.observe(self._chose_order, "value")
        model.observe(self._draw_orders, "work_orders")
        model.observe(self._draw_curves, "files")
        model.observe(self._draw_picture, "shown")
        model.observe(lambda _: self.tests.fill(model.latest), "latest")
        model.observe(
            lambda _: self._draw(),
            ["state", "files", "results", "deleted", "kept", "progress", "shown"],
        )

    def _uploaded(self, _: object) -> None:
        if not self.upload.value:
            return
        uploads = [Upload(file.name, bytes(file.content)) for file in self.upload.value]
        # Emptied, so that the same file chosen once more is heard of once more.
        self.upload.value = ()
        self._start(self.model.read(uploads))

    def _start(self, work: Any) -> None:
        self._steps.start(work, self._draw)
        self._draw()

    def _open_test(self, test: TestSummary) -> None:
        self._guard.run(self.model.show_test, test)
        # Scrolls the page to the top, where the curve is.
        (self.upload if self.model.may_work else self.search).focus()

    def _chose_curve(self, change: Any) -> None:
        # While files are being read, nobody but this page has chosen.
        if change.new is not None and not self._steps.is_busy:
            self._guard.run(self.model.show_curve, change.new)

    def _chose_order(self, change: Any) -> None:
        self.model.work_order = change.new or ""

    def _typed_temperature(self, change: Any) -> None:
        self.model.temperature = change.new or ""

    def _chose_day(self, change: Any) -> None:
        self.model.tested_on = change.new

    def _chose_unlinked(self, change: Any) -> None:
        self.model.only_unlinked = bool(change.new)
        self._guard.run(self.model.refresh)

    def _draw(self) -> None:
        model, t, busy = self.model, self._t, self._steps.is_busy
        self._answer.value = answer_html(model, t)
        show(self._look_only, not model.may_work)
        show(self._tools, model.may_work)
        self.store.disabled = busy or model.state != "previewed"
        self.clear.disabled = busy or not model.files
        self.upload.disabled = busy
        now = model.progress
        if now is not None:
            stage = t("ingest.reading") if now.stage == "read" else t("ingest.storing")
            words = f"{stage} {now.done + 1}/{now.total}: {now.name}"
            self._progress.value = markup.progress(now.done, now.total, words)
        show(self._progress, now is not None)
        show(self.cancel, now is not None and now.total > 1)
        self._results.value = results_html(model, t)
        show(self.undo, bool(model.undoable) and not busy)
        show(self.restore, bool(model.deleted) and not busy)
        show(self.keep, bool(model.refused) and model.may_work and not busy)
        self.question.draw(busy)
        self.linking.draw()

    def _draw_orders(self, _: object) -> None:
        none = (self._t("ingest.no_work_order"), "")
        self.work_order.options = [
            none,
            *((f"{order.number} {order.title}", order.number) for order in self.model.work_orders),
        ]
        self.work_order.value = ""

    def _draw_curves(self, _: object) -> None:
        curves = self.model.curves
        self.curve.options = [
            (f"{curve.file_name} · {curve.sheet}", at) for at, curve in enumerate(curves)
        ]
        self.curve.value = 0 if curves else None
        show(self.curve, len(curves) > 1)

    def _draw_picture(self, _: object) -> None:
        shown, viewer = self.model.shown, self._viewer
        if shown is None:
            picture(self._picture, None)
        else:
            figure = curve_figure(
                shown.curve,
                name=shown.name,
                language=viewer.language,
                theme=viewer.theme,
                height_px=PLOT_HEIGHT_PX,
            )
            picture(self._picture, figure)
        self._facts.value = curve_html(shown, self._t)


def _button(text: str, style: str, tooltip: str) -> Any:
    return widgets.Button(description=text, button_style=style, tooltip=tooltip)


def _line(*buttons: Any) -> Any:
    line = widgets.HBox(list(buttons))
    line.add_class("mgg-ui-line")
    return line

"""The Reports page: the newest report stands open; others are found, checked, compared and made."""

import asyncio
from typing import Any

from mgg_kernel.hot.report_runs import ReportRun
from mgg_kernel.ui import markup, widgets
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.layout import block, labelled, page, show
from mgg_kernel.ui.reports import telling
from mgg_kernel.ui.reports.model import EVERYTHING, STATES, ReportsModel
from mgg_kernel.ui.rows import RowTable
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.ui.words import Words

__all__ = ["ReportsView"]

LOOK_EVERY_S = 1.0


class ReportsView:
    """The widgets of the Reports page.

    Args:
        model: what they show and do; not yet loaded.
        viewer: whose language, colours and address.
        guard: keeps what goes wrong.
    """

    def __init__(self, model: ReportsModel, viewer: Viewer, guard: Guard) -> None:
        self.model, self._viewer, self._guard = model, viewer, guard
        self._t = t = Words(viewer.language)
        self._watching: asyncio.Task[None] | None = None
        self._answer, self._facts = widgets.HTML(), widgets.HTML()
        self._frame, self._verdict, self._differing = (widgets.HTML() for _ in range(3))
        self._making = widgets.HTML()
        kinds = [(telling.kind_name(one.name, t), one.name) for one in model.kinds]
        self.name = labelled(
            t("reports.kind"),
            widgets.Dropdown(
                options=[(t("reports.read"), ""), *kinds, (t("reports.all"), EVERYTHING)]
            ),
        )
        states = [(telling.state_name(one, t), one) for one in STATES]
        self.state = labelled(
            t("reports.state"), widgets.Dropdown(options=[(t("reports.all_states"), ""), *states])
        )
        self.period = labelled(
            t("reports.period_only"),
            widgets.Text(placeholder=t("reports.period_hint"), continuous_update=False),
        )
        self.check = widgets.Button(description=t("reports.check"), tooltip=t("reports.check_hint"))
        self.again = widgets.Button(description=t("reports.again"), tooltip=t("reports.again_hint"))
        self.other = labelled(
            t("reports.compare"), widgets.Dropdown(options=[(t("reports.compare_none"), 0)])
        )
        self.refresh = widgets.Button(description=t("reports.refresh"))
        self.which = labelled(t("reports.kind"), widgets.Dropdown(options=kinds))
        self.of = labelled(t("reports.period"), widgets.Text(placeholder=t("reports.period_hint")))
        self.make = widgets.Button(
            description=t("reports.make"),
            tooltip=t("reports.make_hint"),
            button_style="primary",
        )
        self.list = RowTable[ReportRun](
            telling.columns(t, model.timezone),
            on_open=self._open,
            action=t("action.open"),
            empty=t("reports.answer_nothing_found"),
        )
        self._watch()
        self.widget = page(
            theme=viewer.theme,
            answer=self._answer,
            guard=guard,
            controls=[self._controls()],
            stage=[self._verdict, self._differing, self._frame],
            below=[widgets.HTML(markup.heading(t("reports.latest"))), self.list.widget],
        )

    def load(self) -> None:
        """Fill the page from the database, and show what its address asks for."""
        if self._guard.run(self.model.load):
            self._guard.run(self.model.open_query, self._viewer.query)
        model = self.model
        self.name.value, self.state.value = self._known(model.name), model.state
        self.period.value = model.period
        if model.name or model.state or model.period:
            self._finding.selected_index = 0
        self._draw_list()
        self._draw()

    def _known(self, name: str) -> str:
        return name if name in {EVERYTHING, *(one.name for one in self.model.kinds)} else ""

    def _controls(self) -> Any:
        t = self._t
        buttons = widgets.HBox([self.check, self.again])
        buttons.add_class("mgg-ui-line")
        self._tools = block("mgg-ui-stack", [self._facts, buttons, self.other])
        making = block("mgg-ui-stack", [self.which, self.of, self.make, self._making])
        self._fold = widgets.Accordion([making], titles=[t("reports.make")])
        self._fold.add_class("mgg-ui-fold")
        finding = block("mgg-ui-stack", [self.name, self.state, self.period, self.refresh])
        self._finding = widgets.Accordion([finding], titles=[t("reports.show_list")])
        self._finding.add_class("mgg-ui-fold")
        return block("mgg-ui-stack", [self._tools, self._fold, self._finding])

    def _open(self, run: ReportRun) -> None:
        self._guard.run(self.model.open, run.id)
        self.check.focus()  # scrolls the page to the top, where the report is

    def _watch(self) -> None:
        model, guard = self.model, self._guard
        for control in (self.name, self.state, self.period):
            control.observe(lambda _: guard.run(self._ask), "value")
        self.refresh.on_click(lambda _: guard.run(model.refresh))
        self.check.on_click(lambda _: guard.run(model.check))
        self.again.on_click(lambda _: self._begin(model.again))
        self.make.on_click(
            lambda _: self._begin(
                lambda: model.make(self.which.value, self.of.value, self._viewer.language)
            )
        )
        self.other.observe(lambda change: guard.run(model.compare, change["new"] or None), "value")
        model.observe(lambda _: self._draw_list(), "runs")
        model.observe(lambda _: self._draw(), ["run", "page", "verdict", "is_making"])
        model.observe(lambda _: self._draw_differing(), ["other", "differing"])

    def _ask(self) -> None:
        self.model.ask(
            name=self.name.value or "", state=self.state.value or "", period=self.period.value
        )

    def _begin(self, action: Any) -> None:
        """Start a report, and look now and then whether it is there."""
        if not self._guard.run(action):
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # in a test, which looks by itself
        self._watching = loop.create_task(self._look())

    async def _look(self) -> None:
        is_there = False
        while not is_there:
            await asyncio.sleep(LOOK_EVERY_S)
            with self._guard.watching() as failed:
                is_there = self.model.look()
            is_there = is_there or bool(failed)

    def _draw_list(self) -> None:
        self.list.fill(self.model.runs)
        if self.model.run is None:
            self._draw()

    def _draw(self) -> None:
        model, t = self.model, self._t
        run = model.run
        self._answer.value = telling.answer_html(model, t)
        self._facts.value = telling.facts_html(model, t, is_dashboard=self._viewer.is_dashboard)
        self._frame.value = telling.page_html(model, t)
        self._verdict.value = telling.verdict_html(model, t)
        show(self._verdict, model.verdict is not None)
        show(self._tools, run is not None)
        show(self._fold, model.may_work)
        show(self.again, model.may_work and run is not None and run.state != "running")
        self.check.disabled = run is None or run.folder is None
        self.make.disabled = self.again.disabled = model.is_making
        name = telling.kind_name(self.which.value or "", t)
        self._making.value = (
            markup.sentence(t("reports.making", name=name)) if model.is_making else ""
        )
        with self._guard.watching():
            others = model.others()
        options = [(f"{one.id} · {one.period}", one.id) for one in others]
        self.other.options = [(t("reports.compare_none"), 0), *options]
        show(self.other, bool(others))
        if run is None:
            said = markup.sentence(telling.nothing_shown(model, t))
            self._frame.value = f'<div class="mgg-ui-empty">{said}</div>'
        self._draw_differing()

    def _draw_differing(self) -> None:
        self._differing.value = telling.differing_html(self.model, self._t)
        show(self._differing, self.model.differing is not None)

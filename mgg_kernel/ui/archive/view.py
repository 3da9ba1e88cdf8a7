"""The Archive page: what is cold, what is due, holds, retention, and how the database does."""

from typing import Any

from mgg_kernel.ui import markup, widgets
from mgg_kernel.ui.archive import telling
from mgg_kernel.ui.archive.forms import PeriodForm, RetentionForm
from mgg_kernel.ui.archive.model import TABLES, ArchiveModel
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.layout import block, labelled, page, picture, show
from mgg_kernel.ui.plots import tiers_figure
from mgg_kernel.ui.steps import Steps
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.ui.words import Words

__all__ = ["ArchiveView"]


class ArchiveView:
    """The widgets of the Archive page.

    Args:
        model: what they show and do; not yet loaded.
        viewer: whose language, colours and address.
        guard: keeps what goes wrong.
    """

    def __init__(self, model: ArchiveModel, viewer: Viewer, guard: Guard) -> None:
        self.model, self._viewer, self._guard = model, viewer, guard
        self._t = t = Words(viewer.language)
        self._steps = Steps(guard)
        self._answer, self._progress, self._outcome = (widgets.HTML() for _ in range(3))
        self._facts, self._lists, self._checks = (widgets.HTML() for _ in range(3))
        self._look_only = widgets.HTML(markup.sentence(t("archive.look_only")))
        self.run = widgets.Button(
            description=t("archive.run"), button_style="primary", tooltip=t("archive.run_hint")
        )
        self.verify = widgets.Button(
            description=t("archive.verify"), tooltip=t("archive.verify_hint")
        )
        self.cancel = widgets.Button(
            description=t("action.cancel"), tooltip=t("archive.cancel_hint")
        )
        self.table = labelled(t("archive.drawn"), widgets.Dropdown())
        self.table.options = [(t(telling.TABLE_WORDS[name]), name) for name in TABLES]
        self.periods = PeriodForm(model, guard, self._steps, t, self.draw)
        self.retention = RetentionForm(model, guard, t, self.draw)
        self._picture = block("mgg-ui-picture")
        self.run.on_click(lambda _: self._start(model.run()))
        self.verify.on_click(lambda _: self._start(model.verify()))
        self.cancel.on_click(lambda _: self._steps.cancel())
        self.table.observe(self._chose_table, "value")
        model.observe(self._draw_progress, "running")
        model.observe(lambda _: self._draw_picture(), ["rows", "table"])
        self._buttons = widgets.HBox([self.run, self.verify])
        self._buttons.add_class("mgg-ui-line")
        self.widget = page(
            theme=viewer.theme,
            answer=self._answer,
            guard=guard,
            controls=[
                self._look_only,
                self._buttons,
                self._progress,
                self.cancel,
                self._outcome,
                self.periods.widget,
                self.retention.widget,
            ],
            stage=[self.table, self._picture, self._facts, self._lists],
            below=[widgets.HTML(markup.heading(t("archive.monitoring"))), self._checks],
        )

    def load(self) -> None:
        """Fill the page from the database."""
        wanted = self._viewer.query.get("table", TABLES[0])
        if wanted in TABLES:
            self.model.table = wanted
            self.table.value = wanted
        self._guard.run(self.model.load)
        self.draw()
        self._draw_picture()

    def draw(self) -> None:
        """Show what the model knows."""
        model, t, busy = self.model, self._t, self._steps.is_busy
        self._answer.value = telling.answer_html(model, t)
        self._outcome.value = telling.outcome_html(model, t)
        self._facts.value = telling.facts_html(model, t)
        self._lists.value = telling.lists_html(model, t)
        self._checks.value = telling.checks_html(model, t)
        show(self._look_only, not model.may_restore)
        show(self._buttons, model.may_run)
        self.run.disabled = busy or not model.due
        self.verify.disabled = busy
        show(self.cancel, busy and model.running is not None)
        self.periods.draw(busy)
        self.retention.draw(busy)
        self._draw_progress(None)

    def _draw_progress(self, _: object) -> None:
        self._progress.value = telling.progress_html(self.model, self._t)
        show(self._progress, self.model.running is not None)

    def _draw_picture(self) -> None:
        rows = [one for one in self.model.rows if one.table == self.model.table]
        figure = None
        if rows:
            figure = tiers_figure(rows, language=self._viewer.language, theme=self._viewer.theme)
        picture(self._picture, figure)

    def _start(self, work: Any) -> None:
        self._steps.start(work, self.draw)
        self.draw()

    def _chose_table(self, change: Any) -> None:
        self.model.table = change.new

"""The means of the Archive page: hold, release, restore, retention."""

from typing import Any

from mgg_kernel.ui import markup, widgets
from mgg_kernel.ui.archive.model import TABLES, ArchiveModel
from mgg_kernel.ui.archive.telling import TABLE_WORDS
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.layout import block, labelled, show
from mgg_kernel.ui.steps import Steps
from mgg_kernel.ui.words import Words

__all__ = ["PeriodForm", "RetentionForm"]


class PeriodForm:
    """A period, a reason, and what to do with it.

    Args:
        model: what it acts on.
        guard: shows what is refused; what was typed stays.
        steps: runs what takes long.
        t: the viewer's words.
        redraw: called when a step begins.
    """

    def __init__(
        self, model: ArchiveModel, guard: Guard, steps: Steps, t: Words, redraw: Any
    ) -> None:
        self._model, self._guard, self._steps, self._redraw = model, guard, steps, redraw
        self._t = t
        self.period = labelled(t("archive.period"), widgets.Text(placeholder="2024-Q1"))
        self.table = labelled(t("archive.table"), widgets.Dropdown())
        self.table.options = [
            (t("archive.all_tables"), ""),
            *((t(TABLE_WORDS[name]), name) for name in TABLES),
        ]
        self.table.value = ""
        self.reason = labelled(t("archive.reason"), widgets.Text())
        self.hold = widgets.Button(description=t("archive.hold"), tooltip=t("archive.hold_hint"))
        self.restore = widgets.Button(
            description=t("archive.restore"), tooltip=t("archive.restore_hint")
        )
        self.held = labelled(t("archive.holds"), widgets.Dropdown())
        self.release = widgets.Button(
            description=t("archive.release"), tooltip=t("archive.release_hint")
        )
        self.hold.on_click(lambda _: self._do_hold())
        self.restore.on_click(lambda _: self._do_restore())
        self.release.on_click(lambda _: self._do_release())
        line = widgets.HBox([self.hold, self.restore])
        line.add_class("mgg-ui-line")
        self._release = block("mgg-ui-stack", [self.held, self.release])
        self.widget = block(
            "mgg-ui-stack",
            [
                widgets.HTML(markup.heading(t("archive.holds_title"))),
                self.period,
                self.table,
                self.reason,
                line,
                self._release,
            ],
        )

    def draw(self, busy: bool) -> None:
        """Show the holds there are, and nothing at all to those who may only look."""
        model = self._model
        show(self.widget, model.may_restore)
        show(self._release, bool(model.holds))
        for button in (self.hold, self.restore, self.release):
            button.disabled = busy
        chosen, ids = self.held.value, [one.id for one in model.holds]
        self.held.options = [
            (f"{one.period_start:%Y-%m} … {one.period_end:%Y-%m} · {one.reason}", one.id)
            for one in model.holds
        ]
        if ids:
            self.held.value = chosen if chosen in ids else ids[0]

    def _do_hold(self) -> None:
        done = self._guard.run(
            self._model.hold, self.period.value, self.table.value, self.reason.value
        )
        if done:
            self.period.value = self.reason.value = ""
        self._redraw()

    def _do_release(self) -> None:
        self._guard.run(self._model.release, self.held.value)
        self._redraw()

    def _do_restore(self) -> None:
        work = self._model.restore(self.period.value, self.table.value, self.reason.value)
        self._steps.start(work, self._redraw)
        self._redraw()


class RetentionForm:
    """For how many days rows stay hot; administrators change it."""

    def __init__(self, model: ArchiveModel, guard: Guard, t: Words, redraw: Any) -> None:
        self._model, self._guard, self._redraw = model, guard, redraw
        self.days = {
            name: labelled(
                t(TABLE_WORDS[name]),
                widgets.BoundedIntText(min=1, max=36_500),
                t("archive.unit_days"),
            )
            for name in TABLES
        }
        self.save = widgets.Button(
            description=t("archive.save_policy"), tooltip=t("archive.save_policy_hint")
        )
        self.save.on_click(lambda _: self._do_save())
        self.widget = block(
            "mgg-ui-stack",
            [
                widgets.HTML(markup.heading(t("archive.retention"))),
                *self.days.values(),
                self.save,
            ],
        )

    def draw(self, busy: bool) -> None:
        """Show the days that hold, to administrators."""
        show(self.widget, self._model.may_run)
        self.save.disabled = busy
        for policy in self._model.policies:
            self.days[policy.table].value = policy.hot_days

    def _do_save(self) -> None:
        known = {policy.table: policy.hot_days for policy in self._model.policies}
        for table, control in self.days.items():
            changed = control.value != known.get(table)
            if changed and not self._guard.run(self._model.set_hot_days, table, control.value):
                return  # refused: what was typed stays
        self._redraw()

"""The Log page: filters on the left, the entries, one of them in full."""

from datetime import date

from mgg_kernel.hot.log import LogEntry
from mgg_kernel.ui import numbers, widgets
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.layout import labelled, page, show
from mgg_kernel.ui.log import telling
from mgg_kernel.ui.log.model import LogModel
from mgg_kernel.ui.rows import Column, RowTable
from mgg_kernel.ui.steps import Steps
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.ui.words import Words

__all__ = ["LogView"]


class LogView:
    """The widgets of the Log page.

    Args:
        model: what they show and do; not yet loaded.
        viewer: whose language, colours and address.
        guard: keeps what goes wrong.
    """

    def __init__(self, model: LogModel, viewer: Viewer, guard: Guard) -> None:
        self.model, self._viewer, self._guard = model, viewer, guard
        self._t = t = Words(viewer.language)
        self._steps, self._setting = Steps(guard), False
        self._answer, self._chain, self._entry, self._exports = (widgets.HTML() for _ in range(4))
        self.text = labelled(
            t("log.text"), widgets.Text(placeholder=t("log.text_hint"), continuous_update=False)
        )
        self.user = labelled(t("log.who"), widgets.Text(continuous_update=False))
        self.kind = labelled(t("log.kind"), widgets.Dropdown())
        self.kind.options = [
            (t("log.any"), ""),
            *((t(word), name) for name, word in telling.KINDS.items()),
        ]
        self.outcome = labelled(t("log.outcome"), widgets.Dropdown())
        self.outcome.options = [
            (t("log.any"), ""),
            *((t(word), name) for name, word in telling.OUTCOMES.items()),
        ]
        self.since = labelled(t("log.since"), widgets.DatePicker())
        self.until = labelled(t("log.until"), widgets.DatePicker())
        self.logins = widgets.Button(description=t("log.logins"), tooltip=t("log.logins_hint"))
        self.clear = widgets.Button(description=t("log.clear"), tooltip=t("log.clear_hint"))
        self.older = widgets.Button(description=t("log.older"), tooltip=t("log.older_hint"))
        self.newer = widgets.Button(description=t("log.newer"), tooltip=t("log.newer_hint"))
        self.verify = widgets.Button(description=t("log.verify"), tooltip=t("log.verify_hint"))
        self.table = RowTable[LogEntry](
            self._columns(),
            t=t,
            on_open=lambda entry: guard.run(model.choose, entry),
            action=t("action.show"),
            empty=t("log.empty"),
        )
        self._watch()
        pager = self._pager = widgets.HBox([self.newer, self.older])
        presets = widgets.HBox([self.logins, self.clear])
        for line in (pager, presets):
            line.add_class("mgg-ui-line")
        self.widget = page(
            theme=viewer.theme,
            answer=self._answer,
            guard=guard,
            controls=[
                self.text,
                self.kind,
                self.outcome,
                self.user,
                self.since,
                self.until,
                presets,
                self._exports,
                self._chain,
                self.verify,
            ],
            stage=[self.table.widget, pager, self._entry],
        )

    def load(self) -> None:
        """Fill the page from the database."""
        self._guard.run(self.model.load, self._viewer.query)
        self.table.fill(self.model.entries)
        self._draw()

    def _columns(self) -> list[Column[LogEntry]]:
        t = self._t

        def at(entry: LogEntry) -> str:
            return numbers.day_and_minute(entry.recorded_at, self.model.timezone)

        def what(entry: LogEntry) -> str:
            return telling.what(entry, t)

        return [
            Column(t("log.when"), at, lambda entry: entry.recorded_at, "8.5rem"),
            Column(t("log.who"), lambda entry: entry.actor, lambda entry: entry.actor, "6.5rem"),
            Column(
                t("log.kind"),
                lambda entry: t(telling.KINDS[entry.log_type]),
                lambda entry: entry.log_type,
                "5.5rem",
            ),
            Column(
                t("log.action"),
                lambda entry: t.told(entry.action),
                lambda entry: entry.action,
                "1.4fr",
            ),
            Column(t("log.what"), what, what, "1.2fr"),
            Column(
                t("log.outcome"),
                lambda entry: t(telling.OUTCOMES[entry.outcome]),
                lambda entry: entry.outcome,
                "4.5rem",
            ),
        ]

    def _watch(self) -> None:
        model, guard = self.model, self._guard
        for control in (self.text, self.user, self.kind, self.outcome, self.since, self.until):
            control.observe(lambda _: self._ask(), "value")
        self.logins.on_click(lambda _: guard.run(model.ask, {"type": "login"}))
        self.clear.on_click(lambda _: guard.run(model.ask, {}))
        self.older.on_click(lambda _: guard.run(model.older))
        self.newer.on_click(lambda _: guard.run(model.newer))
        self.verify.on_click(lambda _: self._start_verifying())
        # Only then: a row that is drawn anew while it is clicked would not hear of it.
        model.observe(lambda _: self.table.fill(model.entries), "entries")
        model.observe(lambda _: self._draw(), ["entries", "asked", "chosen", "state", "verifying"])

    def _ask(self) -> None:
        if self._setting:
            return
        days = {"since": self.since.value, "until": self.until.value}
        asked = {
            "text": self.text.value.strip(),
            "user": self.user.value.strip(),
            "type": self.kind.value,
            "outcome": self.outcome.value,
            **{name: day.isoformat() if day else "" for name, day in days.items()},
        }
        self._guard.run(self.model.ask, asked)

    def _start_verifying(self) -> None:
        self._steps.start(self.model.verify(), self._draw)
        self._draw()

    def _draw(self) -> None:
        model, t = self.model, self._t
        self._answer.value = telling.answer_html(model, t)
        self._chain.value = telling.chain_html(model, t)
        self._entry.value = telling.entry_html(model, t)
        self._exports.value = telling.exports_html(model, t) if self._viewer.is_dashboard else ""
        show(self.user, model.sees_all)
        show(self.verify, model.sees_all)
        self.verify.disabled = model.verifying
        self.verify.description = t("log.verifying") if model.verifying else t("log.verify")
        self.newer.disabled = model.page == 1
        self.older.disabled = not model.has_older
        show(self._pager, model.page > 1 or model.has_older)
        self._set_controls()

    def _set_controls(self) -> None:
        """Show in the controls what is asked for, also where an address or a button asked."""
        asked = self.model.asked
        self._setting = True
        try:
            self.text.value, self.user.value = asked.get("text", ""), asked.get("user", "")
            kind, outcome = asked.get("type", ""), asked.get("outcome", "")
            self.kind.value = kind if kind in telling.KINDS else ""
            self.outcome.value = outcome if outcome in telling.OUTCOMES else ""
            for name, control in (("since", self.since), ("until", self.until)):
                control.value = date.fromisoformat(asked[name]) if name in asked else None
        finally:
            self._setting = False

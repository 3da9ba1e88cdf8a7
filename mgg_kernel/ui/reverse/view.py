"""The Reverse page: what is wanted on the left, the recipes and their curves on the right."""

from typing import Any

from traitlets import link

from mgg_kernel.hot.reverse_simulations import ReverseSummary
from mgg_kernel.reverse import Candidate
from mgg_kernel.ui import markup, numbers, widgets
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.labels import recipe_label
from mgg_kernel.ui.layout import block, labelled, page, picture, show
from mgg_kernel.ui.plots import candidates_figure
from mgg_kernel.ui.recipe_form import RecipeFormView
from mgg_kernel.ui.reverse.model import ReverseModel
from mgg_kernel.ui.reverse.telling import answer_html, chosen_html, made_html, progress_html
from mgg_kernel.ui.rows import Column, RowTable
from mgg_kernel.ui.steps import Steps
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.ui.words import Words

__all__ = ["ReverseView"]

PLOT_HEIGHT_PX = 440


class ReverseView:
    """The widgets of the Reverse page.

    Args:
        model: what they show and do; not yet loaded.
        viewer: whose language, colours and address.
        guard: keeps what goes wrong.
    """

    def __init__(self, model: ReverseModel, viewer: Viewer, guard: Guard) -> None:
        self.model, self._viewer, self._guard = model, viewer, guard
        self._t = t = Words(viewer.language)
        self._steps = Steps(guard)
        self._answer, self._chosen, self._made = (widgets.HTML() for _ in range(3))
        self._model_name, self._progress = widgets.HTML(), widgets.HTML()
        kinds = [
            (t("reverse.read_outs"), "read_outs"),
            (t("reverse.of_test"), "test"),
            (t("reverse.of_corridor"), "corridor"),
            (t("reverse.drawn"), "drawn"),
        ]
        self.kind = labelled(t("reverse.kind"), widgets.Dropdown(options=kinds))
        self.peak = self._text("peak_pressure_mpa", t("word.peak_pressure"), "MPa")
        self.peak_time = self._text("peak_time_ms", t("word.peak_time"), "ms")
        self.ignition = self._text("ignition_time_ms", t("word.ignition_time"), "ms")
        self.test = self._text("test", t("reverse.test"))
        self.corridor = labelled(t("reverse.corridor"), widgets.Dropdown())
        self.points = labelled(
            t("reverse.points"), widgets.Textarea(placeholder=t("reverse.points_hint"), rows=6)
        )
        link((model.wanted, "points"), (self.points, "value"))
        self.pressure_percent = self._text("pressure_percent", t("reverse.pressure_percent"), "%")
        self.time_percent = self._text("time_percent", t("reverse.time_percent"), "%")
        self.form = RecipeFormView(model.form, t)
        self.igniters = labelled(t("reverse.igniters"), widgets.SelectMultiple(rows=4))
        self.limit = labelled(t("reverse.limit"), widgets.Text(), "MPa")
        link((model, "max_pressure_mpa"), (self.limit, "value"))
        self.charges = labelled(
            t("reverse.charges"), widgets.Dropdown(options=["1", "2", "3"], value="2")
        )
        link((model, "max_charges"), (self.charges, "value"))
        self.run = _button(t("reverse.run"), t("reverse.run_hint"), "primary")
        self.cancel = _button(t("action.cancel"), t("action.cancel"))
        self.simulate = _button(t("reverse.simulate"), t("reverse.simulate"))
        self.order = _button(t("reverse.order"), t("reverse.order"))
        self.candidates = RowTable[Candidate](
            self._candidate_columns(),
            t=t,
            on_open=lambda row: guard.run(model.choose, row),
            action=t("action.show"),
            empty=t("reverse.none_yet"),
        )
        self.search = labelled(
            t("reverse.latest"),
            widgets.Text(placeholder=t("reverse.search"), continuous_update=False),
        )
        self.stored = RowTable[ReverseSummary](
            self._stored_columns(),
            t=t,
            on_open=lambda row: guard.run(model.open, row.id),
            action=t("action.open"),
            empty=t("reverse.none_yet"),
        )
        self._picture = block("mgg-ui-picture")
        self._watch()
        self.widget = page(
            theme=viewer.theme,
            answer=self._answer,
            guard=guard,
            controls=[self._controls()],
            stage=[self._progress, self._picture, self._found()],
            below=[self.search, self.stored.widget],
        )

    def load(self) -> None:
        """Fill the page from the database, and show what its address asks for."""
        model, t = self.model, self._t
        self._guard.run(model.load, self._viewer.query)
        self._model_name.value = markup.hint(t("reverse.model", name=t.told(model.model_name)))
        # Options that are new choose anew: what the address asked for is put back after.
        asked, igniters = model.wanted.corridor, model.igniters
        self.corridor.options = list(model.corridors)
        self.igniters.options = list(model.form.igniter_codes)
        if asked:
            model.wanted.corridor = asked
        model.igniters = igniters
        self._follow()
        show(self._tools, model.may_work)
        self._draw_kind()
        self._draw()

    def _text(self, name: str, label: str, unit: str = "") -> Any:
        text = labelled(label, widgets.Text(), unit)
        link((self.model.wanted, name), (text, "value"))
        return text

    def _controls(self) -> Any:
        # Of a recipe only what surrounds the charges is given here.
        form = self.form
        surroundings = block(
            "mgg-ui-form",
            [form.igniter, form.vessel, form.shell, form.current, form.device, self.charges],
        )
        self._read_outs = block("mgg-ui-stack", [self.peak, self.peak_time, self.ignition])
        tolerances = block("mgg-ui-form", [self.pressure_percent, self.time_percent])
        line = widgets.HBox([self.run, self.cancel])
        line.add_class("mgg-ui-line")
        self._tools = block(
            "mgg-ui-stack",
            [
                self._model_name,
                *(self.kind, self._read_outs, self.test, self.corridor, self.points, tolerances),
                *(surroundings, self.igniters, self.limit, line),
            ],
        )
        return self._tools

    def _found(self) -> Any:
        heading = widgets.HTML(markup.heading(self._t("reverse.candidates")))
        line = widgets.HBox([self.simulate, self.order])
        line.add_class("mgg-ui-line")
        self._using = line
        self._list = block("mgg-ui-stack", [heading, self.candidates.widget])
        return block("mgg-ui-stack", [self._chosen, line, self._made, self._list])

    def _candidate_columns(self) -> list[Column[Candidate]]:
        t = self._t
        return [
            Column(t("reverse.rank"), lambda row: str(row.rank), lambda row: row.rank, "3rem"),
            Column(
                t("word.recipe"),
                lambda row: recipe_label(row.recipe),
                lambda row: str(row.recipe),
                "3fr",
            ),
            Column(
                t("word.peak_pressure"),
                lambda row: numbers.pressure(row.peak_pressure_mpa),
                lambda row: row.peak_pressure_mpa,
                is_number=True,
            ),
            Column(
                t("word.peak_time"),
                lambda row: numbers.milliseconds(row.peak_time_ms),
                lambda row: row.peak_time_ms,
                is_number=True,
            ),
            Column(
                t("reverse.score"),
                lambda row: numbers.percent(100 * row.score),
                lambda row: row.score,
                "4rem",
                is_number=True,
            ),
            Column(
                t("reverse.confidence"),
                lambda row: numbers.percent(row.confidence),
                lambda row: row.confidence,
                "5rem",
                is_number=True,
            ),
        ]

    def _stored_columns(self) -> list[Column[ReverseSummary]]:
        t, zone = self._t, self.model.timezone
        return [
            Column(t("word.number"), lambda row: str(row.id), lambda row: row.id, "3rem"),
            Column(t("reverse.title"), lambda row: t.told(row.title), lambda row: row.title, "3fr"),
            Column(
                t("reverse.found"),
                lambda row: numbers.count(row.candidate_count),
                lambda row: row.candidate_count,
                "4rem",
                is_number=True,
            ),
            Column(t("word.model"), lambda row: t.told(row.model_name), lambda row: row.model_name),
            Column(t("word.by"), lambda row: row.created_by, lambda row: row.created_by),
            Column(
                t("word.stored_at"),
                lambda row: numbers.day_and_minute(row.created_at, zone),
                lambda row: row.created_at,
                "8.5rem",
            ),
        ]

    def _watch(self) -> None:
        model, guard = self.model, self._guard
        self.kind.observe(self._chose_kind, "value")
        self.corridor.observe(self._chose_corridor, "value")
        self.igniters.observe(self._chose_igniters, "value")
        self.run.on_click(lambda _: self._start())
        self.cancel.on_click(lambda _: self._steps.cancel())
        self.simulate.on_click(lambda _: guard.run(model.simulate))
        self.order.on_click(lambda _: guard.run(model.order))
        self.search.observe(lambda change: guard.run(model.search_stored, change.new), "value")
        model.observe(lambda _: self.stored.fill(model.listed), "listed")
        model.observe(lambda _: self._opened(), ["stored"])
        model.observe(lambda _: self._draw_chosen(), ["chosen", "simulated", "ordered"])
        model.observe(lambda _: self._draw_progress(), ["progress", "early"])

    def _chose_kind(self, change: Any) -> None:
        self.model.wanted.kind = change.new
        self._draw_kind()

    def _chose_corridor(self, change: Any) -> None:
        self.model.wanted.corridor = change.new or ""

    def _chose_igniters(self, change: Any) -> None:
        self.model.igniters = tuple(change.new)

    def _opened(self) -> None:
        if self.model.stored is not None:
            self._follow()
        self._draw()

    def _follow(self) -> None:
        """Show in the controls what the model holds, as far as it can still be chosen."""
        model = self.model
        corridor, igniters = model.wanted.corridor, model.igniters
        if corridor in self.corridor.options:
            self.corridor.value = corridor
        self.igniters.value = tuple(one for one in igniters if one in self.igniters.options)
        self.kind.value = model.wanted.kind

    def _start(self) -> None:
        self._steps.start(self.model.search(), self._ended)
        self._draw_progress()

    def _ended(self) -> None:
        self._draw()
        self._draw_progress()

    def _draw_kind(self) -> None:
        kind = self.model.wanted.kind
        show(self._read_outs, kind == "read_outs")
        show(self.test, kind == "test")
        show(self.corridor, kind == "corridor")
        show(self.points, kind == "drawn")

    def _draw_progress(self) -> None:
        busy = self._steps.is_busy
        self._progress.value = progress_html(self.model, self._t)
        show(self._progress, busy)
        show(self.cancel, busy)
        self.run.disabled = busy

    def _draw(self) -> None:
        model, viewer = self.model, self._viewer
        self._answer.value = answer_html(model, self._t)
        found = () if model.stored is None else model.stored.reverse.candidates
        self.candidates.fill(found)
        show(self._list, bool(found))
        figure = None
        if model.stored is not None and found:
            figure = candidates_figure(
                model.stored.reverse,
                model.asked_model(),
                language=viewer.language,
                theme=viewer.theme,
                height_px=PLOT_HEIGHT_PX,
            )
        picture(self._picture, figure)
        self._draw_progress()
        self._draw_chosen()

    def _draw_chosen(self) -> None:
        model = self.model
        self._chosen.value = chosen_html(model.chosen, self._t)
        self._made.value = made_html(model, self._t)
        show(self._using, model.may_work and model.chosen is not None)


def _button(text: str, tooltip: str, style: str = "") -> Any:
    return widgets.Button(description=text, tooltip=tooltip, button_style=style)

"""The Simulate page: a recipe on the left, its curve on the right, earlier ones below."""

from typing import Any

from mgg_kernel.hot.simulations import SimulationSummary
from mgg_kernel.ui import markup, numbers, widgets
from mgg_kernel.ui.compare.columns import alike_columns
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.labels import recipe_label
from mgg_kernel.ui.layout import block, labelled, page, picture, show
from mgg_kernel.ui.plots import band_figure, curve_figure, curves_figure
from mgg_kernel.ui.recipe_form import RecipeFormView
from mgg_kernel.ui.rows import Column, RowTable
from mgg_kernel.ui.simulate.model import SimulateModel
from mgg_kernel.ui.simulate.telling import answer_html, curve_html, links_html, series_html
from mgg_kernel.ui.steps import Steps
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.ui.words import Words
from mgg_kernel.workspace import Similar

__all__ = ["SimulateView"]

PLOT_HEIGHT_PX = 440


class SimulateView:
    """The widgets of the Simulate page.

    Args:
        model: what they show and do; not yet loaded.
        viewer: whose language, colours and address.
        guard: keeps what goes wrong.
    """

    def __init__(self, model: SimulateModel, viewer: Viewer, guard: Guard) -> None:
        self.model, self._viewer, self._guard = model, viewer, guard
        self._t = t = Words(viewer.language)
        self._steps = Steps(guard)
        self._answer, self._links, self._told = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self._model_name, self._series, self._progress = (widgets.HTML() for _ in range(3))
        self.product = labelled(t("simulate.product"), widgets.Dropdown())
        self.form = RecipeFormView(model.form, t)
        self.run = _button(t("simulate.run"), t("simulate.run_hint"), "primary")
        self.keep = _button(t("simulate.keep"), t("simulate.keep_hint"))
        self.forget = _button(t("simulate.forget"), t("simulate.forget"))
        charges = [(t("recipe.nc_1"), "nc_1"), (t("recipe.nc_2"), "nc_2"), (t("recipe.gp"), "gp")]
        self.which = labelled(t("simulate.which"), widgets.Dropdown(options=charges))
        self.least = labelled(t("simulate.from"), widgets.Text(), "mg")
        self.most = labelled(t("simulate.to"), widgets.Text(), "mg")
        self.steps = labelled(t("simulate.steps"), widgets.Text(value="7"), "2 – 25")
        self.vary = _button(t("simulate.series_run"), t("simulate.series_run"))
        self.cancel = _button(t("action.cancel"), t("action.cancel"))
        self.find_alike = _button(t("simulate.find_alike"), t("simulate.find_alike"))
        self.alike = RowTable[Similar](
            alike_columns(t),
            t=t,
            on_open=self._chose_alike,
            action=t("action.show"),
            empty=t("simulate.none_alike"),
        )
        self._compare = widgets.HTML()
        self.search = labelled(
            t("simulate.latest"),
            widgets.Text(placeholder=t("search.simulations"), continuous_update=False),
        )
        self.simulations = RowTable[SimulationSummary](
            self._columns(),
            t=t,
            on_open=self._open_row,
            action=t("action.open"),
            empty=t("simulate.none_yet"),
        )
        self._picture = block("mgg-ui-picture")
        self._watch()
        self.widget = page(
            theme=viewer.theme,
            answer=self._answer,
            guard=guard,
            controls=[self._controls()],
            stage=[self._picture, self._told, self._buttons(), self._series, self._searching()],
            below=[self.search, self.simulations.widget],
        )

    def load(self) -> None:
        """Fill the page from the database, and show what its address asks for."""
        t, model = self._t, self.model
        self._guard.run(model.load, self._viewer.query)
        self._model_name.value = markup.hint(t("simulate.model", name=t.told(model.model_name)))
        none = (t("simulate.no_product"), -1)
        named = ((record.product, place) for place, record in enumerate(model.products))
        self.product.options = [none, *named]
        show(self.product, bool(model.products))
        show(self._tools, model.may_work)
        self._draw()

    def _controls(self) -> Any:
        t = self._t
        run = widgets.HBox([self.run])
        run.add_class("mgg-ui-line")
        amounts = block("mgg-ui-form", [self.which, self.steps, self.least, self.most])
        line = widgets.HBox([self.vary, self.cancel])
        line.add_class("mgg-ui-line")
        series = block("mgg-ui-stack", [amounts, line, self._progress])
        fold = widgets.Accordion([series], titles=[t("simulate.series")])
        fold.add_class("mgg-ui-fold")
        parts = [self._model_name, self.product, self.form.widget, run, fold]
        self._tools = block("mgg-ui-stack", parts)
        return self._tools

    def _buttons(self) -> Any:
        line = widgets.HBox([self.keep, self.forget, self.find_alike])
        line.add_class("mgg-ui-line")
        return block("mgg-ui-stack", [line, self._links])

    def _searching(self) -> Any:
        heading = widgets.HTML(markup.heading(self._t("simulate.alike")))
        self._found = block("mgg-ui-stack", [heading, self.alike.widget, self._compare])
        return self._found

    def _columns(self) -> list[Column[SimulationSummary]]:
        t, zone = self._t, self.model.timezone
        return [
            Column(t("word.number"), lambda row: str(row.id), lambda row: row.id, "3rem"),
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
        self.product.observe(self._chose_product, "value")
        self.run.on_click(lambda _: guard.run(model.run))
        self.keep.on_click(lambda _: guard.run(model.keep))
        self.forget.on_click(lambda _: guard.run(model.forget))
        self.find_alike.on_click(lambda _: self._find())
        self.vary.on_click(lambda _: self._start())
        self.cancel.on_click(lambda _: self._steps.cancel())
        self.search.observe(lambda change: guard.run(model.search, change.new), "value")
        model.observe(lambda _: self.simulations.fill(model.listed), "listed")
        model.observe(lambda _: self._draw(), ["shown", "kept", "variants", "alike"])
        model.observe(lambda _: self._draw_progress(), "progress")

    def _chose_product(self, change: Any) -> None:
        if change.new is not None and change.new >= 0:
            self._guard.run(self.model.take_product, change.new)

    def _open_row(self, row: SimulationSummary) -> None:
        self._guard.run(self.model.open, row.id)
        # Scrolls the page to the top, where the curve is.
        (self.run if self.model.may_work else self.keep).focus()

    def _find(self) -> None:
        self._guard.run(self.model.find_alike)
        show(self._found, self.model.shown is not None)

    def _chose_alike(self, row: Similar) -> None:
        if self.model.shown is not None:
            query = {"simulation": self.model.shown.summary.id, "test": row.id}
            link = markup.link(self._t("simulate.compare_with", number=row.id), "compare", **query)
            self._compare.value = f'<p class="mgg-ui-hint">{link}</p>'

    def _start(self) -> None:
        asked = self.which.value, self.least.value, self.most.value, self.steps.value
        self._steps.start(self.model.vary(*asked), self._draw)
        self._draw_progress()

    def _draw_progress(self) -> None:
        now, t = self.model.progress, self._t
        if now:
            words = t("simulate.series_progress", done=now[0], total=now[1])
            self._progress.value = markup.progress(now[0], now[1], words)
        show(self._progress, bool(now))
        show(self.cancel, bool(now))
        self.vary.disabled = bool(now)

    def _draw(self) -> None:
        model, t = self.model, self._t
        self._answer.value = answer_html(model, t)
        self._told.value = curve_html(model, t)
        self._series.value = series_html(model, t)
        self._links.value = links_html(model, t)
        for button in (self.keep, self.find_alike):
            show(button, model.shown is not None)
        show(self.forget, bool(model.kept))
        self.alike.fill(model.alike)
        self._compare.value = ""
        show(self._found, bool(model.alike))
        self._draw_progress()
        self._draw_picture()

    def _draw_picture(self) -> None:
        model, viewer = self.model, self._viewer
        look: dict[str, Any] = {"language": viewer.language, "theme": viewer.theme}
        look["height_px"] = PLOT_HEIGHT_PX
        shown, figure = model.shown, None
        if model.variants:
            of_amount = {f"{one.mass_mg:f} mg": one.simulation.curve for one in model.variants}
            figure = curves_figure(of_amount, **look)
        elif shown is not None and model.kept:
            chosen = [shown, *(one for one in model.kept if one.summary.id != shown.summary.id)]
            figure = curves_figure({str(one.summary.id): one.curve for one in chosen}, **look)
        elif shown is not None and shown.computed is not None:
            figure = band_figure(shown.computed, **look)
        elif shown is not None:
            figure = curve_figure(shown.curve, simulated=True, **look)
        picture(self._picture, figure)


def _button(text: str, tooltip: str, style: str = "") -> Any:
    return widgets.Button(description=text, tooltip=tooltip, button_style=style)

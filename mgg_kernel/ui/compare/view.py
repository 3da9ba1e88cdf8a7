"""The Compare page: choose a simulation and a test, see them over each other, store the result."""

from typing import Any

from traitlets import link

from mgg_kernel.hot.comparisons import StoredComparison
from mgg_kernel.ui import markup, widgets
from mgg_kernel.ui.compare import telling
from mgg_kernel.ui.compare.columns import alike_columns, comparison_columns
from mgg_kernel.ui.compare.method_form import MethodForm
from mgg_kernel.ui.compare.model import CompareModel
from mgg_kernel.ui.compare.picker import Picker
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.labels import simulation_label, test_label
from mgg_kernel.ui.layout import block, labelled, page, picture, show
from mgg_kernel.ui.pager import Pager
from mgg_kernel.ui.plots import ComparisonPicture, curve_figure
from mgg_kernel.ui.recipe_form import RecipeFormView
from mgg_kernel.ui.rows import RowTable
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.ui.words import Words
from mgg_kernel.workspace import Similar

__all__ = ["CompareView"]

PLOT_HEIGHT_PX = 480
LISTS = ["simulations", "simulation_pages", "simulation", "tests", "test_pages", "test"]


class CompareView:
    """The widgets of the Compare page.

    Args:
        model: what they show and do; not yet loaded.
        viewer: whose language, colours and address.
        guard: keeps what goes wrong.
    """

    def __init__(self, model: CompareModel, viewer: Viewer, guard: Guard) -> None:
        self.model, self._viewer, self._guard = model, viewer, guard
        self._t = t = Words(viewer.language)
        self._answer = widgets.HTML()
        self.simulations = Picker(
            t("word.simulation"),
            t("search.simulations"),
            on_search=lambda text: guard.run(model.search_simulations, text),
            on_choose=lambda chosen: guard.run(model.choose_simulation, chosen),
            pager=Pager(t, lambda by: guard.run(model.turn_simulations, by)),
            empty=t("compare.no_simulations"),
            nothing_found=t("compare.nothing_found"),
        )
        self.tests = Picker(
            t("word.test"),
            t("search.tests"),
            on_search=lambda text: guard.run(model.search_tests, text),
            on_choose=lambda chosen: guard.run(model.choose_test, chosen),
            pager=Pager(t, lambda by: guard.run(model.turn_tests, by)),
            empty=t("compare.no_tests"),
            nothing_found=t("compare.nothing_found"),
        )
        self._of_simulation, self._of_test = widgets.HTML(), widgets.HTML()
        self.form = RecipeFormView(model.form, t)
        self.simulate = widgets.Button(
            description=t("compare.simulate"),
            tooltip=t("compare.simulate_hint"),
            button_style="primary",
        )
        self.take_recipe = widgets.Button(
            description=t("compare.take_recipe"), tooltip=t("compare.take_recipe_hint")
        )
        self._made = widgets.HTML()
        self.method = MethodForm(t, on_choose=model.choose_method, run=guard.run)
        self.note = labelled(t("compare.note"), widgets.Text(placeholder=t("compare.note_hint")))
        self.save = widgets.Button(
            description=t("compare.save"), tooltip=t("compare.save_hint"), button_style="primary"
        )
        self._stored, self._link = widgets.HTML(), widgets.HTML()
        self._picture, self._metrics = block("mgg-ui-picture"), widgets.HTML()
        self._compared: ComparisonPicture | None = None
        self.comparisons = RowTable[StoredComparison](
            comparison_columns(t, model.timezone),
            on_open=self._open_row,
            action=t("action.open"),
            empty=t("compare.no_comparisons"),
        )
        self.find_alike = widgets.Button(
            description=t("compare.find_alike"), tooltip=t("compare.find_alike_hint")
        )
        self.alike = RowTable[Similar](
            alike_columns(t),
            on_open=self._open_alike,
            action=t("action.open"),
            empty=t("compare.none_alike"),
        )
        self._watch()
        self.widget = page(
            theme=viewer.theme,
            answer=self._answer,
            guard=guard,
            controls=[self._controls()],
            stage=[self._picture, self._saving(), self._metrics],
            below=[
                self._searching(),
                widgets.HTML(markup.heading(t("compare.latest"))),
                self.comparisons.widget,
            ],
        )

    def load(self) -> None:
        """Fill the page from the database, and show what its address asks for."""
        if self._guard.run(self.model.load):
            self._guard.run(self.model.open_query, self._viewer.query)
        if not self.model.simulations:
            self._fold.selected_index = 0
        self._draw()
        self._draw_alike()

    def _controls(self) -> Any:
        t = self._t
        buttons = widgets.HBox([self.simulate, self.take_recipe])
        buttons.add_class("mgg-ui-line")
        form = block("mgg-ui-stack", [self.form.widget, buttons, self._made])
        self._fold = widgets.Accordion([form], titles=[t("compare.simulate_a_recipe")])
        self._fold.add_class("mgg-ui-fold")
        self._how = widgets.Accordion([self.method.widget], titles=[t("compare.method")])
        self._how.add_class("mgg-ui-fold")
        return block(
            "mgg-ui-stack",
            [
                self.tests.widget,
                self._of_test,
                self.simulations.widget,
                self._of_simulation,
                self._how,
                self._fold,
            ],
        )

    def _searching(self) -> Any:
        self._alike_heading = widgets.HTML()
        line = widgets.HBox([self.find_alike])
        line.add_class("mgg-ui-line")
        self._search = block("mgg-ui-stack", [self._alike_heading, line, self.alike.widget])
        return self._search

    def _saving(self) -> Any:
        line = widgets.HBox([self.note, self.save])
        line.add_class("mgg-ui-line")
        line.add_class("mgg-ui-saving")
        self._tools = line
        self._look_only = widgets.HTML(markup.sentence(self._t("compare.look_only")))
        return block("mgg-ui-stack", [self._tools, self._look_only, self._stored, self._link])

    def _open_row(self, row: StoredComparison) -> None:
        self._guard.run(self.model.open, row.id)
        self.tests.list.focus()  # scrolls the page to the top, where the picture is

    def _open_alike(self, row: Similar) -> None:
        self._guard.run(self.model.choose_alike, row)
        self.tests.list.focus()

    def _watch(self) -> None:
        model, guard = self.model, self._guard
        link((model, "note"), (self.note, "value"))
        self.simulate.on_click(lambda _: guard.run(model.simulate))
        self.take_recipe.on_click(lambda _: guard.run(model.take_recipe))
        self.find_alike.on_click(lambda _: guard.run(model.find_alike))
        self.save.on_click(lambda _: guard.run(model.save))
        model.observe(lambda _: self._draw_lists(), LISTS)
        model.observe(lambda _: self._draw_picture(), ["pair", "alone"])
        model.observe(lambda _: self._draw(), ["pair", "alone", "stored", "made"])
        model.observe(lambda _: self.method.fill(model.method), "method")
        model.observe(lambda _: self._draw_alike(), ["alike", "simulation", "test"])
        model.observe(lambda _: self.comparisons.fill(model.latest), "latest")

    def _draw_lists(self) -> None:
        model = self.model
        self.simulations.fill(
            model.simulations, model.simulation_pages, model.simulation, simulation_label
        )
        self.tests.fill(model.tests, model.test_pages, model.test, test_label)
        self._of_simulation.value = telling.simulation_html(model.simulation, self._t)
        self._of_test.value = telling.test_html(model.test, self._t)
        self.take_recipe.disabled = model.test is None or model.test.recipe is None

    def _draw_picture(self) -> None:
        model, viewer = self.model, self._viewer
        look: dict[str, Any] = {"language": viewer.language, "theme": viewer.theme}
        look["height_px"] = PLOT_HEIGHT_PX
        pair, figure = model.pair, None
        if pair is not None and self._compared is not None:
            self._compared.show(pair.simulated, pair.measured, pair.comparison)
            return
        self._compared = None
        if pair is not None:
            self._compared = ComparisonPicture(**look)
            self._compared.show(pair.simulated, pair.measured, pair.comparison)
            figure = self._compared.layout
        elif model.alone is not None:
            figure = curve_figure(model.alone, simulated=model.simulation is not None, **look)
        picture(self._picture, figure)

    def _draw_alike(self) -> None:
        model, t = self.model, self._t
        chosen = model.test or model.simulation
        show(self._search, chosen is not None)
        show(self.alike.widget, model.alike is not None)
        show(self.find_alike, model.alike is None)
        if chosen is None:
            return
        key = "compare.alike_test" if model.test is not None else "compare.alike_simulation"
        self._alike_heading.value = markup.heading(t(key, number=chosen.id))
        self.alike.fill(model.alike or ())

    def _draw(self) -> None:
        model, t = self.model, self._t
        self._answer.value = telling.answer_html(model, t)
        show(self._fold, model.may_work)
        show(self._tools, model.may_work and model.pair is not None)
        show(self._look_only, not model.may_work)
        if model.pair is not None:
            self._metrics.value = telling.metrics_html(model.pair, t)
        elif model.alone is None:
            empty = markup.sentence(t("compare.no_picture"))
            self._metrics.value = f'<div class="mgg-ui-empty">{empty}</div>'
        else:
            self._metrics.value = ""
        self._stored.value = telling.stored_html(model, t)
        show(self._stored, model.stored is not None)
        self._link.value = "" if model.pair is None else self._share()
        if model.made is not None:
            key = "compare.made_again" if model.made.repeated else "compare.made"
            self._made.value = markup.sentence(t(key, number=model.made.id), "good")
        else:
            self._made.value = ""

    def _share(self) -> str:
        links = [markup.link(self._t("compare.link"), "compare", **self.model.shown)]
        if self._viewer.is_dashboard:
            links.append(telling.downloads_html(self.model, self._t))
        return "".join(f'<p class="mgg-ui-hint">{one}</p>' for one in links)

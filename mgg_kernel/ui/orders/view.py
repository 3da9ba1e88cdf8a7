"""The Work orders page: a list that is searched, and an order with the curves of its shots."""

from typing import Any

from mgg_kernel.hot.comparisons import StoredComparison
from mgg_kernel.hot.shots import Shot
from mgg_kernel.hot.work_orders import FoundOrder
from mgg_kernel.ui import markup, numbers, widgets
from mgg_kernel.ui.compare.columns import comparison_columns
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.labels import recipe_label, test_label
from mgg_kernel.ui.layout import block, labelled, page, picture, show
from mgg_kernel.ui.orders.model import PRIORITIES, STATUSES, OrdersModel
from mgg_kernel.ui.orders.telling import (
    answer_html,
    facts_html,
    links_html,
    priority_words,
    statistics_html,
    status_words,
    verdicts_html,
)
from mgg_kernel.ui.pager import Pager
from mgg_kernel.ui.plots import control_chart_figure, follow_zoom, shots_figure
from mgg_kernel.ui.recipe_form import RecipeFormView
from mgg_kernel.ui.rows import Column, RowTable
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.ui.words import Words

__all__ = ["OrdersView"]

PLOT_HEIGHT_PX, CHART_HEIGHT_PX = 440, 400


class OrdersView:
    """The widgets of the Work orders page.

    Args:
        model: what they show and do; not yet loaded.
        viewer: whose language, colours and address.
        guard: keeps what goes wrong.
    """

    def __init__(self, model: OrdersModel, viewer: Viewer, guard: Guard) -> None:
        self.model, self._viewer, self._guard = model, viewer, guard
        self._t = t = Words(viewer.language)
        self._answer, self._links = widgets.HTML(), widgets.HTML()
        self.search = labelled(
            t("orders.search"),
            widgets.Text(placeholder=t("orders.search_hint"), continuous_update=False),
        )
        everything = (t("orders.all"), "")
        statuses = [everything, *((status_words(one, t), one) for one in STATUSES)]
        self.status = labelled(t("orders.status"), widgets.Dropdown(options=statuses, value=""))
        self._priorities = [(priority_words(one, t), one) for one in PRIORITIES]
        self.priority = labelled(
            t("orders.priority"),
            widgets.Dropdown(options=[everything, *self._priorities], value=""),
        )
        self.orders = RowTable[FoundOrder](
            self._columns(),
            on_open=lambda row: guard.run(model.open, row.order.number),
            action=t("action.open"),
            empty=t("orders.found_none"),
        )
        self.pager = Pager(t, lambda by: guard.run(model.turn, by))
        self._new_title = labelled(t("orders.title"), widgets.Text())
        self._new_priority = self._priority_choice()
        self.form = RecipeFormView(model.form, t)
        self.with_recipe = widgets.Checkbox(description=t("orders.with_recipe"), indent=False)
        self.create = _button(t("orders.create"), t("orders.create"), "primary")
        self.back = _button(f"← {t('orders.back')}", t("orders.back"))
        self.title = labelled(t("orders.title"), widgets.Text())
        self.of_priority = self._priority_choice()
        self.edit = _button(t("orders.edit"), t("orders.edit"), "primary")
        self.close = _button("", "")
        self._facts = widgets.HTML()
        self.corridor = labelled(t("orders.corridor"), widgets.Dropdown())
        self._picture, self._charts = block("mgg-ui-picture"), block("mgg-ui-picture")
        self._statistics, self._verdicts = widgets.HTML(), widgets.HTML()
        self.shots = RowTable[Shot](
            self._shot_columns(),
            on_open=self._open_shot,
            action=t("action.show"),
            empty=t("orders.no_shots"),
        )
        self._of_shot = widgets.HTML()
        self.take_off = _button("", "")
        self.addable = labelled(t("orders.add_tests"), widgets.SelectMultiple(rows=5))
        self.add = _button(t("orders.add"), t("orders.add_hint"))
        self.comparisons = RowTable[StoredComparison](
            comparison_columns(t, model.timezone),
            on_open=self._open_comparison,
            action=t("action.open"),
            empty=t("orders.no_comparisons"),
        )
        self._chosen_shot: int | None = None
        self._filling = False
        self._watch()
        self.widget = page(
            theme=viewer.theme,
            answer=self._answer,
            guard=guard,
            controls=[self._list_controls(), self._order_controls()],
            stage=[self._list_stage(), self._order_stage()],
            below=[],
        )

    def load(self) -> None:
        """Fill the page from the database, and show what its address asks for."""
        self._guard.run(self.model.load, self._viewer.query)
        self._filling = True
        self.search.value, self.status.value = self.model.search, self.model.status
        self.priority.value = self.model.priority
        self._filling = False
        self._draw()
        self._draw_list()

    def _priority_choice(self) -> Any:
        choice = widgets.Dropdown(options=self._priorities, value="normal")
        return labelled(self._t("orders.priority"), choice)

    def _list_controls(self) -> Any:
        t = self._t
        form = block("mgg-ui-stack", [self.form.widget])
        self._form = form
        new = block(
            "mgg-ui-stack",
            [self._new_title, self._new_priority, self.with_recipe, form, self.create],
        )
        self._new = widgets.Accordion([new], titles=[t("orders.new")])
        self._new.add_class("mgg-ui-fold")
        self._searching = block(
            "mgg-ui-stack", [self.search, self.status, self.priority, self._new]
        )
        return self._searching

    def _order_controls(self) -> Any:
        line = widgets.HBox([self.edit, self.close])
        line.add_class("mgg-ui-line")
        self._editing = block("mgg-ui-stack", [self.title, self.of_priority, line])
        self._adding = block("mgg-ui-stack", [self.addable, self.add])
        back = widgets.HBox([self.back])
        back.add_class("mgg-ui-line")
        self._one = block(
            "mgg-ui-stack", [back, self._facts, self._editing, self.corridor, self._adding]
        )
        return self._one

    def _list_stage(self) -> Any:
        self._listing = block("mgg-ui-stack", [self.orders.widget, self.pager.widget])
        return self._listing

    def _order_stage(self) -> Any:
        t = self._t
        self._empty = widgets.HTML(
            f'<div class="mgg-ui-empty">{markup.sentence(t("orders.no_shots"))}</div>'
        )
        self._chart_heading = widgets.HTML(markup.heading(t("orders.charts")))
        of_shot = widgets.HBox([self._of_shot, self.take_off])
        of_shot.add_class("mgg-ui-line")
        self._with_shots = block(
            "mgg-ui-stack",
            [
                *(self._picture, self._verdicts, self._statistics, self.shots.widget, of_shot),
                *(self._chart_heading, self._charts),
                widgets.HTML(markup.heading(t("orders.comparisons"))),
                self.comparisons.widget,
            ],
        )
        self._looking = block("mgg-ui-stack", [self._empty, self._with_shots, self._links])
        return self._looking

    def _columns(self) -> list[Column[FoundOrder]]:
        t, zone = self._t, self.model.timezone
        ranks = {priority: rank for rank, priority in enumerate(PRIORITIES)}
        return [
            Column(
                t("word.work_order"),
                lambda row: row.order.number,
                lambda row: row.order.number,
                "10.5rem",
            ),
            Column(t("orders.title"), _title, _title, "2fr"),
            Column(
                t("orders.status"),
                lambda row: status_words(row.order.status, t),
                lambda row: row.order.status,
                "3.5rem",
            ),
            Column(
                t("orders.priority"),
                lambda row: priority_words(row.order.priority, t),
                lambda row: ranks[row.order.priority],
                "3.5rem",
            ),
            Column(
                t("orders.count"),
                lambda row: numbers.count(row.test_count),
                lambda row: row.test_count,
                "3rem",
                is_number=True,
            ),
            Column(
                t("orders.created"),
                lambda row: numbers.day_and_minute(row.order.created_at, zone),
                lambda row: row.order.created_at,
                "8.5rem",
            ),
        ]

    def _shot_columns(self) -> list[Column[Shot]]:
        t = self._t
        return [
            Column(t("word.number"), lambda shot: str(shot.id), lambda shot: shot.id, "4rem"),
            Column(t("word.name"), lambda shot: shot.name, lambda shot: shot.name, "2fr"),
            Column(
                t("orders.temperature"),
                lambda shot: numbers.celsius(shot.conditioning_temperature_c),
                lambda shot: shot.conditioning_temperature_c,
                is_number=True,
            ),
            Column(t("word.by"), lambda shot: shot.created_by, lambda shot: shot.created_by),
        ]

    def _watch(self) -> None:
        model, guard = self.model, self._guard
        for control in (self.search, self.status, self.priority):
            control.observe(lambda _: self._filter(), "value")
        self.create.on_click(
            lambda _: guard.run(model.create, self._new_title.value, self._new_priority.value)
        )
        self.with_recipe.observe(self._chose_recipe, "value")
        self.back.on_click(lambda _: guard.run(model.leave))
        self.edit.on_click(
            lambda _: guard.run(model.edit, self.title.value, self.of_priority.value)
        )
        self.close.on_click(lambda _: guard.run(model.close_or_reopen))
        self.corridor.observe(self._chose_corridor, "value")
        self.add.on_click(lambda _: guard.run(model.add, self.addable.value))
        self.take_off.on_click(lambda _: guard.run(self._take_off))
        model.observe(lambda _: self._draw_list(), ["found", "pages"])
        model.observe(lambda _: self._draw(), "order")
        model.observe(lambda _: self._draw_shots(), "shots")
        model.observe(lambda _: self._draw_adding(), "linkable")
        model.observe(lambda _: self._draw_corridors(), "corridors")
        model.observe(lambda _: self.comparisons.fill(model.comparisons), "comparisons")
        model.observe(self._draw_verdicts, "judged")

    def _filter(self) -> None:
        if not self._filling:
            self._guard.run(
                lambda: self.model.filter(
                    search=self.search.value,
                    status=self.status.value,
                    priority=self.priority.value,
                )
            )
            self._draw()

    def _chose_recipe(self, change: Any) -> None:
        self.model.with_recipe = bool(change.new)
        show(self._form, self.model.with_recipe)

    def _chose_corridor(self, change: Any) -> None:
        if not self._filling:
            at = change.new
            chosen = None if at is None else self.model.corridors[at]
            self._guard.run(self.model.judge, chosen)

    def _open_shot(self, shot: Shot) -> None:
        t = self._t
        self._chosen_shot = shot.id
        link = markup.link(t("orders.in_compare", number=shot.id), "compare", test=shot.id)
        self._of_shot.value = f'<p class="mgg-ui-hint">{link}</p>'
        self.take_off.description = t("orders.take_off", number=shot.id)
        show(self.take_off, self.model.may_work)

    def _open_comparison(self, row: StoredComparison) -> None:
        link = markup.link(f"{row.test_name} ({row.id})", "compare", comparison=row.id)
        self._of_shot.value = f'<p class="mgg-ui-hint">{link}</p>'

    def _take_off(self) -> None:
        if self._chosen_shot is not None:
            self.model.take_off(self._chosen_shot)

    def _draw_list(self) -> None:
        model = self.model
        self.orders.fill(model.found)
        self.pager.tell(model.pages)
        self._draw_words()

    def _draw_words(self) -> None:
        model, t = self.model, self._t
        self._answer.value = answer_html(model, t)
        self._links.value = links_html(model, t, is_dashboard=self._viewer.is_dashboard)

    def _draw(self) -> None:
        model, t, order = self.model, self._t, self.model.order
        self._draw_words()
        show(self._searching, order is None)
        show(self._listing, order is None)
        show(self._new, model.may_work)
        show(self._form, model.with_recipe)
        show(self._one, order is not None)
        show(self._looking, order is not None)
        show(self._editing, model.may_work)
        self._facts.value = facts_html(model, t)
        if order is not None:
            self.title.value, self.of_priority.value = order.title, order.priority
            self.close.description = t(
                "orders.close" if order.status == "open" else "orders.reopen"
            )
        self._draw_adding()
        self._draw_shots()

    def _draw_adding(self) -> None:
        model = self.model
        self.addable.options = [(test_label(test), test.id) for test in model.linkable]
        is_open = model.order is not None and model.order.status == "open"
        show(self._adding, model.may_work and is_open and bool(model.linkable))

    def _draw_corridors(self) -> None:
        self._filling = True
        self.corridor.options = [
            (self._t("orders.no_corridor"), None),
            *(
                (f"{one.corridor.name} ({one.corridor.version})", at)
                for at, one in enumerate(self.model.corridors)
            ),
        ]
        self.corridor.value = None
        self._filling = False
        show(self.corridor, bool(self.model.corridors))

    def _draw_shots(self) -> None:
        model, viewer = self.model, self._viewer
        shots = model.shots
        look: dict[str, Any] = {"language": viewer.language, "theme": viewer.theme}
        drawn = charts = None
        if shots is not None:
            drawn = shots_figure(shots.overlay, height_px=PLOT_HEIGHT_PX, **look)
            follow_zoom(drawn, shots.overlay)
            if shots.charts is not None:
                charts = control_chart_figure(shots.charts, height_px=CHART_HEIGHT_PX, **look)
        picture(self._picture, drawn)
        picture(self._charts, charts)
        show(self._chart_heading, charts is not None)
        show(self._with_shots, shots is not None)
        show(self._empty, shots is None)
        self.shots.fill(shots.series.shots if shots is not None else ())
        self._chosen_shot, self._of_shot.value = None, ""
        show(self.take_off, False)
        self._statistics.value = statistics_html(model, self._t)
        self._draw_words()

    def _draw_verdicts(self, _: object) -> None:
        self._verdicts.value = verdicts_html(self.model, self._t)


def _title(row: FoundOrder) -> str:
    """Return what an order is about: its title, or else what is to be fired."""
    of_recipe = recipe_label(row.order.recipe) if row.order.recipe else numbers.MISSING
    return row.order.title or of_recipe


def _button(text: str, tooltip: str, style: str = "") -> Any:
    return widgets.Button(description=text, tooltip=tooltip, button_style=style)

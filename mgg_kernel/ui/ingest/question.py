"""The small form that asks which columns are time and pressure, beside the file's first rows."""

from typing import Any

from mgg_kernel.ingest import ColumnPreview, ImportChoice, SheetPreview
from mgg_kernel.ui import markup, widgets
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.ingest.model import IngestModel
from mgg_kernel.ui.layout import block, labelled, show
from mgg_kernel.ui.words import Words
from mgg_kernel.units import PRESSURE_UNITS_MPA, TIME_UNITS_MS

__all__ = ["QuestionForm"]


class QuestionForm:
    """Asks for one unclear file after the other.

    Args:
        model: what it asks for and answers.
        guard: keeps what goes wrong.
        t: the words.
    """

    def __init__(self, model: IngestModel, guard: Guard, t: Words) -> None:
        self._model, self._guard, self._t = model, guard, t
        self.file = labelled(t("question.file"), widgets.Dropdown())
        self.sheet = labelled(t("question.sheet"), widgets.Dropdown())
        self.time = labelled(t("question.time_column"), widgets.Dropdown())
        self.time_unit = labelled(t("question.time_unit"), widgets.Dropdown())
        self.pressure = labelled(t("question.pressure_column"), widgets.Dropdown())
        self.pressure_unit = labelled(t("question.pressure_unit"), widgets.Dropdown())
        self.name = labelled(t("question.remember"), widgets.Text())
        self.read = widgets.Button(
            description=t("question.read"),
            button_style="primary",
            tooltip=t("question.read_hint"),
        )
        self._rows = widgets.HTML()
        line = widgets.HBox([self.read])
        line.add_class("mgg-ui-line")
        columns = [self.time, self.time_unit, self.pressure, self.pressure_unit]
        self.widget = block(
            "mgg-ui-question",
            [
                widgets.HTML(markup.heading(t("question.heading"))),
                block("mgg-ui-form", [self.file, self.sheet]),
                self._rows,
                block("mgg-ui-form", [*columns, self.name]),
                widgets.HTML(markup.hint(t("question.remember_hint"))),
                line,
            ],
        )
        for unit, known in (
            (self.time_unit, TIME_UNITS_MS),
            (self.pressure_unit, PRESSURE_UNITS_MPA),
        ):
            unit.options = [(t("question.choose_unit"), ""), *((one, one) for one in known)]
            unit.observe(lambda _: self._allow(), "value")
        self.file.observe(lambda _: self._draw_sheets(), "value")
        self.sheet.observe(lambda _: self._draw_columns(), "value")
        self.time.observe(lambda _: self._take_unit(self.time, self.time_unit), "value")
        self.pressure.observe(lambda _: self._take_unit(self.pressure, self.pressure_unit), "value")
        self.read.on_click(lambda _: guard.run(self._answer))
        show(self.widget, False)

    def draw(self, busy: bool) -> None:
        """Show what is asked, if anything is."""
        unclear = [] if busy else self._model.unclear
        show(self.widget, bool(unclear))
        options = tuple((self._model.files[place].name, place) for place in unclear)
        if options == self.file.options:
            return
        self.file.options = options
        self.file.value = options[0][1] if options else None
        show(self.file, len(options) > 1)
        self._draw_sheets()

    def _sheets(self) -> tuple[SheetPreview, ...]:
        place = self.file.value
        return () if place is None else self._model.files[place].sheets

    def _sheet(self) -> SheetPreview | None:
        sheets = self._sheets()
        return sheets[self.sheet.value] if sheets and self.sheet.value is not None else None

    def _draw_sheets(self) -> None:
        sheets = self._sheets()
        self.sheet.options = [(sheet.name, place) for place, sheet in enumerate(sheets)]
        self.sheet.value = 0 if sheets else None
        show(self.sheet, len(sheets) > 1)
        self._draw_columns()

    def _draw_columns(self) -> None:
        sheet = self._sheet()
        if sheet is None:
            return
        self._rows.value = markup.preview(
            sheet.shown, sheet.rows, self._t("question.rows", sheet=sheet.name)
        )
        options = [(_label(column), column.letters) for column in sheet.columns]
        for control, kind, fallback in ((self.time, "time", 0), (self.pressure, "pressure", -1)):
            control.options = options
            certain = [column.letters for column in sheet.columns if column.kind == kind]
            control.value = certain[0] if certain else sheet.columns[fallback].letters
        self._take_unit(self.time, self.time_unit)
        self._take_unit(self.pressure, self.pressure_unit)

    def _take_unit(self, column: Any, unit: Any) -> None:
        """Choose the unit that the header names; where it names none, nothing is guessed."""
        sheet = self._sheet()
        named = [one.unit for one in sheet.columns if one.letters == column.value] if sheet else []
        offered = [value for _, value in unit.options]
        unit.value = named[0] if named and named[0] in offered else ""
        self._allow()

    def _allow(self) -> None:
        self.read.disabled = not (self.time_unit.value and self.pressure_unit.value)

    def _answer(self) -> None:
        sheet = self._sheet()
        if sheet is None:
            return
        choice = ImportChoice(
            sheet=sheet.name if len(self._sheets()) > 1 else None,
            time_column=self.time.value,
            pressure_column=self.pressure.value,
            time_unit=self.time_unit.value,
            pressure_unit=self.pressure_unit.value,
        )
        self._model.answer(self.file.value, choice, self.name.value)
        self.name.value = ""


def _label(column: ColumnPreview) -> str:
    return f"{column.letters} · {column.heading}" if column.heading else column.letters

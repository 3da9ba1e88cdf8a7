"""A table whose columns sort and whose rows open something."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Generic, TypeVar

from mgg_kernel.ui import markup, widgets
from mgg_kernel.ui.layout import block

__all__ = ["Column", "RowTable"]

Row = TypeVar("Row")


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A column.

    Attributes:
        title: its heading.
        text: what a row shows in it.
        key: what it sorts by; None sorts last.
        width: its share of the table's width, as in CSS: ``2fr`` or ``4rem``.
        is_number: numbers stand at the right.
    """

    title: str
    text: Callable[[Row], str]
    key: Callable[[Row], Any]
    width: str = "1fr"
    is_number: bool = False


class RowTable(Generic[Row]):
    """A table; a click on a heading sorts by it, a click on a row opens the row.

    Args:
        columns: the columns.
        on_open: called with the row that was clicked.
        action: what a click on a row does, in words that begin the row's name when read out.
        empty: the sentence that stands where there are no rows: it says the next step.
    """

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        *,
        on_open: Callable[[Row], object],
        action: str,
        empty: str,
    ) -> None:
        self._columns = columns
        self._on_open = on_open
        self._action = action
        self._empty = empty
        self._rows: list[Row] = []
        self._sorted_by: int | None = None
        self._downwards = False
        self._template = " ".join(f"minmax(0, {column.width})" for column in columns)
        self._head = [self._heading(number) for number in range(len(columns))]
        grid = widgets.Layout(grid_template_columns=self._template)
        head = widgets.HBox(self._head, layout=grid)
        head.add_class("mgg-ui-row")
        head.add_class("mgg-ui-row-head")
        self._body = block("mgg-ui-rows")
        self.widget = block("mgg-ui-table", [head, self._body])

    def fill(self, rows: Sequence[Row]) -> None:
        """Show other rows, in their own order until a heading is clicked."""
        self._rows = list(rows)
        self._draw()

    def sort(self, column: int) -> None:
        """Sort by a column; a second time the other way round."""
        self._downwards = not self._downwards if self._sorted_by == column else False
        self._sorted_by = column
        for number, button in enumerate(self._head):
            arrow = " ↓" if self._downwards else " ↑"
            button.description = self._columns[number].title + (arrow if number == column else "")
        self._draw()

    def rows(self) -> list[Row]:
        """Return the rows in the order that they are shown in."""
        if self._sorted_by is None:
            return self._rows
        key = self._columns[self._sorted_by].key
        known = [row for row in self._rows if key(row) is not None]
        unknown = [row for row in self._rows if key(row) is None]
        return sorted(known, key=key, reverse=self._downwards) + unknown

    def _heading(self, number: int) -> Any:
        column = self._columns[number]
        button = widgets.Button(description=column.title)
        button.add_class("mgg-ui-number-cell" if column.is_number else "mgg-ui-text-cell")
        button.on_click(lambda _: self.sort(number))
        return button

    def _draw(self) -> None:
        old = self._body.children
        shown = [self._row(row) for row in self.rows()]
        self._body.children = tuple(shown) or (widgets.HTML(markup.hint(self._empty)),)
        for line in old:
            for part in getattr(line, "children", ()):
                part.close()
            line.close()

    def _row(self, row: Row) -> Any:
        texts = [column.text(row) for column in self._columns]
        cells = "".join(
            f'<span class="{"mgg-ui-number-cell" if column.is_number else "mgg-ui-text-cell"}"'
            f' title="{escape(text)}">{escape(text)}</span>'
            for column, text in zip(self._columns, texts, strict=True)
        )
        # The button lies over the whole row: one thing to click, one stop for the keyboard.
        button = widgets.Button(description=f"{self._action}: {', '.join(texts)}")
        button.add_class("mgg-ui-row-button")
        button.on_click(lambda _: self._on_open(row))
        style = f"grid-template-columns:{self._template}"
        text = widgets.HTML(f'<div class="mgg-ui-cells" style="{style}">{cells}</div>')
        return block("mgg-ui-row-line", [text, button])

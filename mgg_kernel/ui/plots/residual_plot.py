"""How far products lie from what was expected, side by side for each device, vessel or type."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from bokeh.models import ColumnDataSource
from bokeh.models.annotations import Span
from bokeh.plotting import figure

from mgg_kernel.calibration import LeftOut, Observation
from mgg_kernel.ui import numbers
from mgg_kernel.ui.plots.behind import keep
from mgg_kernel.ui.plots.canvas import canvas, note, padded, strokes
from mgg_kernel.ui.plots.palette import Palette, Theme, palette
from mgg_kernel.ui.plots.readouts import (
    ALARM,
    POINT_PX,
    named,
    of_quantity,
    pointing,
    table_of_products,
)
from mgg_kernel.ui.words import Language, Words

__all__ = ["residual_figure"]

By = Literal["device", "vessel", "type"]

SPREAD = 0.26
"""Points of a group lie so far to both sides of its middle."""
GOLDEN = 0.618034
LINE_PX = 16
MOST_UPRIGHT = 9
"""More groups than this are named aslant."""
USUAL, ROOM = 0.9, 1.6
"""The axis shows so many times what this share of the products stays within."""


def residual_figure(
    left_out: Sequence[LeftOut],
    observations: Sequence[Observation],
    quantity: str,
    by: By,
    *,
    language: Language = "en",
    theme: Theme = "light",
    height_px: int = 340,
) -> Any:
    """Return measured minus expected in per cent of expected, for each group.

    A product with two charges stands at both of their types.  What lies far off is drawn at the
    edge, with its value, so that it does not press all others flat.

    Args:
        left_out: the read-outs, of any quantities.
        observations: the products, which tell the groups.
        quantity: which to draw, such as ``"peak_pressure_mpa"``.
        by: what to group by.
        language: language of axes and marks.
        theme: light or dark.
        height_px: height [px].

    Returns:
        A Bokeh figure.
    """
    t, colours = Words(language), palette(theme)
    groups = _groups(of_quantity(left_out, quantity), observations, by)
    differences = [_difference(row) for rows in groups.values() for row in rows]
    size = np.abs(differences) if differences else np.ones(1)
    edge = min(ROOM * float(np.quantile(size, USUAL)), 1.05 * float(size.max())) or 1.0
    titles = {
        "device": t("calibration.by_device"),
        "vessel": t("calibration.by_vessel"),
        "type": t("calibration.by_type"),
    }
    words, unit = named(t, quantity)
    plot = canvas(
        colours,
        x_range=padded(-0.6, max(len(groups), 1) - 0.4, below=0, above=0),
        y_range=padded(-edge, edge, below=0.1, above=0.1),
        x_title=titles[by],
        y_title=t("calibration.difference"),
        height_px=height_px,
        description=f"{words}: {t('calibration.difference')}",
    )
    plot.add_layout(Span(location=0, dimension="width", line_color=colours.muted, line_width=1))
    _draw(plot, groups, edge, t, unit, colours)
    labels: dict[float | str, Any] = {
        at: f"{group} ({len(rows)})" for at, (group, rows) in enumerate(groups.items())
    }
    plot.xaxis.ticker = list(range(len(groups)))
    plot.xaxis.major_label_overrides = labels
    plot.xgrid.visible = False
    if len(groups) > MOST_UPRIGHT:
        plot.xaxis.major_label_orientation = 0.9
    keep(plot, products=table_of_products(of_quantity(left_out, quantity), t, unit))
    return plot


def _draw(
    plot: figure,
    groups: Mapping[str, Sequence[LeftOut]],
    edge: float,
    t: Words,
    unit: str,
    colours: Palette,
) -> None:
    ink, accent = strokes(colours)
    near: dict[str, list[Any]] = {}
    far: dict[str, list[Any]] = {}
    middles: list[float] = []
    for at, rows in enumerate(groups.values()):
        named_here = {1: 0, -1: 0}
        middles.append(float(np.median([_difference(row) for row in rows])))
        for k, row in enumerate(rows):
            value = _difference(row)
            is_far = abs(value) > edge
            shown = min(max(value, -edge), edge)
            x = at + SPREAD * (2 * ((k + 1) * GOLDEN % 1) - 1)
            into = far if is_far else near
            entries = (x, shown, value, row.product, row.sheet, row.measured, row.expected)
            names = ("x", "y", "difference", "product", "sheet", "measured", "expected")
            for name, entry in zip(names, entries, strict=True):
                into.setdefault(name, []).append(entry)
            if is_far:
                side = 1 if shown > 0 else -1
                named_here[side] += 1
                away = LINE_PX * named_here[side] + 4
                text = f"{row.product} {numbers.percent(value, signed=True)}"
                place = {"text_align": "center", "text_baseline": "middle"}
                note(plot, at, shown, text, ink, y_offset=side * away, **place)
    drawn = []
    for columns, colour, marker in ((near, accent.colour, "circle"), (far, ALARM, "triangle")):
        if columns:
            points = plot.scatter(
                "x",
                "y",
                source=ColumnDataSource(data=columns),
                marker=marker,
                size=POINT_PX,
                fill_color=colour,
                fill_alpha=0.75 if columns is near else 1.0,
                line_color=None,
            )
            points.tags = [accent.tag] if columns is near else []
            drawn.append(points)
    at_all = np.arange(len(middles))
    lines = plot.segment(
        at_all - 0.36, middles, at_all + 0.36, middles, line_color=ink.colour, line_width=2
    )
    lines.tags = [ink.tag]
    rows_told = [
        (t("calibration.product"), "@product"),
        (t("word.sheet"), "@sheet"),
        (t("word.test"), f"@measured{{0.00}} {unit}"),
        (t("word.simulation"), f"@expected{{0.00}} {unit}"),
        (t("calibration.difference"), "@difference{+0.0} %"),
    ]
    plot.add_tools(pointing(drawn, rows_told, colours))


def _difference(row: LeftOut) -> float:
    return 100 * (row.measured / row.expected - 1)


def _groups(
    rows: Sequence[LeftOut], observations: Sequence[Observation], by: By
) -> dict[str, list[LeftOut]]:
    recipes = {(one.sheet, one.product): one.recipe for one in observations}
    found: dict[str, list[LeftOut]] = {}
    for row in rows:
        recipe = recipes[row.sheet, row.product]
        if by == "device":
            names = [recipe.test_device]
        elif by == "vessel":
            names = [recipe.vessel]
        else:
            names = [f"NC {amount.type_code}" for amount in recipe.nc]
            names += [f"GP {recipe.gp.type_code}"] if recipe.gp else []
        for name in names:
            found.setdefault(name, []).append(row)
    return dict(sorted(found.items(), key=lambda entry: (entry[0].startswith("GP "), entry[0])))

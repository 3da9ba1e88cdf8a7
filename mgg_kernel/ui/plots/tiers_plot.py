"""How many rows are hot and how many are cold, by period."""

from collections.abc import Sequence
from typing import Any

from bokeh.models import ColumnDataSource, FactorRange, NumeralTickFormatter

from mgg_kernel.cold.tiers import TierRows
from mgg_kernel.ui.plots.canvas import FONT, FONT_SIZE, canvas, hover, padded, strokes
from mgg_kernel.ui.plots.palette import Theme, palette
from mgg_kernel.ui.words import Language, Words

__all__ = ["tiers_figure"]

SLANTED = 0.9  # [rad], so that the names of two years of months stand beside each other
MANY = 8


def tiers_figure(
    rows: Sequence[TierRows],
    *,
    language: Language = "en",
    theme: Theme = "light",
    height_px: int = 280,
) -> Any:
    """Return bars of the rows of one table by period, hot on top of cold.

    Args:
        rows: of one table.
        language: language of axes and legend.
        theme: light or dark.
        height_px: height [px].

    Returns:
        A Bokeh figure.
    """
    t, colours = Words(language), palette(theme)
    names = [f"{one.start:%Y-%m}" for one in rows]
    cold, hot = [one.cold for one in rows], [one.hot for one in rows]
    highest = max((a + b for a, b in zip(cold, hot, strict=True)), default=1)
    plot = canvas(
        colours,
        x_range=FactorRange(factors=names),
        y_range=padded(0.0, float(highest), below=0.0),
        x_title=None,
        y_title=t("archive.rows_axis"),
        height_px=height_px,
        description=t("archive.plot"),
    )
    source = ColumnDataSource({"name": names, "cold": cold, "hot": hot})
    ink, accent = strokes(colours)
    bars = plot.vbar_stack(
        ["cold", "hot"],
        x="name",
        width=0.7,
        color=[ink.colour, accent.colour],
        fill_alpha=[0.45, 0.9],
        line_color=None,
        source=source,
        legend_label=[t("archive.cold"), t("archive.hot")],
    )
    for bar, stroke in zip(bars, (ink, accent), strict=True):
        bar.tags = [stroke.tag]
    shown = [
        (t("archive.period"), "@name"),
        (t("archive.hot"), "@hot{0,0}"),
        (t("archive.cold"), "@cold{0,0}"),
    ]
    plot.add_tools(*hover(bars[-1], shown, colours))
    plot.yaxis.formatter = NumeralTickFormatter(format="0.[0] a")
    plot.xaxis.major_label_orientation = SLANTED if len(names) > MANY else 0
    plot.xgrid.grid_line_color = None
    for legend in plot.legend:
        legend.location = "top_left"
        legend.orientation = "horizontal"
        legend.background_fill_color = None
        legend.border_line_color = None
        legend.tags = ["mgg:ink"]
        legend.label_text_color = colours.ink
        legend.label_text_font = FONT
        legend.label_text_font_size = FONT_SIZE
        plot.add_layout(legend, "above")
    return plot

"""What the pictures of a calibration have in common: names of read-outs, points, tooltips."""

from collections.abc import Sequence
from typing import Any

from bokeh.models import HoverTool
from bokeh.plotting import figure

from mgg_kernel.calibration import LeftOut
from mgg_kernel.ui.plots.canvas import FONT, FONT_SIZE, add_legend
from mgg_kernel.ui.plots.labelling import width_px
from mgg_kernel.ui.plots.palette import Palette
from mgg_kernel.ui.words import Words

__all__ = ["ALARM", "POINT_PX", "dress_legend_above", "named", "of_quantity", "pointing"]
__all__ += ["table_of_products"]

ALARM = "#D55E00"
"""For what lies off; of Okabe and Ito's set, far from the accent's blue in light and in dark."""
POINT_PX = 8
LEGEND_ROW_PX, LEGEND_PX, LEGEND_SIGN_PX = 34, 700, 45
MOST_IN_A_ROW = 2
"""More entries of a legend would not fit where pictures stand side by side."""

_UNITS = {"peak_pressure_mpa": "MPa", "peak_time_ms": "ms", "ignition_time_ms": "ms"}


def named(t: Words, quantity: str) -> tuple[str, str]:
    """Return the name and the unit of a read-out.

    Args:
        t: the viewer's words.
        quantity: its name in :class:`mgg_kernel.calibration.Observation`.
    """
    names = {
        "peak_pressure_mpa": t("word.peak_pressure"),
        "peak_time_ms": t("word.peak_time"),
        "ignition_time_ms": t("word.ignition_time"),
    }
    return names[quantity], _UNITS[quantity]


def of_quantity(left_out: Sequence[LeftOut], quantity: str) -> list[LeftOut]:
    """Return the rows of one read-out."""
    return [row for row in left_out if row.quantity == quantity]


def table_of_products(rows: Sequence[LeftOut], t: Words, unit: str) -> dict[str, list[Any]]:
    """Return a row for each product: what was measured, and what was expected without it."""
    return {
        t("word.sheet"): [row.sheet for row in rows],
        t("calibration.product"): [row.product for row in rows],
        f"{t('word.test')} [{unit}]": [row.measured for row in rows],
        f"{t('word.simulation')} [{unit}]": [row.expected for row in rows],
        f"{t('calibration.interval')}, ≥ [{unit}]": [row.low for row in rows],
        f"{t('calibration.interval')}, ≤ [{unit}]": [row.high for row in rows],
    }


def pointing(renderers: list[Any], rows: list[tuple[str, str]], colours: Palette) -> HoverTool:
    """Return the tool that tells of the point under the mouse; rows as for :func:`hover`."""
    cells = "".join(
        f'<span style="color:{colours.muted}">{words}</span>'
        f'<span style="text-align:right;font-variant-numeric:tabular-nums">{shown}</span>'
        for words, shown in rows
    )
    box = (
        f'<div style="display:grid;grid-template-columns:auto auto;gap:2px 12px;margin:-5px;'
        f"padding:8px 12px;background:{colours.paper};color:{colours.ink};"
        f'font:12px {FONT.replace(chr(39), "")}">{cells}</div>'
    )
    return HoverTool(renderers=renderers, tooltips=box)


def dress_legend_above(
    plot: figure, colours: Palette, *, columns: int = MOST_IN_A_ROW, adds_height: bool = False
) -> None:
    """Dress the legend and lay it in rows above the picture, where it hides no point.

    Args:
        plot: with its legend.
        colours: the theme's colours.
        columns: so many entries stand in a row at most; fewer where their words are long.
        adds_height: make the picture higher by the legend, so that the frame stays as it is.
    """
    add_legend(plot, colours)
    legends: list[Any] = list(plot.legend)
    for legend in legends:
        # The widest entry sets how wide each column is.
        widest = max(width_px(item.label.value) for item in legend.items)
        columns = max(1, min(columns, int(LEGEND_PX / (widest + LEGEND_SIGN_PX))))
        legend.orientation = "horizontal"
        legend.ncols = min(len(legend.items), columns)
        legend.location = "top_left"
        legend.spacing = 14
        legend.label_text_font_size = FONT_SIZE
        plot.center.remove(legend)
        plot.add_layout(legend, "above")
        if adds_height and plot.height is not None:
            plot.height += LEGEND_ROW_PX * -(-len(legend.items) // columns)

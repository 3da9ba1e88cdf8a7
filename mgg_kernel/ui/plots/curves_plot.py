"""Several curves in one picture, each under its name."""

from collections.abc import Mapping
from typing import Any

from bokeh.models import ColumnDataSource

from mgg_kernel.curve import PTCurve
from mgg_kernel.ui.plots.behind import keep
from mgg_kernel.ui.plots.canvas import canvas, hover, padded, strokes
from mgg_kernel.ui.plots.palette import Theme, palette
from mgg_kernel.ui.plots.readouts import dress_legend_above
from mgg_kernel.ui.plots.thinning import thin
from mgg_kernel.ui.words import Language, Words

__all__ = ["curves_figure"]

FIRST_WIDTH, OTHER_WIDTH = 2.4, 1.4
DASHES = ("solid", "dashed", "dotdash", "dotted")


def curves_figure(
    curves: Mapping[str, PTCurve],
    *,
    language: Language = "en",
    theme: Theme = "light",
    height_px: int = 440,
) -> Any:
    """Return a picture of several simulated curves; the first is in the accent colour.

    Args:
        curves: by name, at least one.
        language: language of axes and marks.
        theme: light or dark.
        height_px: height [px].

    Returns:
        A Bokeh figure.
    """
    t, colours = Words(language), palette(theme)
    _, accent = strokes(colours)
    first = min(float(curve.time_ms[0]) for curve in curves.values())
    last = max(float(curve.time_ms[-1]) for curve in curves.values())
    highest = max(float(curve.pressure_mpa.max()) for curve in curves.values())
    lowest = min(0.0, *(float(curve.pressure_mpa.min()) for curve in curves.values()))
    plot = canvas(
        colours,
        x_range=padded(first, last, below=0.02, above=0.02),
        y_range=padded(lowest, highest, above=0.1),
        x_title=t("plot.time_axis"),
        y_title=t("plot.pressure_axis"),
        height_px=height_px,
        description=", ".join(curves),
    )
    told = [
        (t("word.simulation"), "@name"),
        (t("plot.time"), "@time_ms{0.00} ms"),
        (t("plot.pressure"), "@pressure_mpa{0.00} MPa"),
    ]
    for number, (name, curve) in enumerate(curves.items()):
        shown = thin(curve.pressure_mpa)
        hue = accent.colour if number == 0 else colours.others[(number - 1) % 3]
        line = plot.line(
            "time_ms",
            "pressure_mpa",
            source=ColumnDataSource(
                {
                    "time_ms": curve.time_ms[shown],
                    "pressure_mpa": curve.pressure_mpa[shown],
                    "name": [name] * shown.size,
                }
            ),
            line_color=hue,
            line_width=FIRST_WIDTH if number == 0 else OTHER_WIDTH,
            line_dash=DASHES[(number - 1) // 3 % 4] if number else "solid",
            legend_label=name,
        )
        line.tags = [accent.tag] if number == 0 else []
        if number == 0:
            plot.add_tools(*hover(line, told, colours))
    dress_legend_above(plot, colours, columns=4, adds_height=True)
    tables = {
        name: {t("plot.time_axis"): curve.time_ms, t("plot.pressure_axis"): curve.pressure_mpa}
        for name, curve in curves.items()
    }
    keep(plot, **{f"curve {number}": table for number, table in enumerate(tables.values(), 1)})
    return plot

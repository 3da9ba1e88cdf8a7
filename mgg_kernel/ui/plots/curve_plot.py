"""One curve, with its peak and its ignition."""

from typing import Any

from bokeh.models import ColumnDataSource

from mgg_kernel.curve import PTCurve
from mgg_kernel.ui import numbers
from mgg_kernel.ui.plots.behind import keep
from mgg_kernel.ui.plots.canvas import LINE_WIDTH, canvas, hover, mark, note, padded, strokes
from mgg_kernel.ui.plots.palette import Theme, palette
from mgg_kernel.ui.plots.thinning import thin
from mgg_kernel.ui.words import Language, Words

__all__ = ["curve_figure"]


def curve_figure(
    curve: PTCurve,
    *,
    name: str = "",
    simulated: bool = False,
    language: Language = "en",
    theme: Theme = "light",
    height_px: int = 420,
) -> Any:
    """Return a picture of one curve with its peak and its ignition marked.

    Args:
        curve: what to draw.
        name: what to call it for those who do not see the picture.
        simulated: drawn in the accent colour if so, else as a test in ink.
        language: language of axes and marks.
        theme: light or dark.
        height_px: height [px].

    Returns:
        A Bokeh figure.
    """
    t, colours = Words(language), palette(theme)
    stroke = strokes(colours)[1 if simulated else 0]
    features = curve.features()
    shown = thin(curve.pressure_mpa)
    source = ColumnDataSource(
        {"time_ms": curve.time_ms[shown], "pressure_mpa": curve.pressure_mpa[shown]}
    )
    low = min(0.0, float(curve.pressure_mpa.min()))
    plot = canvas(
        colours,
        x_range=padded(float(curve.time_ms[0]), float(curve.time_ms[-1]), below=0.02, above=0.02),
        y_range=padded(low, features.peak_pressure_mpa, above=0.12),
        x_title=t("plot.time_axis"),
        y_title=t("plot.pressure_axis"),
        height_px=height_px,
        description=name or t("plot.curve"),
    )
    line = plot.line(
        "time_ms",
        "pressure_mpa",
        source=source,
        line_color=stroke.colour,
        line_width=LINE_WIDTH,
    )
    line.tags = [stroke.tag]
    plot.add_tools(
        *hover(
            line,
            [
                (t("plot.time"), "@time_ms{0.00} ms"),
                (t("plot.pressure"), "@pressure_mpa{0.00} MPa"),
            ],
            colours,
        )
    )
    keep(
        plot,
        curve={t("plot.time_axis"): curve.time_ms, t("plot.pressure_axis"): curve.pressure_mpa},
    )
    peak = features.peak_pressure_mpa, features.peak_time_ms
    mark(plot, peak[1], peak[0], stroke, colours)
    text = t("plot.peak_at", pressure=numbers.pressure(peak[0]), time=numbers.milliseconds(peak[1]))
    note(plot, peak[1], peak[0], text, stroke, text_align="center", y_offset=-8)
    if features.ignition_time_ms is not None:
        at = curve.resample([features.ignition_time_ms, curve.time_ms[-1]]).pressure_mpa[0]
        mark(plot, features.ignition_time_ms, float(at), stroke, colours)
        text = t("plot.ignition_at", time=numbers.milliseconds(features.ignition_time_ms))
        note(
            plot,
            features.ignition_time_ms,
            float(at),
            text,
            stroke,
            x_offset=12,
            text_baseline="middle",
        )
    return plot

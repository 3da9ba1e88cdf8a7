"""What every picture has in common: axes, tools, type and colours."""

from dataclasses import dataclass
from typing import Any

from bokeh.core.properties import value
from bokeh.models import (
    BoxZoomTool,
    ColumnDataSource,
    CrosshairTool,
    FactorRange,
    HoverTool,
    PanTool,
    Range1d,
    ResetTool,
    SaveTool,
    WheelZoomTool,
    ZoomInTool,
    ZoomOutTool,
)
from bokeh.plotting import figure

from mgg_kernel.ui.plots.palette import Palette

__all__ = ["Stroke", "add_legend", "canvas", "hover", "mark", "marks", "note", "notes", "padded"]
__all__ += ["set_range", "strokes"]

INK, ACCENT = "mgg:ink", "mgg:accent"
"""Tags by which the dashboards repaint a picture when light and dark are switched."""

FONT = "system-ui, 'Segoe UI', 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif"
LINE_WIDTH = 1.8
FONT_SIZE = "12px"


@dataclass(frozen=True)
class Stroke:
    """A colour, and the tag that says what it stands for in any theme."""

    colour: str
    tag: str


def strokes(colours: Palette) -> tuple[Stroke, Stroke]:
    """Return how a test is drawn, and how a simulation is."""
    return Stroke(colours.ink, INK), Stroke(colours.accent, ACCENT)


def canvas(
    colours: Palette,
    *,
    x_range: Range1d | FactorRange,
    y_range: Range1d,
    x_title: str | None,
    y_title: str,
    height_px: int,
    description: str,
) -> figure:
    """Return an empty figure with zoom, reset and the look of all pictures.

    Args:
        colours: the theme's colours.
        x_range: times [ms]; share it between figures to link them.
        y_range: pressures [MPa].
        x_title: title of the time axis; None for a figure that stands on top of another one.
        y_title: title of the pressure axis.
        height_px: height [px]; the width is that of the page.
        description: the picture in words, for those who do not see it.
    """
    zoom = BoxZoomTool()
    plot = figure(
        x_range=x_range,
        y_range=y_range,
        height=height_px,
        sizing_mode="stretch_width",
        tools=[
            zoom,
            PanTool(),
            ZoomInTool(),
            ZoomOutTool(),
            WheelZoomTool(),
            SaveTool(),
            ResetTool(),
        ],
        active_drag=zoom,
        active_scroll=None,  # a page that is scrolled must not zoom what it passes
        toolbar_location="above",
        background_fill_color=colours.paper,
        border_fill_color=colours.paper,
        outline_line_color=None,
        min_border_right=16,
        name=description,
    )
    plot.toolbar.logo = None
    for axis, title in ((plot.xaxis, x_title), (plot.yaxis, y_title)):
        axis.axis_label = title
        axis.axis_label_text_color = colours.muted
        axis.axis_label_text_font = FONT
        axis.axis_label_text_font_size = FONT_SIZE
        axis.axis_label_text_font_style = "normal"
        axis.major_label_text_color = colours.muted
        axis.major_label_text_font = FONT
        axis.major_label_text_font_size = FONT_SIZE
        axis.axis_line_color = colours.grid
        axis.major_tick_line_color = colours.grid
        axis.minor_tick_line_color = None
    plot.xgrid.grid_line_color = colours.grid
    plot.ygrid.grid_line_color = colours.grid
    return plot


def padded(low: float, high: float, *, below: float = 0.05, above: float = 0.05) -> Range1d:
    """Return a range with air at both ends, as shares of its span; reset comes back to it."""
    span = (high - low) or 1.0
    return Range1d(start=low - below * span, end=high + above * span)


def set_range(shown: Range1d, low: float, high: float, *, below: float, above: float) -> None:
    """Let a range that a browser has show something else, with air as :func:`padded` gives it."""
    wanted = padded(low, high, below=below, above=above)
    # Reset comes back to these; the browser sets them once, from where a range begins.
    shown.update(start=wanted.start, end=wanted.end, reset_start=wanted.start, reset_end=wanted.end)


def hover(renderer: Any, rows: list[tuple[str, str]], colours: Palette) -> list[Any]:
    """Return the tools that read all values at one time: tooltip and vertical line.

    Args:
        renderer: whose data source has the columns that the rows name.
        rows: words and a Bokeh format such as ``@time_ms{0.00} ms``.
        colours: the theme's colours.
    """
    # In the dashboards the style sheet's colours win, so that they follow the theme.
    muted, ink, paper = (
        f"var(--mgg-{name}, {colour})"
        for name, colour in (
            ("muted", colours.muted),
            ("ink", colours.ink),
            ("paper", colours.paper),
        )
    )
    cells = "".join(
        f'<span style="color:{muted}">{words}</span>'
        f'<span style="text-align:right;font-variant-numeric:tabular-nums">{shown}</span>'
        for words, shown in rows
    )
    box = (
        f'<div style="display:grid;grid-template-columns:auto auto;gap:2px 12px;margin:-5px;'
        f"padding:8px 12px;background:{paper};color:{ink};"
        f'font:12px {FONT.replace(chr(39), "")}">{cells}</div>'
    )
    reading = HoverTool(
        renderers=[renderer],
        mode="vline",
        line_policy="nearest",
        point_policy="follow_mouse",
        tooltips=box,
    )
    crosshair = CrosshairTool(dimensions="height", line_color=colours.muted, line_alpha=0.6)
    return [reading, crosshair]


def mark(plot: figure, x_ms: float, y_mpa: float, stroke: Stroke, colours: Palette) -> None:
    """Put a round mark on a curve."""
    drawn = plot.scatter(
        [x_ms], [y_mpa], size=8, fill_color=stroke.colour, line_color=stroke.colour
    )
    drawn.tags = [stroke.tag]


def marks(plot: figure, stroke: Stroke) -> ColumnDataSource:
    """Return where round marks are: the columns ``x`` and ``y``, still empty."""
    source = ColumnDataSource({"x": [], "y": []})
    drawn = plot.scatter(
        "x", "y", source=source, size=8, fill_color=stroke.colour, line_color=stroke.colour
    )
    drawn.tags = [stroke.tag]
    return source


def notes(plot: figure, stroke: Stroke) -> ColumnDataSource:
    """Return what is written where, still empty: place, ``text``, offsets [px] and ``align``."""
    columns = ("x", "y", "text", "x_offset", "y_offset", "align")
    source = ColumnDataSource({name: [] for name in columns})
    drawn = plot.text(
        "x",
        "y",
        "text",
        source=source,
        x_offset="x_offset",
        y_offset="y_offset",
        text_align="align",
        text_color=stroke.colour,
        text_font=value(FONT),
        text_font_size=FONT_SIZE,
    )
    drawn.tags = [stroke.tag]
    return source


def note(plot: figure, x_ms: float, y_mpa: float, text: str, stroke: Stroke, **place: Any) -> None:
    """Write beside a point; `place` are Bokeh's offsets [px], alignment and baseline."""
    drawn = plot.text(
        [x_ms],
        [y_mpa],
        [text],
        text_color=stroke.colour,
        text_font=value(FONT),  # bare, it would name a column
        text_font_size=FONT_SIZE,
        **place,
    )
    drawn.tags = [stroke.tag]


def add_legend(plot: figure, colours: Palette) -> None:
    """Dress the legend, where the falling end of a PT curve leaves room: bottom right."""
    for legend in plot.legend:
        legend.location = "bottom_right"
        legend.click_policy = "hide"
        legend.background_fill_color = None
        legend.tags = [INK]
        legend.border_line_color = None
        legend.label_text_color = colours.ink
        legend.label_text_font = FONT
        legend.label_text_font_size = FONT_SIZE

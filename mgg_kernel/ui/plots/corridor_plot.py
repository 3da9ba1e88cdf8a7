"""A corridor, a curve in it, and where it comes nearest to a limit."""

from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource
from bokeh.plotting import figure
from numpy.typing import NDArray

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import LotError
from mgg_kernel.lots import Corridor, Verdict, judge
from mgg_kernel.ui import numbers
from mgg_kernel.ui.plots.behind import keep
from mgg_kernel.ui.plots.canvas import (
    LINE_WIDTH,
    Stroke,
    canvas,
    hover,
    mark,
    note,
    padded,
    strokes,
)
from mgg_kernel.ui.plots.corridor_parts import allowed, limit_at, outside, table_of_limits
from mgg_kernel.ui.plots.labelling import free_place
from mgg_kernel.ui.plots.palette import Palette, Theme, palette
from mgg_kernel.ui.plots.readouts import ALARM, dress_legend_above
from mgg_kernel.ui.plots.thinning import thin
from mgg_kernel.ui.words import Language, Words

__all__ = ["corridor_figure"]

FloatArray = NDArray[np.float64]

FILL_ALPHA, LIMIT_WIDTH, OUTSIDE_WIDTH = 0.18, 1.4, 4.0
AIR = 0.12


def corridor_figure(
    corridor: Corridor,
    curve: PTCurve | None = None,
    verdict: Verdict | None = None,
    *,
    simulated: bool = False,
    language: Language = "en",
    theme: Theme = "light",
    height_px: int = 420,
) -> Any:
    """Return a corridor with a curve in it: the smallest margin is marked, what is outside is red.

    The curve is moved along the time axis as it was when it was judged.

    Args:
        corridor: the limits.
        curve: what is judged; None: the limits alone.
        verdict: what :func:`mgg_kernel.lots.judge` says of the two; None: it is asked.
        simulated: drawn in the accent colour if so, else as a test in ink.
        language: language of axes and marks.
        theme: light or dark.
        height_px: height [px].

    Returns:
        A Bokeh figure.

    Raises:
        LotError: the curve cannot be judged, or the verdict is that of another corridor.
    """
    t, colours = Words(language), palette(theme)
    if curve is not None and verdict is None:
        verdict = judge(curve, corridor)
    if verdict is not None and (verdict.corridor, verdict.corridor_version) != (
        corridor.name,
        corridor.version,
    ):
        raise LotError(
            f"The verdict is one by '{verdict.corridor}' (version {verdict.corridor_version}), not "
            f"by '{corridor.name}' (version {corridor.version}); give the corridor it belongs to."
        )
    shift = verdict.shift_ms if verdict else 0.0
    time = np.empty(0) if curve is None else curve.time_ms + shift
    pressure = np.empty(0) if curve is None else curve.pressure_mpa
    plot = _empty(corridor, time, pressure, t, colours, height_px)
    _draw_fill(plot, corridor, colours, t)
    if curve is not None and verdict is not None:
        stroke = strokes(colours)[1 if simulated else 0]
        label = t("word.simulation") if simulated else t("word.test")
        _draw_curve(plot, corridor, (time, pressure), stroke, label, t, colours)
        _draw_margin(plot, corridor, (time, pressure), verdict, stroke, t, colours)
    dress_legend_above(plot, colours, columns=3, adds_height=True)
    tables = {"corridor": table_of_limits(corridor, t)}
    if curve is not None:
        tables["curve"] = {
            t("plot.time_axis"): time,
            t("plot.pressure_axis"): pressure,
            f"{t('corridor.limits')}, ≥ [MPa]": limit_at(corridor.lower, time),
            f"{t('corridor.limits')}, ≤ [MPa]": limit_at(corridor.upper, time),
        }
    keep(plot, **tables)
    return plot


def _empty(
    corridor: Corridor,
    time: FloatArray,
    pressure: FloatArray,
    t: Words,
    colours: Palette,
    height_px: int,
) -> figure:
    moments = {"ignition": t("lots.at_ignition"), "peak": t("lots.at_peak")}
    corners = np.array([*corridor.lower, *corridor.upper])
    times, values = np.append(time, corners[:, 0]), np.append(pressure, corners[:, 1])
    return canvas(
        colours,
        x_range=padded(float(times.min()), float(times.max()), below=0.02, above=0.02),
        y_range=padded(
            min(0.0, float(values.min())), float(values.max()), below=AIR / 2, above=AIR
        ),
        x_title=(
            t("lots.aligned_axis", moment=moments[corridor.align])
            if corridor.align in moments
            else t("plot.time_axis")
        ),
        y_title=t("plot.pressure_axis"),
        height_px=height_px,
        description=t("corridor.of", name=corridor.name, version=corridor.version),
    )


def _draw_fill(plot: figure, corridor: Corridor, colours: Palette, t: Words) -> None:
    """Fill what is allowed: where a limit is missing, to the edge of the picture."""
    hue = colours.others[1]
    edges: Any = plot.y_range
    times, low, high = allowed(corridor, edges.start, edges.end)
    plot.varea(
        times,
        low,
        high,
        fill_color=hue,
        fill_alpha=FILL_ALPHA,
        legend_label=t("corridor.of", name=corridor.name, version=corridor.version),
    )
    for corners in (corridor.lower, corridor.upper):
        if corners:
            at, limit = np.array(corners).T
            plot.line(at, limit, line_color=hue, line_width=LIMIT_WIDTH)


def _draw_curve(
    plot: figure,
    corridor: Corridor,
    line: tuple[FloatArray, FloatArray],
    stroke: Stroke,
    label: str,
    t: Words,
    colours: Palette,
) -> None:
    beyond = outside(corridor, *line)
    if beyond is not None:
        plot.line(
            *beyond,
            line_color=ALARM,
            line_width=OUTSIDE_WIDTH,
            line_cap="round",
            legend_label=t("corridor.outside"),
        )
    time, pressure = line
    shown = thin(pressure)
    low, high = limit_at(corridor.lower, time), limit_at(corridor.upper, time)
    source = ColumnDataSource(
        {
            "time_ms": time[shown],
            "pressure_mpa": pressure[shown],
            "low_mpa": low[shown],
            "high_mpa": high[shown],
            "margin_mpa": np.fmin(pressure - low, high - pressure)[shown],
        }
    )
    drawn = plot.line(
        "time_ms",
        "pressure_mpa",
        source=source,
        line_color=stroke.colour,
        line_width=LINE_WIDTH,
        legend_label=label,
    )
    drawn.tags = [stroke.tag]
    rows = [
        (t("plot.time"), "@time_ms{0.00} ms"),
        (t("plot.pressure"), "@pressure_mpa{0.00} MPa"),
        (t("corridor.limits"), "@low_mpa{0.00} – @high_mpa{0.00} MPa"),
        (t("corridor.margin"), "@margin_mpa{+0.00} MPa"),
    ]
    plot.add_tools(*hover(drawn, rows, colours))


def _draw_margin(
    plot: figure,
    corridor: Corridor,
    line: tuple[FloatArray, FloatArray],
    verdict: Verdict,
    stroke: Stroke,
    t: Words,
    colours: Palette,
) -> None:
    """Mark the place of the smallest margin, and write how large it is."""
    hue = stroke if verdict.passed else Stroke(ALARM, "")
    at = verdict.at_time_ms
    here = float(np.interp(at, *line))
    corners = corridor.lower if verdict.side == "lower" else corridor.upper
    limit = float(limit_at(corners, np.array([at]))[0])
    plot.segment([at], [here], [at], [limit], line_color=hue.colour, line_width=2).tags = [hue.tag]
    mark(plot, at, here, hue, colours)
    words = {
        "margin": numbers.pressure(abs(verdict.smallest_margin_mpa)),
        "time": numbers.milliseconds(at),
    }
    text = t("corridor.margin_at" if verdict.passed else "corridor.outside_at", **words)
    lines = [line, (np.array([at, at]), np.array([here, limit]))]
    for chain in (corridor.lower, corridor.upper):
        if chain:
            times, limits = np.array(chain).T
            lines.append((times, limits))
    note(plot, at, here, text, hue, **free_place(plot, (at, here), text, lines))

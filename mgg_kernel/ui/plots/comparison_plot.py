"""A simulation over a test, and the residual below on the same time axis."""

from typing import Any

import numpy as np
from bokeh.layouts import gridplot
from bokeh.models import ColumnDataSource, CrosshairTool, Range1d
from bokeh.models.annotations import Span
from bokeh.plotting import figure
from numpy.typing import NDArray

from mgg_kernel.comparison import Comparison, residual_curve
from mgg_kernel.curve import Features, PTCurve
from mgg_kernel.ui import numbers
from mgg_kernel.ui.plots.behind import keep
from mgg_kernel.ui.plots.canvas import (
    LINE_WIDTH,
    Stroke,
    add_legend,
    canvas,
    hover,
    mark,
    note,
    padded,
    strokes,
)
from mgg_kernel.ui.plots.palette import Palette, Theme, palette
from mgg_kernel.ui.plots.thinning import thin
from mgg_kernel.ui.words import Language, Words

__all__ = ["comparison_figure"]

RESIDUAL_SHARE = 0.32
LINE_STEP_PX = 17
BAND_ALPHA = 0.18
LABEL_SHARE = 0.3
"""Of the width: peaks that are closer than this would be named over each other."""


def comparison_figure(
    simulated: PTCurve,
    measured: PTCurve,
    comparison: Comparison | None = None,
    *,
    language: Language = "en",
    theme: Theme = "light",
    height_px: int = 540,
) -> Any:
    """Return a picture of a simulation over a test, with the residual below.

    The residual is simulated minus measured at the test's own times, as far as both curves
    reach or as far as the comparison's window does.

    Args:
        simulated: the simulation, drawn in the accent colour.
        measured: the test, drawn in ink.
        comparison: whose window is drawn; None: all that both curves cover.
        language: language of axes and marks.
        theme: light or dark.
        height_px: height of both parts together [px].

    Returns:
        A Bokeh layout of two figures with one time axis.

    Raises:
        ComparisonError: the curves do not overlap.
    """
    t, colours = Words(language), palette(theme)
    window = comparison.settings.used_window_ms if comparison else None
    full = _common(simulated, measured, window)
    shown = thin(full["measured_mpa"], full["simulated_mpa"], full["residual_mpa"])
    common = ColumnDataSource({name: column[shown] for name, column in full.items()})
    low_px = round(height_px * RESIDUAL_SHARE)
    ends = np.concatenate([curve.time_ms[[0, -1]] for curve in (simulated, measured)])
    times = padded(float(ends.min()), float(ends.max()), below=0.02, above=0.02)
    upper = _overlay(simulated, measured, t, colours, times, height_px - low_px)
    lower = _residual(common, t, colours, times, low_px)
    rows = [
        (t("plot.time"), "@time_ms{0.00} ms"),
        (t("word.test"), "@measured_mpa{0.00} MPa"),
        (t("word.simulation"), "@simulated_mpa{0.00} MPa"),
        (t("word.residual"), "@residual_mpa{+0.00} MPa"),
    ]
    line = Span(dimension="height", line_color=colours.muted, line_alpha=0.6)
    for plot, column in ((upper, "measured_mpa"), (lower, "residual_mpa")):
        # Unseen, so that the tooltip reads all columns of one time, whatever is drawn.
        read = plot.line("time_ms", column, source=common, line_alpha=0)
        tooltip, _ = hover(read, rows, colours)
        plot.add_tools(tooltip, CrosshairTool(overlay=line))
    both = gridplot(
        [[upper], [lower]],
        sizing_mode="stretch_width",
        toolbar_location="above",
        toolbar_options={"logo": None},
        merge_tools=True,
    )
    keep(
        both,
        compared={
            t("plot.time_axis"): full["time_ms"],
            f"{t('word.test')} [MPa]": full["measured_mpa"],
            f"{t('word.simulation')} [MPa]": full["simulated_mpa"],
            t("plot.residual_axis"): full["residual_mpa"],
        },
        test=_table(measured, t),
        simulation=_table(simulated, t),
    )
    return both


def _table(curve: PTCurve, t: Words) -> dict[str, Any]:
    return {t("plot.time_axis"): curve.time_ms, t("plot.pressure_axis"): curve.pressure_mpa}


def _common(
    simulated: PTCurve, measured: PTCurve, window_ms: tuple[float, float] | None
) -> dict[str, NDArray[np.float64]]:
    """Return both curves and the residual at the test's times, at full rate."""
    residual = residual_curve(simulated, measured, rate_hz=None, window_ms=window_ms)
    return {
        "time_ms": residual.time_ms,
        "measured_mpa": measured.resample(residual.time_ms).pressure_mpa,
        "simulated_mpa": simulated.resample(residual.time_ms).pressure_mpa,
        "residual_mpa": residual.pressure_mpa,
    }


def _overlay(
    simulated: PTCurve,
    measured: PTCurve,
    t: Words,
    colours: Palette,
    times: Range1d,
    height_px: int,
) -> figure:
    highest = max(simulated.peak.pressure_mpa, measured.peak.pressure_mpa)
    lowest = min(0.0, float(simulated.pressure_mpa.min()), float(measured.pressure_mpa.min()))
    plot = canvas(
        colours,
        x_range=times,
        y_range=padded(lowest, highest, below=0.1, above=0.2),
        x_title=None,
        y_title=t("plot.pressure_axis"),
        height_px=height_px,
        description=t("plot.overlay"),
    )
    ink, accent = strokes(colours)
    drawn = ((measured, ink, t("word.test")), (simulated, accent, t("word.simulation")))
    for curve, stroke, words in drawn:
        shown = thin(curve.pressure_mpa)
        line = plot.line(
            curve.time_ms[shown],
            curve.pressure_mpa[shown],
            line_color=stroke.colour,
            line_width=LINE_WIDTH,
            legend_label=words,
        )
        line.tags = [stroke.tag]
    add_legend(plot, colours)
    features = [(curve, curve.features(), stroke) for curve, stroke, _ in drawn]
    _mark_peaks(plot, features, t, colours)
    _mark_ignitions(plot, features, t, colours)
    plot.xaxis.major_label_text_font_size = "0px"
    return plot


def _mark_peaks(
    plot: figure,
    features: list[tuple[PTCurve, Features, Stroke]],
    t: Words,
    colours: Palette,
) -> None:
    """Each peak is named above it; where they stand close, one above the other."""
    highest, lower = sorted(features, key=lambda entry: -entry[1].peak_pressure_mpa)
    span_ms = max(float(curve.time_ms[-1] - curve.time_ms[0]) for curve, _, _ in features)
    apart_ms = abs(highest[1].peak_time_ms - lower[1].peak_time_ms)
    are_close = apart_ms < LABEL_SHARE * span_ms
    for (_, read, stroke), is_highest in ((highest, True), (lower, False)):
        mark(plot, read.peak_time_ms, read.peak_pressure_mpa, stroke, colours)
        text = t(
            "plot.peak_at",
            pressure=numbers.pressure(read.peak_pressure_mpa),
            time=numbers.milliseconds(read.peak_time_ms),
        )
        beside = highest[1] if are_close else read
        y_offset = -8 - LINE_STEP_PX if are_close and is_highest else -8
        note(
            plot,
            beside.peak_time_ms,
            beside.peak_pressure_mpa,
            text,
            stroke,
            text_align="center",
            y_offset=y_offset,
        )


def _mark_ignitions(
    plot: figure,
    features: list[tuple[PTCurve, Features, Stroke]],
    t: Words,
    colours: Palette,
) -> None:
    """One below the other about the zero line, to the right of the later one."""
    known = [
        (curve, read.ignition_time_ms, stroke)
        for curve, read, stroke in features
        if read.ignition_time_ms is not None
    ]
    for step, (curve, at, stroke) in enumerate(known):
        pressure = float(np.interp(at, curve.time_ms, curve.pressure_mpa))
        mark(plot, at, pressure, stroke, colours)
        text = t("plot.ignition_at", time=numbers.milliseconds(at))
        later = max(time for _, time, _ in known)
        offset = (step + 2 - len(known)) * LINE_STEP_PX - 2
        note(plot, later, 0.0, text, stroke, x_offset=14, y_offset=offset)


def _residual(
    common: ColumnDataSource, t: Words, colours: Palette, times: Range1d, height_px: int
) -> figure:
    values = np.asarray(common.data["residual_mpa"])
    plot = canvas(
        colours,
        x_range=times,
        y_range=padded(float(min(0.0, values.min())), float(max(0.0, values.max())), above=0.1),
        x_title=t("plot.time_axis"),
        y_title=t("plot.residual_axis"),
        height_px=height_px,
        description=t("plot.residual"),
    )
    _, accent = strokes(colours)
    band = plot.varea(
        "time_ms",
        0,
        "residual_mpa",
        source=common,
        fill_color=accent.colour,
        fill_alpha=BAND_ALPHA,
    )
    line = plot.line(
        "time_ms",
        "residual_mpa",
        source=common,
        line_color=accent.colour,
        line_width=1.2,
    )
    band.tags = line.tags = [accent.tag]
    plot.add_layout(Span(location=0, dimension="width", line_color=colours.muted, line_width=1))
    return plot

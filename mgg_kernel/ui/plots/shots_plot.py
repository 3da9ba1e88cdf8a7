"""Shots of one recipe, lot or work order over each other: each shot, their mean, and a band."""

from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource
from bokeh.models.annotations import Span
from bokeh.plotting import figure

from mgg_kernel.errors import LotError
from mgg_kernel.lots import Band, OutlierTest, Overlay, unusual_curves
from mgg_kernel.ui import numbers
from mgg_kernel.ui.plots.behind import keep
from mgg_kernel.ui.plots.canvas import canvas, hover, note, padded, strokes
from mgg_kernel.ui.plots.labelling import free_place
from mgg_kernel.ui.plots.palette import Palette, Theme, palette
from mgg_kernel.ui.plots.readouts import dress_legend_above, pointing
from mgg_kernel.ui.plots.shot_lines import draw_shots, read_outs, told_of_shot
from mgg_kernel.ui.plots.shot_tables import band_name, table_of_curves, table_of_shots
from mgg_kernel.ui.plots.thinning import thin
from mgg_kernel.ui.words import Language, Words

__all__ = ["shots_figure"]

LEAST_TESTED, MOST_TESTED = 4, 100
MEAN_WIDTH = 2.4
BAND_ALPHA = 0.14
LEGEND_COLUMNS = 4
PEAK_PX = 5
SMOOTH_POINTS = 600
"""A mean and its band have no spikes, and seven digits are more than a screen shows."""


def shots_figure(
    shots: Overlay,
    *,
    band: Band | float | None = 2.0,
    unusual: OutlierTest | None = None,
    name: str = "",
    language: Language = "en",
    theme: Theme = "light",
    height_px: int = 440,
) -> Any:
    """Return a picture of many shots on one time axis with their mean curve and a band.

    Up to six shots have a colour each and are in the legend with their shift; of more the pointer
    tells name, shift and read-outs.  Shots that do not count are dotted, unusual ones stand out.

    Args:
        shots: as :func:`mgg_kernel.lots.overlay` and ``ws.tests.shots`` return them.
        band: half width in standard deviations, or a band such as ``shots.tolerance_band()``;
            None: no band.
        unusual: a test of whole curves; None: :func:`mgg_kernel.lots.unusual_curves`, where 4 to
            100 shots count and it can be made.
        name: the picture in words, for those who do not see it.
        language: language of axes and marks.
        theme: light or dark.
        height_px: height [px].

    Returns:
        A Bokeh figure.

    Raises:
        LotError: the band is not of these shots, or the test is not one of whole curves.
    """
    t, colours = Words(language), palette(theme)
    drawn_band = shots.band(band) if isinstance(band, (int, float)) else band
    if drawn_band is not None and drawn_band.time_ms.shape != shots.time_ms.shape:
        raise LotError("The band is not one of these shots; give one that they return themselves.")
    if drawn_band is not None and not np.isfinite(drawn_band.lower_mpa).any():
        drawn_band = None  # of one shot there is none
    marked = _unusual(shots, unusual)
    plot = _empty(shots, drawn_band, t, colours, name, height_px)
    if drawn_band is not None:
        _draw_band(plot, drawn_band, t, colours)
    # The shots lie over their mean: where they are near, a thin line is seen on a strong one.
    mean = _draw_mean(plot, shots, drawn_band, t, colours)
    lines = draw_shots(plot, shots, marked, t, colours)
    peaks = _draw_peaks(plot, shots, t, colours)
    of_mean, crosshair = hover(mean, _told(t, drawn_band), colours)
    reading = pointing([*lines, peaks], told_of_shot(t), colours)
    # At a shot both are told, one above the other.
    reading.attachment, of_mean.attachment = "above", "below"
    reading.limit = 1  # before ignition all shots lie on each other
    plot.add_tools(of_mean, crosshair, reading)
    if shots.align_at_ms is not None:
        moment = Span(location=shots.align_at_ms, dimension="height", line_dash="dotted")
        moment.line_color = colours.muted
        plot.add_layout(moment)
    dress_legend_above(plot, colours, columns=LEGEND_COLUMNS, adds_height=True)
    keep(plot, curves=table_of_curves(shots, drawn_band, t), shots=table_of_shots(shots, marked, t))
    return plot


def _unusual(shots: Overlay, given: OutlierTest | None) -> tuple[int, ...]:
    """Return the places of the unusual shots."""
    if given is not None:
        if given.method != "curve":
            raise LotError(
                f"A test by {given.method} says nothing about curves; give one of unusual_curves."
            )
        return given.outliers
    counted = sum(run.counted for run in shots.runs)
    if not LEAST_TESTED <= counted <= MOST_TESTED:
        return ()
    try:
        return unusual_curves(shots).outliers
    except LotError:  # all equal, or no time in common: nothing is unusual
        return ()


def _empty(
    shots: Overlay,
    band: Band | None,
    t: Words,
    colours: Palette,
    name: str,
    height_px: int,
) -> figure:
    moments = {"ignition": t("lots.at_ignition"), "peak": t("lots.at_peak")}
    # Where a shot has ended the band of the others may be many times as wide; that is off the edge.
    full = shots.count == shots.count.max()
    ends = [shots.pressures_mpa]
    ends += [band.lower_mpa[full], band.upper_mpa[full]] if band else []
    lowest = min(0.0, *(float(np.nanmin(part)) for part in ends if np.isfinite(part).any()))
    highest = max(float(np.nanmax(part)) for part in ends if np.isfinite(part).any())
    first, last = float(shots.time_ms[0]), float(shots.time_ms[-1])
    return canvas(
        colours,
        x_range=padded(first, last, below=0.02, above=0.02),
        y_range=padded(lowest, highest, below=0.03, above=0.1),
        x_title=(
            t("lots.aligned_axis", moment=moments[shots.align])
            if shots.align in moments
            else t("plot.time_axis")
        ),
        y_title=t("plot.pressure_axis"),
        height_px=height_px,
        description=name or t("lots.shots_of", count=len(shots.runs)),
    )


def _draw_band(plot: figure, band: Band, t: Words, colours: Palette) -> None:
    ink, _ = strokes(colours)
    there = np.flatnonzero(np.isfinite(band.lower_mpa))
    shown = there[thin(band.lower_mpa[there], band.upper_mpa[there], max_points=SMOOTH_POINTS)]
    fill = plot.varea(
        "time_ms",
        "low_mpa",
        "high_mpa",
        source=ColumnDataSource(
            {
                "time_ms": band.time_ms[shown].astype(np.float32),
                "low_mpa": band.lower_mpa[shown].astype(np.float32),
                "high_mpa": band.upper_mpa[shown].astype(np.float32),
            }
        ),
        fill_color=ink.colour,
        fill_alpha=BAND_ALPHA,
        legend_label=band_name(band, t),
    )
    fill.tags = [ink.tag]


def _draw_mean(plot: figure, shots: Overlay, band: Band | None, t: Words, colours: Palette) -> Any:
    ink, _ = strokes(colours)
    there = np.flatnonzero(np.isfinite(shots.mean_mpa))
    shown = there[thin(shots.mean_mpa[there], max_points=SMOOTH_POINTS)]
    columns: dict[str, Any] = {
        "time_ms": shots.time_ms[shown],
        "mean_mpa": shots.mean_mpa[shown],
        "sd_mpa": shots.sd_mpa[shown],
        "count": shots.count[shown],
    }
    if band is not None:
        columns |= {"low_mpa": band.lower_mpa[shown], "high_mpa": band.upper_mpa[shown]}
    # Where a shot begins or ends the mean jumps; the line breaks there, for nothing has risen.
    breaks = np.flatnonzero(np.diff(columns["count"])) + 1
    columns = {k: np.insert(v.astype(np.float32), breaks, np.nan) for k, v in columns.items()}
    mean = plot.line(
        "time_ms",
        "mean_mpa",
        source=ColumnDataSource(columns),
        line_color=ink.colour,
        line_width=MEAN_WIDTH,
        legend_label=t("lots.mean_of", count=int(shots.count.max())),
    )
    mean.tags = [ink.tag]
    return mean


def _draw_peaks(plot: figure, shots: Overlay, t: Words, colours: Palette) -> Any:
    """Mark the peak of each shot, and write what they come to."""
    ink, _ = strokes(colours)
    fired = [run for run in shots.runs if run.fired]
    at_ms = [run.features.peak_time_ms + run.shift_ms for run in fired]
    peaks = [run.features.peak_pressure_mpa for run in fired]
    drawn = plot.scatter(
        "at_ms",
        "peak_mpa",
        source=ColumnDataSource({"at_ms": at_ms, **read_outs(fired)}),
        size=PEAK_PX,
        fill_color=ink.colour,
        line_color=None,
    )
    drawn.tags = [ink.tag]
    statistics = shots.statistics.get("peak_pressure_mpa")
    if statistics is not None and statistics.n > 1 and statistics.sd is not None:
        text = t(
            "lots.peaks",
            mean=numbers.pressure(statistics.mean),
            sd=numbers.pressure(statistics.sd),
        )
        there = np.isfinite(shots.pressures_mpa)
        lines = [
            (shots.time_ms[seen], row[seen])
            for row, seen in zip(shots.pressures_mpa, there, strict=True)
        ]
        above = float(np.mean(at_ms)), max(peaks)
        note(plot, *above, text, ink, **free_place(plot, above, text, lines[:30]))
    return drawn


def _told(t: Words, band: Band | None) -> list[tuple[str, str]]:
    rows = [
        (t("plot.time"), "@time_ms{0.00} ms"),
        (t("lots.mean"), "@mean_mpa{0.00} MPa"),
        (t("lots.sd"), "@sd_mpa{0.00} MPa"),
        (t("lots.counted"), "@count"),
    ]
    if band is not None:
        rows.insert(2, (t("lots.band"), "@low_mpa{0.00} – @high_mpa{0.00} MPa"))
    return rows

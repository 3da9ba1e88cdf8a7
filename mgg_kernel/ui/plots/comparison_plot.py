"""A simulation over a test, and the residual below on the same time axis."""

from dataclasses import dataclass
from typing import Any, ClassVar

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
    marks,
    notes,
    set_range,
    strokes,
)
from mgg_kernel.ui.plots.palette import Palette, Theme, palette
from mgg_kernel.ui.plots.thinning import thin
from mgg_kernel.ui.words import Language, Words

__all__ = ["ComparisonPicture", "comparison_figure"]

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
    made = ComparisonPicture(language=language, theme=theme, height_px=height_px)
    made.show(simulated, measured, comparison)
    return made.layout


class ComparisonPicture:
    """A picture as :func:`comparison_figure` gives it, which can show other curves later.

    Making a picture, sending it and drawing it from nothing takes longer than comparing does; of
    one that is there only the numbers are sent.

    Args:
        language: language of axes and marks.
        theme: light or dark.
        height_px: height of both parts together [px].
    """

    layout: Any
    """The Bokeh layout of two figures with one time axis."""

    def __init__(
        self, *, language: Language = "en", theme: Theme = "light", height_px: int = 540
    ) -> None:
        self._t = t = Words(language)
        colours = palette(theme)
        low_px = round(height_px * RESIDUAL_SHARE)
        self._times, self._pressures, self._residuals = Range1d(), Range1d(), Range1d()
        self._common = ColumnDataSource(
            {name: [] for name in ("time_ms", "measured_mpa", "simulated_mpa", "residual_mpa")}
        )
        upper = canvas(
            colours,
            x_range=self._times,
            y_range=self._pressures,
            x_title=None,
            y_title=t("plot.pressure_axis"),
            height_px=height_px - low_px,
            description=t("plot.overlay"),
        )
        words = (t("word.test"), t("word.simulation"))
        self._drawn = [
            _Drawn.on(upper, stroke, name)
            for stroke, name in zip(strokes(colours), words, strict=True)
        ]
        add_legend(upper, colours)
        upper.xaxis.major_label_text_font_size = "0px"
        lower = _residual(self._common, t, colours, self._times, self._residuals, low_px)
        rows = [
            (t("plot.time"), "@time_ms{0.00} ms"),
            (t("word.test"), "@measured_mpa{0.00} MPa"),
            (t("word.simulation"), "@simulated_mpa{0.00} MPa"),
            (t("word.residual"), "@residual_mpa{+0.00} MPa"),
        ]
        line = Span(dimension="height", line_color=colours.muted, line_alpha=0.6)
        for plot, column in ((upper, "measured_mpa"), (lower, "residual_mpa")):
            # Unseen, so that the tooltip reads all columns of one time, whatever is drawn.
            read = plot.line("time_ms", column, source=self._common, line_alpha=0)
            tooltip, _ = hover(read, rows, colours)
            plot.add_tools(tooltip, CrosshairTool(overlay=line))
        self.layout = gridplot(
            [[upper], [lower]],
            sizing_mode="stretch_width",
            toolbar_location="above",
            toolbar_options={"logo": None},
            merge_tools=True,
        )

    def show(
        self, simulated: PTCurve, measured: PTCurve, comparison: Comparison | None = None
    ) -> None:
        """Show these curves, whole; arguments as for :func:`comparison_figure`.

        Raises:
            ComparisonError: the curves do not overlap.
        """
        t = self._t
        window = comparison.settings.used_window_ms if comparison else None
        full = _common(simulated, measured, window)
        shown = thin(full["measured_mpa"], full["simulated_mpa"], full["residual_mpa"])
        curves = (measured, simulated)
        self._set_ranges(curves, full["residual_mpa"])
        self._common.data = {name: column[shown] for name, column in full.items()}
        features = tuple(curve.features() for curve in curves)
        peaks = _peak_notes(curves, features, t)
        ignitions = _ignition_notes(features, t)
        for place, drawn in enumerate(self._drawn):
            drawn.show(curves[place], features[place], peaks[place], ignitions[place])
        keep(
            self.layout,
            compared={
                t("plot.time_axis"): full["time_ms"],
                f"{t('word.test')} [MPa]": full["measured_mpa"],
                f"{t('word.simulation')} [MPa]": full["simulated_mpa"],
                t("plot.residual_axis"): full["residual_mpa"],
            },
            test=_table(measured, t),
            simulation=_table(simulated, t),
        )

    def _set_ranges(
        self, curves: tuple[PTCurve, PTCurve], residual_mpa: NDArray[np.float64]
    ) -> None:
        ends = np.concatenate([curve.time_ms[[0, -1]] for curve in curves])
        set_range(self._times, float(ends.min()), float(ends.max()), below=0.02, above=0.02)
        lowest = min(0.0, *(float(curve.pressure_mpa.min()) for curve in curves))
        highest = max(curve.peak.pressure_mpa for curve in curves)
        set_range(self._pressures, lowest, highest, below=0.1, above=0.2)
        lowest, highest = float(residual_mpa.min()), float(residual_mpa.max())
        set_range(self._residuals, min(0.0, lowest), max(0.0, highest), below=0.05, above=0.1)


@dataclass(frozen=True)
class _Drawn:
    """One curve of the picture, its marks, and what is written beside them."""

    line: ColumnDataSource
    marks: ColumnDataSource
    notes: ColumnDataSource

    @staticmethod
    def on(plot: figure, stroke: Stroke, words: str) -> "_Drawn":
        """Return one that shows nothing yet."""
        source = ColumnDataSource({"x": [], "y": []})
        line = plot.line(
            "x",
            "y",
            source=source,
            line_color=stroke.colour,
            line_width=LINE_WIDTH,
            legend_label=words,
        )
        line.tags = [stroke.tag]
        return _Drawn(source, marks(plot, stroke), notes(plot, stroke))

    def show(self, curve: PTCurve, read: Features, peak: "_Note", ignition: "_Note | None") -> None:
        """Show a curve with what is read off it."""
        shown = thin(curve.pressure_mpa)
        self.line.data = {"x": curve.time_ms[shown], "y": curve.pressure_mpa[shown]}
        at = [(read.peak_time_ms, read.peak_pressure_mpa)]
        if read.ignition_time_ms is not None:
            pressure = np.interp(read.ignition_time_ms, curve.time_ms, curve.pressure_mpa)
            at.append((read.ignition_time_ms, float(pressure)))
        self.marks.data = {"x": [x for x, _ in at], "y": [y for _, y in at]}
        said = [peak] if ignition is None else [peak, ignition]
        self.notes.data = {name: [getattr(one, name) for one in said] for name in _Note.COLUMNS}


@dataclass(frozen=True)
class _Note:
    """Words beside a point; offsets in pixels."""

    x: float
    y: float
    text: str
    x_offset: float
    y_offset: float
    align: str

    COLUMNS: ClassVar = ("x", "y", "text", "x_offset", "y_offset", "align")


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


def _peak_notes(
    curves: tuple[PTCurve, ...], features: tuple[Features, ...], t: Words
) -> list[_Note]:
    """Each peak is named above it; where they stand close, one above the other."""
    highest = max(features, key=lambda read: read.peak_pressure_mpa)
    span_ms = max(float(curve.time_ms[-1] - curve.time_ms[0]) for curve in curves)
    apart_ms = abs(features[0].peak_time_ms - features[1].peak_time_ms)
    are_close = apart_ms < LABEL_SHARE * span_ms
    said = []
    for read in features:
        beside = highest if are_close else read
        text = t(
            "plot.peak_at",
            pressure=numbers.pressure(read.peak_pressure_mpa),
            time=numbers.milliseconds(read.peak_time_ms),
        )
        up = LINE_STEP_PX if are_close and read is highest else 0
        at = beside.peak_time_ms, beside.peak_pressure_mpa
        said.append(_Note(*at, text, 0.0, -8 - up, "center"))
    return said


def _ignition_notes(features: tuple[Features, ...], t: Words) -> list[_Note | None]:
    """One below the other about the zero line, to the right of the later one."""
    known = [read.ignition_time_ms for read in features if read.ignition_time_ms is not None]
    said: list[_Note | None] = []
    for read in features:
        if read.ignition_time_ms is None:
            said.append(None)
            continue
        step = sum(one is not None for one in said)
        text = t("plot.ignition_at", time=numbers.milliseconds(read.ignition_time_ms))
        down = (step + 2 - len(known)) * LINE_STEP_PX - 2
        said.append(_Note(max(known), 0.0, text, 14, down, "left"))
    return said


def _residual(
    common: ColumnDataSource,
    t: Words,
    colours: Palette,
    times: Range1d,
    residuals: Range1d,
    height_px: int,
) -> figure:
    plot = canvas(
        colours,
        x_range=times,
        y_range=residuals,
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

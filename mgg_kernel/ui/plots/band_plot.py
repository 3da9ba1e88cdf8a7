"""A simulation with the band that holds nine of ten products, and a test over it."""

from typing import Any

from bokeh.models import ColumnDataSource

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import SimulationError
from mgg_kernel.simulation import Simulation
from mgg_kernel.ui.plots.behind import keep
from mgg_kernel.ui.plots.canvas import LINE_WIDTH, add_legend, canvas, hover, padded, strokes
from mgg_kernel.ui.plots.palette import Theme, palette
from mgg_kernel.ui.plots.thinning import thin
from mgg_kernel.ui.words import Language, Words

__all__ = ["band_figure"]

BAND_ALPHA = 0.2


def band_figure(
    simulation: Simulation,
    measured: PTCurve | None = None,
    *,
    name: str = "",
    language: Language = "en",
    theme: Theme = "light",
    height_px: int = 380,
) -> Any:
    """Return a simulated curve with its 90 % band, and the intervals of its peak as a cross.

    Args:
        simulation: with intervals, so of a calibrated model.
        measured: a test of the same recipe, drawn in ink.
        name: what to write above the picture.
        language: language of axes and marks.
        theme: light or dark.
        height_px: height [px].

    Returns:
        A Bokeh figure.

    Raises:
        SimulationError: the simulation has no intervals.
    """
    intervals = simulation.intervals
    if intervals is None:
        raise SimulationError(
            f"The model '{simulation.model_name}' is not calibrated, so its simulation has no "
            "band; simulate with a calibrated model."
        )
    t, colours = Words(language), palette(theme)
    ink, accent = strokes(colours)
    curve, read = simulation.curve, simulation.features
    shown = thin(curve.pressure_mpa, intervals.low_mpa, intervals.high_mpa)
    columns: dict[str, Any] = {
        "time_ms": curve.time_ms[shown],
        "pressure_mpa": curve.pressure_mpa[shown],
        "low_mpa": intervals.low_mpa[shown],
        "high_mpa": intervals.high_mpa[shown],
    }
    rows = [
        (t("plot.time"), "@time_ms{0.00} ms"),
        (t("word.simulation"), "@pressure_mpa{0.00} MPa"),
        (t("calibration.band"), "@low_mpa{0.00} – @high_mpa{0.00} MPa"),
    ]
    highest = max(float(intervals.high_mpa.max()), intervals.peak_pressure_mpa.high)
    if measured is not None:
        highest = max(highest, measured.peak.pressure_mpa)
        columns["measured_mpa"] = measured.resample(curve.time_ms[shown]).pressure_mpa
        rows.insert(1, (t("word.test"), "@measured_mpa{0.00} MPa"))
    plot = canvas(
        colours,
        x_range=padded(float(curve.time_ms[0]), float(curve.time_ms[-1]), below=0.02, above=0.02),
        y_range=padded(0.0, highest, above=0.08),
        x_title=t("plot.time_axis"),
        y_title=t("plot.pressure_axis"),
        height_px=height_px,
        description=name or t("calibration.band_of"),
    )
    source = ColumnDataSource(columns)
    band = plot.varea(
        "time_ms",
        "low_mpa",
        "high_mpa",
        source=source,
        fill_color=accent.colour,
        fill_alpha=BAND_ALPHA,
        legend_label=t("calibration.band"),
    )
    line = plot.line(
        "time_ms",
        "pressure_mpa",
        source=source,
        line_color=accent.colour,
        line_width=LINE_WIDTH,
        legend_label=t("word.simulation"),
    )
    band.tags = line.tags = [accent.tag]
    if measured is not None:
        kept = thin(measured.pressure_mpa)
        test = plot.line(
            measured.time_ms[kept],
            measured.pressure_mpa[kept],
            line_color=ink.colour,
            line_width=LINE_WIDTH,
            legend_label=t("word.test"),
        )
        test.tags = [ink.tag]
    across, up = intervals.peak_time_ms, intervals.peak_pressure_mpa
    at_ms, at_mpa = read.peak_time_ms, read.peak_pressure_mpa
    cross = plot.segment(
        [across.low, at_ms],
        [at_mpa, up.low],
        [across.high, at_ms],
        [at_mpa, up.high],
        line_color=accent.colour,
        line_width=2.5,
    )
    cross.tags = [accent.tag]
    plot.add_tools(*hover(line, rows, colours))
    add_legend(plot, colours)
    tables = {
        "simulation": {
            t("plot.time_axis"): curve.time_ms,
            t("plot.pressure_axis"): curve.pressure_mpa,
            f"{t('calibration.band')}, ≥ [MPa]": intervals.low_mpa,
            f"{t('calibration.band')}, ≤ [MPa]": intervals.high_mpa,
        }
    }
    if measured is not None:
        tables["test"] = {
            t("plot.time_axis"): measured.time_ms,
            t("plot.pressure_axis"): measured.pressure_mpa,
        }
    keep(plot, **tables)
    return plot

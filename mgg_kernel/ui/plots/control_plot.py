"""Control charts: lots or shots in their order, limits, and the rules that are broken."""

from collections.abc import Sequence
from math import sin
from typing import Any

import numpy as np
from bokeh.layouts import gridplot
from bokeh.models import ColumnDataSource, Range1d
from bokeh.models.annotations.legends import LegendItem
from bokeh.plotting import figure

from mgg_kernel.errors import LotError
from mgg_kernel.lots import READOUTS, ControlChart, ControlCharts
from mgg_kernel.ui.plots.behind import keep
from mgg_kernel.ui.plots.canvas import canvas, note, padded, strokes
from mgg_kernel.ui.plots.labelling import width_px
from mgg_kernel.ui.plots.palette import Palette, Theme, palette
from mgg_kernel.ui.plots.readout_names import readout_name, rule_words
from mgg_kernel.ui.plots.readouts import ALARM, POINT_PX, dress_legend_above, pointing
from mgg_kernel.ui.words import Language, Words

__all__ = ["control_chart_figure"]

SPREAD_SHARE = 0.42
MOST_UPRIGHT, MOST_NAMED = 9, 40
SLANT = 0.9
LONGEST = 28
LABEL_PX, AIR_OF_A_NUMBER = 8, 0.09
HALF_STEP = 0.5


def control_chart_figure(
    charts: ControlCharts | None,
    readout: str = "peak_pressure_mpa",
    *,
    language: Language = "en",
    theme: Theme = "light",
    height_px: int = 560,
) -> Any:
    """Return a pair of control charts: of the place above, of the spread below.

    A point that breaks a rule is a triangle with the numbers of the rules beside it; the legend
    says what they mean.

    Args:
        charts: of lots or of shots, such as ``report.groups[0].charts``.
        readout: one of :data:`mgg_kernel.lots.READOUTS`, for names and unit.
        language: language of axes and marks.
        theme: light or dark.
        height_px: height of both charts together [px].

    Returns:
        A Bokeh layout of two figures with one axis of lots.

    Raises:
        LotError: there are no charts, or no such read-out.
    """
    if charts is None:
        raise LotError(
            "There are no control charts of these shots; they take two lots of two shots, or three "
            "shots, so add some."
        )
    if readout not in READOUTS:
        raise LotError(f"There is no read-out '{readout}'; choose {', '.join(READOUTS)}.")
    t, colours = Words(language), palette(theme)
    labels = [point.label for point in charts.location.points]
    across = padded(-0.6, len(labels) - 0.4, below=0, above=0)
    low_px = round(height_px * SPREAD_SHARE)
    upper = _chart(charts.location, readout, labels, across, t, colours, height_px - low_px)
    lower = _chart(charts.spread, readout, labels, across, t, colours, low_px)
    _name_lots(lower, labels, charts.location.kind, t)
    upper.xaxis.major_label_text_font_size = "0px"
    upper.xaxis.ticker = lower.xaxis[0].ticker
    _name_rules(upper, charts, t)
    dress_legend_above(upper, colours, adds_height=True)
    lower.legend.visible = False
    both = gridplot(
        [[upper], [lower]],
        sizing_mode="stretch_width",
        toolbar_location="above",
        toolbar_options={"logo": None},
        merge_tools=True,
    )
    keep(
        both,
        place=_table(charts.location, readout, t),
        spread=_table(charts.spread, readout, t),
    )
    return both


def _chart(
    chart: ControlChart,
    readout: str,
    labels: Sequence[str],
    across: Range1d,
    t: Words,
    colours: Palette,
    height_px: int,
) -> figure:
    ink, _ = strokes(colours)
    values = [v for p in chart.points for v in (p.value, p.lower, p.upper)]
    air = 0.1 + AIR_OF_A_NUMBER * max(len(point.flags) for point in chart.points)
    kinds = {
        "xbar": t("chart.lot_mean"),
        "s": t("chart.lot_sd"),
        "individuals": readout_name(t, readout),
        "moving range": t("chart.moving_range"),
    }
    plot = canvas(
        colours,
        x_range=across,
        y_range=padded(min(values), max(values), below=air, above=air),
        x_title=None,
        y_title=f"{kinds[chart.kind]} [{READOUTS[readout]}]",
        height_px=height_px,
        description=t("chart.of", readout=readout_name(t, readout)),
    )
    plot.xgrid.visible = False
    # A moving range has no value for the first shot: it stands at the second of its two.
    places = np.arange(len(chart.points)) + (len(labels) - len(chart.points))
    _draw_limits(plot, chart, places, t, colours)
    line = plot.line(
        places.tolist(),
        [point.value for point in chart.points],
        line_color=ink.colour,
        line_width=1.2,
    )
    line.tags = [ink.tag]
    unit = READOUTS[readout]
    drawn = _draw_points(plot, chart, places, t, colours)
    rows = [
        (t("chart.lot") if chart.kind in ("xbar", "s") else t("chart.shot"), "@label"),
        (kinds[chart.kind], f"@value{{0.000}} {unit}"),
        (t("chart.center"), f"@center{{0.000}} {unit}"),
        (t("chart.limits"), f"@lower{{0.000}} – @upper{{0.000}} {unit}"),
        (t("chart.shots"), "@n"),
        (t("chart.rules"), "@rules"),
    ]
    plot.add_tools(pointing(drawn, rows, colours))
    return plot


def _draw_limits(
    plot: figure, chart: ControlChart, places: Any, t: Words, colours: Palette
) -> None:
    """Draw center and limits as steps, since they differ where lots differ in size."""
    hue = colours.others[1]
    times = np.stack([places - HALF_STEP, places + HALF_STEP], axis=1).ravel()
    for values, dash, label in (
        ([p.center for p in chart.points], "solid", t("chart.center")),
        ([p.lower for p in chart.points], "dashed", t("chart.limits")),
        ([p.upper for p in chart.points], "dashed", t("chart.limits")),
    ):
        plot.line(
            times,
            np.repeat(values, 2),
            line_color=hue,
            line_dash=dash,
            line_width=1.4,
            legend_label=label,
        )


def _draw_points(
    plot: figure, chart: ControlChart, places: Any, t: Words, colours: Palette
) -> list[Any]:
    ink, _ = strokes(colours)
    drawn: list[Any] = []
    for is_flagged, colour, marker, size in (
        (False, ink.colour, "circle", POINT_PX),
        (True, ALARM, "triangle", POINT_PX + 4),
    ):
        these = [k for k, p in enumerate(chart.points) if bool(p.flags) == is_flagged]
        columns = _columns([chart.points[k] for k in these], t) | {"place": places[these]}
        points = plot.scatter(
            "place",
            "value",
            source=ColumnDataSource(columns),
            marker=marker,
            size=size,
            fill_color=colour,
            line_color=None,
        )
        points.tags = [] if is_flagged else [ink.tag]
        drawn.append(points)
    for place, point in zip(places, chart.points, strict=True):
        if point.flags:
            # Away from the center: the line that joins the points comes from there.
            above = point.value >= chart.center
            away = {"y_offset": -LABEL_PX if above else LABEL_PX, "text_align": "center"}
            away["text_baseline"] = "bottom" if above else "top"
            # One below the other: beside each other they would run into the next point's.
            text = "\n".join(flag.rpartition("-")[2] for flag in point.flags)
            note(plot, float(place), point.value, text, ink, **away)
    return drawn


def _name_rules(plot: figure, charts: ControlCharts, t: Words) -> None:
    """Write the rules that are broken in either chart into the legend of the upper one."""
    flags = {f for chart in (charts.location, charts.spread) for p in chart.points for f in p.flags}
    # Drawn nowhere, so that the legend has its sign also where the upper chart breaks no rule.
    nan = [float("nan")]
    sign: Any = plot.scatter(nan, nan, marker="triangle", size=POINT_PX, color=ALARM)
    entries: list[Any] = plot.legend[0].items
    entries += [LegendItem(label=rule_words(t, flag), renderers=[sign]) for flag in sorted(flags)]


def _columns(points: Sequence[Any], t: Words) -> dict[str, Any]:
    names = ("label", "n", "value", "center", "lower", "upper")
    columns: dict[str, Any] = {name: [getattr(p, name) for p in points] for name in names}
    columns["rules"] = ["; ".join(rule_words(t, f) for f in p.flags) or "–" for p in points]
    return columns


def _name_lots(plot: figure, labels: Sequence[str], kind: str, t: Words) -> None:
    step = -(-len(labels) // MOST_NAMED)
    plot.xaxis.ticker = list(range(0, len(labels), step))
    shown = [one if len(one) <= LONGEST else f"{one[: LONGEST - 1]}…" for one in labels]
    overrides: dict[float | str, Any] = dict(enumerate(shown))
    plot.xaxis.major_label_overrides = overrides
    plot.xaxis.axis_label = t("chart.lot") if kind == "xbar" else t("chart.shot")
    if len(labels) > MOST_UPRIGHT or max(map(len, labels)) > 90 // len(labels):
        plot.xaxis.major_label_orientation = SLANT
        # Names that stand aslant get room of their own, or long ones would press the chart flat.
        plot.height = (plot.height or 0) + round(max(map(width_px, shown)) * sin(SLANT))


def _table(chart: ControlChart, readout: str, t: Words) -> dict[str, Any]:
    columns = _columns(chart.points, t)
    unit = READOUTS[readout]
    titles = {
        "label": t("chart.lot") if chart.kind in ("xbar", "s") else t("chart.shot"),
        "n": t("chart.shots"),
        "value": f"{readout_name(t, readout)} [{unit}]",
        "center": f"{t('chart.center')} [{unit}]",
        "lower": f"{t('chart.limits')}, ≥ [{unit}]",
        "upper": f"{t('chart.limits')}, ≤ [{unit}]",
        "rules": t("chart.rules"),
    }
    return {title: columns[name] for name, title in titles.items()}

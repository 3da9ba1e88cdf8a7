"""The single shots of a picture of many: a look for the usual, the unusual and those left out."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource
from bokeh.plotting import figure

from mgg_kernel.lots import Overlay, Run
from mgg_kernel.ui import numbers
from mgg_kernel.ui.plots.canvas import Stroke, strokes
from mgg_kernel.ui.plots.palette import Palette
from mgg_kernel.ui.plots.readouts import ALARM
from mgg_kernel.ui.plots.thinning import MAX_POINTS, thin
from mgg_kernel.ui.words import Words

__all__ = ["LINES", "draw_shots", "lines_of", "read_outs", "told_of_shot"]

NAMED = 6
"""So many shots have a colour and a line in the legend each; more are told by the pointer."""
MOST_MARKED = 6
POINTS_IN_ALL, LEAST_POINTS = 9_000, 180
"""Together some 100 kB on their way to the browser; who looks closer is sent more."""
LINES = "shots:"
SHOT_WIDTH, UNUSUAL_WIDTH = 1.0, 1.6
SHOT_ALPHA, LEAST_ALPHA, ALPHA_IN_ALL = 0.4, 0.12, 6.0
"""Many shots are fainter each, so that together they do not hide their mean."""
_DASHES = ("solid", "dashed")


def draw_shots(
    plot: figure, shots: Overlay, marked: Sequence[int], t: Words, colours: Palette
) -> list[Any]:
    """Draw the shots in groups of one look each, the unusual ones last and so on top."""
    ink, _ = strokes(colours)
    usual: list[int] = []
    strange: list[int] = []
    left_out: list[int] = []
    few = len(shots.runs) <= NAMED
    for place, run in enumerate(shots.runs):
        group = left_out if not run.counted else strange if place in marked else usual
        group.append(place)
    drawn, look = [], dict[str, Any]()
    if few:
        hues = (colours.others[0], colours.others[1], colours.others[2])
        for number, place in enumerate(usual):
            look = {"line_color": hues[number % 3], "line_dash": _DASHES[number // 3]}
            label = _with_shift(shots.runs[place], shots, t)
            drawn.append(_lines(plot, shots, [place], None, legend_label=label, **look))
    elif usual:
        alpha = max(LEAST_ALPHA, min(SHOT_ALPHA, ALPHA_IN_ALL / len(usual)))
        look = {"line_color": ink.colour, "line_alpha": alpha}
        drawn.append(_lines(plot, shots, usual, ink, legend_label=t("lots.shot"), **look))
    for number, place in enumerate(left_out):
        label = t("lots.not_counted", name=shots.runs[place].name)
        legend: dict[str, Any] = {"legend_label": label} if number < MOST_MARKED else {}
        look = {"line_color": ink.colour, "line_dash": "dotted", "line_alpha": 0.8}
        drawn.append(_lines(plot, shots, [place], ink, **look, **legend))
    for number, place in enumerate(strange):
        label = t("lots.unusual", name=_with_shift(shots.runs[place], shots, t))
        legend = {"legend_label": label} if number < MOST_MARKED else {}
        drawn.append(
            _lines(plot, shots, [place], None, line_color=ALARM, width=UNUSUAL_WIDTH, **legend)
        )
    return drawn


def _lines(
    plot: figure,
    shots: Overlay,
    places: Sequence[int],
    stroke: Stroke | None,
    *,
    width: float = SHOT_WIDTH,
    **look: Any,
) -> Any:
    columns = lines_of(shots, places, len(shots.runs))
    columns |= read_outs([shots.runs[place] for place in places])
    line = plot.multi_line(
        "times_ms",
        "pressures_mpa",
        source=ColumnDataSource(columns),
        line_width=width,
        **look,
    )
    line.tags = [] if stroke is None else [stroke.tag]
    line.name = LINES + ",".join(str(place) for place in places)
    return line


def lines_of(
    shots: Overlay,
    places: Sequence[int],
    at_once: int,
    window_ms: tuple[float, float] | None = None,
) -> dict[str, Any]:
    """Return the lines of shots with as many points as a screen tells apart.

    Args:
        shots: all of them.
        places: which are drawn.
        at_once: how many are drawn in the whole picture.
        window_ms: the part of the times that is looked at; None: all.
    """
    most = max(LEAST_POINTS, min(MAX_POINTS, POINTS_IN_ALL // at_once))
    seen = np.ones(shots.time_ms.size, dtype=bool)
    if window_ms is not None:
        # One sample more on either side, so that the lines go on to the edges.
        first, last = np.searchsorted(shots.time_ms, window_ms)
        seen[: max(first - 1, 0)] = False
        seen[last + 1 :] = False
    columns: dict[str, Any] = {"times_ms": [], "pressures_mpa": []}
    for place in places:
        there = np.flatnonzero(np.isfinite(shots.pressures_mpa[place]) & seen)
        shown = there[thin(shots.pressures_mpa[place][there], max_points=most)]
        # Seven digits are more than a screen shows, and half as much to send.
        columns["times_ms"].append(shots.time_ms[shown].astype(np.float32))
        columns["pressures_mpa"].append(shots.pressures_mpa[place][shown].astype(np.float32))
    return columns


def _with_shift(run: Run, shots: Overlay, t: Words) -> str:
    if shots.align == "none":
        return run.name
    return f"{run.name} ({numbers.milliseconds(run.shift_ms, signed=True)})"


def read_outs(runs: Sequence[Run]) -> dict[str, list[Any]]:
    """Return what the pointer tells of shots, a column for each read-out."""
    return {
        "name": [run.name for run in runs],
        "shift_ms": [run.shift_ms for run in runs],
        "peak_mpa": [run.features.peak_pressure_mpa for run in runs],
        "peak_ms": [run.features.peak_time_ms for run in runs],
        "ignition": [numbers.milliseconds(run.features.ignition_time_ms) for run in runs],
    }


def told_of_shot(t: Words) -> list[tuple[str, str]]:
    """Return the rows of the tooltip of one shot."""
    return [
        (t("chart.shot"), "@name"),
        (t("lots.shift"), "@shift_ms{+0.00} ms"),
        (t("word.peak_pressure"), "@peak_mpa{0.00} MPa"),
        (t("word.peak_time"), "@peak_ms{0.00} ms"),
        (t("word.ignition_time"), "@ignition"),
    ]

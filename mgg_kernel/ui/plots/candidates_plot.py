"""What a reverse simulation found, against what was wanted."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource
from bokeh.plotting import figure
from numpy.typing import NDArray

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import ReverseError
from mgg_kernel.reverse import Candidate, Reverse, Target
from mgg_kernel.simulation import Model, default_model
from mgg_kernel.ui import numbers
from mgg_kernel.ui.plots.behind import keep
from mgg_kernel.ui.plots.candidate_tables import charges, table_of_candidates, table_of_curves
from mgg_kernel.ui.plots.canvas import (
    LINE_WIDTH,
    Stroke,
    canvas,
    mark,
    note,
    padded,
    strokes,
)
from mgg_kernel.ui.plots.corridor_parts import allowed
from mgg_kernel.ui.plots.labelling import free_place
from mgg_kernel.ui.plots.palette import Palette, Theme, palette
from mgg_kernel.ui.plots.readouts import dress_legend_above, pointing
from mgg_kernel.ui.plots.thinning import thin
from mgg_kernel.ui.words import Language, Words

__all__ = ["candidates_figure"]

FloatArray = NDArray[np.float64]

SHOWN = 4
BEST_WIDTH, WANTED_WIDTH = 2.4, 3.4
FILL_ALPHA, WANTED_ALPHA = 0.18, 0.35
_DASHES = ("solid", "dashed", "dotdash")


def candidates_figure(
    found: Reverse,
    model: Model | None = None,
    *,
    most: int = SHOWN,
    language: Language = "en",
    theme: Theme = "light",
    height_px: int = 440,
) -> Any:
    """Return the curves of the best candidates over the wanted curve, corridor or read-outs.

    The wanted curve is a broad line in ink, the first candidate is the accent.  Where time zero was
    free, each candidate is drawn where it met the wanted curve.

    Args:
        found: the outcome.
        model: the model that was asked; None: the default one.
        most: how many candidates to draw, the best first.
        language: language of axes and marks.
        theme: light or dark.
        height_px: height [px].

    Returns:
        A Bokeh figure.

    Raises:
        ReverseError: nothing was found, `most` is below 1, or the model is another one than the
            one that was asked.
    """
    asked = default_model() if model is None else model
    if asked.fingerprint != found.model_fingerprint:
        raise ReverseError(
            f"The candidates are those of the model '{found.model_name}', not of '{asked.name}' as "
            "it is given; give the one that was asked."
        )
    if most < 1 or not found.candidates:
        raise ReverseError("There is no candidate to draw; ask for at least one that was found.")
    shown = found.candidates[:most]
    curves = [one.simulation(asked).curve.shift(-one.shift_ms) for one in shown]
    t, colours = Words(language), palette(theme)
    plot = _empty(found.target, curves, t, colours, height_px)
    lines = _draw_target(plot, found.target, t, colours)
    drawn = [
        _draw_candidate(plot, one, curve, place, t, colours)
        for place, (one, curve) in enumerate(zip(shown, curves, strict=True))
    ]
    _mark_read_outs(plot, found.target, [*lines, *_lines(curves)], t, colours)
    plot.add_tools(pointing(drawn, _told(t), colours))
    dress_legend_above(plot, colours, columns=1 if len(shown) < 3 else 2, adds_height=True)
    keep(
        plot,
        candidates=table_of_candidates(shown, t),
        curves=table_of_curves(found.target, shown, curves, t),
    )
    return plot


def _lines(curves: Sequence[PTCurve]) -> list[tuple[FloatArray, FloatArray]]:
    return [(curve.time_ms, curve.pressure_mpa) for curve in curves]


def _empty(
    target: Target, curves: Sequence[PTCurve], t: Words, colours: Palette, height_px: int
) -> figure:
    shown = [*curves, *([target.curve] if target.curve is not None else [])]
    highest = [curve.peak.pressure_mpa for curve in shown]
    if target.corridor is not None:
        highest += [corner[1] for corner in target.corridor.upper]
    if target.peak_pressure_mpa is not None:
        highest.append(target.peak_pressure_mpa * (1 + target.pressure_tolerance_percent / 100))
    first = min(float(curve.time_ms[0]) for curve in shown)
    last = max(float(curve.time_ms[-1]) for curve in shown)
    return canvas(
        colours,
        x_range=padded(first, last, below=0.02, above=0.02),
        y_range=padded(0.0, max(highest), below=0.05, above=0.12),
        x_title=t("plot.time_axis"),
        y_title=t("plot.pressure_axis"),
        height_px=height_px,
        description=t("candidates.of", count=len(curves)),
    )


def _draw_target(
    plot: figure, target: Target, t: Words, colours: Palette
) -> list[tuple[FloatArray, FloatArray]]:
    """Draw the wanted curve or corridor; return it as lines that a label should not cross."""
    ink, _ = strokes(colours)
    if target.curve is not None:
        kept = thin(target.curve.pressure_mpa)
        line = plot.line(
            target.curve.time_ms[kept],
            target.curve.pressure_mpa[kept],
            line_color=ink.colour,
            line_alpha=WANTED_ALPHA,
            line_width=WANTED_WIDTH + 2,
            legend_label=t("candidates.wanted"),
        )
        line.tags = [ink.tag]
        return _lines([target.curve])
    if target.corridor is None:
        return []
    edges: Any = plot.y_range
    plot.varea(
        *allowed(target.corridor, edges.start, edges.end),
        fill_color=colours.others[1],
        fill_alpha=FILL_ALPHA,
        legend_label=t("candidates.wanted"),
    )
    return []


def _mark_read_outs(
    plot: figure,
    target: Target,
    lines: Sequence[tuple[FloatArray, FloatArray]],
    t: Words,
    colours: Palette,
) -> None:
    """Draw wanted read-outs with their tolerances: a level, a moment, or both as a cross."""
    ink, _ = strokes(colours)
    edges: Any = plot.x_range
    if target.peak_pressure_mpa is not None:
        high, share = target.peak_pressure_mpa, target.pressure_tolerance_percent / 100
        at, wide = target.peak_time_ms, target.time_tolerance_percent / 100
        left, right = (edges.start, edges.end) if at is None else (at * (1 - wide), at * (1 + wide))
        box = plot.quad(
            [left],
            [right],
            [high * (1 + share)],
            [high * (1 - share)],
            fill_color=ink.colour,
            fill_alpha=FILL_ALPHA,
            line_color=None,
            legend_label=t("candidates.wanted_range"),
        )
        box.tags = [ink.tag]
        middle = (left + right) / 2 if at is None else at
        text = t("candidates.wanted_peak", pressure=numbers.pressure(high))
        if at is not None:
            mark(plot, at, high, ink, colours)
            text = t("plot.peak_at", pressure=numbers.pressure(high), time=numbers.milliseconds(at))
        note(plot, middle, high, text, ink, **free_place(plot, (middle, high), text, lines))
    moments = [target.ignition_time_ms]
    moments += [target.peak_time_ms] if target.peak_pressure_mpa is None else []
    for moment in moments:
        if moment is not None:
            _band_of_time(plot, moment, target.time_tolerance_percent / 100, ink, t)


def _band_of_time(plot: figure, moment: float, share: float, ink: Stroke, t: Words) -> None:
    edges: Any = plot.y_range
    band = plot.quad(
        [moment * (1 - share)],
        [moment * (1 + share)],
        [edges.end],
        [edges.start],
        fill_color=ink.colour,
        fill_alpha=FILL_ALPHA,
        line_color=None,
        legend_label=t("candidates.wanted_range"),
    )
    band.tags = [ink.tag]


def _draw_candidate(
    plot: figure, one: Candidate, curve: PTCurve, place: int, t: Words, colours: Palette
) -> Any:
    _, accent = strokes(colours)
    kept = thin(curve.pressure_mpa)
    size = kept.size
    others = colours.others[:3]
    columns: dict[str, Any] = {
        "time_ms": curve.time_ms[kept],
        "pressure_mpa": curve.pressure_mpa[kept],
        "recipe": [f"{one.rank}. {one.recipe}"] * size,
        "peak": [
            f"{numbers.pressure(one.peak_pressure_mpa)} / {numbers.milliseconds(one.peak_time_ms)}"
        ]
        * size,
        "shift": [numbers.milliseconds(one.shift_ms, signed=True)] * size,
        "confidence": [numbers.percent(one.confidence)] * size,
    }
    line = plot.line(
        "time_ms",
        "pressure_mpa",
        source=ColumnDataSource(columns),
        line_color=accent.colour if place == 0 else others[(place - 1) % len(others)],
        line_dash=_DASHES[place % len(_DASHES)],
        line_width=BEST_WIDTH if place == 0 else LINE_WIDTH,
        legend_label=f"{one.rank}. {charges(one)}",
    )
    line.tags = [accent.tag] if place == 0 else []
    return line


def _told(t: Words) -> list[tuple[str, str]]:
    return [
        (t("candidates.candidate"), "@recipe"),
        (t("plot.time"), "@time_ms{0.00} ms"),
        (t("plot.pressure"), "@pressure_mpa{0.00} MPa"),
        (t("compare.phase_peak"), "@peak"),
        (t("lots.shift"), "@shift"),
        (t("candidates.confidence"), "@confidence"),
    ]

"""Simulations against tests: one number of each pair as a heat map, the best match framed."""

from typing import Any

import numpy as np
from bokeh.core.properties import value
from bokeh.models import ColumnDataSource, FixedTicker, LinearColorMapper
from bokeh.models.annotations import ColorBar
from bokeh.palettes import Cividis256
from bokeh.plotting import figure
from numpy.typing import NDArray

from mgg_kernel.comparison import NUMBERS, Matrix
from mgg_kernel.errors import ComparisonError
from mgg_kernel.ui.plots.behind import keep
from mgg_kernel.ui.plots.canvas import FONT, FONT_SIZE, canvas, padded
from mgg_kernel.ui.plots.metric_names import metric_name, metric_text
from mgg_kernel.ui.plots.palette import Palette, Theme, palette
from mgg_kernel.ui.plots.readouts import pointing
from mgg_kernel.ui.words import Language, Words

__all__ = ["matrix_figure"]

FloatArray = NDArray[np.float64]

ROW_PX, LEAST_PX, MOST_PX, AROUND_PX = 34, 200, 900, 150
MOST_WRITTEN_ACROSS, MOST_WRITTEN_UP = 12, 40
MOST_UPRIGHT, SLANT = 6, 0.9
MOST_NAMED = 60
FRAME_SHARE, FRAME_WIDTH = 0.94, 2.4
BRIGHT_SHARE = 0.45
"""Above this share of the colour scale black is read better than white."""
GREY = "#808080"
LONGEST_NAME = 26


def matrix_figure(
    matrix: Matrix,
    number: str = "iso18571_overall",
    *,
    language: Language = "en",
    theme: Theme = "light",
    height_px: int | None = None,
) -> Any:
    """Return a heat map: a row for each test, a column for each simulation, yellow is good.

    The colours are those of cividis, which is perceptually uniform and looks the same to the
    colour-blind.  Where the sign is only a direction, such as in a difference of peaks, the colour
    tells its size.  The best simulation of each test is framed; a pair that cannot be compared is
    left out and says why.

    Args:
        matrix: as :func:`mgg_kernel.comparison.matrix` and ``ws.comparisons.matrix`` return it.
        number: which of :data:`mgg_kernel.comparison.NUMBERS`.
        language: language of axes and marks.
        theme: light or dark.
        height_px: height [px]; None: by the number of tests.

    Returns:
        A Bokeh figure.

    Raises:
        ComparisonError: there is no such number, or none of it is better than another.
    """
    best = matrix.best(number)
    t, colours = Words(language), palette(theme)
    rows, columns = len(matrix.tests), len(matrix.simulations)
    if not rows or not columns:
        raise ComparisonError("The matrix has no pair to draw; compare at least one.")
    title, unit = metric_name(t, number)
    plot = canvas(
        colours,
        x_range=padded(-0.5, columns - 0.5, below=0, above=0),
        y_range=padded(rows - 0.5, -0.5, below=0, above=0),  # the first test stands on top
        x_title=t("word.simulation"),
        y_title=t("word.test"),
        height_px=height_px or min(max(LEAST_PX, ROW_PX * rows + AROUND_PX), MOST_PX),
        description=f"{title}: {t('matrix.of', tests=rows, simulations=columns)}",
    )
    plot.grid.visible = False
    values = matrix.numbers[number].T
    good = _goodness(values, number)
    mapper = _mapper(good)
    cells = _draw_cells(plot, matrix, values, good, number, mapper)
    _draw_best(plot, best, good)
    if columns <= MOST_WRITTEN_ACROSS and rows <= MOST_WRITTEN_UP:
        _write(plot, values, good, number)
    _name(plot.xaxis, matrix.simulations, slanted=columns > MOST_UPRIGHT)
    _name(plot.yaxis, matrix.tests, slanted=False)
    plot.add_tools(pointing([cells], _told(t, title), colours))
    _add_scale(plot, mapper, values, number, colours)
    _entitle(plot, f"{title} [{unit}]" if unit else title, colours)
    keep(plot, pairs=_table(matrix, t))
    return plot


def _goodness(values: FloatArray, number: str) -> FloatArray:
    """Return numbers of which a greater one is better."""
    direction = NUMBERS[number]
    if direction == "high":
        return values
    return -np.abs(values) if direction == "near 0" else -values


def _mapper(good: FloatArray) -> LinearColorMapper:
    there = good[np.isfinite(good)]
    low, high = (float(there.min()), float(there.max())) if there.size else (0.0, 1.0)
    # A range of no width has no scale: all of it is then drawn as the best.
    low = low if high > low else high - (abs(high) or 1.0) * 1e-3
    return LinearColorMapper(palette=Cividis256, low=low, high=high)


def _draw_cells(
    plot: figure,
    matrix: Matrix,
    values: FloatArray,
    good: FloatArray,
    number: str,
    mapper: LinearColorMapper,
) -> Any:
    up, across = (part.ravel() for part in np.indices(values.shape))
    told = [
        matrix.errors.get((int(c), int(r)), "") or metric_text(number, values[r, c])
        for r, c in zip(up, across, strict=True)
    ]
    mapper.nan_color = "rgba(128, 128, 128, 0.18)"
    return plot.rect(
        "across",
        "up",
        1,
        1,
        source=ColumnDataSource(
            {
                "across": across,
                "up": up,
                "simulation": [matrix.simulations[c] for c in across],
                "test": [matrix.tests[r] for r in up],
                "value": values.ravel(),
                "good": good.ravel(),
                "told": told,
            }
        ),
        fill_color={"field": "good", "transform": mapper},
        line_color=None,
    )


def _contrast(good: FloatArray) -> NDArray[np.str_]:
    """Return for each cell black or white, whichever is read on its colour; grey for none."""
    scale = _mapper(good)
    low, high = float(scale.low or 0.0), float(scale.high or 0.0)
    written = np.where((good - low) / (high - low) > BRIGHT_SHARE, "#000000", "#ffffff")
    return np.where(np.isfinite(good), written, GREY)


def _draw_best(plot: figure, best: tuple[int | None, ...], good: FloatArray) -> None:
    found = [(row, column) for row, column in enumerate(best) if column is not None]
    if not found:
        return
    rows, columns = (list(part) for part in zip(*found, strict=True))
    plot.rect(
        columns,
        rows,
        FRAME_SHARE,
        FRAME_SHARE,
        fill_color=None,
        line_color=_contrast(good)[rows, columns].tolist(),
        line_width=FRAME_WIDTH,
        name="best",
    )


def _write(plot: figure, values: FloatArray, good: FloatArray, number: str) -> None:
    up, across = (part.ravel() for part in np.indices(values.shape))
    plot.text(
        across.tolist(),
        up.tolist(),
        [metric_text(number, values[r, c]) for r, c in zip(up, across, strict=True)],
        text_color=_contrast(good)[up, across].tolist(),
        text_font=value(FONT),
        text_font_size=FONT_SIZE,
        text_align="center",
        text_baseline="middle",
    )


def _name(axis: Any, names: tuple[str, ...], *, slanted: bool) -> None:
    step = -(-len(names) // MOST_NAMED)
    axis.ticker = list(range(0, len(names), step))
    axis.major_label_overrides = {
        place: name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
        for place, name in enumerate(names)
    }
    if slanted:
        axis.major_label_orientation = SLANT


def _add_scale(
    plot: figure,
    mapper: LinearColorMapper,
    values: FloatArray,
    number: str,
    colours: Palette,
) -> None:
    """Add the scale of colours: its numbers are the metric's own, the best one on top."""
    low, high = float(mapper.low or 0.0), float(mapper.high or 0.0)
    at = np.linspace(low, high, 5).tolist() if np.isfinite(values).any() else []
    bar = ColorBar(
        color_mapper=mapper,
        ticker=FixedTicker(ticks=at),
        major_label_overrides={one: _of_scale(number, one) for one in at},
        major_label_text_color=colours.muted,
        major_label_text_font=FONT,
        major_label_text_font_size=FONT_SIZE,
        background_fill_color=None,
        bar_line_color=None,
        major_tick_line_color=None,
        width=12,
    )
    plot.add_layout(bar, "right")


def _of_scale(number: str, good: float) -> str:
    direction = NUMBERS[number]
    text = metric_text(number, good if direction == "high" else abs(good))
    return f"±{text.removeprefix('+')}" if direction == "near 0" else text


def _entitle(plot: figure, title: str, colours: Palette) -> None:
    above: Any = plot.title
    above.text, above.text_font, above.text_font_size = title, FONT, FONT_SIZE
    above.text_font_style, above.text_color = "normal", colours.muted


def _told(t: Words, title: str) -> list[tuple[str, str]]:
    return [
        (t("word.test"), "@test"),
        (t("word.simulation"), "@simulation"),
        (title, "@told"),
    ]


def _table(matrix: Matrix, t: Words) -> dict[str, Any]:
    """Return a row for each pair with all of its numbers."""
    found = matrix.table()
    titles = {
        "simulation": t("word.simulation"),
        "test": t("word.test"),
        "error": t("matrix.error"),
    }
    columns: dict[str, Any] = {}
    for name in found.column_names:
        title = titles.get(name)
        if title is None:
            words, unit = metric_name(t, name)
            title = f"{words} [{unit}]" if unit else words
        columns[title] = found.column(name).to_pylist()
    return columns

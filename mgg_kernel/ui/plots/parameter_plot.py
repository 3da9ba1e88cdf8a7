"""What a calibration learned of each parameter: before, after, and in a made-up lab the truth."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource
from bokeh.plotting import figure
from numpy.typing import NDArray

from mgg_kernel.errors import CalibrationError
from mgg_kernel.simulation import Model
from mgg_kernel.simulation.coordinates import kind_of
from mgg_kernel.ui.plots.behind import keep
from mgg_kernel.ui.plots.canvas import canvas, padded, strokes
from mgg_kernel.ui.plots.palette import Palette, Theme, palette
from mgg_kernel.ui.plots.readouts import ALARM, POINT_PX, dress_legend_above, pointing
from mgg_kernel.ui.words import Language, Words

__all__ = ["KNOWN", "learned", "parameter_figure"]

KNOWN = 0.7
"""A parameter counts as known where its spread is less than this share of the prior's."""
REACH = 1.645
ROW_PX, FRAME_PX = 19, 110
BAND_ALPHA = 0.2
OF_SINGLE_PRODUCTS = ("lot.", "curve.")


def learned(model: Model) -> list[tuple[str, float, float]]:
    """Return each parameter's name, value and spread, both in standard deviations of its prior.

    Args:
        model: a calibrated model.

    Raises:
        CalibrationError: it is not calibrated.
    """
    entry = model.document.calibration
    if entry is None:
        raise CalibrationError(
            f"The model '{model.name}' is not calibrated; ask for its parameters after a "
            "calibration."
        )
    spreads = [float(np.sqrt(np.square(row).sum())) for row in entry.factor]
    return list(zip(entry.parameters, entry.values, spreads, strict=True))


def parameter_figure(
    model: Model,
    *,
    names: Sequence[str] | None = None,
    truth: Mapping[str, float] | None = None,
    language: Language = "en",
    theme: Theme = "light",
) -> Any:
    """Return one line per parameter: its prior as a shade, its fitted value with 90 % interval.

    Args:
        model: a calibrated model.
        names: which parameters, from top to bottom; all but those of single products if not given.
        truth: true deviations from the start model in a made-up lab, 0 where not named.
        language: language of axes and marks.
        theme: light or dark.

    Returns:
        A Bokeh figure.

    Raises:
        CalibrationError: the model is not calibrated.
    """
    t, colours = Words(language), palette(theme)
    known = {name: (value, spread) for name, value, spread in learned(model)}
    if names is None:
        names = [name for name in known if not name.startswith(OF_SINGLE_PRODUCTS)]
    value, spread = np.array([known[name] for name in names]).reshape(-1, 2).T
    places = np.arange(len(names), 0, -1.0)
    widest = float(np.max(np.abs(value) + REACH * spread, initial=REACH))
    plot = canvas(
        colours,
        x_range=padded(-widest, widest, below=0.02, above=0.02),
        y_range=padded(0.3, len(names) + 0.7, below=0, above=0),
        x_title=t("calibration.shift_axis"),
        y_title="",
        height_px=FRAME_PX + ROW_PX * len(names),
        description=t("calibration.parameters"),
    )
    plot.hbar(
        y=places,
        left=-REACH,
        right=REACH,
        height=0.7,
        fill_color=colours.muted,
        fill_alpha=BAND_ALPHA,
        line_color=None,
        legend_label=t("calibration.prior"),
    )
    columns = {
        "name": np.array(names),
        "at": places,
        "value": value,
        "low": value - REACH * spread,
        "high": value + REACH * spread,
    }
    _draw(plot, columns, spread < KNOWN, t, colours)
    if truth is not None:
        structure = _structure(model)
        plot.scatter(
            [truth.get(name, 0.0) / structure[kind_of(name)] for name in names],
            places,
            marker="x",
            size=POINT_PX + 1,
            line_color=ALARM,
            line_width=2,
            legend_label=t("calibration.truth"),
        )
    plot.yaxis.ticker = places.tolist()
    plot.yaxis.major_label_overrides = dict(zip(places.tolist(), names, strict=True))
    plot.yaxis.major_label_text_color = colours.ink
    plot.ygrid.visible = False
    dress_legend_above(plot, colours)
    axis = t("calibration.shift_axis")
    keep(
        plot,
        parameters={
            t("word.name"): list(names),
            axis: value,
            f"{axis}, ≥": columns["low"],
            f"{axis}, ≤": columns["high"],
        },
    )
    return plot


def _draw(
    plot: figure,
    columns: dict[str, NDArray[Any]],
    is_known: NDArray[np.bool_],
    t: Words,
    colours: Palette,
) -> None:
    _, accent = strokes(colours)
    drawn = []
    for chosen, width, fill, label in (
        (is_known, 2.2, accent.colour, t("calibration.fitted")),
        (~is_known, 1.0, colours.paper, t("calibration.prior_only")),
    ):
        source = ColumnDataSource({name: column[chosen] for name, column in columns.items()})
        bars = plot.segment(
            "low", "at", "high", "at", source=source, line_color=accent.colour, line_width=width
        )
        points = plot.scatter(
            "value",
            "at",
            source=source,
            size=POINT_PX,
            fill_color=fill,
            line_color=accent.colour,
            legend_label=label,
        )
        bars.tags = [accent.tag]
        points.tags = [accent.tag] if fill == accent.colour else []
        drawn.append(points)
    rows = [("", "@name"), (t("calibration.fitted"), "@value{+0.00} (@low{+0.00} … @high{+0.00})")]
    plot.add_tools(pointing(drawn, rows, colours))


def _structure(model: Model) -> dict[str, float]:
    entry = model.document.calibration
    assert entry is not None
    return entry.structure

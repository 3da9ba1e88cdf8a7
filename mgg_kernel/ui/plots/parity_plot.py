"""What was measured against what was expected of each product without it."""

from collections.abc import Collection, Sequence
from typing import Any

from bokeh.models import ColumnDataSource

from mgg_kernel.calibration import LeftOut
from mgg_kernel.ui.plots.behind import keep
from mgg_kernel.ui.plots.canvas import canvas, note, padded, strokes
from mgg_kernel.ui.plots.palette import Theme, palette
from mgg_kernel.ui.plots.readouts import (
    ALARM,
    POINT_PX,
    dress_legend_above,
    named,
    of_quantity,
    pointing,
    table_of_products,
)
from mgg_kernel.ui.words import Language, Words

__all__ = ["parity_figure"]


def parity_figure(
    left_out: Sequence[LeftOut],
    quantity: str,
    *,
    name: Collection[str] = (),
    language: Language = "en",
    theme: Theme = "light",
    height_px: int = 440,
) -> Any:
    """Return a parity plot: expected over measured, each with its 90 % interval.

    An interval that crosses the diagonal holds the measured value.

    Args:
        left_out: the read-outs, of any quantities.
        quantity: which to draw, such as ``"peak_pressure_mpa"``.
        name: products whose names are written beside their points.
        language: language of axes and marks.
        theme: light or dark.
        height_px: height [px].

    Returns:
        A Bokeh figure.
    """
    t, colours = Words(language), palette(theme)
    rows = of_quantity(left_out, quantity)
    ink, accent = strokes(colours)
    words, unit = named(t, quantity)
    ends = [v for row in rows for v in (row.measured, row.low, row.high)] or [0.0, 1.0]
    across, up = padded(min(ends), max(ends)), padded(min(ends), max(ends))
    plot = canvas(
        colours,
        x_range=across,
        y_range=up,
        x_title=t("calibration.measured_axis", quantity=words, unit=unit),
        y_title=t("calibration.expected_axis", unit=unit),
        height_px=height_px,
        description=t("calibration.measured_axis", quantity=words, unit=unit),
    )
    diagonal = [across.start, across.end]
    plot.line(diagonal, diagonal, line_color=colours.muted, line_dash="dashed")
    drawn = []
    for is_inside, colour, marker, label in (
        (True, accent.colour, "circle", t("calibration.inside")),
        (False, ALARM, "triangle", t("calibration.outside")),
    ):
        these = [row for row in rows if (row.low <= row.measured <= row.high) == is_inside]
        source = ColumnDataSource(_columns(these))
        bars = plot.segment(
            "measured", "low", "measured", "high", source=source, line_color=colour, line_width=1.4
        )
        points = plot.scatter(
            "measured",
            "expected",
            source=source,
            marker=marker,
            size=POINT_PX if is_inside else POINT_PX + 3,
            fill_color=colour,
            line_color=colours.paper,
            legend_label=label,
        )
        if is_inside:
            bars.tags = points.tags = [accent.tag]
        drawn.append(points)
    for row in rows:
        if row.product in name:
            # The name stands on the side of the diagonal where no other points are.
            above = row.expected > row.measured
            place = {"x_offset": -8, "text_align": "right"} if above else {"x_offset": 8}
            note(plot, row.measured, row.expected, row.product, ink, y_offset=4, **place)
    plot.add_tools(pointing(drawn, _told(t, unit), colours))
    dress_legend_above(plot, colours)
    keep(plot, products=table_of_products(rows, t, unit))
    return plot


def _columns(rows: Sequence[LeftOut]) -> dict[str, Any]:
    names = ("sheet", "product", "measured", "expected", "low", "high")
    return {name: [getattr(row, name) for row in rows] for name in names}


def _told(t: Words, unit: str) -> list[tuple[str, str]]:
    return [
        (t("calibration.product"), "@product"),
        (t("word.sheet"), "@sheet"),
        (t("word.test"), f"@measured{{0.00}} {unit}"),
        (t("word.simulation"), f"@expected{{0.00}} {unit}"),
        (t("calibration.interval"), f"@low{{0.00}} – @high{{0.00}} {unit}"),
    ]

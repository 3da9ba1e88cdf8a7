"""Whether intervals hold as many products as they promise."""

from statistics import NormalDist
from typing import Any

import numpy as np

from mgg_kernel.calibration import Validation
from mgg_kernel.ui.plots.behind import keep
from mgg_kernel.ui.plots.canvas import LINE_WIDTH, canvas, padded, strokes
from mgg_kernel.ui.plots.palette import Theme, palette
from mgg_kernel.ui.plots.readouts import dress_legend_above, named
from mgg_kernel.ui.words import Language, Words

__all__ = ["coverage_figure"]

LEVELS = np.arange(1, 100) / 100
TOLD = 0.9
NINE_OF_TEN = NormalDist().inv_cdf(0.95)
BAND_ALPHA = 0.14


def coverage_figure(
    validation: Validation,
    *,
    language: Language = "en",
    theme: Theme = "light",
    height_px: int = 440,
) -> Any:
    """Return how many left-out products lie inside intervals of each level.

    The reach of a level follows the normal distribution, scaled to the calibration's own reach at
    90 %.  There the lines meet the diagonal by construction; elsewhere they show whether the shape
    of the deviations is normal.  The shade is what chance alone does nine times of ten.

    Args:
        validation: the deviations of products that were left out.
        language: language of axes and marks.
        theme: light or dark.
        height_px: height [px].

    Returns:
        A Bokeh figure.
    """
    t, colours = Words(language), palette(theme)
    _, accent = strokes(colours)
    plot = canvas(
        colours,
        x_range=padded(0, 100, below=0.02, above=0.02),
        y_range=padded(0, 100, below=0.02, above=0.02),
        x_title=t("calibration.nominal_axis"),
        y_title=t("calibration.actual_axis"),
        height_px=height_px,
        description=t("calibration.coverage"),
    )
    counts = [score.count for score in validation.scores.values() if score.count]
    if counts:
        half = NINE_OF_TEN * np.sqrt(LEVELS * (1 - LEVELS) / min(counts))
        plot.varea(
            100 * LEVELS,
            100 * np.clip(LEVELS - half, 0, 1),
            100 * np.clip(LEVELS + half, 0, 1),
            fill_color=colours.muted,
            fill_alpha=BAND_ALPHA,
            legend_label=t("calibration.chance"),
        )
    plot.line([0, 100], [0, 100], line_color=colours.muted, line_dash="dashed")
    reach = np.array([NormalDist().inv_cdf(0.5 + level / 2) for level in LEVELS])
    reach /= NormalDist().inv_cdf(0.5 + TOLD / 2)
    looks = ((accent.colour, "solid"), (colours.others[3], "dashed"), (colours.others[1], "dotted"))
    held: dict[str, Any] = {t("calibration.nominal_axis"): 100 * LEVELS}
    for (quantity, scale), (colour, dash) in zip(validation.reach_90.items(), looks, strict=False):
        away = np.array(
            [abs(r.deviation) for r in validation.left_out if r.quantity == quantity and r.scored]
        )
        if not away.size:
            continue
        inside = (away[:, None] <= scale * reach).mean(axis=0)
        line = plot.line(
            100 * LEVELS,
            100 * inside,
            line_color=colour,
            line_dash=dash,
            line_width=LINE_WIDTH + 0.4,
            legend_label=named(t, quantity)[0],
        )
        line.tags = [accent.tag] if colour == accent.colour else []
        held[f"{named(t, quantity)[0]}: {t('calibration.actual_axis')}"] = 100 * inside
    dress_legend_above(plot, colours)
    keep(plot, coverage=held)
    return plot

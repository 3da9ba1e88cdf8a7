"""Looking closer: what a picture of many shots shows is drawn anew with all that is there."""

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np

from mgg_kernel.lots import Overlay
from mgg_kernel.ui.plots.shot_lines import LINES, lines_of

__all__ = ["follow_zoom"]

REST_S = 0.15
"""So long the window must be at rest: a drag sends many of them."""
SAME = 1e-4
"""Windows that differ by less than this share of their width show the same."""


def follow_zoom(plot: Any, shots: Overlay) -> Callable[[], None]:
    """Send more points of the shots as a viewer looks closer, up to every sample.

    Args:
        plot: as :func:`shots_figure` returned it for these shots.
        shots: the shots.

    Returns:
        What draws for the window that is shown now; it is called by itself a moment after each
        change of the window, where an event loop runs.
    """
    lines = [one for one in plot.renderers if (one.name or "").startswith(LINES)]
    waiting: list[asyncio.TimerHandle] = []
    drawn = _window(plot)

    def draw() -> None:
        nonlocal drawn
        window = _window(plot)
        # A browser says where it begins too, and that is drawn already.
        if np.allclose(window, drawn, rtol=0.0, atol=SAME * abs(drawn[1] - drawn[0])):
            return
        drawn = window
        for line in lines:
            places = [int(place) for place in line.name.removeprefix(LINES).split(",")]
            line.data_source.data = {
                **line.data_source.data,
                **lines_of(shots, places, len(shots.runs), window),
            }

    def changed(_attribute: str, _old: Any, _new: Any) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # in a script nobody looks
        while waiting:
            waiting.pop().cancel()
        waiting.append(loop.call_later(REST_S, draw))

    for end in ("start", "end"):
        plot.x_range.on_change(end, changed)
    return draw


def _window(plot: Any) -> tuple[float, float]:
    return float(plot.x_range.start), float(plot.x_range.end)

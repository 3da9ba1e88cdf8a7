"""Where a label finds room beside its mark, so that it hides no curve."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from bokeh.plotting import figure
from numpy.typing import NDArray

__all__ = ["free_place", "width_px"]

FloatArray = NDArray[np.float64]

# A picture takes the width that the page leaves, so a label has to find room in narrow and wide.
_FRAME_WIDTHS_PX = (600.0, 850.0, 1200.0)
_AROUND_FRAME_PX = 95.0
_LINE_PX, _AIR_PX, _STEP_PX = 15.0, 4.0, 2.0
_WIDE_FROM = "\u2e7f"
_FARTHEST_PX = 230


def width_px(text: str) -> float:
    """Return about how wide a label is; a Chinese letter is as wide as two others."""
    return sum(12.5 if letter > _WIDE_FROM else 6.6 for letter in text)


def free_place(
    plot: figure,
    at: tuple[float, float],
    text: str,
    obstacles: Sequence[tuple[FloatArray, FloatArray]],
) -> dict[str, Any]:
    """Return Bokeh's offsets and alignment of a label that crosses no line, as near as can be.

    Args:
        plot: whose ranges and height tell how values lie on the screen.
        at: the marked point, time and pressure.
        text: the label.
        obstacles: lines, each as its times and pressures of equal shape; NaN breaks a line.

    Returns:
        For :func:`mgg_kernel.ui.plots.canvas.note`; above the mark where there is no room at all.
    """
    height = (plot.height or 400) - _AROUND_FRAME_PX
    layouts = [_layout(plot, at, obstacles, (wide, height)) for wide in _FRAME_WIDTHS_PX]
    tried = [
        (side, up)
        for up in range(-_FARTHEST_PX, _FARTHEST_PX + 1, 12)
        for side in (*range(12, _FARTHEST_PX, 16), *range(-12, -_FARTHEST_PX, -16))
    ]
    for side, up in sorted(tried, key=lambda one: (one[0] ** 2 + one[1] ** 2, one)):
        if all(_fits(text, (side, up), *layout) for layout in layouts):
            return {
                "x_offset": side,
                "y_offset": -up,
                "text_align": "right" if side < 0 else "left",
                "text_baseline": "middle",
            }
    return {"y_offset": -10, "text_align": "center"}


def _layout(
    plot: figure,
    at: tuple[float, float],
    obstacles: Sequence[tuple[FloatArray, FloatArray]],
    frame: tuple[float, float],
) -> tuple[FloatArray, FloatArray, tuple[float, float]]:
    """Return where the mark and points along the lines lie in a frame of this size [px]."""
    across: Any = plot.x_range
    up: Any = plot.y_range
    corner = np.array([across.start, up.start])
    scale = np.array(frame) / (np.array([across.end, up.end]) - corner)
    points = [_dense((np.stack(line, axis=1) - corner) * scale) for line in obstacles]
    taken = np.concatenate(points) if points else np.empty((0, 2))
    return (np.array(at) - corner) * scale, taken, frame


def _fits(
    text: str,
    offset: tuple[float, float],
    mark: FloatArray,
    taken: FloatArray,
    frame: tuple[float, float],
) -> bool:
    left = mark[0] + offset[0] - (width_px(text) if offset[0] < 0 else 0.0)
    low = mark[1] + offset[1] - _LINE_PX / 2
    right, high = left + width_px(text), low + _LINE_PX
    if left < 0 or low < 0 or right > frame[0] or high > frame[1]:
        return False
    across = (taken[:, 0] > left - _AIR_PX) & (taken[:, 0] < right + _AIR_PX)
    up = (taken[:, 1] > low - _AIR_PX) & (taken[:, 1] < high + _AIR_PX)
    return not bool((across & up).any())


def _dense(points: FloatArray) -> FloatArray:
    """Return points along a line that are so near to each other that no label slips through."""
    points = points[np.isfinite(points).all(axis=1)]
    if len(points) < 2:
        return points
    along = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))))
    at = np.arange(0.0, along[-1], _STEP_PX)
    return np.stack([np.interp(at, along, points[:, k]) for k in (0, 1)], axis=1)

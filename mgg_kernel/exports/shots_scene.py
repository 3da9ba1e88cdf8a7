"""The picture of shots over each other: each of them, their mean, and a band around it."""

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.exports.overlay_scene import HEIGHT, LEFT, RIGHT, WIDTH
from mgg_kernel.exports.scene import ACCENT, MUTED, Panel, Scene, legend
from mgg_kernel.exports.words import Say
from mgg_kernel.lots.overlays import Band, Overlay

__all__ = ["shots_scene"]

TOP, BOTTOM = 34.0, 46.0


def shots_scene(title: str, overlay: Overlay, band: Band | None, say: Say) -> Scene:
    """Return the picture of shots.

    Args:
        title: what it is called for those who do not see it.
        overlay: the shots.
        band: around their mean; None: none is drawn.
        say: the words.
    """
    scene = Scene(WIDTH, HEIGHT, title)
    time = overlay.time_ms
    low = min(0.0, float(np.nanmin(overlay.pressures_mpa)))
    high = float(np.nanmax(overlay.pressures_mpa))
    size = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    times = (float(time[0]), float(time[-1]))
    panel = Panel(LEFT, TOP, *size, times, (low, low + 1.12 * (high - low)))
    panel.axes(
        scene,
        x_title=f"{say('picture.time')} [ms]",
        y_title=f"{say('picture.pressure')} [MPa]",
    )
    if band is not None:
        # A band of few shots can be wider than all of them; what is outside is cut.
        seen = np.isfinite(band.lower_mpa) & np.isfinite(band.upper_mpa)
        edges = [np.clip(one[seen], *panel.y_range) for one in (band.lower_mpa, band.upper_mpa)]
        if seen.any():
            panel.area(scene, time[seen], edges[0], edges[1])
    for row in overlay.pressures_mpa:
        _curve(panel, scene, time, row, MUTED)
    _curve(panel, scene, time, overlay.mean_mpa, ACCENT)
    legend(scene, LEFT, 18, [(say("picture.shots"), MUTED), (say("picture.mean"), ACCENT)])
    return scene


def _curve(
    panel: Panel, scene: Scene, time: NDArray[np.float64], row: NDArray[np.float64], colour: str
) -> None:
    seen = np.isfinite(row)
    if seen.any():
        panel.curve(scene, time[seen], row[seen], colour)

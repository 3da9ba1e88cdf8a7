"""The picture of a comparison: the simulation over the test, and the residual below."""

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.curve import PTCurve
from mgg_kernel.exports.scene import ACCENT, INK, Line, Panel, Scene, legend
from mgg_kernel.exports.words import Say

__all__ = ["overlay_scene"]

FloatArray = NDArray[np.float64]
WIDTH, HEIGHT = 720.0, 430.0
LEFT, RIGHT = 58.0, 14.0


def overlay_scene(
    title: str,
    compared: tuple[FloatArray, FloatArray, FloatArray],
    simulated: PTCurve,
    measured: PTCurve,
    say: Say,
) -> Scene:
    """Return the picture of a comparison.

    Args:
        title: what it is called for those who do not see it.
        compared: times [ms] and the pressures [MPa] of test and simulation that were compared.
        simulated: the whole simulation.
        measured: the whole test.
        say: the words.
    """
    scene = Scene(WIDTH, HEIGHT, title)
    time_ms, of_test, of_simulation = compared
    both = (measured, simulated)
    times = (min(float(c.time_ms[0]) for c in both), max(float(c.time_ms[-1]) for c in both))
    lowest = min(0.0, *(float(c.pressure_mpa.min()) for c in both))
    highest = max(c.peak.pressure_mpa for c in both)
    inner = WIDTH - LEFT - RIGHT
    upper = Panel(LEFT, 34, inner, 236, times, (lowest, lowest + 1.12 * (highest - lowest)))
    upper.axes(scene, x_title=None, y_title=f"{say('picture.pressure')} [MPa]")
    for curve, colour in ((measured, INK), (simulated, ACCENT)):
        upper.curve(scene, curve.time_ms, curve.pressure_mpa, colour)
        x, y = upper.place(curve.peak.time_ms, curve.peak.pressure_mpa)
        dot = tuple((x + 3 * np.cos(a), y + 3 * np.sin(a)) for a in np.linspace(0, 6.28, 17))
        scene.marks.append(Line(dot, None, fill=colour))
    legend(
        scene,
        LEFT,
        18,
        [
            (_entry(say("picture.test"), measured), INK),
            (_entry(say("picture.simulation"), simulated), ACCENT),
        ],
    )
    residual = of_simulation - of_test
    # At least a hundredth of the peak: an agreement to the last bit shows as a flat line.
    low, high = min(0.0, float(residual.min())), max(0.0, float(residual.max()))
    air = max(0.1 * (high - low), 0.005 * highest)
    lower = Panel(LEFT, 288, inner, 96, times, (low - air, high + air))
    lower.axes(
        scene, x_title=f"{say('picture.time')} [ms]", y_title=f"{say('picture.residual')} [MPa]"
    )
    lower.area(scene, time_ms, np.zeros(time_ms.size), residual)
    lower.curve(scene, time_ms, residual, ACCENT)
    return scene


def _entry(name: str, curve: PTCurve) -> str:
    return f"{name}: {curve.peak.pressure_mpa:.2f} MPa, {curve.peak.time_ms:.2f} ms"

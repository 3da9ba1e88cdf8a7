"""The pictures of the reports, drawn as scenes: the same on a page and on paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

import numpy as np

from mgg_kernel.curve import PTCurve
from mgg_kernel.exports.scene import ACCENT, GRID, INK, Line, Panel, Scene, Words, ticks

__all__ = ["Group", "bars", "curves", "parity", "strips", "trend"]

WIDTH = 720.0
LEFT, RIGHT = 62.0, 16.0
WARN = "#b3261e"
DOT = 3.4
PALETTE = (ACCENT, "#b35c00", "#1b7a3d", "#7b3fa0", "#0b7285", "#a3264f")


@dataclass(frozen=True)
class Group:
    """Values of one kind, with the range that is usual for it.

    Attributes:
        marked: which of the values are unusual.
    """

    name: str
    values: tuple[float, ...]
    marked: tuple[bool, ...]
    usual: tuple[float, float] | None = None


def strips(groups: Sequence[Group], *, title: str, y_title: str) -> Scene:
    """Draw each group's values as dots above its name, and what is usual as a bar behind them."""
    scene = Scene(WIDTH, 292, title)
    values = [v for group in groups for v in group.values]
    values += [v for group in groups if group.usual for v in group.usual]
    panel = _panel(scene, (0.0, float(len(groups))), _range(values), bottom=48)
    _grid(scene, panel, y_title)
    slot = panel.width / len(groups)
    for at, group in enumerate(groups):
        middle = panel.left + (at + 0.5) * slot
        if group.usual is not None:
            half = min(slot * 0.32, 26.0)
            low, high = (panel.place(0.0, v)[1] for v in group.usual)
            box = ((middle - half, low), (middle + half, low), (middle + half, high))
            scene.marks.append(
                Line((*box, (middle - half, high)), None, 0.0, fill=ACCENT, opacity=0.14)
            )
        spread = min(slot * 0.22, 18.0) if len(group.values) > 1 else 0.0
        for number, (value, marked) in enumerate(zip(group.values, group.marked, strict=True)):
            x = middle + spread * (2 * ((number * 0.618) % 1.0) - 1)
            _dot(scene, x, panel.place(0.0, value)[1], WARN if marked else INK)
        _name(scene, group.name, middle, panel.top + panel.height + 16, slot, at)
    return scene


def bars(names: Sequence[str], values: Sequence[float], *, title: str, y_title: str) -> Scene:
    """Draw a bar for each value above its name."""
    scene = Scene(WIDTH, 220, title)
    panel = _panel(scene, (0.0, float(len(names))), (0.0, max([4.0, *values]) * 1.08), bottom=40)
    _grid(scene, panel, y_title)
    slot = panel.width / len(names)
    for at, (name, value) in enumerate(zip(names, values, strict=True)):
        left, right = panel.left + (at + 0.2) * slot, panel.left + (at + 0.8) * slot
        top, ground = panel.place(0.0, value)[1], panel.top + panel.height
        corners = ((left, ground), (right, ground), (right, top), (left, top))
        scene.marks.append(Line(corners, None, 0.0, fill=ACCENT, opacity=0.85))
        middle = (left + right) / 2
        if value:
            scene.marks.append(Words(middle, top - 4, f"{value:g}", INK, anchor="middle"))
        _name(scene, name, middle, ground + 16, slot, at)
    return scene


def parity(
    measured: Sequence[float], simulated: Sequence[float], *, title: str, x_title: str, y_title: str
) -> Scene:
    """Draw simulated over measured values, with the line of equality and ± 10 % around it."""
    scene = Scene(WIDTH, 420, title)
    low, high = _range([*measured, *simulated])
    panel = Panel(190, 12, 340, 340, (low, high), (low, high))
    panel.axes(scene, x_title=x_title, y_title=y_title)
    edge = np.linspace(low, high, 60)
    band = np.clip(np.array([edge * 0.9, edge * 1.1]), low, high)
    panel.area(scene, edge, band[0], band[1])
    panel.curve(scene, edge, edge, INK)
    for x, y in zip(measured, simulated, strict=True):
        at = panel.place(x, y)
        off = abs(y - x) > 0.1 * abs(x)
        _dot(scene, *at, WARN if off else ACCENT)
    return scene


def trend(
    names: Sequence[str],
    values: Sequence[float],
    spreads: Sequence[float],
    *,
    title: str,
    y_title: str,
) -> Scene:
    """Draw a value for each month with the range that its mean may lie in."""
    scene = Scene(WIDTH, 240, title)
    ends = [v + s * sign for v, s in zip(values, spreads, strict=True) for sign in (-1, 1)]
    panel = _panel(scene, (0.0, float(len(names))), _range([*ends, 0.0]), bottom=40)
    _grid(scene, panel, y_title)
    slot, before = panel.width / len(names), None
    zero = panel.place(0.0, 0.0)[1]
    scene.marks.append(Line(((panel.left, zero), (panel.left + panel.width, zero)), INK, 0.8))
    for at, (name, value, spread) in enumerate(zip(names, values, spreads, strict=True)):
        x = panel.left + (at + 0.5) * slot
        y = panel.place(0.0, value)[1]
        low, high = panel.place(0.0, value - spread)[1], panel.place(0.0, value + spread)[1]
        scene.marks.append(Line(((x, low), (x, high)), ACCENT, 1.0))
        if before is not None:
            scene.marks.append(Line((before, (x, y)), ACCENT, 1.4))
        _dot(scene, x, y, ACCENT)
        _name(scene, name, x, panel.top + panel.height + 16, slot, at)
        before = (x, y)
    return scene


def curves(
    shown: Sequence[tuple[str, PTCurve]], *, title: str, x_title: str, y_title: str
) -> Scene:
    """Draw curves over each other, with a colour for each name."""
    scene = Scene(WIDTH, 320, title)
    end = max(float(curve.time_ms[-1]) for _, curve in shown)
    highs = [float(curve.pressure_mpa.max()) for _, curve in shown]
    lows = [float(curve.pressure_mpa.min()) for _, curve in shown]
    panel = _panel(scene, (0.0, end), _range([*highs, *lows]), bottom=64)
    panel.axes(scene, x_title=x_title, y_title=y_title)
    names = list(dict.fromkeys(name for name, _ in shown))
    colours = {name: PALETTE[at % len(PALETTE)] for at, name in enumerate(names)}
    for name, curve in shown:
        kept = curve.time_ms >= 0.0
        panel.curve(scene, curve.time_ms[kept], curve.pressure_mpa[kept], colours[name])
    x = panel.left
    for name in names[: len(PALETTE)]:
        scene.marks.append(Line(((x, 310), (x + 16, 310)), colours[name], 2.0))
        scene.marks.append(Words(x + 22, 313.5, name, INK))
        x += 40 + 7 * len(name)
    return scene


def _panel(
    scene: Scene, x_range: tuple[float, float], y_range: tuple[float, float], *, bottom: float
) -> Panel:
    height = scene.height - 12 - bottom
    return Panel(LEFT, 12, WIDTH - LEFT - RIGHT, height, x_range, y_range)


def _grid(scene: Scene, panel: Panel, y_title: str) -> None:
    """Draw the horizontal lines of a panel whose places across are names."""
    right = panel.left + panel.width
    for at in ticks(*panel.y_range, max(2, int(panel.height / 40))):
        _, y = panel.place(0.0, at)
        scene.marks.append(Line(((panel.left, y), (right, y)), GRID, 0.6))
        text = f"{at:.6g}".replace("-", "\u2212")
        scene.marks.append(Words(panel.left - 6, y + 3.5, text, anchor="end"))
    middle = panel.top + panel.height / 2
    scene.marks.append(Words(panel.left - 42, middle, y_title, anchor="middle", upward=True))


def _name(scene: Scene, name: str, x: float, y: float, slot: float, at: int) -> None:
    """Write a name under its place; where places are narrow, under every second or third one."""
    every = max(1, int(np.ceil(6.0 * max(4, len(name)) / slot)))
    if every <= 3 and at % every:
        return
    letters = max(3, int(min(every, 3) * slot / 6.0))
    text = name if len(name) <= letters else f"{name[: letters - 1]}…"
    scene.marks.append(Words(x, y, text, INK, anchor="middle"))


def _dot(scene: Scene, x: float, y: float, colour: str) -> None:
    corners = [2 * pi * k / 12 for k in range(12)]
    points = tuple((x + DOT * cos(a), y + DOT * sin(a)) for a in corners)
    scene.marks.append(Line(points, None, 0.0, fill=colour, opacity=0.8))


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = max((high - low) * 0.08, abs(high) * 0.02, 0.05)
    return low - room if low - room > 0 or low < 0 else 0.0, high + room

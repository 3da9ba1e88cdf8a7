"""A picture as lines, areas and words on paper: drawn once, written as SVG or onto a PDF page.

There is no browser where a file is written, and Bokeh's own SVG needs one; so what an export shows
is drawn here, from the same numbers and in the same colours as the pages' pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import floor, log10
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ACCENT",
    "GRID",
    "INK",
    "MUTED",
    "PAPER",
    "Line",
    "Panel",
    "Scene",
    "Words",
    "legend",
    "ticks",
]

FloatArray = NDArray[np.float64]
Anchor = Literal["start", "middle", "end"]

INK, ACCENT, MUTED, GRID, PAPER = "#16191d", "#2463c4", "#5a6270", "#dfe2e7", "#ffffff"
MAX_POINTS = 1_500


@dataclass(frozen=True)
class Line:
    """A chain of straight lines; filled where `fill` is a colour."""

    points: tuple[tuple[float, float], ...]
    colour: str | None = INK
    width: float = 1.2
    fill: str | None = None
    opacity: float = 1.0


@dataclass(frozen=True)
class Words:
    """A line of text, at its baseline."""

    x: float
    y: float
    text: str
    colour: str = MUTED
    size: float = 10.0
    anchor: Anchor = "start"
    upward: bool = False


@dataclass
class Scene:
    """What stands on a sheet, in points from its upper left corner."""

    width: float
    height: float
    title: str
    marks: list[Line | Words] = field(default_factory=list)


@dataclass(frozen=True)
class Panel:
    """A rectangle with axes.

    Attributes:
        left, top, width, height: of the rectangle inside the axes [points].
        x_range, y_range: values at its edges.
    """

    left: float
    top: float
    width: float
    height: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return where a value stands."""
        across = (x - self.x_range[0]) / (self.x_range[1] - self.x_range[0])
        up = (y - self.y_range[0]) / (self.y_range[1] - self.y_range[0])
        return self.left + across * self.width, self.top + (1.0 - up) * self.height

    def axes(self, scene: Scene, *, x_title: str | None, y_title: str) -> None:
        """Draw grid, numbers and titles; without a title the time axis has no numbers."""
        bottom, right = self.top + self.height, self.left + self.width
        for at in ticks(*self.x_range, 8):
            x, _ = self.place(at, self.y_range[0])
            scene.marks.append(Line(((x, self.top), (x, bottom)), GRID, 0.6))
            if x_title is not None:
                scene.marks.append(Words(x, bottom + 13, _number(at), anchor="middle"))
        for at in ticks(*self.y_range, max(2, int(self.height / 30))):
            _, y = self.place(self.x_range[0], at)
            scene.marks.append(Line(((self.left, y), (right, y)), GRID, 0.6))
            scene.marks.append(Words(self.left - 6, y + 3.5, _number(at), anchor="end"))
        if x_title is not None:
            middle = self.left + self.width / 2
            scene.marks.append(Words(middle, bottom + 29, x_title, anchor="middle"))
        middle = self.top + self.height / 2
        scene.marks.append(Words(self.left - 42, middle, y_title, anchor="middle", upward=True))

    def curve(self, scene: Scene, x: FloatArray, y: FloatArray, colour: str) -> None:
        """Draw a curve."""
        kept = _worth_drawing(y)
        points = tuple(self.place(a, b) for a, b in zip(x[kept], y[kept], strict=True))
        scene.marks.append(Line(points, colour, 1.4))

    def area(self, scene: Scene, x: FloatArray, low: FloatArray, high: FloatArray) -> None:
        """Fill what lies between two curves with the accent's light form."""
        kept = np.union1d(_worth_drawing(low), _worth_drawing(high))
        there = [self.place(a, b) for a, b in zip(x[kept], high[kept], strict=True)]
        back = [self.place(a, b) for a, b in zip(x[kept], low[kept], strict=True)]
        points = tuple(there + back[::-1])
        scene.marks.append(Line(points, None, 0.0, fill=ACCENT, opacity=0.18))


def ticks(low: float, high: float, about: int) -> list[float]:
    """Return round numbers from `low` to `high`, some `about` of them, in steps of 1, 2 or 5.

    They are three at least: one alone gives no scale.
    """
    rough = (high - low) / about
    scale = 10.0 ** floor(log10(rough))
    step = next(s * scale for s in (1.0, 2.0, 5.0, 10.0) if s * scale >= rough * 0.999)
    first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
    if last - first < 2:
        return ticks(low, high, 2 * about)
    return [k * step for k in range(first, last + 1)]


def _number(value: float) -> str:
    return f"{value:.6g}".replace("-", "\u2212")


def _worth_drawing(values: FloatArray) -> NDArray[np.intp]:
    """Return the lowest and highest of each stretch, so that no peak or spike goes missing."""
    size = values.size
    if size <= MAX_POINTS:
        return np.arange(size)
    kept: list[int] = [0, size - 1]
    for part in np.array_split(np.arange(size), MAX_POINTS // 2):
        kept += [int(part[np.argmin(values[part])]), int(part[np.argmax(values[part])])]
    return np.unique(np.array(kept, dtype=np.intp))


def legend(scene: Scene, x: float, y: float, entries: Sequence[tuple[str, str]]) -> None:
    """Write names behind short strokes of their colour, in a row, above the picture."""
    for name, colour in entries:
        scene.marks.append(Line(((x, y - 3.5), (x + 18, y - 3.5)), colour, 2.0))
        scene.marks.append(Words(x + 24, y, name, INK))
        x += 24 + 6 * sum(2 if letter > "\u2e7f" else 1 for letter in name) + 24

"""Control charts by lot: X̄ and S, or individuals and moving range."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class ChartPoint:
    """A point of a control chart.

    Attributes:
        label: the lot or the shot.
        n: how many values it is made of.
        value: mean, standard deviation, value or moving range.
        lower: lower control limit of this point.
        upper: upper control limit.
        flags: the rules that it breaks, such as ``nelson-1``; :data:`RULES` says what they mean.
    """

    label: str
    n: int
    value: float
    lower: float
    upper: float
    flags: tuple[str, ...]


@dataclass(frozen=True)
class ControlChart:
    """One chart of a pair.

    Attributes:
        kind: what its points are.
        center: center line; for S charts of lots of several sizes that of the mean size.
        points: in the order given.
        sentence: what it says, in plain words.
    """

    kind: Literal["xbar", "s", "individuals", "moving range"]
    center: float
    points: tuple[ChartPoint, ...]
    sentence: str

    @property
    def flagged(self) -> tuple[ChartPoint, ...]:
        """The points that break a rule."""
        return tuple(point for point in self.points if point.flags)


@dataclass(frozen=True)
class ControlCharts:
    """A pair of charts, of the place and of the spread, and what they are made of.

    Attributes:
        location: X̄ or individuals.
        spread: S or moving range.
        mean: center that the limits are made of.
        sd: standard deviation within lots that the limits are made of.
        given: whether mean and sd were given (a standard) and not estimated from these values.
        rules: the set of rules that was applied.
    """

    location: ControlChart
    spread: ControlChart
    mean: float
    sd: float
    given: bool
    rules: str

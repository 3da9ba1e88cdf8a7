"""What is wanted, as it stands in a form: texts until somebody asks for the target."""

from collections.abc import Callable

import numpy as np
from traitlets import HasTraits, Unicode

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import CurveError, ReverseError
from mgg_kernel.lots import Corridor
from mgg_kernel.reverse import Target

__all__ = ["KINDS", "WantedForm"]

KINDS = ("read_outs", "test", "corridor", "drawn")
STEP_MS = 0.05
LEAST_POINTS = 3
READ_OUTS = ("peak_pressure_mpa", "peak_time_ms", "ignition_time_ms")


class WantedForm(HasTraits):
    """What a person wants; nothing is checked before :meth:`target`."""

    kind = Unicode("read_outs")
    """Read-outs that are typed, the curve of a test, a stored corridor, or a drawn curve."""
    peak_pressure_mpa = Unicode()
    peak_time_ms = Unicode()
    ignition_time_ms = Unicode()
    test = Unicode()
    """Number of a test."""
    corridor = Unicode()
    """Name of a stored corridor."""
    points = Unicode()
    """A drawn curve: a time [ms] and a pressure [MPa] on each line."""
    pressure_percent = Unicode("5")
    time_percent = Unicode("15")

    def target(
        self, curve_of: Callable[[int], PTCurve], corridor_of: Callable[[str], Corridor]
    ) -> Target:
        """Return what is wanted.

        Args:
            curve_of: returns the curve of a test.
            corridor_of: returns a stored corridor by its name.

        Raises:
            ReverseError: something is missing or makes no sense.
            NotFoundError: there is no such test or corridor.
        """
        curve: PTCurve | None = None
        corridor: Corridor | None = None
        read_outs: dict[str, float | None] = {}
        if self.kind == "test":
            number = self.test.strip()
            if not (number.isascii() and number.isdigit() and len(number) < 18):
                raise ReverseError("The test must be given by its number, such as 17.")
            curve = curve_of(int(number))
        elif self.kind == "corridor":
            corridor = corridor_of(self.corridor)
        elif self.kind == "drawn":
            curve = curve_of_points(self.points)
        else:
            read_outs = {
                name: _number(getattr(self, name), name.replace("_", " "))
                for name in READ_OUTS
                if getattr(self, name).strip()
            }
        return Target(
            curve=curve,
            corridor=corridor,
            peak_pressure_mpa=read_outs.get("peak_pressure_mpa"),
            peak_time_ms=read_outs.get("peak_time_ms"),
            ignition_time_ms=read_outs.get("ignition_time_ms"),
            pressure_tolerance_percent=_number(self.pressure_percent, "the pressure tolerance"),
            time_tolerance_percent=_number(self.time_percent, "the time tolerance"),
        )

    def fill(self, target: Target) -> None:
        """Show the read-outs and tolerances of a target; a curve keeps its own place."""
        self.pressure_percent = f"{target.pressure_tolerance_percent:g}"
        self.time_percent = f"{target.time_tolerance_percent:g}"
        if target.corridor is not None:
            self.kind, self.corridor = "corridor", target.corridor.name
        elif target.curve is None:
            self.kind = "read_outs"
            for name in READ_OUTS:
                value = getattr(target, name)
                setattr(self, name, "" if value is None else f"{value:g}")


def curve_of_points(text: str) -> PTCurve:
    """Return the curve through typed points, joined by straight lines from 0 MPa at 0 ms on.

    Args:
        text: a time [ms] and a pressure [MPa] on each line, with blanks or a comma between them.

    Raises:
        ReverseError: a line is not two numbers, the times do not rise, or there are too few.
    """
    points: list[tuple[float, float]] = []
    for place, line in enumerate(text.splitlines(), start=1):
        words = line.replace(",", " ").replace(";", " ").split()
        if not words:
            continue
        if len(words) != 2:
            raise ReverseError(
                f"Line {place} of the drawn curve must be a time in ms and a pressure in MPa, such "
                "as 8 45."
            )
        what = f"line {place} of the drawn curve"
        points.append((_number(words[0], what), _number(words[1], what)))
    if points and points[0][0] > 0:
        points.insert(0, (0.0, 0.0))
    if len(points) < LEAST_POINTS:
        raise ReverseError("A drawn curve needs at least two points; write one on each line.")
    times = np.array([time for time, _ in points])
    if not (np.diff(times) > 0).all():
        raise ReverseError("The times of the drawn curve must rise from line to line.")
    grid = np.arange(times[0], times[-1] + STEP_MS / 2, STEP_MS)
    try:
        return PTCurve(grid, np.interp(grid, times, [pressure for _, pressure in points]))
    except CurveError as error:
        raise ReverseError(f"The drawn curve makes no sense: {error}") from None


def _number(text: str, what: str) -> float:
    try:
        number = float(text.strip())
    except ValueError:
        number = float("nan")
    if not np.isfinite(number):
        raise ReverseError(f"'{text.strip()[:40]}' is no number; write one for {what}.")
    return number

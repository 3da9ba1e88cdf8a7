"""How far a calibration is, and how it is asked to stop."""

from collections.abc import Callable
from dataclasses import dataclass

from mgg_kernel.errors import CalibrationError

__all__ = ["Progress", "Reporter"]


@dataclass(frozen=True)
class Progress:
    """A stage, and how much of it is done; `total` is the most it can take."""

    stage: str
    done: int
    total: int


class Reporter:
    """Tells the progress and stops where that is wanted.

    Args:
        tell: called with each :class:`Progress`.
        stop: asked at every step; True ends the calibration.
    """

    def __init__(
        self,
        tell: Callable[[Progress], None] | None,
        stop: Callable[[], bool] | None,
    ) -> None:
        self._tell, self._stop = tell, stop

    def step(self, stage: str, done: int, total: int) -> None:
        """Tell a step.

        Raises:
            CalibrationError: it was asked to stop.
        """
        if self._stop is not None and self._stop():
            raise CalibrationError(f"The calibration was stopped ({stage}); nothing was kept.")
        if self._tell is not None:
            self._tell(Progress(stage, done, total))

"""A calibration in the background of a notebook: a bar that tells how far it is, and Stop."""

import asyncio
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from time import perf_counter
from typing import Any

import ipywidgets as widgets

from mgg_kernel.calibration import Calibration, Progress
from mgg_kernel.ui.words import Language, Words

__all__ = ["CalibrationRun"]

FIT_SHARE = 0.2
"""Of the whole bar: the fit to all; the rest is leaving each product out."""
LOOK_EVERY_S = 0.1


class CalibrationRun:
    """Runs a calibration in a thread; shown as the last line of a cell, it is a bar and a button.

    ::

        run = CalibrationRun(lambda **told: calibrate(observations, curves, **told))
        run
        calibration = await run   # in the next cell; while it waits the button is heard

    Args:
        work: called with `progress` and `stop`, as :func:`mgg_kernel.calibration.calibrate` takes
            them.
        language: language of the bar and the button.
    """

    def __init__(self, work: Callable[..., Calibration], *, language: Language = "en") -> None:
        self._t = Words(language)
        self._stop = threading.Event()
        self._bar = widgets.FloatProgress(
            min=0.0, max=1.0, layout=widgets.Layout(width="260px", flex="0 0 auto")
        )
        self._label = widgets.Label(layout=widgets.Layout(flex="1 1 auto"))
        self._button = widgets.Button(description=self._t("calibration.stop"), icon="stop")
        self._button.on_click(lambda _: self.stop())
        self.view = widgets.HBox(
            [self._bar, self._button, self._label],
            layout=widgets.Layout(align_items="center", grid_gap="12px"),
        )
        self._began = perf_counter()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="calibration")
        self._future: Future[Calibration] = self._worker.submit(
            work, progress=self._tell, stop=self._stop.is_set
        )
        self._future.add_done_callback(self._ended)
        self._worker.shutdown(wait=False)

    def stop(self) -> None:
        """Ask the calibration to end at its next step; nothing of it is kept."""
        self._stop.set()
        self._button.disabled = True
        if not self._future.done():
            self._label.value = self._t("calibration.stopping")

    def __await__(self) -> Generator[Any, None, Calibration]:
        """Wait for the calibration; interrupting the kernel stops it.

        Raises:
            CalibrationError: there are too few products, or it was stopped.
            SimulationError: a recipe cannot be simulated.
        """
        return self._finished().__await__()

    async def _finished(self) -> Calibration:
        try:
            while not self._future.done():
                await asyncio.sleep(LOOK_EVERY_S)
        except (KeyboardInterrupt, asyncio.CancelledError):
            self.stop()
            raise
        return self._future.result()

    def _repr_mimebundle_(self, **wanted: Any) -> Any:
        return self.view._repr_mimebundle_(**wanted)

    def _tell(self, progress: Progress) -> None:
        share = progress.done / max(progress.total, 1)
        if progress.stage == "fit":
            self._bar.value = FIT_SHARE * share
            self._label.value = self._t("calibration.stage_fit")
        elif progress.stage == "leave one product out":
            self._bar.value = FIT_SHARE + (1 - FIT_SHARE) * share
            self._label.value = self._t(
                "calibration.stage_left_out", done=progress.done + 1, total=progress.total
            )
        elif progress.stage == "ignition times":
            self._label.value = self._t("calibration.stage_ignition")

    def _ended(self, future: "Future[Calibration]") -> None:
        self._button.disabled = True
        error = future.exception()
        if error is None:
            self._bar.value, self._bar.bar_style = 1.0, "success"
            seconds = f"{perf_counter() - self._began:.1f}"
            self._label.value = self._t("calibration.done", seconds=seconds)
        else:
            self._bar.bar_style, self._label.value = "danger", str(error)

"""Work in steps, between which the page shows how far it is and can be told to stop."""

import asyncio
from collections.abc import Callable, Generator

from mgg_kernel.ui.guard import Guard

__all__ = ["Steps"]


class Steps:
    """Runs one piece of work at a time, a step after the other.

    In a kernel the steps run on its event loop, so that a click on Cancel is heard between two of
    them; without a loop, as in a test, they run at once.

    Args:
        guard: shows what goes wrong.
    """

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._task: asyncio.Task[None] | None = None
        self._cancelled = False
        self.is_busy = False

    def start(self, work: Generator[None, None, None], finished: Callable[[], None]) -> None:
        """Begin; `finished` is called at the end, however it ends.  Ignored while busy.

        Args:
            work: yields after each step.
            finished: what to do afterwards.
        """
        if self.is_busy:
            return
        self.is_busy, self._cancelled = True, False
        self._guard.trouble = None
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            while self._step(work):
                pass
            self._end(finished)
            return
        self._task = loop.create_task(self._run(work, finished))

    def cancel(self) -> None:
        """Stop before the next step."""
        self._cancelled = True

    async def _run(self, work: Generator[None, None, None], finished: Callable[[], None]) -> None:
        while self._step(work):
            await asyncio.sleep(0.01)  # the messages that wait get their turn
        self._end(finished)

    def _step(self, work: Generator[None, None, None]) -> bool:
        if self._cancelled:
            work.close()
            return False
        with self._guard.watching() as failed:
            if next(work, self) is self:
                return False
        return not failed

    def _end(self, finished: Callable[[], None]) -> None:
        self.is_busy = False
        with self._guard.watching():
            finished()

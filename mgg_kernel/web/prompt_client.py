"""Waiting for a kernel no longer than it takes."""

from math import inf
from queue import Empty
from time import monotonic

from jupyter_client.asynchronous.client import AsyncKernelClient

__all__ = ["PromptClient"]

FIRST_S, LONGEST_S = 0.04, 1.0


class PromptClient(AsyncKernelClient):
    """A kernel's client that knows by an answer that a kernel is ready, and not by silence.

    The library's asks the kernel, and then listens until for a fifth of a second nothing more
    comes: that is most of what a page on a forked kernel would wait for.  But all that a question
    brings ends with the message that the kernel is idle again.
    """

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers, and until its messages arrive here.

        Raises:
            RuntimeError: the kernel has ended, or has not answered in `timeout` seconds.
        """
        end = monotonic() + (inf if timeout is None else timeout)
        patience_s = FIRST_S
        while not await self._answers(patience_s):
            # What was said before we were connected is lost: so ask again.
            patience_s = min(2 * patience_s, LONGEST_S)
            if not await self.is_alive():
                raise RuntimeError("The kernel has ended before it answered.")
            if monotonic() > end:
                raise RuntimeError(f"The kernel has not answered in {timeout:.0f} s.")

    async def _answers(self, patience_s: float) -> bool:
        """Ask once, and return whether the kernel has answered and become idle."""
        asked, end = self.kernel_info(), monotonic() + patience_s
        try:
            while True:
                heard = await self.get_iopub_msg(timeout=max(0.0, end - monotonic()))
                is_idle = heard["content"].get("execution_state") == "idle"
                if is_idle and heard["parent_header"].get("msg_id") == asked:
                    break
            # The answer was sent before.
            while True:
                answer = await self.get_shell_msg(timeout=LONGEST_S)
                if answer["parent_header"].get("msg_id") == asked:
                    self._handle_kernel_info_reply(answer)
                    return True
        except Empty:
            return False

"""What can wait until the viewer has seen what they asked for."""

import asyncio
from collections.abc import Callable

__all__ = ["soon"]


def soon(call: Callable[[], object], after_s: float) -> None:
    """Do something a moment later, or at once where no event loop runs, as in a script."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        call()
    else:
        loop.call_later(after_s, call)

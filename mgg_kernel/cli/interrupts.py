"""Ctrl-C that does not get lost."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mgg_kernel.errors import MggError

__all__ = ["ctrl_c_heard"]


@contextmanager
def ctrl_c_heard() -> Iterator[Callable[[], bool]]:
    """Hear Ctrl-C also where a library swallowed it.

    It raises KeyboardInterrupt at once, as always.  But one that is raised inside a callback from
    C or a destructor is printed or dropped there, and the work would go on; so it is remembered.

    Yields:
        A function for long work to ask whether it is to stop.
    """
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    ):
        yield lambda: False
        return
    asked = False

    def remember(*_: object) -> None:
        nonlocal asked
        asked = True
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, remember)
    try:
        yield lambda: asked
    except MggError:
        if asked:
            raise KeyboardInterrupt from None
        raise
    finally:
        signal.signal(signal.SIGINT, before)
    if asked:
        raise KeyboardInterrupt

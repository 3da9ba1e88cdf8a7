"""Long work in a thread of its own, as steps of a page: heard of while it runs, and cancelled."""

import threading
from collections.abc import Callable, Generator

__all__ = ["in_background"]

LISTEN_S = 0.05


def in_background(work: Callable[[], None], cancel: threading.Event) -> Generator[None, None, None]:
    """Run something in a thread and yield until it has ended; what it raises is raised here.

    Args:
        work: what to do; it looks at `cancel` itself.
        cancel: is set when the steps are ended early, which then waits for the thread.
    """
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again in the page's own thread
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(LISTEN_S)
            yield
    finally:
        cancel.set()
        thread.join()
    if failed:
        raise failed[0]

"""Reading many files side by side, ahead of whoever stores them in their order."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from mgg_kernel.errors import IngestError
from mgg_kernel.ingest import ReadCurve

__all__ = ["Load", "Reading", "read_ahead"]

Load = Callable[[], bytes]
"""Returns a file's bytes."""
Reading = Callable[[], list[ReadCurve]]
"""Returns the curves of a file, or raises what it is refused with."""

MOST_AT_ONCE = 4
"""Each reads in a process of its own; more would only take memory."""


def read_ahead(
    files: Iterable[tuple[str, Load]], inspect: Callable[[bytes, str], list[ReadCurve]]
) -> Generator[tuple[str, bytes, Reading], None, None]:
    """Yield name, bytes and reading of each file, in their order, while the next ones are read.

    Args:
        files: name of each file, and what returns its bytes.
        inspect: reads a file of these bytes and this name; called in other threads.
    """
    at_once = min(MOST_AT_ONCE, len(os.sched_getaffinity(0)))
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="mgg-read")
    ahead: deque[tuple[str, Future[tuple[bytes, Reading]]]] = deque()
    try:
        for name, load in files:
            ahead.append((name, pool.submit(_read, load, name, inspect)))
            if len(ahead) > at_once:
                name, read = ahead.popleft()
                yield (name, *read.result())
        while ahead:
            name, read = ahead.popleft()
            yield (name, *read.result())
    finally:
        # Whoever stops early waits for no more than the files that are being read.
        pool.shutdown(cancel_futures=True)


def _read(
    load: Load, name: str, inspect: Callable[[bytes, str], list[ReadCurve]]
) -> tuple[bytes, Reading]:
    data = b""
    try:
        data = load()
        curves = inspect(data, name)
    except IngestError as error:
        return data, partial(_refuse, error)
    return data, lambda: curves


def _refuse(error: IngestError) -> list[ReadCurve]:
    raise error

"""A sweep over the workers of a Dask cluster.

Source of the way of working: Dask.distributed documentation, *Client*, *Resilience*.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

from mgg_kernel._version import __version__
from mgg_kernel.errors import SimulationError
from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation import Model
from mgg_kernel.sweeps.portion import Wanted, plain_recipe, work

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["cluster_batches"]

ANSWER_S = 10.0
"""The scheduler must answer within this time."""

WORKER_S = 30.0
"""So long a sweep waits for a worker where there is none."""

SILENCE_S = 30.0
"""So long a scheduler that answered at first may be silent: it is busy, or frozen, or cut off."""

POLL_S = 1.0
AHEAD = 3
"""Portions handed out for each thread of the cluster, so that none waits for work."""


def cluster_batches(
    portions: Iterable[Sequence[Recipe]],
    model: Model,
    wanted: Wanted,
    scheduler: str,
    check_stop: Callable[[], None],
) -> "Generator[pa.RecordBatch]":
    """Yield the rows of each portion, in their order, as the cluster has done them.

    Args:
        portions: the recipes.
        model: the parameters; the workers get them as JSON.
        wanted: what to find out.
        scheduler: its address.
        check_stop: called at least every second; raises to end the sweep.

    Raises:
        SimulationError: the scheduler does not answer, no worker is there or stays, or a worker
            runs another version of this program.
    """
    with _client(scheduler) as client:
        watch = _Watch(client, scheduler, check_stop)
        threads = watch.wait_for_workers()
        # A task of its own, so that the model goes to a worker once and can be made there anew.
        text = client.submit(str, model.to_json(), pure=False)
        waiting: deque[Any] = deque()
        try:
            for recipes in portions:
                check_stop()
                plain = [plain_recipe(recipe) for recipe in recipes]
                options = wanted.intervals, wanted.curves
                waiting.append(client.submit(work, text, plain, *options, pure=False))
                if len(waiting) >= AHEAD * threads:
                    yield watch.rows(waiting.popleft())
            while waiting:
                check_stop()
                yield watch.rows(waiting.popleft())
        finally:
            # Where the scheduler is gone there is nothing left to take back.
            with suppress(OSError, TimeoutError, CancelledError, asyncio.CancelledError):
                client.cancel([text, *waiting])


@contextmanager
def _client(scheduler: str) -> "Generator[Any]":
    import distributed

    try:
        _reach(scheduler)
        client: Any = distributed.Client(  # type: ignore[no-untyped-call]
            scheduler, timeout=ANSWER_S, set_as_default=False
        )
    except (OSError, TimeoutError, TypeError, ValueError, RuntimeError) as error:
        reason = str(error).strip().splitlines() or ["no reason told"]
        raise SimulationError(
            f"The Dask scheduler {scheduler} does not answer ({reason[0].rstrip('.')}); check its "
            "address and that it runs, or leave it out to use the threads of this machine."
        ) from None
    with _quiet():
        try:
            yield client
        finally:
            # One that is lost cannot say goodbye, and must not hide the error that tells so.
            with suppress(OSError, TimeoutError, CancelledError, asyncio.CancelledError):
                client.close(timeout=ANSWER_S)


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave it to our error to tell that a scheduler is lost: Dask logs tracebacks of that."""

    # A filter of each sweep's own, because several may run at once in one process.
    def is_grave(record: logging.LogRecord) -> bool:
        return record.levelno >= logging.CRITICAL

    logs = [logging.getLogger(f"distributed.{name}") for name in ("batched", "client")]
    for log in logs:
        log.addFilter(is_grave)
    try:
        yield
    finally:
        for log in logs:
            log.removeFilter(is_grave)


def _reach(scheduler: str) -> None:
    """Connect to the scheduler and leave again.

    A client of Dask that fails to connect stays half made, and may hold up the next one when it is
    collected; so one is only made where it will succeed.
    """
    from distributed import Security
    from distributed.comm.core import connect

    options = Security().get_connection_args("client")  # type: ignore[no-untyped-call]
    if scheduler.startswith("tls:") and options.get("ssl_context") is None:
        raise SimulationError(
            f"The Dask scheduler {scheduler} needs a certificate; name it in Dask's configuration, "
            "as docs/sweeps.md tells."
        )

    async def visit() -> None:
        comm = await connect(  # type: ignore[no-untyped-call]
            scheduler, timeout=ANSWER_S, **options
        )
        await comm.close()

    # In a thread of its own, because a notebook's has a loop that runs already.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, visit()).result()


class _Watch:
    """Waits for results, and notices where none can come any more."""

    def __init__(self, client: Any, scheduler: str, check_stop: Callable[[], None]) -> None:
        self._client, self._scheduler, self._check_stop = client, scheduler, check_stop
        self._seen = self._heard = monotonic()

    def wait_for_workers(self) -> int:
        """Return the number of threads of all workers, once there are any."""
        while not (threads := self._threads()):
            self._client.sync(asyncio.sleep, POLL_S)
        return threads

    def rows(self, future: Any) -> "pa.RecordBatch":
        """Return the rows of a portion when they are there."""
        import pyarrow as pa
        from distributed.scheduler import KilledWorker

        try:
            version, rows = self._result(future)
        except KilledWorker:
            raise SimulationError(
                f"The workers of {self._scheduler} died on the same portion again and again; look "
                "into their logs (memory is the usual reason), or take smaller portions."
            ) from None
        except (CancelledError, asyncio.CancelledError, OSError, TimeoutError):
            raise self._lost() from None
        except (ImportError, AttributeError, RuntimeError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
            raise SimulationError(
                f"The cluster of {self._scheduler} cannot do this work ({reason}); install the "
                "same version of this program for its scheduler, for its workers and here."
            ) from None
        if version != __version__:
            raise SimulationError(
                f"A worker of {self._scheduler} runs version {version} of this program, but here "
                f"it is {__version__}; install the same on both."
            )
        return pa.ipc.open_stream(rows).read_next_batch()

    def _result(self, future: Any) -> tuple[str, bytes]:
        # In Dask's own loop, so that a long transfer goes on while this looks around.
        coming = asyncio.run_coroutine_threadsafe(
            self._client.gather(future, asynchronous=True), self._client.loop.asyncio_loop
        )
        try:
            while True:
                try:
                    found: tuple[str, bytes] = coming.result(timeout=POLL_S)
                except TimeoutError:
                    if coming.done():
                        raise
                    self._threads()
                else:
                    self._seen = self._heard = monotonic()
                    return found
        finally:
            coming.cancel()

    def _threads(self) -> int:
        """Return the number of threads of all workers; 0 for a while where there is none."""
        self._check_stop()
        try:
            threads = sum(self._client.nthreads(callback_timeout=POLL_S).values())
        except TimeoutError:
            if monotonic() - self._heard > SILENCE_S:
                raise self._lost() from None
            return 0
        except (CancelledError, asyncio.CancelledError, OSError):
            raise self._lost() from None
        self._heard = monotonic()
        if threads:
            self._seen = monotonic()
        elif monotonic() - self._seen > WORKER_S:
            raise SimulationError(
                f"The Dask scheduler {self._scheduler} has had no worker for {WORKER_S:g} s; start "
                "one and try again."
            )
        return int(threads)

    def _lost(self) -> SimulationError:
        return SimulationError(
            f"The Dask scheduler {self._scheduler} was lost; see that it runs and try again."
        )

"""Running a sweep: in threads here, or over a cluster, into a table or a file."""

from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from mgg_kernel.errors import SimulationError
from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation import Model
from mgg_kernel.sweeps.files import write_batches
from mgg_kernel.sweeps.portion import Wanted, simulate_portion
from mgg_kernel.sweeps.table import sweep_schema

if TYPE_CHECKING:
    from collections.abc import Generator

    import pyarrow as pa

__all__ = ["CHUNK", "SweepProgress", "run_sweep", "sweep_to_file"]

CHUNK = 128


@dataclass(frozen=True)
class SweepProgress:
    """How many recipes are done, and of how many, where that is known."""

    done: int
    total: int | None


Tell = Callable[[SweepProgress], None]
Stop = Callable[[], bool]


def run_sweep(
    recipes: Iterable[Recipe],
    model: Model,
    *,
    scheduler: str | None = None,
    threads: int | None = None,
    progress: Tell | None = None,
    stop: Stop | None = None,
    chunk: int = CHUNK,
    intervals: bool = True,
    curves: bool = False,
) -> "pa.Table":
    """Simulate recipes and return a table with one row for each, in their order.

    Threads and clusters of any size return equal tables.

    Args:
        recipes: what is fired, and in what; taken in portions as they are needed.
        model: the parameters.
        scheduler: address of a Dask scheduler whose workers do the work, such as
            ``tls://lab-server:8786``; None: threads of this process do it.
        threads: how many at most; as many as there are processors if not given.  Those of a
            cluster are its own matter.
        progress: told how far it is after each portion.
        stop: asked before each portion, and each second while a cluster works; True ends the sweep.
        chunk: so many recipes are a portion.
        intervals: False leaves them out, which takes a twentieth of the time.
        curves: also return the samples, 32 KB for a recipe and three times that with its band.

    Raises:
        SimulationError: it was stopped, the scheduler does not answer, or its workers were lost.
            A recipe that cannot be simulated raises nothing: the column ``error`` says why.
    """
    import pyarrow as pa

    wanted = Wanted(intervals, curves)
    run = _Run(recipes, model, wanted, chunk, threads, scheduler, progress, stop)
    with closing(run.batches()) as batches:
        return pa.Table.from_batches(batches, sweep_schema(model, curves=curves))


def sweep_to_file(
    recipes: Iterable[Recipe],
    model: Model,
    path: Path | str,
    *,
    scheduler: str | None = None,
    threads: int | None = None,
    progress: Tell | None = None,
    stop: Stop | None = None,
    chunk: int = CHUNK,
    intervals: bool = True,
    curves: bool = False,
) -> int:
    """Do as :func:`run_sweep`, into a file, with little memory for any number of recipes.

    The file appears when all of it is written; until then, and after a failure, what was there
    before stays.

    Args:
        recipes: as for :func:`run_sweep`, and so are the arguments that are not named here.
        model: the parameters.
        path: a name that ends with ``.parquet``, or with ``.csv`` (without curves).
        scheduler: see there.
        threads: see there.
        progress: see there.
        stop: see there.
        chunk: see there.
        intervals: see there.
        curves: see there.

    Returns:
        The number of rows.

    Raises:
        SimulationError: as for :func:`run_sweep`, or the file cannot be written.
    """
    wanted = Wanted(intervals, curves)
    run = _Run(recipes, model, wanted, chunk, threads, scheduler, progress, stop)
    with closing(run.batches()) as batches:
        return write_batches(batches, sweep_schema(model, curves=curves), Path(path))


@dataclass(frozen=True)
class _Run:
    recipes: Iterable[Recipe]
    model: Model
    wanted: Wanted
    chunk: int
    threads: int | None
    scheduler: str | None
    tell: Tell | None
    stop: Stop | None

    def batches(self) -> "Generator[pa.RecordBatch]":
        """Yield the rows portion by portion, in the order of the recipes."""
        if self.chunk < 1:
            raise SimulationError(f"A portion has at least one recipe, but chunk is {self.chunk}.")
        total = len(self.recipes) if isinstance(self.recipes, Sized) else None
        done = 0
        with closing(self._portions()) as portions:
            for batch in portions:
                done += batch.num_rows
                if self.tell is not None:
                    self.tell(SweepProgress(done, total))
                yield batch

    def _portions(self) -> "Generator[pa.RecordBatch]":
        rows = _chunks(self.recipes, self.chunk)
        if self.scheduler is not None:
            from mgg_kernel.sweeps.cluster import cluster_batches

            yield from cluster_batches(
                rows, self.model, self.wanted, self.scheduler, self._check_stop
            )
            return
        for recipes in rows:
            self._check_stop()
            yield simulate_portion(recipes, self.model, self.wanted, self.threads)

    def _check_stop(self) -> None:
        if self.stop is not None and self.stop():
            raise SimulationError("The sweep was stopped; nothing was kept.")


def _chunks(recipes: Iterable[Recipe], size: int) -> Iterator[Sequence[Recipe]]:
    source = iter(recipes)
    while rows := list(islice(source, size)):
        yield rows

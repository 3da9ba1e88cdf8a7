"""A portion of a sweep: simulated here, or by a worker of a cluster."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypedDict

from mgg_kernel._version import __version__
from mgg_kernel.errors import SimulationError
from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation import Model, simulate_many
from mgg_kernel.sweeps.table import Outcome, batch_of, sweep_schema

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["PlainRecipe", "Wanted", "plain_recipe", "simulate_portion", "work"]


@dataclass(frozen=True)
class Wanted:
    """What a sweep is to find out, beside peaks and ignition."""

    intervals: bool
    curves: bool


class PlainRecipe(TypedDict):
    """A recipe as texts, the arguments of :meth:`Recipe.parse`."""

    igniter: str
    nc: list[str]
    gp: str | None
    shell: str
    current: str
    vessel: str
    device: str
    sensor_range: str | None


def simulate_portion(
    recipes: Sequence[Recipe], model: Model, wanted: Wanted, threads: int | None
) -> "pa.RecordBatch":
    """Simulate some recipes and return their rows.

    A recipe that cannot be simulated has a row that says why, and stops no other.
    """
    outcomes: list[Outcome]
    try:
        outcomes = [
            *simulate_many(recipes, model, intervals=wanted.intervals, threads=threads),
        ]
    except SimulationError:
        outcomes = [_alone(recipe, model, wanted) for recipe in recipes]
    return batch_of(recipes, outcomes, model, sweep_schema(model, curves=wanted.curves))


def work(
    model_json: str, recipes: list[PlainRecipe], intervals: bool, curves: bool
) -> tuple[str, bytes]:
    """Do a portion on a worker, in one thread: the cluster decides how many there are.

    Everything in and out is plain data.

    Returns:
        The version of this program on the worker, and the rows as an Arrow IPC stream.
    """
    import pyarrow as pa

    parsed = [Recipe.parse(**recipe) for recipe in recipes]
    batch = simulate_portion(parsed, _model(model_json), Wanted(intervals, curves), threads=1)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return __version__, sink.getvalue().to_pybytes()


def plain_recipe(recipe: Recipe) -> PlainRecipe:
    """Return a recipe as texts; :meth:`Recipe.parse` makes the same recipe of them."""
    sensor = recipe.sensor_range_mpa
    return {
        "igniter": recipe.igniter_type,
        "nc": [str(charge) for charge in recipe.nc],
        "gp": str(recipe.gp) if recipe.gp else None,
        "shell": str(recipe.shell_height_mm),
        "current": str(recipe.firing_current_a),
        "vessel": recipe.vessel,
        "device": recipe.test_device,
        "sensor_range": None if sensor is None else str(sensor),
    }


def _alone(recipe: Recipe, model: Model, wanted: Wanted) -> Outcome:
    try:
        return simulate_many([recipe], model, intervals=wanted.intervals, threads=1)[0]
    except SimulationError as error:
        return str(error)


@lru_cache(maxsize=4)
def _model(model_json: str) -> Model:
    return Model.from_json(model_json)

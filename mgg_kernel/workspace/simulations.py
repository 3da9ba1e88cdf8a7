"""``ws.simulations``: from a recipe to a stored curve."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import ConflictError
from mgg_kernel.hot import models, simulations
from mgg_kernel.hot.log import write_log
from mgg_kernel.hot.recipes import store_recipe
from mgg_kernel.hot.signatures import KINDS, Kind
from mgg_kernel.hot.simulations import SimulationSummary
from mgg_kernel.hot.work_orders import work_order_id
from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation import Model, Simulation, default_model, simulate, simulate_many
from mgg_kernel.simulation.forward import DT_MS, T_END_MS
from mgg_kernel.workspace.office import Office
from mgg_kernel.workspace.reverse_simulations import ReverseSimulations
from mgg_kernel.workspace.similarity import Finder, SimilarCurves

__all__ = ["KeptSimulation", "Simulations", "StoredSimulation"]

AT_ONCE = 100
"""So many simulations of :meth:`Simulations.run_many` are stored in one transaction."""

MOST_TRIES = 5


@dataclass(frozen=True)
class StoredSimulation:
    """A simulation with its curve; `repeated` where it was in the store already."""

    summary: SimulationSummary
    curve: PTCurve
    repeated: bool

    @property
    def id(self) -> int:
        """The simulation's id."""
        return self.summary.id


@dataclass(frozen=True)
class KeptSimulation:
    """A stored simulation without its curve; `repeated` where it was in the store already."""

    summary: SimulationSummary
    repeated: bool

    @property
    def id(self) -> int:
        """The simulation's id."""
        return self.summary.id


class Simulations:
    """The simulations that the acting account may see.

    Attributes:
        reverse: from what is wanted to recipes; called, it searches and stores them.
    """

    def __init__(self, office: Office, finder: Finder) -> None:
        self._office = office
        self._finder = finder
        self.reverse = ReverseSimulations(office, self)

    def model(self) -> Model:
        """Return the model in use: the active version, else the one the program ships."""
        with self._office.transaction() as connection:
            parameters = models.active_model(connection)
        return Model.from_json(json.dumps(parameters)) if parameters else default_model()

    def run(
        self, recipe: Recipe, *, model: Model | None = None, work_order: str | None = None
    ) -> StoredSimulation:
        """Simulate a recipe and store the result, or return the one that is stored already.

        Args:
            recipe: what is fired, and in what; its codes must be in the catalogue.
            model: the model to use; unset means :meth:`model`.
            work_order: number of the work order that it is for; one that is answered from the
                store stays with the order that it was made for.

        Raises:
            NotFoundError: there is no such work order.
            ConflictError: the work order is closed.
            RecipeError: a code is not in the catalogue.
            SimulationError: the model cannot simulate it.
            AccessError: the acting account may not simulate.
        """
        with self._office.doing("work", "simulation", "simulate a recipe", str(recipe)):
            used = model or self.model()
            if work_order:
                with self._office.transaction() as connection:
                    work_order_id(connection, work_order)
            known = self._find(recipe, used)
            if known is not None:
                return self._stored(known, repeated=True)
            simulation = simulate(recipe, used)
            try:
                new = self._store(recipe, used, simulation, work_order)
            except ConflictError:
                # Somebody else stored the same simulation while this one ran.
                known = self._find(recipe, used)
                if known is None:
                    raise
                return self._stored(known, repeated=True)
            return self._stored(new, repeated=False)

    def run_many(
        self,
        recipes: Iterable[Recipe],
        *,
        model: Model | None = None,
        work_order: str | None = None,
    ) -> "list[KeptSimulation]":
        """Simulate many recipes and store the results, or find those that are stored already.

        A hundred are stored together or not at all.  After a failure what was stored before it
        stays, and is answered from the store the next time.

        Args:
            recipes: as for :meth:`run`; one that is given twice is simulated once.
            model: the model to use; unset means :meth:`model`.
            work_order: as for :meth:`run`.

        Returns:
            One for each recipe, in their order, without the curves; :meth:`curve` returns those.

        Raises:
            MggError: as for :meth:`run`.
        """
        given = [*recipes]
        target = f"{len(given)} recipes"
        with self._office.doing("work", "simulation", "simulate recipes", target):
            used = model or self.model()
            if work_order:
                with self._office.transaction() as connection:
                    work_order_id(connection, work_order)
            kept: dict[Recipe, KeptSimulation] = {}
            # In one order for all: two who store the same then wait for each other in turn.
            for portion in _portions(sorted({*given}, key=str)):
                kept |= self._keep(portion, used, work_order)
            return [kept[recipe] for recipe in given]

    def list(
        self, search: str | None = None, *, limit: int = 200, offset: int = 0
    ) -> list[SimulationSummary]:
        """Return the newest simulations, newest first, whose codes, model or maker match.

        Args:
            search: a text that one of them contains; None: all simulations.
            limit: at most so many.
            offset: leave out so many.
        """
        with self._office.transaction() as connection:
            return simulations.list_simulations(
                connection, search=search, limit=limit, offset=offset
            )

    def count(self, search: str | None = None) -> int:
        """Return how many simulations match, as :meth:`list` matches them."""
        with self._office.transaction() as connection:
            return simulations.count_simulations(connection, search=search)

    def get(self, simulation_id: int) -> SimulationSummary:
        """Return a simulation.

        Raises:
            NotFoundError: there is none of that id, or this account may not see it.
        """
        with self._office.transaction() as connection:
            return simulations.get_simulation(connection, simulation_id)

    def curve(self, simulation_id: int) -> PTCurve:
        """Return the curve of a simulation.

        Raises:
            NotFoundError: there is none of that id, or this account may not see it.
        """
        with self._office.transaction() as connection:
            return self._office.read_curve(connection, "simulation", simulation_id)

    def similar(
        self,
        simulation_id: int,
        count: int = 10,
        *,
        kinds: Sequence[Kind] = KINDS,
        shift_weight_mpa_per_ms: float = 0.0,
    ) -> SimilarCurves:
        """Find the stored tests and simulations that look like a simulation, nearest first.

        Args:
            simulation_id: the simulation, which is found too, at distance 0.
            count: as for :meth:`Tests.similar`, as are the other arguments.
            kinds: what to search.
            shift_weight_mpa_per_ms: what a millisecond between the ignition times counts.

        Raises:
            MggError: as for :meth:`Tests.similar`.
        """
        return self._finder.similar(
            ("simulation", simulation_id),
            count=count,
            kinds=kinds,
            shift_weight_mpa_per_ms=shift_weight_mpa_per_ms,
        )

    def _keep(
        self, recipes: Sequence[Recipe], model: Model, work_order: str | None
    ) -> dict[Recipe, KeptSimulation]:
        simulated: dict[Recipe, Simulation] = {}
        for tries_left in reversed(range(MOST_TRIES)):
            with self._office.transaction() as connection:
                known = {
                    recipe: found
                    for recipe in recipes
                    if (found := _find(connection, recipe, model)) is not None
                }
            new = [recipe for recipe in recipes if recipe not in known]
            lacking = [recipe for recipe in new if recipe not in simulated]
            results = simulate_many(lacking, model, intervals=False)
            simulated |= dict(zip(lacking, results, strict=True))
            try:
                with self._office.transaction() as connection:
                    ids = {
                        recipe: _store(connection, recipe, model, simulated[recipe], work_order)
                        for recipe in new
                    }
                    for found in known.values():
                        _log_repeated(connection, found)
                    return {
                        recipe: KeptSimulation(
                            simulations.get_simulation(connection, number), recipe in known
                        )
                        for recipe, number in (known | ids).items()
                    }
            except ConflictError:
                # Somebody else stored one of the same while these ran: look again.
                if not tries_left:
                    raise
        raise AssertionError("the last try returns or raises")

    def _find(self, recipe: Recipe, model: Model) -> int | None:
        with self._office.transaction() as connection:
            return _find(connection, recipe, model)

    def _store(
        self, recipe: Recipe, model: Model, simulation: Simulation, work_order: str | None
    ) -> int:
        with self._office.transaction() as connection:
            return _store(connection, recipe, model, simulation, work_order)

    def _stored(self, simulation_id: int, *, repeated: bool) -> StoredSimulation:
        with self._office.transaction() as connection:
            if repeated:
                _log_repeated(connection, simulation_id)
            return StoredSimulation(
                simulations.get_simulation(connection, simulation_id),
                self._office.read_curve(connection, "simulation", simulation_id),
                repeated,
            )


def _find(connection: Connection, recipe: Recipe, model: Model) -> int | None:
    return simulations.find_simulation(
        connection, recipe, fingerprint=model.fingerprint, t_end_ms=T_END_MS, dt_ms=DT_MS
    )


def _store(
    connection: Connection,
    recipe: Recipe,
    model: Model,
    simulation: Simulation,
    work_order: str | None,
) -> int:
    new = simulations.store_simulation(
        connection,
        recipe_id=store_recipe(connection, recipe),
        model_version_id=models.store_model(
            connection,
            name=model.name,
            parameters=model.document.plain(),
            fingerprint=model.fingerprint,
        ),
        work_order_id=work_order_id(connection, work_order) if work_order else None,
        curve=simulation.curve,
        features=simulation.features,
        warnings=simulation.warnings,
        t_end_ms=T_END_MS,
        dt_ms=DT_MS,
    )
    write_log(
        connection,
        "simulation",
        "simulate a recipe",
        object_type="forward_simulations",
        object_id=new,
        details={"recipe": str(recipe), "model": model.name},
    )
    return new


def _log_repeated(connection: Connection, simulation_id: int) -> None:
    write_log(
        connection,
        "simulation",
        "answer from the store",
        object_type="forward_simulations",
        object_id=simulation_id,
    )


def _portions(recipes: Sequence[Recipe]) -> Iterator[Sequence[Recipe]]:
    for first in range(0, len(recipes), AT_ONCE):
        yield recipes[first : first + AT_ONCE]

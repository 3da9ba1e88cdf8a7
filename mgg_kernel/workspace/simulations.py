"""``ws.simulations``: from a recipe to a stored curve."""

import json
from dataclasses import dataclass

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import ConflictError
from mgg_kernel.hot import models, simulations
from mgg_kernel.hot.log import write_log
from mgg_kernel.hot.recipes import store_recipe
from mgg_kernel.hot.samples import read_simulation_curve
from mgg_kernel.hot.simulations import SimulationSummary
from mgg_kernel.hot.work_orders import work_order_id
from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation import Model, Simulation, default_model, simulate
from mgg_kernel.simulation.forward import DT_MS, T_END_MS
from mgg_kernel.workspace.office import Office

__all__ = ["Simulations", "StoredSimulation"]


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


class Simulations:
    """The simulations that the acting account may see."""

    def __init__(self, office: Office) -> None:
        self._office = office

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

    def list(self, search: str | None = None, *, limit: int = 200) -> list[SimulationSummary]:
        """Return the newest simulations, newest first, whose codes, model or maker match."""
        with self._office.transaction() as connection:
            return simulations.list_simulations(connection, search=search, limit=limit)

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
            return read_simulation_curve(connection, simulation_id)

    def _find(self, recipe: Recipe, model: Model) -> int | None:
        with self._office.transaction() as connection:
            return simulations.find_simulation(
                connection,
                recipe,
                fingerprint=model.fingerprint,
                t_end_ms=T_END_MS,
                dt_ms=DT_MS,
            )

    def _store(
        self, recipe: Recipe, model: Model, simulation: Simulation, work_order: str | None
    ) -> int:
        with self._office.transaction() as connection:
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

    def _stored(self, simulation_id: int, *, repeated: bool) -> StoredSimulation:
        with self._office.transaction() as connection:
            if repeated:
                write_log(
                    connection,
                    "simulation",
                    "answer from the store",
                    object_type="forward_simulations",
                    object_id=simulation_id,
                )
            return StoredSimulation(
                simulations.get_simulation(connection, simulation_id),
                read_simulation_curve(connection, simulation_id),
                repeated,
            )

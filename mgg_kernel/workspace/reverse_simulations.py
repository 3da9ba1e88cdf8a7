"""``ws.simulations.reverse``: from the curve that is wanted to recipes, stored and carried on."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from mgg_kernel.errors import ReverseError
from mgg_kernel.hot import models, reverse_simulations, work_orders
from mgg_kernel.hot.log import write_log
from mgg_kernel.hot.recipes import tested_recipes
from mgg_kernel.hot.reverse_simulations import ReverseSummary
from mgg_kernel.hot.work_orders import Priority, WorkOrder, work_order_id
from mgg_kernel.recipe import Recipe
from mgg_kernel.reverse import (
    CANDIDATES,
    Candidate,
    Constraints,
    Progress,
    Reverse,
    Target,
    reverse,
)
from mgg_kernel.simulation import Model
from mgg_kernel.workspace.office import Office
from mgg_kernel.workspace.stored_reverse import (
    MAX_TITLE_LENGTH,
    StoredReverse,
    document_of,
    known_volumes,
    read_stored,
    title_of,
)

if TYPE_CHECKING:
    from mgg_kernel.workspace.simulations import Simulations, StoredSimulation

__all__ = ["ReverseSimulations"]

SEARCH, AGAIN = "search recipes", "search recipes again"
SIMULATE, ORDER = "simulate a candidate", "order a candidate"


class ReverseSimulations:
    """The reverse simulations that the acting account may see; called, it makes one.

    ::

        target = Target(peak_pressure_mpa=84, peak_time_ms=7.9)
        stored = ws.simulations.reverse(target, constraints)
        ws.simulations.reverse.order(stored.id, rank=2, title="try this one")
    """

    def __init__(self, office: Office, simulations: "Simulations") -> None:
        self._office = office
        self._simulations = simulations

    def __call__(
        self,
        target: Target,
        constraints: Constraints,
        *,
        model: Model | None = None,
        title: str = "",
        work_order: str | None = None,
        count: int = CANDIDATES,
        progress: Callable[[Progress], None] | None = None,
        stop: Callable[[], bool] | None = None,
        found: Callable[[Sequence[Candidate]], None] | None = None,
    ) -> StoredReverse:
        """Search the recipes that give what is wanted, and store what was found.

        What the own team has fired counts as tested.  Target, constraints, tested recipes, the
        version of the model and all candidates land together or not at all; :meth:`again` makes
        the same of them.

        Args:
            target: the curve, read-outs or corridor that is wanted.
            constraints: what must stay, which types to choose among, and the limits.
            model: the model to ask; the one in use if not given.
            title: what to call it, at most 200 characters; what is wanted if not given.
            work_order: number of the open work order that it is for.
            count: at most so many candidates.
            progress: told each step.
            stop: asked at each step; True ends the search, and nothing is stored.
            found: told the candidates so far, as they get better.

        Raises:
            AccessError: the acting account may not simulate.
            NotFoundError: there is no such work order.
            ConflictError: the work order is closed.
            ReverseError: nothing can be searched with these, the title is too long, or it was
                stopped.
            SimulationError: a recipe cannot be simulated.
        """
        named = title or title_of(target)
        with self._office.doing("work", "simulation", SEARCH, named):
            _check(named)
            used = model or self._simulations.model()
            with self._office.transaction() as connection:
                if work_order:
                    work_order_id(connection, work_order)
                tested = known_volumes(tested_recipes(connection), used)
            result = reverse(
                target,
                constraints,
                used,
                tested=tested,
                count=count,
                progress=progress,
                stop=stop,
                found=found,
            )
            return self._keep(result, used, tested, named, work_order)

    def keep(
        self,
        result: Reverse,
        *,
        model: Model,
        tested: Sequence[Recipe] = (),
        title: str = "",
        work_order: str | None = None,
    ) -> StoredReverse:
        """Store what :func:`mgg_kernel.reverse.reverse` returned.

        Args:
            result: what it returned.
            model: the model that it asked.
            tested: the tested recipes that it was given.
            title: what to call it; what is wanted if not given.
            work_order: number of the open work order that it is for.

        Raises:
            AccessError: the acting account may not simulate.
            NotFoundError: there is no such work order.
            ConflictError: the work order is closed.
            ReverseError: it asked another model, or the title is too long.
        """
        named = title or title_of(result.target)
        with self._office.doing("work", "simulation", SEARCH, named):
            _check(named)
            if result.model_fingerprint != model.fingerprint:
                raise ReverseError(
                    f"This reverse simulation asked the model '{result.model_name}' and not "
                    f"'{model.name}' as given here; give the one that it asked."
                )
            return self._keep(result, model, tested, named, work_order)

    def again(
        self,
        reverse_id: int,
        *,
        progress: Callable[[Progress], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Reverse:
        """Search once more with all that a stored one depends on, and store nothing.

        With the version of the program that made it (``summary.code_version``) the result equals
        ``stored.reverse``; only the time that it took differs.

        Args:
            reverse_id: id of the stored one.
            progress: told each step.
            stop: asked at each step; True ends the search.

        Raises:
            AccessError: the acting account may not simulate.
            NotFoundError: there is none of that id, or this account may not see it.
            ReverseError: it was stopped.
        """
        with self._office.doing("work", "simulation", AGAIN, reverse_id):
            stored, model = self._stored(reverse_id)
            before = stored.reverse
            result = reverse(
                before.target,
                before.constraints,
                model,
                tested=stored.tested,
                # However many were asked for, these are the best of them.
                count=max(len(before.candidates), 1),
                progress=progress,
                stop=stop,
            )
            with self._office.transaction() as connection:
                _log(connection, AGAIN, reverse_id, {"same": result == before})
            return result

    def simulate(self, reverse_id: int, rank: int = 1) -> "StoredSimulation":
        """Simulate a candidate with the model that found it, and store the curve.

        Args:
            reverse_id: id of the stored reverse simulation.
            rank: which of its candidates; 1 is the best.

        Raises:
            AccessError: the acting account may not simulate.
            NotFoundError: there is no such reverse simulation or candidate.
            RecipeError: a code of the recipe is not in the catalogue.
        """
        with self._office.doing("work", "simulation", SIMULATE, reverse_id):
            stored, model = self._stored(reverse_id)
            done = self._simulations.run(stored.candidate(rank).recipe, model=model)
            with self._office.transaction() as connection:
                _log(connection, SIMULATE, reverse_id, {"rank": rank, "simulation": done.id})
            return done

    def order(
        self, reverse_id: int, rank: int = 1, *, title: str = "", priority: Priority = "normal"
    ) -> WorkOrder:
        """Open a work order for a candidate; it names the reverse simulation that it came of.

        Args:
            reverse_id: id of the stored reverse simulation.
            rank: which of its candidates; 1 is the best.
            title: title of the work order; that of the reverse simulation if not given.
            priority: how much it presses.

        Raises:
            AccessError: the acting account may not.
            NotFoundError: there is no such reverse simulation or candidate.
            RecipeError: a code of the recipe is not in the catalogue.
        """
        with (
            self._office.doing("work", "work_order", ORDER, reverse_id),
            self._office.transaction() as connection,
        ):
            stored = read_stored(connection, reverse_id)
            order = work_orders.create_work_order(
                connection,
                recipe=stored.candidate(rank).recipe,
                title=title or stored.summary.title,
                priority=priority,
                reverse_simulation_id=reverse_id,
            )
            write_log(
                connection,
                "work_order",
                ORDER,
                object_type="work_orders",
                object_id=order.number,
                details={"reverse_simulation": reverse_id, "rank": rank},
            )
            return order

    def get(self, reverse_id: int) -> StoredReverse:
        """Return a stored reverse simulation.

        Raises:
            NotFoundError: there is none of that id, or this account may not see it.
        """
        with self._office.transaction() as connection:
            return read_stored(connection, reverse_id)

    def list(self, search: str | None = None, *, limit: int = 200) -> list[ReverseSummary]:
        """Return the newest, newest first, whose title, model, work order or maker match."""
        with self._office.transaction() as connection:
            return reverse_simulations.list_reverses(connection, search=search, limit=limit)

    def _stored(self, reverse_id: int) -> tuple[StoredReverse, Model]:
        with self._office.transaction() as connection:
            stored = read_stored(connection, reverse_id)
            version = stored.summary.model_version_id
            return stored, Model.from_plain(models.model_parameters(connection, version))

    def _keep(
        self,
        result: Reverse,
        model: Model,
        tested: Sequence[Recipe],
        title: str,
        work_order: str | None,
    ) -> StoredReverse:
        with self._office.transaction() as connection:
            new = reverse_simulations.store_reverse(
                connection,
                document_of(result, tested),
                title=title,
                model_version_id=models.store_model(
                    connection,
                    name=model.name,
                    parameters=model.document.plain(),
                    fingerprint=model.fingerprint,
                ),
                work_order_id=work_order_id(connection, work_order) if work_order else None,
            )
            found = {"candidates": len(result.candidates), "reachable": result.reachable}
            _log(connection, SEARCH, new, {"title": title, "model": model.name, **found})
            return read_stored(connection, new)


def _check(title: str) -> None:
    if len(title) > MAX_TITLE_LENGTH:
        raise ReverseError(
            f"A title has at most {MAX_TITLE_LENGTH} characters, but this has {len(title)}; "
            "shorten it."
        )


def _log(connection: Connection, action: str, reverse_id: int, details: dict[str, Any]) -> None:
    write_log(
        connection,
        "simulation",
        action,
        object_type="reverse_simulations",
        object_id=reverse_id,
        details=details,
    )

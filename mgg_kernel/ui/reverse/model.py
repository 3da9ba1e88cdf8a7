"""What the Reverse page knows and can do, without any widget."""

import threading
from collections.abc import Generator, Mapping, Sequence

from traitlets import HasTraits, Instance, Tuple, Unicode

from mgg_kernel.hot.work_orders import WorkOrder
from mgg_kernel.reverse import Candidate, Constraints
from mgg_kernel.reverse.candidate import Progress
from mgg_kernel.simulation import Model
from mgg_kernel.ui.background import in_background
from mgg_kernel.ui.recipe_form import RecipeForm
from mgg_kernel.ui.reverse.wanted import WantedForm
from mgg_kernel.workspace import StoredSimulation, Workspace
from mgg_kernel.workspace.rights import RIGHTS
from mgg_kernel.workspace.stored_reverse import StoredReverse

__all__ = ["ReverseModel"]

LISTED = 25
SHOWN = 8


class ReverseModel(HasTraits):
    """The Reverse page: what is wanted, what must stay, and the recipes that were found.

    Args:
        ws: the workspace of whoever looks.
    """

    listed = Tuple()
    """The newest reverse simulations that match the search."""
    corridors = Tuple()
    """Names of the corridors that can be searched for: those with times as recorded."""
    stored = Instance(StoredReverse, allow_none=True)
    """The reverse simulation that is shown."""
    early = Tuple()
    """Candidates that a search has found so far: they get better."""
    progress = Instance(Progress, allow_none=True)
    chosen = Instance(Candidate, allow_none=True)
    """The candidate that is looked at."""
    simulated = Instance(StoredSimulation, allow_none=True)
    """The chosen candidate's simulation, once it was asked for."""
    ordered = Instance(WorkOrder, allow_none=True)
    """The work order that was opened for it."""
    igniters = Tuple()
    """The igniters to choose among; empty: the one of the form."""
    max_pressure_mpa = Unicode()
    max_charges = Unicode("2")
    model_name = Unicode()

    def __init__(self, ws: Workspace) -> None:
        super().__init__()
        self._ws = ws
        self._searched = ""
        self.wanted = WantedForm()
        self.form = RecipeForm()
        """Of it only the surroundings count: igniter, vessel, shell, current, device."""
        self.may_work = False
        self.timezone = ws.settings.timezone

    def load(self, query: Mapping[str, str]) -> None:
        """Read what the page begins with, and show what its address asks for.

        Raises:
            NotFoundError: there is no such thing, or this account may not see it.
        """
        self.may_work = self._ws.user.role in RIGHTS["work"]
        self.model_name = self._ws.simulations.model().name
        if self.may_work:
            self.form.load(self._ws)
        stored = self._ws.corridors.list()
        self.corridors = tuple(one.corridor.name for one in stored if one.corridor.align == "none")
        self.refresh()
        if "reverse" in query:
            self.open(_id(query["reverse"]))
        elif "test" in query:
            self.wanted.kind, self.wanted.test = "test", query["test"]
            recipe = self._ws.tests.get(_id(query["test"])).recipe
            if recipe is not None and self.may_work:
                self.form.fill(recipe)

    def search_stored(self, text: str) -> None:
        """List the newest reverse simulations whose title, model, order or maker match."""
        self._searched = text
        self.refresh()

    def refresh(self) -> None:
        """Read the newest reverse simulations again."""
        self.listed = tuple(self._ws.simulations.reverse.list(self._searched or None, limit=LISTED))

    def search(self) -> Generator[None, None, None]:
        """Search the recipes that give what is wanted, and store them; yields while it runs.

        Whoever ends it early has stored nothing.

        Raises:
            ReverseError: nothing can be searched with these.
            RecipeError: a code or a number of the surroundings cannot be.
            AccessError: this account may not.
        """
        target = self.wanted.target(
            self._ws.tests.curve, lambda name: self._ws.corridors.get(name).corridor
        )
        constraints = self._constraints()
        cancel, made = threading.Event(), list[StoredReverse]()
        heard: list[Progress] = []
        early: list[Sequence[Candidate]] = []

        def work() -> None:
            made.append(
                self._ws.simulations.reverse(
                    target,
                    constraints,
                    progress=heard.append,
                    found=early.append,
                    stop=cancel.is_set,
                )
            )

        self._clear()
        try:
            for _ in in_background(work, cancel):
                self.progress = heard[-1] if heard else None
                if early:
                    self.early = tuple(early[-1][:SHOWN])
                yield
        finally:
            self.progress, self.early = None, ()
        self._show(made[0])
        self.refresh()

    def open(self, reverse_id: int) -> None:
        """Show a stored reverse simulation.

        Raises:
            NotFoundError: there is none of that id, or this account may not see it.
        """
        stored = self._ws.simulations.reverse.get(reverse_id)
        if self.may_work:
            self._fill(stored)
        self._show(stored)

    def choose(self, candidate: Candidate) -> None:
        """Look at a candidate."""
        with self.hold_trait_notifications():
            self.simulated, self.ordered, self.chosen = None, None, candidate

    def simulate(self) -> None:
        """Simulate the chosen candidate and store the curve.

        Raises:
            AccessError: this account may not.
            RecipeError: a code of it is not in the catalogue.
        """
        if self.stored is not None and self.chosen is not None:
            reverse = self._ws.simulations.reverse
            self.simulated = reverse.simulate(self.stored.id, self.chosen.rank)

    def order(self) -> None:
        """Open a work order for the chosen candidate.

        Raises:
            AccessError: this account may not.
            RecipeError: a code of it is not in the catalogue.
        """
        if self.stored is not None and self.chosen is not None:
            self.ordered = self._ws.simulations.reverse.order(self.stored.id, self.chosen.rank)

    def asked_model(self) -> Model | None:
        """Return the model that the shown search asked, for drawing its candidates."""
        if self.stored is None:
            return None
        model = self._ws.simulations.model()
        if model.fingerprint == self.stored.reverse.model_fingerprint:
            return model
        return self._ws.models.load(self.stored.summary.model_version_id)

    @property
    def query(self) -> dict[str, int]:
        """What is shown, as an address names it."""
        return {} if self.stored is None else {"reverse": self.stored.id}

    def _fill(self, stored: StoredReverse) -> None:
        """Put into the form what a stored search had asked, for the next one."""
        asked = stored.reverse.constraints
        self.wanted.fill(stored.reverse.target)
        self.igniters = asked.igniters if len(asked.igniters) > 1 else ()
        self.form.surround(
            asked.igniters[0], asked.vessel, asked.shell_mm, asked.current_a, asked.device
        )
        self.max_charges = str(asked.max_charges)
        limit = asked.max_pressure_mpa
        self.max_pressure_mpa = "" if limit is None else f"{limit:g}"

    def _constraints(self) -> Constraints:
        form = self.form
        limit = self.max_pressure_mpa.strip()
        return Constraints(
            igniters=tuple(self.igniters) or (form.igniter,),
            vessel=form.vessel,
            shell_mm=form.shell_height_mm,
            current_a=form.firing_current_a,
            device=form.device,
            max_charges=int(self.max_charges),
            max_pressure_mpa=float(limit) if _is_number(limit) else None,
        )

    def _clear(self) -> None:
        with self.hold_trait_notifications():
            self.stored, self.chosen, self.simulated, self.ordered = None, None, None, None

    def _show(self, stored: StoredReverse) -> None:
        with self.hold_trait_notifications():
            self.simulated, self.ordered = None, None
            self.stored = stored
            self.chosen = stored.reverse.candidates[0] if stored.reverse.candidates else None


def _id(text: str) -> int:
    """Return the id in an address; one that is no number is no row either."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _is_number(text: str) -> bool:
    try:
        return float(text) > 0
    except ValueError:
        return False

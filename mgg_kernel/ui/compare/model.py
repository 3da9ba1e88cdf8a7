"""What the Compare page knows and can do, without any widget."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from traitlets import HasTraits, Instance, Tuple, Unicode

from mgg_kernel.comparison import Comparison, Method
from mgg_kernel.comparison.method import through_filter
from mgg_kernel.curve import Features, PTCurve
from mgg_kernel.errors import ComparisonError
from mgg_kernel.hot.comparisons import StoredComparison
from mgg_kernel.hot.simulations import SimulationSummary
from mgg_kernel.hot.test_results import TestSummary
from mgg_kernel.ui.pager import Pages
from mgg_kernel.ui.recipe_form import RecipeForm
from mgg_kernel.workspace import Similar, StoredSimulation, Workspace
from mgg_kernel.workspace.rights import RIGHTS

__all__ = ["CompareModel", "Pair"]

LISTED = 100
LATEST = 12
ALIKE = 12
MAX_NOTE = 1_000


@dataclass(frozen=True)
class Pair:
    """A simulation and a test side by side, behind the filter of their comparison."""

    simulated: PTCurve
    measured: PTCurve
    comparison: Comparison

    @property
    def features(self) -> tuple[Features, Features]:
        """What is read off the simulation and off the test."""
        definitions = self.comparison.settings.definitions
        return self.simulated.features(definitions), self.measured.features(definitions)


class CompareModel(HasTraits):
    """The Compare page: a simulation and a test are chosen, compared, and the result is stored.

    Args:
        ws: the workspace of whoever looks.
    """

    simulations = Tuple()
    """A page of the simulations that match the search, newest first."""
    simulation_pages = Instance(Pages, (0, LISTED))
    tests = Tuple()
    """A page of the tests that match the search, newest first."""
    test_pages = Instance(Pages, (0, LISTED))
    simulation = Instance(SimulationSummary, allow_none=True)
    test = Instance(TestSummary, allow_none=True)
    pair = Instance(Pair, allow_none=True)
    """The comparison of both, once both are chosen."""
    alone = Instance(PTCurve, allow_none=True)
    """The curve of the one that is chosen, as long as the other one is not."""
    made = Instance(StoredSimulation, allow_none=True)
    """The simulation that was just made here."""
    stored = Instance(StoredComparison, allow_none=True)
    """The stored comparison that is shown."""
    method = Instance(Method)
    """How the two are compared."""
    alike = Instance(tuple, allow_none=True)
    """The stored curves that look like the chosen one; None: not yet searched."""
    latest = Tuple()
    """The newest stored comparisons."""
    note = Unicode()
    """The remark to store with the comparison."""

    def __init__(self, ws: Workspace) -> None:
        super().__init__(method=Method())
        self._ws = ws
        self._searched_simulations: str | None = None
        self._searched_tests: str | None = None
        self.form = RecipeForm()
        self.may_work = False
        self.timezone = ws.settings.timezone

    def load(self) -> None:
        """Read from the database what the page begins with."""
        self.may_work = self._ws.user.role in RIGHTS["work"]
        if self.may_work:
            self.form.load(self._ws)
        self.search_simulations("")
        self.search_tests("")
        self.refresh()

    def refresh(self) -> None:
        """Read the newest comparisons again."""
        self.latest = tuple(self._ws.comparisons.list(limit=LATEST))

    def search_simulations(self, text: str) -> None:
        """List the simulations whose codes, model or maker contain a text."""
        self._searched_simulations = text or None
        self._list_simulations(0)

    def turn_simulations(self, by: int) -> None:
        """List another page of the simulations."""
        self._list_simulations(self.simulation_pages.after(by))

    def search_tests(self, text: str) -> None:
        """List the tests whose name, file, product, work order or maker contain a text."""
        self._searched_tests = text or None
        self._list_tests(0)

    def turn_tests(self, by: int) -> None:
        """List another page of the tests."""
        self._list_tests(self.test_pages.after(by))

    def open_query(self, query: Mapping[str, str]) -> None:
        """Show what an address asks for: a simulation, a test, or a stored comparison.

        Raises:
            NotFoundError: there is no such thing, or this account may not see it.
            ComparisonError: it asks for a method that makes no sense.
        """
        if "comparison" in query:
            self.open(_number(query["comparison"]))
            return
        self.method = Method.of_query(query)
        if "simulation" in query:
            self.choose_simulation(_number(query["simulation"]))
        if "test" in query:
            self.choose_test(_number(query["test"]))

    def choose_simulation(self, simulation_id: int | None) -> None:
        """Choose a simulation, or none."""
        chosen = None if simulation_id is None else self._ws.simulations.get(simulation_id)
        if chosen != self.simulation:
            self._show(chosen, self.test)

    def choose_test(self, test_id: int | None) -> None:
        """Choose a test, or none."""
        chosen = None if test_id is None else self._ws.tests.get(test_id)
        if chosen != self.test:
            self._show(self.simulation, chosen)

    def choose_method(
        self,
        *,
        rate_hz: float | None,
        filter: str | None,  # noqa: A002
        window_ms: tuple[float, float] | None,
    ) -> None:
        """Compare in another way; where that cannot be done, what was shown before stays.

        Raises:
            ComparisonError: these two cannot be compared in this way.
        """
        chosen = replace(self.method, rate_hz=rate_hz, filter=filter, window_ms=window_ms)
        if chosen != self.method:
            self._show(self.simulation, self.test, chosen)

    def find_alike(self) -> None:
        """Search the stored curves that look like the test, or like the simulation without one.

        Raises:
            ComparisonError: the curve is too short after ignition.
        """
        asked: tuple[str, int]
        if self.test is not None:
            asked = ("test", self.test.id)
            found = self._ws.tests.similar(self.test.id, count=ALIKE + 1)
        elif self.simulation is not None:
            asked = ("simulation", self.simulation.id)
            found = self._ws.simulations.similar(self.simulation.id, count=ALIKE + 1)
        else:
            return
        self.alike = tuple(one for one in found if (one.kind, one.id) != asked)[:ALIKE]

    def choose_alike(self, found: Similar) -> None:
        """Choose a curve that was found."""
        if found.kind == "test":
            self.choose_test(found.id)
        else:
            self.choose_simulation(found.id)

    def take_recipe(self) -> None:
        """Put the chosen test's recipe into the form."""
        if self.test is not None and self.test.recipe is not None:
            self.form.fill(self.test.recipe)

    def simulate(self) -> None:
        """Simulate the form's recipe, store the result and choose it.

        Raises:
            RecipeError: the form is not complete or not possible.
            SimulationError: it cannot be simulated.
            AccessError: this account may not.
        """
        made = self._ws.simulations.run(self.form.recipe())
        self.search_simulations("")
        self.choose_simulation(made.id)
        self.made = made

    def save(self) -> None:
        """Store the comparison that is shown, with the note.

        Raises:
            ComparisonError: the note is too long.
            AccessError: this account may not.
        """
        if self.simulation is None or self.test is None:
            return
        if len(self.note) > MAX_NOTE:
            raise ComparisonError(
                f"The note has {len(self.note):,} characters, but at most {MAX_NOTE:,} are kept; "
                "shorten it."
            )
        self.stored = self._ws.comparisons.save(
            self.simulation.id, self.test.id, note=self.note, **self.method.arguments()
        )
        self.note = ""
        self.refresh()

    def open(self, comparison_id: int) -> None:
        """Show a stored comparison."""
        found = self._ws.comparisons.get(comparison_id)
        simulation = self._ws.simulations.get(found.simulation_id)
        test = self._ws.tests.get(found.test_result_id)
        self._show(simulation, test, Method.of_settings(found.settings))
        self.stored = found

    @property
    def shown(self) -> dict[str, int | str]:
        """What is shown, as an address names it: never to whom."""
        if self.stored is not None:
            return {"comparison": self.stored.id}
        chosen = {"simulation": self.simulation, "test": self.test}
        ids = {name: one.id for name, one in chosen.items() if one is not None}
        return {**ids, **self.method.as_query()}

    def _list_simulations(self, number: int) -> None:
        stored, search = self._ws.simulations, self._searched_simulations
        found = stored.list(search, limit=LISTED, offset=number * LISTED)
        with self.hold_trait_notifications():
            self.simulations = tuple(found)
            self.simulation_pages = Pages(stored.count(search), LISTED, number)

    def _list_tests(self, number: int) -> None:
        stored, search = self._ws.tests, self._searched_tests
        found = stored.list(search, limit=LISTED, offset=number * LISTED)
        with self.hold_trait_notifications():
            self.tests = tuple(found)
            self.test_pages = Pages(stored.count(search), LISTED, number)

    def _show(
        self,
        simulation: SimulationSummary | None,
        test: TestSummary | None,
        method: Method | None = None,
    ) -> None:
        """Show these two; where they cannot be compared, what was shown before stays.

        Args:
            simulation: the chosen one.
            test: the chosen one.
            method: how to compare them; None: as before.
        """
        method = method or self.method
        pair, alone = None, None
        if simulation is not None and test is not None:
            pair = Pair(
                simulated=through_filter(
                    self._ws.simulations.curve(simulation.id), method.filter, "simulated"
                ),
                measured=through_filter(self._ws.tests.curve(test.id), method.filter, "measured"),
                comparison=self._ws.comparisons.compute(
                    simulation.id, test.id, **method.arguments()
                ),
            )
        elif simulation is not None:
            alone = self._ws.simulations.curve(simulation.id)
        elif test is not None:
            alone = self._ws.tests.curve(test.id)
        self.stored, self.made = None, None
        if (simulation, test) != (self.simulation, self.test):
            self.alike = None
        with self.hold_trait_notifications():
            self.method = method
            self.simulation, self.test = simulation, test
            self.pair, self.alone = pair, alone


def _number(text: str) -> int:
    """Return the id in an address; one that is no number is no row either."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0

"""What the Simulate page knows and can do, without any widget."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from traitlets import HasTraits, Instance, Tuple, Unicode

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import RecipeError
from mgg_kernel.hot.simulations import SimulationSummary
from mgg_kernel.recipe import ChargeAmount, Recipe
from mgg_kernel.simulation import Simulation, simulate
from mgg_kernel.ui.recipe_form import RecipeForm
from mgg_kernel.workspace import Workspace
from mgg_kernel.workspace.rights import RIGHTS

__all__ = ["Shown", "SimulateModel", "Variant"]

LISTED = 25
MOST_KEPT = 5
ALIKE = 6
MOST_STEPS = 25
PLACES = ("nc_1", "nc_2", "gp")


@dataclass(frozen=True)
class Shown:
    """A stored simulation with its curve.

    `computed` is the same simulation as the model in use makes it now, with its intervals; None
    where another model made the stored one, or where that one has no intervals.
    """

    summary: SimulationSummary
    curve: PTCurve
    computed: Simulation | None = None


@dataclass(frozen=True)
class Variant:
    """One of a series in which one amount changes; nothing of it is stored."""

    mass_mg: Decimal
    simulation: Simulation


class SimulateModel(HasTraits):
    """The Simulate page: a recipe is simulated, and laid over others.

    Args:
        ws: the workspace of whoever looks.
    """

    shown = Instance(Shown, allow_none=True)
    kept = Tuple()
    """Simulations that stay in the picture, to be compared with: :class:`Shown`."""
    listed = Tuple()
    """The newest simulations that match the search."""
    products = Tuple()
    """Imported products whose recipe can be taken: records of ``ws.recipes``."""
    alike = Tuple()
    """Stored tests that look like the shown curve."""
    variants = Tuple()
    """The series in which one amount changes."""
    progress = Tuple()
    """How many of how many variants are done; empty while none are made."""
    model_name = Unicode()
    """The model in use."""

    def __init__(self, ws: Workspace) -> None:
        super().__init__()
        self._ws = ws
        self._searched = ""
        self.form = RecipeForm()
        self.may_work = False
        self.timezone = ws.settings.timezone

    def load(self, query: Mapping[str, str]) -> None:
        """Read what the page begins with, and show what its address asks for.

        Raises:
            NotFoundError: there is no such simulation, or this account may not see it.
        """
        self.may_work = self._ws.user.role in RIGHTS["work"]
        self.model_name = self._ws.simulations.model().name
        if self.may_work:
            self.form.load(self._ws)
            self.products = tuple(self._ws.recipes.list())
        self.refresh()
        kept = [part for part in query.get("keep", "").split(",") if part][:MOST_KEPT]
        self.kept = tuple(self._read(_number(part)) for part in kept)
        if "simulation" in query:
            self.open(_number(query["simulation"]))
        elif "test" in query:
            recipe = self._ws.tests.get(_number(query["test"])).recipe
            if recipe is not None and self.may_work:
                self.form.fill(recipe)

    def search(self, text: str) -> None:
        """List the newest simulations whose codes, model or maker contain a text."""
        self._searched = text
        self.refresh()

    def refresh(self) -> None:
        """Read the newest simulations again."""
        self.listed = tuple(self._ws.simulations.list(self._searched or None, limit=LISTED))

    def take_product(self, place: int) -> None:
        """Put the recipe of an imported product into the form."""
        self.form.fill(self.products[place].recipe)

    def run(self) -> None:
        """Simulate the form's recipe, store it, and show it.

        Raises:
            RecipeError: the form is not complete or not possible.
            SimulationError: the model cannot simulate it.
            AccessError: this account may not.
        """
        made = self._ws.simulations.run(self.form.recipe())
        self._show(self._with_intervals(Shown(made.summary, made.curve)))
        self.refresh()

    def open(self, simulation_id: int) -> None:
        """Show a stored simulation, and put its recipe into the form.

        Raises:
            NotFoundError: there is none of that id, or this account may not see it.
        """
        shown = self._with_intervals(self._read(simulation_id))
        if self.may_work:
            self.form.fill(shown.summary.recipe)
        self._show(shown)

    def keep(self) -> None:
        """Let the shown simulation stay in the picture while others are made."""
        known = [one.summary.id for one in self.kept]
        if self.shown is not None and self.shown.summary.id not in known:
            self.kept = (*self.kept, self.shown)[-MOST_KEPT:]

    def forget(self) -> None:
        """Take all that stayed out of the picture."""
        self.kept = ()

    def find_alike(self) -> None:
        """Search the stored tests that look like the shown curve.

        Raises:
            ComparisonError: the curve is too short after ignition.
        """
        if self.shown is not None:
            number = self.shown.summary.id
            found = self._ws.simulations.similar(number, count=ALIKE, kinds=("test",))
            self.alike = tuple(found)

    def vary(self, place: str, least: str, most: str, steps: str) -> Generator[None, None, None]:
        """Simulate a series in which one amount goes from one value to another.

        Nothing of it is stored.  Yields after each.

        Args:
            place: whose amount: ``nc_1``, ``nc_2`` or ``gp``.
            least: the first amount [mg], as it was typed.
            most: the last amount [mg].
            steps: how many, 2 … 25.

        Raises:
            RecipeError: a number is none, or the recipe lacks that charge.
        """
        recipe, masses = self.form.recipe(), _masses(least, most, steps)
        model = self._ws.simulations.model()
        made: list[Variant] = []
        self.variants = ()
        try:
            for done, mass_mg in enumerate(masses):
                self.progress = (done, len(masses))
                yield
                varied = _with_mass(recipe, place, mass_mg)
                made.append(Variant(mass_mg, simulate(varied, model)))
        finally:
            self.progress = ()
            self.variants = tuple(made)

    @property
    def query(self) -> dict[str, int | str]:
        """What is shown, as an address names it."""
        asked: dict[str, int | str] = {}
        if self.shown is not None:
            asked["simulation"] = self.shown.summary.id
        if self.kept:
            asked["keep"] = ",".join(str(one.summary.id) for one in self.kept)
        return asked

    def _show(self, shown: Shown) -> None:
        with self.hold_trait_notifications():
            self.alike, self.variants = (), ()
            self.shown = shown

    def _read(self, simulation_id: int) -> Shown:
        summary = self._ws.simulations.get(simulation_id)
        return Shown(summary, self._ws.simulations.curve(simulation_id))

    def _with_intervals(self, shown: Shown) -> Shown:
        model = self._ws.simulations.model()
        if model.fingerprint != shown.summary.model_fingerprint:
            return shown
        computed = simulate(shown.summary.recipe, model)
        return replace(shown, computed=computed if computed.intervals is not None else None)


def _masses(least: str, most: str, steps: str) -> list[Decimal]:
    try:
        first, last, count = Decimal(least.strip()), Decimal(most.strip()), int(steps)
        fits = first.is_finite() and last.is_finite() and 0 < first < last
    except (InvalidOperation, ValueError):
        fits, count = False, 0
    if not fits or not 2 <= count <= MOST_STEPS:
        raise RecipeError(
            f"A series goes from a smaller to a larger amount in mg, in 2 to {MOST_STEPS} steps, "
            "such as 600 to 900 in 7."
        )
    width = (last - first) / (count - 1)
    return [(first + width * at).quantize(Decimal("0.001")) for at in range(count)]


def _with_mass(recipe: Recipe, place: str, mass_mg: Decimal) -> Recipe:
    if place == "gp" and recipe.gp is not None:
        return replace(recipe, gp=ChargeAmount(recipe.gp.type_code, mass_mg))
    at = PLACES.index(place)
    if at >= len(recipe.nc):
        raise RecipeError("The recipe has no such charge; choose another one to vary.")
    charges = [
        ChargeAmount(charge.type_code, mass_mg) if number == at else charge
        for number, charge in enumerate(recipe.nc)
    ]
    return replace(recipe, nc=tuple(charges))


def _number(text: str) -> int:
    """Return the id in an address; one that is no number is no row either."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0

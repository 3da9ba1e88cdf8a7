"""What the Work orders page knows and can do, without any widget."""

from collections.abc import Mapping
from dataclasses import dataclass

from traitlets import Bool, HasTraits, Instance, Tuple, Unicode

from mgg_kernel.errors import MggError, NotFoundError
from mgg_kernel.hot.comparisons import StoredComparison
from mgg_kernel.hot.corridors import StoredCorridor
from mgg_kernel.hot.work_orders import WorkOrder
from mgg_kernel.lots import ControlCharts, Overlay, overlay, shot_charts
from mgg_kernel.ui.pager import Pages
from mgg_kernel.ui.recipe_form import RecipeForm
from mgg_kernel.workspace import Workspace
from mgg_kernel.workspace.corridors import Judgement
from mgg_kernel.workspace.rights import RIGHTS
from mgg_kernel.workspace.series import Series

__all__ = ["OrderShots", "OrdersModel"]

ON_A_PAGE = 25
STATUSES = ("open", "closed")
PRIORITIES = ("high", "normal", "low")
LISTED_TESTS = 300
CHARTED = "peak_pressure_mpa"
LEAST_CHARTED = 3


@dataclass(frozen=True)
class OrderShots:
    """The shots of an order: their tests and curves, laid over each other, and a control chart."""

    series: Series
    overlay: Overlay
    charts: ControlCharts | None


class OrdersModel(HasTraits):
    """The Work orders page: a list that is searched, and one order that is looked at.

    Args:
        ws: the workspace of whoever looks.
    """

    found = Tuple()
    """The orders on this page of the list, each with how many tests it has."""
    pages = Instance(Pages, (0, ON_A_PAGE))
    """How many orders match in all, and which of them are on this page."""
    search = Unicode()
    status = Unicode()
    """Only ``open`` or ``closed`` ones; empty: all."""
    priority = Unicode()
    """Only those of a priority; empty: all."""
    order = Instance(WorkOrder, allow_none=True)
    """The order that is looked at."""
    shots = Instance(OrderShots, allow_none=True)
    """Its shots; None without any."""
    comparisons = Tuple()
    """The stored comparisons of its shots."""
    corridors = Tuple()
    """The stored corridors that its shots can be judged by."""
    judged = Tuple()
    """What became of the shots in the chosen corridor."""
    judged_by = Instance(StoredCorridor, allow_none=True)
    linkable = Tuple()
    """Tests that name no order yet: they can be added."""
    with_recipe = Bool(False)
    """Whether a new order is opened with the recipe of the form."""

    def __init__(self, ws: Workspace) -> None:
        super().__init__()
        self._ws = ws
        self.form = RecipeForm()
        self.may_work = False
        self.timezone = ws.settings.timezone

    def load(self, query: Mapping[str, str]) -> None:
        """Read what the page begins with, and what its address asks for.

        Raises:
            NotFoundError: there is no such order, or this account may not see it.
        """
        self.may_work = self._ws.user.role in RIGHTS["work"]
        if self.may_work:
            self.form.load(self._ws)
        self.search = query.get("search", "")
        self.status = query.get("status", "") if query.get("status") in STATUSES else ""
        self.priority = query.get("priority", "") if query.get("priority") in PRIORITIES else ""
        self.refresh()
        if "order" in query:
            self.open(query["order"])

    def filter(self, *, search: str, status: str, priority: str) -> None:
        """List other orders, from the first page on."""
        self.search, self.status, self.priority = search, status, priority
        self._list(0)

    def turn(self, by: int) -> None:
        """Show another page of the list."""
        self._list(self.pages.after(by))

    def refresh(self) -> None:
        """Read the list again."""
        self._list(self.pages.number)

    def open(self, number: str) -> None:
        """Look at an order.

        Raises:
            NotFoundError: there is none of that number, or this account may not see it.
        """
        self._show(self._ws.work_orders.get(number))

    def leave(self) -> None:
        """Go back to the list."""
        with self.hold_trait_notifications():
            self.order, self.shots = None, None
            self.comparisons, self.judged, self.judged_by = (), (), None
        self.refresh()

    def create(self, title: str, priority: str) -> None:
        """Open an order, and look at it.

        Raises:
            AccessError: this account may not.
            RecipeError: the recipe is not complete or not possible.
        """
        recipe = self.form.recipe() if self.with_recipe else None
        made = self._ws.work_orders.create(
            recipe=recipe,
            title=title.strip(),
            priority=priority,  # type: ignore[arg-type]  # the database knows the three
        )
        self.refresh()
        self._show(made)

    def edit(self, title: str, priority: str) -> None:
        """Give the order another title or priority.

        Raises:
            AccessError: this account may not.
            ConflictError: somebody else has changed it meanwhile.
        """
        if self.order is not None:
            self.order = self._ws.work_orders.edit(
                self.order,
                title=title,
                priority=priority,  # type: ignore[arg-type]  # the database knows the three
            )

    def close_or_reopen(self) -> None:
        """Close an open order, or open a closed one.

        Raises:
            AccessError: this account may not.
            ConflictError: somebody else was quicker.
        """
        if self.order is not None:
            orders = self._ws.work_orders
            change = orders.close if self.order.status == "open" else orders.reopen
            self.order = change(self.order.number)

    def add(self, test_ids: tuple[int, ...]) -> None:
        """Say that tests were fired for the order.

        Raises:
            AccessError: a test is somebody else's.
            ConflictError: the order is closed.
        """
        if self.order is not None and test_ids:
            self._ws.tests.link(test_ids, work_order=self.order.number)
            self._show(self.order)

    def take_off(self, test_id: int) -> None:
        """Say that a test was not fired for the order.

        Raises:
            AccessError: the test is somebody else's.
        """
        if self.order is not None:
            self._ws.tests.unlink([test_id])
            self._show(self.order)

    def judge(self, corridor: StoredCorridor | None) -> None:
        """Judge all shots by a stored corridor, or by none."""
        judged: tuple[Judgement, ...] = ()
        if corridor is not None and self.shots is not None:
            name, version = corridor.corridor.name, corridor.corridor.version
            ids = [shot.id for shot in self.shots.series.shots]
            judged = self._ws.corridors.judge(name, tests=ids, version=version)
        with self.hold_trait_notifications():
            self.judged, self.judged_by = judged, corridor if judged else None

    @property
    def shown(self) -> dict[str, str]:
        """What is shown, as an address names it."""
        if self.order is not None:
            return {"order": self.order.number}
        asked = {"search": self.search, "status": self.status, "priority": self.priority}
        return {name: value for name, value in asked.items() if value}

    def _list(self, number: int) -> None:
        found, total = self._ws.work_orders.find(
            self.search or None,
            status=self.status or None,
            priority=self.priority or None,
            limit=ON_A_PAGE,
            offset=number * ON_A_PAGE,
        )
        with self.hold_trait_notifications():
            self.found, self.pages = tuple(found), Pages(total, ON_A_PAGE, number)

    def _show(self, order: WorkOrder) -> None:
        shots = self._shots(order)
        ids = [] if shots is None else [shot.id for shot in shots.series.shots]
        compared: list[StoredComparison] = self._ws.comparisons.of_tests(ids) if ids else []
        with self.hold_trait_notifications():
            self.judged, self.judged_by = (), None
            self.order, self.shots, self.comparisons = order, shots, tuple(compared)
            if self.may_work and order.status == "open":
                open_tests = self._ws.tests.unlinked(limit=LISTED_TESTS)
                self.linkable = tuple(test for test in open_tests if test.work_order is None)
            self.corridors = tuple(self._ws.corridors.list()) if ids else ()

    def _shots(self, order: WorkOrder) -> OrderShots | None:
        try:
            series = self._ws.tests.series(work_order=order.number)
        except NotFoundError:
            return None
        laid = overlay(series.curves, names=series.names)
        return OrderShots(series, laid, _charts(laid))


def _charts(laid: Overlay) -> ControlCharts | None:
    fired = [run for run in laid.runs if run.fired]
    if len(fired) < LEAST_CHARTED:
        return None
    try:
        return shot_charts(
            [run.features.peak_pressure_mpa for run in fired], labels=[run.name for run in fired]
        )
    except MggError:
        return None  # all equal: there is no spread to judge by

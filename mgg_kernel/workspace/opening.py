"""``mgg.open()``: the one object that people hold."""

from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from mgg_kernel.hot.database import Caller, User
from mgg_kernel.settings import Settings, load_settings
from mgg_kernel.workspace.archive import Archive
from mgg_kernel.workspace.audit import Audit
from mgg_kernel.workspace.backups import Backups
from mgg_kernel.workspace.catalog import Catalog
from mgg_kernel.workspace.comparisons import Comparisons
from mgg_kernel.workspace.corridors import Corridors
from mgg_kernel.workspace.foundation import FIRST_ADMIN, Foundation, announce
from mgg_kernel.workspace.log import Log
from mgg_kernel.workspace.migrations import Migrations
from mgg_kernel.workspace.models import Models
from mgg_kernel.workspace.monitor import Monitor
from mgg_kernel.workspace.monitoring import Monitoring
from mgg_kernel.workspace.office import Office
from mgg_kernel.workspace.orders import WorkOrders
from mgg_kernel.workspace.overview import OverviewDesk
from mgg_kernel.workspace.profiles import Profiles
from mgg_kernel.workspace.quarantine import Quarantine
from mgg_kernel.workspace.recipes import Recipes
from mgg_kernel.workspace.reports import Reports
from mgg_kernel.workspace.similarity import Finder
from mgg_kernel.workspace.simulations import Simulations
from mgg_kernel.workspace.tests import Tests
from mgg_kernel.workspace.users import Users

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import pandas as pd

    from mgg_kernel.cold.query import Queries

__all__ = ["Workspace", "open"]


class Workspace:
    """Everything that an account can do, with the rights of that account.

    Attributes:
        tests: measured curves.
        profiles: answers to what layouts of files leave open.
        quarantine: files that were refused and kept.
        simulations: simulated curves.
        comparisons: simulations against tests.
        corridors: limits that shots are judged by.
        models: versions of the simulation model.
        recipes: products of imported recipe databases.
        work_orders: what is to be fired.
        catalog: the codes that recipes are made of.
        users: accounts.
        log: the operation log.
        archive: the cold store.
        migrations: what another program kept.
        monitoring: how the database does.
        overview: what needs attention.
        audit: whether somebody has rewritten the operation log.
        reports: what the scheduled notebooks found.
        backups: everything, encrypted, and back.
        monitor: how the machine, the database, the archive and the backups are.
    """

    def __init__(self, foundation: Foundation, caller: Caller) -> None:
        self._foundation = foundation
        self._office = Office(foundation.database, caller, foundation.files, foundation.settings)
        finder = Finder(self._office)
        self.tests = Tests(self._office, finder)
        self.profiles = Profiles(self._office)
        self.quarantine = Quarantine(self._office, self.tests)
        self.simulations = Simulations(self._office, finder)
        self.comparisons = Comparisons(self._office)
        self.corridors = Corridors(self._office)
        self.models = Models(self._office)
        self.recipes = Recipes(self._office)
        self.work_orders = WorkOrders(self._office)
        self.catalog = Catalog(self._office)
        self.users = Users(self._office)
        self.log = Log(self._office)
        self.archive = Archive(self._office)
        self.migrations = Migrations(self._office)
        self.audit = Audit(self._office)
        self.monitoring = Monitoring(self._office)
        self.overview = OverviewDesk(self._office)
        self.reports = Reports(self._office)
        self.backups = Backups(self._office, foundation)
        self.monitor = Monitor(self._office)

    @property
    def user(self) -> User:
        """The account that acts, as the database knows it now."""
        return self._office.user

    @property
    def settings(self) -> Settings:
        """The settings that this workspace was opened with."""
        return self._foundation.settings

    def sql(
        self, statement: str, parameters: "list[Any] | dict[str, Any] | None" = None
    ) -> "pd.DataFrame":
        """Answer a query over everything that this account may see, hot and cold.

        Samples (`test_time_series`, `simulation_time_series`) and the `operation_logs` are whole,
        wherever their rows are kept by now; beside them there are results, recipes, comparisons
        and work orders.  Everything is of one moment, and nothing can be changed.

        Args:
            statement: one ``SELECT`` in DuckDB's SQL.
            parameters: values for ``?`` or ``$name`` in it.

        Raises:
            ArchiveError: it is no query, cannot be answered, or a cold file is not in order.
        """
        from mgg_kernel.cold.query import run_query

        office = self._office
        return run_query(office.database, office.caller, office.archive, statement, parameters)

    def snapshot(self, *tables: str) -> "AbstractContextManager[Queries]":
        """Ask several questions of one moment, as :meth:`sql` asks one.

        Args:
            tables: what will be asked of.

        Raises:
            ArchiveError: there is no such table, or a cold file is not in order.
        """
        from mgg_kernel.cold.query import open_queries

        office = self._office
        return open_queries(office.database, office.caller, office.archive, tables)

    def close(self) -> None:
        """Close the connections, and stop the embedded server if nobody else uses it."""
        self._foundation.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Workspace of '{self._office.caller.username}'>"


def open(  # noqa: A001 - mgg.open() is how people say it
    actor: str | None = None,
    *,
    address: str | None = None,
    settings: Settings | None = None,
    application: str = "python",
) -> Workspace:
    """Open the workspace.

    Args:
        actor: account to act as; unset means the setting ``MGG_ACTOR``, else ``admin``.
        address: where the request came from, for the log; None: this machine.
        settings: where everything is; unset means :func:`mgg_kernel.load_settings`.
        application: name of this program in the database and in the operation log.

    Raises:
        LoginError: there is no active account of that name.
        DatabaseDownError: the database does not answer or cannot be started.
        SchemaError: the schema is not the one that this program needs.
    """
    settings = settings or load_settings()
    foundation = Foundation(settings, application=application)
    if foundation.first_admin is not None:
        announce(foundation.first_admin)
    workspace = Workspace(foundation, Caller(actor or settings.actor or FIRST_ADMIN, address))
    try:
        workspace.user  # noqa: B018 - raises if there is no such account
    except BaseException:
        workspace.close()
        raise
    return workspace

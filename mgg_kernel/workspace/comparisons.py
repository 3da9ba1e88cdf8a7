"""``ws.comparisons``: a simulation against a test, which is always the reference."""

from mgg_kernel.comparison import (
    DEFAULT_RATE_HZ,
    DEFAULT_WEIGHTS,
    Comparison,
    arguments_of,
    compare,
)
from mgg_kernel.errors import ComparisonError
from mgg_kernel.features import FeatureDefinitions
from mgg_kernel.hot import comparisons
from mgg_kernel.hot.comparisons import METRICS, StoredComparison
from mgg_kernel.hot.log import write_log
from mgg_kernel.workspace.office import Office

__all__ = ["Comparisons"]

MAX_NOTE_LENGTH = 1000


class Comparisons:
    """The comparisons that the acting account may see."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def compute(
        self,
        simulation_id: int,
        test_id: int,
        *,
        rate_hz: float | None = DEFAULT_RATE_HZ,
        filter: str | None = None,  # noqa: A002
        window_ms: tuple[float, float] | None = None,
        weights: tuple[float, float, float, float] = DEFAULT_WEIGHTS,
        definitions: FeatureDefinitions | None = None,
    ) -> Comparison:
        """Compare a stored simulation with a stored test, and store nothing.

        Args:
            simulation_id: the simulation.
            test_id: the test, which is the reference.
            rate_hz: rate that both are resampled to; None: the test's own times.
            filter: filter put on both, such as ``cfc1000``; None: none.
            window_ms: from and to; None: as far as both reach.
            weights: of corridor, phase, magnitude and slope in ISO/TS 18571.
            definitions: of ignition and baseline; None: the defaults.

        Raises:
            NotFoundError: one of them is not there, or this account may not see it.
            ComparisonError: they cannot be compared.
        """
        with self._office.transaction() as connection:
            simulated = self._office.read_curve(connection, "simulation", simulation_id)
            measured = self._office.read_curve(connection, "test", test_id)
        return compare(
            simulated,
            measured,
            rate_hz=rate_hz,
            filter=filter,
            window_ms=window_ms,
            weights=weights,
            definitions=definitions,
        )

    def save(
        self,
        simulation_id: int,
        test_id: int,
        *,
        rate_hz: float | None = DEFAULT_RATE_HZ,
        filter: str | None = None,  # noqa: A002
        window_ms: tuple[float, float] | None = None,
        weights: tuple[float, float, float, float] = DEFAULT_WEIGHTS,
        definitions: FeatureDefinitions | None = None,
        note: str = "",
    ) -> StoredComparison:
        """Compare a stored simulation with a stored test and store the result.

        Args:
            simulation_id: the simulation.
            test_id: the test, which is the reference.
            rate_hz: as for :meth:`compute`.
            filter: as for :meth:`compute`.
            window_ms: as for :meth:`compute`.
            weights: as for :meth:`compute`.
            definitions: as for :meth:`compute`.
            note: a remark, at most 1,000 characters.

        Raises:
            AccessError: the acting account may not compare.
            NotFoundError: one of them is not there, or this account may not see it.
            ComparisonError: they cannot be compared, or the note is too long.
        """
        target = f"simulation {simulation_id} with test {test_id}"
        with self._office.doing("work", "comparison", "compare", target):
            if len(note) > MAX_NOTE_LENGTH:
                raise ComparisonError(
                    f"A note has at most {MAX_NOTE_LENGTH:,} characters, but this has "
                    f"{len(note):,}; shorten it."
                )
            values = self.compute(
                simulation_id,
                test_id,
                rate_hz=rate_hz,
                filter=filter,
                window_ms=window_ms,
                weights=weights,
                definitions=definitions,
            ).as_dict()
            settings = values.pop("settings")
            with self._office.transaction() as connection:
                new = comparisons.store_comparison(
                    connection,
                    simulation_id=simulation_id,
                    test_id=test_id,
                    metrics={name: values.pop(name) for name in METRICS},
                    scores=values,
                    settings=settings,
                    note=note,
                )
                write_log(
                    connection,
                    "comparison",
                    "compare",
                    object_type="pt_comparisons",
                    object_id=new,
                    details={"simulation": simulation_id, "test": test_id},
                )
                return comparisons.get_comparison(connection, new)

    def compute_again(self, stored: StoredComparison) -> Comparison:
        """Compare once more as a stored comparison was made, with this version of the program.

        Raises:
            NotFoundError: its simulation or test is not there, or this account may not see it.
            ComparisonError: they cannot be compared.
        """
        method = arguments_of(stored.settings)
        return self.compute(stored.simulation_id, stored.test_result_id, **method)

    def list(
        self,
        *,
        simulation_id: int | None = None,
        test_id: int | None = None,
        limit: int = 200,
    ) -> list[StoredComparison]:
        """Return the newest comparisons, newest first, of one simulation or test where given."""
        with self._office.transaction() as connection:
            return comparisons.list_comparisons(
                connection, simulation_id=simulation_id, test_id=test_id, limit=limit
            )

    def get(self, comparison_id: int) -> StoredComparison:
        """Return a stored comparison.

        Raises:
            NotFoundError: there is none of that id, or this account may not see it.
        """
        with self._office.transaction() as connection:
            return comparisons.get_comparison(connection, comparison_id)

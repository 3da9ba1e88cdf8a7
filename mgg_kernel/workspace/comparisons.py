"""``ws.comparisons``: a simulation against a test, which is always the reference."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from sqlalchemy import Connection

from mgg_kernel.comparison import (
    DEFAULT_RATE_HZ,
    DEFAULT_WEIGHTS,
    Comparison,
    Matrix,
    MatrixProgress,
    Method,
    arguments_of,
    compare,
    matrix,
)
from mgg_kernel.errors import ComparisonError, CurveError
from mgg_kernel.features import FeatureDefinitions
from mgg_kernel.hot import comparisons
from mgg_kernel.hot.comparisons import METRICS, StoredComparison
from mgg_kernel.hot.log import write_log
from mgg_kernel.workspace.exporting import export_comparison, export_pair
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
            _check_note(note)
            found = self.compute(
                simulation_id,
                test_id,
                rate_hz=rate_hz,
                filter=filter,
                window_ms=window_ms,
                weights=weights,
                definitions=definitions,
            )
            with self._office.transaction() as connection:
                new = _store(connection, simulation_id, test_id, found, note)
                return comparisons.get_comparison(connection, new)

    def matrix(
        self,
        simulation_ids: Sequence[int],
        test_ids: Sequence[int],
        *,
        rate_hz: float | None = DEFAULT_RATE_HZ,
        filter: str | None = None,  # noqa: A002
        window_ms: tuple[float, float] | None = None,
        weights: tuple[float, float, float, float] = DEFAULT_WEIGHTS,
        definitions: FeatureDefinitions | None = None,
        progress: Callable[[MatrixProgress], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Matrix:
        """Compare each stored simulation with each stored test, and store nothing.

        In the matrix a simulation or a test is called by its id.

        Args:
            simulation_ids: the simulations.
            test_ids: the tests, which are the references.
            rate_hz: as for :meth:`compute`, and so are `filter`, `window_ms`, `weights` and
                `definitions`.
            filter: see there.
            window_ms: see there.
            weights: see there.
            definitions: see there.
            progress: told how many pairs are done.
            stop: asked between portions of pairs; True ends it.

        Raises:
            NotFoundError: one of them is not there, or this account may not see it.
            ComparisonError: there is none, or it was stopped.  A pair that cannot be compared
                raises nothing: :attr:`Matrix.errors` says why.
        """
        with self._office.transaction() as connection:
            simulated = [
                self._office.read_curve(connection, "simulation", one) for one in simulation_ids
            ]
            measured = [self._office.read_curve(connection, "test", one) for one in test_ids]
        return matrix(
            simulated,
            measured,
            simulation_names=[str(one) for one in simulation_ids],
            test_names=[str(one) for one in test_ids],
            rate_hz=rate_hz,
            filter=filter,
            window_ms=window_ms,
            weights=weights,
            definitions=definitions,
            progress=progress,
            stop=stop,
        )

    def save_many(
        self,
        pairs: Sequence[tuple[int, int]],
        *,
        rate_hz: float | None = DEFAULT_RATE_HZ,
        filter: str | None = None,  # noqa: A002
        window_ms: tuple[float, float] | None = None,
        weights: tuple[float, float, float, float] = DEFAULT_WEIGHTS,
        definitions: FeatureDefinitions | None = None,
        note: str = "",
    ) -> list[StoredComparison]:
        """Compare pairs of a stored simulation and a stored test and store all of them, or none.

        Args:
            pairs: the ids of simulation and test of each.
            rate_hz: as for :meth:`compute`, and so are `filter`, `window_ms`, `weights` and
                `definitions`.
            filter: see there.
            window_ms: see there.
            weights: see there.
            definitions: see there.
            note: a remark that each of them gets, at most 1,000 characters.

        Returns:
            The stored comparisons, in the order of the pairs.

        Raises:
            AccessError: the acting account may not compare.
            NotFoundError: one of them is not there, or this account may not see it.
            ComparisonError: a pair cannot be compared (the sentence says which) or is given twice,
                or the note is too long; nothing is stored then.
        """
        with self._office.doing("work", "comparison", "compare", f"{len(pairs):,} pairs"):
            _check_note(note)
            found: dict[tuple[int, int], Comparison] = {}
            for simulation_id, test_id in pairs:
                named = f"simulation {simulation_id} with test {test_id}"
                if (simulation_id, test_id) in found:
                    raise ComparisonError(f"The pair of {named} is given twice; give it once.")
                try:
                    one = self.compute(
                        simulation_id,
                        test_id,
                        rate_hz=rate_hz,
                        filter=filter,
                        window_ms=window_ms,
                        weights=weights,
                        definitions=definitions,
                    )
                except (ComparisonError, CurveError) as error:
                    raise ComparisonError(
                        f"Nothing was stored, since of {named}: {error}"
                    ) from None
                found[simulation_id, test_id] = one
            with self._office.transaction() as connection:
                new = [
                    _store(connection, simulation_id, test_id, one, note)
                    for (simulation_id, test_id), one in found.items()
                ]
                return [comparisons.get_comparison(connection, one) for one in new]

    def compute_again(self, stored: StoredComparison) -> Comparison:
        """Compare once more as a stored comparison was made, with this version of the program.

        Raises:
            NotFoundError: its simulation or test is not there, or this account may not see it.
            ComparisonError: they cannot be compared.
        """
        method = arguments_of(stored.settings)
        return self.compute(stored.simulation_id, stored.test_result_id, **method)

    def export(
        self,
        comparison_id: int,
        target: str | Path | IO[bytes],
        *,
        format: str | None = None,  # noqa: A002
        force: bool = False,
        language: str | None = None,
    ) -> None:
        """Write a stored comparison to a file: its curves, its numbers and where they come from.

        Args:
            comparison_id: the comparison.
            target: a path, or something open for writing bytes.
            format: ``xlsx``, ``csv``, ``parquet``, ``html``, ``pdf`` or ``svg``; for a path, None
                means what its name ends with.
            force: whether a file that is there already is replaced.
            language: ``en`` or ``zh``; None: captions in both, sentences in English.

        Raises:
            NotFoundError: there is none of that id, or this account may not see it.
            ExportError: the format or the language is not known, or the place cannot be written.
        """
        export_comparison(
            self, self._office, comparison_id, target, format, force=force, language=language
        )

    def export_pair(
        self,
        simulation_id: int,
        test_id: int,
        target: str | Path | IO[bytes],
        *,
        method: Method | None = None,
        format: str | None = None,  # noqa: A002
        force: bool = False,
        language: str | None = None,
    ) -> None:
        """Write a comparison that is not stored to a file, as :meth:`export` does.

        Args:
            simulation_id: the simulation.
            test_id: the test, which is the reference.
            target: as for :meth:`export`, and so are `format`, `force` and `language`.
            method: how they are compared; None: the defaults.
            format: see there.
            force: see there.
            language: see there.

        Raises:
            NotFoundError: one of them is not there, or this account may not see it.
            ComparisonError: they cannot be compared.
            ExportError: the format or the language is not known, or the place cannot be written.
        """
        pair = (simulation_id, test_id)
        export_pair(
            self._office,
            pair,
            method or Method(),
            target,
            format,
            force=force,
            language=language,
        )

    def of_tests(self, test_ids: Sequence[int]) -> "list[StoredComparison]":
        """Return the newest comparisons of any of these tests, newest first."""
        with self._office.transaction() as connection:
            return comparisons.list_comparisons(connection, test_ids=test_ids)

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


def _check_note(note: str) -> None:
    if len(note) > MAX_NOTE_LENGTH:
        raise ComparisonError(
            f"A note has at most {MAX_NOTE_LENGTH:,} characters, but this has {len(note):,}; "
            "shorten it."
        )


def _store(
    connection: Connection, simulation_id: int, test_id: int, found: Comparison, note: str
) -> int:
    """Store a comparison with everything it depends on and log it; return its id."""
    values = found.as_dict()
    settings = values.pop("settings")
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
    return new

"""Which stored curves look like this one: signatures kept in memory, and the search over them."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import ComparisonError
from mgg_kernel.hot import signatures, simulations, test_results
from mgg_kernel.hot.signatures import KINDS, Kind
from mgg_kernel.recipe import Recipe
from mgg_kernel.similarity import CELLS, Aligned, Candidates, Match, Nearest, nearest
from mgg_kernel.workspace.indexing import make_signatures
from mgg_kernel.workspace.office import Office
from mgg_kernel.workspace.rights import RIGHTS

__all__ = ["Finder", "Similar", "SimilarCurves"]

AT_A_SEARCH = 100
"""So many missing signatures of a kind a search makes before it begins."""


@dataclass(frozen=True)
class Similar:
    """A stored curve that was found; every difference is this curve minus the asked-for one.

    Attributes:
        kind: ``test`` or ``simulation``.
        id: its id.
        name: the test's name, or the model of the simulation.
        distance_mpa: what the order is by: the RMSE, and the shift where it is weighed.
        rmse_mpa: root mean square of the difference after alignment at ignition.
        shift_ms: how much later it ignites; None where one of the two did not ignite.
        correlation: Pearson's r after alignment; None where a curve is constant.
        peak_pressure_diff_mpa: difference of the peaks.
        peak_time_diff_ms: difference of their times as recorded.
        recipe: what was fired or simulated, where known.
        product: the test's product, where known.
    """

    kind: Kind
    id: int
    name: str
    distance_mpa: float
    rmse_mpa: float
    shift_ms: float | None
    correlation: float | None
    peak_pressure_diff_mpa: float
    peak_time_diff_ms: float
    recipe: Recipe | None
    product: str | None


@dataclass(frozen=True)
class SimilarCurves(Sequence[Similar]):
    """What a search found, nearest first: a sequence of :class:`Similar`.

    Attributes:
        found: the curves, nearest first; of equals tests first, then the smaller id.
        searched: how many stored curves were looked at.
        warnings: sentences about what the search does not tell.
    """

    found: tuple[Similar, ...]
    searched: int
    warnings: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.found)

    def __getitem__(self, at: Any) -> Any:
        return self.found[at]

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain values, fit for JSON; a recipe as its text."""
        rows = [
            asdict(one) | {"recipe": str(one.recipe) if one.recipe else None} for one in self.found
        ]
        return {"similar": rows, "searched": self.searched, "warnings": [*self.warnings]}


@dataclass(frozen=True, eq=False)
class _Part:
    """What of one kind is searched: ids, signatures and ignition times, row by row."""

    ids: NDArray[np.int64]
    cells_mpa: NDArray[np.float32]
    ignition_ms: NDArray[np.float64]
    lacking: int


class Finder:
    """The search of one account; it keeps the signatures that were read.

    What may be searched is asked of the database anew each time, under the account's rights, and
    only signatures of it are kept.  So what was deleted, or belongs to another team by now, is
    found no more.
    """

    def __init__(self, office: Office) -> None:
        self._office = office
        self._kept: dict[Kind, tuple[NDArray[np.int64], NDArray[np.float32]]] = {
            kind: (np.empty(0, np.int64), np.empty((0, CELLS), np.float32)) for kind in KINDS
        }
        self._tried_until: dict[Kind, int] = dict.fromkeys(KINDS, 0)
        self._whole: set[Kind] = set()

    def similar(
        self,
        asked: PTCurve | tuple[Kind, int],
        *,
        count: int,
        kinds: Sequence[Kind],
        shift_weight_mpa_per_ms: float,
    ) -> SimilarCurves:
        """Find the stored curves that look like a curve; see :meth:`Tests.similar`."""
        wanted = [kind for kind in KINDS if kind in kinds]
        if not wanted or len(wanted) != len({*kinds}):
            raise ComparisonError(
                f"There are no curves of the kinds {', '.join(map(repr, kinds)) or '(none)'}; ask "
                f"for {' or '.join(KINDS)}."
            )
        with self._office.transaction() as connection:
            curve = (
                asked if isinstance(asked, PTCurve) else self._office.read_curve(connection, *asked)
            )
        aligned = Aligned.of(curve)
        self._make_missing(wanted)
        with self._office.transaction() as connection:
            parts = [self._part(connection, kind) for kind in wanted]
            rows = [
                (kind, int(number))
                for kind, part in zip(wanted, parts, strict=True)
                for number in part.ids
            ]
            result = nearest(
                aligned,
                Candidates(
                    np.concatenate([part.cells_mpa for part in parts]),
                    np.concatenate([part.ignition_ms for part in parts]),
                ),
                lambda row: self._office.read_curve(connection, *rows[row]),
                count=count,
                shift_weight_mpa_per_ms=shift_weight_mpa_per_ms,
            )
            found = [
                _told(connection, aligned, match, *rows[match.row]) for match in result.matches
            ]
        return SimilarCurves(
            tuple(found),
            len(rows) - result.left_out,
            tuple(_warnings(aligned, sum(part.lacking for part in parts), result)),
        )

    def _part(self, connection: Connection, kind: Kind) -> _Part:
        """Return what of one kind may be searched now, reading signatures that are not kept."""
        now = signatures.searchable(connection, kind)
        ids, cells = self._kept[kind]
        if not np.array_equal(ids, now.ids):
            still, new = np.isin(ids, now.ids), np.setdiff1d(now.ids, ids)
            new_ids, new_cells = signatures.read_signatures(connection, kind, new.tolist())
            ids = np.concatenate((ids[still], new_ids))
            order = np.argsort(ids)
            ids, cells = ids[order], np.concatenate((cells[still], new_cells))[order]
            self._kept[kind] = (ids, cells)
        # One that changed between the two statements is left out of both.
        return _Part(ids, cells, now.ignition_ms[np.isin(now.ids, ids)], now.lacking)

    def _make_missing(self, kinds: Sequence[Kind]) -> None:
        """Make some of the signatures that the own team lacks, where the account may."""
        todo = [kind for kind in kinds if kind not in self._whole]
        if not todo or self._office.user.role not in RIGHTS["work"]:
            return
        for kind in todo:
            with self._office.transaction() as connection:
                missing = signatures.lacking_signatures(
                    connection,
                    kind,
                    limit=AT_A_SEARCH,
                    after=self._tried_until[kind],
                    own_team=True,
                )
                make_signatures(connection, self._office.archive, missing)
            if missing:
                self._tried_until[kind] = missing[-1].id
            if len(missing) < AT_A_SEARCH:
                self._whole.add(kind)  # what is stored from now on comes with its signature


def _told(
    connection: Connection, asked: Aligned, match: Match, kind: Kind, owner_id: int
) -> Similar:
    product: str | None = None
    if kind == "test":
        test = test_results.get_test(connection, owner_id)
        name, recipe, product = test.name, test.recipe, test.product
    else:
        simulation = simulations.get_simulation(connection, owner_id)
        name, recipe = simulation.model_name, simulation.recipe
    peak, asked_peak = match.aligned.curve.peak, asked.curve.peak
    return Similar(
        kind=kind,
        id=owner_id,
        name=name,
        distance_mpa=match.distance_mpa,
        rmse_mpa=match.rmse_mpa,
        shift_ms=match.shift_ms,
        correlation=match.correlation,
        peak_pressure_diff_mpa=peak.pressure_mpa - asked_peak.pressure_mpa,
        peak_time_diff_ms=peak.time_ms - asked_peak.time_ms,
        recipe=recipe,
        product=product,
    )


def _warnings(asked: Aligned, lacking: int, result: Nearest) -> Iterator[str]:
    if not asked.ignited:
        yield (
            "The curve does not ignite, so that it is aligned at its time 0 and no shift is told."
        )
    if lacking:
        yield (
            f"{lacking:,} stored curves have no signature yet and were not searched; 'mgg db "
            "upgrade' makes the signatures."
        )
    if result.left_out:
        yield (
            f"{result.left_out:,} stored curves cover less than 80 % of what this curve covers "
            "after ignition and were left out."
        )
    if not result.is_proven:
        yield (
            "So many stored curves are equally near that not all were read; another one may be as "
            "near as the last one shown."
        )

"""Which stored curves look like this one: signatures kept in memory, and the search over them."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import ComparisonError, CurveError, NotFoundError
from mgg_kernel.hot import signatures, simulations, test_results
from mgg_kernel.hot.database import Caller
from mgg_kernel.hot.samples import read_simulation_curve, read_test_curve
from mgg_kernel.hot.signatures import KINDS, Kind, Lacking, Searchable
from mgg_kernel.recipe import Recipe
from mgg_kernel.similarity import CELLS, Aligned, Candidates, Match, nearest
from mgg_kernel.workspace.foundation import Foundation
from mgg_kernel.workspace.office import Office
from mgg_kernel.workspace.rights import RIGHTS

__all__ = ["Finder", "Similar", "SimilarCurves", "index_curves"]

AT_ONCE = 50
"""So many signatures are made in one transaction."""

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
            curve = asked if isinstance(asked, PTCurve) else _read(connection, *asked)
        aligned = Aligned.of(curve)
        lacking = self._make_missing(wanted)
        with self._office.transaction() as connection:
            parts = [(kind, signatures.searchable(connection, kind)) for kind in wanted]
            cells = [self._signatures(connection, kind, part) for kind, part in parts]
            rows = [(kind, int(number)) for kind, part in parts for number in part.ids]
            result = nearest(
                aligned,
                Candidates(
                    np.concatenate(cells), np.concatenate([part.ignition_ms for _, part in parts])
                ),
                lambda row: _read(connection, *rows[row]),
                count=count,
                shift_weight_mpa_per_ms=shift_weight_mpa_per_ms,
            )
            found = [
                _told(connection, aligned, match, *rows[match.row]) for match in result.matches
            ]
        return SimilarCurves(
            tuple(found),
            len(rows) - result.left_out,
            tuple(_warnings(aligned, lacking, result.left_out, result.is_proven)),
        )

    def _signatures(
        self, connection: Connection, kind: Kind, part: Searchable
    ) -> NDArray[np.float32]:
        """Return the signatures of a part, reading those that are not kept yet."""
        ids, cells = self._kept[kind]
        if not np.array_equal(ids, part.ids):
            still = np.isin(ids, part.ids)
            new = np.setdiff1d(part.ids, ids)
            new_ids, new_cells = signatures.read_signatures(connection, kind, new.tolist())
            ids = np.concatenate((ids[still], new_ids))
            order = np.argsort(ids)
            ids, cells = ids[order], np.concatenate((cells[still], new_cells))[order]
            self._kept[kind] = (ids, cells)
        return cells

    def _make_missing(self, kinds: Sequence[Kind]) -> int:
        """Make some signatures that are missing, and return how many still are."""
        with self._office.transaction() as connection:
            lacking = sum(signatures.searchable(connection, kind).lacking for kind in kinds)
        if not lacking or self._office.user.role not in RIGHTS["work"]:
            return lacking
        for kind in kinds:
            with self._office.transaction() as connection:
                missing = signatures.lacking_signatures(
                    connection,
                    kind,
                    limit=AT_A_SEARCH,
                    after=self._tried_until[kind],
                    own_team=True,
                )
                lacking -= _make(connection, missing)
            if missing:
                self._tried_until[kind] = missing[-1].id
        return lacking


def index_curves(foundation: Foundation) -> Iterator[int]:
    """Make the signatures that are missing or of an older definition, fifty at a time.

    Each fifty are a transaction of their own: what was made stays when it is interrupted.

    Yields:
        How many each transaction made.
    """
    for kind in KINDS:
        after = 0
        while True:
            with foundation.database.begin(Caller("system")) as (connection, _):
                missing = signatures.lacking_signatures(
                    connection, kind, limit=AT_ONCE, after=after
                )
                made = _make(connection, missing, replace=True)
            if not missing:
                break
            after = missing[-1].id
            yield made


def _make(connection: Connection, missing: Sequence[Lacking], *, replace: bool = False) -> int:
    made = 0
    for one in missing:
        try:
            curve = _read(connection, one.kind, one.id)
        except (CurveError, NotFoundError):
            continue  # it cannot be shown either; the others are found nevertheless
        signatures.write_signature(
            connection, one.kind, one.id, curve, team_id=one.team_id, replace=replace
        )
        made += 1
    return made


def _read(connection: Connection, kind: Kind, owner_id: int) -> PTCurve:
    if kind == "test":
        return read_test_curve(connection, owner_id)
    return read_simulation_curve(connection, owner_id)


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


def _warnings(asked: Aligned, lacking: int, left_out: int, is_proven: bool) -> Iterator[str]:
    if not asked.ignited:
        yield (
            "The curve does not ignite, so that it is aligned at its time 0 and no shift is told."
        )
    if lacking:
        yield (
            f"{lacking:,} stored curves have no signature yet and were not searched; 'mgg db "
            "upgrade' makes the signatures."
        )
    if left_out:
        yield (
            f"{left_out:,} stored curves cover less than 80 % of what this curve covers after "
            "ignition and were left out."
        )
    if not is_proven:
        yield (
            "So many stored curves are equally near that not all were read; another one may be as "
            "near as the last one shown."
        )

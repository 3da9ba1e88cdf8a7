"""``ws.corridors``: limits that shots are judged by, stored in versions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from sqlalchemy import Connection

from mgg_kernel.comparison import filter_name
from mgg_kernel.comparison.method import through_filter
from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import AccessError, ComparisonError, LotError, NotFoundError
from mgg_kernel.hot import corridors
from mgg_kernel.hot.corridors import StoredCorridor
from mgg_kernel.hot.log import write_log
from mgg_kernel.hot.signatures import Kind
from mgg_kernel.lots import Align, Corridor, Verdict, corridor_from_repeats, judge, overlay
from mgg_kernel.workspace.office import Office

__all__ = ["Corridors", "Judgement"]

MAX_NOTE_LENGTH = 1000
STORE, DELETE, RESTORE = "store a corridor", "delete a corridor", "restore a corridor"


@dataclass(frozen=True)
class Judgement:
    """What a stored curve did in a corridor.

    Attributes:
        kind: ``test``, ``simulation``, or ``curve`` for one that was handed over.
        id: its id; of those handed over the place, the first being 1.
        verdict: whether it passed, and by how much; None where it cannot be judged.
        reason: why it cannot be judged; empty where it was.
    """

    kind: Kind | Literal["curve"]
    id: int
    verdict: Verdict | None
    reason: str = ""

    @property
    def passed(self) -> bool:
        """Whether it was judged and stayed inside."""
        return self.verdict is not None and self.verdict.passed


class Corridors:
    """The corridors of the acting account's team.

    ::

        ws.corridors.from_tests([11, 12, 13, 14, 15], "series A")
        for one in ws.corridors.judge("series A", tests=[16, 17]):
            print(one.id, one.verdict.sentence if one.verdict else one.reason)
    """

    def __init__(self, office: Office) -> None:
        self._office = office

    def save(
        self, corridor: Corridor, *, provenance: dict[str, Any] | None = None
    ) -> StoredCorridor:
        """Store a corridor as the next version of its name; what is stored never changes.

        Saving just what the newest version holds makes no other one.

        Args:
            corridor: the limits; its own version number is not looked at.
            provenance: where it comes from, as plain values.

        Raises:
            AccessError: the acting account may not.
            LotError: the note is too long, or the name begins or ends with a space.
        """
        with self._office.doing("work", "comparison", STORE, corridor.name):
            if len(corridor.note) > MAX_NOTE_LENGTH:
                raise LotError(
                    f"A note has at most {MAX_NOTE_LENGTH:,} characters, but this has "
                    f"{len(corridor.note):,}; shorten it."
                )
            if corridor.name != corridor.name.strip():
                raise LotError(f"The name '{corridor.name}' begins or ends with a space; trim it.")
            with self._office.transaction() as connection:
                version, is_new = corridors.store_corridor(connection, corridor, provenance or {})
                if is_new:
                    _log(connection, STORE, corridor.name, version)
                return corridors.get_corridor(connection, corridor.name, version)

    def from_tests(
        self,
        test_ids: Sequence[int],
        name: str,
        *,
        align: Align = "ignition",
        filter: str | None = None,  # noqa: A002
        k: float | None = None,
        coverage: float = 0.95,
        confidence: float = 0.95,
        least_half_width_mpa: float = 0.0,
        window_ms: tuple[float, float] | None = None,
        note: str = "",
    ) -> StoredCorridor:
        """Draw a corridor around stored tests and store it; how it was made is stored with it.

        Args:
            test_ids: at least two tests that fired.
            name: of the corridor.
            align: what the shots are aligned at.
            filter: put on each shot first, and on each curve that is judged later.
            k: as for :func:`mgg_kernel.lots.corridor_from_repeats`, as is the rest.
            coverage: share of shots that it is to hold.
            confidence: with which it does.
            least_half_width_mpa: it is at least so wide to each side of the mean.
            window_ms: from and to; None: where all shots have samples.
            note: what it is for.

        Raises:
            AccessError: the acting account may not.
            NotFoundError: a test is not there, or this account may not see it.
            LotError: no corridor can be drawn from these.
        """
        with self._office.doing("work", "comparison", STORE, name):
            with self._office.transaction() as connection:
                curves = [
                    self._office.read_curve(connection, "test", test_id) for test_id in test_ids
                ]
            shots = overlay(
                curves, names=[f"test {one}" for one in test_ids], align=align, filter=filter
            )
            drawn = corridor_from_repeats(
                shots,
                name,
                k=k,
                coverage=coverage,
                confidence=confidence,
                least_half_width_mpa=least_half_width_mpa,
                window_ms=window_ms,
                note=note,
            )
        made = {
            "tests": [int(one) for one in test_ids],
            "filter": shots.filter,
            "rate_hz": shots.rate_hz,
            "least_half_width_mpa": least_half_width_mpa,
            "window_ms": None if window_ms is None else list(window_ms),
            "k": k,
            "coverage": coverage if k is None else None,
            "confidence": confidence if k is None else None,
        }
        return self.save(drawn, provenance=made)

    def get(self, name: str, version: int | None = None) -> StoredCorridor:
        """Return a version of a corridor; unset: the newest that is not deleted.

        Raises:
            NotFoundError: there is none.
        """
        with self._office.transaction() as connection:
            return corridors.get_corridor(connection, name, version)

    def list(self, search: str | None = None) -> list[StoredCorridor]:
        """Return the newest version of each corridor whose name contains a text, by name."""
        with self._office.transaction() as connection:
            return corridors.list_corridors(connection, search=search)

    def versions(self, name: str) -> tuple[StoredCorridor, ...]:
        """Return all versions of a corridor, newest first, those marked as deleted too.

        Raises:
            NotFoundError: there is none of that name.
        """
        with self._office.transaction() as connection:
            return tuple(corridors.list_versions(connection, name))

    def delete(self, name: str, version: int) -> None:
        """Mark a version as deleted; :meth:`restore` takes it back.

        Raises:
            AccessError: it is somebody else's and the acting account is no administrator.
            NotFoundError: there is none.
        """
        self._mark(name, version, deleted=True)

    def restore(self, name: str, version: int) -> None:
        """Take back a deletion.

        Raises:
            AccessError: it is somebody else's and the acting account is no administrator.
            NotFoundError: there is none.
        """
        self._mark(name, version, deleted=False)

    def judge(
        self,
        corridor: str | Corridor,
        *,
        tests: Sequence[int] = (),
        simulations: Sequence[int] = (),
        curves: Sequence[PTCurve] = (),
        version: int | None = None,
        partly: bool = False,
    ) -> tuple[Judgement, ...]:
        """Judge curves by a corridor, in the order given; what was judged is logged.

        A corridor that was drawn from filtered shots judges curves behind that filter.  A curve
        that cannot be judged says why and stops no other.

        Args:
            corridor: name of a stored one, or one at hand.
            tests: ids of tests.
            simulations: ids of simulations.
            curves: others.
            version: of the stored one; None: the newest.
            partly: judge curves that do not cover the corridor's time by the part they cover.

        Raises:
            NotFoundError: there is no such corridor.
        """
        with self._office.transaction() as connection:
            limits, filtered = corridor, None
            if isinstance(limits, str):
                stored = corridors.get_corridor(connection, limits, version)
                limits, filtered = stored.corridor, filter_name(stored.provenance.get("filter"))
            stored_curve = partial(self._office.read_curve, connection)
            asked: list[tuple[Kind | Literal["curve"], int, Callable[[], PTCurve]]] = [
                *(("test", i, partial(stored_curve, "test", i)) for i in tests),
                *(("simulation", i, partial(stored_curve, "simulation", i)) for i in simulations),
                *(("curve", i, partial(_same, one)) for i, one in enumerate(curves, 1)),
            ]
            found = tuple(
                _judged(kind, number, read, limits, filtered, partly)
                for kind, number, read in asked
            )
            told = [f"{one.kind} {one.id}: {_outcome(one)}" for one in found]
            _log(connection, "judge by a corridor", limits.name, limits.version, {"curves": told})
            return found

    def _mark(self, name: str, version: int, *, deleted: bool) -> None:
        action = DELETE if deleted else RESTORE
        with (
            self._office.doing("delete own results", "comparison", action, f"{name} {version}"),
            self._office.transaction() as connection,
        ):
            stored = corridors.get_corridor(connection, name, version)
            if not corridors.mark_corridor_deleted(connection, stored.id, deleted):
                raise AccessError(
                    f"Version {version} of the corridor '{name}' is {stored.created_by}'s; ask "
                    "them or an administrator."
                )
            _log(connection, action, name, version)


def _judged(
    kind: Kind | Literal["curve"],
    number: int,
    read: Callable[[], PTCurve],
    limits: Corridor,
    filtered: str | None,
    partly: bool,
) -> Judgement:
    try:
        curve = through_filter(read(), filtered, f"{kind} {number}")
        return Judgement(kind, number, judge(curve, limits, partly=partly))
    except (NotFoundError, LotError, ComparisonError) as error:
        return Judgement(kind, number, None, str(error))


def _same(curve: PTCurve) -> PTCurve:
    return curve


def _outcome(one: Judgement) -> str:
    return "not judged" if one.verdict is None else "passed" if one.passed else "failed"


def _log(
    connection: Connection,
    action: str,
    name: str,
    version: int,
    details: dict[str, Any] | None = None,
) -> None:
    write_log(
        connection,
        "comparison",
        action,
        object_type="corridors",
        object_id=f"{name} {version}",
        details=details or {},
    )

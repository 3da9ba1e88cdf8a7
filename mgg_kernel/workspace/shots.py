"""``ws.tests.shots`` and ``ws.tests.lot``: stored tests that are looked at together."""

from collections.abc import Mapping, Sequence

from mgg_kernel.errors import LotError, NotFoundError
from mgg_kernel.features import FeatureDefinitions
from mgg_kernel.hot.shots import Shot, shots_by_ids, shots_of_recipe, shots_of_work_order
from mgg_kernel.lots import Align, LotReport, Overlay, judge_lots, overlay
from mgg_kernel.lots.temperatures import WITHIN_K
from mgg_kernel.recipe import Recipe
from mgg_kernel.workspace.exporting import Target, export_shots
from mgg_kernel.workspace.office import Office
from mgg_kernel.workspace.series import Series

__all__ = ["Series", "ShotsDesk"]


class ShotsDesk:
    """What the desk of tests says of many of them at once."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def series(
        self,
        *,
        recipe: Recipe | None = None,
        work_order: str | Sequence[str] | None = None,
        ids: Sequence[int] | None = None,
        temperature_c: float | None = None,
    ) -> Series:
        """Return the tests of a recipe, of work orders, or of ids, with their curves.

        Args:
            recipe: as for :meth:`shots`.
            work_order: as for :meth:`shots`.
            ids: as for :meth:`shots`.
            temperature_c: as for :meth:`shots`.

        Raises:
            LotError: not just one of the three is given, or a test twice.
            NotFoundError: there is no such test or work order, or no test of it.
        """
        return _read(
            self._office, recipe=recipe, work_order=work_order, ids=ids, temperature_c=temperature_c
        )

    def shots(
        self,
        *,
        recipe: Recipe | None = None,
        work_order: str | Sequence[str] | None = None,
        ids: Sequence[int] | None = None,
        temperature_c: float | None = None,
        align: Align = "ignition",
        rate_hz: float | None = None,
        filter: str | None = None,  # noqa: A002
        definitions: FeatureDefinitions | None = None,
        confidence: float = 0.95,
    ) -> Overlay:
        """Lay the shots of a recipe, of work orders, or of ids over each other.

        Those of a recipe are pooled over everybody of the team, the oldest first; deleted ones are
        left out unless they are asked for by id.  A shot is called by its name and id.

        Args:
            recipe: every test of it; or
            work_order: every test that was fired for it, or for each of several; or
            ids: these tests.
            temperature_c: only those of them that were conditioned within 5 K of it [°C].
            align: as for :func:`mgg_kernel.lots.overlay`, as is the rest.
            rate_hz: of the common times; None: the highest of the shots' own.
            filter: put on each shot first, such as ``cfc1000``.
            definitions: of the read-outs; None: the defaults.
            confidence: of the intervals of the means.

        Raises:
            LotError: not just one of the three is given, or a test twice.
            NotFoundError: there is no such test or work order, or no test of it.
            ComparisonError: a shot cannot go through the filter.
        """
        series = self.series(
            recipe=recipe, work_order=work_order, ids=ids, temperature_c=temperature_c
        )
        return overlay(
            series.curves,
            names=series.names,
            align=align,
            rate_hz=rate_hz,
            filter=filter,
            definitions=definitions,
            confidence=confidence,
        )

    def export_shots(
        self,
        target: Target,
        *,
        recipe: Recipe | None = None,
        work_order: str | Sequence[str] | None = None,
        ids: Sequence[int] | None = None,
        format: str | None = None,  # noqa: A002
        force: bool = False,
        language: str | None = None,
    ) -> None:
        """Write shots over each other to a file: aligned curves, read-outs, statistics, origins.

        Args:
            target: a path, or something open for writing bytes.
            recipe: as for :meth:`shots`.
            work_order: as for :meth:`shots`.
            ids: as for :meth:`shots`.
            format: one of :data:`mgg_kernel.exports.FORMATS`; None: as the path ends.
            force: whether a file that is there already is replaced.
            language: ``en`` or ``zh``; None: captions in both.

        Raises:
            LotError: not just one of the three is given, or a test twice.
            NotFoundError: there is no such test or work order, or no test of it.
            ExportError: the format is not known, or the place cannot be written.
        """
        series = self.series(recipe=recipe, work_order=work_order, ids=ids)
        export_shots(self._office, series, target, format, force=force, language=language)

    def lot(
        self,
        readout: str = "peak_pressure_mpa",
        *,
        recipe: Recipe | None = None,
        work_order: str | Sequence[str] | None = None,
        ids: Sequence[int] | None = None,
        lots: Mapping[str, Sequence[int]] | None = None,
        temperatures_c: Mapping[int, float] | None = None,
        temperature_c: float | None = None,
        filter: str | None = None,  # noqa: A002
        lower: float | None = None,
        upper: float | None = None,
        coverage: float = 0.95,
        confidence: float = 0.95,
        least_ppk: float | None = None,
        rules: str = "nelson",
        standard: tuple[float, float] | None = None,
    ) -> LotReport:
        """Judge a read-out of stored tests lot by lot; each work order is a lot unless told.

        Args:
            readout: one of :data:`mgg_kernel.lots.READOUTS`.
            recipe: every test of it; or
            work_order: every test of it, or of each of several; or
            ids: these tests; or
            lots: the ids of each lot by its label, in the order of production.
            temperatures_c: conditioning temperature of tests by their ids [°C], before those that
                are stored with them; what was fired at another one is judged apart.
            temperature_c: only tests that are stored as conditioned within 5 K of it [°C].
            filter: put on each shot first.
            lower: as for :func:`mgg_kernel.lots.judge_lots`, as is the rest.
            upper: upper limit; None: none.
            coverage: share of a lot that is to lie inside.
            confidence: with which it does.
            least_ppk: Ppk that is asked for besides.
            rules: of the control charts.
            standard: mean and standard deviation of a proven process.

        Raises:
            LotError: not just one of the four is given, a test twice, or what is asked makes no
                sense.
            NotFoundError: there is no such test or work order, or no test of it.
        """
        if lots is not None:
            if ids is not None:
                raise LotError("Lots name the ids of their tests; leave out the other ids.")
            ids = [one for of_lot in lots.values() for one in of_lot]
        series = self.series(
            recipe=recipe, work_order=work_order, ids=ids, temperature_c=temperature_c
        )
        label_of = {one: label for label, of_lot in (lots or {}).items() for one in of_lot}
        known = {shot.id for shot in series.shots}
        for one in temperatures_c or ():
            if one not in known:
                raise LotError(
                    f"A temperature is given for the test {one}, which is not looked at; leave it "
                    "out or add the test."
                )
        at_c = [
            (temperatures_c or {}).get(shot.id, shot.conditioning_temperature_c)
            for shot in series.shots
        ]
        any_known = temperatures_c is not None or any(one is not None for one in at_c)
        return judge_lots(
            overlay(series.curves, names=series.names, filter=filter, confidence=confidence),
            readout,
            lots=[
                label_of.get(shot.id, of_order)
                for shot, of_order in zip(series.shots, series.lots, strict=True)
            ],
            temperatures_c=None if not any_known else at_c,
            lower=lower,
            upper=upper,
            coverage=coverage,
            confidence=confidence,
            least_ppk=least_ppk,
            rules=rules,
            standard=standard,
        )


def _read(
    office: Office,
    *,
    recipe: Recipe | None,
    work_order: str | Sequence[str] | None,
    ids: Sequence[int] | None,
    temperature_c: float | None,
) -> Series:
    if sum(one is not None for one in (recipe, work_order, ids)) != 1:
        raise LotError("Shots are those of a recipe, of a work order, or of ids; give one of them.")
    orders = [work_order] if isinstance(work_order, str) else list(work_order or ())
    wanted = [int(one) for one in ids or ()]
    _check_once(orders, "work order")
    _check_once(wanted, "test")
    with office.transaction() as connection:
        if recipe is not None:
            found = shots_of_recipe(connection, recipe)
        elif ids is not None:
            found = shots_by_ids(connection, wanted)
        else:
            found = [shot for one in orders for shot in shots_of_work_order(connection, one)]
        if not found:
            of = str(recipe) if recipe else ", ".join(orders) or "this list"
            raise NotFoundError(f"There is no test of {of}; 'mgg tests' lists what there is.")
        if temperature_c is not None:
            found = _conditioned(found, temperature_c)
        curves = tuple(office.read_curve(connection, "test", shot.id) for shot in found)
    return Series(tuple(found), curves)


def _conditioned(shots: Sequence[Shot], temperature_c: float) -> list[Shot]:
    """Return those that are stored as conditioned near a temperature."""
    near = [
        shot
        for shot in shots
        if shot.conditioning_temperature_c is not None
        and abs(shot.conditioning_temperature_c - temperature_c) <= WITHIN_K
    ]
    if not near:
        raise NotFoundError(
            f"None of the {len(shots)} tests is stored as conditioned within {WITHIN_K:g} K of "
            f"{temperature_c:g} °C; 'mgg tests' shows their temperatures."
        )
    return near


def _check_once(given: Sequence[object], what: str) -> None:
    """Refuse what is given twice: one shot that counts twice would make the spread too small."""
    seen: set[object] = set()
    for one in given:
        if one in seen:
            raise LotError(f"The {what} {one} is given more than once; give it once.")
        seen.add(one)

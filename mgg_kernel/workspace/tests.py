"""``ws.tests``: measured curves, from the file to the store."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import Connection, NestedTransaction
from sqlalchemy.exc import SQLAlchemyError

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import AccessError, IngestError, MggError
from mgg_kernel.hot import test_results
from mgg_kernel.hot.import_profiles import list_profiles
from mgg_kernel.hot.log import write_log
from mgg_kernel.hot.recipe_links import Link, find_link
from mgg_kernel.hot.recipes import store_recipe
from mgg_kernel.hot.signatures import KINDS, Kind
from mgg_kernel.hot.test_results import NewTest, TestSummary
from mgg_kernel.hot.work_orders import get_work_order, work_order_id
from mgg_kernel.ingest import (
    ImportChoice,
    ImportProfile,
    Limits,
    ReadCurve,
    SheetPreview,
    display_name,
    preview_sheets,
    read_workbook,
)
from mgg_kernel.recipe import Recipe
from mgg_kernel.workspace.batch import Load, read_ahead
from mgg_kernel.workspace.links import LinksDesk, saturation
from mgg_kernel.workspace.office import Office
from mgg_kernel.workspace.quarantine import keep_refused
from mgg_kernel.workspace.similarity import Finder, SimilarCurves
from mgg_kernel.workspace.temperatures import checked_temperature
from mgg_kernel.workspace.test_days import checked_tested_on

__all__ = ["IngestResult", "Tests"]

MIB = 1024 * 1024


@dataclass(frozen=True)
class IngestResult:
    """What became of one curve of a file, or of a file that was refused."""

    file: str
    test_result_id: int | None
    status: Literal["stored", "duplicate", "refused"]
    reason: str | None
    curve_name: str | None = None


@dataclass(frozen=True)
class Fired:
    """What a person says of the shots of a file."""

    recipe: Recipe | None
    work_order: str | None
    temperature_c: float | None
    tested_on: date | str | None


class Tests(LinksDesk):
    """The tests that the acting account may see."""

    def __init__(self, office: Office, finder: Finder) -> None:
        super().__init__(office)
        self._finder = finder

    def inspect(
        self,
        data: bytes,
        name: str,
        *,
        choice: ImportChoice | ImportProfile | None = None,
        profiles: Sequence[ImportProfile] | None = None,
    ) -> list[ReadCurve]:
        """Read a measured file and store nothing.

        Args:
            data: the file's bytes.
            name: the file's name, for messages.
            choice: what a person said of what the file leaves open, or a profile that must fit.
            profiles: answers of earlier files, for sheets of the same layout; None: those that
                the team has kept.

        Raises:
            IngestError: the file is refused.
        """
        self._check_size(data, name)
        limits = Limits(file_bytes=self._limit_bytes)
        if profiles is None and choice is None:
            with self._office.transaction() as connection:
                profiles = [one.profile for one in list_profiles(connection)]
        return read_workbook(data, name, limits=limits, choice=choice, profiles=profiles or ())

    def preview(self, data: bytes, name: str) -> tuple[SheetPreview, ...]:
        """Return what a file looks like, for a person who has to say where its curves stand.

        Args:
            data: the file's bytes.
            name: the file's name, for messages.

        Raises:
            IngestError: the file cannot be read at all.
        """
        self._check_size(data, name)
        return preview_sheets(data, name, limits=Limits(file_bytes=self._limit_bytes))

    def ingest(
        self,
        data: bytes,
        name: str,
        *,
        recipe: Recipe | None = None,
        work_order: str | None = None,
        choice: ImportChoice | ImportProfile | None = None,
        profiles: Sequence[ImportProfile] | None = None,
        conditioning_temperature_c: float | None = None,
        tested_on: date | str | None = None,
        quarantine: bool = False,
    ) -> list[IngestResult]:
        """Store all curves of a workbook: all of them, with the file and the log, or nothing.

        The same curve of the same bytes is one test, whatever the file is called.  Where neither a
        recipe nor an order is given, the remark in the header and the file's name may tell it:
        :meth:`unlinked` lists the tests that they do not.

        Args:
            data: the file's bytes.
            name: the file's name as it was sent.
            recipe: the recipe that was fired, where known.
            work_order: number of the work order that it was fired for; its recipe is taken where
                none is given.
            choice: what a person said of what the file leaves open, or a profile that must fit.
            profiles: answers of earlier files, for sheets of the same layout; None: those that
                the team has kept.
            conditioning_temperature_c: what it was conditioned at before it was fired [°C]; None:
                not known.
            tested_on: the day on which it was fired, or the text ``YYYY-MM-DD``; None: not known.
            quarantine: keep a file that is refused, for ``ws.quarantine``.

        Raises:
            IngestError: the file is refused, or the temperature or the day makes no sense.
            RecipeError: a code of the recipe is not in the catalogue.
            AccessError: the acting account may not ingest.
        """
        return self._ingest(
            data,
            name,
            lambda: self.inspect(data, name, choice=choice, profiles=profiles),
            Fired(recipe, work_order, conditioning_temperature_c, tested_on),
            quarantine=quarantine,
        )

    def ingest_many(
        self,
        files: Iterable[tuple[str, Load]],
        *,
        recipe: Recipe | None = None,
        work_order: str | None = None,
        choice: ImportChoice | ImportProfile | None = None,
        conditioning_temperature_c: float | None = None,
        tested_on: date | str | None = None,
        quarantine: bool = False,
    ) -> Iterator[list[IngestResult]]:
        """Store many workbooks, each for itself; read side by side, stored in their order.

        The results of a file come as soon as it is stored: whoever stops in between has stored
        what was told.  A file that is refused does not stop the others.

        Args:
            files: name of each file, and what returns its bytes when it is called; only as many
                are held as are read at once.
            recipe: as for :meth:`ingest`, and so are the others.
            work_order: number of the work order that they were fired for.
            choice: what a person said of what the files leave open.
            conditioning_temperature_c: what they were conditioned at [°C].
            tested_on: the day on which they were fired.
            quarantine: keep files that are refused.

        Raises:
            MggError: anything that is not a file's fault; what was told is stored.
        """
        with self._office.transaction() as connection:
            profiles = [one.profile for one in list_profiles(connection)]
        fired = Fired(recipe, work_order, conditioning_temperature_c, tested_on)

        def inspect(data: bytes, name: str) -> list[ReadCurve]:
            return self.inspect(data, name, choice=choice, profiles=profiles)

        with closing(read_ahead(files, inspect)) as pending:
            for name, data, reading in pending:
                try:
                    results = self._ingest(data, name, reading, fired, quarantine=quarantine)
                except IngestError as error:
                    results = [IngestResult(display_name(name), None, "refused", str(error))]
                yield results

    def _ingest(
        self,
        data: bytes,
        name: str,
        reading: Callable[[], list[ReadCurve]],
        fired: "Fired",
        *,
        quarantine: bool,
    ) -> list[IngestResult]:
        shown = display_name(name)
        with self._office.doing("work", "ingest", "ingest a file", shown):
            temperature = checked_temperature(fired.temperature_c)
            day = checked_tested_on(self._office, fired.tested_on)
            try:
                curves = reading()
            except IngestError as error:
                if quarantine and 0 < len(data) <= self._limit_bytes:
                    keep_refused(self._office, data, shown, str(error))
                raise
            return self._store(
                data, shown, curves, fired.recipe, fired.work_order, temperature, day
            )

    def try_ingest(
        self,
        data: bytes,
        name: str,
        *,
        recipe: Recipe | None = None,
        work_order: str | None = None,
        choice: ImportChoice | ImportProfile | None = None,
        profiles: Sequence[ImportProfile] | None = None,
        conditioning_temperature_c: float | None = None,
        tested_on: date | str | None = None,
        quarantine: bool = False,
    ) -> list[IngestResult]:
        """Store a workbook as :meth:`ingest` does, but return a refusal instead of raising it.

        Raises:
            MggError: anything that is not the file's fault.
        """
        try:
            return self.ingest(
                data,
                name,
                recipe=recipe,
                work_order=work_order,
                choice=choice,
                profiles=profiles,
                conditioning_temperature_c=conditioning_temperature_c,
                tested_on=tested_on,
                quarantine=quarantine,
            )
        except IngestError as error:
            return [IngestResult(display_name(name), None, "refused", str(error))]

    def get(self, test_id: int) -> TestSummary:
        """Return a test.

        Raises:
            NotFoundError: there is none of that id, or this account may not see it.
        """
        with self._office.transaction() as connection:
            return test_results.get_test(connection, test_id)

    def curve(self, test_id: int) -> PTCurve:
        """Return the curve of a test.

        Raises:
            NotFoundError: there is none of that id, or this account may not see it.
        """
        with self._office.transaction() as connection:
            return self._office.read_curve(connection, "test", test_id)

    def similar(
        self,
        curve_or_id: PTCurve | int,
        count: int = 10,
        *,
        kinds: Sequence[Kind] = KINDS,
        shift_weight_mpa_per_ms: float = 0.0,
    ) -> SimilarCurves:
        """Find the stored tests and simulations that look like a curve, nearest first.

        Curves are aligned at ignition and compared from 0.5 ms before it to 35.1 ms after it; the
        distance is the root mean square of the difference of pressure as recorded [MPa].  A test
        that is asked for by its id is found too, at distance 0.

        Args:
            curve_or_id: a curve, or the id of a test.
            count: how many to return, at most 1,000.
            kinds: what to search: ``test``, ``simulation``, or both.
            shift_weight_mpa_per_ms: what a millisecond between the ignition times counts [MPa/ms]:
                the distance is then √(RMSE² + (weight · shift)²).

        Raises:
            NotFoundError: there is no such test, or this account may not see it.
            ComparisonError: the curve is too short after ignition, or an argument makes no sense.
        """
        return self._finder.similar(
            curve_or_id if isinstance(curve_or_id, PTCurve) else ("test", curve_or_id),
            count=count,
            kinds=kinds,
            shift_weight_mpa_per_ms=shift_weight_mpa_per_ms,
        )

    def original(self, test_id: int) -> bytes:
        """Return the bytes of the file that a test came from, as they were sent.

        Raises:
            NotFoundError: there is no such test, or this account may not see it.
            StoreError: the file is missing or damaged.
        """
        return self._office.files.get(self.get(test_id).sha256)

    def delete(self, test_id: int) -> None:
        """Mark a test as deleted; :meth:`restore` takes it back.

        Raises:
            AccessError: it is somebody else's and the acting account is no administrator.
        """
        self._mark(test_id, deleted=True)

    def restore(self, test_id: int) -> None:
        """Take back a deletion.

        Raises:
            AccessError: it is somebody else's and the acting account is no administrator.
        """
        self._mark(test_id, deleted=False)

    def _mark(self, test_id: int, *, deleted: bool) -> None:
        action = "delete a test" if deleted else "restore a test"
        with (
            self._office.doing("delete own results", "ingest", action, test_id),
            self._office.transaction() as connection,
        ):
            test = test_results.get_test(connection, test_id)
            if not test_results.mark_deleted(connection, test_id, deleted):
                raise AccessError(
                    f"The test {test_id} is {test.created_by}'s; ask them or an administrator."
                )
            write_log(connection, "ingest", action, object_type="test_results", object_id=test_id)

    @property
    def _limit_bytes(self) -> int:
        return self._office.settings.upload_limit_mib * MIB

    def _check_size(self, data: bytes, name: str) -> None:
        if len(data) > self._limit_bytes:
            limit = self._office.settings.upload_limit_mib
            raise IngestError(
                f"{display_name(name)} has {len(data) / MIB:.1f} MiB, more than the {limit} MiB "
                "that may be uploaded; split it, or have MGG_UPLOAD_LIMIT_MIB raised."
            )

    def _store(
        self,
        data: bytes,
        shown: str,
        curves: list[ReadCurve],
        recipe: Recipe | None,
        work_order: str | None,
        temperature_c: float | None,
        tested_on: date | None,
    ) -> list[IngestResult]:
        sha256 = hashlib.sha256(data).hexdigest()
        with self._office.transaction() as connection:
            # Whoever sends the same bytes at this moment waits here and then finds our test.
            test_results.lock_file(connection, sha256)
            is_new = False
            savepoint = connection.begin_nested()
            try:
                given = _given(connection, recipe, work_order)
                results = []
                for number, read in enumerate(curves, start=1):
                    known = test_results.find_test(connection, sha256, number)
                    if known is not None:
                        results.append(_duplicate(connection, shown, known))
                        continue
                    is_new |= self._office.files.put(data).created
                    link = given or find_link(connection, read.remark, shown)
                    test = NewTest(
                        name=read.name,
                        product=read.remark,
                        curve=read.curve,
                        time_unit=read.time_unit,
                        pressure_unit=read.pressure_unit,
                        remarks=read.remarks,
                        flags=read.flags + saturation(connection, link, read.curve),
                        file_name=shown,
                        sha256=sha256,
                        size_bytes=len(data),
                        sheet=read.sheet,
                        curve_number=number,
                        recipe_id=link.recipe_id if link else None,
                        work_order_id=link.work_order_id if link else None,
                        recipe_source=link.source if link else None,
                        conditioning_temperature_c=temperature_c,
                        tested_on=tested_on,
                    )
                    results.append(_stored(connection, test))
                savepoint.commit()
            except BaseException:
                if is_new:
                    self._take_back(connection, savepoint, sha256)
                raise
        return results

    def _take_back(self, connection: Connection, savepoint: NestedTransaction, sha256: str) -> None:
        """Remove a file that we made, if nobody else can have named it meanwhile."""
        try:
            savepoint.rollback()
            # That this is answered proves that the connection lives, and with it our lock.
            test_results.lock_file(connection, sha256)
        except (MggError, SQLAlchemyError):
            return  # others may have come in since; the sweep sees to a file that nobody names
        self._office.files.remove(sha256)

    # Last in the class: below it, list would be this method and not the type.
    def list(
        self,
        search: str | None = None,
        *,
        unlinked: bool = False,
        limit: int = 200,
        offset: int = 0,
    ) -> list[TestSummary]:
        """Return the newest tests, newest first, whose name, file, product or maker match.

        Args:
            search: a text that one of them contains; None: all tests.
            unlinked: only those of which no recipe is known yet: work to do.
            limit: at most so many.
            offset: leave out so many.
        """
        with self._office.transaction() as connection:
            return test_results.list_tests(
                connection, search=search, unlinked=unlinked, limit=limit, offset=offset
            )

    def count(self, search: str | None = None, *, unlinked: bool = False) -> int:
        """Return how many tests match, as :meth:`list` matches them."""
        with self._office.transaction() as connection:
            return test_results.count_tests(connection, search=search, unlinked=unlinked)


def _given(connection: Connection, recipe: Recipe | None, work_order: str | None) -> Link | None:
    """Return what a person said was fired."""
    if recipe is None and not work_order:
        return None
    order_id = work_order_id(connection, work_order) if work_order else None
    if recipe is not None:
        return Link(store_recipe(connection, recipe), order_id, "given", str(recipe))
    assert work_order is not None, "one of the two was given"
    of_order = get_work_order(connection, work_order).recipe
    recipe_id = store_recipe(connection, of_order) if of_order else None
    return Link(recipe_id, order_id, "work order", work_order)


def _stored(connection: Connection, test: NewTest) -> IngestResult:
    test_id = test_results.store_test(connection, test)
    write_log(
        connection,
        "ingest",
        "store a test",
        object_type="test_results",
        object_id=test_id,
        details={"file": test.file_name, "sha256": test.sha256, "samples": len(test.curve)},
    )
    return IngestResult(test.file_name, test_id, "stored", None, test.name)


def _duplicate(connection: Connection, shown: str, known: TestSummary) -> IngestResult:
    state = ", which is deleted and can be restored" if known.is_deleted else ""
    reason = (
        f"The same data are test {known.id} already{state}: {known.file_name}, stored by "
        f"{known.created_by} on {known.created_at:%Y-%m-%d}."
    )
    write_log(
        connection,
        "ingest",
        "recognise a duplicate",
        object_type="test_results",
        object_id=known.id,
        details={"file": shown, "sha256": known.sha256},
    )
    return IngestResult(shown, known.id, "duplicate", reason, known.name)

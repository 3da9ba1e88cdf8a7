"""What the Ingest page knows and can do, without any widget."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from traitlets import Bool, Enum, HasTraits, Instance, Tuple, Unicode

from mgg_kernel.curve import PTCurve
from mgg_kernel.device_calibration import CalibrationState
from mgg_kernel.errors import IngestError
from mgg_kernel.hot.test_results import RecipeSource, TestSummary
from mgg_kernel.ingest import (
    ImportChoice,
    ImportProfile,
    ReadCurve,
    SheetPreview,
    UnclearError,
)
from mgg_kernel.quality import QualityFlag
from mgg_kernel.workspace import IngestResult, Workspace
from mgg_kernel.workspace.rights import RIGHTS

__all__ = ["FilePreview", "IngestModel", "Progress", "ShownCurve", "Upload"]

LATEST = 12
EMPTY, PREVIEWED, STORED = "empty", "previewed", "stored"


@dataclass(frozen=True)
class Upload:
    """A file as the browser sent it."""

    name: str
    content: bytes


@dataclass(frozen=True)
class FilePreview:
    """A file that was read and not stored.

    Attributes:
        name: of the file.
        content: its bytes.
        curves: what it holds; none where it is refused.
        refusal: the sentence that says why it cannot be stored.
        sheets: what it looks like, where a person has to say what is what.
        choice: what a person said of it, or of another file of its layout.
    """

    name: str
    content: bytes
    curves: tuple[ReadCurve, ...]
    refusal: str | None
    sheets: tuple[SheetPreview, ...] = ()
    choice: ImportChoice | ImportProfile | None = None


@dataclass(frozen=True)
class ShownCurve:
    """The curve in the picture: one of a file, or one of a stored test, which has an id.

    `recipe` is what is known of what was fired, and `recipe_source` how; `device` tells whether the
    test device was in calibration on that day.
    """

    name: str
    file_name: str
    sheet: str
    product: str | None
    units: str | None
    remarks: tuple[str, ...]
    flags: tuple[QualityFlag, ...]
    curve: PTCurve
    recipe: str | None = None
    recipe_source: RecipeSource | None = None
    tested_on: date | None = None
    device: CalibrationState | None = None
    test_id: int | None = None


@dataclass(frozen=True)
class Progress:
    """How many of how many files are done, and which one is next."""

    stage: Literal["read", "store"]
    done: int
    total: int
    name: str


class IngestModel(HasTraits):
    """The Ingest page: ``empty`` → ``previewed`` → ``stored``, and back by :meth:`clear`.

    Args:
        ws: the workspace of whoever looks.
    """

    state = Enum((EMPTY, PREVIEWED, STORED), EMPTY)
    files = Tuple()
    """The uploaded files: :class:`FilePreview`."""
    shown = Instance(ShownCurve, allow_none=True)
    work_orders = Tuple()
    """Open work orders."""
    work_order = Unicode()
    """Number of the work order that the tests are for; empty for none."""
    results = Tuple()
    """What became of the files: :class:`IngestResult`."""
    temperature = Unicode()
    """What the tests were conditioned at [°C], as it was typed; empty where it is not known."""
    tested_on = Instance(date, allow_none=True)
    """The day on which the tests were fired; None where it is not known."""
    only_unlinked = Bool(False)
    """Whether only tests of which no recipe is known are listed."""
    known = Tuple()
    """Work orders and products that a test can be linked to, as texts."""
    kept = Tuple()
    """Names of refused files that were put in quarantine."""
    deleted = Tuple()
    """Ids among `results` that are deleted and can be restored."""
    progress = Instance(Progress, allow_none=True)
    latest = Tuple()
    """The newest tests that match the search."""

    def __init__(self, ws: Workspace) -> None:
        super().__init__()
        self._ws = ws
        self._searched = ""
        self.may_work = False
        self.upload_limit_mib = ws.settings.upload_limit_mib
        self.timezone = ws.settings.timezone

    def load(self) -> None:
        """Read from the database what the page begins with."""
        self.may_work = self._ws.user.role in RIGHTS["work"]
        if self.may_work:
            self.work_orders = tuple(self._ws.work_orders.list(status="open"))
            products = sorted({record.product for record in self._ws.recipes.list()})
            self.known = (*(order.number for order in self.work_orders), *products)
        self.refresh()

    def open_test(self, number: str) -> None:
        """Show the test that an address names.

        Raises:
            NotFoundError: there is no such test, or this account may not see it.
        """
        is_number = number.isascii() and number.isdigit() and len(number) < 18
        self.show_test(self._ws.tests.get(int(number) if is_number else 0))

    def search(self, text: str) -> None:
        """List the newest tests whose name, file, product, work order or maker contain a text."""
        self._searched = text
        self.refresh()

    def refresh(self) -> None:
        """Read the newest tests again."""
        self.latest = tuple(
            self._ws.tests.list(self._searched or None, unlinked=self.only_unlinked, limit=LATEST)
        )

    @property
    def curves(self) -> list[ShownCurve]:
        """All curves of all files that can be stored."""
        return [self._shown(file.name, read) for file in self.files for read in file.curves]

    @property
    def unclear(self) -> list[int]:
        """Places of the files of which a person has to say what is what."""
        return [place for place, file in enumerate(self.files) if file.sheets]

    @property
    def refused(self) -> list[FilePreview]:
        """The files that are refused and not yet kept."""
        return [
            file for file in self.files if file.refusal is not None and file.name not in self.kept
        ]

    def read(self, uploads: Sequence[Upload]) -> Generator[None, None, None]:
        """Read files and store nothing; yields after each file.

        A file that is refused keeps its sentence and does not stop the others.
        """
        self.clear()
        files: list[FilePreview] = []
        try:
            for done, upload in enumerate(uploads):
                self.progress = Progress("read", done, len(uploads), upload.name)
                yield
                files.append(self._preview(upload))
        finally:
            self.progress = None
            self.files = tuple(files)
            self._show_first()

    def answer(self, place: int, choice: ImportChoice, name: str = "") -> None:
        """Read a file as a person says, and the other unclear files of its layout likewise.

        Args:
            place: of the file among `files`.
            choice: the answers.
            name: what the answers are kept under for everybody's files of this layout; empty:
                they are for these files alone.

        Raises:
            IngestError: the file is refused with these answers too.
            ConflictError: a profile of that name is there already.
        """
        file = self.files[place]
        curves = tuple(self._ws.tests.inspect(file.content, file.name, choice=choice))
        files = list(self.files)
        files[place] = FilePreview(file.name, file.content, curves, None, choice=choice)
        layout = curves[0].layout
        if layout is not None:
            profile = ImportProfile(name.strip() or file.name[:80], layout, choice)
            if name.strip():
                self._ws.profiles.save(profile)
            for other in self.unclear:
                if other != place:
                    files[other] = self._answered(files[other], profile)
        self.files = tuple(files)
        self._show_first()

    def _answered(self, file: FilePreview, profile: ImportProfile) -> FilePreview:
        try:
            curves = self._ws.tests.inspect(file.content, file.name, choice=profile)
        except IngestError:
            return file  # of another layout: it is asked for on its own
        return FilePreview(file.name, file.content, tuple(curves), None, choice=profile)

    def _show_first(self) -> None:
        if self.curves:
            self.shown = self.curves[0]
            self.state = PREVIEWED

    def keep_refused(self) -> None:
        """Put the refused files in quarantine, so that somebody can look at them later."""
        for file in self.refused:
            self._ws.tests.try_ingest(file.content, file.name, quarantine=True)
            self.kept = (*self.kept, file.name)

    def store(self) -> Generator[None, None, None]:
        """Store the files that were read; yields after each file.

        Files that were stored before an error stay stored; storing once more recognises them.

        Raises:
            MggError: something that is not a file's fault.
        """
        results: list[IngestResult] = []
        good = [file for file in self.files if file.refusal is None]
        temperature = _temperature(self.temperature)
        try:
            for done, file in enumerate(good):
                self.progress = Progress("store", done, len(good), file.name)
                yield
                results += self._ws.tests.try_ingest(
                    file.content,
                    file.name,
                    work_order=self.work_order or None,
                    choice=file.choice,
                    conditioning_temperature_c=temperature,
                    tested_on=self.tested_on,
                )
        finally:
            self.progress = None
            self.results = tuple(results)
        self.deleted = tuple(
            result.test_result_id
            for result in results
            if result.status == "duplicate"
            and result.test_result_id is not None
            and self._ws.tests.get(result.test_result_id).is_deleted
        )
        self.state = STORED
        self.refresh()

    def undo(self) -> None:
        """Take back what was just stored: the tests are marked as deleted."""
        for test_id in self.undoable:
            self._ws.tests.delete(test_id)
            self.deleted = (*self.deleted, test_id)
        self.refresh()

    def restore(self) -> None:
        """Take back the deletions among the results."""
        for test_id in self.deleted:
            self._ws.tests.restore(test_id)
            self.deleted = tuple(other for other in self.deleted if other != test_id)
        self.refresh()

    @property
    def undoable(self) -> list[int]:
        """Ids of the tests that were stored just now and are not deleted."""
        return [
            result.test_result_id
            for result in self.results
            if result.status == "stored"
            and result.test_result_id is not None
            and result.test_result_id not in self.deleted
        ]

    def clear(self) -> None:
        """Forget the files; what is stored stays."""
        self.files, self.results, self.deleted, self.kept = (), (), (), ()
        self.shown = None
        self.state = EMPTY

    def show_curve(self, index: int) -> None:
        """Show another curve of the files."""
        self.shown = self.curves[index]

    def show_test(self, test: TestSummary) -> None:
        """Show a stored test."""
        self.shown = ShownCurve(
            name=test.name,
            file_name=test.file_name,
            sheet=test.sheet,
            product=test.product,
            units=None,
            remarks=test.remarks,
            flags=test.flags,
            recipe=test.work_order or (str(test.recipe) if test.recipe else None),
            recipe_source=test.recipe_source,
            tested_on=test.tested_on,
            device=self._ws.tests.calibration_state(test.id).state if test.recipe else None,
            curve=self._ws.tests.curve(test.id),
            test_id=test.id,
        )

    def link(self, name: str) -> None:
        """Say what was fired in the test that is shown: a work order or a product.

        Raises:
            NotFoundError: there is neither of that name.
            AccessError: the test is somebody else's.
        """
        if self.shown is None or self.shown.test_id is None:
            return
        test_id, name = self.shown.test_id, name.strip()
        if name in {order.number for order in self.work_orders} or name.startswith("WO-"):
            self._ws.tests.link([test_id], work_order=name)
        else:
            self._ws.tests.link([test_id], product=name)
        self.show_test(self._ws.tests.get(test_id))
        self.refresh()

    def _preview(self, upload: Upload) -> FilePreview:
        try:
            curves = tuple(self._ws.tests.inspect(upload.content, upload.name))
        except UnclearError as error:
            sheets = self._ws.tests.preview(upload.content, upload.name)
            return FilePreview(upload.name, upload.content, (), str(error), sheets)
        except IngestError as error:
            return FilePreview(upload.name, upload.content, (), str(error))
        return FilePreview(upload.name, upload.content, curves, None)

    def _shown(self, file_name: str, read: ReadCurve) -> ShownCurve:
        link = self._ws.tests.named_link(read.remark, file_name) if self.may_work else None
        return ShownCurve(
            name=read.name,
            file_name=file_name,
            sheet=read.sheet,
            product=read.remark,
            units=f"{read.time_unit}, {read.pressure_unit}",
            remarks=read.remarks,
            flags=read.flags,
            curve=read.curve,
            recipe=link.name if link else None,
            recipe_source=link.source if link else None,
        )


def _temperature(words: str) -> float | None:
    if not words.strip():
        return None
    try:
        return float(words.strip().replace("\u2212", "-").replace(",", "."))
    except ValueError:
        raise IngestError(
            f"'{words.strip()}' is no temperature; give degrees Celsius, such as -35 or 85, or "
            "leave it empty."
        ) from None

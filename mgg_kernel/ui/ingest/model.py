"""What the Ingest page knows and can do, without any widget."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Literal

from traitlets import Enum, HasTraits, Instance, Tuple, Unicode

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import IngestError
from mgg_kernel.hot.test_results import TestSummary
from mgg_kernel.ingest import ReadCurve
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
    """A file that was read and not stored; `refusal` is the sentence that says why it cannot be."""

    name: str
    content: bytes
    curves: tuple[ReadCurve, ...]
    refusal: str | None


@dataclass(frozen=True)
class ShownCurve:
    """The curve in the picture: one of a file, or one of a stored test, which has an id."""

    name: str
    file_name: str
    sheet: str
    product: str | None
    units: str | None
    warnings: tuple[str, ...]
    curve: PTCurve
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
        self.refresh()

    def search(self, text: str) -> None:
        """List the newest tests whose name, file, product, work order or maker contain a text."""
        self._searched = text
        self.refresh()

    def refresh(self) -> None:
        """Read the newest tests again."""
        self.latest = tuple(self._ws.tests.list(self._searched or None, limit=LATEST))

    @property
    def curves(self) -> list[ShownCurve]:
        """All curves of all files that can be stored."""
        return [_shown(file.name, read) for file in self.files for read in file.curves]

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
            if self.curves:
                self.shown = self.curves[0]
                self.state = PREVIEWED

    def store(self) -> Generator[None, None, None]:
        """Store the files that were read; yields after each file.

        Files that were stored before an error stay stored; storing once more recognises them.

        Raises:
            MggError: something that is not a file's fault.
        """
        results: list[IngestResult] = []
        good = [file for file in self.files if file.refusal is None]
        try:
            for done, file in enumerate(good):
                self.progress = Progress("store", done, len(good), file.name)
                yield
                results += self._ws.tests.try_ingest(
                    file.content, file.name, work_order=self.work_order or None
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
        self.files, self.results, self.deleted = (), (), ()
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
            warnings=test.warnings,
            curve=self._ws.tests.curve(test.id),
            test_id=test.id,
        )

    def _preview(self, upload: Upload) -> FilePreview:
        try:
            curves = tuple(self._ws.tests.inspect(upload.content, upload.name))
        except IngestError as error:
            return FilePreview(upload.name, upload.content, (), str(error))
        return FilePreview(upload.name, upload.content, curves, None)


def _shown(file_name: str, read: ReadCurve) -> ShownCurve:
    return ShownCurve(
        name=read.name,
        file_name=file_name,
        sheet=read.sheet,
        product=read.remark,
        units=f"{read.time_unit}, {read.pressure_unit}",
        warnings=read.warnings,
        curve=read.curve,
    )

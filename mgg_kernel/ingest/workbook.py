"""From the bytes of an untrusted file to its curves."""

from collections.abc import Callable, Sequence

from mgg_kernel.errors import IngestError
from mgg_kernel.ingest.curves import ReadCurve, curves_of
from mgg_kernel.ingest.grid import SheetGrid
from mgg_kernel.ingest.layouts import ImportChoice, ImportProfile, layout_of
from mgg_kernel.ingest.limits import Limits
from mgg_kernel.ingest.names import display_name, trap_in_name
from mgg_kernel.ingest.prescan import check_kind, is_small, prescan
from mgg_kernel.ingest.reader import ReadingProcess, explain_cell, read_tdms
from mgg_kernel.ingest.text import CHANNEL_NAME, TEXT_ENDINGS, read_channel, read_text

__all__ = ["ReadCurve", "read_sheets", "read_workbook"]


def read_workbook(
    data: bytes,
    name: str,
    *,
    limits: Limits | None = None,
    choice: ImportChoice | ImportProfile | None = None,
    profiles: Sequence[ImportProfile] = (),
) -> list[ReadCurve]:
    """Read all curves of a measured file, in the order of its sheets and from left to right.

    A name that ends with .csv, .txt or another of `TEXT_ENDINGS` is read as a text, one that ends
    with three digits as an ISO/TS 13499 channel, one that ends with .tdms as a TDMS file, any other
    as an .xlsx workbook.  All or nothing: one sheet with a broken table refuses the file.

    Args:
        data: the file's bytes; not trusted.
        name: the file's name; not trusted, and only shown.
        limits: what the reading may cost and what a record must hold.
        choice: what a person said of what the file leaves open; or a profile, whose layout a
            sheet must then have.
        profiles: answers of earlier files; where no choice was made, the first one whose layout a
            sheet has tells how to read that sheet.

    Raises:
        IngestError: the file is refused; the message says where, why and what to do.
        UnclearError: it is refused only because a person has to say what is what: see
            :func:`mgg_kernel.ingest.preview_sheets`.
    """
    limits = limits or Limits()
    shown = display_name(name)
    grids = read_sheets(data, name, shown, limits)

    def explain(grid: SheetGrid, row: int, column: int) -> tuple[str, str]:
        if grid.kind == "text":
            return "empty", ""
        return explain_cell(data, shown, limits, grid.name, row, column)

    if isinstance(choice, ImportProfile):
        _check_fits(grids, shown, choice, limits)
        return curves_of(grids, shown, explain, limits, ImportChoice(), [choice])
    return curves_of(grids, shown, explain, limits, choice or ImportChoice(), profiles)


def read_sheets(data: bytes, name: str, shown: str, limits: Limits) -> list[SheetGrid]:
    """Return the cells of all sheets of a file.

    Args:
        data: the file's bytes.
        name: the file's name.
        shown: the same, fit to be shown.
        limits: what the reading may cost.

    Raises:
        IngestError: the file is refused.
    """
    _check_name(name, shown)
    if shown.lower().endswith(TEXT_ENDINGS):
        return [_text(read_text, data, shown, limits)]
    if CHANNEL_NAME.search(shown):
        return [_text(read_channel, data, shown, limits)]
    if shown.lower().endswith(".tdms"):
        return read_tdms(data, shown, limits)
    check_kind(data, shown, limits)
    # The process starts, which takes as long as a small workbook, while the file is looked through.
    with ReadingProcess(shown, limits) as process:
        if is_small(data, shown, limits):
            process.begin(data)
        prescan(data, shown, limits)
        return process.read(data)


def _text(
    read: Callable[[bytes, Limits], SheetGrid], data: bytes, shown: str, limits: Limits
) -> SheetGrid:
    try:
        return read(data, limits)
    except IngestError as refusal:
        raise IngestError(f"'{shown}' is refused: {refusal}.") from None


def _check_name(name: str, shown: str) -> None:
    trap = trap_in_name(name)
    if trap is not None:
        raise IngestError(f"'{shown}' is refused: its name holds {trap}; rename the file.")


def _check_fits(
    grids: Sequence[SheetGrid], shown: str, profile: ImportProfile, limits: Limits
) -> None:
    layouts = [layout_of(grid, samples=limits.samples) for grid in grids if grid.visible]
    if not any(layout is not None and profile.match(layout) for layout in layouts):
        raise IngestError(
            f"'{shown}' is refused: no sheet of it has the layout of the import profile "
            f"'{profile.name}'; leave out --profile, or keep one for this layout with "
            "--save-profile."
        )

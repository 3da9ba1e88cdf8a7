"""``--out``: what a verb found as a file."""

import argparse
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mgg_kernel.cli.curves import read_file
from mgg_kernel.cli.output import check_writable

if TYPE_CHECKING:
    from mgg_kernel.comparison import Comparison
    from mgg_kernel.curve import PTCurve
    from mgg_kernel.exports import Document, Origin
    from mgg_kernel.workspace import Workspace

__all__ = [
    "add_export_options",
    "check_export",
    "check_table_or_export",
    "export_many",
    "export_result",
    "file_origin",
    "is_table",
]


def add_export_options(parser: argparse.ArgumentParser, what: str) -> None:
    """Add the options of a verb that writes a document.

    Args:
        parser: of the verb.
        what: what stands in the file.
    """
    parser.add_argument("--out", type=Path, metavar="FILE", help=f"write {what}")
    parser.add_argument("--force", action="store_true", help="replace FILE if it is there")
    parser.add_argument(
        "--language", choices=("en", "zh"), help="of FILE (captions in both unless given)"
    )


def check_export(arguments: argparse.Namespace) -> None:
    """Refuse what ``--out`` names before long work is done for it.

    Raises:
        ExportError: it has no format that can be written, or the place cannot be written.
    """
    if arguments.out is None:
        return
    from mgg_kernel.exports import check_place, format_of

    format_of(arguments.out)
    check_place(arguments.out, force=arguments.force)


def is_table(path: Path | None) -> bool:
    """Return whether a name is one of a plain table, which some verbs write without a document."""
    return path is not None and path.suffix.lower() in (".csv", ".parquet")


def check_table_or_export(arguments: argparse.Namespace) -> None:
    """Refuse what ``--out`` names where a verb writes plain tables too.

    Raises:
        ExportError: it has no format that can be written, or the place cannot be written.
        SimulationError: a table cannot be written there.
    """
    if is_table(arguments.out) and not arguments.out.is_file():
        check_writable(arguments.out)  # also such as a named pipe
    else:
        check_export(arguments)


def export_many(
    arguments: argparse.Namespace, make: "Callable[..., Document]", author: str | None
) -> None:
    """Write the document of many curves that ``--out`` names, if it names one.

    Args:
        arguments: with the options of :func:`add_export_options`.
        make: makes the document from who exports, when, and the language.
        author: the account; None: whoever uses this machine.

    Raises:
        ExportError: it cannot be written.
    """
    if arguments.out is None:
        return
    import getpass
    from datetime import UTC, datetime

    from mgg_kernel.exports import write_document

    document = make(
        author=author or getpass.getuser(),
        exported_at=datetime.now(UTC),
        language=arguments.language,
    )
    write_document(document, arguments.out, force=arguments.force)


def file_origin(word: str, name: str) -> "Origin":
    """Return where a curve of a file comes from."""
    from mgg_kernel.exports import Origin

    return Origin(name, sha256=hashlib.sha256(read_file(Path(word))).hexdigest())


def export_result(
    arguments: argparse.Namespace,
    result: "Comparison",
    curves: tuple["PTCurve", "PTCurve"],
    workspace: "Workspace | None",
    comparison_id: int | None,
) -> None:
    """Write the file that ``--out`` names, if it names one.

    Args:
        arguments: of ``mgg compare``.
        result: what it found.
        curves: the simulation and the test.
        workspace: open, where one of them is stored.
        comparison_id: of the comparison where it was stored.

    Raises:
        ExportError: it cannot be written.
    """
    if arguments.out is None:
        return
    import getpass
    from datetime import UTC, datetime

    from mgg_kernel.exports import Provenance, comparison_document, write_document

    provenance = Provenance(
        simulation=_origin(arguments.simulation, workspace, is_test=False),
        test=_origin(arguments.test, workspace, is_test=True),
        author=workspace.user.username if workspace else getpass.getuser(),
        exported_at=datetime.now(UTC),
        comparison_id=comparison_id,
        note=arguments.note,
    )
    document = comparison_document(
        result, curves[0], curves[1], provenance, language=arguments.language
    )
    write_document(document, arguments.out, force=arguments.force)


def _origin(word: str, workspace: "Workspace | None", *, is_test: bool) -> "Origin":
    if workspace is None or not (word.isascii() and word.isdigit()):
        return file_origin(word, Path(word).name)
    from mgg_kernel.workspace.exporting import simulation_origin, test_origin

    if is_test:
        return test_origin(workspace.tests.get(int(word)))
    return simulation_origin(workspace.simulations.get(int(word)))

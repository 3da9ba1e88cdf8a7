"""``mgg compare --out``: a comparison as a file."""

import argparse
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from mgg_kernel.cli.curves import read_file

if TYPE_CHECKING:
    from mgg_kernel.comparison import Comparison
    from mgg_kernel.curve import PTCurve
    from mgg_kernel.exports import Origin
    from mgg_kernel.workspace import Workspace

__all__ = ["export_result"]


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
    from mgg_kernel.exports import Origin

    if workspace is None or not (word.isascii() and word.isdigit()):
        path = Path(word)
        return Origin(path.name, sha256=hashlib.sha256(read_file(path)).hexdigest())
    from mgg_kernel.workspace.exporting import simulation_origin, test_origin

    if is_test:
        return test_origin(workspace.tests.get(int(word)))
    return simulation_origin(workspace.simulations.get(int(word)))

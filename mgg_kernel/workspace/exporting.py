"""A stored comparison as a file, with where everything in it comes from."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

from mgg_kernel.comparison import Comparison
from mgg_kernel.exports import (
    Origin,
    Provenance,
    check_place,
    comparison_document,
    format_of,
    said_in,
    write_document,
)
from mgg_kernel.hot.comparisons import StoredComparison
from mgg_kernel.hot.log import write_log
from mgg_kernel.hot.simulations import SimulationSummary, get_simulation
from mgg_kernel.hot.test_results import TestSummary, get_test
from mgg_kernel.workspace.office import Office

if TYPE_CHECKING:
    from mgg_kernel.workspace.comparisons import Comparisons

__all__ = ["export_comparison", "simulation_origin", "test_origin"]


def export_comparison(
    comparisons: "Comparisons",
    office: Office,
    comparison_id: int,
    target: str | Path | IO[bytes],
    format: str | None,  # noqa: A002
    *,
    force: bool,
    language: str | None,
) -> None:
    """Do as :meth:`Comparisons.export` says."""
    with office.doing("look", "comparison", "export", comparison_id):
        chosen = format_of(Path(target) if isinstance(target, str | Path) else Path(), format)
        said_in(language)
        if isinstance(target, str | Path):
            check_place(Path(target), force=force)
        stored = comparisons.get(comparison_id)
        found = _told_if_other(comparisons.compute_again(stored), stored)
        with office.transaction() as connection:
            simulated = office.read_curve(connection, "simulation", stored.simulation_id)
            measured = office.read_curve(connection, "test", stored.test_result_id)
            simulation = get_simulation(connection, stored.simulation_id)
            test = get_test(connection, stored.test_result_id)
        provenance = Provenance(
            simulation=simulation_origin(simulation),
            test=test_origin(test),
            author=office.user.username,
            exported_at=datetime.now(UTC),
            comparison_id=stored.id,
            note=stored.note,
        )
        document = comparison_document(found, simulated, measured, provenance, language=language)
        write_document(document, target, format=chosen, force=force)
        with office.transaction() as connection:
            write_log(
                connection,
                "comparison",
                "export",
                object_type="pt_comparisons",
                object_id=stored.id,
                details={"format": chosen},
            )


def simulation_origin(simulation: SimulationSummary) -> Origin:
    """Return where a stored simulation comes from."""
    return Origin(
        f"simulation {simulation.id}",
        id=simulation.id,
        recipe=str(simulation.recipe),
        model=f"{simulation.model_name} {simulation.model_fingerprint}",
    )


def test_origin(test: TestSummary) -> Origin:
    """Return where a stored test comes from."""
    return Origin(
        f"{test.name} ({test.file_name})",
        id=test.id,
        sha256=test.sha256,
        recipe=str(test.recipe) if test.recipe else None,
    )


def _told_if_other(found: Comparison, stored: StoredComparison) -> Comparison:
    """Return it with a warning where another version stored other numbers."""
    other = [name for name, value in stored.metrics.items() if getattr(found, name) != value]
    if not other:
        return found
    version = stored.settings.get("code_version", "unknown")
    warning = (
        f"Version {version} of the program stored other numbers ({', '.join(other)}); these are "
        f"this version's."
    )
    return replace(found, warnings=(*found.warnings, warning))

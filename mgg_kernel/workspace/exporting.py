"""A stored comparison as a file, with where everything in it comes from."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

from mgg_kernel.comparison import Comparison, Method, compare
from mgg_kernel.curve import PTCurve
from mgg_kernel.exports import (
    Document,
    Format,
    Origin,
    Provenance,
    check_place,
    comparison_document,
    format_of,
    overlay_document,
    said_in,
    write_document,
)
from mgg_kernel.hot.comparisons import StoredComparison
from mgg_kernel.hot.log import write_log
from mgg_kernel.hot.simulations import SimulationSummary, get_simulation
from mgg_kernel.hot.test_results import TestSummary, get_test
from mgg_kernel.lots import overlay
from mgg_kernel.workspace.office import Office
from mgg_kernel.workspace.series import Series

if TYPE_CHECKING:
    from mgg_kernel.workspace.comparisons import Comparisons

__all__ = ["export_comparison", "export_pair", "export_shots", "simulation_origin"]
__all__ += ["test_origin"]

Target = str | Path | IO[bytes]


def export_comparison(
    comparisons: "Comparisons",
    office: Office,
    comparison_id: int,
    target: Target,
    format: str | None,  # noqa: A002
    *,
    force: bool,
    language: str | None,
) -> None:
    """Do as :meth:`Comparisons.export` says."""
    with office.doing("look", "comparison", "export", comparison_id):
        chosen = _checked(target, format, language, force=force)
        stored = comparisons.get(comparison_id)
        found = _told_if_other(comparisons.compute_again(stored), stored)
        pair = _Pair.read(office, stored.simulation_id, stored.test_result_id)
        document = pair.document(found, office, language, stored)
        write_document(document, target, format=chosen, force=force)
        _log(office, chosen, stored.id, {})


def export_pair(
    office: Office,
    pair_ids: tuple[int, int],
    method: Method,
    target: Target,
    format: str | None,  # noqa: A002
    *,
    language: str | None,
    force: bool,
) -> None:
    """Do as :meth:`Comparisons.export_pair` says."""
    simulation_id, test_id = pair_ids
    what = f"simulation {simulation_id} with test {test_id}"
    with office.doing("look", "comparison", "export", what):
        chosen = _checked(target, format, language, force=force)
        pair = _Pair.read(office, simulation_id, test_id)
        found = compare(pair.simulated, pair.measured, **method.arguments())
        document = pair.document(found, office, language)
        write_document(document, target, format=chosen, force=force)
        _log(office, chosen, None, {"simulation": simulation_id, "test": test_id})


@dataclass(frozen=True)
class _Pair:
    """What a file says of two stored curves."""

    simulated: PTCurve
    measured: PTCurve
    simulation: SimulationSummary
    test: TestSummary

    @classmethod
    def read(cls, office: Office, simulation_id: int, test_id: int) -> "_Pair":
        with office.transaction() as connection:
            return cls(
                office.read_curve(connection, "simulation", simulation_id),
                office.read_curve(connection, "test", test_id),
                get_simulation(connection, simulation_id),
                get_test(connection, test_id),
            )

    def document(
        self,
        found: Comparison,
        office: Office,
        language: str | None,
        stored: StoredComparison | None = None,
    ) -> Document:
        provenance = Provenance(
            simulation=simulation_origin(self.simulation),
            test=test_origin(self.test),
            author=office.user.username,
            exported_at=datetime.now(UTC),
            comparison_id=stored.id if stored else None,
            note=stored.note if stored else "",
        )
        return comparison_document(
            found, self.simulated, self.measured, provenance, language=language
        )


def _checked(
    target: Target,
    format: str | None,  # noqa: A002
    language: str | None,
    *,
    force: bool,
) -> Format:
    """Return the format, before long work is done for a place that cannot be written."""
    chosen = format_of(Path(target) if isinstance(target, str | Path) else Path(), format)
    if isinstance(target, str | Path):
        check_place(Path(target), force=force)
    said_in(language)
    return chosen


def _log(
    office: Office,
    chosen: Format,
    comparison_id: int | None,
    details: dict[str, int],
) -> None:
    with office.transaction() as connection:
        write_log(
            connection,
            "comparison",
            "export",
            object_type="pt_comparisons" if comparison_id else None,
            object_id=comparison_id,
            details={"format": chosen, **details},
        )


def export_shots(
    office: Office,
    series: Series,
    target: Target,
    format: str | None,  # noqa: A002
    *,
    force: bool,
    language: str | None,
) -> None:
    """Write tests over each other: the aligned curves, the read-outs of each, their statistics."""
    ids = [shot.id for shot in series.shots]
    with office.doing("look", "export", "export shots", ", ".join(map(str, ids))):
        chosen = _checked(target, format, language, force=force)
        with office.transaction() as connection:
            sources = tuple(test_origin(get_test(connection, one)) for one in ids)
        document = overlay_document(
            overlay(series.curves, names=series.names),
            author=office.user.username,
            exported_at=datetime.now(UTC),
            language=language,
            sources=sources,
        )
        write_document(document, target, format=chosen, force=force)
        with office.transaction() as connection:
            write_log(connection, "export", "export shots", details={"tests": ids})


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

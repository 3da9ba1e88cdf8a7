"""A comparison as a document: answer, numbers, phases, curves, settings and provenance."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.comparison import Comparison, residual_curve
from mgg_kernel.comparison.method import through_filter
from mgg_kernel.curve import PTCurve
from mgg_kernel.exports.document import Document, Provenance, Table, Value, flat
from mgg_kernel.exports.names import answer_of, label_of
from mgg_kernel.exports.overlay_scene import overlay_scene
from mgg_kernel.exports.words import Say, said_in

__all__ = ["comparison_document", "named_values"]

FloatArray = NDArray[np.float64]


def comparison_document(
    comparison: Comparison,
    simulated: PTCurve,
    measured: PTCurve,
    provenance: Provenance,
    *,
    language: str | None = None,
) -> Document:
    """Return a comparison with its curves, ready to be written in any format.

    Args:
        comparison: what :func:`mgg_kernel.comparison.compare` found of these two curves.
        simulated: the curve that was judged, as simulated.
        measured: the reference, as recorded.
        provenance: where both come from, and who exports.
        language: ``en`` or ``zh``; None: captions in both, sentences in English.

    Raises:
        ComparisonError: the settings do not fit the curves.
        ExportError: there is no such language.
    """
    say = said_in(language)
    values = comparison.as_dict()
    settings, warnings = values.pop("settings"), values.pop("warnings")
    phases = values.pop("phases")
    time_ms, of_test, of_simulation = _compared(comparison, simulated, measured)
    residual = of_simulation - of_test
    curves = Table(
        "curves",
        say("title.compared"),
        ("time_ms", "test_mpa", "simulation_mpa", "residual_mpa"),
        tuple(zip(*(a.tolist() for a in (time_ms, of_test, of_simulation, residual)), strict=True)),
    )
    metrics, made = flat(values), flat(settings)
    source = provenance.plain()
    answer = answer_of(comparison, say)
    title = f"{provenance.simulation.name} – {provenance.test.name}"
    metadata: dict[str, Value] = {"answer": answer}
    for prefix, table in (
        ("metrics", metrics),
        ("phases", flat(phases)),
        ("settings", made),
        ("provenance", source),
    ):
        metadata |= {f"{prefix}.{name}": value for name, value in table.items()}
    metadata |= {f"warnings.{at}": text for at, text in enumerate(warnings)}
    scene = overlay_scene(title, (time_ms, of_test, of_simulation), simulated, measured, say)
    return Document(
        kind="comparison",
        title=title,
        answer=answer,
        data=curves,
        tables=(
            _summary(answer, comparison, provenance, warnings, say),
            curves,
            _metrics(metrics, say),
            _phases(phases, say),
            named_values("settings", made, say),
            named_values("provenance", source, say),
            _recorded("simulation_curve", simulated, say),
            _recorded("test_curve", measured, say),
        ),
        metadata=metadata,
        scene=scene,
        language=say.language,
    )


def _compared(
    comparison: Comparison, simulated: PTCurve, measured: PTCurve
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the points that the numbers were made of: times, and both pressures."""
    settings = comparison.settings
    first = through_filter(simulated, settings.filter, "simulated")
    second = through_filter(measured, settings.filter, "measured")
    grid = residual_curve(
        first, second, rate_hz=settings.rate_hz, window_ms=settings.window_ms
    ).time_ms
    return grid, second.resample(grid).pressure_mpa, first.resample(grid).pressure_mpa


def named_values(key: str, values: Mapping[str, Value], say: Say) -> Table:
    """Return values with their names as a table."""
    return Table(key, say(f"title.{key}"), say.heads("name", "value"), tuple(values.items()))


def _metrics(values: dict[str, Value], say: Say) -> Table:
    heads = say.heads("name", "value", "unit", "meaning")
    rows = tuple((name, value, *label_of(name, say)) for name, value in values.items())
    return Table("metrics", say("title.metrics"), heads, rows)


def _phases(phases: dict[str, Any], say: Say) -> Table:
    rows = tuple(
        (name, None, None, None, say(name))
        if rating is None
        else (name, rating["error"], rating["score"], say.plain(rating["grade"]), say(name))
        for name, rating in phases.items()
    )
    heads = say.heads("phase", "error", "score", "grade", "meaning")
    return Table("phases", say("title.phases"), heads, rows)


def _summary(
    answer: str,
    comparison: Comparison,
    provenance: Provenance,
    warnings: tuple[str, ...],
    say: Say,
) -> Table:
    iso = comparison.iso18571
    rows: list[tuple[Value, ...]] = [
        (say("answer"), answer),
        (say("simulation"), provenance.simulation.name),
        (say("reference"), provenance.test.name),
        (f"{say('peak_diff')} [MPa]", comparison.peak_pressure_diff_mpa),
        (f"{say('peak_time_diff')} [ms]", comparison.peak_time_diff_ms),
        (f"{say('ignition_diff')} [ms]", comparison.ignition_time_diff_ms),
        (f"{say('rmse')} [MPa]", comparison.rmse_mpa),
        (say("iso"), iso.overall if iso else None),
        (say("grade"), say.plain(iso.grade) if iso else None),
    ]
    if provenance.note:
        rows.append((say("note"), provenance.note))
    rows += [(say("warning"), text) for text in warnings]
    return Table("summary", say("title.summary"), say.heads("what", "value"), tuple(rows))


def _recorded(key: str, curve: PTCurve, say: Say) -> Table:
    rows = tuple(zip(curve.time_ms.tolist(), curve.pressure_mpa.tolist(), strict=True))
    return Table(key, say(f"title.{key}"), ("time_ms", "pressure_mpa"), rows)

"""A comparison as a document: answer, numbers, phases, curves, settings and provenance."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.comparison import Comparison, residual_curve
from mgg_kernel.comparison.method import through_filter
from mgg_kernel.curve import PTCurve
from mgg_kernel.exports.document import Document, Provenance, Table, Value, flat
from mgg_kernel.exports.names import LABELS, answer_of
from mgg_kernel.exports.overlay_scene import overlay_scene

__all__ = ["comparison_document"]

FloatArray = NDArray[np.float64]


def comparison_document(
    comparison: Comparison, simulated: PTCurve, measured: PTCurve, provenance: Provenance
) -> Document:
    """Return a comparison with its curves, ready to be written in any format.

    Args:
        comparison: what :func:`mgg_kernel.comparison.compare` found of these two curves.
        simulated: the curve that was judged, as simulated.
        measured: the reference, as recorded.
        provenance: where both come from, and who exports.

    Raises:
        ComparisonError: the settings do not fit the curves.
    """
    values = comparison.as_dict()
    settings, warnings = values.pop("settings"), values.pop("warnings")
    phases = values.pop("phases")
    time_ms, of_test, of_simulation = _compared(comparison, simulated, measured)
    residual = of_simulation - of_test
    curves = Table(
        "curves",
        "Curves as compared 对比所用曲线",
        ("time_ms", "test_mpa", "simulation_mpa", "residual_mpa"),
        tuple(zip(*(a.tolist() for a in (time_ms, of_test, of_simulation, residual)), strict=True)),
    )
    metrics, made = flat(values), flat(settings)
    source = provenance.plain()
    answer = answer_of(comparison)
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
    scene = overlay_scene(title, (time_ms, of_test, of_simulation), simulated, measured)
    return Document(
        kind="comparison",
        title=title,
        answer=answer,
        data=curves,
        tables=(
            _summary(answer, comparison, provenance, warnings),
            curves,
            Table("metrics", "Numbers 指标", ("name", "value", "unit", "meaning"), _named(metrics)),
            _phases(phases),
            Table("settings", "Settings 设置", ("name", "value"), tuple(made.items())),
            Table("provenance", "Provenance 来源", ("name", "value"), tuple(source.items())),
            _recorded("simulation_curve", "Simulation as it is 仿真曲线", simulated),
            _recorded("test_curve", "Test as recorded 实测曲线", measured),
        ),
        metadata=metadata,
        scene=scene,
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


def _named(values: dict[str, Value]) -> tuple[tuple[Value, ...], ...]:
    return tuple((name, value, *LABELS.get(name, ("", ""))) for name, value in values.items())


def _phases(phases: dict[str, Any]) -> Table:
    rows = tuple(
        (name, None, None, None, LABELS[f"phase_{name}"][1])
        if rating is None
        else (name, rating["error"], rating["score"], rating["grade"], LABELS[f"phase_{name}"][1])
        for name, rating in phases.items()
    )
    return Table("phases", "Phases 各阶段", ("phase", "error", "score", "grade", "meaning"), rows)


def _summary(
    answer: str, comparison: Comparison, provenance: Provenance, warnings: tuple[str, ...]
) -> Table:
    iso = comparison.iso18571
    rows: list[tuple[Value, ...]] = [
        ("answer 结论", answer),
        ("simulation 仿真", provenance.simulation.name),
        ("test (reference) 实测（基准）", provenance.test.name),
        ("peak pressure difference 峰值压力差 [MPa]", comparison.peak_pressure_diff_mpa),
        ("peak time difference 峰值时间差 [ms]", comparison.peak_time_diff_ms),
        ("ignition time difference 点火时间差 [ms]", comparison.ignition_time_diff_ms),
        ("RMSE 均方根误差 [MPa]", comparison.rmse_mpa),
        ("ISO/TS 18571 method 方法", iso.overall if iso else None),
        ("grade 等级", iso.grade if iso else None),
    ]
    if provenance.note:
        rows.append(("note 备注", provenance.note))
    rows += [("warning 请注意", text) for text in warnings]
    return Table("summary", "Summary 摘要", ("what", "value"), tuple(rows))


def _recorded(key: str, title: str, curve: PTCurve) -> Table:
    rows = tuple(zip(curve.time_ms.tolist(), curve.pressure_mpa.tolist(), strict=True))
    return Table(key, title, ("time_ms", "pressure_mpa"), rows)

"""``mgg shots``: repeats over each other, their statistics, their band, and what stands out."""

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mgg_kernel.cli.answer import Answer, table
from mgg_kernel.cli.export import (
    add_export_options,
    check_table_or_export,
    export_many,
    is_table,
)
from mgg_kernel.cli.series import Shots, add_shot_options, chosen_shots
from mgg_kernel.errors import LotError

if TYPE_CHECKING:
    import pyarrow as pa

    from mgg_kernel.lots import Band, OutlierTest, Overlay, Run

__all__ = ["add_verbs"]

TESTED = ("peak_pressure_mpa", "peak_time_ms", "ignition_time_ms")
"""Read-outs that are tested for outliers; of all ten some would raise an alarm by chance."""


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb of this module."""
    shots = verbs.add_parser(
        "shots", parents=[common], help="repeats over each other: statistics, band, outliers"
    )
    add_shot_options(shots)
    shots.add_argument(
        "--align",
        choices=("ignition", "peak", "none"),
        default="ignition",
        help="what the shots are aligned at (ignition)",
    )
    shots.add_argument("--filter", metavar="CLASS", help="filter each first, such as cfc1000")
    shots.add_argument("--rate", type=float, metavar="HZ", help="of the common times (their own)")
    shots.add_argument(
        "--k", type=float, help="band of mean ± k standard deviations instead of tolerance limits"
    )
    shots.add_argument("--coverage", type=float, default=0.95, help="share of all shots (0.95)")
    shots.add_argument("--confidence", type=float, default=0.95, help="of all limits (0.95)")
    shots.add_argument("--alpha", type=float, default=0.05, help="of the outlier tests (0.05)")
    shots.add_argument(
        "--temperature",
        type=float,
        metavar="C",
        help="only stored tests conditioned within 5 K of it [°C]",
    )
    add_export_options(
        shots,
        "mean, band and shots: .csv, .parquet; with read-outs, statistics and provenance: .xlsx, "
        ".html, .pdf; or the picture: .svg",
    )
    shots.set_defaults(run=_shots)


def _shots(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.comparison import filter_name
    from mgg_kernel.lots import overlay

    check_table_or_export(arguments)
    given = chosen_shots(arguments)
    if arguments.temperature is not None:
        given.keep_conditioned(arguments.temperature)
    laid = overlay(
        given.curves,
        names=given.names,
        align=arguments.align,
        rate_hz=arguments.rate,
        filter=filter_name(arguments.filter),
        confidence=arguments.confidence,
    )
    notes = list(laid.notes)
    band = _band(laid, arguments, notes)
    outliers = _outliers(laid, arguments.alpha, notes)
    limits = _limits(laid, arguments)
    _write(arguments, given, laid, band)
    document = {
        "align": laid.align,
        "align_at_ms": laid.align_at_ms,
        "rate_hz": laid.rate_hz,
        "filter": laid.filter,
        "definitions": asdict(laid.definitions),
        "code_version": laid.code_version,
        "shots": [_run(run, number) for run, number in zip(laid.runs, given.ids, strict=True)],
        "statistics": {name: asdict(one) for name, one in laid.statistics.items()},
        "tolerance_limits": limits,
        "band": None if band is None else band.sentence,
        "outliers": {name: asdict(one) for name, one in outliers.items()},
        "notes": notes,
        "out": str(arguments.out) if arguments.out else None,
    }
    return Answer(document, _told(laid, given, limits, document, outliers))


def _write(
    arguments: argparse.Namespace, given: Shots, laid: "Overlay", band: "Band | None"
) -> None:
    if is_table(arguments.out):
        from mgg_kernel.sweeps.files import write_table

        write_table(_columns(laid, band), arguments.out)
    elif arguments.out is not None:
        from functools import partial

        from mgg_kernel.exports import overlay_document

        make = partial(overlay_document, laid, band=band, sources=given.origins)
        export_many(arguments, make, given.author)


def _band(laid: "Overlay", arguments: argparse.Namespace, notes: list[str]) -> "Band | None":
    if arguments.k is not None:
        return laid.band(arguments.k)
    if sum(run.counted for run in laid.runs) < 2:
        notes.append("One shot alone has no band; add shots.")
        return None
    return laid.tolerance_band(arguments.coverage, arguments.confidence)


def _limits(laid: "Overlay", arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the tolerance limits of each read-out that at least two shots have."""
    from mgg_kernel.lots import tolerance_limits

    found = {}
    for readout in laid.statistics:
        values = [run.value(readout) for run in laid.runs if run.fired]
        present = [value for value in values if value is not None]
        if len(present) > 1:
            found[readout] = asdict(
                tolerance_limits(
                    present, coverage=arguments.coverage, confidence=arguments.confidence
                )
            )
    return found


def _outliers(laid: "Overlay", alpha: float, notes: list[str]) -> "dict[str, OutlierTest]":
    """Return the tests that there are enough shots for; their indices are places of shots."""
    from dataclasses import replace

    from mgg_kernel.lots import grubbs, unusual_curves

    found: dict[str, OutlierTest] = {}
    for readout in TESTED:
        read = [(place, run.value(readout)) for place, run in enumerate(laid.runs) if run.fired]
        present = [(place, value) for place, value in read if value is not None]
        places = [place for place, _ in present]
        try:
            test = grubbs([value for _, value in present], alpha=alpha)
        except LotError as error:
            notes.append(f"{readout}: {error}")
            continue
        found[readout] = replace(
            test,
            tested=tuple(replace(one, index=places[one.index]) for one in test.tested),
            outliers=tuple(places[one] for one in test.outliers),
        )
    try:
        found["curve"] = unusual_curves(laid, alpha=alpha)
    except LotError as error:
        notes.append(str(error))
    return found


def _run(run: "Run", number: int | None) -> dict[str, Any]:
    from mgg_kernel.lots import READOUTS

    return {
        "name": run.name,
        "test_id": number,
        "fired": run.fired,
        "counted": run.counted,
        "shift_ms": run.shift_ms,
        **{name: run.value(name) for name in READOUTS},
    }


def _columns(laid: "Overlay", band: "Band | None") -> "pa.Table":
    """Return the common times with mean, spread, band and each shot; nothing where it is NaN."""
    import pyarrow as pa

    columns = {"time_ms": laid.time_ms, "mean_mpa": laid.mean_mpa, "sd_mpa": laid.sd_mpa}
    if band is not None:
        columns |= {"low_mpa": band.lower_mpa, "high_mpa": band.upper_mpa}
    columns |= {run.name: row for run, row in zip(laid.runs, laid.pressures_mpa, strict=True)}
    filled = {name: pa.array(one, pa.float64(), from_pandas=True) for name, one in columns.items()}
    return pa.table({**filled, "count": pa.array(laid.count)})


def _told(
    laid: "Overlay",
    given: Shots,
    limits: dict[str, Any],
    document: dict[str, Any],
    outliers: "dict[str, OutlierTest]",
) -> str:
    from mgg_kernel.lots import READOUTS

    runs = [
        [
            run.name,
            f"{run.shift_ms:+.3f}",
            *(_number(run.value(name)) for name in (*TESTED, "rise_time_ms", "impulse_mpa_ms")),
            "" if run.counted else "not counted" if run.fired else "did not fire",
        ]
        for run in laid.runs
    ]
    rows = [
        [
            f"{name} [{READOUTS[name]}]",
            one.n,
            _number(one.mean),
            _number(one.sd),
            _number(one.cv_percent),
            _number(one.minimum),
            _number(one.maximum),
            *(_number(limits[name][side] if name in limits else None) for side in _SIDES),
        ]
        for name, one in laid.statistics.items()
    ]
    lines = [
        table([f"{len(given.names)} shots", *_RUN_HEADER], runs),
        "",
        table(["read-out", *_STATISTICS_HEADER], rows),
        "",
    ]
    if document["band"]:
        lines.append(f"band: {document['band']}")
    lines += [f"{name}: {test.sentence}" for name, test in outliers.items()]
    lines += [f"note: {note}" for note in document["notes"]]
    if document["out"]:
        lines.append(f"written to {document['out']}")
    return "\n".join(lines)


_SIDES = ("lower", "upper")
_RUN_HEADER = (
    "shift [ms]",
    "peak [MPa]",
    "at [ms]",
    "ignition [ms]",
    "rise [ms]",
    "impulse [MPa·ms]",
    "",
)
_STATISTICS_HEADER = ("n", "mean", "sd", "CV %", "least", "most", "tolerance low", "high")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
